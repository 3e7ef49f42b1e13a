//! Lists that were written as one text.

use crate::diagnostic::{Suggestion, quoted};

/// `GET, POST` as the list `["GET", "POST"]`.
pub(crate) fn listed(text: &str) -> String {
    let entries: Vec<String> = entries(text).map(|entry| quoted(if is_any(entry) { "*" } else { entry })).collect();
    format!("[{}]", entries.join(", "))
}

/// `GET, POST` as the entries `"GET"` and `"POST"`.
pub(crate) fn split_list(text: &str) -> Suggestion {
    Suggestion::Entries(entries(text).map(quoted).collect())
}

/// The entries of a text: `GET, POST`, a line each, `["GET", "POST"]`, or with quotes around all of them.
pub(crate) fn entries(text: &str) -> impl Iterator<Item = &str> {
    let text = unquoted(text);
    let inside = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let text = inside.filter(|inside| !is_address(inside)).unwrap_or(text);
    text.split([',', '\n']).map(unquoted).filter(|part| !part.is_empty())
}

/// Whether this in brackets is a host.
fn is_address(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.') && text.contains(':')
}

/// Whether a text is another system's wildcard for everything: `**`, `.*`, `'*'`.
pub(crate) fn is_any(text: &str) -> bool {
    let bare = text.trim_matches(|c: char| c.is_whitespace() || "'\"`()[]{}^$.+?".contains(c));
    !bare.is_empty() && bare.bytes().all(|byte| byte == b'*')
}

/// Without white space and without quotes that belong to another format.
pub(crate) fn unquoted(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`'))
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
