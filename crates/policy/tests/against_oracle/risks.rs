//! The proofs that a pattern is loose or wide, compared with the `psl` crate and with a few origins
//! that an attacker would register.

use super::regexes::regex;
use corsac_oracle::config::Pattern;
use corsac_oracle::engine::cases;
use corsac_oracle::origin::{is_origin, matches};
use corsac_policy::{Diagnostic, Tools};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// All diagnostics for a policy with this entry, which accepts no risk.
fn diagnose(entry: &Pattern) -> Vec<Diagnostic> {
    let json = format!("{{\"allowOrigins\": [{}]}}", entry.json());
    match corsac_policy::compile(json.as_bytes(), &Tools::default()) {
        Ok(compiled) => compiled.warnings,
        Err(rejected) => rejected.diagnostics,
    }
}

/// The origin that a `loose-match` diagnostic shows, if there is one.
fn witness(entry: &Pattern) -> Option<String> {
    let diagnostics = diagnose(entry);
    let found = diagnostics.iter().find(|found| found.code.as_str() == "loose-match")?;
    let shown = found.sentence.split('"').nth(1);
    Some(shown.unwrap_or_else(|| panic!("no origin is shown: {found}")).to_owned())
}

/// Whether an entry that lets in more than it spells is reported in another way.
fn is_reported(entry: &Pattern) -> bool {
    diagnose(entry).iter().any(|found| matches!(found.code.as_str(), "catch-all" | "public-suffix-wildcard"))
}

fn host(origin: &str) -> &str {
    let rest = origin.split_once("://").map_or("", |(_, rest)| rest);
    rest.rsplit_once(':').map_or(rest, |(host, _)| host)
}

/// The registrable domain of an origin. If the list does not know the top-level domain, these are
/// the last two labels. A public suffix is its own.
fn site(origin: &str) -> String {
    let host = host(origin);
    psl::domain_str(host).unwrap_or(host).to_owned()
}

/// Whether a text contains an origin's site after a dot or `//`.
fn spells_site(text: &str, origin: &str) -> bool {
    let site = site(origin);
    text.contains(&format!(".{site}")) || text.contains(&format!("//{site}"))
}

fn name() -> impl Strategy<Value = String> {
    let label = || select(&["a", "b", "foo", "evil", "example", "b-c", "www"][..]);
    let suffix = select(
        &[
            "com",
            "co.uk",
            "github.io",
            "internal",
            "test",
            "x.kawasaki.jp",
            "city.kawasaki.jp",
            "kawasaki.jp",
            "www.ck",
            "s3.amazonaws.com",
        ][..],
    );
    (vec(label(), 0..3), suffix).prop_map(|(mut labels, suffix)| {
        labels.push(suffix);
        labels.join(".")
    })
}

/// A prefix or suffix of an origin, cut anywhere.
fn cut() -> impl Strategy<Value = Pattern> {
    let scheme = select(&["https", "http", "app"][..]);
    let port = select(&["", "", ":8443"][..]);
    (scheme, name(), port, any::<Index>(), any::<bool>()).prop_map(|(scheme, name, port, at, prefix)| {
        let origin = format!("{scheme}://{name}{port}");
        let at = at.index(origin.len());
        if prefix { Pattern::Prefix(origin[..=at].to_owned()) } else { Pattern::Suffix(origin[at..].to_owned()) }
    })
}

const BEFORE: &[&str] = &[
    "",
    "https://",
    "https://evil",
    "https://x.",
    "https://x-",
    "https://evil.org",
    "https://a.b.c.d.",
    "app://x",
    "x",
];
const AFTER: &[&str] = &[
    "",
    "a",
    "x",
    ".x",
    "x.evil.org",
    ".evil.org",
    "-x.evil.org",
    ":1",
    "evil.org:1",
    "://evil.org",
    "//evil.org",
    "/evil.org",
    "s://evil.org",
];

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn a_prefix_or_suffix_that_lets_in_another_site_is_loose(pattern in cut()) {
        let (text, tries): (_, Vec<String>) = match &pattern {
            Pattern::Prefix(text) => (text, AFTER.iter().map(|after| format!("{text}{after}")).collect()),
            Pattern::Suffix(text) => (text, BEFORE.iter().map(|before| format!("{before}{text}")).collect()),
            _ => unreachable!("cuts are prefixes and suffixes"),
        };
        let let_in = tries.iter().find(|origin| is_origin(origin) && !spells_site(text, origin));
        match (witness(&pattern), let_in) {
            (None, Some(origin)) => prop_assert!(is_reported(&pattern), "{:?} lets in {}, unreported", pattern, origin),
            (Some(shown), _) => {
                prop_assert!(is_origin(&shown) && matches(&pattern, &shown), "{:?} does not let in {}", pattern, shown);
                let is_plain = host(&shown).split('.').all(|label| !label.is_empty()) && !shown.contains('[');
                prop_assert!(!is_plain || !spells_site(text, &shown), "{:?} spells the site of {}", pattern, shown);
            }
            (None, None) => {}
        }
    }

    #[test]
    fn a_loose_regex_shows_an_origin_that_it_lets_in(regex in regex()) {
        let pattern = Pattern::Regex(format!("https://(?:{})", regex.text()));
        if let Some(shown) = witness(&pattern) {
            prop_assert!(is_origin(&shown) && matches(&pattern, &shown), "{:?} does not let in {}", pattern, shown);
        }
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn a_wildcard_over_a_public_suffix_is_reported(base in name()) {
        let is_suffix = psl::suffix_str(&base) == Some(&base[..]);
        // Some names have public suffixes below them, for example the parent of a wildcard rule.
        let has_suffixes_below = psl::domain_str(&format!("a.b.c.{base}")) != psl::domain_str(&base);
        let entry = Pattern::Text(format!("https://*.{base}"));
        let reported = diagnose(&entry).iter().any(|found| found.code.as_str() == "public-suffix-wildcard");
        if is_suffix || !has_suffixes_below {
            prop_assert_eq!(reported, is_suffix, "{}", base);
        }
    }
}
