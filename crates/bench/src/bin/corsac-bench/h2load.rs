//! Load from h2load. Every run has a fixed number of requests, by which processor time can be
//! divided.

use std::net::SocketAddr;
use std::ops::AddAssign;
use std::process::{Command, Stdio};

use corsac_testbed::programs::first_line;
use corsac_testbed::{Error, Result};

const PROGRAM: &str = "h2load";
/// Concurrent requests, on one connection: they arrive, are served and are answered together. With
/// fewer requests, chance decides how often the worker wakes up, which costs as much as some
/// filters do.
const CONCURRENT: usize = 64;

/// One run: a number of equal requests.
pub struct Load<'a> {
    pub address: SocketAddr,
    pub method: &'a str,
    pub headers: &'a [(&'a str, String)],
    pub requests: usize,
}

/// How many answers had a status code of each class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statuses {
    pub ok: usize,
    pub redirected: usize,
    pub refused: usize,
    pub failed: usize,
}

impl AddAssign for Statuses {
    fn add_assign(&mut self, more: Self) {
        self.ok += more.ok;
        self.redirected += more.redirected;
        self.refused += more.refused;
        self.failed += more.failed;
    }
}

impl Statuses {
    pub const fn all(self) -> usize {
        self.ok + self.redirected + self.refused + self.failed
    }
}

/// An error that tells what to install if h2load is missing.
pub fn ensure() -> Result<()> {
    first_line(Command::new(PROGRAM).arg("--version")).map(drop).ok_or_else(|| {
        Error::new(format!(
            "{PROGRAM} is missing; install it (Debian and Ubuntu: `apt-get install nghttp2-client`) and run this again."
        ))
    })
}

impl Load<'_> {
    /// Sends the requests over HTTP/2 without TLS. Every request must be answered.
    pub fn run(&self) -> Result<Statuses> {
        let mut command = Command::new(PROGRAM);
        command.args(["--clients", "1"]);
        command.args(["--max-concurrent-streams", &CONCURRENT.to_string()]);
        command.args(["--requests", &self.requests.to_string()]);
        command.arg("--header").arg(format!(":method: {}", self.method));
        for (name, value) in self.headers {
            command.arg("--header").arg(format!("{name}: {value}"));
        }
        command.arg(format!("http://{}/", self.address));
        let output = command
            .stdin(Stdio::null())
            .output()
            .map_err(|error| Error::new(format!("{PROGRAM} does not start: {error}.")))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let output_text = || format!("{text}{}", String::from_utf8_lossy(&output.stderr));
        let statuses = statuses(&text)
            .ok_or_else(|| Error::new(format!("{PROGRAM} prints no status codes:\n{}", output_text())))?;
        if statuses.all() == self.requests {
            Ok(statuses)
        } else {
            Err(Error::new(format!(
                "{} of {} requests were answered:\n{}",
                statuses.all(),
                self.requests,
                output_text()
            )))
        }
    }
}

fn statuses(text: &str) -> Option<Statuses> {
    let line = text.lines().find_map(|line| line.strip_prefix("status codes: "))?;
    let mut counts = line.split(", ").map(|part| part.split(' ').next()?.parse().ok());
    let mut next = || counts.next()?;
    Some(Statuses { ok: next()?, redirected: next()?, refused: next()?, failed: next()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_codes_are_read_from_the_output_of_h2load() {
        let text = "requests: 7 total\nstatus codes: 4 2xx, 1 3xx, 2 4xx, 0 5xx\ntraffic: 1KB\n";
        let read = statuses(text).expect("read");
        assert_eq!(read, Statuses { ok: 4, redirected: 1, refused: 2, failed: 0 });
        assert_eq!(read.all(), 7);
        assert_eq!(statuses("finished in 1s"), None);
    }
}
