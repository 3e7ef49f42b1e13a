//! What the kernel says about a process: processor time and memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::Outcome;

/// A process that runs.
pub struct Process(PathBuf);

impl Process {
    /// The process of that id.
    pub fn new(id: u32) -> Self {
        Self(Path::new("/proc").join(id.to_string()))
    }

    /// The processor time that all its threads have taken so far, user and system, to the nanosecond.
    pub fn time(&self) -> Outcome<Duration> {
        self.time_of(|_| true)
    }

    /// The same of Envoy's workers alone, which serve the requests: the main thread flushes statistics every few seconds.
    pub fn workers_time(&self) -> Outcome<Duration> {
        self.time_of(|name| name.starts_with("wrk:worker"))
    }

    /// Of the threads with such a name.
    fn time_of(&self, is_meant: impl Fn(&str) -> bool) -> Outcome<Duration> {
        let unreadable = |error| {
            format!("{}: {error}. Processor time is read from Linux's /proc; other systems lack it.", self.0.display())
        };
        let mut sum = Duration::ZERO;
        for thread in fs::read_dir(self.0.join("task")).map_err(unreadable)? {
            let folder = thread.map_err(unreadable)?.path();
            // A thread may have ended since the folder was read.
            let read = |name| fs::read_to_string(folder.join(name)).unwrap_or_default();
            if is_meant(&read("comm")) {
                sum += nanoseconds(&read("schedstat"));
            }
        }
        Ok(sum)
    }

    /// Resident memory, in MB of 1,000,000 bytes.
    pub fn memory(&self) -> Outcome<f64> {
        let path = self.0.join("status");
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}.", path.display()))?;
        resident(&text).ok_or_else(|| format!("{} says nothing about resident memory.", path.display()))
    }
}

/// The processor time of all programs that this one has started and that have ended.
pub fn time_of_children() -> Duration {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else { return Duration::ZERO };
    let micros = [usage.user_time(), usage.system_time()].map(|time| u64::try_from(time.num_microseconds()));
    Duration::from_micros(micros.into_iter().map(Result::unwrap_or_default).sum())
}

/// The first number is the time spent on a processor, in nanoseconds (the kernel's sched-stats.rst).
fn nanoseconds(schedstat: &str) -> Duration {
    let first = schedstat.split_whitespace().next().and_then(|number| number.parse().ok());
    Duration::from_nanos(first.unwrap_or(0))
}

fn resident(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? * 1024.0 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_the_first_number_of_a_schedstat() {
        assert_eq!(nanoseconds("182561 9091496 2\n"), Duration::from_nanos(182_561));
    }

    #[test]
    fn resident_memory_is_in_megabytes() {
        assert_eq!(resident("VmHWM:\t  9 kB\nVmRSS:\t    1000 kB\n"), Some(1.024));
    }
}
