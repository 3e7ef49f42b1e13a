//! An Envoy process: starts it, queries it, and changes its configuration while it runs.

mod admin;
mod find;
mod live;
mod version;

use std::{
    collections::HashMap,
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

pub use live::Update;
pub use version::{VERSION, Version};

use crate::{DEADLINE, Error, Result, access_log::AccessLog, config::Bootstrap, directory::Directory, poll};

/// An Envoy binary that was found.
#[derive(Clone, Debug)]
pub struct Binary {
    path: PathBuf,
}

/// The result of `envoy --mode validate`, or of a start that failed.
#[derive(Debug)]
pub struct Verdict {
    /// Whether Envoy accepts the configuration.
    pub accepted: bool,
    /// Everything that Envoy and the filter printed.
    pub output: String,
}

/// The signs in Envoy's log that a module has broken.
const SIGNS_OF_A_BREAKDOWN: [&str; 3] = ["panicked", "Function: ", "Uncaught"];
/// The sign in Envoy's log that a module made a call that Envoy does not allow it.
const SIGN_OF_A_REFUSED_CALL: &str = "restricted";

/// A running Envoy. Dropping it stops the process and removes its directory, unless the thread
/// panics.
pub struct Envoy {
    child: Child,
    directory: Directory,
    admin: SocketAddr,
    listeners: HashMap<String, SocketAddr>,
}

impl Binary {
    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Starts Envoy with one worker and waits until it serves.
    ///
    /// # Errors
    /// If it refuses the configuration, or is not ready in time. The error holds its log.
    pub fn start(&self, bootstrap: &Bootstrap) -> Result<Envoy> {
        self.start_with_workers(bootstrap, 1)
    }

    /// Starts Envoy with that many workers and waits until it serves.
    ///
    /// # Errors
    /// As [`Binary::start`].
    pub fn start_with_workers(&self, bootstrap: &Bootstrap, workers: u32) -> Result<Envoy> {
        let directory = Directory::new()?;
        let config = directory.write("envoy.json", &bootstrap.json(&directory)?)?;
        self.run(&config, directory, workers, bootstrap.wasm_log_level())
    }

    /// Starts Envoy with a configuration file (YAML or JSON), as a user would, and waits until it
    /// serves. The file must configure an admin interface.
    ///
    /// # Errors
    /// As [`Binary::start`].
    pub fn start_file(&self, config: &Path) -> Result<Envoy> {
        self.run(config, Directory::new()?, 1, "info")
    }

    /// Asks Envoy whether it accepts `bootstrap`, without serving it.
    ///
    /// # Errors
    /// If Envoy cannot be started.
    pub fn validate(&self, bootstrap: &Bootstrap) -> Result<Verdict> {
        let directory = Directory::new()?;
        let config = directory.write("envoy.json", &bootstrap.json(&directory)?)?;
        self.verdict(&["--mode", "validate"], &config)
    }

    /// The same for a configuration file.
    ///
    /// # Errors
    /// As [`Binary::validate`].
    pub fn validate_file(&self, config: &Path) -> Result<Verdict> {
        self.verdict(&["--mode", "validate"], config)
    }

    /// Starts Envoy with a configuration that it should refuse, and waits until it has ended.
    ///
    /// # Errors
    /// If it serves instead.
    pub fn refuse(&self, bootstrap: &Bootstrap) -> Result<Verdict> {
        match self.start(bootstrap) {
            Ok(_) => Err(Error::new("Envoy serves a configuration that it should refuse")),
            Err(error) => Ok(Verdict { accepted: false, output: error.to_string() }),
        }
    }

    fn verdict(&self, mode: &[&str], config: &Path) -> Result<Verdict> {
        let output = self.command(config, "info").args(mode).output().map_err(Error::when(self.path.display()))?;
        let text = [output.stdout, output.stderr].concat();
        Ok(Verdict { accepted: output.status.success(), output: String::from_utf8_lossy(&text).into_owned() })
    }

    /// The options of every run: no shared memory between runs, and the log lines of the filter.
    fn command(&self, config: &Path, wasm_log_level: &str) -> Command {
        let mut command = Command::new(&self.path);
        command.arg("--config-path").arg(config).arg("--disable-hot-restart");
        let levels = format!("wasm:{wasm_log_level},dynamic_modules:info");
        command.args(["--log-level", "warning", "--component-log-level", &levels]);
        command
    }

    fn run(&self, config: &Path, directory: Directory, workers: u32, wasm_log_level: &str) -> Result<Envoy> {
        let log = File::create(directory.log())?;
        let address_file = directory.path().join("admin.address");
        let child = self
            .command(config, wasm_log_level)
            .args(["--concurrency", &workers.to_string(), "--file-flush-interval-msec", "10", "--drain-time-s", "5"])
            .arg("--admin-address-path")
            .arg(&address_file)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(Error::when(self.path.display()))?;
        let admin = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut envoy = Envoy { child, directory, admin, listeners: HashMap::new() };
        match envoy.wait_until_ready(&address_file) {
            Ok(()) => Ok(envoy),
            Err(error) => Err(Error::new(format!("{error}. Envoy's log:\n{}", envoy.log()))),
        }
    }
}

impl Envoy {
    /// The address of the admin interface.
    pub const fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// The address of the listener of that name.
    ///
    /// # Errors
    /// If there is no such listener.
    pub fn address(&self, listener: &str) -> Result<SocketAddr> {
        self.listeners.get(listener).copied().ok_or_else(|| Error::new(format!("Envoy has no listener {listener}")))
    }

    /// Everything that Envoy and the filter have logged so far.
    pub fn log(&self) -> String {
        fs::read(self.directory.log()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// The lines of the log that say that a module has broken.
    pub fn breakdowns(&self) -> Vec<String> {
        self.log_lines_with(&SIGNS_OF_A_BREAKDOWN)
    }

    /// The lines of the log that say that Envoy has refused a call of a module.
    pub fn refused_calls(&self) -> Vec<String> {
        self.log_lines_with(&[SIGN_OF_A_REFUSED_CALL])
    }

    fn log_lines_with(&self, signs: &[&str]) -> Vec<String> {
        let is_wanted = |line: &&str| signs.iter().any(|sign| line.contains(sign));
        self.log().lines().filter(is_wanted).map(str::to_owned).collect()
    }

    /// The access log of a [`Bootstrap`]'s listeners.
    pub fn access_log(&self) -> AccessLog {
        AccessLog::at(self.directory.access_log())
    }

    /// The process's id, for measurements.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// The resident memory of the process, in MB of 1,000,000 bytes. Only Linux reports it.
    ///
    /// # Errors
    /// If the kernel does not report it.
    pub fn memory(&self) -> Result<f64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&path).map_err(Error::when(&path))?;
        resident(&status).ok_or_else(|| Error::new(format!("{path} does not report resident memory")))
    }

    /// Whether the process still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn wait_until_ready(&mut self, address_file: &Path) -> Result<()> {
        let mut ended = None;
        let ready = poll(DEADLINE * 3, "Envoy is ready", || {
            ended = self.child.try_wait().ok().flatten();
            if ended.is_some() {
                return Some(());
            }
            let written = fs::read_to_string(address_file).ok()?;
            self.admin = written.trim().parse().ok()?;
            (self.ask("/ready").ok()? == "LIVE\n" && self.stat("listener_manager.workers_started").ok()? == 1)
                .then_some(())
        });
        if let Some(status) = ended {
            return Err(Error::new(format!("Envoy has ended with {status}")));
        }
        ready?;
        self.listeners = self.ask_for_listeners()?;
        Ok(())
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        // It may have ended already, which is no error.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The resident memory in a process's `status`, in MB; the kernel's kB are 1,024 bytes.
fn resident(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? * 1024.0 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_in_megabytes() {
        assert_eq!(resident("VmHWM:\t  9 kB\nVmRSS:\t    1000 kB\n"), Some(1.024));
    }
}
