//! An Envoy in which everything happens that a metric counts.

use std::net::SocketAddr;

use corsac_testbed::client::{Protocol, Request};
use corsac_testbed::config::{Bootstrap, ConfigFile, Listener, filter};
use corsac_testbed::envoy::{Binary, Envoy, Update};
use corsac_testbed::upstream::{Answer, Upstream};
use corsac_testbed::{Error, Result, module, root};

/// The requests for the list of origins have this id.
const LIST: &str = "list";

/// A policy with a trial and a source, and a public one.
const POLICY: &str = r#"{
  "policies": {
    "app": {
      "allowOrigins": ["https://app.example.com", "https://old.example.com"], "allowMethods": ["GET", "PUT"],
      "originSources": [{ "cluster": "upstream", "path": "/tenants.json", "refresh": "5s", "headers": { "x-vector": "list" } }],
      "trial": { "allowOrigins": ["https://app.example.com", "https://new.example.com"], "allowMethods": ["GET"] }
    },
    "public": { "allowOrigins": ["*"] }
  },
  "rules": [{ "hosts": ["fonts.example.com"], "policy": "public" }, { "hosts": ["app.example.com"], "policy": "app" }]
}"#;

/// The Envoy, and the upstream behind it.
pub struct Watched {
    envoy: Envoy,
    /// Serves the list of origins too.
    _upstream: Upstream,
}

impl Watched {
    /// Starts one with the statistics of `envoy/envoy.yaml`.
    ///
    /// # Errors
    /// If Envoy or the module is missing, or Envoy does not start.
    pub fn start() -> Result<Self> {
        let upstream = Upstream::start()?;
        let list = r#"["https://tenant-1.example.net", "https://tenant-2.example.net", "https://*.example.net"]"#;
        upstream.script(LIST, Answer::new(200).header("etag", "\"1\"").body(list));
        let shipped = ConfigFile::read(&root().join("envoy/envoy.yaml"))?;
        let bootstrap = Bootstrap::new(upstream.address())
            .listener(Listener::new("front").filter(filter::discovered()))
            .discovering(corsac(POLICY)?)
            .field("stats_config", shipped.value["stats_config"].clone());
        let envoy = Binary::find()?.start(&bootstrap)?;
        Ok(Self { envoy, _upstream: upstream })
    }

    /// The address of Envoy's administration, where its metrics are.
    pub fn metrics(&self) -> SocketAddr {
        self.envoy.admin()
    }

    /// Sends one request of each kind, and some kinds again: `more` times those that are allowed,
    /// `refused` times those that are not.
    ///
    /// # Errors
    /// If a request gets no answer.
    pub fn send(&self, more: usize, refused: usize) -> Result<()> {
        for _ in 0..more {
            self.ask(&get("app.example.com", "https://app.example.com"))?;
            self.ask(&get("fonts.example.com", "https://any.example"))?;
        }
        for _ in 0..refused {
            self.ask(&get("app.example.com", "https://evil.example"))?;
            self.ask(&get("app.example.com", "https://new.example.com"))?;
        }
        self.ask(&get("app.example.com", "null"))?;
        self.ask(&get("app.example.com", "https://old.example.com"))?;
        self.ask(&get("app.example.com", "https://tenant-1.example.net"))?;
        for method in ["PUT", "DELETE"] {
            self.ask(&Request::preflight("/", "https://app.example.com", method).host("app.example.com"))?;
        }
        self.ask(&Request::new("GET", "/").host("app.example.com"))
    }

    /// Sends a configuration that is refused.
    ///
    /// # Errors
    /// If Envoy takes it.
    pub fn refuse(&mut self) -> Result<()> {
        match self.envoy.update_filter(&corsac(r#"{ "allowOrigin": ["https://app.example.com/"] }"#)?)? {
            Update::Rejected => Ok(()),
            Update::Accepted => Err(Error::new("A bad policy was not refused.")),
        }
    }

    fn ask(&self, request: &Request) -> Result<()> {
        let address = self.envoy.address("front")?;
        let sent = Protocol::Http1.send(address, request);
        sent.map(drop).map_err(|failure| Error::new(format!("Envoy does not answer: {failure}.")))
    }
}

fn corsac(policy: &str) -> Result<serde_json::Value> {
    Ok(filter::corsac(&module()?, &policy.into()))
}

fn get(host: &str, origin: &str) -> Request {
    Request::new("GET", "/").host(host).header("origin", origin)
}
