//! The logger: what the `log` macros write goes to Envoy's log.
//!
//! The SDK has one (`proxy_wasm::set_log_level`), but it panics if the host does not take a line.
//! So it is not used, and neither is the panic hook that comes with it: the standard library's hook
//! writes to the standard error stream, which Envoy logs too.

use log::{Level, LevelFilter, Log, Metadata, Record};
use proxy_wasm::types::LogLevel;

use crate::host;

struct HostLogger;

/// Makes the `log` macros write lines of these levels.
pub fn install(levels: LevelFilter) {
    // The only failure: a logger is installed already, and it is this one.
    let _ = log::set_logger(&HostLogger);
    log::set_max_level(levels);
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

const fn of_host(level: Level) -> LogLevel {
    match level {
        Level::Error => LogLevel::Error,
        Level::Warn => LogLevel::Warn,
        Level::Info => LogLevel::Info,
        Level::Debug => LogLevel::Debug,
        Level::Trace => LogLevel::Trace,
    }
}
