//! The C ABI of Envoy's dynamic modules, as far as Corsac uses it.
//!
//! The declarations follow the published header (`source/extensions/dynamic_modules/abi/abi.h` in
//! Envoy's repository). Envoy 1.38 and 1.39 call its version `v0.1.0`, Envoy 1.40 calls it
//! `v0.2.0`. Every function here has the same signature in all three, and Envoy promises that a
//! module works in the next minor version of the ABI too. Envoy 1.37 and older lack some of the
//! functions and cannot load the module.
//!
//! C enumerations are `u32`, so that a value that Envoy adds is no undefined behaviour.

use std::ffi::{c_char, c_void};

/// The version of the ABI that the module reports: the newest. An Envoy with another one logs the
/// warning that this one is deprecated, and goes on.
pub const VERSION: &std::ffi::CStr = c"v0.2.0";

/// Envoy's object for one exchange in one filter.
#[repr(C)]
pub struct EnvoyFilter {
    _opaque: [u8; 0],
}

/// Envoy's object for one configuration of the filter.
#[repr(C)]
pub struct EnvoyFilterConfig {
    _opaque: [u8; 0],
}

/// Bytes that Envoy owns.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct EnvoyBuffer {
    pub bytes: *const u8,
    pub length: usize,
}

/// Bytes that the module owns. Envoy reads them during the call only.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ModuleBuffer {
    pub bytes: *const u8,
    pub length: usize,
}

/// A header line that Envoy owns.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct EnvoyHeader {
    pub name: EnvoyBuffer,
    pub value: EnvoyBuffer,
}

/// A header line that the module owns.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ModuleHeader {
    pub name: ModuleBuffer,
    pub value: ModuleBuffer,
}

/// Which of an exchange's header maps.
pub mod header_map {
    pub const REQUEST: u32 = 0;
    pub const RESPONSE: u32 = 2;
}

/// Levels of Envoy's log.
pub mod log_level {
    pub const TRACE: u32 = 0;
    pub const DEBUG: u32 = 1;
    pub const INFO: u32 = 2;
    pub const WARN: u32 = 3;
    pub const ERROR: u32 = 4;
}

/// Attributes of an exchange, numbered as the header lists them.
pub mod attribute {
    pub const RESPONSE_CODE: u32 = 15;
    /// Not known to Envoy 1.38.
    pub const RESPONSE_CODE_DETAILS: u32 = 16;
    pub const CONNECTION_ID: u32 = 28;
    /// Without a route it is absent in Envoy 1.40, and empty in Envoy 1.38 and 1.39.
    pub const ROUTE_NAME: u32 = 61;
    /// Not known to Envoy 1.38 and 1.39.
    pub const VIRTUAL_HOST_NAME: u32 = 63;
}

/// Whose metadata. There is no number for a virtual host's.
pub mod metadata {
    pub const ROUTE: u32 = 1;
}

/// How the filter chain goes on after a header hook.
pub mod headers_status {
    pub const CONTINUE: u32 = 0;
    pub const STOP_ITERATION: u32 = 1;
}

/// How the filter chain goes on after a body hook.
pub mod body_status {
    pub const CONTINUE: u32 = 0;
    pub const STOP_ITERATION_NO_BUFFER: u32 = 3;
}

/// How the filter chain goes on after a trailer hook.
pub mod trailers_status {
    pub const CONTINUE: u32 = 0;
    pub const STOP_ITERATION: u32 = 1;
}

// The functions that Envoy defines.
unsafe extern "C" {
    pub fn envoy_dynamic_module_callback_log(level: u32, message: ModuleBuffer);

    /// The `index`th line of a header, and the number of its lines. `false` if there is none.
    pub fn envoy_dynamic_module_callback_http_get_header(
        filter: *mut EnvoyFilter,
        map: u32,
        name: ModuleBuffer,
        value: *mut EnvoyBuffer,
        index: usize,
        lines: *mut usize,
    ) -> bool;

    /// The number of lines of a header map.
    pub fn envoy_dynamic_module_callback_http_get_headers_size(filter: *mut EnvoyFilter, map: u32) -> usize;

    /// Writes every line of a header map to an array of that size.
    pub fn envoy_dynamic_module_callback_http_get_headers(
        filter: *mut EnvoyFilter,
        map: u32,
        lines: *mut EnvoyHeader,
    ) -> bool;

    /// Makes a value the only one of a header. A null value removes the header.
    pub fn envoy_dynamic_module_callback_http_set_header(
        filter: *mut EnvoyFilter,
        map: u32,
        name: ModuleBuffer,
        value: ModuleBuffer,
    ) -> bool;

    /// Starts a response. The lines begin with `:status`.
    pub fn envoy_dynamic_module_callback_http_send_response_headers(
        filter: *mut EnvoyFilter,
        lines: *const ModuleHeader,
        count: usize,
        is_end_of_stream: bool,
    );

    /// Sends one of Envoy's local replies.
    pub fn envoy_dynamic_module_callback_http_send_response(
        filter: *mut EnvoyFilter,
        status: u32,
        lines: *const ModuleHeader,
        count: usize,
        body: ModuleBuffer,
        details: ModuleBuffer,
    );

    pub fn envoy_dynamic_module_callback_http_filter_get_attribute_string(
        filter: *mut EnvoyFilter,
        attribute: u32,
        value: *mut EnvoyBuffer,
    ) -> bool;

    pub fn envoy_dynamic_module_callback_http_filter_get_attribute_int(
        filter: *mut EnvoyFilter,
        attribute: u32,
        value: *mut u64,
    ) -> bool;

    /// `false` both for an absent key and for a value that is not a string.
    pub fn envoy_dynamic_module_callback_http_get_metadata_string(
        filter: *mut EnvoyFilter,
        source: u32,
        namespace: ModuleBuffer,
        key: ModuleBuffer,
        value: *mut EnvoyBuffer,
    ) -> bool;

    /// The number of keys in a namespace.
    pub fn envoy_dynamic_module_callback_http_get_metadata_keys_count(
        filter: *mut EnvoyFilter,
        source: u32,
        namespace: ModuleBuffer,
    ) -> usize;

    /// Writes every key of a namespace to an array of that size.
    pub fn envoy_dynamic_module_callback_http_get_metadata_keys(
        filter: *mut EnvoyFilter,
        source: u32,
        namespace: ModuleBuffer,
        keys: *mut EnvoyBuffer,
    ) -> bool;

    pub fn envoy_dynamic_module_callback_http_get_filter_state_bytes(
        filter: *mut EnvoyFilter,
        key: ModuleBuffer,
        value: *mut EnvoyBuffer,
    ) -> bool;

    /// Sets filter state that nothing can change afterwards.
    pub fn envoy_dynamic_module_callback_http_set_filter_state_bytes(
        filter: *mut EnvoyFilter,
        key: ModuleBuffer,
        value: ModuleBuffer,
    ) -> bool;

    /// Defines a counter without labels, and writes its number. 0 for success. Only the hook of a
    /// new configuration may call it.
    pub fn envoy_dynamic_module_callback_http_filter_config_define_counter(
        config: *mut EnvoyFilterConfig,
        name: ModuleBuffer,
        label_names: *const ModuleBuffer,
        label_count: usize,
        counter: *mut usize,
    ) -> u32;

    /// Adds to a counter without labels. 0 for success.
    pub fn envoy_dynamic_module_callback_http_filter_increment_counter(
        filter: *mut EnvoyFilter,
        counter: usize,
        label_values: *const ModuleBuffer,
        label_count: usize,
        value: u64,
    ) -> u32;

    /// The cluster that the exchange's route leads to. `false` if it leads to none.
    pub fn envoy_dynamic_module_callback_http_get_cluster_name(
        filter: *mut EnvoyFilter,
        name: *mut EnvoyBuffer,
    ) -> bool;

    /// What the module returned for the configuration of the exchange's route, its virtual host or
    /// its route table: the most specific one. Null if there is none.
    pub fn envoy_dynamic_module_callback_get_most_specific_route_config(filter: *mut EnvoyFilter) -> *const c_void;
}

/// The type of [`VERSION`] in the ABI.
pub type VersionText = *const c_char;
