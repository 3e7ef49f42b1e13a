//! The exchange on the wire (§1, §4): who answers, and how the filter edits a response of someone
//! else.

use super::choice::{self, Choice};
use super::config::{Configuration, Pattern, Policy};
use super::origin::{self, Verdict};
use super::preflight;
use super::reply::{Reply, fixed_origin, is_star, put_origin_and_credentials};
use super::tenants;
use super::wire::{Answer, Exchange, Lines, Request, header, judged};

/// Answers a whole exchange.
pub fn answer(configuration: &Configuration, exchange: &Exchange) -> Answer {
    let request = &exchange.request;
    let is_preflight = is_preflight(request);
    let configuration = &tenants::for_host(configuration, &request.target);
    let choose = |route| match choice::choose(configuration, &request.target, route, is_preflight) {
        Choice::Policy(name, policy) => Choice::Policy(tenants::plain(name), policy),
        other => other,
    };

    let chosen = choose(&exchange.request_route);
    if let Some(mut reply) = own_reply(chosen, request) {
        let mut lines = Lines(exchange.meddling.clone());
        lines.0.retain(|(name, _)| !name.starts_with("access-control-"));
        if reply.merges_vary {
            lines.merge_vary_origin();
        }
        if configuration.debug {
            reply.put("corsac-decision", &reply.decision.clone());
        }
        for (name, value) in reply.headers {
            lines.put(&name, Some(value));
        }
        return Answer { reply: Some((reply.status, reply.details)), headers: judged(&lines.0) };
    }

    let mut lines = Lines(exchange.upstream.clone());
    let edited = edit(choose(&exchange.response_route), request, &mut lines);
    if let (Some(decision), true) = (edited, configuration.debug) {
        lines.put("corsac-decision", Some(decision));
    }
    Answer { reply: None, headers: judged(&lines.0) }
}

fn is_preflight(request: &Request) -> bool {
    request.method == "OPTIONS"
        && origin_of(request).is_some()
        && header(&request.headers, "access-control-request-method").is_some_and(|v| v != b"")
}

fn origin_of(request: &Request) -> Option<&[u8]> {
    header(&request.headers, "origin").filter(|origin| *origin != b"")
}

fn own_reply(chosen: Choice, request: &Request) -> Option<Reply> {
    let (name, policy) = match chosen {
        Choice::Policy(_, policy) if policy.report_only => return None,
        Choice::Policy(name, policy) => (name, policy),
        Choice::Refuse(reason) if is_preflight(request) => return Some(preflight::refusal("-", reason)),
        _ => return None,
    };
    let foreign = policy.reject && is_foreign(policy, request);
    let Some(origin) = origin_of(request) else {
        return foreign.then(|| rejection(name, "not-cors", "foreign-host"));
    };
    let verdict = origin::judge(policy, origin);
    let is_refused = verdict != Verdict::Allowed;
    if is_preflight(request) {
        let refused = is_refused || foreign;
        return match (policy.forwards_preflights, refused) {
            (true, false) => None,
            (true, true) if !policy.reject => None,
            (_, true) if is_refused => Some(preflight::refusal(name, verdict.reason())),
            (_, true) => Some(preflight::refusal(name, "foreign-host")),
            (false, false) => Some(preflight::success(name, policy, request, origin)),
        };
    }
    if foreign {
        return Some(rejection(name, "actual", "foreign-host"));
    }
    let rejected = policy.reject && is_refused && !is_spared(policy, request, origin);
    rejected.then(|| rejection(name, "actual", verdict.reason()))
}

/// What the trial of the policy decides otherwise: the outcome by it, and the reason.
pub fn difference(configuration: &Configuration, exchange: &Exchange) -> Option<String> {
    let request = &exchange.request;
    let configuration = &tenants::for_host(configuration, &request.target);
    let chosen = choice::choose(configuration, &request.target, &exchange.request_route, is_preflight(request));
    let Choice::Policy(_, policy) = chosen else { return None };
    let trial = Policy { report_only: policy.report_only, ..policy.trial.as_deref()?.clone() };
    let ((enforced, why_enforced), (tried, why_tried)) = (verdict(policy, request), verdict(&trial, request));
    let would = match tried {
        _ if tried == enforced => return None,
        "allowed" => "would-allow",
        "passed" => "would-pass",
        "refused" => "would-refuse",
        _ => "would-reject",
    };
    let reason = if matches!(tried, "refused" | "rejected") { why_tried } else { why_enforced };
    Some(format!("{would};{reason}"))
}

/// The outcome of a request, and its reason.
fn verdict(policy: &Policy, request: &Request) -> (&'static str, &'static str) {
    let rejects = policy.reject && !policy.report_only;
    let foreign = rejects && is_foreign(policy, request);
    let Some(origin) = origin_of(request) else {
        return if foreign { ("rejected", "foreign-host") } else { ("passed", "no-origin") };
    };
    let verdict = origin::judge(policy, origin);
    let is_refused = verdict != Verdict::Allowed;
    if is_preflight(request) {
        return if is_refused {
            ("refused", verdict.reason())
        } else if foreign {
            ("refused", "foreign-host")
        } else {
            let reason = preflight::refusal_of_names(policy, request).filter(|_| !policy.forwards_preflights);
            reason.map_or(("allowed", "-"), |reason| ("refused", reason))
        };
    }
    if foreign {
        ("rejected", "foreign-host")
    } else if is_refused && rejects && !is_spared(policy, request, origin) {
        ("rejected", verdict.reason())
    } else if is_refused {
        ("refused", verdict.reason())
    } else {
        ("allowed", "-")
    }
}

fn rejection(name: &str, phase: &str, reason: &str) -> Reply {
    Reply {
        status: 403,
        details: format!("corsac_actual_denied_{}", reason.replace('-', "_")),
        decision: format!("{name};{phase};rejected;{reason}"),
        headers: vec![],
        merges_vary: true,
    }
}

/// Whether `reject` forwards a request of a refused origin.
fn is_spared(policy: &Policy, request: &Request, origin: &[u8]) -> bool {
    let asked = |name| header(&request.headers, name);
    let same_origin = match (asked("sec-fetch-site"), &policy.own_origins) {
        (Some(site), _) => site == b"same-origin",
        (None, Some(_)) => is_own(policy, origin),
        (None, None) => is_same_origin(request, origin),
    };
    same_origin || policy.spares_navigations && asked("sec-fetch-mode") == Some(b"navigate")
}

fn is_own(policy: &Policy, origin: &[u8]) -> bool {
    let own = policy.own_origins.iter().flatten().map(|text| Pattern::Text(text.clone()));
    let policy = Policy { allow_origins: own.collect(), ..Policy::default() };
    origin::judge(&policy, origin) == Verdict::Allowed
}

/// Whether the request's host is not among the policy's own.
fn is_foreign(policy: &Policy, request: &Request) -> bool {
    let authority = request.target.authority.clone().unwrap_or_default().to_ascii_lowercase();
    let is_own = |scheme: &str, port: &[u8]| {
        let host = authority.strip_suffix(port).unwrap_or(&authority);
        is_own(policy, &[scheme.as_bytes(), host].concat())
    };
    policy.own_origins.is_some() && !is_own("https://", b":443") && !is_own("http://", b":80")
}

/// Whether a page asks its own server.
fn is_same_origin(request: &Request, origin: &[u8]) -> bool {
    let lower = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let authority = lower(request.target.authority.as_deref().unwrap_or(b""));
    let origin = String::from_utf8_lossy(origin);
    let Some((scheme, host)) = origin.split_once("://") else {
        return false;
    };
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        // Only pages of these two schemes have the origin of their server.
        _ => return false,
    };
    let asked = |name| header(&request.headers, name).map(lower);
    let client = asked("x-forwarded-proto").or_else(|| asked(":scheme"));
    let elided = |text: &str| text.strip_suffix(default_port).unwrap_or(text).to_owned();
    client.is_none_or(|client| client == scheme) && elided(&host.to_ascii_lowercase()) == elided(&authority)
}

/// Edits a response that the filter did not make. Returns the decision if a policy governs it.
fn edit(chosen: Choice, request: &Request, lines: &mut Lines) -> Option<String> {
    let origin = origin_of(request);
    let (name, policy) = match chosen {
        Choice::Untouched => return None,
        Choice::Policy(_, policy) if policy.report_only => return None,
        Choice::Policy(name, policy) => (name, policy),
        Choice::Refuse(reason) => {
            remove_upstreams(lines);
            lines.merge_vary_origin();
            return Some(match origin {
                None => "-;not-cors;passed;no-origin".to_owned(),
                Some(_) => format!("-;actual;refused;{reason}"),
            });
        }
    };
    let verdict = origin.map(|origin| origin::judge(policy, origin));
    let allowed = origin.filter(|_| verdict == Some(Verdict::Allowed));
    edit_timing(policy, origin, allowed, lines);

    let upstreams_own = header(&lines.0, "access-control-allow-origin").map(<[u8]>::to_vec);
    match upstreams_own {
        Some(own) if policy.preserve => {
            if own != b"*" {
                lines.merge_vary_origin();
            }
        }
        _ => {
            remove_upstreams(lines);
            let is_personal =
                header(&request.headers, "cookie").is_some() || header(&request.headers, "authorization").is_some();
            let star = fixed_origin(policy).is_some() || is_star(policy) && (origin.is_some() || !is_personal);
            if star || allowed.is_some() {
                put_origin_and_credentials(lines, policy, allowed);
            }
            if !star {
                lines.merge_vary_origin();
            }
        }
    }
    let phase = if is_preflight(request) { "preflight" } else { "actual" };
    Some(match verdict {
        None => format!("{name};not-cors;passed;no-origin"),
        Some(Verdict::Allowed) => format!("{name};{phase};allowed;-"),
        Some(refused) => format!("{name};{phase};refused;{}", refused.reason()),
    })
}

fn remove_upstreams(lines: &mut Lines) {
    lines.remove("access-control-allow-origin");
    lines.remove("access-control-allow-credentials");
    lines.remove("access-control-expose-headers");
}

fn edit_timing(policy: &Policy, origin: Option<&[u8]>, allowed: Option<&[u8]>, lines: &mut Lines) {
    if !policy.timing_allow_origin {
        return;
    }
    let value = if origin::allows_any(policy) && !policy.allow_credentials {
        Some(b"*".to_vec())
    } else if let Some(fixed) = fixed_origin(policy) {
        Some(fixed.into())
    } else if origin.is_some() {
        allowed.map(<[u8]>::to_vec)
    } else {
        let mut exact = origin::exact_origins(policy);
        exact.truncate(32);
        (!exact.is_empty()).then(|| exact.join(", ").into())
    };
    lines.put("timing-allow-origin", value);
}
