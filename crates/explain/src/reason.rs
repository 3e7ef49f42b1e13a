//! Why, as one word and as a sentence.

use corsac_fetch::{Answer, Blocked, Kind, Mode, Phase};
use corsac_policy::{Outcome, Reason, Record};

use crate::explanation::Answerer;

/// Every word of [`crate::Explanation::reason`], and its meaning.
pub const REASONS: [(&str, &str); 36] = [
    ("origin-listed", "allowed: the policy allows the origin"),
    ("upstream", "allowed: the upstream's own headers let the page read"),
    ("same-origin", "allowed: CORS does not apply within an origin"),
    ("no-cors", "allowed: the page gets an opaque response"),
    ("navigation", "allowed: CORS does not apply to navigations"),
    ("data-url", "allowed: the URL needs no server"),
    ("origin-not-listed", "no entry of `allowOrigins` accepts the origin"),
    ("null-not-listed", "the origin is `null`, which the policy does not list"),
    ("malformed-origin", "no browser sends that origin"),
    ("ambiguous-path", "servers may read the path as one of another policy"),
    ("ambiguous-host", "the host can be read in more than one way"),
    ("foreign-host", "the request is for a host that is not one of the policy's own"),
    ("no-route", "routes choose the policy, and none matches the preflight"),
    ("unknown-route-policy", "the route's metadata name no policy of the configuration"),
    ("method-not-listed", "the preflight's answer does not list the method"),
    ("header-not-listed", "the preflight's answer does not list a header"),
    ("ungoverned", "no policy governs the request, and the upstream sends no CORS headers"),
    ("report-only", "the policy only reports, and the upstream sends no CORS headers"),
    ("credentials-not-allowed", "the page asks with credentials, and the answer does not allow them"),
    ("wildcard-with-credentials", "the page asks with credentials, and the answer names `*`"),
    ("allow-origin-missing", "the answer has no `Access-Control-Allow-Origin`"),
    ("allow-origin-mismatch", "`Access-Control-Allow-Origin` is not the request's origin"),
    ("preflight-status", "the status of the preflight's answer is not 200 to 299"),
    ("allow-methods-syntax", "`Access-Control-Allow-Methods` is not a list of methods"),
    ("allow-headers-syntax", "`Access-Control-Allow-Headers` is not a list of header names"),
    ("bad-port", "no browser fetches from that port"),
    ("same-origin-mode", "the mode is `same-origin`, and the URL is of another origin"),
    ("no-cors-redirect-mode", "in mode `no-cors` redirects must be followed"),
    ("not-http", "CORS does not work with the URL's scheme"),
    ("no-answer", "no response came"),
    ("redirect-mode", "the response is a redirect, and the redirect mode is `error`"),
    ("redirect-location", "`Location` is not a single URL"),
    ("redirect-scheme", "`Location` leads to another scheme than `http` and `https`"),
    ("redirect-count", "there are more than 20 redirects"),
    ("redirect-credentials", "`Location` holds a user name or a password"),
    ("network-error", "the browser fails for another reason"),
];

/// Why a page gets a response, or gets none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Why {
    pub word: String,
    pub sentence: String,
}

impl Why {
    pub fn new(word: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { word: word.into(), sentence: sentence.into() }
    }
}

/// What is known of the exchange that decides.
#[derive(Clone, Copy)]
pub(crate) struct Decisive<'a> {
    /// The origin in its `Origin` header.
    pub origin: &'a str,
    pub record: Option<&'a Record<'a>>,
    pub by: Answerer,
    /// Who had the say about the answer's CORS headers.
    pub written_by: WrittenBy,
    /// The answer lets some origin in.
    pub names_an_origin: bool,
    /// The method or header that fails, after a blank; else empty.
    pub about: &'a str,
}

/// Who had the say about an answer's CORS headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WrittenBy {
    Policy,
    /// The upstream: no policy governs.
    Ungoverned,
    /// The upstream: the policy only reports.
    ReportOnly,
    /// The upstream: the policy preserves its headers.
    Preserved,
}

/// Why a page gets the response.
pub(crate) fn of_answer(answer: &Answer, mode: Mode, decisive: Option<Decisive<'_>>) -> Why {
    let word = match answer.kind {
        Kind::Basic if mode == Mode::Navigate => "navigation",
        Kind::Basic => "same-origin",
        Kind::Opaque => "no-cors",
        Kind::Cors | Kind::OpaqueRedirect => return of_cors_answer(decisive),
    };
    let sentence = match answer.kind {
        Kind::Opaque => "The mode is no-cors: the page gets a response, and reads nothing of it.",
        _ if mode == Mode::Navigate => "A navigation is not subject to CORS.",
        _ => "The page and the URL are of the same origin: CORS does not apply.",
    };
    Why::new(word, sentence)
}

fn of_cors_answer(decisive: Option<Decisive<'_>>) -> Why {
    let Some(decisive) = decisive else { return Why::new("data-url", "The URL needs no server.") };
    match (decisive.written_by, decisive.record) {
        (WrittenBy::Policy, Some(Record { policy: Some(policy), .. })) => {
            Why::new("origin-listed", format!("The policy {policy} allows {}.", decisive.origin))
        }
        (WrittenBy::ReportOnly, _) => {
            Why::new("upstream", "The policy only reports, and the upstream's own headers let the page read.")
        }
        (WrittenBy::Ungoverned, _) => {
            Why::new("upstream", "No policy governs the request, and the upstream's own headers let the page read.")
        }
        _ => Why::new("upstream", "The policy leaves the upstream's headers, and they let the page read."),
    }
}

/// Why a page gets no response. `decisive`: the exchange that failed, if one was made.
pub(crate) fn of_blocked(blocked: &Blocked, decisive: Option<Decisive<'_>>) -> Why {
    let (word, is_about_headers) = word(&blocked.reason);
    let by_the_browser = || match decisive {
        Some(Decisive { written_by: WrittenBy::Policy, record: Some(Record { policy: Some(policy), .. }), .. })
            if word == "credentials-not-allowed" =>
        {
            Why::new(word, format!("The policy {policy} does not allow credentials, and the page asks with them."))
        }
        _ => Why::new(word, format!("{}{}.", of_phase(blocked.phase), first_upper(&blocked.reason.to_string()))),
    };
    let Some(decisive) = decisive.filter(|_| is_about_headers) else { return by_the_browser() };
    match decisive.written_by {
        WrittenBy::Policy => match decisive.record {
            Some(record) => {
                of_record(record, decisive).filter(|why| is_consistent(word, &why.word)).unwrap_or_else(by_the_browser)
            }
            None => by_the_browser(),
        },
        WrittenBy::Ungoverned if !decisive.names_an_origin => {
            Why::new("ungoverned", "No policy governs the request, and the upstream sends no CORS headers of its own.")
        }
        WrittenBy::ReportOnly if !decisive.names_an_origin => {
            Why::new("report-only", "The policy only reports, and the upstream sends no CORS headers of its own.")
        }
        WrittenBy::Ungoverned | WrittenBy::ReportOnly | WrittenBy::Preserved => by_the_browser(),
    }
}

/// Whether the engine's word and the browser's are about the same check: the browser fails at its
/// first one.
fn is_consistent(browser: &str, engine: &str) -> bool {
    let is_about_lists = |word: &str| matches!(word, "method-not-listed" | "header-not-listed");
    if is_about_lists(browser) || is_about_lists(engine) {
        browser == engine
    } else {
        browser != "credentials-not-allowed"
    }
}

/// The engine's reason to refuse.
fn of_record(record: &Record<'_>, decisive: Decisive<'_>) -> Option<Why> {
    let is_refusal = matches!(record.outcome, Outcome::Refused | Outcome::Rejected);
    let policy = record.policy.unwrap_or("-");
    let origin = decisive.origin;
    let mut sentence = match record.reason {
        Reason::None | Reason::NoOrigin => return None,
        Reason::OriginNotListed => format!("{origin} is not in the list of the policy {policy}."),
        Reason::NullNotListed => format!(
            "\"{origin}\", which pages without an origin of their own send, is not in the list of the policy {policy}."
        ),
        Reason::MalformedOrigin => format!("\"{origin}\" is not an origin as browsers send it."),
        Reason::AmbiguousPath => {
            "Servers may read this path as another one, for which another policy is in force; so no origin is allowed."
                .to_owned()
        }
        Reason::AmbiguousHost => {
            "The request's host can be read in more than one way; so no origin is allowed.".to_owned()
        }
        Reason::ForeignHost => {
            format!("The request is for a host that is not among the policy {policy}'s own origins.")
        }
        Reason::NoRoute => "Routes choose the policy, and no route matches the preflight.".to_owned(),
        Reason::UnknownRoutePolicy => {
            "The route's metadata name a policy that the configuration does not have.".to_owned()
        }
        Reason::MethodNotListed => format!("The policy {policy} does not list the method{}.", decisive.about),
        Reason::HeaderNotListed => format!("The policy {policy} does not list the header{}.", decisive.about),
        #[allow(unreachable_patterns, reason = "reasons are added in the engine")]
        _ => format!("The policy {policy} refuses the request."),
    };
    if decisive.by == Answerer::Corsac && record.outcome == Outcome::Rejected {
        sentence.push_str(" Corsac answers 403, and the upstream does not see the request.");
    }
    is_refusal.then(|| Why::new(record.reason.as_str(), sentence))
}

/// The word for a browser's reason, and whether it is about the CORS headers of an answer.
fn word(reason: &corsac_fetch::Reason) -> (&'static str, bool) {
    use corsac_fetch::Reason as Browser;
    match reason {
        Browser::AllowOriginMissing => ("allow-origin-missing", true),
        Browser::AllowOriginWildcard => ("wildcard-with-credentials", true),
        Browser::AllowOrigin { .. } => ("allow-origin-mismatch", true),
        Browser::AllowCredentials(_) => ("credentials-not-allowed", true),
        Browser::PreflightStatus(_) => ("preflight-status", true),
        Browser::AllowMethodsSyntax(_) => ("allow-methods-syntax", true),
        Browser::AllowHeadersSyntax(_) => ("allow-headers-syntax", true),
        Browser::Method(_) => ("method-not-listed", true),
        Browser::Header(_) => ("header-not-listed", true),
        Browser::BadPort(_) => ("bad-port", false),
        Browser::SameOriginMode => ("same-origin-mode", false),
        Browser::NoCorsRedirectMode => ("no-cors-redirect-mode", false),
        Browser::NotHttp(_) => ("not-http", false),
        Browser::NoAnswer => ("no-answer", false),
        Browser::RedirectMode(_) => ("redirect-mode", false),
        Browser::RedirectLocation => ("redirect-location", false),
        Browser::RedirectScheme(_) => ("redirect-scheme", false),
        Browser::RedirectCount => ("redirect-count", false),
        Browser::RedirectCredentials(_) => ("redirect-credentials", false),
        _ => ("network-error", false),
    }
}

fn of_phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Preflight => "In the answer to the preflight: ",
        Phase::Actual => "",
    }
}

pub(crate) fn first_upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
