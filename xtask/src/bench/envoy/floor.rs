//! The floor: the host calls that the contract needs for each kind of traffic, and no other.
//!
//! The policy lists origins, allows credentials and exposes nothing; the upstream sends no CORS header and no `Vary`, which
//! a filter cannot know before it has asked.

use super::kind::{ALLOWED, Kind};
use crate::bench::probe::{Call, Probe};

/// The module of a kind. A body needs no call.
pub fn probe(kind: Kind) -> Probe {
    let (request, response) = match kind {
        Kind::NoOrigin => (vec![Call::Get("origin")], forbidding()),
        Kind::Allowed | Kind::Alone | Kind::Body => (actual(), allowing()),
        Kind::Refused => ([actual(), vec![refusal("actual")]].concat(), forbidding()),
        Kind::PreflightAllowed => (preflight_allowed(), vec![Call::GetAll]),
        Kind::PreflightRefused => (preflight_refused(), vec![Call::GetAll]),
    };
    Probe::calling(request, response)
}

/// Whether it is a preflight: nearly no request asks for a method, and an absent header is cheap.
fn actual() -> Vec<Call> {
    vec![Call::Get("origin"), Call::Get("access-control-request-method")]
}

/// The upstream's headers are replaced by ours, or removed.
fn allowing() -> Vec<Call> {
    let mut calls = vec![
        Call::Replace("access-control-allow-origin", ALLOWED.into()),
        Call::Replace("access-control-allow-credentials", "true".into()),
        Call::Remove("access-control-expose-headers"),
    ];
    calls.extend(vary());
    calls
}

fn forbidding() -> Vec<Call> {
    let names = ["access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers"];
    names.map(Call::Remove).into_iter().chain(vary()).collect()
}

/// Merged: what the upstream's responses vary by stays.
fn vary() -> [Call; 2] {
    [Call::Get("vary"), Call::Replace("vary", "origin".into())]
}

/// The refusal as access logs show it.
fn refusal(phase: &str) -> Call {
    Call::SetProperty("corsac", format!("default;{phase};refused;origin-not-listed"))
}

fn preflight() -> Vec<Call> {
    vec![Call::Get("origin"), Call::Get("access-control-request-method"), Call::Get(":method")]
}

const VARY: (&str, &str) = ("vary", "origin, access-control-request-method, access-control-request-headers");

fn preflight_allowed() -> Vec<Call> {
    let headers = [
        ("access-control-allow-origin", ALLOWED),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "GET, PUT"),
        ("access-control-allow-headers", "content-type"),
        ("access-control-max-age", "600"),
        VARY,
    ];
    let reply = Call::Reply(204, "corsac_preflight_allowed", headers.map(|(name, value)| (name, value.into())).into());
    // Whether the headers asked for are allowed is part of the response code details.
    [preflight(), vec![Call::Get("access-control-request-headers"), reply]].concat()
}

fn preflight_refused() -> Vec<Call> {
    let reply = Call::Reply(403, "corsac_preflight_denied_origin_not_listed", vec![(VARY.0, VARY.1.into())]);
    [preflight(), vec![refusal("preflight"), reply]].concat()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_kind_has_a_module() {
        for kind in Kind::value_variants() {
            assert!(probe(*kind).module().is_ok(), "{kind:?}");
        }
    }
}
