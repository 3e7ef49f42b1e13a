//! A configuration comes in, and compiled policies go out. The log says what is wrong with it.

use std::hash::{BuildHasher, RandomState};

use corsac_policy::{FORMAT_VERSION, Policies, Tools, compile, public_suffix_list_date};

use crate::diagnostics::{log_diagnostics, log_rejection};

/// Compiles a configuration and logs every diagnostic. `None` means that Envoy has to refuse it.
pub fn put_in_force(configuration: &[u8]) -> Option<Policies> {
    match compile(configuration, &Tools { seed: random_seed(), to_ascii: None }) {
        Ok(compiled) => {
            log_diagnostics(&compiled.warnings);
            log::info!(
                "corsac {version} (policy format {FORMAT_VERSION}): {policies} in force (public suffix list of {list})",
                version = env!("CARGO_PKG_VERSION"),
                policies = counted(&compiled.policies),
                list = public_suffix_list_date(),
            );
            Some(compiled.policies)
        }
        Err(rejected) => {
            log_rejection(&rejected.diagnostics, configuration);
            None
        }
    }
}

/// A seed for origin sets. `RandomState` does not show its keys; two hashes made with them are as
/// good.
pub fn random_seed() -> [u64; 2] {
    let state = RandomState::new();
    [state.hash_one(0_u8), state.hash_one(1_u8)]
}

fn counted(policies: &Policies) -> String {
    match policies.len() {
        1 => "1 policy".to_owned(),
        number => format!("{number} policies"),
    }
}
