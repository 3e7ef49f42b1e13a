//! Answers that keep a listed page out.

use corsac_fetch::{Blocked, Credentials, Phase, Reason, Response, printable};
use url::Url;

use super::values::is_origin;
use crate::ask::{Ask, Verb};
use crate::audit::{Audit, Read, may_read, passes_the_preflight};
use crate::finding::{Code, Finding};
use crate::plan::{Use, Visitor};

/// A listed origin that is not allowed.
pub(crate) fn refused(audit: &Audit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for page in &audit.plan.listed {
        let Some(read) = audit.read(page, Credentials::Omit) else { continue };
        let (Some(blocked), Some((ask, response))) = (read.blocked(), &read.last) else { continue };
        let is_redirect = is_of_a_redirect(audit, page, ask, response);
        if is_redirect || is_an_error_for_everybody(audit, response) {
            continue;
        }
        let message = match &blocked.reason {
            Reason::AllowOriginMissing => {
                format!("The server does not allow {page}: there is no Access-Control-Allow-Origin.")
            }
            Reason::AllowOrigin { value, lines: 1 } if is_another_origin(value) => {
                format!("The server allows {}, and not {page}.", printable(value))
            }
            _ => continue,
        };
        findings.push(Finding::new(Code::OriginRefused, ask, response, message).judged(&read));
    }
    findings
}

fn is_another_origin(value: &[u8]) -> bool {
    value.is_empty() || is_origin(value)
}

/// Whether the answer is a redirect, or comes after one.
fn is_of_a_redirect(audit: &Audit<'_>, page: &str, ask: &Ask, response: &Response) -> bool {
    is_redirect(response) || ask.url != Ask::get(&audit.reading_url(page)).url
}

fn is_redirect(response: &Response) -> bool {
    matches!(response.status, 301 | 302 | 303 | 307 | 308) && response.headers.get("location").is_some()
}

/// Whether the request fails whoever asks: then what is missing is CORS on errors.
fn is_an_error_for_everybody(audit: &Audit<'_>, response: &Response) -> bool {
    let without = audit.seen.response(&Ask::get(&audit.plan.url));
    response.status >= 400 && without.is_some_and(|without| without.status >= 400)
}

/// A redirect that a listed page does not come through.
pub(crate) fn redirect(audit: &Audit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for page in &audit.plan.listed {
        let Some(read) = audit.read(page, Credentials::Omit) else { continue };
        let (Some(blocked), Some((ask, response))) = (read.blocked(), &read.last) else { continue };
        if blocked.reason == Reason::NoAnswer || !is_of_a_redirect(audit, page, ask, response) {
            continue;
        }
        let what = if is_redirect(response) { "The redirect" } else { "The answer after a redirect" };
        let as_null = if blocked.origin == "null" && page != "null" {
            " The request's origin is null by then: a redirect from one foreign origin to another makes it so."
        } else {
            ""
        };
        let message = format!("{what} from {} blocks {page}: {}.{as_null}", ask.url, blocked.reason);
        findings.push(Finding::new(Code::RedirectBlocked, ask, response, message).judged(&read));
    }
    findings
}

/// A preflight that fails, though the page may read and the server means to answer preflights.
pub(crate) fn preflight(audit: &Audit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for page in &audit.plan.listed {
        if !audit.read(page, Credentials::Omit).is_some_and(|read| read.is_allowed()) {
            continue;
        }
        findings.extend(plain_preflight(audit, page));
        findings.extend(audit.plan.uses.iter().filter_map(|used| use_fails(audit, page, used)));
    }
    findings
}

/// The preflight of a `GET`, as an upload listener causes it: no list can refuse it.
fn plain_preflight(audit: &Audit<'_>, page: &str) -> Option<Finding> {
    let plain = Use { method: "GET".to_owned(), headers: Vec::new() };
    let read = audit.judge(&audit.fetch(page, &plain, Credentials::Omit)?.use_preflight());
    let blocked = preflight_failure(&read)?;
    let (ask, response) = read.last.as_ref()?;
    // A file server that answers 405 to OPTIONS, with its headers for every answer, means nothing
    // by it: its files need no preflight.
    let means_to = matches!(response.status, 401 | 407) || speaks_of_preflights(audit, page);
    let why = match response.status {
        401 | 407 => " A preflight never carries credentials: answer it ahead of authentication.",
        _ => "",
    };
    let message = format!("A preflight by {page} fails: {}.{why}", blocked.reason);
    means_to.then(|| Finding::new(Code::PreflightFails, ask, response, message).judged(&read))
}

/// Whether some answer has a header that only a preflight needs.
fn speaks_of_preflights(audit: &Audit<'_>, page: &str) -> bool {
    let names = ["access-control-allow-methods", "access-control-allow-headers", "access-control-max-age"];
    let answers = audit.seen.answered().filter(|(ask, _)| ask.value("origin") == Some(page.as_bytes()));
    answers.into_iter().any(|(_, response)| names.iter().any(|name| response.headers.get(name).is_some()))
}

/// What a page is meant to do, and may not.
fn use_fails(audit: &Audit<'_>, page: &str, used: &Use) -> Option<Finding> {
    let read = audit.judge(&audit.fetch(page, used, Credentials::Omit)?);
    let blocked = preflight_failure(&read)?;
    let (ask, response) = read.last.as_ref()?;
    let message = format!("A page of {page} may not send {}: {}.", used.method, blocked.reason);
    Some(Finding::new(Code::PreflightFails, ask, response, message).judged(&read))
}

fn preflight_failure(read: &Read) -> Option<&Blocked> {
    let blocked = read.blocked().filter(|blocked| blocked.phase == Phase::Preflight)?;
    (!passes_the_preflight(read) && blocked.reason != Reason::NoAnswer).then_some(blocked)
}

/// Errors that a listed page cannot read, where it may read the answer itself.
pub(crate) fn errors(audit: &Audit<'_>) -> Vec<Finding> {
    let asks: Vec<(&str, Ask)> = if let Some(page) = audit.reader() {
        telling_errors(audit, page).into_iter().map(|ask| (page, ask)).collect()
    } else {
        let ask = |page: &str| Ask::get(&audit.reading_url(page)).from(page);
        audit.plan.listed.iter().map(|page| (page.as_str(), ask(page))).collect()
    };
    let unreadable: Vec<(&str, &Ask, &Response)> = asks
        .iter()
        .filter(|(page, ask)| is_an_unreadable_error(audit, page, ask))
        .filter_map(|(page, ask)| Some((*page, ask, audit.seen.response(ask)?)))
        .filter(|(_, _, response)| audit.reader().is_some() || is_an_error_for_everybody(audit, response))
        .collect();
    let Some((page, ask, response)) = unreadable.first() else { return Vec::new() };
    let mut statuses: Vec<u16> = unreadable.iter().map(|(_, _, response)| response.status).collect();
    statuses.sort_unstable();
    statuses.dedup();
    let statuses: Vec<String> = statuses.iter().map(ToString::to_string).collect();
    let message = format!(
        "Errors do not allow {page}, which learns no more than that something failed. Seen on {}.",
        statuses.join(", ")
    );
    let finding = Finding::new(Code::ErrorWithoutCors, ask, response, message);
    let read =
        audit.read_at(&ask.url, page, Credentials::Omit).filter(|_| ask.verb == Verb::Get && ask.lines.len() == 1);
    vec![if let Some(read) = read { finding.judged(&read) } else { finding }]
}

fn is_an_unreadable_error(audit: &Audit<'_>, page: &str, ask: &Ask) -> bool {
    let unreadable = |answer: &Response| answer.status >= 400 && !may_read(page, &ask.url, answer, Credentials::Omit);
    audit.seen.response(ask).is_some_and(unreadable)
}

/// The requests whose errors CORS is meant for. It may be meant for one method, or for one path: an
/// error of another tells something only where the answer to its preflight allows the page, or
/// where errors of the URL itself are the same.
fn telling_errors(audit: &Audit<'_>, page: &str) -> Vec<Ask> {
    let plan = audit.plan;
    let missing = plan.missing(Visitor::Listed);
    let is_covered = |url: &Url| {
        let answer = audit.seen.response(&Ask::preflight(url, page, "GET", ""));
        answer.is_some_and(|answer| answer.status < 300 && may_read(page, url, answer, Credentials::Omit))
    };
    let mut asks = Vec::from_iter(plan.without_credentials(page));
    if is_covered(&plan.url) {
        let is_405 = |ask: &Ask| audit.seen.response(ask).is_some_and(|answer| answer.status == 405);
        asks.extend(plan.unusual(page).into_iter().filter(is_405));
    }
    let (of_missing, precondition) = (Ask::get(&missing).from(page), plan.precondition(page));
    if is_an_unreadable_error(audit, page, &of_missing) {
        let is_the_same = is_an_unreadable_error(audit, page, &precondition);
        if is_covered(&missing) || is_the_same {
            asks.push(of_missing);
        }
        // By itself it tells of a cache on the way, which answers it alone.
        asks.extend(is_the_same.then_some(precondition));
    }
    asks
}

/// An `Origin` or a preflight that makes the server fail.
pub(crate) fn server_error(audit: &Audit<'_>) -> Vec<Finding> {
    let fails = |response: &Response| response.status >= 500 && response.status != 501;
    let without = audit.seen.response(&Ask::get(&audit.plan.url));
    if without.is_none_or(fails) {
        return Vec::new();
    }
    let is_strange = |ask: &Ask| ask.value("origin").is_some();
    let Some((ask, response)) = audit.seen.answered().find(|(ask, response)| is_strange(ask) && fails(response)) else {
        return Vec::new();
    };
    let message = format!(
        "The server fails with {} when the request says {}. Without Origin it does not.",
        response.status,
        ask.lines
            .iter()
            .map(|(name, value)| shortened(&format!("{name}: {}", printable(value))))
            .collect::<Vec<_>>()
            .join("; ")
    );
    vec![Finding::new(Code::ServerError, ask, response, message)]
}

fn shortened(text: &str) -> String {
    const MOST: usize = 100;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
