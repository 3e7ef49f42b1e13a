//! What a prefix, suffix or regex lets in, and whether its author wrote that down.
//!
//! A matcher is *loose* if it accepts an origin whose registrable domain it does not spell:
//! `https://.*example\.com` accepts `https://aexample.com`, the prefix `https://example.com`
//! accepts `https://example.com.evil.org`. The pattern's literal strings say what it spells
//! ([`candidates`]); from them a language of *good* origins is built, anchored at label boundaries;
//! and the pattern is loose if it accepts any origin that is not good. That is one emptiness test,
//! and what it finds is the example.
//!
//! The proof errs on one side: where candidates are missed, a pattern counts as loose that is not.

mod candidates;
mod serialized;

#[cfg(test)]
mod tests;

use super::grammar;
use super::pattern::{Pattern, is_local};
use candidates::Candidates;
pub(crate) use regular_language::TooLarge;
use regular_language::{Language, Solver};
use serialized::Serialized;
pub(crate) use serialized::origins as serialized_origins;

/// Steps of derivation for one question about one pattern: tens of milliseconds.
const BUDGET: usize = 1_000_000;

/// Steps for the patterns of a whole configuration, the tables of its policies included: a few
/// tenths of a second.
const WORK: usize = 5_000_000;
/// Steps for what could be written instead of patterns with errors.
const ADVICE: usize = 2_000_000;
/// Bytes that are copied in the time of a step.
const COPIED: usize = 16;

/// What a prefix, suffix or regex lets in.
#[derive(Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "findings, each of which is reported by itself")]
pub(crate) struct Findings {
    /// It accepts no origin that a browser sends, nor `null`.
    pub(crate) accepts_nothing: bool,
    /// An origin whose registrable domain it does not spell.
    pub(crate) loose: Option<String>,
    /// It is not loose but for this origin and its like: they are below a public suffix that it
    /// spells, as in
    /// `https://.*\.github\.io`.
    pub(crate) below_suffix: Option<String>,
    /// It accepts `null`.
    pub(crate) null: bool,
    /// It accepts `file://`.
    pub(crate) file: bool,
    /// It accepts every origin of the web: `.*`, `https?://.+`.
    pub(crate) any_origin: bool,
    /// It accepts every host of some scheme. This and what follows matters with credentials, and is
    /// not asked without them.
    pub(crate) any_host: bool,
    /// An `http` origin of a host that is not local.
    pub(crate) insecure: Option<String>,
}

/// Judges matchers by what they accept, with a bound on the work for all of them.
pub(crate) struct Examiner {
    solver: Solver,
    serialized: Serialized,
    /// The solver for advice, or, while that is sought, the one for all else: each has its own work
    /// and remembers its own.
    other: Option<Solver>,
}

impl Default for Examiner {
    fn default() -> Self {
        let serialized = Serialized::new();
        let mut solver = Solver::new(WORK, BUDGET);
        solver.share(serialized.common());
        Self { solver, serialized, other: None }
    }
}

impl Examiner {
    /// Takes the work of reading a pattern, in bytes copied, off what is left.
    pub(crate) fn charge(&mut self, copied: usize) -> Result<(), TooLarge> {
        self.solver.charge(copied.div_euclid(COPIED))
    }

    /// The steps that are left.
    pub(crate) fn work(&mut self) -> &mut usize {
        self.solver.work()
    }

    /// Turns to the account of advice, or back from it: suggestions take no work from what is to be
    /// judged.
    pub(crate) fn turn_to_advice(&mut self) {
        let common = || self.serialized.common();
        let other = self.other.get_or_insert_with(|| {
            let mut solver = Solver::new(ADVICE, BUDGET);
            solver.share(common());
            solver
        });
        std::mem::swap(&mut self.solver, other);
    }

    /// Whether a language accepts no serialised origin but those that `within` holds.
    pub(crate) fn accepts_only(&mut self, language: &Language, within: &Language) -> Result<bool, TooLarge> {
        Ok(!self.accepts_any(language, &within.complement())?)
    }

    /// Whether a language accepts an origin that a browser sends; where that is too much work to
    /// find out, it does not.
    pub(crate) fn accepts_something(&mut self, language: &Language) -> bool {
        self.accepts_none(language) == Ok(false)
    }

    /// An `http` origin of the machine itself that the language accepts and `but` does not hold.
    pub(crate) fn find_local(&mut self, language: &Language, but: &Language) -> Result<Option<String>, TooLarge> {
        let local = self.serialized.local.except(but);
        Ok(text(self.shortest(language, &local)?))
    }

    /// Judges a matcher. `literals` are the strings that it spells, as
    /// [`regular_language::syntax::Parsed`] has them.
    pub(crate) fn examine(
        &mut self,
        language: &Language,
        literals: &[Vec<u8>],
        credentials: bool,
    ) -> Result<Findings, TooLarge> {
        self.solver.turn_to(language)?;
        let (loose, below_suffix) = self.loose(language, literals)?;
        let mut findings = Findings {
            null: self.solver.contains(language, b"null")?,
            file: self.solver.contains(language, b"file://")?,
            loose: text(loose),
            below_suffix: text(below_suffix),
            ..Findings::default()
        };
        let is_loose = findings.loose.is_some();
        let witness = findings.loose.as_deref().or(findings.below_suffix.as_deref());
        let accepts_some = findings.null || findings.file || witness.is_some_and(Pattern::is_exact);
        findings.accepts_nothing = !accepts_some && self.accepts_none(language)?;
        // Every host is more hosts than anyone spells.
        findings.any_origin = is_loose && self.accepts_the_web(language)?;
        if credentials {
            findings.insecure = text(self.insecure(language)?);
            findings.any_host = is_loose && self.accepts_any_host(language, literals)?;
        }
        Ok(findings)
    }

    /// An origin that the language accepts and the pattern does not spell, if there is one; the
    /// second where all of them are below public suffixes that it does spell.
    fn loose(&mut self, language: &Language, literals: &[Vec<u8>]) -> Result<(Witness, Witness), TooLarge> {
        let candidates = Candidates::find(literals, &mut self.solver)?;
        let unspelled = candidates.good(&self.serialized).complement();
        if !self.accepts_any(language, &unspelled)? {
            return Ok((None, None));
        }
        let (is_loose, bad) = match candidates.registered_by_anyone(&self.serialized) {
            None => (true, unspelled),
            Some(registered) => {
                let bad = unspelled.except(&registered);
                let is_loose = self.accepts_any(language, &bad)?;
                (is_loose, if is_loose { bad } else { unspelled })
            }
        };

        // What remains is to show it well: a look-alike of what is spelled, on https.
        let https = Language::prefix(b"https://");
        let http = Language::prefix(b"http://");
        let look_alike = bad.except(&candidates.bare(&self.serialized));
        for example in [both(&look_alike, &https), both(&bad, &https), both(&look_alike, &http), look_alike, bad] {
            if let Some(example) = self.shortest(language, &example)? {
                return Ok(if is_loose { (Some(example), None) } else { (None, Some(example)) });
            }
        }
        Ok((None, None))
    }

    /// An origin of which whoever is on the network can speak in the name.
    fn insecure(&mut self, language: &Language) -> Result<Option<Vec<u8>>, TooLarge> {
        if !self.solver.may_begin_with(language, b"http://")? {
            return Ok(None);
        }
        match self.solver.find(language, &self.serialized.rough_insecure)? {
            Some(origin) if !is_insecure(&origin) => self.solver.find(language, &serialized::insecure_origins()),
            answer => Ok(answer),
        }
    }

    /// Whether the language accepts any serialised origin of those that `within` holds.
    fn accepts_any(&mut self, language: &Language, within: &Language) -> Result<bool, TooLarge> {
        let rough = both(&self.serialized.rough, within);
        Ok(match self.solver.find(language, &rough)? {
            Some(origin) if grammar::parse(&origin).is_none() => self.shortest(language, within)?.is_some(),
            answer => answer.is_some(),
        })
    }

    /// The shortest serialised origin of those that `within` holds.
    fn shortest(&mut self, language: &Language, within: &Language) -> Result<Option<Vec<u8>>, TooLarge> {
        // Most often this answers, and the whole grammar is a hundred times the work.
        let rough = both(&self.serialized.rough, within);
        match self.solver.find(language, &rough)? {
            Some(origin) if grammar::parse(&origin).is_none() => {
                self.solver.find(language, &both(&serialized::origins(), within))
            }
            answer => Ok(answer),
        }
    }

    /// Whether everything that the language accepts is accepted by one of the others, and it
    /// accepts some origin. Where that is too much work to find out, it is not.
    pub(crate) fn accepts_no_more_than(&mut self, language: &Language, others: Vec<Language>) -> bool {
        let others = Language::union(others).complement();
        // It is only advice: what comes later has its work left.
        let left = *self.work();
        *self.work() = left.div_euclid(16);
        let answer = self.solver.turn_to(language).is_ok()
            && self.accepts_any(language, &others) == Ok(false)
            && self.accepts_none(language) == Ok(false);
        *self.work() += left - left.div_euclid(16);
        answer
    }

    /// Whether the language accepts no serialised origin that a browser sends.
    fn accepts_none(&mut self, language: &Language) -> Result<bool, TooLarge> {
        // Most often this answers: it accepts something plain, and nothing of the question hangs on
        // the pattern.
        let plain = self.solver.find(language, &self.serialized.plain_and_sent)?;
        Ok(plain.is_none_or(|origin| grammar::parse(&origin).is_none())
            && !self.accepts_any(language, &self.serialized.sent.clone())?)
    }

    /// Whether every origin of the web is accepted.
    fn accepts_the_web(&mut self, language: &Language) -> Result<bool, TooLarge> {
        // Most often this answers.
        Ok(self.solver.contains(language, b"http://x-0.example:1")?
            && self.is_within(&self.serialized.plain.clone(), language)?)
    }

    /// Whether every host that is two or more labels of letters is accepted with `https`, `http` or
    /// a scheme that the pattern spells.
    fn accepts_any_host(&mut self, language: &Language, literals: &[Vec<u8>]) -> Result<bool, TooLarge> {
        for scheme in candidates::schemes(literals) {
            if self.is_within(&serialized::plain_origins(scheme), language)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_within(&mut self, one: &Language, other: &Language) -> Result<bool, TooLarge> {
        Ok(self.solver.find(one, &other.complement())?.is_none())
    }
}

type Witness = Option<Vec<u8>>;

fn both(one: &Language, other: &Language) -> Language {
    Language::intersection(vec![one.clone(), other.clone()])
}

/// Whether these bytes, which begin with `http://`, are an origin whose host is not local.
fn is_insecure(origin: &[u8]) -> bool {
    let host = grammar::parse(origin).and_then(|origin| std::str::from_utf8(origin.host).ok());
    host.is_some_and(|host| !is_local(host))
}

/// A witness is ASCII.
fn text(witness: Option<Vec<u8>>) -> Option<String> {
    witness.and_then(|bytes| String::from_utf8(bytes).ok())
}
