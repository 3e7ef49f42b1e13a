//! A real browser: Chromium, found, and the chromedriver that starts it, ended on drop.

use std::{
    env,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
};

use crate::{
    DEADLINE, Error, Result,
    client::{Request, http1},
    poll,
};

/// What to do where one of the two is missing.
const WAY_OUT: &str = "Install both (Debian and Ubuntu: `apt-get install chromium chromium-driver`), \
    or name the binaries in CHROMIUM and CHROMEDRIVER";

/// Chromium and its driver, both of one version.
#[derive(Clone, Debug)]
pub struct Browser {
    chromium: PathBuf,
    chromedriver: PathBuf,
}

/// A running chromedriver. Dropping it ends its browsers, then itself.
pub struct Driver {
    child: Child,
    address: SocketAddr,
    chromium: PathBuf,
}

impl Browser {
    /// `$CHROMIUM` and `$CHROMEDRIVER`, else those on the `PATH`.
    ///
    /// # Errors
    /// When one is missing; the error names the command that installs it.
    pub fn find() -> Result<Self> {
        let chromium = program("CHROMIUM", &["chromium", "chromium-browser", "google-chrome"])?;
        let chromedriver = program("CHROMEDRIVER", &["chromedriver"])?;
        Ok(Self { chromium, chromedriver })
    }

    /// Starts chromedriver on a free port and waits until it listens. No browser runs yet: each session
    /// starts its own, with a profile of its own.
    ///
    /// # Errors
    /// When it does not start in time.
    pub fn start(&self) -> Result<Driver> {
        let mut child = Command::new(&self.chromedriver)
            .args(["--port=0", "--log-level=SEVERE"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::when(self.chromedriver.display()))?;
        let (sender, said) = mpsc::channel();
        if let Some(output) = child.stdout.take() {
            // Reads to the end, so that chromedriver never writes into a closed pipe.
            thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(std::result::Result::ok) {
                    if let Some(port) = port(&line) {
                        let _ = sender.send(port);
                    }
                }
            });
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut driver = Driver { child, address, chromium: self.chromium.clone() };
        let port = said.recv_timeout(DEADLINE);
        driver.address.set_port(port.map_err(Error::when("chromedriver does not say where it listens"))?);
        Ok(driver)
    }
}

impl Driver {
    /// Where it takes WebDriver's commands.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The browser binary, for the capability `goog:chromeOptions`/`binary`.
    pub fn chromium(&self) -> String {
        self.chromium.display().to_string()
    }

    /// The arguments without which Chromium does not run headless, as root, or in a container.
    pub const ARGUMENTS: [&str; 3] = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"];
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It ends its sessions, and with them their browsers, before it ends itself.
        let asked = http1::send(self.address, &Request::new("GET", "/shutdown").host(self.address.to_string()));
        if asked.is_ok() {
            let _ = poll(DEADLINE, "chromedriver ends", || self.child.try_wait().ok().flatten());
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The port in `ChromeDriver was started successfully on port 40123.`
fn port(line: &str) -> Option<u16> {
    line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
}

fn program(variable: &str, names: &[&str]) -> Result<PathBuf> {
    if let Some(path) = env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from) {
        let missing =
            || Error::new(format!("{variable} names {}, which is no file. Correct or unset it.", path.display()));
        return path.is_file().then(|| path.clone()).ok_or_else(missing);
    }
    let directories: Vec<PathBuf> =
        env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    let found = names.iter().flat_map(|name| directories.iter().map(move |directory| directory.join(name)));
    let missing = || Error::new(format!("{} is not on the PATH. {WAY_OUT}.", names[0]));
    found.into_iter().find(|path| path.is_file()).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_what_chromedriver_says() {
        assert_eq!(port("ChromeDriver was started successfully on port 40123."), Some(40123));
        assert_eq!(port("Please see https://chromedriver.chromium.org/security-considerations"), None);
    }
}
