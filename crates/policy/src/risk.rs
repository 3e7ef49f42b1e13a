//! Risks: what is refused until a policy says in writing that it wants it.

use crate::config::origin_entry::OriginEntry;
use crate::diagnostic::{Code, Place, Report, Suggestion, quoted};

/// A risk that `acceptRisks` can name. Its word is that of the diagnostic which it silences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Risk {
    AnyOriginWithCredentials,
    AnyHostWithCredentials,
    InsecureOriginWithCredentials,
    PublicSuffixWildcard,
    NullOrigin,
    LooseMatch,
}

/// The words of `acceptRisks`. Each is also the code of the diagnostic that it accepts.
pub fn risks() -> impl Iterator<Item = &'static str> {
    Risk::ALL.iter().map(|risk| risk.as_str())
}

impl Risk {
    pub(crate) const ALL: &[Risk] = &[
        Risk::AnyOriginWithCredentials,
        Risk::AnyHostWithCredentials,
        Risk::InsecureOriginWithCredentials,
        Risk::PublicSuffixWildcard,
        Risk::NullOrigin,
        Risk::LooseMatch,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        self.code().as_str()
    }

    const fn code(self) -> Code {
        match self {
            Self::AnyOriginWithCredentials => Code::AnyOriginWithCredentials,
            Self::AnyHostWithCredentials => Code::AnyHostWithCredentials,
            Self::InsecureOriginWithCredentials => Code::InsecureOriginWithCredentials,
            Self::PublicSuffixWildcard => Code::PublicSuffixWildcard,
            Self::NullOrigin => Code::NullOrigin,
            Self::LooseMatch => Code::LooseMatch,
        }
    }
}

/// One risk of one entry.
pub(crate) struct Taking<'t> {
    pub(crate) risk: Risk,
    /// What the risk lets in.
    pub(crate) sentence: &'t str,
    /// An origin that is let in, or the entry where that says it.
    pub(crate) witness: &'t str,
    /// A safer value.
    pub(crate) fix: Option<Suggestion>,
}

/// An entry of `allowOrigins` and what it accepts by itself.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) index: usize,
    pub(crate) written: OriginEntry<'a>,
    /// The risks of its own `acceptRisks`.
    pub(crate) own: &'a [(usize, Risk)],
}

/// The risks that a policy and its entries accept, and those that they turned out to take.
#[derive(Default)]
pub(crate) struct Accepted<'a> {
    policy: &'a [(usize, Risk)],
    entry: Option<Entry<'a>>,
    /// Of the entry's own risks, those that it takes.
    taken_by_entry: Vec<Risk>,
    /// What the policy's risks cover.
    covered: Vec<Covered>,
    /// A risk that origins may take which are not known yet.
    open: Option<Risk>,
}

/// What one risk of the policy covers.
struct Covered {
    risk: Risk,
    /// How many entries, and the last one's index.
    entries: usize,
    last: usize,
    /// The first few of them with their witnesses.
    shown: Vec<String>,
}

/// Entries that a warning names; of the others it gives the number.
const MOST_SHOWN: usize = 8;

impl<'a> Accepted<'a> {
    pub(crate) fn new(policy: &'a [(usize, Risk)]) -> Self {
        Self { policy, ..Self::default() }
    }

    /// From here the risks are those of this entry.
    pub(crate) fn begin(&mut self, entry: Entry<'a>) {
        self.entry = Some(entry);
        self.taken_by_entry.clear();
    }

    /// Warns of what the entry accepts and does not take. `place` is the entry's.
    pub(crate) fn end(&mut self, place: &Place<'_>, report: &mut Report) {
        for (index, risk) in self.entry.map_or(&[][..], |entry| entry.own) {
            if !self.taken_by_entry.contains(risk) {
                let place = place.key("acceptRisks");
                warn_of_unused(*risk, "This entry", &place.index(*index), report);
            }
        }
    }

    /// Takes a risk: an error unless it is accepted.
    pub(crate) fn take(&mut self, taking: Taking<'_>, place: &Place<'_>, report: &mut Report) {
        if !self.accepts(taking.risk, taking.witness) {
            self.refuse(taking, place, report);
        }
    }

    /// Reports a risk that is not accepted.
    #[inline(never)]
    pub(crate) fn refuse(&self, taking: Taking<'_>, place: &Place<'_>, report: &mut Report) {
        let sentence = format!("{} {}", taking.sentence, self.form(taking.risk));
        report.error_with_fix(taking.risk.code(), place, sentence, taking.fix);
    }

    /// Takes a risk that is only worth a warning here.
    pub(crate) fn take_lightly(&mut self, taking: &Taking<'_>, place: &Place<'_>, report: &mut Report) {
        if !self.accepts(taking.risk, taking.witness) {
            report.warn(taking.risk.code(), place, taking.sentence);
        }
    }

    /// Whether the entry or the policy accepts a risk; it counts as taken.
    pub(crate) fn accepts(&mut self, risk: Risk, witness: &str) -> bool {
        if self.entry_has(risk) {
            self.taken_by_entry.push(risk);
            return true;
        }
        self.cover(risk, witness);
        self.has(risk)
    }

    /// Whether the entry or the policy would accept a risk.
    pub(crate) fn has(&self, risk: Risk) -> bool {
        self.entry_has(risk) || self.policy.iter().any(|(_, accepted)| *accepted == risk)
    }

    fn entry_has(&self, risk: Risk) -> bool {
        self.entry.is_some_and(|entry| entry.own.iter().any(|(_, own)| *own == risk))
    }

    #[inline(never)]
    fn cover(&mut self, risk: Risk, witness: &str) {
        let index = self.entry.map_or(0, |entry| entry.index);
        let place = self.covered.iter().position(|covered| covered.risk == risk).unwrap_or(self.covered.len());
        if place == self.covered.len() {
            self.covered.push(Covered { risk, entries: 0, last: 0, shown: Vec::new() });
        }
        let Some(covered) = self.covered.get_mut(place) else { return };
        if covered.entries > 0 && covered.last == index {
            return;
        }
        covered.entries += 1;
        covered.last = index;
        if covered.shown.len() < MOST_SHOWN {
            covered.shown.push(format!("/allowOrigins/{index} ({})", quoted(witness)));
        }
    }

    /// How the entry accepts the risk.
    #[inline(never)]
    fn form(&self, risk: Risk) -> String {
        let Some(entry) = self.entry else { return String::new() };
        let risks = entry.own.iter().map(|(_, own)| *own).chain([risk]);
        let risks: Vec<String> = risks.map(|risk| quoted(risk.as_str())).collect();
        let (kind, text) = entry.written.parts();
        format!(
            "If that is meant, the entry says so: {{{}: {}, \"acceptRisks\": [{}]}}.",
            quoted(kind),
            quoted(text),
            risks.join(", ")
        )
    }

    /// Origins that come later may take this risk of the policy.
    pub(crate) fn leave_open(&mut self, risk: Risk) {
        self.open = Some(risk);
    }

    /// Warns of what the policy accepts and does not take, and of what it accepts for several
    /// entries at once.
    pub(crate) fn finish(&self, place: &Place<'_>, report: &mut Report) {
        for (index, risk) in self.policy {
            let place = place.index(*index);
            match self.covered.iter().find(|covered| covered.risk == *risk) {
                None if self.open == Some(*risk) => {}
                None => warn_of_unused(*risk, "The policy", &place, report),
                Some(covered) if covered.entries > 1 => covered.warn(&place, report),
                Some(_) => {}
            }
        }
    }
}

/// What is accepted and not taken would let the risk in unseen later.
fn warn_of_unused(risk: Risk, who: &str, place: &Place<'_>, report: &mut Report) {
    let sentence = format!(
        "{who} does not take the risk {}. Remove it, so that nobody takes it unseen later.",
        quoted(risk.as_str())
    );
    report.warn(Code::UnusedRisk, place, sentence);
}

impl Covered {
    /// A risk that is accepted for one entry should not hide the next one's.
    fn warn(&self, place: &Place<'_>, report: &mut Report) {
        let rest = self.entries - self.shown.len();
        let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        let sentence = format!(
            "This accepts {} for {} entries: {}{rest}. Accept it at each entry that needs it, as in {{\"regex\": \"…\", \"acceptRisks\": [{}]}}.",
            quoted(self.risk.as_str()),
            self.entries,
            self.shown.join(", "),
            quoted(self.risk.as_str())
        );
        report.warn(Code::RiskCoversSeveral, place, sentence);
    }
}
