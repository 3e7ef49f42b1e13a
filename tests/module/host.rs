//! The host calls, answered as Envoy answers them: the statuses of the ABI, and bytes in memory
//! from the module's allocator.

use std::collections::BTreeMap;

use corsac_vectors::{HeaderLine, HeaderMap, Metadata, Routing};
use wasmi::{Caller, Error, Extern, Memory};

use crate::pairs;

pub const OK: u32 = 0;
pub const NOT_FOUND: u32 = 1;
pub const BAD_ARGUMENT: u32 = 2;
const CAS_MISMATCH: u32 = 8;

/// The header maps' numbers in the ABI.
const REQUEST_HEADERS: u32 = 0;
const RESPONSE_HEADERS: u32 = 2;
const CALL_RESPONSE_HEADERS: u32 = 6;
const CALL_RESPONSE_BODY: u32 = 4;
const PLUGIN_CONFIGURATION: u32 = 7;
/// The kinds of metrics.
const COUNTER: u32 = 0;
const GAUGE: u32 = 1;

const FIRST_TARGET: &str = "corsac_first_target";
const DETAILS: &str = "response\0code_details";
const ROUTE_NAME: &str = "xds\0route_name";
const ROUTE_METADATA: &str = "xds\0route_metadata\0filter_metadata\0corsac\0policy";
const VIRTUAL_HOST_METADATA: &str = "xds\0virtual_host_metadata\0filter_metadata\0corsac\0policy";

/// The calls that this host answers, without their prefix `proxy_`.
pub const CALLS: [&str; 17] = [
    "get_header_map_value",
    "get_header_map_pairs",
    "replace_header_map_value",
    "remove_header_map_value",
    "get_property",
    "set_property",
    "get_buffer_bytes",
    "call_foreign_function",
    "send_local_response",
    "set_tick_period_milliseconds",
    "get_shared_data",
    "set_shared_data",
    "http_call",
    "define_metric",
    "increment_metric",
    "record_metric",
    "log",
];

/// The world outside the module.
#[derive(Default)]
pub struct Host {
    pub configuration: Vec<u8>,
    /// The number of the header map that can be read now. Envoy shows request headers in the
    /// request phase only.
    pub open: Option<u32>,
    pub headers: HeaderMap,
    pub routing: Routing,
    pub reply: Option<Reply>,
    /// The filter state `corsac`.
    pub refusal: Option<Vec<u8>>,
    /// The filter state that lasts through all runs of a request.
    pub first_target: Option<Vec<u8>>,
    /// Whether this run ends because Envoy itself follows a redirect.
    pub is_redirected: bool,
    pub log: Vec<LogLine>,
    /// Every call, with its subject.
    pub calls: Vec<String>,
    /// The milliseconds between two ticks; 0 for no ticks.
    pub timer: u32,
    /// What outlasts an exchange.
    pub metrics: Metrics,
    pub sharing: Sharing,
    pub fault: Option<Fault>,
}

/// The metrics of the proxy.
#[derive(Default)]
pub struct Metrics {
    /// The name of each definition in this VM; its place is its number.
    pub defined: Vec<String>,
    /// By name.
    pub values: BTreeMap<String, u64>,
}

/// What the proxy's VMs share, and the calls to services.
#[derive(Default)]
pub struct Sharing {
    /// Values with their numbers, by key.
    pub data: BTreeMap<Vec<u8>, (Vec<u8>, u32)>,
    pub stamps: u32,
    /// Milliseconds.
    pub clock: u64,
    /// The calls that the module has made: cluster and headers. A call's number is its place and
    /// one.
    pub called: Vec<(String, Vec<HeaderLine>)>,
    /// The body of the response that the module is called back for.
    pub body: Vec<u8>,
}

impl Metrics {
    fn value(&mut self, id: u32) -> Option<&mut u64> {
        let name = self.defined.get(id as usize)?;
        self.values.get_mut(name)
    }
}

/// A line of the log: the ABI's number of its level, and its text.
pub type LogLine = (u32, String);

/// The ABI's numbers of the levels.
pub const INFO: u32 = 2;
pub const WARN: u32 = 3;
pub const ERROR: u32 = 4;

/// A local reply that the module sent.
pub struct Reply {
    pub status: u16,
    pub details: String,
    pub lines: Vec<HeaderLine>,
}

/// One call that is answered wrongly every time.
#[derive(Clone, Debug)]
pub struct Fault {
    pub call: &'static str,
    pub answer: Wrong,
}

/// A wrong answer.
#[derive(Clone, Debug)]
pub enum Wrong {
    /// This status, without any effect.
    Status(u32),
    /// Success without any effect: no pointer, no size.
    Nothing,
    /// Success, a null pointer, and a size.
    NullOfSize(u32),
    /// Success, and memory of size 0.
    Empty,
    /// Success, and these bytes.
    Bytes(Vec<u8>),
}

/// Answers one call; `Err` traps.
pub fn answer(call: &str, vm: &mut Caller<'_, Host>, parameters: &[u32]) -> Result<u32, Error> {
    let fault = vm.data().fault.as_ref().filter(|fault| fault.call == call).map(|fault| fault.answer.clone());
    if let Some(wrong) = fault {
        return answer_wrongly(call, &wrong, vm, parameters);
    }
    match (call, parameters) {
        ("get_header_map_value", &[map, name, size, value, value_size]) => {
            let name = text(vm, name, size)?;
            note(vm, format!("{call} {name}"));
            let found = open_map(vm, map).map(|headers| headers.get(name.as_bytes()).map(<[u8]>::to_vec));
            give(vm, found, value, value_size)
        }
        ("get_header_map_pairs", &[map, pairs, pairs_size]) => {
            note(vm, call.to_owned());
            let found = open_map(vm, map).map(|headers| Some(pairs::serialized(headers.lines())));
            give(vm, found, pairs, pairs_size)
        }
        ("replace_header_map_value", &[map, name, size, value, value_size]) => {
            let name = text(vm, name, size)?;
            let value = bytes(vm, value, value_size)?;
            note(vm, format!("{call} {name}"));
            Ok(edit(vm, map, |headers| headers.replace(name.as_bytes(), &value)))
        }
        ("remove_header_map_value", &[map, name, size]) => {
            let name = text(vm, name, size)?;
            note(vm, format!("{call} {name}"));
            Ok(edit(vm, map, |headers| headers.remove(name.as_bytes())))
        }
        ("get_property", &[path, size, value, value_size]) => {
            let path = text(vm, path, size)?;
            note(vm, format!("{call} {}", path.replace('\0', ".")));
            let found = property(vm.data(), &path);
            give(vm, Ok(found), value, value_size)
        }
        ("set_property", &[path, size, value, value_size]) => {
            let path = text(vm, path, size)?;
            let value = bytes(vm, value, value_size)?;
            note(vm, format!("{call} {path}"));
            let host = vm.data_mut();
            match path.as_str() {
                "corsac" => host.refusal = Some(value),
                FIRST_TARGET => host.first_target = Some(value),
                _ => panic!("the filter sets no state {path}"),
            }
            Ok(OK)
        }
        ("get_buffer_bytes", &[PLUGIN_CONFIGURATION, 0, _most, value, value_size]) => {
            note(vm, call.to_owned());
            let found = Some(vm.data().configuration.clone()).filter(|bytes| !bytes.is_empty());
            give(vm, Ok(found), value, value_size)
        }
        ("get_buffer_bytes", &[CALL_RESPONSE_BODY, 0, most, value, value_size]) => {
            note(vm, call.to_owned());
            let body = &vm.data().sharing.body;
            let found = Some(body[..body.len().min(most as usize)].to_vec()).filter(|bytes| !bytes.is_empty());
            give(vm, Ok(found), value, value_size)
        }
        ("call_foreign_function", &[name, size, _argument, _argument_size, _result, _result_size]) => {
            let name = text(vm, name, size)?;
            assert_eq!(name, "declare_property", "the only function of Envoy's own that the filter calls");
            note(vm, format!("{call} {name}"));
            Ok(OK)
        }
        ("send_local_response", &[status, details, details_size, _body, 0, lines, lines_size, _grpc]) => {
            note(vm, call.to_owned());
            let reply = Reply {
                status: u16::try_from(status).expect("a status"),
                details: text(vm, details, details_size)?,
                lines: pairs::deserialized(&bytes(vm, lines, lines_size)?),
            };
            assert!(vm.data_mut().reply.replace(reply).is_none(), "one reply to an exchange");
            Ok(OK)
        }
        ("set_tick_period_milliseconds", &[period]) => {
            note(vm, call.to_owned());
            vm.data_mut().timer = period;
            Ok(OK)
        }
        ("log", &[level, message, size]) => {
            note(vm, call.to_owned());
            let message = text(vm, message, size)?;
            vm.data_mut().log.push((level, message));
            Ok(OK)
        }
        ("define_metric" | "increment_metric" | "record_metric", _) => answer_metric(call, vm, parameters),
        ("get_shared_data" | "set_shared_data" | "http_call", _) => answer_source(call, vm, parameters),
        _ => unanswered(call, parameters),
    }
}

/// The calls for metrics.
fn answer_metric(call: &str, vm: &mut Caller<'_, Host>, parameters: &[u32]) -> Result<u32, Error> {
    match (call, parameters) {
        ("define_metric", &[COUNTER | GAUGE, name, size, id]) => {
            let name = text(vm, name, size)?;
            note(vm, format!("{call} {name}"));
            let metrics = &mut vm.data_mut().metrics;
            metrics.values.entry(name.clone()).or_default();
            metrics.defined.push(name);
            let number = u32::try_from(metrics.defined.len() - 1).expect("few metrics");
            write(vm, id, &number.to_le_bytes())?;
            Ok(OK)
        }
        ("increment_metric", &[_, 0, 0]) => Ok(BAD_ARGUMENT),
        ("increment_metric", &[id, low, high]) => Ok(change(vm, call, id, |value| *value += wide(low, high))),
        ("record_metric", &[id, low, high]) => Ok(change(vm, call, id, |value| *value = wide(low, high))),
        _ => unanswered(call, parameters),
    }
}

/// The calls for origins that a service lists.
fn answer_source(call: &str, vm: &mut Caller<'_, Host>, parameters: &[u32]) -> Result<u32, Error> {
    match (call, parameters) {
        ("get_shared_data", &[key, size, value, value_size, stamp]) => {
            let key = bytes(vm, key, size)?;
            note(vm, call.to_owned());
            let found = vm.data().sharing.data.get(&key).cloned();
            if let Some((_, number)) = found {
                write(vm, stamp, &number.to_le_bytes())?;
            }
            give(vm, Ok(found.map(|(value, _)| value)), value, value_size)
        }
        ("set_shared_data", &[key, size, value, value_size, expected]) => {
            let (key, value) = (bytes(vm, key, size)?, bytes(vm, value, value_size)?);
            note(vm, call.to_owned());
            let sharing = &mut vm.data_mut().sharing;
            // As in Envoy: a number is only compared with the one that is there, and 0 never.
            let is_other = |(_, known): &(Vec<u8>, u32)| expected != 0 && *known != expected;
            if sharing.data.get(&key).is_some_and(is_other) {
                return Ok(CAS_MISMATCH);
            }
            sharing.stamps += 1;
            sharing.data.insert(key, (value, sharing.stamps));
            Ok(OK)
        }
        ("http_call", &[cluster, size, lines, lines_size, _body, 0, _trailers, 4, _timeout, number]) => {
            let cluster = text(vm, cluster, size)?;
            let lines = pairs::deserialized(&bytes(vm, lines, lines_size)?);
            note(vm, format!("{call} {cluster}"));
            let called = &mut vm.data_mut().sharing.called;
            called.push((cluster, lines));
            let call = u32::try_from(called.len()).expect("few calls");
            write(vm, number, &call.to_le_bytes())?;
            Ok(OK)
        }
        _ => unanswered(call, parameters),
    }
}

fn unanswered(call: &str, parameters: &[u32]) -> Result<u32, Error> {
    Err(Error::new(format!("the module called {call} with {parameters:?}, which this host does not answer")))
}

fn answer_wrongly(call: &str, wrong: &Wrong, vm: &mut Caller<'_, Host>, parameters: &[u32]) -> Result<u32, Error> {
    note(vm, call.to_owned());
    // The calls that answer with bytes end with two out-pointers: for the pointer, and for the
    // size.
    let out = match parameters {
        [.., pointer, size, _stamp] if call == "get_shared_data" => Some((*pointer, *size)),
        [.., pointer, size] if call.starts_with("get_") && parameters.len() > 1 => Some((*pointer, *size)),
        _ => None,
    };
    match (wrong, out) {
        (Wrong::Status(status), _) => return Ok(*status),
        (Wrong::NullOfSize(size), Some((_, out))) => write(vm, out, &size.to_le_bytes())?,
        (Wrong::Empty, Some((out, size))) => {
            let pointer = allocate(vm, 0)?;
            write(vm, out, &pointer.to_le_bytes())?;
            write(vm, size, &[0; 4])?;
        }
        (Wrong::Bytes(bytes), Some((out, size))) => return give(vm, Ok(Some(bytes.clone())), out, size),
        (Wrong::Nothing, _) | (_, None) => {}
    }
    Ok(OK)
}

fn change(vm: &mut Caller<'_, Host>, call: &str, metric: u32, change: impl FnOnce(&mut u64)) -> u32 {
    note(vm, call.to_owned());
    vm.data_mut().metrics.value(metric).map(change).map_or(NOT_FOUND, |()| OK)
}

fn wide(low: u32, high: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

fn edit(vm: &mut Caller<'_, Host>, map: u32, edit: impl FnOnce(&mut HeaderMap)) -> u32 {
    open_map(vm, map).map(edit).map_or_else(|status| status, |()| OK)
}

fn note(vm: &mut Caller<'_, Host>, call: String) {
    vm.data_mut().calls.push(call);
}

fn open_map<'c>(vm: &'c mut Caller<'_, Host>, map: u32) -> Result<&'c mut HeaderMap, u32> {
    let host = vm.data_mut();
    if host.open == Some(map) { Ok(&mut host.headers) } else { Err(BAD_ARGUMENT) }
}

impl Host {
    /// Opens the request phase.
    pub fn show_request(&mut self, headers: HeaderMap, routing: &Routing) {
        self.show(REQUEST_HEADERS, headers, routing);
    }

    /// Opens the response phase.
    pub fn show_response(&mut self, headers: HeaderMap, routing: &Routing) {
        self.show(RESPONSE_HEADERS, headers, routing);
    }

    /// Opens a service's response.
    pub fn show_call_response(&mut self, headers: HeaderMap, body: Vec<u8>) {
        self.show(CALL_RESPONSE_HEADERS, headers, &Routing::default());
        self.sharing.body = body;
    }

    /// Forgets all but what outlasts an exchange.
    pub fn forget_exchange(&mut self) {
        let (metrics, sharing) = (std::mem::take(&mut self.metrics), std::mem::take(&mut self.sharing));
        let fault = self.fault.take();
        *self = Self { timer: self.timer, metrics, sharing, fault, ..Self::default() };
    }

    fn show(&mut self, map: u32, headers: HeaderMap, routing: &Routing) {
        self.open = Some(map);
        self.headers = headers;
        self.routing = routing.clone();
    }
}

fn property(host: &Host, path: &str) -> Option<Vec<u8>> {
    let routing = &host.routing;
    let metadata = match path {
        FIRST_TARGET => return host.first_target.clone(),
        DETAILS => return host.is_redirected.then(|| b"internal_redirect".to_vec()),
        ROUTE_NAME => return routing.name.clone().map(String::into_bytes),
        ROUTE_METADATA => &routing.metadata,
        VIRTUAL_HOST_METADATA => &routing.virtual_host_metadata,
        _ => return None,
    };
    Some(match metadata.as_ref()? {
        Metadata::Text(text) => text.clone().into_bytes(),
        Metadata::Number(number) => f64::from(*number).to_le_bytes().to_vec(),
    })
}

/// Gives bytes to the module, in memory from its own allocator. As in Envoy, an empty answer
/// allocates nothing.
fn give(vm: &mut Caller<'_, Host>, found: Result<Option<Vec<u8>>, u32>, pointer: u32, size: u32) -> Result<u32, Error> {
    let bytes = match found {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(NOT_FOUND),
        Err(status) => return Ok(status),
    };
    let length = u32::try_from(bytes.len()).expect("a short value");
    let place = if bytes.is_empty() { 0 } else { allocate(vm, length)? };
    write(vm, place, &bytes)?;
    write(vm, pointer, &place.to_le_bytes())?;
    write(vm, size, &length.to_le_bytes())?;
    Ok(OK)
}

fn allocate(vm: &mut Caller<'_, Host>, size: u32) -> Result<u32, Error> {
    let allocate = vm.get_export("proxy_on_memory_allocate").and_then(Extern::into_func).expect("an allocator");
    allocate.typed::<u32, u32>(&mut *vm)?.call(vm, size)
}

fn memory(vm: &Caller<'_, Host>) -> Memory {
    vm.get_export("memory").and_then(Extern::into_memory).expect("a memory")
}

fn bytes(vm: &Caller<'_, Host>, pointer: u32, size: u32) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; size as usize];
    memory(vm).read(vm, pointer as usize, &mut bytes).map_err(|error| Error::new(error.to_string()))?;
    Ok(bytes)
}

/// Names, paths, details and log lines are ASCII, whatever bytes a client sends.
fn text(vm: &Caller<'_, Host>, pointer: u32, size: u32) -> Result<String, Error> {
    let bytes = bytes(vm, pointer, size)?;
    String::from_utf8(bytes).map_err(|error| Error::new(format!("not UTF-8: {error}")))
}

fn write(vm: &mut Caller<'_, Host>, pointer: u32, bytes: &[u8]) -> Result<(), Error> {
    memory(vm).write(vm, pointer as usize, bytes).map_err(|error| Error::new(error.to_string()))
}
