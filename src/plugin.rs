//! The root context: a configuration comes in, compiled policies go out to every exchange that begins.

use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;

use corsac_policy::{Code, Compiled, Policies, Rejected, Tools, compile, public_suffix_list_date};
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::ContextType;

use crate::exchange::Exchange;
use crate::host;
use crate::refusals::RefusalLog;

/// How many diagnostics are logged; the rest is counted.
const MOST_LOGGED: usize = 200;

/// One configured filter in one worker.
pub struct Plugin {
    /// `None` until a configuration was accepted; Envoy sends no traffic before that.
    policies: Option<Rc<Policies>>,
    refusals: Rc<RefusalLog>,
}

impl Plugin {
    pub fn new() -> Self {
        Self { policies: None, refusals: Rc::new(RefusalLog::default()) }
    }
}

impl Context for Plugin {}

impl RootContext for Plugin {
    /// `false` makes Envoy refuse the configuration: at boot it stops, on an update the last good policy goes on serving.
    fn on_configure(&mut self, _: usize) -> bool {
        let configuration = match host::plugin_configuration() {
            Ok(configuration) => configuration,
            Err(error) => {
                log::error!("corsac: the configuration cannot be read: {error}");
                return false;
            }
        };
        match compile(&configuration, &Tools { seed: random_seed(), to_ascii: None }) {
            Ok(compiled) => {
                self.policies = Some(Rc::new(in_force(compiled)));
                true
            }
            Err(rejected) => {
                log_rejection(&rejected, &configuration);
                false
            }
        }
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        match &self.policies {
            Some(policies) => Some(Box::new(Exchange::new(Rc::clone(policies), Rc::clone(&self.refusals)))),
            None => Some(Box::new(Unconfigured)),
        }
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

/// An exchange of a filter that has no policy yet: left alone.
struct Unconfigured;

impl Context for Unconfigured {}
impl HttpContext for Unconfigured {}

/// `RandomState` does not show its keys; two hashes made with them are as good.
fn random_seed() -> [u64; 2] {
    let state = RandomState::new();
    [state.hash_one(0_u8), state.hash_one(1_u8)]
}

fn in_force(compiled: Compiled) -> Policies {
    for warning in compiled.warnings.iter().take(MOST_LOGGED) {
        log::warn!("corsac: {warning}");
    }
    log_left_out(compiled.warnings.len());
    let policies = counted(compiled.policies.len());
    let list = public_suffix_list_date();
    log::info!("corsac {}: {policies} in force (public suffix list of {list})", env!("CARGO_PKG_VERSION"));
    compiled.policies
}

fn counted(policies: usize) -> String {
    if policies == 1 { "1 policy".to_owned() } else { format!("{policies} policies") }
}

fn log_rejection(rejected: &Rejected, configuration: &[u8]) {
    let is_no_json = rejected.diagnostics.iter().any(|diagnostic| diagnostic.code == Code::InvalidJson);
    if is_no_json && is_protobuf_struct(configuration) {
        log::error!(
            "corsac: error[invalid-json] at the top: The configuration is a google.protobuf.Struct, which reaches a filter as protobuf \
             bytes. Write it as JSON text in a google.protobuf.StringValue."
        );
        return;
    }
    for diagnostic in rejected.diagnostics.iter().take(MOST_LOGGED) {
        log::error!("corsac: {diagnostic}");
    }
    log_left_out(rejected.diagnostics.len());
}

fn log_left_out(diagnostics: usize) {
    if let Some(left_out @ 1..) = diagnostics.checked_sub(MOST_LOGGED) {
        log::error!("corsac: … and {left_out} more");
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
