//! Hand-written filters: modules that make exactly the host calls of a list, and compute nothing.
//!
//! The cost of such a module is the price of its calls, which every filter that needs them must
//! pay.

use std::fmt::Write as _;

use corsac_testbed::{Error, Result};

/// A host call. Header calls use the headers of the current phase.
#[derive(Clone, Debug)]
pub enum HostCall {
    /// Reads a header.
    Get(&'static str),
    /// Reads all headers.
    GetAll,
    /// Sets the header to this only value.
    Replace(&'static str, String),
    /// Removes a header.
    Remove(&'static str),
    /// Sets a property.
    SetProperty(&'static str, String),
    /// Reads a property. NUL separates the segments of its path.
    Property(&'static str),
    /// Reads the time.
    Time,
    /// Answers the request: status, response code details, headers.
    Reply(u16, &'static str, Vec<(&'static str, String)>),
}

/// The callbacks of the module, and their host calls.
#[derive(Clone, Debug, Default)]
pub struct Probe {
    /// The calls of the request's header callback; `None` if there is no such callback.
    pub request: Option<Vec<HostCall>>,
    /// The calls of the response's header callback.
    pub response: Option<Vec<HostCall>>,
    /// Whether there are callbacks for the begin and the end of a request's context.
    pub contexts: bool,
    /// Whether there is a callback for each piece of a response's body.
    pub bodies: bool,
}

/// The address of the data of the calls. The host writes its results below it.
const DATA: usize = 64;
/// The address for bytes that the host returns, always the same, since nothing is kept.
const RETURNED: usize = 16 * 1024;

const IMPORTS: &str = r#"
  (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_pairs" (func $get_all (param i32 i32 i32) (result i32)))
  (import "env" "proxy_replace_header_map_value" (func $replace (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_remove_header_map_value" (func $remove (param i32 i32 i32) (result i32)))
  (import "env" "proxy_set_property" (func $set_property (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_property" (func $property (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_current_time_nanoseconds" (func $time (param i32) (result i32)))
  (import "env" "proxy_send_local_response" (func $reply (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))"#;

impl Probe {
    /// A filter that accepts every configuration unread, and sees no request.
    pub fn idle() -> Self {
        Self::default()
    }

    /// A filter whose header callbacks make these calls.
    pub fn calling(request: Vec<HostCall>, response: Vec<HostCall>) -> Self {
        Self { request: Some(request), response: Some(response), ..Self::default() }
    }

    /// The same with callbacks for the begin and the end of a context.
    pub fn with_contexts(mut self) -> Self {
        self.contexts = true;
        self
    }

    /// The same with a callback for each piece of a response's body.
    pub fn with_bodies(mut self) -> Self {
        self.bodies = true;
        self
    }

    /// The module's bytes.
    pub fn module(&self) -> Result<Vec<u8>> {
        let text = self.text();
        wat::parse_str(&text)
            .map_err(|error| Error::new(format!("a module of the benchmark is wrong: {error}\n{text}")))
    }

    /// The module as text: the proxy-wasm ABI 0.2.1.
    fn text(&self) -> String {
        let mut data = Data::default();
        let callbacks = [("request", 0, &self.request), ("response", 2, &self.response)];
        let mut functions: String = callbacks
            .into_iter()
            .filter_map(|(phase, map, calls)| Some(callback(phase, map, calls.as_ref()?, &mut data)))
            .collect();
        if self.contexts {
            functions += "\n  (func (export \"proxy_on_context_create\") (param i32 i32))";
            functions += "\n  (func (export \"proxy_on_delete\") (param i32))";
        }
        if self.bodies {
            functions +=
                "\n  (func (export \"proxy_on_response_body\") (param i32 i32 i32) (result i32) (i32.const 0))";
        }
        format!(
            r#"(module{IMPORTS}
  (memory (export "memory") 2)
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const {RETURNED}))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1)){functions}
  (data (i32.const {DATA}) "{}"))"#,
            data.escaped()
        )
    }
}

/// A header callback. It continues unless it has answered.
fn callback(phase: &str, map: u32, calls: &[HostCall], data: &mut Data) -> String {
    let mut text = format!("\n  (func (export \"proxy_on_{phase}_headers\") (param i32 i32 i32) (result i32)");
    for call in calls {
        let _ = write!(text, "\n    (drop {})", call.text(map, data));
    }
    let pause = calls.iter().any(|call| matches!(call, HostCall::Reply(..)));
    let _ = write!(text, "\n    (i32.const {}))", u32::from(pause));
    text
}

impl HostCall {
    fn text(&self, map: u32, data: &mut Data) -> String {
        // The host writes the address of the bytes to 0 and their size to 4.
        let returned = "(i32.const 0) (i32.const 4)";
        let map = format!("(i32.const {map})");
        match self {
            Self::Get(name) => format!("(call $get {map} {} {returned})", data.put(name)),
            Self::GetAll => format!("(call $get_all {map} {returned})"),
            Self::Replace(name, value) => format!("(call $replace {map} {} {})", data.put(name), data.put(value)),
            Self::Remove(name) => format!("(call $remove {map} {})", data.put(name)),
            Self::SetProperty(path, value) => format!("(call $set_property {} {})", data.put(path), data.put(value)),
            Self::Property(path) => format!("(call $property {} {returned})", data.put(path)),
            Self::Time => "(call $time (i32.const 8))".to_owned(),
            Self::Reply(status, details, headers) => format!(
                "(call $reply (i32.const {status}) {} (i32.const 0) (i32.const 0) {} (i32.const -1))",
                data.put(details),
                data.put_bytes(&pairs(headers)),
            ),
        }
    }
}

/// The ABI's form of a header list: the number of pairs, the sizes of each, then each name and
/// value with a NUL after it.
fn pairs(headers: &[(&str, String)]) -> Vec<u8> {
    let number = |number: usize| u32::try_from(number).unwrap_or_default().to_le_bytes();
    let mut bytes = number(headers.len()).to_vec();
    for (name, value) in headers {
        bytes.extend(number(name.len()));
        bytes.extend(number(value.len()));
    }
    for (name, value) in headers {
        bytes.extend([name.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat());
    }
    bytes
}

/// The data of the calls.
#[derive(Default)]
struct Data(Vec<u8>);

impl Data {
    fn put(&mut self, text: &str) -> String {
        self.put_bytes(text.as_bytes())
    }

    /// Adds bytes. Returns their address and size, as arguments of a call.
    fn put_bytes(&mut self, bytes: &[u8]) -> String {
        let address = DATA + self.0.len();
        self.0.extend(bytes);
        format!("(i32.const {address}) (i32.const {})", bytes.len())
    }

    fn escaped(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "\\{byte:02x}");
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use walrus::Module;

    use super::*;

    fn exports(probe: &Probe) -> Vec<String> {
        let module = Module::from_buffer(&probe.module().expect("a module")).expect("a module");
        module.exports.iter().map(|export| export.name.clone()).collect()
    }

    #[test]
    fn every_call_makes_a_module_that_parses() {
        let calls = vec![
            HostCall::Get("origin"),
            HostCall::GetAll,
            HostCall::Replace("vary", "\"\\".into()),
            HostCall::Remove("vary"),
            HostCall::SetProperty("corsac", "words".into()),
            HostCall::Property("xds\0route_name"),
            HostCall::Time,
            HostCall::Reply(204, "details", vec![("vary", "origin".into())]),
        ];
        let exports = exports(&Probe::calling(calls.clone(), calls).with_contexts().with_bodies());
        for name in ["request_headers", "response_headers", "context_create", "delete", "response_body"] {
            assert!(exports.contains(&format!("proxy_on_{name}")), "{exports:?}");
        }
    }

    #[test]
    fn an_idle_filter_sees_no_request() {
        let exports = exports(&Probe::idle());
        assert!(exports.iter().all(|name| !name.contains("headers") && !name.contains("context")), "{exports:?}");
    }

    #[test]
    fn header_pairs_have_the_form_of_the_abi() {
        let expected = b"\x01\0\0\0\x04\0\0\0\x06\0\0\0vary\0origin\0";
        assert_eq!(pairs(&[("vary", "origin".into())]), expected);
    }
}
