//! Starts one server, waits until it answers, and ends it.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, process};

use corsac_testbed::server::{Answer, Received, Server};
use corsac_testbed::{DEADLINE, envoy, module, node::Node, poll, ports};

use crate::packages;

/// A server that runs. Dropping it ends its process, and removes its folder.
pub struct Running {
    child: Child,
    place: Place,
}

/// Where a server runs, and what is there for it.
struct Place {
    folder: PathBuf,
    port: u16,
    upstream: Server,
}

impl Running {
    /// Writes the configuration, runs the command, and waits until somebody listens.
    pub fn start(command: &[String], file: &str, configuration: &str) -> Result<Self, String> {
        let place = Place::new()?;
        let file = place.folder.join(file);
        fs::write(&file, place.fill(configuration)?).map_err(|error| format!("{}: {error}", file.display()))?;
        let word = |word: &String| Ok(place.fill(word)?.replace("{configuration}", &file.display().to_string()));
        let words: Vec<String> = command.iter().map(word).collect::<Result<_, String>>()?;
        let child = place.spawn(&words)?;
        let mut running = Self { child, place };
        running.wait()?;
        Ok(running)
    }

    pub fn port(&self) -> u16 {
        self.place.port
    }

    fn wait(&mut self) -> Result<(), String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.place.port));
        let answers = poll(DEADLINE, "somebody listens", || {
            let has_ended = self.child.try_wait().is_ok_and(|status| status.is_some());
            (has_ended || TcpStream::connect(address).is_ok()).then_some(!has_ended)
        });
        let log = || fs::read_to_string(self.place.folder.join("log")).unwrap_or_default();
        match answers {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!("The server has ended:\n{}", log())),
            Err(error) => Err(format!("{error}:\n{}", log())),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Place {
    fn new() -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("corsac-zoo-{}-{number}", process::id()));
        let site = folder.join("site");
        let written = fs::create_dir_all(&site).and_then(|()| fs::write(site.join("items"), "{}"));
        written.map_err(|error| format!("{}: {error}", site.display()))?;
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let upstream = Server::start_at(any, upstream).map_err(|error| error.to_string())?;
        let port = ports::free(1).map_err(|error| error.to_string())?.first().copied().unwrap_or_default();
        Ok(Self { folder, port, upstream })
    }

    fn spawn(&self, words: &[String]) -> Result<Child, String> {
        let (program, arguments) = words.split_first().ok_or("There is no command.")?;
        let log = File::create(self.folder.join("log"));
        let (log, copy) = log.and_then(|log| Ok((log.try_clone()?, log))).map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command.args(arguments).env("PYTHONPATH", packages::python_home()).env("PATH", path());
        let child = command.stdin(Stdio::null()).stdout(log).stderr(copy).spawn();
        child.map_err(|error| {
            format!("{program} does not start: {error}. Is its package installed (tests/zoo/README.md)?")
        })
    }

    /// The text with every word in braces filled in.
    fn fill(&self, text: &str) -> Result<String, String> {
        let upstream = self.upstream.address();
        let mut text = text
            .replace("{folder}", &self.folder.display().to_string())
            .replace("{port}", &self.port.to_string())
            .replace("{upstream}", &upstream.to_string())
            .replace("{upstream_port}", &upstream.port().to_string());
        if text.contains("{envoy}") {
            text = text.replace(
                "{envoy}",
                &envoy::Binary::find().map_err(|error| error.to_string())?.path().display().to_string(),
            );
        }
        if text.contains("{module}") {
            text = text.replace("{module}", &module().map_err(|error| error.to_string())?.display().to_string());
        }
        if text.contains("{node}") || text.contains("{npm}") {
            let node = Node::find_with_npm().map_err(|error| error.to_string())?;
            let program = node.command().get_program().to_string_lossy().into_owned();
            text = text.replace("{node}", &program).replace("{npm}", &packages::npm(&node)?.display().to_string());
        }
        if text.contains("{rust}") {
            text = text.replace("{rust}", &packages::rust()?.display().to_string());
        }
        if text.contains("{python}") {
            text = text.replace("{python}", &packages::python()?.display().to_string());
        }
        Ok(text)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Debian keeps some servers where only root looks.
fn path() -> String {
    format!("{}:/usr/sbin:/sbin", env::var("PATH").unwrap_or_default())
}

/// A server that knows no CORS, for the proxies: one resource, with a validator.
fn upstream(received: &Received) -> Answer {
    let is_there = received.target.split(|byte| *byte == b'?').next() == Some(b"/items");
    let tag = received.headers.joined("if-none-match");
    match (is_there, &*received.method) {
        (false, _) => Answer::new(404),
        (true, b"GET" | b"HEAD") if tag.as_deref() == Some(b"\"1\"") => Answer::new(304).header("etag", "\"1\""),
        (true, b"GET" | b"HEAD" | b"PUT") => Answer::new(200).header("etag", "\"1\"").body("{}"),
        (true, _) => Answer::new(405).header("allow", "GET, HEAD, PUT"),
    }
}
