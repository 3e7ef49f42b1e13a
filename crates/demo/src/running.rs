//! The running demo: an API, Envoy in front of it, and the web server of the page.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use corsac_testbed::demo_requests::careless_api;
use corsac_testbed::envoy::Binary;
use corsac_testbed::upstream::Upstream;
use corsac_testbed::{Result, ports};

use crate::envoy_config::{self, RunSettings};
use crate::guard::Guard;
use crate::live_policy::LivePolicy;
use crate::numbered_log::NumberedLog;
use crate::site::{self, Site, SiteContent};
use crate::tail::Tail;

/// Everything that runs. Dropping it stops it.
pub struct RunningDemo {
    _site: Site,
    pub policy: Arc<LivePolicy>,
    // The upstream of Envoy.
    _api: Upstream,
    /// Where Envoy listens.
    pub address: SocketAddr,
    /// Envoy's access log, as text.
    pub log: Tail,
    /// The secret of this run, which the page holds.
    pub token: String,
}

impl RunningDemo {
    /// Starts everything with the built module. Envoy listens on `port` of 127.0.0.1; 0 means any
    /// free port.
    pub fn start(port: u16) -> Result<Self> {
        let (envoy, module) = (Binary::find()?, corsac_testbed::module()?);
        let port = if port == 0 { *ports::free(1)?.first().ok_or("there is no free port.")? } else { port };
        let api = Upstream::start().map_err(|error| format!("the API cannot listen: {error}."))?;
        api.otherwise(careless_api());
        let site = Site::start()?;
        let files = envoy_config::write(&RunSettings {
            port,
            api: api.address(),
            site: site.address(),
            hosts: &site::HOSTS,
            module: &module,
            folder: &corsac_testbed::target().join("corsac/demo"),
        })?;
        let envoy = envoy.start_file(&files.bootstrap)?;
        let address = envoy.address("front")?;
        let guard = Guard::new(format!("http://{}:{port}", site::PAGE));
        let guard = guard.map_err(|error| format!("there are no random bytes for the page's token: {error}."))?;
        let token = guard.token().to_owned();
        let policy = Arc::new(LivePolicy::new(envoy, files.filter, files.policy));
        let exchanges = NumberedLog::of(files.exchanges);
        site.open(SiteContent { policy: Arc::clone(&policy), guard, exchanges, port });
        Ok(Self { _site: site, policy, _api: api, address, log: Tail::of(files.log), token })
    }

    /// The URL of the page.
    pub fn page(&self) -> String {
        format!("http://{}:{}/", site::PAGE, self.address.port())
    }
}

impl Drop for RunningDemo {
    fn drop(&mut self) {
        self.policy.end();
    }
}

/// That port of 127.0.0.1.
pub fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
