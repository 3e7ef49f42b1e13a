//! Lets only the demo's page change the policy, and no other page in the visitor's browser.

use std::hint::black_box;

/// The secret token of a run. The demo's page holds it, and other pages cannot read that page.
pub struct Guard {
    origin: String,
    token: String,
}

/// The parts of a request that the guard checks. A header that came twice is `None`.
#[derive(Clone, Copy, Default)]
pub struct PageRequest<'r> {
    pub method: &'r str,
    pub origin: Option<&'r str>,
    pub token: Option<&'r str>,
    pub content_type: Option<&'r str>,
}

/// The reason against a request: a status and a sentence.
pub type Rejection = (u16, &'static str);

impl Guard {
    /// A guard with a new token, for the page at `origin`.
    pub fn new(origin: String) -> Result<Self, getrandom::Error> {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random)?;
        Ok(Self { origin, token: random.map(|byte| format!("{byte:02x}")).concat() })
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    /// Whether the page may have sent this request for a change. Browsers set `Origin` themselves,
    /// and send JSON or a custom header from another origin only after a preflight, which the demo
    /// never allows. The token rejects other clients.
    pub fn admit_change(&self, request: PageRequest<'_>) -> Result<(), Rejection> {
        if request.method != "POST" {
            return Err((405, "A policy is applied by POST."));
        }
        if request.origin != Some(&self.origin) {
            return Err((403, "Only the demo's own page can apply a policy."));
        }
        self.admit(request)?;
        let essence = request.content_type.and_then(|value| value.split(';').next()).map(str::trim);
        if !essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json")) {
            return Err((415, "The content type of a policy is application/json."));
        }
        Ok(())
    }

    /// Whether the request has the token.
    pub fn admit(&self, request: PageRequest<'_>) -> Result<(), Rejection> {
        if request.token.is_some_and(|token| equal(token.as_bytes(), self.token.as_bytes())) {
            Ok(())
        } else {
            Err((403, "The token is not from this run. Reload the page."))
        }
    }
}

/// Compares in a time that depends only on the lengths.
fn equal(one: &[u8], other: &[u8]) -> bool {
    let difference = one.iter().zip(other).fold(0, |difference, (a, b)| black_box(difference | (a ^ b)));
    one.len() == other.len() && difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "http://app.localhost:10000";

    fn guard() -> Guard {
        Guard::new(ORIGIN.to_owned()).expect("random bytes")
    }

    fn request(guard: &Guard) -> PageRequest<'_> {
        PageRequest {
            method: "POST",
            origin: Some(ORIGIN),
            token: Some(guard.token()),
            content_type: Some("application/json"),
        }
    }

    #[test]
    fn the_page_is_admitted() {
        let guard = guard();
        assert_eq!(guard.admit_change(request(&guard)), Ok(()));
        let spelled = PageRequest { content_type: Some("Application/JSON ; charset=utf-8"), ..request(&guard) };
        assert_eq!(guard.admit_change(spelled), Ok(()));
    }

    #[test]
    fn another_origin_or_none_is_rejected_even_with_the_token() {
        let guard = guard();
        for origin in
            [None, Some("null"), Some(""), Some("http://app.localhost"), Some("http://stranger.localhost:10000")]
        {
            let rejection = guard.admit_change(PageRequest { origin, ..request(&guard) }).expect_err("rejected");
            assert_eq!(rejection.0, 403, "{origin:?}");
        }
    }

    #[test]
    fn another_token_or_none_is_rejected_even_from_the_page() {
        let guard = guard();
        let longer = format!("{}0", guard.token());
        let other = super::Guard::new(ORIGIN.to_owned()).expect("random bytes");
        for token in [None, Some(""), Some(&guard.token()[1..]), Some(longer.as_str()), Some(other.token())] {
            assert_eq!(
                guard.admit_change(PageRequest { token, ..request(&guard) }).expect_err("rejected").0,
                403,
                "{token:?}"
            );
        }
    }

    #[test]
    fn a_request_that_a_form_can_send_is_rejected() {
        let guard = guard();
        for content_type in
            [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp")]
        {
            let rejection = guard.admit_change(PageRequest { content_type, ..request(&guard) }).expect_err("rejected");
            assert_eq!(rejection.0, 415, "{content_type:?}");
        }
        assert_eq!(guard.admit_change(PageRequest { method: "GET", ..request(&guard) }).expect_err("rejected").0, 405);
    }

    #[test]
    fn every_run_has_a_new_token() {
        assert_eq!(guard().token().len(), 32);
        assert_ne!(guard().token(), guard().token());
    }
}
