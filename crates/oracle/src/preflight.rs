//! The answer to a preflight (§3).

use super::config::Policy;
use super::lists::{INERT_METHODS, INERT_REQUEST_HEADERS, effective, elements, is_short_token, is_token};
use super::reply::{Reply, put_origin_and_credentials};
use super::wire::{Lines, Request, header};

const PREFLIGHT_VARY: &str = "origin, access-control-request-method, access-control-request-headers";

/// The answer to a preflight from a refused origin.
pub fn refusal(name: &str, reason: &str) -> Reply {
    let mut reply = Reply {
        status: 403,
        details: format!("corsac_preflight_denied_{}", reason.replace('-', "_")),
        decision: format!("{name};preflight;refused;{reason}"),
        headers: vec![],
        merges_vary: false,
    };
    reply.put("vary", PREFLIGHT_VARY);
    reply
}

/// The answer to a preflight from an allowed origin. It names the true lists, even if the method or
/// a header is not in them.
pub fn success(name: &str, policy: &Policy, request: &Request, origin: &[u8]) -> Reply {
    let asked = Asked::by(request);
    let mut lines = Lines::default();
    put_origin_and_credentials(&mut lines, policy, Some(origin));
    lines.put("access-control-allow-methods", methods(policy, &asked));
    lines.put("access-control-allow-headers", headers(policy, &asked));
    let max_age = policy.max_age.map(|age| age.seconds.to_string());
    lines.put("access-control-max-age", max_age);
    lines.put("vary", Some(PREFLIGHT_VARY));

    let refused = refusal_of_names(policy, request);
    Reply {
        status: policy.preflight_status,
        details: match refused {
            None => "corsac_preflight_allowed".to_owned(),
            Some(reason) => format!("corsac_preflight_denied_{}", reason.replace('-', "_")),
        },
        decision: match refused {
            None => format!("{name};preflight;allowed;-"),
            Some(reason) => format!("{name};preflight;refused;{reason}"),
        },
        headers: lines.0,
        merges_vary: false,
    }
}

/// Why the method or a header that a preflight requests is not allowed.
pub fn refusal_of_names(policy: &Policy, request: &Request) -> Option<&'static str> {
    let asked = Asked::by(request);
    if !method_is_allowed(policy, &asked) {
        Some("method-not-listed")
    } else if !headers_are_allowed(policy, &asked) {
        Some("header-not-listed")
    } else {
        None
    }
}

/// The method and headers that a preflight requests.
struct Asked<'a> {
    method: &'a [u8],
    headers: &'a [u8],
}

impl<'a> Asked<'a> {
    fn by(request: &'a Request) -> Self {
        Self {
            method: header(&request.headers, "access-control-request-method").unwrap(),
            headers: header(&request.headers, "access-control-request-headers").unwrap_or(b""),
        }
    }
}

fn methods(policy: &Policy, asked: &Asked) -> Option<Vec<u8>> {
    let listed = effective(&policy.allow_methods, INERT_METHODS, str::eq);
    match (listed.contains(&"*"), policy.allow_credentials) {
        _ if listed.is_empty() => None,
        (false, _) => Some(listed.join(", ").into()),
        (true, false) => Some("*".into()),
        (true, true) => is_short_token(asked.method).then(|| asked.method.to_vec()),
    }
}

fn method_is_allowed(policy: &Policy, asked: &Asked) -> bool {
    let listed = effective(&policy.allow_methods, INERT_METHODS, str::eq);
    let safelisted: [&[u8]; 3] = [b"GET", b"HEAD", b"POST"];
    safelisted.contains(&asked.method)
        || listed.iter().any(|method| method.as_bytes() == asked.method)
        || listed.contains(&"*") && (!policy.allow_credentials || is_short_token(asked.method))
}

/// The engine does not echo requested names whose joined length exceeds this.
const LONGEST_ECHO: usize = 16 * 1024;

fn headers(policy: &Policy, asked: &Asked) -> Option<Vec<u8>> {
    let listed = effective(&policy.allow_headers, INERT_REQUEST_HEADERS, str::eq_ignore_ascii_case);
    if listed.is_empty() {
        return None;
    }
    if !listed.contains(&"*") {
        let prefixes: Vec<&str> = listed.iter().filter_map(|name| prefix_of(name)).collect();
        let names: Vec<&[u8]> =
            listed.iter().filter(|name| prefix_of(name).is_none()).map(|name| name.as_bytes()).collect();
        let by_prefix = |name: &&[u8]| {
            is_token(name)
                && begins_with_one(name, &prefixes)
                && !names.iter().any(|known| known.eq_ignore_ascii_case(name))
        };
        let echoed = if asked.headers.len() > LONGEST_ECHO { vec![] } else { elements(asked.headers) };
        let all = [names.clone(), echoed.into_iter().filter(by_prefix).collect()].concat();
        return (!all.is_empty()).then(|| all.join(&b", "[..]));
    }
    if !policy.allow_credentials {
        let authorization = listed.iter().find(|name| name.eq_ignore_ascii_case("authorization"));
        return Some(match authorization {
            Some(_) => "*, authorization".into(),
            None => "*".into(),
        });
    }
    if asked.headers.len() > LONGEST_ECHO {
        return None;
    }
    let mut echo = elements(asked.headers);
    echo.retain(|name| is_token(name));
    (!echo.is_empty()).then(|| echo.join(&b", "[..]))
}

/// The prefix `x-amz-meta-` of `x-amz-meta-*`.
fn prefix_of(name: &str) -> Option<&str> {
    name.strip_suffix('*').filter(|prefix| !prefix.is_empty() && !prefix.contains('*'))
}

fn begins_with_one(name: &[u8], prefixes: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    prefixes
        .iter()
        .map(|prefix| prefix.to_ascii_lowercase())
        .any(|prefix| name.len() > prefix.len() && name.starts_with(prefix.as_bytes()))
}

fn headers_are_allowed(policy: &Policy, asked: &Asked) -> bool {
    let listed = effective(&policy.allow_headers, INERT_REQUEST_HEADERS, str::eq_ignore_ascii_case);
    let any = listed.contains(&"*");
    if any && policy.allow_credentials {
        return asked.headers.len() <= LONGEST_ECHO && elements(asked.headers).iter().all(|name| is_token(name));
    }
    let prefixes: Vec<&str> = listed.iter().filter_map(|name| prefix_of(name)).collect();
    let short = asked.headers.len() <= LONGEST_ECHO;
    elements(asked.headers).iter().all(|asked| {
        let authorization = asked.eq_ignore_ascii_case(b"authorization");
        any && !authorization
            || short && !any && is_token(asked) && begins_with_one(asked, &prefixes)
            || listed.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(asked))
    })
}
