//! Risks: what is refused until a policy says in writing that it wants it.

use crate::diagnostic::{Code, Place, Report, quoted};

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

/// The risks that one policy accepts, and those that it turned out to take.
pub(crate) struct Accepted<'a> {
    written: &'a [(usize, Risk)],
    taken: Vec<Risk>,
}

impl<'a> Accepted<'a> {
    pub(crate) fn new(written: &'a [(usize, Risk)]) -> Self {
        Self { written, taken: Vec::new() }
    }

    /// Takes a risk: an error unless the policy accepts it. `sentence` says what it lets in; `fix` is a safer value.
    pub(crate) fn take(
        &mut self,
        risk: Risk,
        place: &Place<'_>,
        sentence: &str,
        fix: Option<String>,
        report: &mut Report,
    ) {
        if !self.accepts(risk) {
            let sentence =
                format!("{sentence} If that is meant, add \"acceptRisks\": [{}] to the policy.", quoted(risk.as_str()));
            report.error_with_fix(risk.code(), place, sentence, fix);
        }
    }

    /// Takes a risk that is only worth a warning here.
    pub(crate) fn take_lightly(&mut self, risk: Risk, place: &Place<'_>, sentence: &str, report: &mut Report) {
        if !self.accepts(risk) {
            report.warn(risk.code(), place, sentence);
        }
    }

    fn accepts(&mut self, risk: Risk) -> bool {
        if !self.taken.contains(&risk) {
            self.taken.push(risk);
        }
        self.written.iter().any(|(_, accepted)| *accepted == risk)
    }

    /// Warns of what is accepted and not taken: it would let the risk in unseen later.
    pub(crate) fn warn_of_unused(&self, place: &Place<'_>, report: &mut Report) {
        for (index, risk) in self.written {
            if !self.taken.contains(risk) {
                let sentence = format!(
                    "The policy does not take the risk {}; remove it, lest it be taken unseen.",
                    quoted(risk.as_str())
                );
                report.warn(Code::UnusedRisk, &place.index(*index), sentence);
            }
        }
    }
}
