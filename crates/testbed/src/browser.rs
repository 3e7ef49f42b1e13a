//! A real browser: finds Chromium, and runs the chromedriver that starts it.

use std::{
    env,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::{
    DEADLINE, Error, Result,
    client::{Failure, Request, Response, http1},
    poll, ports,
};

/// The advice if one of the two is missing.
const WAY_OUT: &str = "Install both (Debian and Ubuntu: `apt-get install chromium chromium-driver`), \
    or name the binaries in CHROMIUM and CHROMEDRIVER";

/// Chromium and its driver, both of the same version.
#[derive(Clone, Debug)]
pub struct Browser {
    chromium: PathBuf,
    chromedriver: PathBuf,
}

/// A running chromedriver. Dropping it stops its browsers, then itself.
pub struct Driver {
    child: Child,
    address: SocketAddr,
    chromium: PathBuf,
}

impl Browser {
    /// `$CHROMIUM` and `$CHROMEDRIVER`, else those on the `PATH`.
    ///
    /// # Errors
    /// If one is missing. The error names the command that installs it.
    pub fn find() -> Result<Self> {
        let chromium = program("CHROMIUM", &["chromium", "chromium-browser", "google-chrome"])?;
        let chromedriver = program("CHROMEDRIVER", &["chromedriver"])?;
        Ok(Self { chromium, chromedriver })
    }

    /// The driver's binary.
    pub fn chromedriver(&self) -> &Path {
        &self.chromedriver
    }

    /// Starts chromedriver on a free port and waits until it listens. No browser runs yet: each
    /// session starts its own, with a new profile.
    ///
    /// # Errors
    /// If it does not start in time.
    pub fn start(&self) -> Result<Driver> {
        // It needs the same port of both address families, and stops if another program has one of
        // them.
        let mut attempts = (0..5).map(|_| self.start_at(ports::free(1)?[0]));
        let last = attempts.find(Result::is_ok);
        last.unwrap_or_else(|| Err(Error::new("chromedriver does not start; five ports were tried")))
    }

    fn start_at(&self, port: u16) -> Result<Driver> {
        let child = Command::new(&self.chromedriver)
            .arg(format!("--port={port}"))
            .arg("--log-level=SEVERE")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::when(self.chromedriver.display()))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut driver = Driver { child, address, chromium: self.chromium.clone() };
        let ready = poll(DEADLINE, "chromedriver listens", || match driver.child.try_wait() {
            Ok(None) => driver.ask("/status").is_ok().then_some(true),
            _ => Some(false),
        })?;
        if ready { Ok(driver) } else { Err(Error::new("chromedriver has ended")) }
    }
}

impl Driver {
    /// The URL that takes its commands.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The browser binary, for the capability `goog:chromeOptions`/`binary`.
    pub fn chromium(&self) -> String {
        self.chromium.display().to_string()
    }

    /// The arguments that Chromium needs to run headless, as root, or in a container.
    pub const ARGUMENTS: [&str; 3] = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"];

    fn ask(&self, path: &str) -> std::result::Result<Response, Failure> {
        http1::send(self.address, &Request::new("GET", path).host(self.address.to_string()))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It ends its sessions and their browsers before it stops.
        if self.ask("/shutdown").is_ok() {
            let _ = poll(DEADLINE, "chromedriver ends", || self.child.try_wait().ok().flatten());
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn program(variable: &str, names: &[&str]) -> Result<PathBuf> {
    if let Some(path) = env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from) {
        let missing =
            || Error::new(format!("{variable} names {}, which is not a file. Correct or unset it.", path.display()));
        return path.is_file().then(|| path.clone()).ok_or_else(missing);
    }
    let directories: Vec<PathBuf> =
        env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    let found = names.iter().flat_map(|name| directories.iter().map(move |directory| directory.join(name)));
    let missing = || Error::new(format!("{} is not on the PATH. {WAY_OUT}.", names[0]));
    found.into_iter().find(|path| path.is_file()).ok_or_else(missing)
}
