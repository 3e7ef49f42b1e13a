//! Who may change the policy: the demo's page, and nobody else whom the visitor's browser may be running.

use std::hint::black_box;

/// The secret of a run. The page holds it; another page cannot read the page.
pub struct Guard {
    origin: String,
    token: String,
}

/// The lines of a request that the guard looks at; a line that came twice is not one of them.
#[derive(Clone, Copy, Default)]
pub struct Asked<'r> {
    pub method: &'r str,
    pub origin: Option<&'r str>,
    pub token: Option<&'r str>,
    pub content_type: Option<&'r str>,
}

/// Why not: a status and a sentence.
pub type Refusal = (u16, &'static str);

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

    /// Whether this asks for a change as the page does. Browsers set `Origin` themselves, and send another origin's JSON or
    /// own header only after a preflight, which the demo never allows; the token keeps out what is no browser.
    pub fn admit_change(&self, asked: Asked<'_>) -> Result<(), Refusal> {
        if asked.method != "POST" {
            return Err((405, "A policy is applied by POST."));
        }
        if asked.origin != Some(&self.origin) {
            return Err((403, "Only the demo's own page applies a policy."));
        }
        self.admit(asked)?;
        let essence = asked.content_type.and_then(|value| value.split(';').next()).map(str::trim);
        if !essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json")) {
            return Err((415, "The content type of a policy is application/json."));
        }
        Ok(())
    }

    /// Whether this comes from somebody who knows the token.
    pub fn admit(&self, asked: Asked<'_>) -> Result<(), Refusal> {
        if asked.token.is_some_and(|token| equal(token.as_bytes(), self.token.as_bytes())) {
            Ok(())
        } else {
            Err((403, "The token is not that of this run: reload the page."))
        }
    }
}

/// Compares in a time that depends on the lengths alone.
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

    fn asked(guard: &Guard) -> Asked<'_> {
        Asked {
            method: "POST",
            origin: Some(ORIGIN),
            token: Some(guard.token()),
            content_type: Some("application/json"),
        }
    }

    #[test]
    fn the_page_is_admitted() {
        let guard = guard();
        assert_eq!(guard.admit_change(asked(&guard)), Ok(()));
        let spelled = Asked { content_type: Some("Application/JSON ; charset=utf-8"), ..asked(&guard) };
        assert_eq!(guard.admit_change(spelled), Ok(()));
    }

    #[test]
    fn another_origin_or_none_is_refused_even_with_the_token() {
        let guard = guard();
        for origin in
            [None, Some("null"), Some(""), Some("http://app.localhost"), Some("http://stranger.localhost:10000")]
        {
            let refusal = guard.admit_change(Asked { origin, ..asked(&guard) }).expect_err("refused");
            assert_eq!(refusal.0, 403, "{origin:?}");
        }
    }

    #[test]
    fn another_token_or_none_is_refused_even_from_the_page() {
        let guard = guard();
        let longer = format!("{}0", guard.token());
        let other = super::Guard::new(ORIGIN.to_owned()).expect("random bytes");
        for token in [None, Some(""), Some(&guard.token()[1..]), Some(longer.as_str()), Some(other.token())] {
            assert_eq!(guard.admit_change(Asked { token, ..asked(&guard) }).expect_err("refused").0, 403, "{token:?}");
        }
    }

    #[test]
    fn what_a_form_can_send_is_refused() {
        let guard = guard();
        for content_type in
            [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp")]
        {
            let refusal = guard.admit_change(Asked { content_type, ..asked(&guard) }).expect_err("refused");
            assert_eq!(refusal.0, 415, "{content_type:?}");
        }
        assert_eq!(guard.admit_change(Asked { method: "GET", ..asked(&guard) }).expect_err("refused").0, 405);
    }

    #[test]
    fn every_run_has_a_token_of_its_own() {
        assert_eq!(guard().token().len(), 32);
        assert_ne!(guard().token(), guard().token());
    }
}
