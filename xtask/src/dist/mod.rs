//! `cargo xtask dist`: the parts of a release, with the same bytes on every machine.

mod check;
mod elf;
mod native;
mod oci;
mod registry;
mod reproduce;
mod sbom;

use std::fs;
use std::path::{Path, PathBuf};

use corsac_testbed::{Error, Result};
use sha2::{Digest, Sha256};

use self::native::{PROCESSORS, Processor};
use crate::build_module;
use crate::workspace::Workspace;

pub use check::run_as_test;

/// The version of this workspace, of every crate in it and of the module.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(clap::Args)]
pub struct Options {
    /// Build everything a second time, from another folder, and compare.
    #[arg(long)]
    verify: bool,
}

/// The parts of a release, and their digests.
pub struct Distribution {
    /// The folder of the parts, `target/dist`.
    pub folder: PathBuf,
    pub module: Vec<u8>,
    /// The native module for each processor.
    pub natives: Vec<(Processor, Vec<u8>)>,
    /// The digest of the image's manifest, `sha256:` and 64 hexadecimal digits.
    pub image: String,
    /// The digest of the artifact's manifest.
    pub artifact: String,
}

impl Options {
    /// The options for a release.
    pub fn verified() -> Self {
        Self { verify: true }
    }
}

/// Builds everything and prints the digests.
pub fn run(workspace: &Workspace, options: &Options) -> Result<Distribution> {
    let made = make(workspace)?;
    made.print(workspace);
    if options.verify {
        reproduce::verify(workspace, &made.module, &made.natives)?;
        println!("\nBuilt again in another folder: the bytes are the same.");
    }
    Ok(made)
}

/// Builds the modules and writes every part.
pub fn make(workspace: &Workspace) -> Result<Distribution> {
    let module = build_module::run(workspace)?;
    let module = fs::read(&module).map_err(cannot("read", &module))?;
    let folder = workspace.target.join("dist");
    emptied(&folder)?;
    with_papers(workspace, &folder, &sbom::WASM, &module, "corsac.wasm", "corsac.cdx.json")?;
    let natives = natives(workspace, &folder)?;
    let image = oci::image(&module)?.write(&folder.join("image"))?;
    let artifact = oci::artifact(&module)?.write(&folder.join("artifact"))?;
    Ok(Distribution { folder, module, natives, image, artifact })
}

/// Builds the native modules, for the tests of their image.
pub fn make_natives(workspace: &Workspace) -> Result<()> {
    let folder = workspace.target.join("dist");
    fs::create_dir_all(&folder).map_err(cannot("make", &folder))?;
    natives(workspace, &folder).map(drop)
}

/// Builds the native modules and writes them.
fn natives(workspace: &Workspace, folder: &Path) -> Result<Vec<(Processor, Vec<u8>)>> {
    let mut natives = Vec::new();
    for processor in PROCESSORS {
        let native = processor.build(workspace)?;
        let (file, bill) = (processor.file(), format!("{}.cdx.json", processor.stem()));
        with_papers(workspace, folder, &sbom::Subject::native(processor), &native, &file, &bill)?;
        natives.push((processor, native));
    }
    Ok(natives)
}

/// Writes a module, its checksum and its bill of materials.
fn with_papers(
    workspace: &Workspace,
    folder: &Path,
    subject: &sbom::Subject,
    module: &[u8],
    file: &str,
    bill: &str,
) -> Result<()> {
    write(&folder.join(file), module)?;
    write(&folder.join(format!("{file}.sha256")), checksum(module, file).as_bytes())?;
    write(&folder.join(bill), &sbom::bill(workspace, subject, module)?)
}

/// A line for `sha256sum --check`.
fn checksum(bytes: &[u8], file: &str) -> String {
    format!("{}  {file}\n", hex(bytes))
}

impl Distribution {
    /// The SHA-256 of the module, in hexadecimal, for Istio's `sha256` and Envoy's
    /// `code.remote.sha256`.
    pub fn digest(&self) -> String {
        hex(&self.module)
    }

    fn print(&self, workspace: &Workspace) {
        let at = |name: &str| workspace.shown(&self.folder.join(name)).to_string();
        println!("\nCorsac {VERSION}, policy format {}", corsac_policy::FORMAT_VERSION);
        println!("  {:<30} sha256:{}", at("corsac.wasm"), self.digest());
        println!("  {:<30} its checksum, for `sha256sum --check`", at("corsac.wasm.sha256"));
        println!("  {:<30} its bill of materials (CycloneDX 1.5)", at("corsac.cdx.json"));
        for (processor, native) in &self.natives {
            println!("  {:<30} sha256:{}", at(&processor.file()), hex(native));
        }
        println!("  {:<30} OCI image       {}", at("image"), self.image);
        println!("  {:<30} OCI artifact    {}", at("artifact"), self.artifact);
    }
}

/// The SHA-256 in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

fn emptied(folder: &Path) -> Result<()> {
    let emptied = if folder.exists() { fs::remove_dir_all(folder) } else { Ok(()) };
    emptied.and_then(|()| fs::create_dir_all(folder)).map_err(cannot("empty", folder))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).map_err(cannot("write", path))
}

fn cannot<'a>(what: &'a str, path: &'a Path) -> impl FnOnce(std::io::Error) -> Error + 'a {
    move |error| Error::new(format!("cannot {what} {}: {error}.", path.display()))
}
