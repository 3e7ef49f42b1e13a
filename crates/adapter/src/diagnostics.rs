//! What the log says about a configuration: every error first, then every warning, up to a limit.

use corsac_policy::{Code, Diagnostic, Severity};
use log::Level;

/// How many diagnostics are logged. Errors have the first claim; those left out are counted.
const MOST_LOGGED: usize = 200;

/// Logs each diagnostic at the level of its severity, errors ahead of warnings.
pub(crate) fn log_diagnostics(diagnostics: &[Diagnostic]) {
    let mut room = MOST_LOGGED;
    for (severity, level) in [(Severity::Error, Level::Error), (Severity::Warning, Level::Warn)] {
        let (mut logged, mut left_out) = (0, 0_usize);
        for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity) {
            if logged < room {
                log::log!(level, "corsac: {diagnostic}");
                logged += 1;
            } else {
                left_out += 1;
            }
        }
        if left_out > 0 {
            let plural = if left_out == 1 { "" } else { "s" };
            log::log!(level, "corsac: … and {left_out} more {}{plural}", severity.as_str());
        }
        room -= logged;
    }
}

/// Logs why a configuration is refused.
pub(crate) fn log_rejection(diagnostics: &[Diagnostic], configuration: &[u8]) {
    let is_no_json = diagnostics.iter().any(|diagnostic| diagnostic.code == Code::InvalidJson);
    if is_no_json && is_protobuf_struct(configuration) {
        log::error!(
            "corsac: error[invalid-json] at the top: The configuration is a google.protobuf.Struct, which reaches a filter \
             as protobuf bytes. Write it as JSON text in a google.protobuf.StringValue."
        );
    } else {
        log_diagnostics(diagnostics);
    }
}

/// Whether bytes are a protobuf message of nothing but length-delimited fields number 1: what a
/// `Struct`, a map, is.
fn is_protobuf_struct(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [0x0a, field @ ..] = rest {
        let Some((length, field)) = varint(field) else { return false };
        let Some(after) = field.get(length..) else { return false };
        rest = after;
    }
    rest.is_empty() && !bytes.is_empty()
}

fn varint(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_usize;
    for (index, byte) in bytes.iter().enumerate().take(5) {
        let shift = u32::try_from(index).ok()?.checked_mul(7)?;
        value |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(index + 1..)?));
        }
    }
    None
}
