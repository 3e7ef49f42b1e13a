//! The filter's own replies, and the headers that they share with edited responses.

use super::config::Policy;
use super::lists::{INERT_RESPONSE_HEADERS, effective};
use super::origin;
use super::wire::{Headers, Lines};

/// A reply by the filter.
pub struct Reply {
    pub status: u16,
    pub details: String,
    pub decision: String,
    pub headers: Headers,
    /// Whether the reply's `vary` is merged with the value that Envoy wrote. If not, it replaces
    /// it.
    pub merges_vary: bool,
}

impl Reply {
    /// Adds a line.
    pub fn put(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.into()));
    }
}

/// Adds `access-control-allow-origin`, `-allow-credentials` and `-expose-headers` for an allowed
/// origin, or for `None` under `*`.
pub fn put_origin_and_credentials(lines: &mut Lines, policy: &Policy, origin: Option<&[u8]>) {
    let allowed = match fixed_origin(policy) {
        _ if is_star(policy) => Some(&b"*"[..]),
        Some(fixed) => Some(fixed.as_bytes()),
        None => origin,
    };
    lines.put("access-control-allow-origin", allowed);
    let credentials = policy.allow_credentials.then_some("true");
    lines.put("access-control-allow-credentials", credentials);
    let exposed = effective(&policy.expose_headers, INERT_RESPONSE_HEADERS, str::eq_ignore_ascii_case);
    let exposed = if exposed.contains(&"*") { vec!["*"] } else { exposed };
    let exposed = (!exposed.is_empty()).then(|| exposed.join(", "));
    lines.put("access-control-expose-headers", exposed);
}

pub(crate) fn is_star(policy: &Policy) -> bool {
    origin::allows_any(policy) && !policy.allow_credentials
}

/// The one origin that every answer names, if the policy fixes it.
pub(crate) fn fixed_origin(policy: &Policy) -> Option<&str> {
    policy.fixed_origin.then(|| origin::exact_origins(policy)[0])
}
