//! The floor: only the host calls that each kind of traffic needs.
//!
//! The policy lists origins, allows credentials and exposes nothing. The upstream sends no CORS
//! header and no `Vary`, which a filter cannot know in advance.

use super::traffic::{ALLOWED, Traffic};
use crate::probe::{HostCall, Probe};

/// The module for that traffic. A body needs no call.
pub fn probe(traffic: Traffic) -> Probe {
    let (request, response) = match traffic {
        Traffic::NoOrigin => (vec![HostCall::Get("origin")], forbidding()),
        Traffic::Allowed | Traffic::Alone | Traffic::Body => (actual(), allowing()),
        Traffic::Refused => ([actual(), vec![refusal("actual")]].concat(), forbidding()),
        Traffic::PreflightAllowed => (preflight_allowed(), vec![HostCall::GetAll]),
        Traffic::PreflightRefused => (preflight_refused(), vec![HostCall::GetAll]),
    };
    Probe::calling(request, response)
}

/// The test for a preflight: most requests have no `Access-Control-Request-Method`, and a read of
/// an absent header is cheap.
fn actual() -> Vec<HostCall> {
    vec![HostCall::Get("origin"), HostCall::Get("access-control-request-method")]
}

/// Replaces the upstream's headers by those of the policy, or removes them.
fn allowing() -> Vec<HostCall> {
    let mut calls = vec![
        HostCall::Replace("access-control-allow-origin", ALLOWED.into()),
        HostCall::Replace("access-control-allow-credentials", "true".into()),
        HostCall::Remove("access-control-expose-headers"),
    ];
    calls.extend(vary());
    calls
}

fn forbidding() -> Vec<HostCall> {
    let names = ["access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers"];
    names.map(HostCall::Remove).into_iter().chain(vary()).collect()
}

/// A merge, which keeps the upstream's values.
fn vary() -> [HostCall; 2] {
    [HostCall::Get("vary"), HostCall::Replace("vary", "origin".into())]
}

/// Sets the refusal for access logs.
fn refusal(phase: &str) -> HostCall {
    HostCall::SetProperty("corsac", format!("default;{phase};refused;origin-not-listed"))
}

fn preflight() -> Vec<HostCall> {
    vec![HostCall::Get("origin"), HostCall::Get("access-control-request-method"), HostCall::Get(":method")]
}

const VARY: (&str, &str) = ("vary", "origin, access-control-request-method, access-control-request-headers");

fn preflight_allowed() -> Vec<HostCall> {
    let headers = [
        ("access-control-allow-origin", ALLOWED),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "GET, PUT"),
        ("access-control-allow-headers", "content-type"),
        ("access-control-max-age", "600"),
        VARY,
    ];
    let reply =
        HostCall::Reply(204, "corsac_preflight_allowed", headers.map(|(name, value)| (name, value.into())).into());
    // The response code details depend on the requested headers.
    [preflight(), vec![HostCall::Get("access-control-request-headers"), reply]].concat()
}

fn preflight_refused() -> Vec<HostCall> {
    let reply = HostCall::Reply(403, "corsac_preflight_denied_origin_not_listed", vec![(VARY.0, VARY.1.into())]);
    [preflight(), vec![refusal("preflight"), reply]].concat()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_kind_of_traffic_has_a_module() {
        for traffic in Traffic::value_variants() {
            assert!(probe(*traffic).module().is_ok(), "{traffic:?}");
        }
    }
}
