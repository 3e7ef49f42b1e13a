//! Requests by the thousand: h2load, a fixed number of requests a run, so that processor time divides by it exactly.

use std::net::SocketAddr;
use std::ops::AddAssign;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::tools::first_line;

const PROGRAM: &str = "h2load";
/// Requests under way at a time, on one connection: they arrive together, are served together and answered together. With
/// fewer, chance decides for how many of them the worker wakes up, and that costs it as much as some filters do.
const UNDER_WAY: usize = 64;

/// One run: so many requests, all the same but for their paths.
pub struct Load<'a> {
    pub address: SocketAddr,
    pub method: &'a str,
    pub headers: &'a [(&'a str, String)],
    /// A file with one URL a line, asked in turn; else `/`.
    pub urls: Option<&'a Path>,
    pub requests: usize,
}

/// The status codes of the answers, by their first digit.
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

/// Says what to install where h2load is missing.
pub fn ensure() -> Outcome<()> {
    first_line(Command::new(PROGRAM).arg("--version")).map(drop).ok_or_else(|| {
        format!(
            "{PROGRAM} is missing; install it (Debian and Ubuntu: `apt-get install nghttp2-client`) and run this again."
        )
    })
}

impl Load<'_> {
    /// Sends the requests over HTTP/2 without TLS; every one of them must be answered.
    pub fn run(&self) -> Outcome<Statuses> {
        let mut command = Command::new(PROGRAM);
        command.args(["--clients", "1"]);
        command.args(["--max-concurrent-streams", &UNDER_WAY.to_string()]);
        command.args(["--requests", &self.requests.to_string()]);
        command.arg("--header").arg(format!(":method: {}", self.method));
        for (name, value) in self.headers {
            command.arg("--header").arg(format!("{name}: {value}"));
        }
        match self.urls {
            Some(file) => command.arg("--input-file").arg(file),
            None => command.arg(format!("http://{}/", self.address)),
        };
        let output =
            command.stdin(Stdio::null()).output().map_err(|error| format!("{PROGRAM} does not start: {error}."))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let said = || format!("{text}{}", String::from_utf8_lossy(&output.stderr));
        let statuses = statuses(&text).ok_or_else(|| format!("{PROGRAM} does not count status codes:\n{}", said()))?;
        if statuses.all() == self.requests {
            Ok(statuses)
        } else {
            Err(format!("{} of {} requests were answered:\n{}", statuses.all(), self.requests, said()))
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
    fn status_codes_are_read_from_what_h2load_prints() {
        let text = "requests: 7 total\nstatus codes: 4 2xx, 1 3xx, 2 4xx, 0 5xx\ntraffic: 1KB\n";
        let read = statuses(text).expect("read");
        assert_eq!(read, Statuses { ok: 4, redirected: 1, refused: 2, failed: 0 });
        assert_eq!(read.all(), 7);
        assert_eq!(statuses("finished in 1s"), None);
    }
}
