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
    folder: PathBuf,
    port: u16,
    _upstream: Server,
}

impl Running {
    /// Writes the configuration, runs the command, and waits until somebody listens.
    pub fn start(command: &[String], file: &str, configuration: &str) -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("corsac-zoo-{}-{number}", process::id()));
        let said = |error: std::io::Error| format!("{}: {error}", folder.display());
        fs::create_dir_all(folder.join("site")).map_err(said)?;
        fs::write(folder.join("site/items"), "{}").map_err(said)?;
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let upstream = Server::start_at(any, upstream).map_err(|error| error.to_string())?;
        let port = ports::free(1).map_err(|error| error.to_string())?.first().copied().unwrap_or_default();
        let fill = |text: &str| fill(text, &folder.display().to_string(), port, upstream.address());
        let file = folder.join(file);
        fs::write(&file, fill(configuration)?).map_err(said)?;
        let words: Vec<String> = command
            .iter()
            .map(|word| Ok(fill(word)?.replace("{configuration}", &file.display().to_string())))
            .collect::<Result<_, String>>()?;
        let (program, arguments) = words.split_first().ok_or("There is no command.")?;
        let log = File::create(folder.join("log")).map_err(said)?;
        let child = Command::new(program)
            .args(arguments)
            .env("PYTHONPATH", packages::python_home())
            .env("PATH", path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(said)?)
            .stderr(log)
            .spawn()
            .map_err(|error| {
                format!("{program} does not start: {error}. Is its package installed (tests/zoo/README.md)?")
            })?;
        let mut running = Self { child, folder, port, _upstream: upstream };
        running.wait()?;
        Ok(running)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    fn wait(&mut self) -> Result<(), String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let answers = poll(DEADLINE, "somebody listens", || {
            let has_ended = self.child.try_wait().is_ok_and(|status| status.is_some());
            (has_ended || TcpStream::connect(address).is_ok()).then_some(!has_ended)
        });
        let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
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
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Debian keeps some servers where only root looks.
fn path() -> String {
    format!("{}:/usr/sbin:/sbin", env::var("PATH").unwrap_or_default())
}

fn fill(text: &str, folder: &str, port: u16, upstream: SocketAddr) -> Result<String, String> {
    let mut text = text
        .replace("{folder}", folder)
        .replace("{port}", &port.to_string())
        .replace("{upstream}", &upstream.to_string())
        .replace("{upstream_port}", &upstream.port().to_string());
    let named = |error: corsac_testbed::Error| error.to_string();
    if text.contains("{envoy}") {
        text = text.replace("{envoy}", &envoy::Binary::find().map_err(named)?.path().display().to_string());
    }
    if text.contains("{module}") {
        text = text.replace("{module}", &module().map_err(named)?.display().to_string());
    }
    if text.contains("{node}") || text.contains("{npm}") {
        let node = Node::find_with_npm().map_err(named)?;
        let program = node.command().get_program().to_string_lossy().into_owned();
        text = text.replace("{node}", &program).replace("{npm}", &packages::npm(&node)?.display().to_string());
    }
    if text.contains("{python}") {
        text = text.replace("{python}", &packages::python()?.display().to_string());
    }
    Ok(text)
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
