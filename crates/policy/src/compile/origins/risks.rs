//! What each entry of `allowOrigins` risks.

use super::{Building, Matcher};
use crate::diagnostic::{Code, Place, Report, quoted};
use crate::origin::grammar;
use crate::origin::overmatch::Findings;
use crate::origin::pattern::{HostPattern, Shape, is_local};
use crate::origin::public_suffix::{is_public_suffix, suffixes_below};
use crate::risk::{Accepted, Risk};

pub(super) const ANY_ORIGIN: &str = "With credentials this lets every site read what its visitors may read here.";

const INSECURE: &str = "Whoever is on the network between a visitor and an http site can speak in its name and, with credentials, in the visitor's.";

impl Building<'_, '_> {
    pub(super) fn examine_exact(
        &self,
        origin: &str,
        place: &Place<'_>,
        accepted: &mut Accepted<'_>,
        report: &mut Report,
    ) {
        let Some(rest) = origin.strip_prefix("http://").filter(|_| self.credentials) else { return };
        let host = grammar::parse(origin.as_bytes()).and_then(|origin| std::str::from_utf8(origin.host).ok());
        if !host.is_some_and(is_local) {
            let secure = quoted(&format!("https://{rest}"));
            accepted.take(Risk::InsecureOriginWithCredentials, place, INSECURE, Some(secure), report);
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
            accepted.take(Risk::AnyHostWithCredentials, place, &sentence, None, report);
        }
        if self.credentials && shape.scheme == "http" && !local {
            accepted.take(Risk::InsecureOriginWithCredentials, place, INSECURE, None, report);
        }
        match shape.host {
            HostPattern::Subdomains(base) if !local => self.examine_base(base, place, accepted, report),
            HostPattern::InLabel(host) if !local && is_public_suffix(host.base()) && host.is_glued() => {
                let witness = format!("{}://{}a{}", shape.scheme, host.before, host.after);
                let sentence = format!("This lets in {}, a site that the pattern does not spell.", quoted(&witness));
                accepted.take(Risk::LooseMatch, place, &sentence, None, report);
            }
            HostPattern::InLabel(host) if !local && is_public_suffix(host.base()) => {
                self.examine_base(host.base(), place, accepted, report);
            }
            _ => {}
        }
    }

    /// Judges a `*` directly before `base`.
    fn examine_base(&self, base: &str, place: &Place<'_>, accepted: &mut Accepted<'_>, report: &mut Report) {
        let Some(suffix) = open_to_registration(base) else { return };
        let sentence = format!("{} is a public suffix: anyone can register a name below it.", quoted(&suffix));
        if self.credentials {
            accepted.take(Risk::PublicSuffixWildcard, place, &sentence, None, report);
        } else {
            accepted.take_lightly(Risk::PublicSuffixWildcard, place, &sentence, report);
        }
    }

    /// A matcher is judged by what it accepts. `false`: it is too large to be judged, and reported.
    #[inline(never)]
    pub(super) fn examine_matcher(
        &mut self,
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
            let sentence = "This matches no origin that a browser can send: an origin is a scheme, \"://\", a host in lower case and perhaps a port, and it is matched whole.";
            report.warn(Code::RedundantOrigin, place, sentence);
        }
        if let Some(witness) = &findings.loose {
            let sentence = format!("This lets in {}, a site that the pattern does not spell.", quoted(witness));
            accepted.take(Risk::LooseMatch, place, &sentence, None, report);
        }
        self.listed.null |= findings.null;
        self.listed.file |= findings.file;
        if findings.null || findings.file {
            take_null(place, accepted, report);
        }
        examine_with_credentials(&findings, place, accepted, report);
        true
    }
}

fn examine_with_credentials(findings: &Findings, place: &Place<'_>, accepted: &mut Accepted<'_>, report: &mut Report) {
    if findings.any_origin {
        accepted.take(Risk::AnyOriginWithCredentials, place, ANY_ORIGIN, None, report);
    }
    if findings.any_host {
        let sentence = "With credentials this lets every site of a scheme read what its visitors may read here.";
        accepted.take(Risk::AnyHostWithCredentials, place, sentence, None, report);
    }
    if let Some(witness) = &findings.insecure {
        let sentence = format!("This lets in {}. {INSECURE}", quoted(witness));
        accepted.take(Risk::InsecureOriginWithCredentials, place, &sentence, None, report);
    }
}

/// The public suffix that a wildcard over `base` reaches: the base itself, or a suffix below it (`s3.amazonaws.com`).
fn open_to_registration(base: &str) -> Option<String> {
    if is_public_suffix(base) { Some(base.to_owned()) } else { suffixes_below(base).into_iter().next() }
}

pub(super) fn take_null(place: &Place<'_>, accepted: &mut Accepted<'_>, report: &mut Report) {
    let sentence =
        "Any site can make its pages' origin \"null\" (a sandboxed frame, a data: URL), so this allows them all.";
    accepted.take(Risk::NullOrigin, place, sentence, None, report);
}
