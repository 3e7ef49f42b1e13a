//! What is wrong with a name in a list of methods or of headers.

use crate::diagnostic::{Code, Place, Report, Suggestion, quoted};
use crate::placeholder;
use crate::suggest::{is_any, split, unquoted};
use crate::token::is_token;

/// Whether a token is in quotes, which are part of the name here.
pub(crate) fn is_quoted(name: &str) -> bool {
    unquoted(name) != name
}

/// Reports an entry that is no token (RFC 9110, section 5.6.2), or a token in quotes.
#[cold]
#[inline(never)]
pub(crate) fn report_no_token(code: Code, name: &str, place: &Place<'_>, report: &mut Report) {
    if let Some(sentence) = placeholder::sentence(name) {
        report.error(Code::UnfilledPlaceholder, place, sentence);
        return;
    }
    let names = names(name);
    let sentence = match (code, names.as_slice()) {
        _ if is_token(name.as_bytes()) => "The quotes are part of the name here.",
        (Code::InvalidMethod, [_, _, ..]) => "This is several methods in one entry.",
        (_, [_, _, ..]) => "This is several header names in one entry.",
        (Code::InvalidMethod, _) => "This is not a method: a method is a token (RFC 9110, section 5.6.2).",
        _ => "This is not a header's name: a name is a token (RFC 9110, section 5.6.2).",
    };
    report.error_with_fix(code, place, sentence, suggestion(&names));
}

/// Warns of a name that is meant for several, and that browsers take for one.
pub(crate) fn warn_of_literal_name(name: &str, what: &str, place: &Place<'_>, report: &mut Report) {
    // A token has no other separator.
    if name == "*" || !(name.contains(['*', '|']) || means_any(name)) {
        return;
    }
    let (means_any, several) = (means_any(name), names(name).len() > 1);
    if !(name.contains('*') || means_any || several) {
        return;
    }
    let wildcard = if several { "" } else { " Only \"*\" alone is a wildcard." };
    let sentence = format!("Browsers take {} for the name of one {what}.{wildcard}", quoted(name));
    let fix = if means_any || several { suggestion(&names(name)) } else { None };
    report.warn_with_fix(Code::LiteralName, place, sentence, fix);
}

/// Whether a name is another system's word for all names: `**`, `.*`, `'*'`, `ALL`.
pub(crate) fn means_any(name: &str) -> bool {
    matches!(name, "ALL" | "ANY") || (name != "*" && is_any(name))
}

fn suggestion(names: &[&str]) -> Option<Suggestion> {
    match names {
        [] => None,
        [name] => Some(Suggestion::Value(quoted(name))),
        names => Some(Suggestion::Entries(names.iter().map(|name| quoted(name)).collect())),
    }
}

/// The names that an entry was meant to be; none where one of them is no token.
fn names(text: &str) -> Vec<&str> {
    if means_any(text) {
        return vec!["*"];
    }
    let is_methods = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b' ' || byte == b'/');
    let mut names = split(text, if is_methods { " /" } else { ",\n;|" });
    for name in &mut names {
        *name = bare(name);
    }
    if names.iter().all(|name| is_token(name.as_bytes())) { names } else { Vec::new() }
}

/// `content-type` of `content-type: text/plain`.
fn bare(text: &str) -> &str {
    unquoted(text.split_once(':').map_or(text, |(name, _)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_were_meant_are_found() {
        for (text, expected) in [
            ("GET, POST", &["GET", "POST"][..]),
            ("GET POST", &["GET", "POST"]),
            ("GET|POST", &["GET", "POST"]),
            ("GET/POST", &["GET", "POST"]),
            ("GET;POST;", &["GET", "POST"]),
            ("'GET,POST'", &["GET", "POST"]),
            ("[GET, POST]", &["GET", "POST"]),
            ("[*]", &["*"]),
            ("'*'", &["*"]),
            ("x-a\nx-b", &["x-a", "x-b"]),
            ("x-a:", &["x-a"]),
            ("content-type: text/plain", &["content-type"]),
            (" x-a ", &["x-a"]),
            ("Content Type", &[]),
            ("a/b", &[]),
            ("", &[]),
            ("*", &["*"]),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }
}
