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

pub(crate) use super::language::TooLarge;
use super::language::{Language, witness};
use candidates::Candidates;

/// Steps of derivation for one question about one pattern: tens of milliseconds.
const BUDGET: usize = 1_000_000;

/// What a prefix, suffix or regex lets in.
#[derive(Debug, PartialEq, Eq)]
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
    let origins = serialized::origins();
    let null = is_some(&both(language, &serialized::null()))?;
    let loose = loose(language, literals)?;
    Ok(Judgement {
        accepts_nothing: !null && loose.is_none() && !is_some(&both(language, &origins))?,
        any_origin: loose.is_some() && !is_some(&origins.except(language))?,
        // Every host of a scheme is more hosts than anyone spells.
        any_host: loose.is_some() && accepts_any_host(language, literals)?,
        insecure: text(witness(&both(language, &serialized::insecure_origins()), BUDGET)?),
        loose: text(loose),
        null,
    })
}

/// An origin that the language accepts and the pattern does not spell, if there is one.
pub(crate) fn loose(language: &Language, literals: &[Vec<u8>]) -> Result<Option<Vec<u8>>, TooLarge> {
    let candidates = Candidates::find(literals);
    let accepted = both(language, &serialized::origins());
    let bad = accepted.except(&candidates.good());
    let Some(shortest) = witness(&bad, BUDGET)? else { return Ok(None) };

    // It is loose; what remains is to show it well: a look-alike of what is spelled, on https.
    let https = Language::prefix(b"https://");
    let http = Language::prefix(b"http://");
    let look_alike = bad.except(&candidates.spelled());
    for example in [both(&look_alike, &https), both(&bad, &https), both(&look_alike, &http), look_alike] {
        if let Some(example) = witness(&example, BUDGET)? {
            return Ok(Some(example));
        }
    }
    Ok(Some(shortest))
}

/// Whether every host that is two or more labels of letters is accepted with `https`, `http` or a scheme that the pattern spells.
fn accepts_any_host(language: &Language, literals: &[Vec<u8>]) -> Result<bool, TooLarge> {
    for scheme in candidates::schemes(literals) {
        if !is_some(&serialized::plain_origins(scheme).except(language))? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn both(one: &Language, other: &Language) -> Language {
    Language::intersection(vec![one.clone(), other.clone()])
}

fn is_some(language: &Language) -> Result<bool, TooLarge> {
    witness(language, BUDGET).map(|witness| witness.is_some())
}

/// A witness is ASCII.
fn text(witness: Option<Vec<u8>>) -> Option<String> {
    witness.and_then(|bytes| String::from_utf8(bytes).ok())
}
