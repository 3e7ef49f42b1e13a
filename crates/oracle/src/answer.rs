//! What goes over the wire (§1, §4): who answers, and how a response that is
//! not ours is edited.

use super::choice::{self, Choice};
use super::config::{Configuration, Policy};
use super::lists::{INERT_RESPONSE_HEADERS, effective};
use super::origin::{self, Verdict};
use super::preflight;
use super::wire::{Answer, Exchange, Headers, Lines, Request, header, judged};

/// Answers a whole exchange.
pub fn answer(configuration: &Configuration, exchange: &Exchange) -> Answer {
    let request = &exchange.request;
    let is_preflight = is_preflight(request);
    let choose = |route| choice::choose(configuration, &request.target, route, is_preflight);

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

/// A reply of our own.
pub struct Reply {
    pub status: u16,
    pub details: String,
    pub decision: String,
    pub headers: Headers,
    /// Whether `vary` is merged with what Envoy wrote, not replaced.
    pub merges_vary: bool,
}

impl Reply {
    /// Adds a line.
    pub fn put(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.into()));
    }
}

fn own_reply(chosen: Choice, request: &Request) -> Option<Reply> {
    let origin = origin_of(request)?;
    match (chosen, is_preflight(request)) {
        (Choice::Policy(_, policy), _) if policy.report_only => None,
        (Choice::Policy(name, policy), true) => Some(match origin::judge(policy, origin) {
            Verdict::Allowed => preflight::success(name, policy, request, origin),
            refused => preflight::refusal(name, refused.reason()),
        }),
        (Choice::Refuse(reason), true) => Some(preflight::refusal("-", reason)),
        (Choice::Policy(name, policy), false) if policy.reject => {
            let verdict = origin::judge(policy, origin);
            (verdict != Verdict::Allowed && !is_same_origin(request, origin)).then(|| rejection(name, verdict.reason()))
        }
        _ => None,
    }
}

fn rejection(name: &str, reason: &str) -> Reply {
    Reply {
        status: 403,
        details: format!("corsac_actual_denied_{}", reason.replace('-', "_")),
        decision: format!("{name};actual;rejected;{reason}"),
        headers: vec![],
        merges_vary: true,
    }
}

/// `access-control-allow-origin`, `-allow-credentials` and `-expose-headers`
/// for an allowed origin, or for `None` under `*`.
pub fn put_origin_and_credentials(lines: &mut Lines, policy: &Policy, origin: Option<&[u8]>) {
    let allowed = if is_star(policy) { Some(&b"*"[..]) } else { origin };
    lines.put("access-control-allow-origin", allowed);
    let credentials = policy.allow_credentials.then_some("true");
    lines.put("access-control-allow-credentials", credentials);
    let exposed = effective(&policy.expose_headers, INERT_RESPONSE_HEADERS, str::eq_ignore_ascii_case);
    let exposed = if exposed.contains(&"*") { vec!["*"] } else { exposed };
    let exposed = (!exposed.is_empty()).then(|| exposed.join(", "));
    lines.put("access-control-expose-headers", exposed);
}

fn is_star(policy: &Policy) -> bool {
    origin::allows_any(policy) && !policy.allow_credentials
}

/// A page's request to its own server, which `reject` must let pass.
fn is_same_origin(request: &Request, origin: &[u8]) -> bool {
    if header(&request.headers, "sec-fetch-site") == Some(b"same-origin") {
        return true;
    }
    let lower = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let authority = lower(request.target.authority.as_deref().unwrap_or(b""));
    let origin = String::from_utf8_lossy(origin);
    let Some((scheme, host)) = origin.split_once("://") else {
        return false;
    };
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        // Only such pages have their server's origin.
        _ => return false,
    };
    let elided = |text: &str| text.strip_suffix(default_port).unwrap_or(text).to_owned();
    elided(&host.to_ascii_lowercase()) == elided(&authority)
}

/// Edits a response that is not ours; returns the decision if it is governed.
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
            let star = is_star(policy) && (origin.is_some() || !is_personal);
            if star || allowed.is_some() {
                put_origin_and_credentials(lines, policy, allowed);
            }
            if !star {
                lines.merge_vary_origin();
            }
        }
    }
    Some(match verdict {
        None => format!("{name};not-cors;passed;no-origin"),
        Some(Verdict::Allowed) => format!("{name};actual;allowed;-"),
        Some(refused) => format!("{name};actual;refused;{}", refused.reason()),
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
    } else if origin.is_some() {
        allowed.map(<[u8]>::to_vec)
    } else {
        let mut exact = origin::exact_origins(policy);
        exact.truncate(32);
        (!exact.is_empty()).then(|| exact.join(", ").into())
    };
    lines.put("timing-allow-origin", value);
}
