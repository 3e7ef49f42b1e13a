//! Envoy's image: the published one, or a stand-in if it cannot be pulled.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use super::{
    Engine,
    engine::{output, within},
};
use crate::{Error, Result, envoy::Version};

/// After this time a pull counts as impossible.
const PULL: Duration = Duration::from_mins(2);

/// An image that the engine has. Dropping a stand-in removes it.
pub struct Image {
    engine: Engine,
    name: String,
    stand_in: bool,
}

impl Image {
    /// Envoy's image of the newest pinned version: the one that the engine has, else the published
    /// one, else a stand-in made from the pinned binary, bash and their shared libraries.
    ///
    /// # Errors
    /// If none of them can be had.
    pub fn of_envoy(engine: &Engine) -> Result<Arc<Self>> {
        /// The tests of one process share one.
        static IMAGE: Mutex<Weak<Image>> = Mutex::new(Weak::new());

        let mut shared = IMAGE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(image) = shared.upgrade() {
            return Ok(image);
        }
        let name = format!("envoyproxy/envoy:v{}", Version::newest().number());
        let stand_in = !Self::can_be_had(engine, &name);
        if stand_in {
            import(engine, &name)?;
        }
        let image = Arc::new(Self { engine: engine.clone(), name, stand_in });
        *shared = Arc::downgrade(&image);
        Ok(image)
    }

    /// Whether the engine has an image of that name, or can pull it now.
    pub fn can_be_had(engine: &Engine, name: &str) -> bool {
        is_there(engine, name) || within(PULL, engine.command().args(["pull", "--quiet", name])).is_ok()
    }

    /// Its name with its tag.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a stand-in.
    pub fn is_stand_in(&self) -> bool {
        self.stand_in
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        if self.stand_in {
            drop(self.engine.run(&["image", "rm", &self.name]));
        }
    }
}

fn is_there(engine: &Engine, name: &str) -> bool {
    engine.run(&["image", "inspect", name]).is_ok()
}

fn import(engine: &Engine, name: &str) -> Result<()> {
    let envoy = Version::newest().install()?;
    let mut docker = engine.command();
    docker.args(["import", "--change", "CMD [\"envoy\", \"--config-path\", \"/etc/envoy/envoy.yaml\"]"]);
    docker.args(["--message", "A stand-in for a test.", "-", name]);
    let mut docker = docker.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    let written = docker.stdin.take().map(|pipe| root_file_system(envoy.path(), pipe));
    let status = docker.wait()?;
    written.transpose()?;
    if status.success() { Ok(()) } else { Err(Error::new(format!("docker import ends with {status}"))) }
}

/// Envoy and bash at their paths in the published image, and their shared libraries.
fn root_file_system(envoy: &Path, to: impl std::io::Write) -> Result<()> {
    let bash = Path::new("/bin/bash");
    let mut files =
        vec![(envoy.to_owned(), PathBuf::from("usr/local/bin/envoy")), (bash.to_owned(), "bin/bash".into())];
    for library in [libraries(envoy)?, libraries(bash)?].concat().into_iter().collect::<BTreeSet<_>>() {
        let place = library.strip_prefix("/").unwrap_or(&library).to_owned();
        files.push((library, place));
    }
    let mut archive = tar::Builder::new(to);
    for folder in ["tmp", "etc/envoy"] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Directory);
        header.set_mode(0o777);
        header.set_size(0);
        archive.append_data(&mut header, folder, std::io::empty())?;
    }
    for (file, place) in files {
        archive.append_path_with_name(&file, place).map_err(Error::when(file.display()))?;
    }
    archive.finish()?;
    Ok(())
}

/// The shared libraries of a program, its loader among them.
fn libraries(program: &Path) -> Result<Vec<PathBuf>> {
    let listed = output(Command::new("ldd").arg(program))?;
    let words = listed.split_whitespace().filter(|word| word.starts_with('/'));
    Ok(words.map(PathBuf::from).filter(|path| path.is_file()).collect())
}
