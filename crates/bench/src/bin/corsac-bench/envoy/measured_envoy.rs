//! The measured Envoy: one process with one worker, and a listener for each chain of filters.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use corsac_testbed::config::{Bootstrap, Listener, filter};
use corsac_testbed::envoy::{Binary, Envoy};
use corsac_testbed::external_processor::{self, ExternalProcessor};
use corsac_testbed::upstream::{Answer, Upstream};
use corsac_testbed::{Error, Result};
use serde_json::{Value, json};

use super::floor;
use super::traffic::Traffic;
use super::variant::Variant;
use super::ways::{lua, processor};
use crate::probe::Probe;
use crate::process::Process;

/// The measured modules of Corsac: the built one, those of the command line by label, and the
/// dynamic module if it is measured.
pub struct Modules {
    pub built: PathBuf,
    pub native: Option<PathBuf>,
    pub others: Vec<(String, PathBuf)>,
}

/// A running Envoy, its upstream and its external processors.
pub struct MeasuredEnvoy {
    envoy: Envoy,
    _upstream: Upstream,
    _processors: Vec<ExternalProcessor>,
}

/// The size of a body: 1 MiB.
const BODY: usize = 1024 * 1024;

impl MeasuredEnvoy {
    /// Starts an Envoy with a chain for each of these pairs. Writes the hand-written modules into
    /// `folder`.
    pub fn start(cells: &[(Traffic, Variant)], modules: &Modules, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|error| Error::new(format!("{}: {error}.", folder.display())))?;
        let mut listeners = HashMap::new();
        for (traffic, variant) in cells {
            let name = name(*traffic, variant);
            if let Entry::Vacant(place) = listeners.entry(name) {
                let listener = listener(place.key(), *traffic, variant, modules, folder)?;
                place.insert(listener);
            }
        }
        let upstream = Upstream::start()?;
        upstream.otherwise(Answer::new(200).body(vec![b'x'; BODY]));
        let mut bootstrap = listeners.into_values().fold(Bootstrap::new(upstream.address()), Bootstrap::listener);
        let mut processors = HashMap::new();
        for (_, variant) in cells {
            if let (Entry::Vacant(place), Some(processor)) = (processors.entry(variant.id()), processor::of(variant)?) {
                bootstrap = bootstrap.cluster(processor::cluster(&processor, place.key()));
                place.insert(processor);
            }
        }
        let envoy = Binary::find()?.start(&bootstrap)?;
        Ok(Self { envoy, _upstream: upstream, _processors: processors.into_values().collect() })
    }

    pub fn address(&self, traffic: Traffic, variant: &Variant) -> Result<SocketAddr> {
        self.envoy.address(&name(traffic, variant))
    }

    /// The processor time of everything that serves a request with that filter: of Envoy's worker
    /// and, with an external processor, of its server, which is a thread of this process.
    pub fn time(&self, variant: &Variant) -> Result<Duration> {
        let worker = Process::new(self.envoy.process()).workers_time()?;
        let server = match variant {
            Variant::Processor(_) | Variant::EmptyProcessor => {
                Process::new(std::process::id()).time_of(|name| name == external_processor::THREAD)?
            }
            _ => Duration::ZERO,
        };
        Ok(worker + server)
    }
}

/// Kinds of traffic that differ only in the request share a listener.
fn name(traffic: Traffic, variant: &Variant) -> String {
    let depends_on_traffic = matches!(variant, Variant::HostCalls | Variant::HostCallsAndContexts);
    let chain = match traffic {
        _ if depends_on_traffic => traffic.id(),
        Traffic::Body => "body".to_owned(),
        _ if traffic.copies() == 1 => "single".to_owned(),
        _ => "chain".to_owned(),
    };
    format!("{chain}/{}", variant.id())
}

fn listener(name: &str, traffic: Traffic, variant: &Variant, modules: &Modules, folder: &Path) -> Result<Listener> {
    // An access log would cost time for every request.
    let mut listener = Listener::new(name).manager("access_log", json!([]));
    let filter = filter(traffic, variant, modules, folder)?;
    for copy in 0..traffic.copies() {
        listener = match (variant, &filter) {
            // The first copy adds the policy to the route.
            (Variant::Native(list), _) if copy == 0 => listener.native_cors(list.native()),
            (_, Some(filter)) if copy < variant.copies(traffic) => listener.filter(filter.clone()),
            _ => listener,
        };
        if traffic.copies() > 1 {
            listener = listener.filter(remove_headers());
        }
    }
    Ok(if traffic == Traffic::Body { listener } else { listener.filter(answer()) })
}

fn filter(traffic: Traffic, variant: &Variant, modules: &Modules, folder: &Path) -> Result<Option<Value>> {
    let probe = |probe: Probe| -> Result<Option<Value>> {
        let path = folder.join(format!("{}-{}.wasm", traffic.id(), variant.id()));
        fs::write(&path, probe.module()?).map_err(|error| Error::new(format!("{}: {error}.", path.display())))?;
        Ok(Some(filter::corsac(&path, &"{}".into())))
    };
    match variant {
        Variant::Nothing => Ok(None),
        Variant::Native(_) => Ok(Some(filter::native_cors())),
        Variant::Entry => probe(Probe::calling(Vec::new(), Vec::new())),
        Variant::HostCalls => probe(floor::probe(traffic)),
        Variant::HostCallsAndContexts => probe(floor::probe(traffic).with_contexts()),
        Variant::EntryAndBodies => probe(Probe::calling(Vec::new(), Vec::new()).with_bodies()),
        Variant::HostCall(call) => probe(call.probe()),
        Variant::Module(list) => {
            let native = modules.native.as_ref().ok_or("the native module was not asked for.")?;
            Ok(Some(filter::corsac(native, &list.corsac().as_str().into())))
        }
        Variant::EmptyLua => Ok(Some(filter::lua(lua::EMPTY))),
        Variant::Lua(list) => Ok(Some(filter::lua(&lua::script(*list)))),
        Variant::Processor(_) | Variant::EmptyProcessor => Ok(Some(external_processor::filter(&variant.id(), "20s"))),
        Variant::Corsac(list, label) => {
            let module = match label {
                None => &modules.built,
                Some(label) => modules.path(label).ok_or_else(|| Error::new(format!("there is no module {label}.")))?,
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

/// A filter after all copies that answers instead of the upstream, which would cost more time than
/// all filters. The route still leads to the upstream, since the native filter does nothing on
/// routes that answer themselves.
fn answer() -> Value {
    json!({ "name": "answer", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
        "abort": { "http_status": 200, "percentage": { "numerator": 100 } },
    } })
}

/// A filter after each copy that removes the headers of later copies from the response, so that
/// every copy sees the response of an upstream. It is in every chain, also in the one without a
/// filter.
fn remove_headers() -> Value {
    let names =
        ["access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers", "vary"];
    json!({ "name": "remove-headers", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
        "mutations": { "response_mutations": names.map(|name| json!({ "remove": name })) },
    } })
}
