//! `Vary` (RFC 9110, section 12.5.5), which keeps caches from serving one origin's answer to
//! another.

use std::borrow::Cow;

use crate::token::{list_elements, trim};

/// The `Vary` of every answer to a preflight, on one line.
pub(crate) const PREFLIGHT: &[u8] = b"origin, access-control-request-method, access-control-request-headers";

/// The upstream's value with `origin` added. `None` if nothing needs to be written, because it
/// names `origin` or everything (`*`) already.
#[inline]
pub(crate) fn with_origin(upstream: Option<&[u8]>) -> Option<Cow<'static, [u8]>> {
    let Some(value) = upstream else { return Some(Cow::Borrowed(b"origin")) };
    if list_elements(value).any(|member| member == b"*" || member.eq_ignore_ascii_case(b"origin")) {
        return None;
    }
    let kept = trim(value);
    let kept = kept.strip_suffix(b",").unwrap_or(kept);
    if list_elements(kept).next().is_none() {
        return Some(Cow::Borrowed(b"origin"));
    }
    Some(Cow::Owned([kept, b", origin"].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(upstream: &str) -> String {
        let value = with_origin(Some(upstream.as_bytes())).unwrap_or(Cow::Borrowed(upstream.as_bytes()));
        String::from_utf8_lossy(&value).into_owned()
    }

    #[test]
    fn origin_is_added_after_the_upstreams_members() {
        assert_eq!(with_origin(None).as_deref(), Some(&b"origin"[..]));
        assert_eq!(merged(""), "origin");
        assert_eq!(merged(" , "), "origin");
        assert_eq!(merged("Accept-Encoding"), "Accept-Encoding, origin");
        assert_eq!(merged("accept, cookie,"), "accept, cookie, origin");
        assert_eq!(merged("x-origin"), "x-origin, origin");
        assert_eq!(merged("\u{c}"), "\u{c}, origin");
    }

    #[test]
    fn a_vary_that_covers_the_origin_remains_unchanged() {
        for value in ["Origin", "accept, ORIGIN ", "*", "accept,*"] {
            assert_eq!(with_origin(Some(value.as_bytes())), None, "{value}");
        }
    }
}
