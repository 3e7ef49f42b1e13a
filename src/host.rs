//! The host calls of the proxy-wasm ABI (0.2.1) that Corsac makes. The SDK's own panic on statuses
//! that they do not expect; here every status but success is an error, and header values are bytes.

use std::{fmt, ptr};

use proxy_wasm::types::{BufferType, LogLevel, MapType};

use crate::header_lines::HeaderLines;

/// Why a host call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostError {
    /// There is no such header, or property, at this time.
    NotFound,
    /// Any other status, as the host gave it.
    Status(u32),
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("not found"),
            Self::Status(status) => write!(f, "status {status}"),
        }
    }
}

mod calls {
    //! Signatures of <https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1>; each
    //! returns a status, 0 for success.

    #[link(wasm_import_module = "env")]
    unsafe extern "C" {
        pub fn proxy_get_header_map_value(
            map: u32,
            name: *const u8,
            name_size: usize,
            value: *mut *mut u8,
            value_size: *mut usize,
        ) -> u32;
        pub fn proxy_get_header_map_pairs(map: u32, pairs: *mut *mut u8, pairs_size: *mut usize) -> u32;
        pub fn proxy_replace_header_map_value(
            map: u32,
            name: *const u8,
            name_size: usize,
            value: *const u8,
            value_size: usize,
        ) -> u32;
        pub fn proxy_remove_header_map_value(map: u32, name: *const u8, name_size: usize) -> u32;
        pub fn proxy_get_property(
            path: *const u8,
            path_size: usize,
            value: *mut *mut u8,
            value_size: *mut usize,
        ) -> u32;
        pub fn proxy_set_property(path: *const u8, path_size: usize, value: *const u8, value_size: usize) -> u32;
        pub fn proxy_get_buffer_bytes(
            buffer: u32,
            start: usize,
            most: usize,
            bytes: *mut *mut u8,
            bytes_size: *mut usize,
        ) -> u32;
        pub fn proxy_send_local_response(
            status: u32,
            details: *const u8,
            details_size: usize,
            body: *const u8,
            body_size: usize,
            headers: *const u8,
            headers_size: usize,
            grpc_status: i32,
        ) -> u32;
        pub fn proxy_call_foreign_function(
            name: *const u8,
            name_size: usize,
            argument: *const u8,
            argument_size: usize,
            result: *mut *mut u8,
            result_size: *mut usize,
        ) -> u32;
        pub fn proxy_get_shared_data(
            key: *const u8,
            key_size: usize,
            value: *mut *mut u8,
            value_size: *mut usize,
            stamp: *mut u32,
        ) -> u32;
        pub fn proxy_set_shared_data(
            key: *const u8,
            key_size: usize,
            value: *const u8,
            value_size: usize,
            stamp: u32,
        ) -> u32;
        pub fn proxy_http_call(
            cluster: *const u8,
            cluster_size: usize,
            headers: *const u8,
            headers_size: usize,
            body: *const u8,
            body_size: usize,
            trailers: *const u8,
            trailers_size: usize,
            timeout: u32,
            call: *mut u32,
        ) -> u32;
        pub fn proxy_set_tick_period_milliseconds(period: u32) -> u32;
        pub fn proxy_define_metric(kind: u32, name: *const u8, name_size: usize, id: *mut u32) -> u32;
        pub fn proxy_increment_metric(id: u32, by: i64) -> u32;
        pub fn proxy_record_metric(id: u32, value: u64) -> u32;
        pub fn proxy_log(level: u32, message: *const u8, message_size: usize) -> u32;
    }
}

mod wasi {
    //! <https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md>: an error number, 0
    //! for success.

    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        pub fn clock_time_get(clock: u32, precision: u64, time: *mut u64) -> u16;
    }
}

const NOT_FOUND: u32 = 1;
/// No gRPC status: for gRPC requests Envoy derives one from the HTTP status.
const NO_GRPC_STATUS: i32 = -1;

fn check(status: u32) -> Result<(), HostError> {
    match status {
        0 => Ok(()),
        NOT_FOUND => Err(HostError::NotFound),
        status => Err(HostError::Status(status)),
    }
}

/// Runs a host call that answers with bytes, in memory that it got from our allocator.
fn returned_bytes(call: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> Result<Vec<u8>, HostError> {
    let mut bytes = ptr::null_mut();
    let mut size = 0;
    check(call(&raw mut bytes, &raw mut size))?;
    if bytes.is_null() {
        return Ok(Vec::new());
    }
    let slice = ptr::slice_from_raw_parts_mut(bytes, size);
    // SAFETY: the SDK's `proxy_on_memory_allocate` gave the host a boxed slice of exactly `size`
    // bytes. The host wrote them all and keeps no pointer.
    Ok(unsafe { Box::from_raw(slice) }.into_vec())
}

/// The value of a header; repeated lines of the headers that Envoy keeps inline arrive joined by a
/// comma.
pub fn header(map: MapType, name: &str) -> Result<Vec<u8>, HostError> {
    // SAFETY: the pointers are valid for the call, the sizes theirs.
    returned_bytes(|value, size| unsafe {
        calls::proxy_get_header_map_value(map as u32, name.as_ptr(), name.len(), value, size)
    })
}

/// Every header line of a map.
pub fn headers(map: MapType) -> Result<HeaderLines, HostError> {
    // SAFETY: as above.
    returned_bytes(|pairs, size| unsafe { calls::proxy_get_header_map_pairs(map as u32, pairs, size) })
        .map(HeaderLines::received)
}

/// Makes `value` the only value of a header.
pub fn replace_header(map: MapType, name: &str, value: &[u8]) -> Result<(), HostError> {
    // SAFETY: as above.
    check(unsafe {
        calls::proxy_replace_header_map_value(map as u32, name.as_ptr(), name.len(), value.as_ptr(), value.len())
    })
}

/// Removes every line of a header.
pub fn remove_header(map: MapType, name: &[u8]) -> Result<(), HostError> {
    // SAFETY: as above.
    check(unsafe { calls::proxy_remove_header_map_value(map as u32, name.as_ptr(), name.len()) })
}

/// A property of the exchange, by its path's segments joined with NUL.
pub fn property(path: &str) -> Result<Vec<u8>, HostError> {
    // SAFETY: as above.
    returned_bytes(|value, size| unsafe { calls::proxy_get_property(path.as_ptr(), path.len(), value, size) })
}

/// Sets a property: filter state that access logs can show.
pub fn set_property(path: &str, value: &[u8]) -> Result<(), HostError> {
    // SAFETY: as above.
    check(unsafe { calls::proxy_set_property(path.as_ptr(), path.len(), value.as_ptr(), value.len()) })
}

/// Makes a property that is set later last as long as the request, where otherwise it ends with the
/// run of the filters. For a root context, and for names below 128 bytes.
pub fn declare_request_state(name: &str) -> Result<(), HostError> {
    const FUNCTION: &str = "declare_property";
    // Envoy's message `DeclarePropertyArguments`: field 1 is the name, field 5 the span, of which 1
    // is a request's.
    let length = u8::try_from(name.len()).unwrap_or(u8::MAX);
    let argument = [&[0x0a, length], name.as_bytes(), &[0x28, 1]].concat();
    // SAFETY: as above.
    let declared = returned_bytes(|result, size| unsafe {
        calls::proxy_call_foreign_function(
            FUNCTION.as_ptr(),
            FUNCTION.len(),
            argument.as_ptr(),
            argument.len(),
            result,
            size,
        )
    });
    declared.map(drop)
}

/// A value that all VMs with our `vm_id` share, and its stamp: another value has another one.
pub fn shared_data(key: &str) -> Result<(Vec<u8>, u32), HostError> {
    let mut stamp = 0;
    // SAFETY: as above; `stamp` is valid for the call.
    let value = returned_bytes(|value, size| unsafe {
        calls::proxy_get_shared_data(key.as_ptr(), key.len(), value, size, &raw mut stamp)
    })?;
    Ok((value, stamp))
}

/// Sets a shared value if the one that is there has this stamp, or if there is none.
pub fn set_shared_data(key: &str, value: &[u8], stamp: u32) -> Result<(), HostError> {
    // SAFETY: as above.
    check(unsafe { calls::proxy_set_shared_data(key.as_ptr(), key.len(), value.as_ptr(), value.len(), stamp) })
}

/// Milliseconds of a clock that never goes back and that all workers share.
pub fn monotonic_milliseconds() -> Option<u64> {
    const MONOTONIC: u32 = 1;
    const NANOSECONDS_EACH: u64 = 1_000_000;
    let mut nanoseconds = 0;
    // SAFETY: `nanoseconds` is valid for the call.
    let error = unsafe { wasi::clock_time_get(MONOTONIC, 1, &raw mut nanoseconds) };
    (error == 0).then_some(nanoseconds.div_euclid(NANOSECONDS_EACH))
}

/// Sends a request without a body over a cluster, and returns the call's number. When it ends, the
/// host calls `proxy_on_http_call_response`. `timeout`: milliseconds.
pub fn call(cluster: &str, headers: &HeaderLines, timeout: u32) -> Result<u32, HostError> {
    let (headers, no_trailers) = (headers.bytes(), [0; 4]);
    let mut call = 0;
    // SAFETY: as above; there is no body.
    check(unsafe {
        calls::proxy_http_call(
            cluster.as_ptr(),
            cluster.len(),
            headers.as_ptr(),
            headers.len(),
            ptr::null(),
            0,
            no_trailers.as_ptr(),
            no_trailers.len(),
            timeout,
            &raw mut call,
        )
    })?;
    Ok(call)
}

/// The body of the response that the host has called back for.
pub fn call_response_body(size: usize) -> Result<Vec<u8>, HostError> {
    if size == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: as above.
    returned_bytes(|bytes, bytes_size| unsafe {
        calls::proxy_get_buffer_bytes(BufferType::HttpCallResponseBody as u32, 0, size, bytes, bytes_size)
    })
}

/// The filter's configuration; empty if there is none.
pub fn plugin_configuration() -> Result<Vec<u8>, HostError> {
    // SAFETY: as above.
    let read = returned_bytes(|bytes, size| unsafe {
        calls::proxy_get_buffer_bytes(BufferType::PluginConfiguration as u32, 0, usize::MAX, bytes, size)
    });
    match read {
        Err(HostError::NotFound) => Ok(Vec::new()),
        read => read,
    }
}

/// Answers the request here, without a body. The reply then passes through the response phase of
/// this and other filters.
pub fn send_local_response(status: u16, details: &str, headers: &HeaderLines) -> Result<(), HostError> {
    let headers = headers.bytes();
    // SAFETY: as above; there is no body.
    check(unsafe {
        calls::proxy_send_local_response(
            u32::from(status),
            details.as_ptr(),
            details.len(),
            ptr::null(),
            0,
            headers.as_ptr(),
            headers.len(),
            NO_GRPC_STATUS,
        )
    })
}

/// Calls the filter back every so many milliseconds; 0 ends it. A filter has one timer.
pub fn set_timer(milliseconds: u32) -> Result<(), HostError> {
    // SAFETY: there is no pointer.
    check(unsafe { calls::proxy_set_tick_period_milliseconds(milliseconds) })
}

/// The kinds of metrics that Corsac has, by their numbers in the ABI.
#[derive(Clone, Copy)]
pub enum MetricKind {
    Counter = 0,
    Gauge = 1,
}

/// The host's number for a metric, in this VM.
#[derive(Clone, Copy)]
pub struct MetricId(u32);

/// Defines a metric. Envoy keeps one value for each name in all its VMs. A second definition in the
/// same VM takes a little memory that is never given back.
pub fn define_metric(kind: MetricKind, name: &str) -> Result<MetricId, HostError> {
    let mut id = 0;
    // SAFETY: as above; `id` is valid for the call.
    check(unsafe { calls::proxy_define_metric(kind as u32, name.as_ptr(), name.len(), &raw mut id) })?;
    Ok(MetricId(id))
}

/// Adds to a counter, or to a gauge. To add 0 is an error in Envoy.
pub fn increment_metric(metric: MetricId, by: i64) -> Result<(), HostError> {
    // SAFETY: there is no pointer.
    check(unsafe { calls::proxy_increment_metric(metric.0, by) })
}

/// Sets a gauge.
pub fn record_metric(metric: MetricId, value: u64) -> Result<(), HostError> {
    // SAFETY: there is no pointer.
    check(unsafe { calls::proxy_record_metric(metric.0, value) })
}

/// Writes a line to Envoy's log.
pub fn log(level: LogLevel, message: &str) {
    // SAFETY: as above. If the log does not take the line, there is no other place to say so.
    let _ = unsafe { calls::proxy_log(level as u32, message.as_ptr(), message.len()) };
}
