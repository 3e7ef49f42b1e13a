//! Lists in a configuration, and comma-separated header values.

/// Fetch's forbidden methods, forbidden response-header names and forbidden request-headers. A `-`
/// at the end makes the entry a prefix.
pub const INERT_METHODS: &[&str] = &["connect", "trace", "track"];
pub const INERT_RESPONSE_HEADERS: &[&str] = &["set-cookie", "set-cookie2"];
pub const INERT_REQUEST_HEADERS: &[&str] = &[
    "accept-charset",
    "accept-encoding",
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
    "proxy-",
    "sec-",
];

/// The entries that a page can use, in their order and case, without duplicates.
pub fn effective<'a>(written: &'a [String], inert: &[&str], is_same: fn(&str, &str) -> bool) -> Vec<&'a str> {
    let is_inert = |name: &str| {
        let name = name.to_ascii_lowercase();
        inert.iter().any(|inert| name == *inert || inert.ends_with('-') && name.starts_with(inert))
    };
    let mut names: Vec<&str> = vec![];
    for name in written.iter().filter(|name| !is_inert(name)) {
        if !names.iter().any(|known| is_same(known, name)) {
            names.push(name);
        }
    }
    names
}

/// The elements of a comma-separated list, without the empty ones.
pub fn elements(value: &[u8]) -> Vec<&[u8]> {
    value
        .split(|&byte| byte == b',')
        .map(|element| {
            let start = element.iter().take_while(|b| b" \t".contains(b)).count();
            let end = element.iter().rev().take_while(|b| b" \t".contains(b)).count();
            element.get(start..element.len() - end).unwrap_or(b"")
        })
        .filter(|element| !element.is_empty())
        .collect()
}

/// Whether the bytes are a token (RFC 9110, section 5.6.2).
pub fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

/// Whether a policy would echo a method.
pub fn is_short_token(bytes: &[u8]) -> bool {
    is_token(bytes) && bytes.len() <= 64
}

/// An upstream's `vary`, with `origin` added.
pub fn vary_with_origin(vary: Option<&[u8]>) -> Vec<u8> {
    let vary = vary.unwrap_or(b"");
    let members = elements(vary);
    if members.is_empty() {
        return b"origin".to_vec();
    }
    let covers = |member: &&[u8]| member.eq_ignore_ascii_case(b"origin") || *member == b"*";
    if members.iter().any(covers) {
        return vary.to_vec();
    }
    [vary, b", origin"].concat()
}
