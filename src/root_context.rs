//! The root context: a configuration comes in, and every exchange that begins gets the compiled
//! policies.

use std::rc::Rc;

use corsac_adapter::put_in_force;
use corsac_policy::Policies;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::ContextType;

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
        let Some(policies) = put_in_force(&configuration) else {
            metrics::count_refused();
            return false;
        };
        self.sources = Sources::of(&policies);
        let with_lists = self.sources.take_over(&policies);
        self.active = Some(Rc::new(ActiveConfiguration::new(policies)));
        self.replace(with_lists);
        timer::start();
        metrics::count_accepted();
        true
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

impl CorsRootContext {
    /// Puts other lists in force: for exchanges that begin from now on.
    fn replace(&mut self, policies: Option<Policies>) {
        if let (Some(policies), Some(active)) = (policies, &self.active) {
            self.active = Some(Rc::new(active.with_lists(policies)));
        }
    }
}
