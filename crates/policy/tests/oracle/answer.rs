//! What goes over the wire (§1, §3, §4): status, headers, and whether the
//! upstream was asked.

use super::choice::{self, Choice, Route, Target};
use super::config::{Configuration, Policy};
use super::origin::{self, Verdict};
use std::fmt;

/// Header lines, names in lower case.
pub type Headers = Vec<(String, Vec<u8>)>;

/// A request as Envoy shows it: repeated lines already joined.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: Target,
    pub headers: Headers,
}

/// A request, its routes, and what comes back.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub request: Request,
    pub request_route: Route,
    pub response_route: Route,
    /// The response of whoever answers behind the filter.
    pub upstream: Headers,
    /// Lines that Envoy itself adds to a reply of ours.
    pub meddling: Headers,
}

/// What the client sees of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Status and response code details of our own reply; `None`: the request
    /// went on to the upstream.
    pub reply: Option<(u16, String)>,
    /// The judged headers, sorted.
    pub headers: Headers,
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Request { method, target, headers } = &self.request;
        let shown = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| bytes.escape_ascii().to_string());
        writeln!(f, "{method} {:?} at {:?}", shown(&target.path), shown(&target.authority))?;
        write_lines(f, headers)?;
        writeln!(f, "on {:?}, then {:?}; upstream:", self.request_route, self.response_route)?;
        write_lines(f, &self.upstream)?;
        writeln!(f, "Envoy adds to replies:")?;
        write_lines(f, &self.meddling)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reply {
            None => writeln!(f, "forwarded")?,
            Some((status, details)) => writeln!(f, "{status} {details}")?,
        }
        write_lines(f, &self.headers)
    }
}

fn write_lines(f: &mut fmt::Formatter<'_>, headers: &Headers) -> fmt::Result {
    headers.iter().try_for_each(|(name, value)| writeln!(f, "  {name}: {}", value.escape_ascii()))
}

/// The header with this name, if there is one.
pub fn header<'a>(headers: &'a Headers, name: &str) -> Option<&'a [u8]> {
    let found = headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_slice())
}

/// The headers that an answer is judged by, sorted.
pub fn judged(headers: &Headers) -> Headers {
    let mut judged = headers.clone();
    judged.retain(|(name, _)| {
        name.starts_with("access-control-")
            || ["vary", "timing-allow-origin", "corsac-decision"].contains(&name.as_str())
    });
    judged.sort();
    judged
}

/// A table of header lines that is edited in place.
#[derive(Clone, Debug, Default)]
pub struct Lines(pub Headers);

impl Lines {
    /// Leaves no line with this name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// Leaves one line with this name, or none.
    pub fn put(&mut self, name: &str, value: Option<impl Into<Vec<u8>>>) {
        self.remove(name);
        if let Some(value) = value {
            self.0.push((name.to_owned(), value.into()));
        }
    }

    fn merge_vary_origin(&mut self) {
        let merged = vary_with_origin(header(&self.0, "vary"));
        self.put("vary", Some(merged));
    }
}

/// Answers a whole exchange.
pub fn answer(configuration: &Configuration, exchange: &Exchange) -> Outcome {
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
        return Outcome { reply: Some((reply.status, reply.details)), headers: judged(&lines.0) };
    }

    let mut lines = Lines(exchange.upstream.clone());
    let edited = edit(choose(&exchange.response_route), request, &mut lines);
    if let (Some(decision), true) = (edited, configuration.debug) {
        lines.put("corsac-decision", Some(decision));
    }
    Outcome { reply: None, headers: judged(&lines.0) }
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
struct Reply {
    status: u16,
    details: String,
    decision: String,
    headers: Headers,
    merges_vary: bool,
}

impl Reply {
    fn put(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.into()));
    }
}

fn own_reply(chosen: Choice, request: &Request) -> Option<Reply> {
    let origin = origin_of(request)?;
    match (chosen, is_preflight(request)) {
        (Choice::Policy(_, policy), _) if policy.report_only => None,
        (Choice::Policy(name, policy), true) => Some(match origin::judge(policy, origin) {
            Verdict::Allowed => preflight_success(name, policy, request, origin),
            refused => preflight_refusal(name, refused.reason()),
        }),
        (Choice::Refuse(reason), true) => Some(preflight_refusal("-", reason)),
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

const PREFLIGHT_VARY: &str = "origin, access-control-request-method, access-control-request-headers";

fn preflight_refusal(name: &str, reason: &str) -> Reply {
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

fn preflight_success(name: &str, policy: &Policy, request: &Request, origin: &[u8]) -> Reply {
    let asked = Asked {
        method: header(&request.headers, "access-control-request-method").unwrap(),
        headers: header(&request.headers, "access-control-request-headers").unwrap_or(b""),
    };
    let mut lines = Lines::default();
    put_origin_and_credentials(&mut lines, policy, Some(origin));
    lines.put("access-control-allow-methods", methods(policy, &asked));
    lines.put("access-control-allow-headers", headers(policy, &asked));
    let max_age = policy.max_age.map(|age| age.seconds.to_string());
    lines.put("access-control-max-age", max_age);
    lines.put("vary", Some(PREFLIGHT_VARY));

    let refused = if !method_is_allowed(policy, &asked) {
        Some("method-not-listed")
    } else if !headers_are_allowed(policy, &asked) {
        Some("header-not-listed")
    } else {
        None
    };
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

/// `access-control-allow-origin`, `-allow-credentials` and `-expose-headers`
/// for an allowed origin, or for `None` under `*`.
fn put_origin_and_credentials(lines: &mut Lines, policy: &Policy, origin: Option<&[u8]>) {
    let allowed = if is_star(policy) { Some(&b"*"[..]) } else { origin };
    lines.put("access-control-allow-origin", allowed);
    let credentials = policy.allow_credentials.then_some("true");
    lines.put("access-control-allow-credentials", credentials);
    let exposed = effective(&policy.expose_headers, INERT_RESPONSE_HEADERS, str::eq_ignore_ascii_case);
    let exposed = match exposed.contains(&"*") {
        true => Some("*".to_owned()),
        false => (!exposed.is_empty()).then(|| exposed.join(", ")),
    };
    lines.put("access-control-expose-headers", exposed);
}

fn is_star(policy: &Policy) -> bool {
    origin::allows_any(policy) && !policy.allow_credentials
}

/// What a preflight asks for.
struct Asked<'a> {
    method: &'a [u8],
    headers: &'a [u8],
}

/// Fetch's forbidden methods, forbidden response-header names and forbidden
/// request-headers; a `-` at the end stands for all names that start so.
const INERT_METHODS: &[&str] = &["connect", "trace", "track"];
const INERT_RESPONSE_HEADERS: &[&str] = &["set-cookie", "set-cookie2"];
const INERT_REQUEST_HEADERS: &[&str] = &[
    "accept-charset",
    "accept-encoding",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "proxy-",
    "sec-",
];

/// The entries that a page can use, in the order and case written, each once.
fn effective<'a>(written: &'a [String], inert: &[&str], is_same: fn(&str, &str) -> bool) -> Vec<&'a str> {
    let is_inert = |name: &str| {
        let name = name.to_ascii_lowercase();
        inert.iter().any(|inert| name == *inert || inert.ends_with('-') && name.starts_with(inert))
    };
    let mut names: Vec<&str> = vec![];
    for name in written.iter().filter(|name| !is_inert(name)) {
        if !names.iter().any(|known| is_same(known, name)) {
            names.push(name);
        }
    }
    names
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

/// Requested names longer than this, joined, are not echoed.
const LONGEST_ECHO: usize = 16 * 1024;

fn headers(policy: &Policy, asked: &Asked) -> Option<Vec<u8>> {
    let listed = effective(&policy.allow_headers, INERT_REQUEST_HEADERS, str::eq_ignore_ascii_case);
    if listed.is_empty() {
        return None;
    }
    if !listed.contains(&"*") {
        return Some(listed.join(", ").into());
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

fn headers_are_allowed(policy: &Policy, asked: &Asked) -> bool {
    let listed = effective(&policy.allow_headers, INERT_REQUEST_HEADERS, str::eq_ignore_ascii_case);
    let any = listed.contains(&"*");
    if any && policy.allow_credentials {
        return asked.headers.len() <= LONGEST_ECHO && elements(asked.headers).iter().all(|name| is_token(name));
    }
    elements(asked.headers).iter().all(|asked| {
        let authorization = asked.eq_ignore_ascii_case(b"authorization");
        any && !authorization || listed.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(asked))
    })
}

/// The elements of a comma-separated list, without the empty ones.
fn elements(value: &[u8]) -> Vec<&[u8]> {
    value
        .split(|&byte| byte == b',')
        .map(|element| {
            let start = element.iter().take_while(|b| b" \t".contains(b)).count();
            let end = element.iter().rev().take_while(|b| b" \t".contains(b)).count();
            element.get(start..element.len() - end).unwrap_or(b"")
        })
        .filter(|element| !element.is_empty())
        .collect()
}

fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

fn is_short_token(bytes: &[u8]) -> bool {
    is_token(bytes) && bytes.len() <= 64
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

/// An upstream's `vary` with `origin` in it.
pub fn vary_with_origin(vary: Option<&[u8]>) -> Vec<u8> {
    let vary = vary.unwrap_or(b"");
    let members = elements(vary);
    if members.is_empty() {
        return b"origin".to_vec();
    }
    let covers = |member: &&[u8]| member.eq_ignore_ascii_case(b"origin") || *member == b"*";
    if members.iter().any(covers) {
        return vary.to_vec();
    }
    [vary, b", origin"].concat()
}
