//! The engine's origin set, compiled from the engine's own files: it is private there, and a look-up is to be measured
//! without the decision around it.

#![allow(dead_code, missing_docs, reason = "the files are the engine's; the benchmark uses a part of them")]

#[path = "../../policy/src/origin/grammar.rs"]
pub mod grammar;
#[path = "../../policy/src/origin/ip.rs"]
mod ip;
#[path = "../../policy/src/origin/language/mod.rs"]
pub mod language;
#[path = "../../policy/src/origin/pattern.rs"]
pub mod pattern;
#[path = "../../policy/src/origin/set/mod.rs"]
pub mod set;

use pattern::Pattern;
use set::OriginSet;

/// Builds a set as a policy's compilation does.
pub fn set(texts: &[String], regexes: &[String]) -> OriginSet {
    let mut set = OriginSet::new([1, 2]);
    for text in texts {
        match Pattern::parse(text) {
            Some(Pattern::Exact(origin)) => assert!(set.insert_exact(origin), "{text} twice"),
            Some(Pattern::Shape(shape)) => assert!(set.insert_shape(&shape), "{text} twice"),
            other => panic!("{text}: {other:?} is not for this benchmark"),
        }
    }
    let languages: Vec<_> =
        regexes.iter().map(|regex| language::syntax::parse(regex).expect("a regex").language).collect();
    set.set_matchers(language::Table::compile(&languages, &language::Limits::default()).expect("within the limits"));
    set.shrink();
    set
}

/// The look-up of a request: what `Origins::check` does for a listed origin.
pub fn is_allowed(set: &OriginSet, origin: &[u8]) -> bool {
    set.contains_exact(origin)
        || grammar::parse(origin).is_some_and(|parts| !set.is_exact_only() && set.matches_pattern(origin, &parts))
}
