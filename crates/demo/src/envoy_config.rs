//! The demo's variant of `envoy/envoy.yaml`: the ports and paths of this run, the demo's pages
//! beside the API, a policy that can change while Envoy runs, and an access log that the page
//! reads.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use corsac_testbed::config::{ConfigFile, cluster_of, discovery, filter};
use corsac_testbed::{Result, root};
use serde_json::{Value, json};

/// The configuration that the demo changes and runs.
pub const SOURCE: &str = "envoy/envoy.yaml";

const MANAGER: &str = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config";

/// The parts of the configuration that differ in each run.
pub struct RunSettings<'a> {
    /// Where Envoy listens, on 127.0.0.1.
    pub port: u16,
    /// Where the API listens.
    pub api: SocketAddr,
    /// Where the server of the pages listens.
    pub site: SocketAddr,
    /// The hosts of the pages.
    pub hosts: &'a [&'a str],
    pub module: &'a Path,
    /// Receives the configuration and the logs.
    pub folder: &'a Path,
}

/// The files of a run, and the policy at its start.
pub struct RunFiles {
    /// Envoy's configuration.
    pub bootstrap: PathBuf,
    /// The access log as text: one line per request, in the format of the source.
    pub log: PathBuf,
    /// The access log as JSON: one object per request.
    pub exchanges: PathBuf,
    pub filter: DiscoveredFilter,
    /// The policy of the source.
    pub policy: String,
}

/// The filter as Envoy discovers it.
pub struct DiscoveredFilter {
    /// The file that Envoy watches.
    pub file: PathBuf,
    filter: Value,
}

impl DiscoveredFilter {
    /// The filter with that policy.
    pub fn with_policy(&self, policy: &str) -> Value {
        let mut filter = self.filter.clone();
        filter["typed_config"]["config"]["configuration"]["value"] = policy.into();
        filter
    }
}

/// Writes the configuration of a run into an empty folder.
pub fn write(run: &RunSettings<'_>) -> Result<RunFiles> {
    let source = root().join(SOURCE);
    let text = fs::read_to_string(source).map_err(|error| format!("{SOURCE} cannot be read: {error}."))?;
    let (bootstrap, files) = variant(&text, run)?;
    let discovered = discovery(&files.filter.with_policy(&files.policy));
    let emptied = if run.folder.exists() { fs::remove_dir_all(run.folder) } else { Ok(()) };
    emptied
        .and_then(|()| fs::create_dir_all(run.folder))
        .and_then(|()| fs::write(&files.bootstrap, bootstrap.to_string()))
        .and_then(|()| fs::write(&files.filter.file, discovered.to_string()))
        .map_err(|error| format!("{} cannot be written: {error}.", run.folder.display()))?;
    Ok(files)
}

/// The variant of the source's text.
fn variant(text: &str, run: &RunSettings<'_>) -> Result<(Value, RunFiles)> {
    let mut envoy = ConfigFile::parse(SOURCE, text)?;
    let log = run.folder.join("access.log");
    let exchanges = run.folder.join("exchanges.log");
    let file = run.folder.join("filter.json");
    envoy.set_port("/static_resources/listeners/0/address", run.port)?;
    envoy.set_port("/admin/address", 0)?;
    let api = "/static_resources/clusters/0/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address";
    envoy.set_port(api, run.api.port())?;
    envoy.push("/static_resources/clusters", cluster_of("pages", run.site))?;
    // Envoy discovers nothing for a node without a name.
    envoy.value["node"] = json!({ "id": "demo", "cluster": "demo" });

    let of_manager = |pointer: &str| format!("{MANAGER}{pointer}");
    *envoy.at(&of_manager("/access_log/0/typed_config/path"))? = json!(log);
    envoy.push(&of_manager("/access_log"), exchange_log(&exchanges))?;
    let routes = envoy.at(&of_manager("/route_config/virtual_hosts/0/routes"))?;
    routes.as_array_mut().into_iter().for_each(|routes| routes.insert(0, login_required()));
    envoy.push(&of_manager("/route_config/virtual_hosts"), site_host(run))?;
    *envoy.at(&of_manager("/http_filters/0/typed_config/config/vm_config/code/local/filename"))? = json!(run.module);
    let policy = envoy.at(&of_manager("/http_filters/0/typed_config/config/configuration/value"))?;
    let policy = policy.as_str().unwrap_or_default().trim_end().to_owned();
    let place = envoy.at(&of_manager("/http_filters/0"))?;
    let filter = std::mem::replace(place, filter::discovered_from(&file));
    let bootstrap = run.folder.join("envoy.json");
    Ok((envoy.value, RunFiles { bootstrap, log, exchanges, filter: DiscoveredFilter { file, filter }, policy }))
}

/// The hosts of the pages. Corsac is off there, so that no policy can lock the visitor out of the
/// page, or open the page to other origins.
fn site_host(run: &RunSettings<'_>) -> Value {
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

/// A path of the API that Envoy itself answers, as its filters do.
fn login_required() -> Value {
    json!({
        "match": { "path": "/login-required" },
        "direct_response": { "status": 401, "body": { "inline_string": "Log in first.\n" } },
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

fn exchange_log(path: &Path) -> Value {
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

    fn run() -> RunSettings<'static> {
        let api = SocketAddr::from(([127, 0, 0, 1], 1));
        let site = SocketAddr::from(([127, 0, 0, 1], 2));
        let (module, folder) = (Path::new("/m \"1\".wasm"), Path::new("/run"));
        RunSettings { port: 3, api, site, hosts: &["app.localhost"], module, folder }
    }

    #[test]
    fn the_variant_has_this_runs_ports_and_paths() {
        let (envoy, files) = variant(TEXT, &run()).expect("a variant");
        let text = envoy.to_string();
        assert!(!["10000", "8081", "9901", "/dev/stdout"].iter().any(|place| text.contains(place)), "{text}");
        assert_eq!(
            files.filter.with_policy("")["typed_config"]["config"]["vm_config"]["code"]["local"]["filename"],
            "/m \"1\".wasm"
        );
    }

    #[test]
    fn the_discovered_filter_takes_the_policy_of_the_source_and_any_other() {
        let (_, files) = variant(TEXT, &run()).expect("a variant");
        let policy: Value = serde_json::from_str(&files.policy).expect("JSON");
        assert!(policy["policies"]["partners"].is_object());
        let filled = files.filter.with_policy("{}");
        assert_eq!(filled.pointer("/typed_config/config/configuration/value"), Some(&json!("{}")));
    }

    #[test]
    fn corsac_is_off_on_the_hosts_of_the_pages_and_on_elsewhere() {
        let (envoy, _) = variant(TEXT, &run()).expect("a variant");
        let hosts = envoy.pointer(&format!("{MANAGER}/route_config/virtual_hosts")).expect("hosts");
        assert_eq!(hosts[0].get("typed_per_filter_config"), None);
        assert_eq!(hosts[1]["domains"], json!(["app.localhost:3"]));
        assert_eq!(hosts[1]["typed_per_filter_config"]["corsac"]["disabled"], true);
    }

    #[test]
    fn a_source_without_a_needed_value_is_an_error_that_names_it() {
        let sentence = variant("static_resources: {}", &run()).err().expect("an error").to_string();
        assert!(sentence.contains("nothing to change at /static_resources/listeners/0/address"), "{sentence}");
    }
}
