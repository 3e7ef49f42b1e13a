//! The logger: what the `log` macros write goes to Envoy's log, and so does the message of a panic.

use std::panic;

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::abi::log_level;
use crate::host;

struct HostLogger;

/// Makes the `log` macros write lines of these levels.
pub fn install(levels: LevelFilter) {
    // The only failure: a logger is installed already, and it is this one.
    let _ = log::set_logger(&HostLogger);
    log::set_max_level(levels);
}

/// Makes the log show the message of a panic.
pub fn show_panics() {
    panic::set_hook(Box::new(|panic| log::error!("corsac: {panic}")));
}

impl Log for HostLogger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            host::log(of_host(record.level()), &record.args().to_string());
        }
    }

    fn flush(&self) {}
}

const fn of_host(level: Level) -> u32 {
    match level {
        Level::Error => log_level::ERROR,
        Level::Warn => log_level::WARN,
        Level::Info => log_level::INFO,
        Level::Debug => log_level::DEBUG,
        Level::Trace => log_level::TRACE,
    }
}
