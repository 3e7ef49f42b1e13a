//! Header values that browsers refuse, or read otherwise than their author.

use std::collections::BTreeSet;

use corsac_fetch::{Credentials, Headers, Origin, Response, printable};

use crate::ask::Ask;
use crate::audit::{Audit, Read};
use crate::finding::{Code, Finding};

const ORIGIN: &str = "access-control-allow-origin";
const CREDENTIALS: &str = "access-control-allow-credentials";
const MAX_AGE: &str = "access-control-max-age";
const METHODS: &str = "access-control-allow-methods";
const HEADERS: &str = "access-control-allow-headers";
const EXPOSE: &str = "access-control-expose-headers";

/// `*` beside `Access-Control-Allow-Credentials: true`: browsers refuse it to every page that asks
/// with credentials.
pub(crate) fn wildcard_with_credentials(audit: &Audit<'_>) -> Vec<Finding> {
    let is_both = |_: &Ask, response: &Response| has(response, ORIGIN, b"*") && has(response, CREDENTIALS, b"true");
    let Some((ask, response)) = cors_answers(audit).find(|(ask, response)| is_both(ask, response)) else {
        return Vec::new();
    };
    let message = "The answer says * and allows credentials, and a browser takes the two together for a failure. A page \
                   that asks with credentials is blocked; one without needs no Access-Control-Allow-Credentials.";
    let finding = Finding::new(Code::WildcardWithCredentials, ask, response, message.to_owned());
    vec![judged(audit, finding, ask, Credentials::Include)]
}

/// `*` in a list, where the answer is for requests with credentials: there it is a name like any
/// other.
pub(crate) fn wildcard_list_with_credentials(audit: &Audit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in [METHODS, HEADERS, EXPOSE] {
        let is_literal = |ask: &Ask, response: &Response| {
            let list = response.headers.tokens(name).ok().flatten().unwrap_or_default();
            counts(ask, name)
                && has(response, CREDENTIALS, b"true")
                && !has(response, ORIGIN, b"*")
                && list.iter().any(|item| item == "*")
        };
        if let Some((ask, response)) = cors_answers(audit).find(|(ask, response)| is_literal(ask, response)) {
            let message = format!(
                "{} is *, and the answer allows credentials. For a request with credentials * means nothing but itself: \
                 list the names.",
                title(name)
            );
            findings.push(Finding::new(Code::WildcardListWithCredentials, ask, response, message));
        }
    }
    findings
}

/// A header that occurs several times, where browsers take one only.
pub(crate) fn doubled(audit: &Audit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in [ORIGIN, CREDENTIALS, MAX_AGE] {
        let is_doubled = |ask: &Ask, response: &Response| counts(ask, name) && times(response, name) > 1;
        let Some((ask, response)) = cors_answers(audit).find(|(ask, response)| is_doubled(ask, response)) else {
            continue;
        };
        let result = match name {
            ORIGIN => "Browsers block every page",
            CREDENTIALS => "Browsers block every page that asks with credentials",
            _ => "Browsers take it for 5 seconds",
        };
        let lines = times(response, name);
        let message = format!(
            "{} occurs {lines} times: two parts of the server write it. {result}, even where the values are the same.",
            title(name)
        );
        let finding = Finding::new(Code::DoubledHeader, ask, response, message);
        let credentials = if name == CREDENTIALS { Credentials::Include } else { Credentials::Omit };
        findings.push(if name == MAX_AGE { finding } else { judged(audit, finding, ask, credentials) });
    }
    findings
}

/// How often a header occurs. Some proxies join repeated lines by a comma: then members recur, or
/// `*` has company.
fn times(response: &Response, name: &str) -> usize {
    let lines = response.headers.values(name).count();
    let value = response.headers.get(name).unwrap_or_default();
    let members: Vec<&[u8]> = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).collect();
    let different: BTreeSet<&[u8]> = members.iter().copied().collect();
    let is_joined = different.len() < members.len() || (members.len() > 1 && different.contains(&b"*"[..]));
    if is_joined { members.len() } else { lines }
}

/// A value that is neither `*` nor an origin: a list, a pattern, a name without its scheme, a slash
/// at the end.
pub(crate) fn invalid_allow_origin(audit: &Audit<'_>) -> Vec<Finding> {
    let invalid = |ask: &Ask, response: &Response| {
        let value = response.headers.values(ORIGIN).next().filter(|_| times(response, ORIGIN) == 1)?;
        // A refusal may say anything that is not an origin.
        let is_refusal = !is_from_a_listed(audit, ask) || value.is_empty();
        (value != b"*" && !is_origin(value) && !is_refusal).then(|| printable(value))
    };
    let found = cors_answers(audit).find_map(|(ask, response)| Some((ask, response, invalid(ask, response)?)));
    let Some((ask, response, value)) = found else { return Vec::new() };
    let message = format!(
        "Access-Control-Allow-Origin is \"{value}\", which is neither * nor an origin as browsers write it. It allows nobody."
    );
    let finding = Finding::new(Code::InvalidAllowOrigin, ask, response, message);
    vec![judged(audit, finding, ask, Credentials::Omit)]
}

/// Whether a value is an origin as browsers write it.
pub(super) fn is_origin(value: &[u8]) -> bool {
    std::str::from_utf8(value).is_ok_and(|value| Origin::parse(value).is_some() && !value.contains('*'))
}

/// A header, whether its lines follow its syntax, and what the syntax is.
type Syntax = (&'static str, fn(&Headers) -> bool, &'static str);

/// Values of the other headers that do not follow their syntax.
pub(crate) fn invalid_header(audit: &Audit<'_>) -> Vec<Finding> {
    let rules: [Syntax; 5] = [
        (METHODS, |headers| headers.tokens(METHODS).is_ok(), "It is a list of methods, separated by commas"),
        (HEADERS, |headers| headers.tokens(HEADERS).is_ok(), "It is a list of header names, separated by commas"),
        (EXPOSE, |headers| headers.tokens(EXPOSE).is_ok(), "It is a list of header names, separated by commas"),
        (MAX_AGE, |headers| headers.values(MAX_AGE).all(is_seconds), "It is a number of seconds, and else means 5"),
        (CREDENTIALS, |headers| headers.values(CREDENTIALS).all(is_true_or_nothing), "Only \"true\" means anything"),
    ];
    let mut findings = Vec::new();
    for (name, is_valid, sentence) in rules {
        let is_invalid = |ask: &Ask, response: &Response| counts(ask, name) && !is_valid(&response.headers);
        if let Some((ask, response)) = cors_answers(audit).find(|(ask, response)| is_invalid(ask, response)) {
            let value = printable(&response.headers.get(name).unwrap_or_default());
            let message = format!("{} is \"{value}\". {sentence}.", title(name));
            findings.push(Finding::new(Code::InvalidHeader, ask, response, message));
        }
    }
    findings
}

/// RFC 9111, section 1.2.2.
fn is_seconds(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(u8::is_ascii_digit)
}

/// `false` is not in the standard, and browsers take it for what it says.
fn is_true_or_nothing(value: &[u8]) -> bool {
    matches!(value, b"true" | b"false" | b"")
}

/// Whether a browser reads that header in the answer to such a request: some are for preflights
/// only, and one is for everything else.
fn counts(ask: &Ask, name: &str) -> bool {
    match name {
        METHODS | HEADERS | MAX_AGE => ask.is_preflight(),
        EXPOSE => !ask.is_preflight(),
        _ => true,
    }
}

/// The answers to what browsers send, by pages of other origins. Those for listed origins first:
/// they show best what is wrong.
fn cors_answers<'a>(audit: &Audit<'a>) -> impl Iterator<Item = (&'a Ask, &'a Response)> {
    let (listed, others): (Vec<_>, Vec<_>) =
        audit.seen.answered().filter(|(ask, _)| is_sendable(ask)).partition(|(ask, _)| is_from_a_listed(audit, ask));
    listed.into_iter().chain(others)
}

fn is_sendable(ask: &Ask) -> bool {
    let mut origins = ask.lines.iter().filter(|(name, _)| name == "origin");
    let (Some((_, origin)), None) = (origins.next(), origins.next()) else { return false };
    std::str::from_utf8(origin).is_ok_and(|origin| Origin::parse(origin).is_some())
}

fn is_from_a_listed(audit: &Audit<'_>, ask: &Ask) -> bool {
    ask.value("origin").is_some_and(|origin| audit.plan.listed.iter().any(|listed| listed.as_bytes() == origin))
}

fn has(response: &Response, name: &str, value: &[u8]) -> bool {
    response.headers.get(name).as_deref() == Some(value)
}

/// With the verdict for the page that sent the request, as far as it is a plain reading.
fn judged(audit: &Audit<'_>, finding: Finding, ask: &Ask, credentials: Credentials) -> Finding {
    let origin = ask.origin().unwrap_or_default();
    let read: Option<Read> = audit.read_at(&ask.url, &origin, credentials).filter(|_| !ask.is_preflight());
    match read {
        Some(read) => finding.judged(&read),
        None => finding,
    }
}

/// `Access-Control-Allow-Origin` for its name in lower case.
pub(crate) fn title(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(capital).collect::<Vec<String>>().join("-")
}
