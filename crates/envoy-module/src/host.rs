//! Safe calls of Envoy. What Envoy returns is copied at once: it may be gone after the next call.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use crate::abi::{
    self, EnvoyBuffer, EnvoyFilter, EnvoyFilterConfig, EnvoyHeader, ModuleBuffer, ModuleHeader, attribute,
};
use crate::grpc;

/// The namespace and the key of a policy's name in a route's metadata.
const NAMESPACE: &[u8] = b"corsac";
const POLICY: &[u8] = b"policy";

/// Enough for the lines of every reply.
const MOST_REPLY_LINES: usize = 12;

/// One exchange, for the time of one hook.
#[derive(Clone, Copy)]
pub struct Exchange<'h> {
    filter: NonNull<EnvoyFilter>,
    hook: PhantomData<&'h ()>,
}

/// One of an exchange's header maps.
#[derive(Clone, Copy)]
pub struct Headers<'h> {
    exchange: Exchange<'h>,
    map: u32,
}

/// A value in a route's metadata.
pub enum MetadataValue {
    Absent,
    Text(Vec<u8>),
    /// Neither absent nor a string.
    Other,
}

impl<'h> Exchange<'h> {
    /// `None` for a null pointer, which Envoy never passes.
    ///
    /// # Safety
    /// For all of `'h`, the pointer is null or one that Envoy passed to a hook that still runs.
    pub unsafe fn new(filter: *mut EnvoyFilter) -> Option<Self> {
        NonNull::new(filter).map(|filter| Self { filter, hook: PhantomData })
    }

    pub fn request(self) -> Headers<'h> {
        Headers { exchange: self, map: abi::header_map::REQUEST }
    }

    pub fn response(self) -> Headers<'h> {
        Headers { exchange: self, map: abi::header_map::RESPONSE }
    }

    fn pointer(self) -> *mut EnvoyFilter {
        self.filter.as_ptr()
    }

    /// Answers the request here, without a body.
    ///
    /// The reply is sent as response headers and not as one of Envoy's local replies: those get the
    /// route's `response_headers_to_add`, and the module's own response hook does not see them.
    /// Envoy may run that hook within this call.
    pub fn send_reply<'a>(self, status: u16, lines: impl Iterator<Item = (&'static str, &'a [u8])>) {
        let text = status.to_string();
        let mut sent = Vec::with_capacity(MOST_REPLY_LINES);
        if grpc::is_grpc(self) {
            sent.push(line(":status", b"200"));
            sent.push(line("content-type", grpc::CONTENT_TYPE));
            sent.push(line("grpc-status", grpc::status(status)));
        } else {
            sent.push(line(":status", text.as_bytes()));
        }
        sent.extend(lines.map(|(name, value)| line(name, value)));
        // SAFETY: the exchange is valid, and so are the lines and what they point to, for the call.
        // Envoy copies them.
        unsafe {
            abi::envoy_dynamic_module_callback_http_send_response_headers(
                self.pointer(),
                sent.as_ptr(),
                sent.len(),
                true,
            );
        }
    }

    /// Answers with one of Envoy's local replies, which takes the place of a response on its way.
    pub fn send_local_reply(self, status: u16, details: &str) {
        // SAFETY: the exchange and the details are valid for the call. There are no lines and no
        // body.
        unsafe {
            abi::envoy_dynamic_module_callback_http_send_response(
                self.pointer(),
                u32::from(status),
                ptr::null(),
                0,
                lent(b""),
                lent(details.as_bytes()),
            );
        }
    }

    /// An attribute that is text.
    fn text_attribute(self, attribute: u32) -> Option<Vec<u8>> {
        // SAFETY: the exchange is valid, and Envoy writes the buffer.
        returned(|value| unsafe {
            abi::envoy_dynamic_module_callback_http_filter_get_attribute_string(self.pointer(), attribute, value)
        })
    }

    /// The number of the client's connection.
    pub fn connection(self) -> Option<u64> {
        self.number_attribute(attribute::CONNECTION_ID)
    }

    /// An attribute that is a number.
    fn number_attribute(self, attribute: u32) -> Option<u64> {
        let mut value = 0;
        // SAFETY: as above.
        let is_found = unsafe {
            abi::envoy_dynamic_module_callback_http_filter_get_attribute_int(self.pointer(), attribute, &raw mut value)
        };
        is_found.then_some(value)
    }

    /// The name of the exchange's route: empty for a route without a name, `None` without a route.
    ///
    /// Envoy 1.38 and 1.39 do not tell a route without a name from no route. There, only a route
    /// with a cluster counts, so that a preflight without a route is refused.
    pub fn route_name(self) -> Option<Vec<u8>> {
        let name = self.text_attribute(attribute::ROUTE_NAME)?;
        let is_route =
            !name.is_empty() || self.text_attribute(attribute::VIRTUAL_HOST_NAME).is_some() || self.has_cluster();
        is_route.then_some(name)
    }

    fn has_cluster(self) -> bool {
        // SAFETY: as above.
        let name =
            returned(|name| unsafe { abi::envoy_dynamic_module_callback_http_get_cluster_name(self.pointer(), name) });
        name.is_some()
    }

    /// Whether Envoy answers this run of the exchange by a redirect that it follows itself. Only
    /// the end of a run that had no response knows.
    pub fn is_redirected_internally(self) -> bool {
        match self.text_attribute(attribute::RESPONSE_CODE_DETAILS) {
            Some(details) => details == b"internal_redirect",
            // Envoy 1.38 has no such attribute, but it knows the code of the upstream's answer.
            None => self.number_attribute(attribute::RESPONSE_CODE).is_some_and(|code| (300..400).contains(&code)),
        }
    }

    /// The policy's name in the route's metadata.
    pub fn route_policy(self) -> MetadataValue {
        if !self.route_names_a_policy() {
            return MetadataValue::Absent;
        }
        // SAFETY: as above; namespace and key are valid for the call.
        let text = returned(|value| unsafe {
            abi::envoy_dynamic_module_callback_http_get_metadata_string(
                self.pointer(),
                abi::metadata::ROUTE,
                lent(NAMESPACE),
                lent(POLICY),
                value,
            )
        });
        text.map_or(MetadataValue::Other, MetadataValue::Text)
    }

    /// Whether the key is there. The call for the value does not tell an absent key from a value
    /// that is not a string.
    fn route_names_a_policy(self) -> bool {
        // SAFETY: as above.
        let count = unsafe {
            abi::envoy_dynamic_module_callback_http_get_metadata_keys_count(
                self.pointer(),
                abi::metadata::ROUTE,
                lent(NAMESPACE),
            )
        };
        if count == 0 {
            return false;
        }
        let mut keys = vec![EnvoyBuffer { bytes: ptr::null(), length: 0 }; count];
        // SAFETY: as above. The array has as many elements as Envoy writes.
        let is_written = unsafe {
            abi::envoy_dynamic_module_callback_http_get_metadata_keys(
                self.pointer(),
                abi::metadata::ROUTE,
                lent(NAMESPACE),
                keys.as_mut_ptr(),
            )
        };
        // SAFETY: Envoy wrote the keys, and no call came between.
        is_written && keys.iter().any(|key| unsafe { borrowed(key) } == POLICY)
    }

    /// Sets filter state, which access logs can show. The first value stays.
    pub fn set_filter_state(self, key: &str, value: &[u8]) {
        let key = lent(key.as_bytes());
        // If the state is set twice, Envoy reports a bug in Envoy.
        // SAFETY: as above; key and value are valid for the call.
        let is_set = returned(|value| unsafe {
            abi::envoy_dynamic_module_callback_http_get_filter_state_bytes(self.pointer(), key, value)
        });
        if is_set.is_none() {
            // SAFETY: as above.
            unsafe {
                abi::envoy_dynamic_module_callback_http_set_filter_state_bytes(self.pointer(), key, lent(value));
            }
        }
    }

    /// Adds one to a counter of the filter's configuration.
    pub fn count(self, counter: Counter) {
        // SAFETY: the exchange is valid. There are no labels. An unknown counter is a status.
        unsafe {
            abi::envoy_dynamic_module_callback_http_filter_increment_counter(
                self.pointer(),
                counter.0,
                ptr::null(),
                0,
                1,
            );
        }
    }

    /// The module's configuration of the route; null if it has none.
    pub fn route_configuration(self) -> *const c_void {
        // SAFETY: the exchange is valid.
        unsafe { abi::envoy_dynamic_module_callback_get_most_specific_route_config(self.pointer()) }
    }
}

/// A filter's configuration while it is made.
#[derive(Clone, Copy)]
pub struct NewConfiguration<'h> {
    config: NonNull<EnvoyFilterConfig>,
    hook: PhantomData<&'h ()>,
}

/// A counter of a filter's configuration.
#[derive(Clone, Copy)]
pub struct Counter(usize);

impl NewConfiguration<'_> {
    /// `None` for a null pointer, which Envoy never passes.
    ///
    /// # Safety
    /// For all of the lifetime, the pointer is null or one that Envoy passed to the hook of a new
    /// configuration that still runs.
    pub unsafe fn new(config: *mut EnvoyFilterConfig) -> Option<Self> {
        NonNull::new(config).map(|config| Self { config, hook: PhantomData })
    }

    /// Defines a counter; `None` if Envoy refuses it.
    pub fn define_counter(self, name: &str) -> Option<Counter> {
        let mut counter = 0;
        // SAFETY: the configuration, the name and the result are valid for the call. There are no
        // labels.
        let status = unsafe {
            abi::envoy_dynamic_module_callback_http_filter_config_define_counter(
                self.config.as_ptr(),
                lent(name.as_bytes()),
                ptr::null(),
                0,
                &raw mut counter,
            )
        };
        (status == 0).then_some(Counter(counter))
    }
}

impl Headers<'_> {
    /// The value of a header. Several lines are joined by a comma, as RFC 9110 (section 5.3) has
    /// it.
    pub fn value(self, name: &str) -> Option<Vec<u8>> {
        let mut lines = 0;
        let mut value = self.line(name, 0, &mut lines)?;
        for index in 1..lines {
            if let Some(line) = self.line(name, index, &mut 0) {
                value.push(b',');
                value.extend_from_slice(&line);
            }
        }
        Some(value)
    }

    fn line(self, name: &str, index: usize, lines: &mut usize) -> Option<Vec<u8>> {
        // SAFETY: the exchange, the name and the two results are valid for the call.
        returned(|value| unsafe {
            abi::envoy_dynamic_module_callback_http_get_header(
                self.exchange.pointer(),
                self.map,
                lent(name.as_bytes()),
                value,
                index,
                lines,
            )
        })
    }

    /// Shows every line.
    pub fn each(self, show: &mut dyn FnMut(&[u8], &[u8])) {
        let empty = EnvoyBuffer { bytes: ptr::null(), length: 0 };
        // SAFETY: the exchange is valid.
        let count =
            unsafe { abi::envoy_dynamic_module_callback_http_get_headers_size(self.exchange.pointer(), self.map) };
        let mut lines = vec![EnvoyHeader { name: empty, value: empty }; count];
        // SAFETY: as above. The array has as many elements as Envoy writes.
        let is_written = unsafe {
            abi::envoy_dynamic_module_callback_http_get_headers(self.exchange.pointer(), self.map, lines.as_mut_ptr())
        };
        if is_written {
            for line in &lines {
                // SAFETY: Envoy wrote the lines. `show` cannot call Envoy, because it has no
                // exchange.
                unsafe { show(borrowed(&line.name), borrowed(&line.value)) };
            }
        }
    }

    /// Makes `value` the only value of a header. `false` if Envoy did not do it.
    pub fn replace(self, name: &[u8], value: &[u8]) -> bool {
        self.set(name, lent(value))
    }

    /// Removes every line of a header. `false` if Envoy did not do it.
    pub fn remove(self, name: &[u8]) -> bool {
        self.set(name, ModuleBuffer { bytes: ptr::null(), length: 0 })
    }

    fn set(self, name: &[u8], value: ModuleBuffer) -> bool {
        // SAFETY: the exchange, the name and the value are valid for the call. Envoy copies both.
        unsafe {
            abi::envoy_dynamic_module_callback_http_set_header(self.exchange.pointer(), self.map, lent(name), value)
        }
    }
}

/// Writes a line to Envoy's log. This works outside hooks too.
pub fn log(level: u32, message: &str) {
    // SAFETY: the message is valid for the call.
    unsafe { abi::envoy_dynamic_module_callback_log(level, lent(message.as_bytes())) }
}

/// Bytes that Envoy passed to a hook.
///
/// # Safety
/// For all of `'h`, the buffer is valid.
pub unsafe fn borrowed<'h>(buffer: &EnvoyBuffer) -> &'h [u8] {
    if buffer.bytes.is_null() {
        return &[];
    }
    // SAFETY: Envoy says that so many bytes are there.
    unsafe { std::slice::from_raw_parts(buffer.bytes, buffer.length) }
}

/// Runs a call that returns a buffer, and copies it.
fn returned(call: impl FnOnce(*mut EnvoyBuffer) -> bool) -> Option<Vec<u8>> {
    let mut value = EnvoyBuffer { bytes: ptr::null(), length: 0 };
    // SAFETY: Envoy wrote the buffer, and no other call came between.
    call(&raw mut value).then(|| unsafe { borrowed(&value) }.to_vec())
}

const fn line(name: &str, value: &[u8]) -> ModuleHeader {
    ModuleHeader { name: lent(name.as_bytes()), value: lent(value) }
}

const fn lent(bytes: &[u8]) -> ModuleBuffer {
    ModuleBuffer { bytes: bytes.as_ptr(), length: bytes.len() }
}
