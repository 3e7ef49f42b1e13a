//! The functions that Envoy defines, over header maps in memory.
//!
//! The mock is stricter than Envoy. What it lends is gone at the next call, and has exactly its
//! size, so that a sanitizer sees every late and every long read.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::ptr;

use corsac_vectors::{HeaderLine, HeaderMap, Metadata, Routing};

use crate::abi::{
    EnvoyBuffer, EnvoyFilter, EnvoyFilterConfig, EnvoyHeader, ModuleBuffer, ModuleHeader, attribute, header_map,
};
use crate::hooks;

/// One exchange in one filter, as Envoy keeps it.
#[derive(Default)]
pub struct MockExchange {
    pub request: RefCell<HeaderMap>,
    pub response: RefCell<HeaderMap>,
    pub routing: RefCell<Routing>,
    pub connection: u64,
    pub details: RefCell<Option<String>>,
    pub filter_state: RefCell<BTreeMap<String, String>>,
    pub route_configuration: Cell<*const c_void>,
    /// The lines of the responses that the module has sent.
    pub sent: RefCell<Vec<Vec<HeaderLine>>>,
    /// The counters that were incremented.
    pub counted: RefCell<Vec<usize>>,
    /// Details of the local replies that the module has sent.
    pub local_replies: RefCell<Vec<String>>,
    /// As in Envoy 1.38: the response hook runs within the call that sends a reply.
    pub is_reentrant: bool,
    /// Whether every call fails.
    pub is_broken: bool,
    pub state: Cell<*const c_void>,
    pub lent: RefCell<Vec<Box<[u8]>>>,
}

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The log lines of this thread since the last call.
pub fn take_log() -> Vec<String> {
    LOG.take()
}

impl MockExchange {
    pub fn pointer(&self) -> *mut EnvoyFilter {
        ptr::from_ref(self).cast_mut().cast()
    }

    /// Makes the filter. Its hooks then have a state.
    pub fn begin(&self, configuration: *const c_void) {
        self.state.set(hooks::envoy_dynamic_module_on_http_filter_new(configuration, self.pointer()));
        assert!(!self.state.get().is_null());
    }

    pub fn request_headers(&self) -> u32 {
        hooks::envoy_dynamic_module_on_http_filter_request_headers(self.pointer(), self.state.get(), false)
    }

    pub fn request_body(&self) -> u32 {
        hooks::envoy_dynamic_module_on_http_filter_request_body(self.pointer(), self.state.get(), true)
    }

    pub fn request_trailers(&self) -> u32 {
        hooks::envoy_dynamic_module_on_http_filter_request_trailers(self.pointer(), self.state.get())
    }

    pub fn response_headers(&self) -> u32 {
        hooks::envoy_dynamic_module_on_http_filter_response_headers(self.pointer(), self.state.get(), true)
    }

    pub fn end(&self) {
        hooks::envoy_dynamic_module_on_http_filter_stream_complete(self.pointer(), self.state.get());
        hooks::envoy_dynamic_module_on_http_filter_destroy(self.state.replace(ptr::null()));
    }

    fn map(&self, map: u32) -> &RefCell<HeaderMap> {
        assert!(matches!(map, header_map::REQUEST | header_map::RESPONSE), "{map}");
        if map == header_map::REQUEST { &self.request } else { &self.response }
    }

    fn lend(&self, bytes: &[u8]) -> EnvoyBuffer {
        let bytes: Box<[u8]> = bytes.into();
        let buffer = EnvoyBuffer { bytes: bytes.as_ptr(), length: bytes.len() };
        self.lent.borrow_mut().push(bytes);
        buffer
    }

    /// Lends a text, if there is one.
    fn answer(&self, text: Option<&[u8]>, value: *mut EnvoyBuffer) -> bool {
        let Some(text) = text.filter(|_| !self.is_broken) else { return false };
        // SAFETY: the module passes a valid place.
        unsafe { *value = self.lend(text) };
        true
    }
}

/// The exchange of a call. All that was lent before is gone.
fn exchange<'e>(filter: *mut EnvoyFilter) -> &'e MockExchange {
    // SAFETY: tests pass the pointer of an exchange that outlives the hook.
    let exchange = unsafe { filter.cast::<MockExchange>().as_ref() }.expect("an exchange");
    exchange.lent.borrow_mut().clear();
    exchange
}

fn bytes(buffer: &ModuleBuffer) -> Vec<u8> {
    assert!(!buffer.bytes.is_null());
    // SAFETY: the module passes a valid buffer.
    unsafe { std::slice::from_raw_parts(buffer.bytes, buffer.length) }.to_vec()
}

fn text(buffer: &ModuleBuffer) -> String {
    String::from_utf8(bytes(buffer)).expect("text")
}

fn lines(lines: *const ModuleHeader, count: usize) -> Vec<HeaderLine> {
    if count == 0 {
        return Vec::new();
    }
    // SAFETY: the module passes as many lines as it says.
    let lines = unsafe { std::slice::from_raw_parts(lines, count) };
    lines.iter().map(|line| (bytes(&line.name), bytes(&line.value))).collect()
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_log(_level: u32, message: ModuleBuffer) {
    LOG.with_borrow_mut(|log| log.push(text(&message)));
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_http_get_header(
    filter: *mut EnvoyFilter,
    map: u32,
    name: ModuleBuffer,
    value: *mut EnvoyBuffer,
    index: usize,
    count: *mut usize,
) -> bool {
    let exchange = exchange(filter);
    let name = bytes(&name);
    let headers = exchange.map(map).borrow();
    let values: Vec<&[u8]> = headers.lines().iter().filter(|line| line.0 == name).map(|line| &line.1[..]).collect();
    // SAFETY: the module passes a valid place.
    unsafe { *count = values.len() };
    exchange.answer(values.get(index).copied(), value)
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_http_get_headers_size(filter: *mut EnvoyFilter, map: u32) -> usize {
    exchange(filter).map(map).borrow().lines().len()
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_http_get_headers(
    filter: *mut EnvoyFilter,
    map: u32,
    lines: *mut EnvoyHeader,
) -> bool {
    let exchange = exchange(filter);
    for (index, (name, value)) in exchange.map(map).borrow().lines().iter().enumerate() {
        let line = EnvoyHeader { name: exchange.lend(name), value: exchange.lend(value) };
        // SAFETY: the module passes an array of the size that it was told.
        unsafe { *lines.add(index) = line };
    }
    !exchange.is_broken
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_http_set_header(
    filter: *mut EnvoyFilter,
    map: u32,
    name: ModuleBuffer,
    value: ModuleBuffer,
) -> bool {
    let exchange = exchange(filter);
    let (mut headers, name) = (exchange.map(map).borrow_mut(), bytes(&name));
    if exchange.is_broken {
        return false;
    }
    if value.bytes.is_null() {
        headers.remove(&name);
    } else {
        headers.replace(&name, &bytes(&value));
    }
    true
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_http_send_response_headers(
    filter: *mut EnvoyFilter,
    first: *const ModuleHeader,
    count: usize,
    is_end_of_stream: bool,
) {
    let exchange = exchange(filter);
    assert!(is_end_of_stream);
    let sent = lines(first, count);
    assert!(exchange.sent.borrow().is_empty(), "a second response");
    exchange.sent.borrow_mut().push(sent.clone());
    if exchange.is_reentrant {
        exchange.response.replace(map_of(&sent));
        assert_eq!(exchange.response_headers(), 0);
        let sent = exchange.response.borrow().lines().to_vec();
        exchange.sent.replace(vec![sent]);
    }
}

/// A map with these lines.
pub fn map_of(lines: &[HeaderLine]) -> HeaderMap {
    let mut map = HeaderMap::default();
    for (name, value) in lines {
        map.replace(name, value);
    }
    map
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_http_send_response(
    filter: *mut EnvoyFilter,
    status: u32,
    _lines: *const ModuleHeader,
    count: usize,
    body: ModuleBuffer,
    details: ModuleBuffer,
) {
    assert_eq!((status, count, bytes(&body)), (503, 0, Vec::new()));
    exchange(filter).local_replies.borrow_mut().push(text(&details));
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_http_filter_get_attribute_string(
    filter: *mut EnvoyFilter,
    attribute: u32,
    value: *mut EnvoyBuffer,
) -> bool {
    let exchange = exchange(filter);
    let routing = exchange.routing.borrow();
    let details = exchange.details.borrow();
    let text = match attribute {
        attribute::ROUTE_NAME => routing.name.as_deref(),
        attribute::VIRTUAL_HOST_NAME => Some("all"),
        attribute::RESPONSE_CODE_DETAILS => details.as_deref(),
        other => panic!("the attribute {other}"),
    };
    exchange.answer(text.map(str::as_bytes), value)
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_http_filter_get_attribute_int(
    filter: *mut EnvoyFilter,
    attribute: u32,
    value: *mut u64,
) -> bool {
    let exchange = exchange(filter);
    // SAFETY: the module passes a valid place.
    unsafe { *value = exchange.connection };
    attribute == attribute::CONNECTION_ID && !exchange.is_broken
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_http_get_metadata_string(
    filter: *mut EnvoyFilter,
    _source: u32,
    namespace: ModuleBuffer,
    key: ModuleBuffer,
    value: *mut EnvoyBuffer,
) -> bool {
    let exchange = exchange(filter);
    assert_eq!((text(&namespace), text(&key)), ("corsac".to_owned(), "policy".to_owned()));
    let routing = exchange.routing.borrow();
    let Some(Metadata::Text(name)) = &routing.metadata else { return false };
    exchange.answer(Some(name.as_bytes()), value)
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_http_get_metadata_keys_count(
    filter: *mut EnvoyFilter,
    _source: u32,
    _namespace: ModuleBuffer,
) -> usize {
    if exchange(filter).routing.borrow().metadata.is_some() { 2 } else { 0 }
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_http_get_metadata_keys(
    filter: *mut EnvoyFilter,
    _source: u32,
    _namespace: ModuleBuffer,
    keys: *mut EnvoyBuffer,
) -> bool {
    let exchange = exchange(filter);
    for (index, key) in ["another", "policy"].into_iter().enumerate() {
        // SAFETY: the module passes an array of the size that it was told.
        unsafe { *keys.add(index) = exchange.lend(key.as_bytes()) };
    }
    !exchange.is_broken
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_http_get_filter_state_bytes(
    filter: *mut EnvoyFilter,
    key: ModuleBuffer,
    value: *mut EnvoyBuffer,
) -> bool {
    let exchange = exchange(filter);
    exchange.answer(exchange.filter_state.borrow().get(&text(&key)).map(String::as_bytes), value)
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_http_set_filter_state_bytes(
    filter: *mut EnvoyFilter,
    key: ModuleBuffer,
    value: ModuleBuffer,
) -> bool {
    let exchange = exchange(filter);
    if !exchange.is_broken {
        let before = exchange.filter_state.borrow_mut().insert(text(&key), text(&value));
        assert_eq!(before, None, "set twice");
    }
    !exchange.is_broken
}

/// The counters of a configuration, by their names; a counter's number is its place.
#[derive(Default)]
pub struct MockConfiguration {
    pub counters: RefCell<Vec<String>>,
}

impl MockConfiguration {
    pub fn pointer(&self) -> *mut EnvoyFilterConfig {
        ptr::from_ref(self).cast_mut().cast()
    }
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_http_filter_config_define_counter(
    config: *mut EnvoyFilterConfig,
    name: ModuleBuffer,
    _label_names: *const ModuleBuffer,
    label_count: usize,
    counter: *mut usize,
) -> u32 {
    assert_eq!(label_count, 0);
    // SAFETY: tests pass the pointer of a configuration that outlives the hook.
    let config = unsafe { config.cast::<MockConfiguration>().as_ref() }.expect("a configuration");
    let mut counters = config.counters.borrow_mut();
    // SAFETY: the module passes a valid place.
    unsafe { *counter = counters.len() };
    counters.push(text(&name));
    0
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_http_filter_increment_counter(
    filter: *mut EnvoyFilter,
    counter: usize,
    _label_values: *const ModuleBuffer,
    label_count: usize,
    value: u64,
) -> u32 {
    assert_eq!((label_count, value), (0, 1));
    exchange(filter).counted.borrow_mut().push(counter);
    0
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_http_get_cluster_name(
    filter: *mut EnvoyFilter,
    name: *mut EnvoyBuffer,
) -> bool {
    exchange(filter).answer(Some(b"upstream"), name)
}

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_callback_get_most_specific_route_config(filter: *mut EnvoyFilter) -> *const c_void {
    exchange(filter).route_configuration.get()
}
