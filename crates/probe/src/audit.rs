//! What was seen, as a browser sees it.

use corsac_fetch::{Blocked, Credentials, Fetch, Origin, Reason, Request, Response, Verdict, is_safelisted_header};
use url::Url;

use crate::ask::Ask;
use crate::caches;
use crate::observations::Observations;
use crate::plan::{Plan, Use};

/// The most redirects that a probe follows. A browser follows twenty.
const MOST_HOPS: usize = 5;

/// A plan and what came of it.
#[derive(Clone, Copy)]
pub(crate) struct Audit<'a> {
    pub plan: &'a Plan,
    pub seen: &'a Observations,
}

/// How a page's request ended.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    /// The browser's verdict.
    pub verdict: Verdict,
    /// The last request and its answer, which decided.
    pub last: Option<(Ask, Response)>,
    /// The credentials mode.
    pub credentials: Credentials,
}

impl Read {
    pub fn is_allowed(&self) -> bool {
        self.verdict.is_allowed()
    }

    pub fn blocked(&self) -> Option<&Blocked> {
        self.verdict.outcome.as_ref().err().map(|blocked| &**blocked)
    }

    /// Whether the answer names the page. `*` names nobody: whoever sends it means everybody.
    pub fn is_named(&self) -> bool {
        let last = self.last.as_ref();
        let value = last.and_then(|(_, response)| response.headers.get("access-control-allow-origin"));
        self.is_allowed() && value.is_some_and(|value| value != b"*")
    }
}

impl Audit<'_> {
    /// The URL that a page's own reading goes to. Where a cache gives one page's answer to another,
    /// each gets a URL that no other has, so that the server is seen and not the cache.
    pub fn reading_url(&self, page: &str) -> Url {
        if !caches::is_mixed_up(self) {
            return self.plan.url.clone();
        }
        let number = self.plan.pages().position(|known| known == page).unwrap_or_default();
        caches::unshared(self.plan, number + 1)
    }

    /// What comes of `fetch(url)` by a page of that origin.
    pub fn read(&self, page: &str, credentials: Credentials) -> Option<Read> {
        self.read_at(&self.reading_url(page), page, credentials)
    }

    /// The same at another URL.
    pub fn read_at(&self, url: &Url, page: &str, credentials: Credentials) -> Option<Read> {
        let fetch = Fetch::new(Origin::parse(page)?, url.as_str()).ok()?.credentials(credentials);
        Some(self.judge(&fetch))
    }

    /// The first of the listed origins whose pages may read the answer.
    pub fn reader(&self) -> Option<&str> {
        let reads = |page: &&String| self.read(page, Credentials::Omit).is_some_and(|read| read.is_allowed());
        self.plan.listed.iter().find(reads).map(String::as_str)
    }

    /// Where a page's reading leads next: a redirect, which is followed with `GET` only.
    pub fn next_hop(&self, page: &str) -> Option<Ask> {
        let fetch = Fetch::new(Origin::parse(page)?, self.reading_url(page).as_str()).ok()?;
        [Credentials::Omit, Credentials::Include].into_iter().find_map(|credentials| {
            let (mut hops, mut next) = (0, None);
            fetch.clone().credentials(credentials).judge(|request| {
                hops += 1;
                let ask = Ask::of(request)?;
                let response = self.seen.response(&ask).cloned();
                if hops <= MOST_HOPS && !self.seen.has(&ask) {
                    next = Some(ask);
                }
                response
            });
            next
        })
    }

    /// The request of a page that uses the URL in that way.
    pub fn fetch(&self, page: &str, used: &Use, credentials: Credentials) -> Option<Fetch> {
        let fetch = Fetch::new(Origin::parse(page)?, self.plan.url.as_str()).ok()?;
        let fetch = fetch.method(&used.method).ok()?.credentials(credentials);
        used.headers.iter().try_fold(fetch, |fetch, name| fetch.header(name, unsafe_value(name)).ok())
    }

    /// Its preflight; `None` where a browser sends none.
    pub fn preflight_of(&self, page: &str, used: &Use) -> Option<Ask> {
        self.fetch(page, used, Credentials::Omit)?.preflight_request().as_ref().and_then(Ask::of)
    }

    /// A fetch against what was seen. What was not seen gets no answer.
    pub fn judge(&self, fetch: &Fetch) -> Read {
        let mut last = None;
        let credentials = if fetch.request().with_credentials { Credentials::Include } else { Credentials::Omit };
        let verdict = fetch.judge(|request: &Request| {
            let ask = Ask::of(request)?;
            let response = self.seen.response(&ask)?.clone();
            last = Some((ask, response.clone()));
            Some(response)
        });
        Read { verdict, last, credentials }
    }
}

/// Whether the preflight passed: what is missing is the answer to the request itself, which is
/// never sent.
pub(crate) fn passes_the_preflight(read: &Read) -> bool {
    let is_unanswered =
        |blocked: &Blocked| blocked.phase == corsac_fetch::Phase::Actual && blocked.reason == Reason::NoAnswer;
    read.is_allowed() || (read.last.is_some() && read.blocked().is_some_and(is_unanswered))
}

/// Whether a browser would let a page of that origin read this answer to a plain `GET`.
pub(crate) fn may_read(page: &str, url: &Url, response: &Response, credentials: Credentials) -> bool {
    let fetch = Origin::parse(page).and_then(|page| Fetch::new(page, url.as_str()).ok());
    // A redirect is judged as the answer that it is.
    let response = Response { status: if response.status < 400 { 200 } else { response.status }, ..response.clone() };
    fetch.is_some_and(|fetch| fetch.credentials(credentials).judge_answers([response]).is_allowed())
}

/// A value for which a browser asks first.
fn unsafe_value(name: &str) -> String {
    let value = if name.eq_ignore_ascii_case("content-type") { "application/json" } else { "-" };
    if is_safelisted_header(name, value.as_bytes()) { "a".repeat(129) } else { value.to_owned() }
}
