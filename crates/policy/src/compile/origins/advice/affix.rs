//! What a prefix or a suffix may have been meant to be.

use super::{Candidate, Ground, Proposal, is_about_local};
use crate::origin::diagnose;
use crate::origin::pattern::Pattern;
use crate::origin::public_suffix::registrable_domain;
use crate::text::joined;

/// A prefix lets in whatever goes on: `https://example.com` also `https://example.com.evil.test`.
#[inline(never)]
pub(super) fn of_prefix(text: &str) -> Vec<Proposal> {
    let scheme = text.strip_suffix("://").or_else(|| Some(text).filter(|text| *text == "https"));
    let mut all: Vec<Proposal> = scheme.map(any_host).into_iter().collect();
    match Pattern::parse(text) {
        // A part of a host is not what anybody means: `https://app.` and `https://app` are hosts
        // too.
        Some(Pattern::Exact(origin)) if is_whole(origin) => {
            if is_about_local(origin) {
                all.push(texts(&[&[origin, ":*"]]));
            }
            all.push(texts(&[&[origin]]));
        }
        Some(Pattern::Shape(_)) => all.push(texts(&[&[text]])),
        Some(_) => {}
        None => all.extend(repaired(text)),
    }
    all
}

/// A suffix lets in whatever comes before: `example.com` also `https://badexample.com`.
#[inline(never)]
pub(super) fn of_suffix(text: &str) -> Vec<Proposal> {
    let tail = text.trim_start_matches('*').trim_end_matches('/');
    let host = tail.trim_start_matches('.');
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if registrable_domain(name).is_none() {
        return repaired(text).into_iter().collect();
    }
    let suffix = |pieces: &[&str]| Candidate::Suffix(joined(pieces));
    if tail == host {
        let suffixes = vec![suffix(&["://", host]), suffix(&[".", host])];
        return vec![Proposal::of_all(suffixes), texts(&[&["https://", host], &["https://*.", host]])];
    }
    vec![Proposal::of_all(vec![suffix(&[tail])]), texts(&[&["https://*.", host]])]
}

/// Strings, each in pieces.
#[inline(never)]
fn texts(texts: &[&[&str]]) -> Proposal {
    Proposal::of_all(texts.iter().map(|pieces| Candidate::Text(joined(pieces))).collect())
}

fn any_host(scheme: &str) -> Proposal {
    Proposal { ground: Ground::ProvedNarrower, ..texts(&[&[scheme, "://*:*"]]) }
}

/// Whether an origin's host is one that somebody has.
fn is_whole(origin: &str) -> bool {
    let host = origin.split_once("://").map_or("", |(_, rest)| rest);
    let host = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map_or(host, |(host, _)| host);
    !host.ends_with('.') && (registrable_domain(host).is_some() || is_about_local(origin) || is_address(host))
}

fn is_address(host: &str) -> bool {
    host.parse::<core::net::Ipv4Addr>().is_ok() || host.starts_with('[')
}

/// The text as the string that it would be if it were one.
fn repaired(text: &str) -> Option<Proposal> {
    let origins = diagnose::diagnose(text, None).origins;
    // Without a scheme it begins one, `app.example.com://`, and no page has that.
    let ground = if text.contains(':') { Ground::Narrower } else { Ground::Words };
    let entries = origins.into_iter().map(Candidate::Text).collect::<Vec<_>>();
    (!entries.is_empty()).then_some(Proposal { entries, ground })
}
