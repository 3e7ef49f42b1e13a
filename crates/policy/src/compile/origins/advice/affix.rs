//! What a prefix or a suffix may have been meant to be.

use super::{Candidate, Ground, Proposal, is_about_local};
use crate::origin::diagnose;
use crate::origin::pattern::Pattern;
use crate::origin::public_suffix::registrable_domain;

/// A prefix lets in whatever goes on: `https://example.com` also `https://example.com.evil.test`.
pub(super) fn of_prefix(text: &str) -> Vec<Proposal> {
    let mut all = Vec::new();
    if let Some(scheme) = text.strip_suffix("://").or_else(|| Some(text).filter(|text| *text == "https")) {
        let entries = vec![Candidate::Text(format!("{scheme}://*:*"))];
        all.push(Proposal { entries, ground: Ground::ProvedNarrower });
    }
    match Pattern::parse(text) {
        // A part of a host is not what anybody means: `https://app.` and `https://app` are hosts too.
        Some(Pattern::Exact(origin)) if is_whole(origin) => {
            if is_about_local(origin) {
                all.push(Proposal::of_all(vec![Candidate::Text(format!("{origin}:*"))]));
            }
            all.push(Proposal::of_all(vec![Candidate::Text(origin.to_owned())]));
        }
        Some(Pattern::Shape(_)) => all.push(Proposal::of_all(vec![Candidate::Text(text.to_owned())])),
        Some(_) => {}
        None => all.extend(repaired(text)),
    }
    all
}

/// A suffix lets in whatever comes before: `example.com` also `https://badexample.com`.
pub(super) fn of_suffix(text: &str) -> Vec<Proposal> {
    let mut all = Vec::new();
    let tail = text.trim_start_matches('*').trim_end_matches('/');
    let host = tail.trim_start_matches('.');
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_site = registrable_domain(name).is_some();
    let texts = |texts: &[String]| Proposal::of_all(texts.iter().cloned().map(Candidate::Text).collect());
    if is_site && tail == host {
        let suffixes = [format!("://{host}"), format!(".{host}")].map(Candidate::Suffix);
        all.push(Proposal::of_all(suffixes.to_vec()));
        all.push(texts(&[format!("https://{host}"), format!("https://*.{host}")]));
    } else if is_site {
        all.push(Proposal::of_all(vec![Candidate::Suffix(tail.to_owned())]));
        all.push(texts(&[format!("https://*.{host}")]));
    } else {
        all.extend(repaired(text));
    }
    all
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
