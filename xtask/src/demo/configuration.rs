//! The demo's variant of `envoy/envoy.yaml`: this run's ports and paths, the demo's pages beside the API, a policy that
//! changes while Envoy runs, and an access log that the page reads.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use corsac_testbed::config::{Written, discovery, filter};
use serde_json::{Value, json};

use crate::Outcome;
use crate::workspace::Workspace;

/// The configuration that the demo runs, and a person can.
pub const SOURCE: &str = "envoy/envoy.yaml";

const MANAGER: &str = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config";

/// What of this run the configuration holds.
pub struct Run<'a> {
    /// Where Envoy listens, on 127.0.0.1.
    pub port: u16,
    pub api: SocketAddr,
    /// Who serves the pages, and the names of their hosts.
    pub site: SocketAddr,
    pub hosts: &'a [&'a str],
    pub module: &'a Path,
    /// Receives the configuration and the logs.
    pub folder: &'a Path,
}

/// The files of a run, and what the page may change.
pub struct Configuration {
    /// Envoy's configuration.
    pub bootstrap: PathBuf,
    /// One line of text a request, as the source says.
    pub log: PathBuf,
    /// One JSON object a request.
    pub journal: PathBuf,
    pub slot: Slot,
    /// The policy as the source writes it.
    pub policy: String,
}

/// The place of the policy: Envoy watches the file.
pub struct Slot {
    pub file: PathBuf,
    filter: Value,
}

impl Slot {
    /// The filter with that policy.
    pub fn filled(&self, policy: &str) -> Value {
        let mut filter = self.filter.clone();
        filter["typed_config"]["config"]["configuration"]["value"] = policy.into();
        filter
    }
}

/// Writes the configuration of a run into an empty folder.
pub fn write(workspace: &Workspace, run: &Run<'_>) -> Outcome<Configuration> {
    let source = workspace.root.join(SOURCE);
    let text = fs::read_to_string(source).map_err(|error| format!("{SOURCE} cannot be read: {error}."))?;
    let (bootstrap, configuration) = variant(&text, run).map_err(|error| error.to_string())?;
    let slot = discovery(&configuration.slot.filled(&configuration.policy));
    let emptied = if run.folder.exists() { fs::remove_dir_all(run.folder) } else { Ok(()) };
    emptied
        .and_then(|()| fs::create_dir_all(run.folder))
        .and_then(|()| fs::write(&configuration.bootstrap, bootstrap.to_string()))
        .and_then(|()| fs::write(&configuration.slot.file, slot.to_string()))
        .map_err(|error| format!("{} cannot be written: {error}.", run.folder.display()))?;
    Ok(configuration)
}

/// The variant of the source's text.
fn variant(text: &str, run: &Run<'_>) -> corsac_testbed::Result<(Value, Configuration)> {
    let mut envoy = Written::parse(SOURCE, text)?;
    let log = run.folder.join("access.log");
    let journal = run.folder.join("exchanges.log");
    let file = run.folder.join("filter.json");
    envoy.set_port("/static_resources/listeners/0/address", run.port)?;
    envoy.set_port("/admin/address", 0)?;
    let api = "/static_resources/clusters/0/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address";
    envoy.set_port(api, run.api.port())?;
    envoy.push("/static_resources/clusters", site_cluster(run.site))?;
    // Envoy discovers nothing for a node without a name.
    envoy.value["node"] = json!({ "id": "demo", "cluster": "demo" });

    let of_manager = |pointer: &str| format!("{MANAGER}{pointer}");
    *envoy.at(&of_manager("/access_log/0/typed_config/path"))? = json!(log);
    envoy.push(&of_manager("/access_log"), journal_of(&journal))?;
    let routes = envoy.at(&of_manager("/route_config/virtual_hosts/0/routes"))?;
    routes.as_array_mut().into_iter().for_each(|routes| routes.insert(0, login_required()));
    envoy.push(&of_manager("/route_config/virtual_hosts"), site_host(run))?;
    *envoy.at(&of_manager("/http_filters/0/typed_config/config/vm_config/code/local/filename"))? = json!(run.module);
    let policy = envoy.at(&of_manager("/http_filters/0/typed_config/config/configuration/value"))?;
    let policy = policy.as_str().unwrap_or_default().trim_end().to_owned();
    let place = envoy.at(&of_manager("/http_filters/0"))?;
    let filter = std::mem::replace(place, filter::discovered_from(&file));
    let bootstrap = run.folder.join("envoy.json");
    Ok((envoy.value, Configuration { bootstrap, log, journal, slot: Slot { file, filter }, policy }))
}

/// The pages' hosts. Corsac is switched off there, so that no policy that a visitor tries can lock the page out, or open
/// it to other origins.
fn site_host(run: &Run<'_>) -> Value {
    let domains: Vec<String> = run.hosts.iter().map(|host| format!("{host}:{}", run.port)).collect();
    json!({
        "name": "pages",
        "domains": domains,
        "routes": [{ "match": { "prefix": "/" }, "route": { "cluster": "pages", "timeout": "60s" } }],
        "typed_per_filter_config": { "corsac": {
            "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig",
            "disabled": true,
        } },
    })
}

/// An answer that Envoy makes itself, as its own filters do, on a path of the API.
fn login_required() -> Value {
    json!({
        "match": { "path": "/login-required" },
        "direct_response": { "status": 401, "body": { "inline_string": "Log in first.\n" } },
    })
}

fn site_cluster(address: SocketAddr) -> Value {
    let address = json!({ "socket_address": { "address": address.ip().to_string(), "port_value": address.port() } });
    json!({
        "name": "pages",
        "type": "STATIC",
        "load_assignment": {
            "cluster_name": "pages",
            "endpoints": [{ "lb_endpoints": [{ "endpoint": { "address": address } }] }],
        },
    })
}

/// The request and response headers that the page shows.
const REQUEST: [&str; 6] = [
    "origin",
    "access-control-request-method",
    "access-control-request-headers",
    "content-type",
    "authorization",
    "x-trace",
];
const RESPONSE: [&str; 9] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "access-control-max-age",
    "vary",
    "x-request-id",
    "corsac-decision",
];

fn journal_of(path: &Path) -> Value {
    let logged = |names: &[&str], operator: &str| {
        let field = |name: &&str| ((*name).to_owned(), json!(format!("%{operator}({name})%")));
        Value::Object(names.iter().map(field).collect())
    };
    json!({ "name": "envoy.access_loggers.file", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
        "path": path,
        "log_format": { "json_format": {
            "method": "%REQ(:METHOD)%",
            "authority": "%REQ(:AUTHORITY)%",
            "path": "%REQ(:PATH)%",
            "status": "%RESPONSE_CODE%",
            "details": "%RESPONSE_CODE_DETAILS%",
            "refusal": "%FILTER_STATE(wasm.corsac:PLAIN)%",
            "request": logged(&REQUEST, "REQ"),
            "response": logged(&RESPONSE, "RESP"),
        } },
    } })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../../envoy/envoy.yaml");

    fn run() -> Run<'static> {
        let api = SocketAddr::from(([127, 0, 0, 1], 1));
        let site = SocketAddr::from(([127, 0, 0, 1], 2));
        let (module, folder) = (Path::new("/m \"1\".wasm"), Path::new("/run"));
        Run { port: 3, api, site, hosts: &["app.localhost"], module, folder }
    }

    #[test]
    fn the_variant_has_this_runs_ports_and_paths() {
        let (envoy, configuration) = variant(TEXT, &run()).expect("the variant");
        let text = envoy.to_string();
        assert!(!["10000", "8081", "9901", "/dev/stdout"].iter().any(|place| text.contains(place)), "{text}");
        assert_eq!(
            configuration.slot.filled("")["typed_config"]["config"]["vm_config"]["code"]["local"]["filename"],
            "/m \"1\".wasm"
        );
    }

    #[test]
    fn the_policy_in_the_slot_is_the_sources_until_another_one_is_filled_in() {
        let (_, configuration) = variant(TEXT, &run()).expect("the variant");
        let policy: Value = serde_json::from_str(&configuration.policy).expect("JSON");
        assert!(policy["policies"]["partners"].is_object());
        let filled = configuration.slot.filled("{}");
        assert_eq!(filled.pointer("/typed_config/config/configuration/value"), Some(&json!("{}")));
    }

    #[test]
    fn corsac_is_off_on_the_pages_hosts_and_on_elsewhere() {
        let (envoy, _) = variant(TEXT, &run()).expect("the variant");
        let hosts = envoy.pointer(&format!("{MANAGER}/route_config/virtual_hosts")).expect("hosts");
        assert_eq!(hosts[0].get("typed_per_filter_config"), None);
        assert_eq!(hosts[1]["domains"], json!(["app.localhost:3"]));
        assert_eq!(hosts[1]["typed_per_filter_config"]["corsac"]["disabled"], true);
    }

    #[test]
    fn a_source_without_the_place_is_an_error_that_names_it() {
        let sentence = variant("static_resources: {}", &run()).err().expect("an error").to_string();
        assert!(sentence.contains("nothing at /static_resources/listeners/0/address"), "{sentence}");
    }
}
