//! The root context: a configuration comes in, and every exchange that begins gets the compiled
//! policies.

use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;

use corsac_policy::{Compiled, FORMAT_VERSION, Policies, Tools, compile, public_suffix_list_date};
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::ContextType;

use crate::diagnostics::{log_diagnostics, log_rejection};
use crate::host;
use crate::http_context::{ActiveConfiguration, CorsHttpContext};
use crate::internal_redirect;
use crate::metrics;
use crate::sources::Sources;
use crate::timer;

/// One configured filter in one worker.
#[derive(Default)]
pub struct CorsRootContext {
    /// `None` until a configuration is accepted. Envoy sends no traffic before that.
    active: Option<Rc<ActiveConfiguration>>,
    sources: Sources,
}

impl Context for CorsRootContext {}

impl CorsRootContext {
    /// Puts other lists in force: for exchanges that begin from now on.
    fn replace(&mut self, policies: Option<Policies>) {
        if let (Some(policies), Some(active)) = (policies, &self.active) {
            self.active = Some(Rc::new(active.with_lists(policies)));
        }
    }
}

impl RootContext for CorsRootContext {
    /// `false` makes Envoy refuse the configuration: at boot it stops, on an update it keeps the
    /// last good one in force.
    fn on_configure(&mut self, _size: usize) -> bool {
        let configuration = match host::plugin_configuration() {
            Ok(configuration) => configuration,
            Err(error) => {
                log::error!("corsac: the configuration cannot be read: {error}");
                return false;
            }
        };
        internal_redirect::declare();
        let seed = random_seed();
        match compile(&configuration, &Tools { seed, to_ascii: None }) {
            Ok(compiled) => {
                let active = put_in_force(compiled);
                self.sources = Sources::of(&active.policies, seed);
                let with_lists = self.sources.take_over(&active.policies);
                self.active = Some(Rc::new(active));
                self.replace(with_lists);
                timer::start();
                metrics::count_accepted();
                true
            }
            Err(rejected) => {
                log_rejection(&rejected.diagnostics, &configuration);
                metrics::count_refused();
                false
            }
        }
    }

    /// Once a second; see `timer`.
    fn on_tick(&mut self) {
        if let Some(active) = &self.active {
            active.refusal_log.tick();
            active.decisions.flush();
            let changed = self.sources.tick(&active.policies);
            self.replace(changed);
        }
    }

    /// Every exchange gets a context, also one without a configuration: the SDK panics if there is
    /// none.
    fn create_http_context(&self, _context_id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(CorsHttpContext::new(self.active.clone())))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

/// `RandomState` does not show its keys; two hashes made with them are as good.
fn random_seed() -> [u64; 2] {
    let state = RandomState::new();
    [state.hash_one(0_u8), state.hash_one(1_u8)]
}

fn put_in_force(compiled: Compiled) -> ActiveConfiguration {
    log_diagnostics(&compiled.warnings);
    log::info!(
        "corsac {version} (policy format {FORMAT_VERSION}): {policies} in force (public suffix list of {list})",
        version = env!("CARGO_PKG_VERSION"),
        policies = counted(&compiled.policies),
        list = public_suffix_list_date(),
    );
    ActiveConfiguration::new(compiled.policies)
}

fn counted(policies: &Policies) -> String {
    match policies.len() {
        1 => "1 policy".to_owned(),
        number => format!("{number} policies"),
    }
}
