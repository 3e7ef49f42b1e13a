//! Answers that a cache gives to the wrong page.

use corsac_fetch::{Credentials, Response};

use crate::ask::{Ask, printable};
use crate::audit::{Audit, may_read};
use crate::caches::{self, freshened, is_storable, varies};
use crate::finding::{Code, Finding};

/// Answers that differ by `Origin` and do not say so ([CORS protocol and HTTP
/// caches](https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches)): a cache may give each to
/// any page, and for some page that changes the verdict.
pub(crate) fn vary(audit: &Audit<'_>) -> Vec<Finding> {
    let plan = audit.plan;
    let pages: Vec<&str> = plan.listed.iter().map(String::as_str).chain([plan.stranger.as_str()]).collect();
    let fresh: Vec<(&str, Ask)> =
        pages.iter().map(|page| (*page, Ask::get(&audit.reading_url(page)).from(page))).collect();
    let without_origin = Ask::get(&plan.url);
    let asks = [&without_origin].into_iter().chain(fresh.iter().map(|(_, ask)| ask));
    let misleads = |answer: &Response| {
        fresh.iter().any(|(page, ask)| {
            audit.seen.response(ask).is_some_and(|own| {
                let differs = |credentials| {
                    may_read(page, &plan.url, answer, credentials) != may_read(page, &plan.url, own, credentials)
                };
                differs(Credentials::Omit) || differs(Credentials::Include)
            })
        })
    };
    let answers: Vec<(&Ask, &Response)> = asks.filter_map(|ask| Some((ask, audit.seen.response(ask)?))).collect();
    let harmful = |answer: &Response| is_storable(answer) && !varies(answer) && misleads(answer);
    let Some((ask, response)) = answers.iter().find(|(_, answer)| harmful(answer)) else { return Vec::new() };
    let (code, message) = if answers.iter().any(|(_, answer)| varies(answer)) {
        let message = "Some answers say Vary: Origin, and this one does not. A cache that keeps it, after an image or a \
                       visit, blocks the page that comes next.";
        (Code::IncompleteVary, message)
    } else {
        let message = "The answer depends on Origin, and Vary does not say so: a cache gives one page's answer to \
                       another, which is then blocked, or let in.";
        (Code::MissingVary, message)
    };
    vec![Finding::new(code, ask, response, message.to_owned())]
}

/// A cache between here and the server that gives one page's answer to another.
pub(crate) fn cached(audit: &Audit<'_>) -> Vec<Finding> {
    let Some((ask, response)) = caches::mixed_up(audit) else { return Vec::new() };
    let (first, second) = caches::pages(audit.plan);
    let value = response.headers.get("access-control-allow-origin");
    let got = value.map_or("no Access-Control-Allow-Origin".to_owned(), |value| format!("\"{}\"", printable(&value)));
    let message = format!(
        "A cache gives one page's answer to another: {second} gets {got}, which {first} got before it, and another \
         answer where nobody asked before it."
    );
    vec![Finding::new(Code::CachedAnswer, &ask, response, message)]
}

/// A 304 without the headers of its page: the copy's headers stay in force, and the browser judges
/// by those.
pub(crate) fn revived(audit: &Audit<'_>) -> Vec<Finding> {
    let modes = [Credentials::Omit, Credentials::Include];
    for revalidation in caches::all_revalidations(audit) {
        let page = revalidation.page;
        let Some(answer) = audit.seen.response(&revalidation.ask).filter(|answer| answer.status == 304) else {
            continue;
        };
        let Some(fresh) = audit.seen.response(&Ask::get(&revalidation.ask.url).from(page)) else { continue };
        let revived = freshened(revalidation.stored, answer);
        for credentials in modes {
            let reads = |response: &Response| may_read(page, &audit.plan.url, response, credentials);
            let result = match (reads(fresh), reads(&revived)) {
                (true, false) => "is blocked, though a fresh answer allows it",
                (false, true) => "reads it, though a fresh answer does not allow that",
                _ => continue,
            };
            let whose = revalidation.stored_for.map_or("without Origin".to_owned(), |owner| format!("for {owner}"));
            let message = format!(
                "A 304 leaves the CORS headers of the copy in force: a page of {page} that gets the copy made {whose} {result}."
            );
            let is_let_in = reads(&revived);
            return vec![Finding::new(Code::Revived304, &revalidation.ask, answer, message).error_if(is_let_in)];
        }
    }
    Vec::new()
}
