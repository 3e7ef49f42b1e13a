//! What each entry of `allowOrigins` risks.

use super::{Building, Matcher};
use crate::config::OriginEntry;
use crate::diagnostic::{Code, Place, Report, Suggestion, quoted};
use crate::origin::list::is_insecure;
use crate::origin::overmatch::Findings;
use crate::origin::pattern::is_local;
use crate::origin::public_suffix::{is_private_network, is_public_suffix, public_suffix, suffixes_below};
use crate::origin::shape::{HostPattern, Shape};
use crate::risk::{Accepted, Risk, Taking};

pub(super) const ANY_ORIGIN: &str = "With credentials this lets every site read what its visitors may read here.";

pub(super) const CATCH_ALL: &str = "This matches every origin, and \"*\" says so.";

/// Lists in which the `https` twin of an `http` entry is looked for.
const MOST_LOOKED_THROUGH: usize = 1000;

const INSECURE: &str = "Whoever is on the network between a visitor and an http site can speak in its name and, with credentials, in the visitor's.";

pub(super) const NOTHING: &str = "This matches no origin that a browser sends. An origin is a scheme, \"://\", a host in lower case and a port that is not the scheme's default, and it is matched whole.";

impl Building<'_, '_> {
    pub(super) fn examine_exact(
        &self,
        origin: &str,
        place: &Place<'_>,
        accepted: &mut Accepted<'_>,
        report: &mut Report,
    ) {
        if self.credentials && is_insecure(origin) {
            self.take_insecure(origin, place, accepted, report);
        }
    }

    #[inline(never)]
    pub(super) fn examine_shape(
        &self,
        shape: &Shape<'_>,
        place: &Place<'_>,
        accepted: &mut Accepted<'_>,
        report: &mut Report,
    ) {
        let local = match shape.host {
            HostPattern::Any => false,
            HostPattern::Exact(host) | HostPattern::Subdomains(host) => is_local(host),
            HostPattern::InLabel(host) => is_local(host.base()),
        };
        if self.credentials && shape.host == HostPattern::Any {
            let sentence =
                format!("With credentials this lets every {} site read what its visitors may read here.", shape.scheme);
            let witness = format!("{}://*", shape.scheme);
            let taking =
                Taking { risk: Risk::AnyHostWithCredentials, sentence: &sentence, witness: &witness, fix: None };
            accepted.take(taking, place, report);
        }
        if self.credentials && shape.scheme == "http" && !local {
            self.take_insecure(&shape.to_string(), place, accepted, report);
        }
        match shape.host {
            HostPattern::Subdomains(base) if !local => {
                if let Some(suffix) = open_to_registration(base) {
                    self.take_suffix(&suffix, &shape.to_string(), place, accepted, report);
                }
            }
            HostPattern::InLabel(host) if !local && is_public_suffix(host.base()) && host.is_glued() => {
                let witness = format!("{}://{}a{}", shape.scheme, host.before, host.after);
                let sentence = loose_sentence(&witness, &[host.after.as_bytes().to_vec()]);
                let taking = Taking { risk: Risk::LooseMatch, sentence: &sentence, witness: &witness, fix: None };
                accepted.take(taking, place, report);
            }
            HostPattern::InLabel(host) if !local && is_public_suffix(host.base()) => {
                self.take_suffix(host.base(), &shape.to_string(), place, accepted, report);
            }
            _ => {}
        }
    }

    /// An `http` origin or pattern. Where the list has the same on `https`, this one can go.
    fn take_insecure(&self, written: &str, place: &Place<'_>, accepted: &mut Accepted<'_>, report: &mut Report) {
        let risk = Risk::InsecureOriginWithCredentials;
        if !accepted.accepts(risk, written) {
            let secure = written.replacen("http://", "https://", 1);
            // In a long list with many such entries, looking for each of them would take time that
            // grows with its square.
            let origins = self.config.origins.get(..).filter(|origins| origins.len() <= MOST_LOOKED_THROUGH);
            let is_there = origins.is_some_and(|list| list.iter().any(|(_, entry)| entry.parts().1 == secure));
            let fix = is_there.then_some(Suggestion::Nothing);
            accepted.refuse(Taking { risk, sentence: INSECURE, witness: written, fix }, place, report);
        }
    }

    /// A pattern over names that anyone can register. Without credentials it is only worth a
    /// warning.
    fn take_suffix(
        &self,
        suffix: &str,
        witness: &str,
        place: &Place<'_>,
        accepted: &mut Accepted<'_>,
        report: &mut Report,
    ) {
        let sentence = if is_private_network(suffix) {
            format!("No registry gives out names below {}: any network can have its own.", quoted(suffix))
        } else {
            format!("{} is a public suffix: anyone can register a name below it.", quoted(suffix))
        };
        let taking = Taking { risk: Risk::PublicSuffixWildcard, sentence: &sentence, witness, fix: None };
        if self.credentials {
            accepted.take(taking, place, report);
        } else {
            accepted.take_lightly(&taking, place, report);
        }
    }

    /// A matcher is judged by what it accepts. `false`: it is too large to be judged, or accepts
    /// nothing, and is reported.
    #[inline(never)]
    pub(super) fn examine_matcher(
        &mut self,
        entry: OriginEntry<'_>,
        matcher: &Matcher,
        place: &Place<'_>,
        accepted: &mut Accepted<'_>,
        report: &mut Report,
    ) -> bool {
        let read = self.examiner.charge(matcher.work);
        let findings =
            read.and_then(|()| self.examiner.examine(&matcher.language, &matcher.literals, self.credentials));
        let Ok(findings) = findings else {
            self.report_too_large(place, report);
            return false;
        };
        if findings.accepts_nothing {
            self.report_nothing(entry, place, report);
            return false;
        }
        self.listed.null |= findings.null;
        self.listed.file |= findings.file;
        if findings.any_origin {
            if !self.examine_catch_all(place, accepted, report) {
                return true;
            }
        } else {
            self.examine_findings(entry, matcher, &findings, place, accepted, report);
        }
        if findings.null || findings.file {
            take_null(if findings.null { "null" } else { "file://" }, place, accepted, report);
        }
        true
    }

    /// A matcher for every origin: one sentence says it all. Whether it is accepted.
    fn examine_catch_all(&self, place: &Place<'_>, accepted: &mut Accepted<'_>, report: &mut Report) -> bool {
        let fix = Some(Suggestion::Value(quoted("*")));
        let risk = if self.credentials { Risk::AnyOriginWithCredentials } else { Risk::LooseMatch };
        if accepted.accepts(risk, "*") {
            return true;
        }
        if self.credentials {
            accepted.refuse(Taking { risk, sentence: ANY_ORIGIN, witness: "*", fix }, place, report);
        } else {
            report.error_with_fix(Code::CatchAll, place, CATCH_ALL, fix);
        }
        false
    }

    #[inline(never)]
    fn examine_findings(
        &mut self,
        entry: OriginEntry<'_>,
        matcher: &Matcher,
        findings: &Findings,
        place: &Place<'_>,
        accepted: &mut Accepted<'_>,
        report: &mut Report,
    ) {
        // What is narrower is so for every risk of the entry.
        let mut narrower = None;
        let mut take = |risk, sentence: &str, witness: &str| {
            if !accepted.accepts(risk, witness) {
                let fix = narrower.get_or_insert_with(|| self.narrower(entry, &matcher.language)).clone();
                accepted.refuse(Taking { risk, sentence, witness, fix }, place, report);
            }
        };
        let is_regex = matches!(entry, OriginEntry::Regex(_));
        let below_suffix = findings.below_suffix.as_ref();
        if let Some(witness) = findings.loose.as_ref().or(below_suffix.filter(|_| !is_regex)) {
            take(Risk::LooseMatch, &loose_sentence(witness, &matcher.literals), witness);
        }
        if findings.any_host {
            let sentence = "With credentials this lets every site of a scheme read what its visitors may read here.";
            take(Risk::AnyHostWithCredentials, sentence, "https://*");
        }
        if let Some(witness) = &findings.insecure {
            let sentence = format!("This lets in {}. {INSECURE}", quoted(witness));
            take(Risk::InsecureOriginWithCredentials, &sentence, witness);
        }
        // A regex over names below a public suffix is as wide as a pattern with "*" over them, and
        // risks the same.
        if let Some(witness) = below_suffix.filter(|_| is_regex)
            && let Some(suffix) = suffix_of(witness)
            // Who accepts any site accepts these.
            && !(accepted.has(Risk::LooseMatch) && accepted.accepts(Risk::LooseMatch, witness))
        {
            self.take_suffix(suffix, witness, place, accepted, report);
        }
    }
}

/// Why an origin is let in that nobody wrote down: where its public suffix is written down, that is
/// the reason.
fn loose_sentence(witness: &str, literals: &[Vec<u8>]) -> String {
    let is_spelled = |suffix: &&str| {
        let ending = [".", suffix].concat();
        suffix.contains('.')
            && literals.iter().any(|literal| literal.windows(ending.len()).any(|part| part == ending.as_bytes()))
    };
    match suffix_of(witness).filter(is_spelled) {
        Some(suffix) => format!(
            "This lets in {}: {} is a public suffix, and anyone can register a name below it.",
            quoted(witness),
            quoted(suffix)
        ),
        None => format!("This lets in {}, a site that the pattern does not spell.", quoted(witness)),
    }
}

fn suffix_of(origin: &str) -> Option<&str> {
    let (_, rest) = origin.split_once("://")?;
    public_suffix(rest.split_once(':').map_or(rest, |(host, _)| host))
}

/// The public suffix that a wildcard over `base` reaches: the base itself, or a suffix below it
/// (`s3.amazonaws.com`).
fn open_to_registration(base: &str) -> Option<String> {
    if is_public_suffix(base) { Some(base.to_owned()) } else { suffixes_below(base).into_iter().next() }
}

pub(super) fn take_null(witness: &str, place: &Place<'_>, accepted: &mut Accepted<'_>, report: &mut Report) {
    let sentence =
        "Any site can make its pages' origin \"null\" (a sandboxed frame, a data: URL), so this allows them all.";
    accepted.take(Taking { risk: Risk::NullOrigin, sentence, witness, fix: None }, place, report);
}
