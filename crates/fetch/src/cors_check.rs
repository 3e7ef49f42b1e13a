//! The check of every CORS response.

use crate::headers::Headers;
use crate::reason::Reason;
use crate::request::Current;

/// [CORS check](https://fetch.spec.whatwg.org/#cors-check).
pub(crate) fn cors_check(current: &Current, answer: &Headers) -> Result<(), Reason> {
    const ORIGIN: &str = "access-control-allow-origin";
    let with_credentials = current.fetch.includes_credentials();
    let value = answer.get(ORIGIN).ok_or(Reason::AllowOriginMissing)?;
    if !with_credentials && value == b"*" {
        return Ok(());
    }
    if value != current.origin().to_string().as_bytes() {
        let is_wildcard = value == b"*";
        let lines = answer.values(ORIGIN).count();
        return Err(if is_wildcard { Reason::AllowOriginWildcard } else { Reason::AllowOrigin { value, lines } });
    }
    if !with_credentials {
        return Ok(());
    }
    match answer.get("access-control-allow-credentials") {
        Some(value) if value == b"true" => Ok(()),
        other => Err(Reason::AllowCredentials(other)),
    }
}
