//! The log line of a refused request.

/// How much of an origin is shown, in bytes.
const LONGEST_ORIGIN: usize = 128;

/// Logs one refusal, and the number of those since the last line. `origin` comes from a client, so
/// it is cut and escaped.
#[cold]
pub fn log_refusal(words: &str, origin: &[u8], left_out: u64) {
    let shown = origin.get(..LONGEST_ORIGIN).unwrap_or(origin).escape_ascii();
    match left_out {
        0 => log::info!("corsac: {words} origin=\"{shown}\""),
        left_out => log::info!("corsac: {words} origin=\"{shown}\" (and {left_out} refusals since the last line)"),
    }
}
