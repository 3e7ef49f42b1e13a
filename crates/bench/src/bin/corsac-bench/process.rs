//! The processor time of a process, from the kernel.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use corsac_testbed::Result;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// A running process.
pub struct Process(PathBuf);

impl Process {
    /// The process of that id.
    pub fn new(id: u32) -> Self {
        Self(Path::new("/proc").join(id.to_string()))
    }

    /// The processor time of all its threads so far, user and system, to the nanosecond.
    pub fn time(&self) -> Result<Duration> {
        self.time_of(|_| true)
    }

    /// The same of Envoy's workers, which serve the requests. The main thread also flushes
    /// statistics every few seconds.
    pub fn workers_time(&self) -> Result<Duration> {
        self.time_of(|name| name.starts_with("wrk:worker"))
    }

    /// The processor time of the threads whose name satisfies `is_wanted`.
    pub fn time_of(&self, is_wanted: impl Fn(&str) -> bool) -> Result<Duration> {
        let unreadable =
            |error| format!("{}: {error}. Processor time comes from /proc, which only Linux has.", self.0.display());
        let mut sum = Duration::ZERO;
        for thread in fs::read_dir(self.0.join("task")).map_err(unreadable)? {
            let folder = thread.map_err(unreadable)?.path();
            // A thread may have ended since the folder was read.
            let read = |name| fs::read_to_string(folder.join(name)).unwrap_or_default();
            if is_wanted(&read("comm")) {
                sum += nanoseconds(&read("schedstat"));
            }
        }
        Ok(sum)
    }
}

/// The processor time of all ended child processes.
pub fn time_of_children() -> Duration {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else { return Duration::ZERO };
    let micros = [usage.user_time(), usage.system_time()].map(|time| u64::try_from(time.num_microseconds()));
    Duration::from_micros(micros.into_iter().map(std::result::Result::unwrap_or_default).sum())
}

/// The first number is the time on a processor, in nanoseconds (the kernel's sched-stats.rst).
fn nanoseconds(schedstat: &str) -> Duration {
    let first = schedstat.split_whitespace().next().and_then(|number| number.parse().ok());
    Duration::from_nanos(first.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_the_first_number_of_a_schedstat() {
        assert_eq!(nanoseconds("182561 9091496 2\n"), Duration::from_nanos(182_561));
    }
}
