//! What was probably meant: names across spellings, and lists that were written as one text.

use crate::diagnostic::{Suggestion, quoted};

/// Other tools' words for our fields, in plain form.
const SYNONYMS: &[(&str, &str)] = &[
    ("origins", "allowOrigins"),
    ("alloworigin", "allowOrigins"),
    ("alloworiginstringmatch", "allowOrigins"),
    ("alloworiginregex", "allowOrigins"),
    ("methods", "allowMethods"),
    ("headers", "allowHeaders"),
    ("credentials", "allowCredentials"),
    ("supportscredentials", "allowCredentials"),
    ("exposedheaders", "exposeHeaders"),
    ("maxageseconds", "maxAge"),
    ("optionssuccessstatus", "preflightStatus"),
    ("path", "paths"),
    ("saferegex", "regex"),
    ("host", "hosts"),
    ("hostnames", "hosts"),
    ("route", "routes"),
];

/// `name` as the key that a member should have.
pub(crate) fn renamed(name: &str) -> Suggestion {
    Suggestion::Member { key: name.to_owned(), value: None }
}

/// The known name that `key` was probably meant to be.
pub(crate) fn meant<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let key = plain(key);
    let synonym = SYNONYMS.iter().find(|(word, _)| *word == key).map(|(_, name)| *name);
    if let Some(name) = known.iter().find(|name| Some(**name) == synonym) {
        return Some(name);
    }
    known
        .iter()
        .map(|name| (distance(&key, &plain(name)), *name))
        .filter(|(distance, name)| *distance <= 3 && *distance * 3 <= name.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// A name without case and separators: `allow_origins` and `Allow-Origins` are `alloworigins`.
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).take(64).collect::<String>().to_ascii_lowercase()
}

/// The edit distance (Levenshtein) of two short texts, one row at a time.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, above) in b.bytes().zip(row.iter().skip(1)) {
            left = (left + 1).min(above + 1).min(diagonal + usize::from(x != y));
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

/// `GET, POST` as the list `["GET", "POST"]`.
pub(crate) fn listed(text: &str) -> String {
    format!("[{}]", entries(text).join(", "))
}

/// `GET, POST` as the entries `"GET"` and `"POST"`.
pub(crate) fn split_list(text: &str) -> Suggestion {
    Suggestion::Entries(entries(text))
}

fn entries(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(quoted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["allowOrigins", "allowMethods", "allowCredentials", "maxAge", "preflightStatus"];

    #[test]
    fn the_field_that_was_meant_is_found_across_spellings() {
        assert_eq!(meant("allow_origins", KNOWN), Some("allowOrigins"));
        assert_eq!(meant("AllowedMethods", KNOWN), Some("allowMethods"));
        assert_eq!(meant("origins", KNOWN), Some("allowOrigins"));
        assert_eq!(meant("max-age", KNOWN), Some("maxAge"));
        assert_eq!(meant("weather", KNOWN), None);
    }
}
