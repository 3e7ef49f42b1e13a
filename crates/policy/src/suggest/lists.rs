//! Lists that were written as one text.

use crate::diagnostic::quoted;

/// `GET, POST` as the list `["GET", "POST"]`.
pub(crate) fn listed(text: &str) -> String {
    let mut list = String::from("[");
    for entry in entries(text) {
        list.push_str(if list.len() > 1 { ", " } else { "" });
        list.push_str(&quoted(if is_any(entry) { "*" } else { entry }));
    }
    list.push(']');
    list
}

/// The entries of a text: `GET, POST`, a line each, `["GET", "POST"]`, or with quotes around all of
/// them.
pub(crate) fn entries(text: &str) -> Vec<&str> {
    split(text, ",\n")
}

/// Likewise with other separators.
#[inline(never)]
pub(crate) fn split<'t>(text: &'t str, separators: &str) -> Vec<&'t str> {
    let text = unquoted(text);
    let inside = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let text = inside.filter(|inside| !is_address(inside)).unwrap_or(text);
    let mut entries = Vec::new();
    for part in text.split(|c| separators.contains(c)) {
        let part = unquoted(part);
        if !part.is_empty() {
            entries.push(part);
        }
    }
    entries
}

/// Whether this in brackets is a host.
fn is_address(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.') && text.contains(':')
}

/// Whether a text is another system's wildcard for everything: `**`, `.*`, `'*'`.
pub(crate) fn is_any(text: &str) -> bool {
    let bare = trimmed(text, " \t\r\n'\"`()[]{}^$.+?");
    !bare.is_empty() && bare.bytes().all(|byte| byte == b'*')
}

/// Without white space and without quotes that belong to another format.
pub(crate) fn unquoted(text: &str) -> &str {
    trimmed(text, " \t\r\n'\"`")
}

#[inline(never)]
fn trimmed<'t>(text: &'t str, ends: &str) -> &'t str {
    text.trim_matches(|c| ends.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_in_a_text_is_found_in_the_quotes_of_any_format() {
        for text in ["GET, POST", "GET,POST,", "'GET, POST'", "[\"GET\", \"POST\"]", "GET\nPOST\n", "'GET', 'POST'"] {
            assert_eq!(listed(text), r#"["GET", "POST"]"#, "{text}");
        }
        assert_eq!(listed("'*'"), r#"["*"]"#);
        assert_eq!(listed("[*]"), r#"["*"]"#);
        assert_eq!(listed("**"), r#"["*"]"#);
        assert_eq!(listed("[::1]"), r#"["[::1]"]"#);
        assert_eq!(listed(""), "[]");
    }
}
