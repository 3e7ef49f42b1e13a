//! The root context: a configuration comes in, compiled policies go out to every exchange that begins.

use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;

use corsac_policy::{Code, Compiled, FORMAT_VERSION, Policies, Rejected, Tools, compile, public_suffix_list_date};

use crate::exchange::Exchange;
use crate::host::{self, Level};
use crate::refusals::RefusalLog;

/// How many diagnostics are logged; the rest is counted.
const MOST_LOGGED: usize = 200;

/// One configured filter in one worker.
#[derive(Default)]
pub struct Plugin {
    /// `None` until a configuration was accepted; Envoy sends no traffic before that.
    filter: Option<Rc<Filter>>,
}

/// What an exchange holds of its filter.
pub struct Filter {
    pub policies: Policies,
    pub refusals: RefusalLog,
}

impl Plugin {
    /// `false` makes Envoy refuse the configuration: at boot it stops, on an update the last good policy goes on serving.
    pub fn configure(&mut self) -> bool {
        let configuration = match host::plugin_configuration() {
            Ok(configuration) => configuration,
            Err(error) => {
                host::log(Level::Error, &format!("corsac: the configuration cannot be read: {error}"));
                return false;
            }
        };
        match compile(&configuration, &Tools { seed: random_seed(), to_ascii: None }) {
            Ok(compiled) => {
                self.filter = Some(Rc::new(Filter { policies: in_force(compiled), refusals: RefusalLog::default() }));
                true
            }
            Err(rejected) => {
                log_rejection(&rejected, &configuration);
                false
            }
        }
    }

    /// The timer that a refusal's log line has set.
    pub fn on_timer(&mut self) {
        if let Some(filter) = &self.filter {
            filter.refusals.rested();
        }
    }

    /// A new exchange under the policies in force.
    pub fn exchange(&self) -> Option<Exchange> {
        self.filter.as_ref().map(|filter| Exchange::new(Rc::clone(filter)))
    }
}

/// `RandomState` does not show its keys; two hashes made with them are as good.
fn random_seed() -> [u64; 2] {
    let state = RandomState::new();
    [state.hash_one(0_u8), state.hash_one(1_u8)]
}

fn in_force(compiled: Compiled) -> Policies {
    for warning in compiled.warnings.iter().take(MOST_LOGGED) {
        host::log(Level::Warning, &format!("corsac: {warning}"));
    }
    log_left_out(compiled.warnings.len());
    let policies = counted(compiled.policies.len());
    let list = public_suffix_list_date();
    let version = env!("CARGO_PKG_VERSION");
    let line = format!(
        "corsac {version} (policy format {FORMAT_VERSION}): {policies} in force (public suffix list of {list})"
    );
    host::log(Level::Info, &line);
    compiled.policies
}

fn counted(policies: usize) -> String {
    if policies == 1 { "1 policy".to_owned() } else { format!("{policies} policies") }
}

fn log_rejection(rejected: &Rejected, configuration: &[u8]) {
    let is_no_json = rejected.diagnostics.iter().any(|diagnostic| diagnostic.code == Code::InvalidJson);
    if is_no_json && is_protobuf_struct(configuration) {
        host::log(
            Level::Error,
            "corsac: error[invalid-json] at the top: The configuration is a google.protobuf.Struct, which reaches a filter as protobuf \
             bytes. Write it as JSON text in a google.protobuf.StringValue.",
        );
        return;
    }
    for diagnostic in rejected.diagnostics.iter().take(MOST_LOGGED) {
        host::log(Level::Error, &format!("corsac: {diagnostic}"));
    }
    log_left_out(rejected.diagnostics.len());
}

fn log_left_out(diagnostics: usize) {
    if let Some(left_out @ 1..) = diagnostics.checked_sub(MOST_LOGGED) {
        host::log(Level::Error, &format!("corsac: … and {left_out} more"));
    }
}

/// Whether bytes are a protobuf message of nothing but length-delimited fields number 1: what a `Struct`, a map, is.
fn is_protobuf_struct(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [0x0a, field @ ..] = rest {
        let Some((length, field)) = varint(field) else { return false };
        let Some(behind) = field.get(length..) else { return false };
        rest = behind;
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
