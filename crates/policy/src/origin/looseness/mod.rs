//! What a prefix, suffix or regex lets in, and whether its author wrote that down.
//!
//! A matcher is *loose* if it accepts an origin whose registrable domain it does not spell: `https://.*example\.com` accepts
//! `https://aexample.com`, the prefix `https://example.com` accepts `https://example.com.evil.org`. The pattern's literal strings say what
//! it spells ([`candidates`]); from them a language of *good* origins is built, anchored at label boundaries; and
//! the pattern is loose if it accepts any origin that is not good. That is one emptiness test, and what it finds is the example.
//!
//! The proof errs on one side: where candidates are missed, a pattern counts as loose that is not.

mod candidates;
mod serialized;

#[cfg(test)]
mod tests;

use super::grammar;
pub(crate) use super::language::TooLarge;
use super::language::{Language, contains, may_begin_with, witness};
use candidates::Candidates;

/// Steps of derivation for one question about one pattern: tens of milliseconds.
const BUDGET: usize = 1_000_000;

/// What a prefix, suffix or regex lets in.
#[derive(Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "findings, each of which is reported by itself")]
pub(crate) struct Judgement {
    /// It accepts no serialised origin at all, nor `null`.
    pub(crate) accepts_nothing: bool,
    /// An origin whose registrable domain it does not spell.
    pub(crate) loose: Option<String>,
    /// It accepts `null` or `file://`.
    pub(crate) null: bool,
    /// It accepts every serialised origin.
    pub(crate) any_origin: bool,
    /// It accepts every host of some scheme.
    pub(crate) any_host: bool,
    /// An `http` origin of a host that is not local.
    pub(crate) insecure: Option<String>,
}

/// Judges a matcher by what it accepts. `literals` are the strings that it spells, as [`super::language::syntax::Parsed`] has them.
pub(crate) fn judge(language: &Language, literals: &[Vec<u8>]) -> Result<Judgement, TooLarge> {
    let null = contains(language, b"null") || contains(language, b"file://");
    let loose = loose(language, literals)?;
    let insecure = insecure(language)?;
    // Every host of a scheme is more hosts than anyone spells, and every origin is every host of each scheme.
    let any_host = loose.is_some() && accepts_any_host(language, literals)?;
    Ok(Judgement {
        accepts_nothing: !null && loose.is_none() && origin_of(language)?.is_none(),
        any_origin: any_host && insecure.is_some() && is_empty(&serialized::origins().except(language))?,
        any_host,
        loose: text(loose),
        insecure: text(insecure),
        null,
    })
}

/// An origin that the language accepts and the pattern does not spell, if there is one.
pub(crate) fn loose(language: &Language, literals: &[Vec<u8>]) -> Result<Option<Vec<u8>>, TooLarge> {
    let candidates = Candidates::find(literals);
    let bad = language.except(&candidates.good());
    let Some(shortest) = origin_of(&bad)? else { return Ok(None) };

    // It is loose; what remains is to show it well: a look-alike of what is spelled, on https.
    let https = Language::prefix(b"https://");
    let http = Language::prefix(b"http://");
    let look_alike = bad.except(&candidates.bare());
    for example in [both(&look_alike, &https), both(&bad, &https), both(&look_alike, &http), look_alike] {
        if let Some(example) = origin_of(&example)? {
            return Ok(Some(example));
        }
    }
    Ok(Some(shortest))
}

/// An origin of which whoever is on the network can speak in the name.
fn insecure(language: &Language) -> Result<Option<Vec<u8>>, TooLarge> {
    if !may_begin_with(language, b"http://") {
        return Ok(None);
    }
    witness(&both(language, &serialized::insecure_origins()), BUDGET)
}

/// A shortest serialised origin of the language.
fn origin_of(language: &Language) -> Result<Option<Vec<u8>>, TooLarge> {
    // Most often this answers, and the whole grammar is a hundred times the work.
    let rough = witness(&both(language, &serialized::rough_origins()), BUDGET)?;
    match rough {
        Some(origin) if grammar::parse(&origin).is_none() => witness(&both(language, &serialized::origins()), BUDGET),
        answer => Ok(answer),
    }
}

/// Whether everything that the language accepts is accepted by one of the others, and it accepts some origin. Where that
/// is too much work to find out, it is not.
pub(crate) fn accepts_no_more_than(language: &Language, others: Vec<Language>) -> bool {
    let more = language.except(&Language::union(others));
    matches!(origin_of(&more), Ok(None)) && matches!(origin_of(language), Ok(Some(_)))
}

/// Whether every host that is two or more labels of letters is accepted with `https`, `http` or a scheme that the pattern spells.
fn accepts_any_host(language: &Language, literals: &[Vec<u8>]) -> Result<bool, TooLarge> {
    for scheme in candidates::schemes(literals) {
        if is_empty(&serialized::plain_origins(scheme).except(language))? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn both(one: &Language, other: &Language) -> Language {
    Language::intersection(vec![one.clone(), other.clone()])
}

fn is_empty(language: &Language) -> Result<bool, TooLarge> {
    witness(language, BUDGET).map(|witness| witness.is_none())
}

/// A witness is ASCII.
fn text(witness: Option<Vec<u8>>) -> Option<String> {
    witness.and_then(|bytes| String::from_utf8(bytes).ok())
}
