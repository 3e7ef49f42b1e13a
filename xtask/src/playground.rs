//! `cargo xtask playground`: the playground's page, static files that work under any path.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::thread;

use corsac_testbed::node::Node;
use corsac_testbed::programs::run_to_end;
use corsac_testbed::screenshots::{self, Screenshot};
use corsac_testbed::server::Server;
use corsac_testbed::static_files::serve;
use corsac_testbed::{Error, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::tools::{WasmBindgen, ensure_rust_target, wasm_bindgen};
use crate::workspace::Workspace;

/// The largest size of the engine as it is sent, in bytes compressed by gzip.
const BUDGET: usize = 1024 * 1024;
/// True in the page after it has answered.
const COMPLETE: &str =
    "document.documentElement.dataset.ready === 'true' && document.documentElement.dataset.asking === '0'";

const SCREENSHOTS: [Screenshot; 4] = [
    ("playground-light.png", "light", 1280),
    ("playground-dark.png", "dark", 1280),
    ("playground-light-narrow.png", "light", 360),
    ("playground-dark-narrow.png", "dark", 360),
];

#[derive(clap::Args)]
pub struct Options {
    /// Show the page on this machine, until Ctrl-C.
    #[arg(long)]
    serve: bool,
    /// The port of the page on 127.0.0.1; 0 means any free port.
    #[arg(long, default_value_t = 8000, requires = "serve")]
    port: u16,
    /// Take screenshots of the page into a folder.
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, default_missing_value = "docs/images", conflicts_with = "serve")]
    screenshots: Option<PathBuf>,
}

/// Builds the page, and shows it if asked to.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let page = build(workspace)?;
    if let Some(folder) = &options.screenshots {
        let server = served(&page, 0)?;
        let url = address(&server);
        return screenshots::take(screenshots::Page { url: &url, complete: COMPLETE }, &SCREENSHOTS, folder);
    }
    if options.serve {
        let server = served(&page, options.port)?;
        println!("{}  (Ctrl-C ends it)", address(&server));
        loop {
            thread::park();
        }
    }
    Ok(())
}

fn served(page: &Path, port: u16) -> Result<Server> {
    let folder = page.to_owned();
    Server::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), move |received| serve(&folder, received))
}

fn address(server: &Server) -> String {
    format!("http://{}/", server.address())
}

/// Builds the page in `target/playground`, and prints its sizes.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    let engine = engine(workspace)?;
    let sources = installed_packages(workspace)?;
    let page = workspace.target.join("playground");
    if page.exists() {
        fs::remove_dir_all(&page).map_err(|error| format!("{} cannot be emptied: {error}.", page.display()))?;
    }
    let mut bundle = Node::find_with_npm()?.command();
    bundle.arg("build.mjs").arg(&engine).arg(&page).current_dir(&sources);
    run_to_end(&mut bundle, "the page cannot be bundled")?;
    print_sizes(workspace, &page)?;
    Ok(page)
}

/// The engine as Wasm and the JavaScript around it: `corsac.wasm` and `corsac.js` in a folder.
fn engine(workspace: &Workspace) -> Result<PathBuf> {
    ensure_rust_target("wasm32-unknown-unknown")?;
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--package", "corsac-playground", "--lib", "--release"]);
    run_to_end(cargo.args(["--target", "wasm32-unknown-unknown"]), "the playground's engine does not build")?;
    let linked = workspace.target.join("wasm32-unknown-unknown/release/corsac_playground.wasm");
    let folder = workspace.target.join("playground-engine");
    let mut generator = std::process::Command::new(wasm_bindgen(WasmBindgen::Generator, workspace)?);
    generator.args(["--target", "web", "--no-typescript", "--out-name", "corsac"]);
    generator.args(["--remove-name-section", "--remove-producers-section"]);
    run_to_end(generator.arg("--out-dir").arg(&folder).arg(linked), "wasm-bindgen fails")?;
    let renamed = fs::rename(folder.join("corsac_bg.wasm"), folder.join("corsac.wasm"));
    renamed.map_err(|error| format!("{} cannot be renamed: {error}.", folder.display()))?;
    Ok(folder)
}

/// The folder of the page's sources, with the packages that its lock file pins.
fn installed_packages(workspace: &Workspace) -> Result<PathBuf> {
    let sources = workspace.root.join("crates/playground/page");
    let read = |path: PathBuf| fs::read(path).ok();
    let lock = read(sources.join("package-lock.json"));
    // npm's own lock file differs in form, so a copy of ours says what is installed.
    let installed = sources.join("node_modules/installed-lock.json");
    if lock.is_some() && lock == read(installed.clone()) {
        return Ok(sources);
    }
    println!("Installing the page's packages from npm.");
    let mut npm = Node::find_with_npm()?.npm_ci(&sources);
    run_to_end(&mut npm, "npm cannot install the packages of crates/playground/page; it takes its registry")?;
    fs::write(&installed, lock.unwrap_or_default())
        .map_err(|error| format!("{} cannot be written: {error}.", installed.display()))?;
    Ok(sources)
}

/// Prints each file's size, and fails if the engine is over its budget.
fn print_sizes(workspace: &Workspace, page: &Path) -> Result<()> {
    println!("{}", workspace.shown(page));
    for name in ["corsac.wasm", "page.js", "page.css", "index.html", "sw.js"] {
        let path = page.join(name);
        let bytes = fs::read(&path).map_err(|error| format!("{} cannot be read: {error}.", path.display()))?;
        let compressed = gzipped(&bytes)?;
        println!("  {name:<12} {:>8} bytes, {compressed:>7} compressed", bytes.len());
        if name == "corsac.wasm" && compressed > BUDGET {
            return Err(Error::new(format!("{name} has {compressed} bytes compressed, and may have {BUDGET}.")));
        }
    }
    Ok(())
}

fn gzipped(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let compressed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    Ok(compressed.map_err(|error| format!("gzip fails: {error}."))?.len())
}
