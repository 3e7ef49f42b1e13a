//! Names across spellings.

use crate::diagnostic::Suggestion;

/// `name` as the key that a member should have.
pub(crate) fn renamed(name: &str) -> Suggestion {
    Suggestion::Member { key: name.to_owned(), value: None }
}

/// The known name that `key` was probably meant to be.
pub(crate) fn meant<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let key = plain(key);
    known
        .iter()
        .map(|name| (distance(&key, &plain(name)), *name))
        .filter(|(_, name)| denial(&key) == denial(name))
        .filter(|(distance, name)| *distance <= 3 && *distance * 3 <= name.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How a name says no to what it names: `notAllowedOrigins` is no misspelt `allowOrigins`.
fn denial(name: &str) -> Option<&'static str> {
    const DENIALS: &[&str] = &[
        "not", "non", "no", "un", "disallow", "dis", "deny", "denied", "block", "exclude", "forbid", "reject", "ignore",
    ];
    DENIALS.iter().copied().find(|denial| name.starts_with(denial))
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

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["allowOrigins", "allowMethods", "allowCredentials", "maxAge", "preflightStatus"];

    #[test]
    fn the_field_that_was_meant_is_found_across_spellings() {
        assert_eq!(meant("allow_origins", KNOWN), Some("allowOrigins"));
        assert_eq!(meant("AllowedMethods", KNOWN), Some("allowMethods"));
        assert_eq!(meant("allowOrgins", KNOWN), Some("allowOrigins"));
        assert_eq!(meant("max-age", KNOWN), Some("maxAge"));
        assert_eq!(meant("weather", KNOWN), None);
    }

    #[test]
    fn a_name_that_says_no_is_no_misspelt_name_that_says_yes() {
        for name in ["notAllowedOrigins", "disallowOrigins", "no-allow-origins", "denyOrigins", "unallowOrigins"] {
            assert_eq!(meant(name, KNOWN), None, "{name}");
        }
    }
}
