//! The Envoy that is measured: one process, one worker, a listener for each chain of filters.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use corsac_testbed::config::{Bootstrap, Listener, filter};
use corsac_testbed::envoy::{Binary, Envoy};
use corsac_testbed::upstream::{Answer, Upstream};
use serde_json::{Value, json};

use super::floor;
use super::kind::Kind;
use super::variant::Variant;
use crate::Outcome;
use crate::bench::probe::Probe;
use crate::bench::process::Process;

/// The modules of Corsac that are measured: the built one, then those of the command line by label.
pub struct Modules {
    pub built: PathBuf,
    pub others: Vec<(String, PathBuf)>,
}

/// A running Envoy and its upstream.
pub struct Stage {
    envoy: Envoy,
    _upstream: Upstream,
}

/// What an upstream without CORS of its own sends 1 MiB of.
const BODY: usize = 1024 * 1024;

impl Stage {
    /// Starts an Envoy that has a chain for each of these. `folder` takes the hand-written modules.
    pub fn start(cells: &[(Kind, Variant)], modules: &Modules, folder: &Path) -> Outcome<Self> {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}.", folder.display()))?;
        let mut listeners = HashMap::new();
        for (kind, variant) in cells {
            let name = name(*kind, variant);
            if let Entry::Vacant(place) = listeners.entry(name) {
                let listener = listener(place.key(), *kind, variant, modules, folder)?;
                place.insert(listener);
            }
        }
        let begin = || {
            let upstream = Upstream::start()?;
            upstream.otherwise(Answer::new(200).body(vec![b'x'; BODY]));
            let bootstrap = listeners.into_values().fold(Bootstrap::new(upstream.address()), Bootstrap::listener);
            let envoy = Binary::find()?.start(&bootstrap)?;
            Ok(Self { envoy, _upstream: upstream })
        };
        begin().map_err(|error: corsac_testbed::Error| error.to_string())
    }

    pub fn address(&self, kind: Kind, variant: &Variant) -> Outcome<SocketAddr> {
        self.envoy.address(&name(kind, variant)).map_err(|error| error.to_string())
    }

    pub fn process(&self) -> Process {
        Process::new(self.envoy.process())
    }
}

/// Kinds that differ in the request only share a listener.
fn name(kind: Kind, variant: &Variant) -> String {
    let by_kind = matches!(variant, Variant::HostCalls | Variant::HostCallsAndContexts);
    let chain = match kind {
        _ if by_kind => kind.id(),
        Kind::Body => "body".to_owned(),
        _ if kind.copies() == 1 => "single".to_owned(),
        _ => "chain".to_owned(),
    };
    format!("{chain}/{}", variant.id())
}

fn listener(name: &str, kind: Kind, variant: &Variant, modules: &Modules, folder: &Path) -> Outcome<Listener> {
    // An access log would be written to for every request.
    let mut listener = Listener::new(name).manager("access_log", json!([]));
    let filter = filter(kind, variant, modules, folder)?;
    for copy in 0..kind.copies() {
        listener = match (variant, &filter) {
            // The first one brings the policy, on the route.
            (Variant::Native(list), _) if copy == 0 => listener.native_cors(list.native()),
            (_, Some(filter)) => listener.filter(filter.clone()),
            (_, None) => listener,
        };
        if kind.copies() > 1 {
            listener = listener.filter(forget());
        }
    }
    Ok(if kind == Kind::Body { listener } else { listener.filter(answer()) })
}

fn filter(kind: Kind, variant: &Variant, modules: &Modules, folder: &Path) -> Outcome<Option<Value>> {
    let probe = |probe: Probe| -> Outcome<Option<Value>> {
        let path = folder.join(format!("{}-{}.wasm", kind.id(), variant.id()));
        fs::write(&path, probe.module()?).map_err(|error| format!("{}: {error}.", path.display()))?;
        Ok(Some(filter::corsac(&path, &"{}".into())))
    };
    match variant {
        Variant::Nothing => Ok(None),
        Variant::Native(_) => Ok(Some(filter::native_cors())),
        Variant::Entry => probe(Probe::calling(Vec::new(), Vec::new())),
        Variant::HostCalls => probe(floor::probe(kind)),
        Variant::HostCallsAndContexts => probe(floor::probe(kind).with_contexts()),
        Variant::EntryAndBodies => probe(Probe::calling(Vec::new(), Vec::new()).with_bodies()),
        Variant::Call(call) => probe(call.probe()),
        Variant::Corsac(list, label) => {
            let module = match label {
                None => &modules.built,
                Some(label) => modules.path(label).ok_or_else(|| format!("there is no module {label}."))?,
            };
            Ok(Some(filter::corsac(module, &list.corsac().as_str().into())))
        }
    }
}

impl Modules {
    fn path(&self, label: &str) -> Option<&PathBuf> {
        self.others.iter().find(|(other, _)| other == label).map(|(_, path)| path)
    }
}

/// Stands behind all copies and answers in the upstream's place: an upstream would cost the process more than all filters
/// do. Its route leads to the upstream all the same, since the native filter is silent on routes that answer by themselves.
fn answer() -> Value {
    json!({ "name": "answer", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
        "abort": { "http_status": 200, "percentage": { "numerator": 100 } },
    } })
}

/// Stands behind each copy and takes away what the copies behind it have written into the response, so that every copy sees
/// a response as an upstream sends it. It stands in every chain, the one without a filter included.
fn forget() -> Value {
    let names =
        ["access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers", "vary"];
    json!({ "name": "forget", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
        "mutations": { "response_mutations": names.map(|name| json!({ "remove": name })) },
    } })
}
