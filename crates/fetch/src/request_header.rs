//! Request headers: which a script may set, and which make a preflight necessary.

use crate::headers::{Headers, token, trim};
use crate::method::is_forbidden_method;

/// [Forbidden request-header](https://fetch.spec.whatwg.org/#forbidden-request-header): the browser
/// sets it; a script's attempt is ignored.
///
/// ```
/// use corsac_fetch::is_forbidden_header;
///
/// assert!(is_forbidden_header("Cookie", b"a=b"));
/// assert!(is_forbidden_header("X-HTTP-Method", b"TRACE") && !is_forbidden_header("X-HTTP-Method", b"PUT"));
/// ```
pub fn is_forbidden_header(name: &str, value: &[u8]) -> bool {
    const FORBIDDEN: [&str; 21] = [
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    ];
    let name = name.to_ascii_lowercase();
    if FORBIDDEN.contains(&name.as_str()) || name.starts_with("proxy-") || name.starts_with("sec-") {
        return true;
    }
    let overrides_the_method =
        matches!(name.as_str(), "x-http-method" | "x-http-method-override" | "x-method-override");
    let is_forbidden = |method: &[u8]| std::str::from_utf8(method).is_ok_and(is_forbidden_method);
    overrides_the_method && split(value).any(is_forbidden)
}

/// [CORS-safelisted request-header](https://fetch.spec.whatwg.org/#cors-safelisted-request-header):
/// a form or a link could send as much, so no preflight is needed.
pub fn is_safelisted_header(name: &str, value: &[u8]) -> bool {
    if value.len() > 128 {
        return false;
    }
    let is_safe = || !value.iter().copied().any(is_unsafe_byte);
    match name.to_ascii_lowercase().as_str() {
        "accept" => is_safe(),
        "accept-language" | "content-language" => value.iter().copied().all(is_of_a_language),
        "content-type" => is_safe() && essence(value).is_some_and(|essence| is_of_a_form(&essence)),
        "range" => is_simple_range(value),
        _ => false,
    }
}

/// [CORS non-wildcard request-header
/// name](https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name): `*` in
/// `Access-Control-Allow-Headers` does not cover it.
pub fn is_non_wildcard_header(name: &str) -> bool {
    name.eq_ignore_ascii_case("authorization")
}

/// [CORS-unsafe request-header
/// names](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names): sorted, lower case,
/// each once. A preflight asks for them.
pub fn unsafe_header_names(headers: &Headers) -> Vec<String> {
    let (safe, others): (Vec<_>, Vec<_>) = headers.iter().partition(|(name, value)| is_safelisted_header(name, value));
    let size: usize = safe.iter().map(|(_, value)| value.len()).sum();
    let too_many = if size > 1024 { safe } else { Vec::new() };
    let mut names: Vec<String> =
        others.into_iter().chain(too_many).map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort();
    names.dedup();
    names
}

/// [Request-body-header name](https://fetch.spec.whatwg.org/#request-body-header-name): goes with
/// the body where a redirect drops it.
pub(crate) fn is_of_the_body(name: &str) -> bool {
    ["content-encoding", "content-language", "content-location", "content-type"]
        .iter()
        .any(|of_the_body| of_the_body.eq_ignore_ascii_case(name))
}

/// [CORS-unsafe request-header
/// byte](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte).
fn is_unsafe_byte(byte: u8) -> bool {
    (byte < b' ' && byte != b'\t') || b"\"():<>?@[\\]{}\x7f".contains(&byte)
}

fn is_of_a_language(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" *,-.;=".contains(&byte)
}

fn is_of_a_form(essence: &str) -> bool {
    matches!(essence, "application/x-www-form-urlencoded" | "multipart/form-data" | "text/plain")
}

/// The essence of a MIME type (MIME Sniffing, [parse a MIME
/// type](https://mimesniff.spec.whatwg.org/#parse-a-mime-type)); parameters never make one fail.
fn essence(value: &[u8]) -> Option<String> {
    let value = value.split(|&byte| byte == b';').next()?;
    // HTTP whitespace around the whole, and after the subtype.
    let value = value.trim_ascii();
    let slash = value.iter().position(|&byte| byte == b'/')?;
    let (kind, subtype) = value.split_at(slash);
    let (kind, subtype) = (token(kind)?, token(subtype.get(1..)?)?);
    Some(format!("{kind}/{subtype}").to_ascii_lowercase())
}

/// [Parse a single range header value](https://fetch.spec.whatwg.org/#simple-range-header-value),
/// without whitespace, whose start is there: `bytes=1-` and `bytes=1-2`.
fn is_simple_range(value: &[u8]) -> bool {
    let parts = std::str::from_utf8(value).ok().and_then(|value| value.strip_prefix("bytes=")?.split_once('-'));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    parts.is_some_and(|(start, end)| {
        !start.is_empty() && is_number(start) && is_number(end) && (end.is_empty() || is_at_most(start, end))
    })
}

/// Numbers of any length, compared.
fn is_at_most(low: &str, high: &str) -> bool {
    let significant = |digits: &str| digits.trim_start_matches('0').to_owned();
    let (low, high) = (significant(low), significant(high));
    (low.len(), low) <= (high.len(), high)
}

/// [Get, decode, and split](https://fetch.spec.whatwg.org/#header-value-get-decode-and-split): at
/// the commas that are outside quotation marks.
fn split(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = value.split(move |&byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
        byte == b',' && !quoted
    });
    parts.map(trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_takes_every_byte_but_the_unsafe_ones() {
        for byte in 0..=u8::MAX {
            let is_unsafe = matches!(
                byte,
                0x00..=0x08
                    | 0x0A..=0x1F
                    | 0x22
                    | 0x28
                    | 0x29
                    | 0x3A
                    | 0x3C
                    | 0x3E
                    | 0x3F
                    | 0x40
                    | 0x5B
                    | 0x5C
                    | 0x5D
                    | 0x7B
                    | 0x7D
                    | 0x7F
            );
            assert_eq!(is_safelisted_header("Accept", &[b'a', byte]), !is_unsafe, "{byte:#04x}");
            let parameter = [b"text/plain;a=".as_slice(), &[byte]].concat();
            assert_eq!(is_safelisted_header("content-type", &parameter), !is_unsafe, "{byte:#04x}");
        }
    }

    #[test]
    fn languages_take_letters_digits_and_seven_marks() {
        for byte in 0..=u8::MAX {
            let is_fine = matches!(byte, 0x30..=0x39 | 0x41..=0x5A | 0x61..=0x7A | 0x20 | 0x2A | 0x2C | 0x2D | 0x2E | 0x3B | 0x3D);
            for name in ["accept-language", "Content-Language"] {
                assert_eq!(is_safelisted_header(name, &[byte]), is_fine, "{name}: {byte:#04x}");
            }
        }
    }

    #[test]
    fn content_types_of_forms_are_safe_whatever_their_parameters() {
        for value in [
            "text/plain",
            "TEXT/Plain",
            "text/plain;charset=utf-8",
            "text/plain ; charset",
            "text/plain;",
            " text/plain\t",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded;x",
        ] {
            assert!(is_safelisted_header("content-type", value.as_bytes()), "{value}");
        }
        for value in [
            "",
            "text",
            "text/",
            "/plain",
            "text /plain",
            "text/ plain",
            "text/plain, text/plain",
            "text/html",
            "application/json",
            "application/json;text/plain",
            "text/plain; boundary=\"x\"",
            "application/csp-report",
        ] {
            assert!(!is_safelisted_header("content-type", value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn one_range_with_a_start_is_safe() {
        for value in ["bytes=0-", "bytes=5-9", "bytes=5-5", "bytes=007-8", "bytes=9-18446744073709551616"] {
            assert!(is_safelisted_header("range", value.as_bytes()), "{value}");
        }
        for value in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=-5",
            "bytes=9-5",
            "bytes=10-9",
            "bytes=18446744073709551616-9",
            "bytes=0-1,4-5",
            "bytes= 0-1",
            "bytes=0 -1",
            "bytes=0-1 ",
            "bytes =0-1",
            "Bytes=0-1",
            "bytes=+0-1",
            "bytes=0-1-2",
            "items=0-1",
        ] {
            assert!(!is_safelisted_header("range", value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn a_value_of_more_than_128_bytes_is_never_safe() {
        for (name, unit) in [("accept", "a"), ("accept-language", "b"), ("content-language", "c")] {
            assert!(is_safelisted_header(name, unit.repeat(128).as_bytes()), "{name}");
            assert!(!is_safelisted_header(name, unit.repeat(129).as_bytes()), "{name}");
        }
        let range = |zeros: usize| format!("bytes={}-", "0".repeat(zeros));
        assert!(is_safelisted_header("range", range(121).as_bytes()));
        assert!(!is_safelisted_header("range", range(122).as_bytes()));
    }

    #[test]
    fn no_other_name_is_safe() {
        for name in ["x-a", "authorization", "save-data", "dpr", "user-agent", "content-length", "accept-charset", ""] {
            assert!(!is_safelisted_header(name, b"1"), "{name}");
        }
    }

    #[test]
    fn unsafe_names_are_sorted_lower_case_and_distinct() {
        let headers = Headers::from_iter([("X-B", "1"), ("x-a", "1"), ("Accept", "*/*"), ("x-b", "2"), ("range", "x")]);
        assert_eq!(unsafe_header_names(&headers), ["range", "x-a", "x-b"]);
        assert_eq!(unsafe_header_names(&Headers::new()), [""; 0]);
    }

    #[test]
    fn headers_that_are_safe_one_by_one_are_not_when_they_are_long_together() {
        let long = "a".repeat(128);
        let many = |count| std::iter::repeat_n(("accept", long.as_str()), count).collect::<Headers>();
        assert_eq!(unsafe_header_names(&many(8)), [""; 0]);
        assert_eq!(unsafe_header_names(&many(9)), ["accept"]);
        // What is unsafe by itself does not count.
        let mut with_another = many(8);
        with_another.append("x-a", &long);
        assert_eq!(unsafe_header_names(&with_another), ["x-a"]);
    }

    #[test]
    fn forbidden_names_are_forbidden_in_any_case_and_prefixes_with_them() {
        for name in ["Cookie", "HOST", "origin", "Via", "te", "Sec-Fetch-Site", "sec-", "Proxy-Authorization", "dnt"] {
            assert!(is_forbidden_header(name, b"1"), "{name}");
        }
        for name in ["Authorization", "User-Agent", "X-Requested-With", "Range", "secret", "proxy", "accept"] {
            assert!(!is_forbidden_header(name, b"1"), "{name}");
        }
    }

    #[test]
    fn a_header_that_overrides_the_method_is_forbidden_with_a_forbidden_method() {
        for name in ["X-HTTP-Method", "x-http-method-override", "X-Method-Override"] {
            for (value, forbidden) in [
                ("TRACE", true),
                ("get,track", true),
                ("GET, connect ,PUT", true),
                ("PUT", false),
                ("TRACER", false),
                ("\"a,TRACE\"", false),
                ("\"a\\\",TRACE\"", false),
                ("\"a\",TRACE", true),
                ("", false),
            ] {
                assert_eq!(is_forbidden_header(name, value.as_bytes()), forbidden, "{name}: {value}");
            }
        }
    }
}
