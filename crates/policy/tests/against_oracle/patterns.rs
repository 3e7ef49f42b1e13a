//! Sets of patterns of all kinds, and origins that nearly match them.

use super::generate::{Twist, actual_from, allowing, lets_in, twisted, twists};
use super::regexes::regex;
use corsac_oracle::config::{Configuration, Pattern};
use corsac_oracle::engine::{answer, cases, compile};
use corsac_oracle::origin::{Verdict, is_pattern, judge};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A pattern, and an origin that it matches, provided that the origin is well-formed.
type Sample = (Pattern, String);

fn name() -> impl Strategy<Value = String> {
    let label = || {
        prop_oneof![
            3 => select(&["a", "b", "foo", "example", "evil", "com", "org", "a-b", "_", "xn--a", "localhost", "1x"][..]).prop_map(str::to_owned),
            1 => "[a-c]{1,2}",
        ]
    };
    (vec(label(), 1..4), select(&["", "", "", "", "."][..])).prop_map(|(labels, dot)| labels.join(".") + dot)
}

fn scheme() -> impl Strategy<Value = &'static str> {
    select(&["https", "https", "https", "http", "app", "chrome-extension"][..])
}

fn port() -> impl Strategy<Value = &'static str> {
    select(&["", "", "", ":8443", ":1", ":65535"][..])
}

fn exact() -> impl Strategy<Value = Sample> {
    let host = prop_oneof![6 => name(), 1 => Just("127.0.0.1".to_owned()), 1 => Just("[::1]".to_owned())];
    (select(&["https", "http"][..]), host, port(), any::<bool>()).prop_map(|(scheme, host, port, object)| {
        let origin = format!("{scheme}://{host}{port}");
        let pattern = if object { Pattern::Exact(origin.clone()) } else { Pattern::Text(origin.clone()) };
        (pattern, origin)
    })
}

fn wildcard() -> impl Strategy<Value = Sample> {
    let ports = prop_oneof![2 => port().prop_map(|port| (port, port)), 1 => port().prop_map(|port| (":*", port))];
    let base = prop_oneof![4 => name().prop_map(Some), 1 => Just(None)];
    (scheme(), base, name(), ports).prop_map(|(scheme, base, inner, (port, chosen))| {
        let inner = inner.trim_end_matches('.');
        let (pattern, host) = match base {
            Some(base) => (format!("*.{base}"), format!("{inner}.{base}")),
            None => ("*".to_owned(), inner.to_owned()),
        };
        (Pattern::Text(format!("{scheme}://{pattern}{port}")), format!("{scheme}://{host}{chosen}"))
    })
}

fn in_label() -> impl Strategy<Value = Sample> {
    let text = || select(&["", "a", "a-", "-a", "--s", "x.a-", "foo"][..]);
    let base = select(&["example.com", "a.b", "localhost", "netlify.app", "example.com.", "b", "1.2"][..]);
    (scheme(), text(), text(), base, "[a-c1-]{1,3}", port()).prop_map(|(scheme, before, after, base, inner, port)| {
        let make = |star: &str| format!("{scheme}://{before}{star}{after}.{base}{port}");
        (Pattern::Text(make("*")), make(&inner))
    })
}

fn any_port() -> impl Strategy<Value = Sample> {
    let host = prop_oneof![4 => name(), 1 => Just("10.0.0.1".to_owned()), 1 => Just("[2001:db8::1]".to_owned())];
    (select(&["https", "http"][..]), host, port()).prop_map(|(scheme, host, port)| {
        (Pattern::Text(format!("{scheme}://{host}:*")), format!("{scheme}://{host}{port}"))
    })
}

/// A prefix or suffix of an origin, cut anywhere.
fn cut() -> impl Strategy<Value = Sample> {
    (scheme(), name(), port(), any::<Index>(), any::<bool>()).prop_map(|(scheme, host, port, at, prefix)| {
        let origin = format!("{scheme}://{host}{port}");
        let at = at.index(origin.len());
        let pattern =
            if prefix { Pattern::Prefix(origin[..=at].to_owned()) } else { Pattern::Suffix(origin[at..].to_owned()) };
        (pattern, origin)
    })
}

fn regular() -> impl Strategy<Value = Sample> {
    let ends = select(&[("", ""), ("^", "$"), (r"\A", r"\z"), ("", "$"), ("(?i)", "")][..]);
    (regex(), vec(any::<Index>(), 24), ends).prop_map(|(regex, mut choices, (start, end))| {
        let body = match regex.text() {
            text if text.contains('|') => format!("(?:{text})"),
            text => text,
        };
        let pattern = format!("{start}https://{body}{end}");
        (Pattern::Regex(pattern), format!("https://{}", regex.word(&mut choices)))
    })
}

/// Alternatives at the top level, which wrapping in text would break.
fn alternatives() -> impl Strategy<Value = Sample> {
    vec((regex(), vec(any::<Index>(), 24)), 1..4).prop_map(|parts| {
        let text = parts.iter().map(|(regex, _)| format!("https?://{}", regex.text()));
        let text = text.collect::<Vec<_>>().join("|");
        let (regex, mut choices) = parts.into_iter().next_back().unwrap();
        (Pattern::Regex(text), format!("https://{}", regex.word(&mut choices)))
    })
}

/// Matchers of `null` and `file://`, and some that only look similar.
fn opaque() -> impl Strategy<Value = Sample> {
    let kinds: &'static [fn(String) -> Pattern] = &[Pattern::Prefix, Pattern::Suffix, Pattern::Regex];
    let text = select(&["n", "null", "nul", "l", "f", "file", "file://", "//", "/", "nulll", "file:///"][..]);
    let regex = select(
        &["null|https://a", ".*", "[a-z]+", "file:.*", ".{4}", "(?i)NULL", "file://a?", "https?://a|(null)?", r"\w+"][..],
    );
    let pattern = prop_oneof![
        (select(kinds), text).prop_map(|(kind, text)| kind(text.to_owned())),
        regex.prop_map(|text| Pattern::Regex(text.to_owned())),
        select(&["null", "file://"][..]).prop_map(|text| Pattern::Exact(text.to_owned())),
        select(&["file://*", "file://*:*", "null", "file://"][..]).prop_map(|text| Pattern::Text(text.to_owned())),
    ];
    (pattern, select(&["null", "file://", "file://a", "https://a"][..]))
        .prop_map(|(pattern, origin)| (pattern, origin.to_owned()))
}

fn sample() -> impl Strategy<Value = Sample> {
    let special = select(&["null", "file://", "https://*", "app://*:*"][..]);
    let valid = |sample: &Sample| match &sample.0 {
        Pattern::Text(text) | Pattern::Exact(text) => is_pattern(text),
        _ => true,
    };
    prop_oneof![
        3 => exact(),
        4 => wildcard(),
        3 => in_label(),
        2 => any_port(),
        3 => cut(),
        4 => regular(),
        1 => alternatives(),
        1 => opaque(),
        1 => special.prop_map(|text| (Pattern::Text(text.to_owned()), text.replace('*', "a"))),
    ]
    .prop_filter("patterns that no origin can match are errors", valid)
}

/// The index of a sample, and the changes to its origin.
type Try = (Index, Vec<Twist>);

/// Whether the engine refuses a matcher because it accepts no origin that a browser sends.
fn accepts_nothing(pattern: &Pattern) -> bool {
    let json = Configuration::single(allowing(vec![pattern.clone()])).json();
    let is_it = |found: &corsac_policy::Diagnostic| found.code.as_str() == "invalid-origin";
    corsac_policy::compile(json.as_bytes(), &corsac_policy::Tools::default())
        .is_err_and(|rejected| rejected.diagnostics.iter().any(is_it))
}

/// Whether a browser sends the port of an origin.
fn is_sent(origin: &[u8]) -> bool {
    let is_default = |scheme: &[u8], port: &[u8]| origin.starts_with(scheme) && origin.ends_with(port);
    !is_default(b"https:", b":443") && !is_default(b"http:", b":80")
}

/// Checks that the engine lets in exactly what the oracle lets in.
fn check(samples: &[Sample], tries: &[Try]) -> Result<(), TestCaseError> {
    let (nothing, samples): (Vec<Sample>, Vec<Sample>) =
        samples.iter().cloned().partition(|(pattern, _)| accepts_nothing(pattern));
    for (pattern, origin) in nothing.iter().filter(|(_, origin)| is_sent(origin.as_bytes())) {
        let verdict = judge(&allowing(vec![pattern.clone()]), origin.as_bytes());
        prop_assert!(verdict != Verdict::Allowed, "{:?} accepts {}", pattern, origin);
    }
    if samples.is_empty() {
        return Ok(());
    }
    let policy = allowing(samples.iter().map(|(pattern, _)| pattern.clone()).collect());
    let policies = compile(&Configuration::single(policy.clone()))?;
    for (which, twists) in tries {
        let (_, origin) = &samples[which.index(samples.len())];
        let origin = twisted(origin.as_bytes(), twists);
        let lets = lets_in(&answer(&policies, &actual_from(&origin)).headers);
        let expected = !origin.is_empty() && judge(&policy, &origin) == Verdict::Allowed;
        prop_assert_eq!(lets, expected, "{} by {:?}", origin.escape_ascii(), policy.allow_origins);
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(70))]

    #[test]
    fn a_set_of_patterns_lets_in_the_same_origins_as_the_oracle(
        samples in vec(sample(), 1..7),
        tries in vec((any::<Index>(), twists()), 60),
    ) {
        check(&samples, &tries)?;
    }
}

proptest! {
    #![proptest_config(cases(2))]

    #[test]
    fn a_large_set_answers_as_its_members_do(
        samples in vec(sample(), 30..60),
        tries in vec((any::<Index>(), twists()), 200),
    ) {
        check(&samples, &tries)?;
    }
}
