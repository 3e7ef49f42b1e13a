//! The Docker engine: a running one, or a `dockerd` that we start.

use std::{
    env, fs,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{DEADLINE, Error, Result, poll};

/// The engine that the client `docker` talks to.
#[derive(Clone, Debug)]
pub struct Engine {
    client: PathBuf,
}

/// A `dockerd` with its own socket and store. Dropping it stops it and removes both.
pub struct Dockerd {
    process: Child,
    folder: PathBuf,
}

impl Engine {
    /// The running engine, at `$DOCKER_HOST` or at the default address of the client.
    ///
    /// # Errors
    /// If there is no client, or no engine answers. The error tells how to go on.
    pub fn find() -> Result<Self> {
        let clients = clients();
        let client = clients.iter().find(|client| builds(client)).or(clients.first()).cloned();
        let client = client.ok_or_else(|| {
            Error::new("There is no `docker`. Install Docker (Debian: `apt-get install docker.io docker-compose`).")
        })?;
        let engine = Self { client };
        engine.run(&["version", "--format", "{{.Server.Version}}"]).map_err(|error| {
            Error::new(format!(
                "No Docker engine answers. Start yours, or run `cargo xtask test --only containers` as root, which starts \
                 `dockerd` (Debian: `apt-get install docker.io`) and stops it. {error}"
            ))
        })?;
        Ok(engine)
    }

    /// Runs a `docker` command and returns its output, trimmed.
    ///
    /// # Errors
    /// If the command fails. The error holds its output.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        output(self.command().args(arguments))
    }

    /// A command of the client, with `BuildKit` on.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.client);
        command.env("DOCKER_BUILDKIT", "1").stdin(Stdio::null());
        command
    }
}

impl Dockerd {
    /// Starts `dockerd`, unless an engine runs already. It must run as root.
    ///
    /// # Errors
    /// If it does not start, or is not ready in time. The error tells how to go on.
    pub fn unless_one_answers() -> Result<Option<Self>> {
        if Engine::find().is_ok() {
            return Ok(None);
        }
        // A short path, since the path of a socket has at most 107 bytes.
        let folder = env::temp_dir().join(format!("corsac-dockerd-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let log = File::create(folder.join("log"))?;
        let process = Command::new("dockerd")
            .arg("--data-root")
            .arg(folder.join("data"))
            .arg("--exec-root")
            .arg(folder.join("exec"))
            .arg("--pidfile")
            .arg(folder.join("pid"))
            .args(["--host", &host(&folder)])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(Error::when(
                "No Docker engine answers, and dockerd does not start (Debian: `apt-get install docker.io docker-compose`)",
            ))?;
        let mut dockerd = Self { process, folder };
        match dockerd.wait_until_ready() {
            Ok(()) => Ok(Some(dockerd)),
            Err(error) => Err(Error::new(format!(
                "{error}. Only root can start it. The end of its log:\n{}",
                end_of(&dockerd.folder.join("log"))
            ))),
        }
    }

    /// The value of `DOCKER_HOST` for its clients.
    pub fn host(&self) -> String {
        host(&self.folder)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let mut ended = false;
        let host = self.host();
        poll(DEADLINE * 3, "dockerd is ready", || {
            ended = !matches!(self.process.try_wait(), Ok(None));
            let answers = || {
                let mut docker = Command::new("docker");
                docker.args(["--host", &host, "version"]).stdin(Stdio::null());
                output(&mut docker).is_ok()
            };
            (ended || answers()).then_some(())
        })?;
        if ended { Err(Error::new("dockerd has ended")) } else { Ok(()) }
    }
}

impl Drop for Dockerd {
    fn drop(&mut self) {
        // Terminated and not killed, so that it stops its containerd and removes its mounts.
        let asked = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let ended = asked.is_ok_and(|status| status.success())
            && poll(DEADLINE, "dockerd ends", || self.process.try_wait().ok().flatten()).is_ok();
        if !ended {
            drop(self.process.kill());
            drop(self.process.wait());
        }
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Runs a command for at most `deadline`.
pub(super) fn within(deadline: Duration, command: &mut Command) -> Result<()> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let ended = poll(deadline, "a command ends", || child.try_wait().ok().flatten());
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Error::new(format!("it ends with {status}"))),
        Err(error) => {
            drop(child.kill());
            drop(child.wait());
            Err(error)
        }
    }
}

/// Runs a command and returns its output, trimmed. If it fails, the error holds its output.
pub(super) fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(Error::when(&name))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = [output.stdout, output.stderr].concat();
    let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
    Err(Error::new(format!("{name} {}: {}", arguments.join(" "), String::from_utf8_lossy(&said).trim())))
}

fn host(folder: &Path) -> String {
    format!("unix://{}/docker.sock", folder.display())
}

/// Every `docker` on the `PATH`.
fn clients() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join("docker")).filter(|client| client.is_file()).collect()
}

/// Whether a client supports `BuildKit`: since Docker 23 it needs a plugin.
fn builds(client: &Path) -> bool {
    let said = output(Command::new(client).arg("--version")).unwrap_or_default();
    let major = said.split(['.', ' ']).find_map(|word| word.parse::<u32>().ok());
    major.is_some_and(|major| major < 23) || output(Command::new(client).args(["buildx", "version"])).is_ok()
}

fn end_of(log: &Path) -> String {
    let log = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
