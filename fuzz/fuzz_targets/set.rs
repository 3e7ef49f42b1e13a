//! Compares the compiled set of origins with the naive oracle. The input is entries, a blank line,
//! then origins. It also asks about every origin that differs from an entry by one small change.
#![no_main]

use corsac_fuzz::{allowing, compile, lets_in, near, text};
use corsac_oracle::config::{Configuration, Pattern};
use corsac_oracle::origin::{Verdict, is_pattern, judge};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (entries, asked) = text::halves(data);
    let Ok(entries) = entries.into_iter().take(12).map(std::str::from_utf8).collect::<Result<Vec<_>, _>>() else {
        return;
    };
    // Regexes have another target, and the oracle is slow with them.
    let patterns: Vec<Pattern> =
        entries.into_iter().map(text::pattern).filter(is_taken).filter(accepts_some_origin).collect();
    if patterns.is_empty() {
        return;
    }
    let policy = allowing(patterns);
    let json = Configuration::single(policy.clone()).json();
    let policies = compile(&json).unwrap_or_else(|rejected| panic!("{json}\n{rejected}")).policies;
    let near = policy.allow_origins.iter().flat_map(|pattern| match pattern {
        Pattern::Text(text) | Pattern::Exact(text) => near::near(&near::inside(text)),
        Pattern::Prefix(text) => near::near(&format!("{text}x")),
        Pattern::Suffix(text) => near::near(&format!("https://x{text}")),
        Pattern::Regex(_) => vec![],
    });
    for origin in asked.into_iter().map(<[u8]>::to_vec).chain(near).filter(|origin| !origin.is_empty()) {
        let expected = judge(&policy, &origin) == Verdict::Allowed;
        assert_eq!(lets_in(&policies, &origin), expected, "{} by {json}", origin.escape_ascii());
    }
});

/// An entry that the engine must accept. The target `origin` checks that it accepts no others.
fn is_taken(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Text(text) => is_pattern(text),
        Pattern::Exact(text) => is_pattern(text) && (text == "*" || !text.contains('*')),
        Pattern::Prefix(text) | Pattern::Suffix(text) => !text.is_empty() && text.is_ascii() && text.len() <= 400,
        Pattern::Regex(_) => false,
    }
}

/// A prefix or suffix that no origin matches, or every origin, is an error. The engine's own tests
/// judge which; here such an entry is left out.
fn accepts_some_origin(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Prefix(_) | Pattern::Suffix(_) => {
            compile(&Configuration::single(allowing(vec![pattern.clone()])).json()).is_ok()
        }
        Pattern::Text(_) | Pattern::Exact(_) | Pattern::Regex(_) => true,
    }
}
