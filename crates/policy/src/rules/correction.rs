//! What a wrongly written path probably means. A correction never matches more than what was
//! written.

use super::path::{Dots, PathPattern, dots, is_never_sent};

/// How other systems write "and all below it", longest first.
const BELOW: &[&str] = &["(/|$)(.*)", "(/.*)?", "(.*)", "/.*", "/**", "**", ".*", "/*", "*"];

/// The pattern that `text`, which is none, probably means.
pub(crate) fn path(text: &str) -> Option<String> {
    let text = path_of_url(text.trim());
    let anchored = text.strip_prefix('^');
    let text = anchored.unwrap_or(text);
    let whole = text.strip_suffix('$');
    let path = whole.unwrap_or(text);
    let below = BELOW.iter().find_map(|tail| path.strip_suffix(tail));
    let path = below.unwrap_or(path).split(['?', '#']).next()?;
    if path.is_empty() && below.is_none() {
        return None;
    }
    let path = encoded(&resolved(path.strip_prefix('/').unwrap_or(path)))?;
    // A regular expression that is anchored at its start alone goes on after its end.
    let pattern = if below.is_some() || (anchored.is_some() && whole.is_none()) {
        format!("{}/*", path.trim_end_matches('/'))
    } else {
        path
    };
    PathPattern::parse(&pattern).is_ok().then_some(pattern)
}

/// The path of `https://api.test/v1`; any other text as it is.
fn path_of_url(text: &str) -> &str {
    match text.split_once("://") {
        None => text,
        Some((_, rest)) => rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or_default(),
    }
}

/// The path, from its root, without the segments that browsers resolve.
fn resolved(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match dots(segment) {
            Some(Dots::Single) => {}
            Some(Dots::Double) => drop(kept.pop()),
            None => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

/// The path as browsers send it; `None` for a placeholder, and for more of a regular expression.
fn encoded(path: &str) -> Option<String> {
    if path.contains(['{', '}', '\\', '*', '^', '|']) {
        return None;
    }
    let encode = |byte: u8| if is_never_sent(byte) { format!("%{byte:02X}") } else { char::from(byte).to_string() };
    Some(path.bytes().map(encode).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pattern_is_corrected_where_it_can_be() {
        for (text, meant) in [
            ("v1", Some("/v1")),
            ("v1/*", Some("/v1/*")),
            ("*", Some("/*")),
            ("**", Some("/*")),
            (".*", Some("/*")),
            ("/v1*", Some("/v1/*")),
            ("/v1/**", Some("/v1/*")),
            ("/v1/.*", Some("/v1/*")),
            ("/v1.*", Some("/v1/*")),
            ("/v1(/.*)?", Some("/v1/*")),
            ("/v1(/|$)(.*)", Some("/v1/*")),
            ("/v1/(.*)", Some("/v1/*")),
            ("^/v1", Some("/v1/*")),
            ("^/v1$", Some("/v1")),
            ("^/v1/.*$", Some("/v1/*")),
            ("/v1?x=1", Some("/v1")),
            ("/v1#x", Some("/v1")),
            ("/v1/*/x", None),
            ("/v1/{id}", None),
            ("/v1/{id}/*", None),
            (r"^/v1/\d+$", None),
            ("^/(a|b)$", None),
            ("/a b", Some("/a%20b")),
            ("/caf\u{e9}", Some("/caf%C3%A9")),
            ("/v1/./x", Some("/v1/x")),
            ("/v1/%2E%2e/x", Some("/x")),
            ("https://api.test/v1", Some("/v1")),
            ("https://api.test", None),
            ("", None),
            ("?x", None),
        ] {
            assert!(PathPattern::parse(text).is_err(), "{text}");
            assert_eq!(path(text).as_deref(), meant, "{text}");
        }
    }
}
