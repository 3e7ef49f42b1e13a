//! The algorithms of the standard, step by step.

use url::Url;

use crate::chrome::CorsError;
use crate::cors_check::cors_check;
use crate::fetch::{Fetch, Mode, Redirect, includes_credentials};
use crate::firefox::FirefoxKey;
use crate::headers::{Headers, printable};
use crate::preflight::{Allowed, Why};
use crate::preflight_cache;
use crate::reason::Reason;
use crate::request::{Current, Phase, Request, Tainting, is_same_origin};
use crate::request_header::{is_non_wildcard_header, is_of_the_body};
use crate::response::{Answer, Kind, Response};
use crate::route::{Route, is_http, route};
use crate::section::Section;
use crate::verdict::{Blocked, Step, StepOutcome, Verdict};

impl Fetch {
    /// Why the browser sends a preflight first; `None` where it sends none. This is about the first
    /// URL, before any redirect, and about an empty cache of preflights.
    pub fn needs_preflight(&self) -> Option<Why> {
        match route(&Current::new(self)) {
            Ok(Route::Cors(why)) => why,
            _ => None,
        }
    }

    /// The preflight, as it leaves the browser; `None` where the browser sends none.
    pub fn preflight_request(&self) -> Option<Request> {
        self.needs_preflight().map(|_| self.tainted().preflight())
    }

    /// The request itself, as it leaves the browser, before any redirect.
    pub fn request(&self) -> Request {
        self.tainted().actual()
    }

    /// Runs the fetch against `server`, which gets every request in order: the preflight, the
    /// request itself, and both again after a redirect. `None` means that no response comes.
    ///
    /// The caches of preflights and of responses are empty, and no extension, service worker or
    /// Content Security Policy interferes.
    pub fn judge(&self, server: impl FnMut(&Request) -> Option<Response>) -> Verdict {
        let mut judge = Judge { current: Current::new(self), steps: Vec::new(), server };
        for name in &self.ignored {
            judge.note(
                Section::ForbiddenRequestHeader,
                format!("A script may not set {name}; the browser leaves it out."),
            );
        }
        let outcome = judge.fetch();
        Verdict { steps: judge.steps, outcome }
    }

    /// The same with a list of responses, in order. After the last one, no response comes.
    pub fn judge_answers(&self, answers: impl IntoIterator<Item = Response>) -> Verdict {
        let mut answers = answers.into_iter();
        self.judge(|_| answers.next())
    }

    /// The request with the response tainting that main fetch gives it.
    fn tainted(&self) -> Current<'_> {
        let current = Current::new(self);
        let tainting = route(&current).map_or(Tainting::Basic, |route| route.tainting());
        Current { tainting, ..current }
    }
}

/// One fetch in progress.
struct Judge<'f, S> {
    current: Current<'f>,
    steps: Vec<Step>,
    server: S,
}

/// What to do with a response that passed its checks.
enum Flow {
    /// The page reads it.
    Read,
    /// It is a redirect; the page gets an opaque one.
    Hide,
    /// It is a redirect, and is followed.
    Again,
}

impl<S: FnMut(&Request) -> Option<Response>> Judge<'_, S> {
    fn fetch(&mut self) -> Result<Answer, Box<Blocked>> {
        loop {
            let kind = self.main_fetch()?;
            if !is_http(self.current.url()) {
                return self.fetch_locally(kind);
            }
            let response = self.send(&self.current.actual())?;
            if kind == Kind::Cors {
                self.check(Phase::Actual, &response)?;
            }
            match self.redirect(&response)? {
                Flow::Read => return Ok(self.read(kind, &response)),
                Flow::Hide => return Ok(self.read(Kind::OpaqueRedirect, &response)),
                Flow::Again => {}
            }
        }
    }

    /// [Main fetch](https://fetch.spec.whatwg.org/#main-fetch), as far as the request itself, and
    /// its preflight.
    fn main_fetch(&mut self) -> Result<Kind, Box<Blocked>> {
        let route = match route(&self.current) {
            Ok(route) => route,
            Err(reason) => return Err(self.fail(Section::MainFetch, Phase::Actual, reason, None)),
        };
        self.current.tainting = route.tainting();
        let (page, url) = (&self.current.fetch.page, self.current.url());
        match route {
            Route::Basic => {
                let sentence = match self.current.fetch.mode {
                    Mode::Navigate => format!("A navigation to {url} is not subject to CORS."),
                    _ if url.scheme() == "data" => "A data: URL needs no server: CORS does not apply.".to_owned(),
                    _ => format!("{url} is same-origin with the page: CORS does not apply."),
                };
                self.note(Section::MainFetch, sentence);
                Ok(Kind::Basic)
            }
            Route::Opaque => {
                self.note(
                    Section::MainFetch,
                    "The mode is no-cors: the page reads nothing of the response.".to_owned(),
                );
                Ok(Kind::Opaque)
            }
            Route::Cors(why) => {
                let sentence = format!("{url} is cross-origin to the page, {page}: this is a CORS request.");
                self.note(Section::MainFetch, sentence);
                self.preflight(why)?;
                Ok(Kind::Cors)
            }
        }
    }

    /// [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch).
    fn preflight(&mut self, why: Option<Why>) -> Result<(), Box<Blocked>> {
        let Some(why) = why else {
            let sentence = "The method and the headers are CORS-safelisted: no preflight is needed.".to_owned();
            self.note(Section::MainFetch, sentence);
            return Ok(());
        };
        if !why.headers.is_empty() {
            let names = why.headers.join(", ");
            self.note(Section::UnsafeRequestHeaderNames, format!("Not CORS-safelisted: {names}."));
        }
        self.note(Section::MainFetch, format!("The browser sends a preflight first: {why}."));
        let response = self.send(&self.current.preflight())?;
        self.check(Phase::Preflight, &response)?;
        if !response.is_ok() {
            let reason = Reason::PreflightStatus(response.status);
            return Err(self.fail(Section::PreflightFetch, Phase::Preflight, reason, Some(&response)));
        }
        if let Err(reason) = self.check_lists(&response.headers) {
            return Err(self.fail(Section::PreflightFetch, Phase::Preflight, reason, Some(&response)));
        }
        self.note(Section::PreflightCache, preflight_cache::lifetime(&response.headers));
        Ok(())
    }

    /// Steps 7.1 to 7.7.
    fn check_lists(&mut self, answer: &Headers) -> Result<(), Reason> {
        let allowed = Allowed::read(&self.current, answer)?;
        let method = self.current.method.clone();
        allowed.check_method(&method)?;
        self.pass(Section::PreflightFetch, format!("The method {method} is allowed."));
        let checked = allowed.check_headers(&self.current.headers);
        let is_about = |name: &str| matches!(&checked, Err(Reason::Header(missing)) if missing == name);
        if allowed.has_headers_wildcard() && is_about("authorization") {
            let sentence = "`*` does not cover Authorization. Chrome and Firefox do not enforce this yet; they warn.";
            self.note(Section::PreflightFetch, sentence.to_owned());
        }
        checked?;
        self.pass(Section::PreflightFetch, "The headers are allowed.".to_owned());
        Ok(())
    }

    /// [CORS check](https://fetch.spec.whatwg.org/#cors-check).
    fn check(&mut self, phase: Phase, response: &Response) -> Result<(), Box<Blocked>> {
        if let Err(reason) = cors_check(&self.current, &response.headers) {
            return Err(self.fail(Section::CorsCheck, phase, reason, Some(response)));
        }
        let origin = response.headers.get("access-control-allow-origin").unwrap_or_default();
        let sentence = match (origin.as_slice(), self.current.fetch.includes_credentials()) {
            (b"*", _) => "Access-Control-Allow-Origin is *, and the credentials mode is not include.".to_owned(),
            (origin, false) => format!("Access-Control-Allow-Origin is {}, the request's origin.", printable(origin)),
            (origin, true) => format!(
                "Access-Control-Allow-Origin is {}, the request's origin, and Access-Control-Allow-Credentials is true.",
                printable(origin)
            ),
        };
        self.pass(Section::CorsCheck, sentence);
        Ok(())
    }

    /// [HTTP fetch](https://fetch.spec.whatwg.org/#http-fetch), step 6.
    fn redirect(&mut self, response: &Response) -> Result<Flow, Box<Blocked>> {
        if !response.is_redirect() {
            return Ok(Flow::Read);
        }
        if self.current.fetch.redirect == Redirect::Manual {
            return Ok(Flow::Hide);
        }
        match self.target(response) {
            Ok(None) => Ok(Flow::Read),
            Ok(Some(location)) => {
                self.follow(response.status, location);
                Ok(Flow::Again)
            }
            Err(reason) => Err(self.fail(Section::RedirectFetch, Phase::Actual, reason, Some(response))),
        }
    }

    /// The URL that a redirect leads to, if it names one.
    fn target(&self, response: &Response) -> Result<Option<Url>, Reason> {
        if self.current.fetch.redirect == Redirect::Error {
            return Err(Reason::RedirectMode(response.status));
        }
        let location = response.location(self.current.url())?;
        location.as_ref().map_or(Ok(()), |location| self.check_location(location))?;
        Ok(location)
    }

    /// [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#http-redirect-fetch), steps 6 to 10.
    fn check_location(&self, location: &Url) -> Result<(), Reason> {
        const LIMIT: usize = 20;
        let fetch = self.current.fetch;
        let leaves = fetch.mode == Mode::Cors && !fetch.page.is_same(location);
        if !is_http(location) {
            Err(Reason::RedirectScheme(location.scheme().to_owned()))
        } else if self.current.urls.len() > LIMIT {
            Err(Reason::RedirectCount)
        } else if includes_credentials(location) && (leaves || self.current.tainting == Tainting::Cors) {
            Err(Reason::RedirectCredentials(location.to_string()))
        } else {
            Ok(())
        }
    }

    /// Steps 12, 13 and 18.
    fn follow(&mut self, status: u16, location: Url) {
        self.note(Section::RedirectFetch, format!("Status {status} leads to {location}."));
        let method = self.current.method.as_str();
        let drops_the_body = match status {
            301 | 302 => method == "POST",
            303 => !matches!(method, "GET" | "HEAD"),
            _ => false,
        };
        if drops_the_body {
            self.note(Section::RedirectFetch, format!("{method} becomes GET, without its body."));
            "GET".clone_into(&mut self.current.method);
            self.current.headers.delete(is_of_the_body);
        }
        if self.current.headers.has("authorization") && !is_same_origin(self.current.url(), &location) {
            self.note(
                Section::RedirectFetch,
                "The browser removes Authorization: the redirect leaves the origin.".to_owned(),
            );
            self.current.headers.delete(is_non_wildcard_header);
        }
        let was_opaque = self.current.origin().is_opaque();
        self.current.urls.push(location);
        if !was_opaque && self.current.origin().is_opaque() {
            let sentence =
                "The request's origin is null from here on: a cross-origin server redirected it to another origin.";
            self.note(Section::RedirectFetch, sentence.to_owned());
        }
    }

    /// A `data:` URL contains its response. Other local schemes have none here.
    fn fetch_locally(&mut self, kind: Kind) -> Result<Answer, Box<Blocked>> {
        if self.current.url().scheme() == "data" {
            return Ok(self.read(kind, &Response { status: 200, headers: Headers::new() }));
        }
        Err(self.fail(Section::MainFetch, Phase::Actual, Reason::NoAnswer, None))
    }

    fn read(&mut self, kind: Kind, response: &Response) -> Answer {
        let with_credentials = self.current.fetch.includes_credentials();
        let answer = Answer::filtered(kind, response, self.current.url(), with_credentials);
        let names: Vec<&str> = answer.headers.iter().map(|(name, _)| name).collect();
        let sentence = if names.is_empty() {
            format!("The page gets a response of type {}, and reads none of its headers.", kind.name())
        } else {
            format!("The page gets a response of type {}, and reads these headers: {}.", kind.name(), names.join(", "))
        };
        self.note(Section::FilteredResponse, sentence);
        answer
    }

    fn send(&mut self, request: &Request) -> Result<Response, Box<Blocked>> {
        let section = match request.phase {
            Phase::Preflight => Section::PreflightFetch,
            Phase::Actual => Section::HttpFetch,
        };
        let of_cors = |name: &str| name == "origin" || name.starts_with("access-control-request-");
        let headers: Vec<String> = request
            .headers
            .iter()
            .filter(|(name, _)| of_cors(name))
            .map(|(name, value)| format!("{name}: {}", printable(value)))
            .collect();
        let with = if headers.is_empty() { String::new() } else { format!(" with {}", headers.join("; ")) };
        self.step(section, StepOutcome::Sent, format!("{} {}{with}", request.method, request.url));
        match (self.server)(request) {
            Some(response) => Ok(response),
            None => Err(self.fail(section, request.phase, Reason::NoAnswer, None)),
        }
    }

    fn note(&mut self, section: Section, sentence: String) {
        self.step(section, StepOutcome::Noted, sentence);
    }

    fn pass(&mut self, section: Section, sentence: String) {
        self.step(section, StepOutcome::Passed, sentence);
    }

    fn step(&mut self, section: Section, outcome: StepOutcome, sentence: String) {
        self.steps.push(Step { section, sentence, outcome });
    }

    /// Ends the fetch with that reason.
    fn fail(&mut self, section: Section, phase: Phase, reason: Reason, response: Option<&Response>) -> Box<Blocked> {
        self.step(section, StepOutcome::Failed, sentence(&reason));
        Box::new(Blocked {
            phase,
            url: self.current.url().clone(),
            origin: self.current.origin().to_string(),
            chrome: CorsError::of(phase, &reason, response, self.current.url()),
            firefox: FirefoxKey::of(&self.current, &reason, response),
            reason,
        })
    }
}

/// The reason as a sentence.
fn sentence(reason: &Reason) -> String {
    let reason = reason.to_string();
    let mut letters = reason.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}
