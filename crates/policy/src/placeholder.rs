//! Values that a template, a shell or a person was to fill in.

use crate::diagnostic::quoted;
use crate::text::{cut, has, has_any};

/// What is around a variable in the templates of shells, Helm, Ansible, Terraform, nginx and build
/// tools.
const MARKS: &[(&str, &str)] =
    &[("${", "}"), ("$(", ")"), ("{{", "}}"), ("#{", "}"), ("<%", "%>"), ("__", "__"), ("%%", "%%"), ("@@", "@@")];

/// How the names of examples begin.
const EXAMPLES: &[&str] = &["YOUR_", "YOUR-", "MY_", "CHANGE_ME", "CHANGEME", "REPLACE_", "REPLACEME", "TODO", "FIXME"];

/// Whether a value was never filled in: `${DOMAIN}`, `$http_origin`, `{{ .Values.host }}`,
/// `<domain>`, `YOUR_DOMAIN`.
pub(crate) fn is_unfilled(text: &str) -> bool {
    is_variable(text)
        || has_any(text, EXAMPLES)
        || between(text, "<", ">").is_some_and(is_name)
        || between(text, "%", "%").is_some_and(|name| is_name(name) && name.len() > 2)
        || has(text, "$http_")
        || text.strip_prefix('$').is_some_and(is_name)
        || words(text).any(is_constant)
}

/// Whether a text holds the variable of a template, in marks that mean nothing else.
fn is_variable(text: &str) -> bool {
    MARKS.iter().any(|(open, close)| between(text, open, close).is_some_and(|name| !name.trim().is_empty()))
}

/// What to say of a value that was never filled in.
pub(crate) fn sentence(text: &str) -> Option<String> {
    is_unfilled(text).then(|| format!("{} holds a placeholder. Replace it by the value that it is for.", quoted(text)))
}

/// Likewise for a regex, in which some of the marks are syntax.
pub(crate) fn sentence_in_regex(text: &str) -> Option<String> {
    let is_variable = between(text, "${", "}").is_some_and(is_name) || has(text, "{{");
    sentence(text).filter(|_| is_variable)
}

#[inline(never)]
fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let (_, rest) = cut(text, open)?;
    cut(rest, close).map(|(name, _)| name)
}

/// Letters, digits and what joins them, beginning with a letter.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-. ".contains(&byte))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

/// `APP_DOMAIN`: the name of a variable, which no host is.
fn is_constant(word: &str) -> bool {
    word.split('_').filter(|part| part.len() > 1).count() > 1
        && word.starts_with(|first: char| first.is_ascii_uppercase())
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_and_examples_are_placeholders_and_values_are_not() {
        for text in [
            "https://${DOMAIN}",
            "https://$(DOMAIN)",
            "https://{{ .Values.host }}",
            "https://YOUR_DOMAIN",
            "$http_origin",
            "https://<domain>",
            "https://<your-domain>.com",
            "%ORIGIN%",
            "$ORIGIN",
            "https://__HOST__",
            "https://APP_DOMAIN",
            "#{origin}#",
            "CHANGEME",
            "https://YOUR-APP.example.com",
            "<%= host %>",
        ] {
            assert!(is_unfilled(text), "{text}");
        }
        for text in [
            "https://A.example",
            "https://a.example",
            "https://b%C3%BCcher.example",
            "HTTPS://APP.EXAMPLE.COM",
            "GET, POST",
            "https://a_b.example",
            "",
            "$",
            "<https://a.example>",
            "X-API-KEY",
            "https://[::1%25lo]",
        ] {
            assert!(!is_unfilled(text), "{text}");
        }
        assert!(sentence_in_regex("https://${DOMAIN}").is_some());
        assert!(sentence_in_regex(r"https://a$(b)").is_none());
    }
}
