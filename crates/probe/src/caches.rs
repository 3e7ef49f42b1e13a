//! Caches: requests whose answers tell whether one page's answer reaches another.

use corsac_fetch::{Headers, Response};
use url::Url;

use crate::ask::Ask;
use crate::audit::Audit;
use crate::plan::Plan;

const ALLOW_ORIGIN: &str = "access-control-allow-origin";

/// Two pages ask for one URL, one after the other; then the second page asks for a URL that means
/// the same and that no cache has seen. They come first: whatever is cached is cached by them.
pub(crate) fn trial(plan: &Plan) -> Vec<Ask> {
    let (first, second) = pages(plan);
    let shared = with_query(&plan.url, &format!("{}-1", plan.word));
    vec![
        Ask::get(&shared).from(first),
        Ask::get(&shared).from(second),
        Ask::get(&unshared(plan, 0)).from(second),
        Ask::get(&plan.url),
    ]
}

/// Whether a cache gives one page's answer to another. The answers of the trial: the second page
/// gets the first one's, and gets another where no cache is in the way.
pub(crate) fn mixed_up<'a>(audit: &Audit<'a>) -> Option<(Ask, &'a Response)> {
    let mut asks = trial(audit.plan).into_iter();
    let (first, second, fresh) = (asks.next()?, asks.next()?, asks.next()?);
    let responses = [&first, &second, &fresh].map(|ask| audit.seen.response(ask));
    let [Some(of_first), Some(of_second), Some(of_fresh)] = responses else { return None };
    let value = |response: &Response| response.headers.get(ALLOW_ORIGIN);
    let is_same_resource = of_second.status == of_fresh.status;
    let is_mixed_up = value(of_second) == value(of_first) && value(of_second) != value(of_fresh);
    (is_same_resource && is_mixed_up).then_some((second, of_second))
}

pub(crate) fn is_mixed_up(audit: &Audit<'_>) -> bool {
    mixed_up(audit).is_some()
}

/// The two pages of the trial: of origins for which a server may answer differently.
pub(crate) fn pages(plan: &Plan) -> (&str, &str) {
    let first = plan.listed.first().unwrap_or(&plan.stranger);
    let second =
        plan.listed.get(1).unwrap_or(if plan.listed.is_empty() { &plan.second_stranger } else { &plan.stranger });
    (first, second)
}

/// A URL that means the same and is another one for a cache: by its query, and by its spelling for
/// a cache that leaves the query out of its key.
pub(crate) fn unshared(plan: &Plan, number: usize) -> Url {
    respelled(&with_query(&plan.url, &format!("{}-{}", plan.word, number + 2)), number + 1)
}

/// The URL with one more parameter, which servers ignore.
fn with_query(url: &Url, value: &str) -> Url {
    let mut url = url.clone();
    url.query_pairs_mut().append_pair("corsac-probe", value);
    url
}

/// The URL with some letters of its path percent-encoded, which changes nothing (RFC 3986, section
/// 6.2.2.2): the last one for the lowest bit of `which`, and so on.
fn respelled(url: &Url, which: usize) -> Url {
    let (mut bits, mut bytes) = (which, Vec::new());
    for byte in url.path().bytes().rev() {
        let is_encoded = byte.is_ascii_alphanumeric() && bits & 1 == 1;
        bits >>= usize::from(byte.is_ascii_alphanumeric());
        let spelled = if is_encoded { format!("%{byte:02X}") } else { char::from(byte).to_string() };
        bytes.extend(spelled.bytes().rev());
    }
    bytes.reverse();
    let mut respelled = url.clone();
    // What is already encoded stays as it is.
    if let (false, Ok(path)) = (url.path().contains('%'), std::str::from_utf8(&bytes)) {
        respelled.set_path(path);
    }
    respelled
}

/// One page's cache asks whether its copy is still good, on behalf of another page.
pub(crate) struct Revalidation<'a> {
    /// Whose copy it is; `None`: a request without `Origin`, as `<img>` sends it.
    pub stored_for: Option<&'a str>,
    /// Who asks now.
    pub page: &'a str,
    pub ask: Ask,
    /// The copy.
    pub stored: &'a Response,
}

/// Every revalidation that the validators of the answers let a cache make.
pub(crate) fn all_revalidations<'a>(audit: &Audit<'a>) -> Vec<Revalidation<'a>> {
    let plan = audit.plan;
    let listed = || plan.listed.iter().map(String::as_str).take(2);
    let owners = [None].into_iter().chain(listed().map(Some));
    let mut all = Vec::new();
    for stored_for in owners {
        let url = stored_for.map_or_else(|| plan.url.clone(), |page| audit.reading_url(page));
        let ask = stored_for.iter().fold(Ask::get(&url), |ask, page| ask.from(page));
        let Some(stored) = audit.seen.response(&ask).filter(|response| is_storable(response)) else { continue };
        for page in listed().chain([plan.stranger.as_str()]).filter(|page| Some(*page) != stored_for) {
            let Some((name, value)) = validator(stored) else { continue };
            all.push(Revalidation { stored_for, page, ask: Ask::get(&url).from(page).with(name, value), stored });
        }
    }
    all
}

/// The precondition that a cache sends. An answer that varies by `Origin` is not that page's own:
/// only an entity tag can tell (RFC 9111, section 4.1).
fn validator(stored: &Response) -> Option<(&'static str, Vec<u8>)> {
    if let Some(tag) = stored.headers.get("etag") {
        return Some(("if-none-match", tag));
    }
    let date = stored.headers.get("last-modified").filter(|_| !varies(stored))?;
    Some(("if-modified-since", date))
}

/// Whether the answer says that it depends on `Origin`.
pub(crate) fn varies(response: &Response) -> bool {
    let names = response.headers.get("vary").unwrap_or_default();
    let mut names = names.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    names.any(|name| name == b"*" || name.eq_ignore_ascii_case(b"origin"))
}

/// Whether a cache may keep the answer (RFC 9111, section 3; RFC 9110, section 15.1).
pub(crate) fn is_storable(response: &Response) -> bool {
    let control = response.headers.get("cache-control").unwrap_or_default().to_ascii_lowercase();
    let mut directives = control.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let is_by_default =
        matches!(response.status, 200 | 203 | 204 | 206 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501);
    let has_lifetime = response.headers.get("expires").is_some()
        || directives.clone().any(|directive| directive == b"public" || directive.starts_with(b"max-age="));
    !directives.any(|directive| directive == b"no-store") && (is_by_default || has_lifetime)
}

/// The copy after a 304, whose headers replace those of the same names (RFC 9111, section 3.2).
pub(crate) fn freshened(stored: &Response, not_modified: &Response) -> Response {
    let is_replaced = |name: &str| not_modified.headers.values(name).next().is_some();
    let kept = stored.headers.iter().filter(|(name, _)| !is_replaced(name));
    let headers: Headers = kept.chain(not_modified.headers.iter()).collect();
    Response { status: stored.status, headers }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_spelling_of_a_path_is_the_same_resource() {
        let url = |text: &str| Url::parse(text).unwrap();
        assert_eq!(respelled(&url("http://a.test/items?b"), 1).as_str(), "http://a.test/item%73?b");
        assert_eq!(respelled(&url("http://a.test/items/"), 2).as_str(), "http://a.test/ite%6Ds/");
        assert_eq!(respelled(&url("http://a.test/b/items"), 35).as_str(), "http://a.test/%62/ite%6D%73");
        assert_eq!(respelled(&url("http://a.test/"), 1).as_str(), "http://a.test/");
        assert_eq!(respelled(&url("http://a.test/%20a"), 1).as_str(), "http://a.test/%20a");
    }

    #[test]
    fn a_304_replaces_headers_and_leaves_the_others() {
        let stored =
            Response::new(200, [("ETag", "1"), ("access-control-allow-origin", "https://a.test"), ("age", "1")]);
        let fresh = freshened(&stored, &Response::new(304, [("etag", "1"), ("Age", "0")]));
        assert_eq!(fresh.status, 200);
        assert_eq!(fresh.headers.get("access-control-allow-origin").as_deref(), Some(&b"https://a.test"[..]));
        assert_eq!(fresh.headers.get("age").as_deref(), Some(&b"0"[..]));
    }

    #[test]
    fn some_statuses_are_stored_without_being_told() {
        assert!(is_storable(&Response::new(200, [("", "")])));
        assert!(!is_storable(&Response::new(200, [("cache-control", "private, NO-STORE")])));
        assert!(!is_storable(&Response::new(403, [("", "")])));
        assert!(is_storable(&Response::new(403, [("cache-control", "max-age=60")])));
    }
}
