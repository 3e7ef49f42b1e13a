//! What is found.

use corsac_fetch::{CorsError, FirefoxKey, Response, Section};
use serde::Serialize;

use crate::ask::{Ask, printable};
use crate::audit::Read;
use crate::curl;

/// The kind of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it, and docs/probe-codes.md tells about each")]
pub enum Code {
    ReflectedOrigin,
    NullOrigin,
    PrefixMatch,
    SuffixMatch,
    UnescapedDot,
    SpecialCharacter,
    PublicSuffixOrigin,
    InsecureOrigin,
    AnyPort,
    WildcardWithCredentials,
    WildcardListWithCredentials,
    OriginRefused,
    DoubledHeader,
    InvalidAllowOrigin,
    InvalidHeader,
    PreflightFails,
    RedirectBlocked,
    ErrorWithoutCors,
    MissingVary,
    IncompleteVary,
    CachedAnswer,
    Revived304,
    ServerError,
    PolicyDiffers,
}

impl Code {
    /// Every code, in the order of a report.
    pub const ALL: [Self; 24] = [
        Self::ReflectedOrigin,
        Self::NullOrigin,
        Self::PrefixMatch,
        Self::SuffixMatch,
        Self::UnescapedDot,
        Self::SpecialCharacter,
        Self::PublicSuffixOrigin,
        Self::InsecureOrigin,
        Self::AnyPort,
        Self::WildcardWithCredentials,
        Self::WildcardListWithCredentials,
        Self::OriginRefused,
        Self::DoubledHeader,
        Self::InvalidAllowOrigin,
        Self::InvalidHeader,
        Self::PreflightFails,
        Self::RedirectBlocked,
        Self::ErrorWithoutCors,
        Self::MissingVary,
        Self::IncompleteVary,
        Self::CachedAnswer,
        Self::Revived304,
        Self::ServerError,
        Self::PolicyDiffers,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReflectedOrigin => "reflected-origin",
            Self::NullOrigin => "null-origin",
            Self::PrefixMatch => "prefix-match",
            Self::SuffixMatch => "suffix-match",
            Self::UnescapedDot => "unescaped-dot",
            Self::SpecialCharacter => "special-character",
            Self::PublicSuffixOrigin => "public-suffix-origin",
            Self::InsecureOrigin => "insecure-origin",
            Self::AnyPort => "any-port",
            Self::WildcardWithCredentials => "wildcard-with-credentials",
            Self::WildcardListWithCredentials => "wildcard-list-with-credentials",
            Self::OriginRefused => "origin-refused",
            Self::DoubledHeader => "doubled-header",
            Self::InvalidAllowOrigin => "invalid-allow-origin",
            Self::InvalidHeader => "invalid-header",
            Self::PreflightFails => "preflight-fails",
            Self::RedirectBlocked => "redirect-blocked",
            Self::ErrorWithoutCors => "error-without-cors",
            Self::MissingVary => "missing-vary",
            Self::IncompleteVary => "incomplete-vary",
            Self::CachedAnswer => "cached-answer",
            Self::Revived304 => "revived-304",
            Self::ServerError => "server-error",
            Self::PolicyDiffers => "policy-differs",
        }
    }

    /// The section of the standard that decides.
    pub fn law(self) -> &'static str {
        match self {
            Self::MissingVary | Self::IncompleteVary => "https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches",
            Self::CachedAnswer => "https://www.rfc-editor.org/rfc/rfc9111.html#section-4.1",
            Self::Revived304 => "https://www.rfc-editor.org/rfc/rfc9111.html#section-4.3.4",
            Self::PreflightFails => Section::PreflightFetch.link(),
            Self::RedirectBlocked => Section::RedirectFetch.link(),
            Self::WildcardWithCredentials | Self::WildcardListWithCredentials => {
                "https://fetch.spec.whatwg.org/#cors-protocol-and-credentials"
            }
            Self::InvalidHeader => "https://fetch.spec.whatwg.org/#http-new-header-syntax",
            Self::NullOrigin => "https://html.spec.whatwg.org/multipage/browsers.html#concept-origin-opaque",
            Self::ServerError => "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.6",
            Self::PolicyDiffers => "https://fetch.spec.whatwg.org/#http-cors-protocol",
            _ => Section::CorsCheck.link(),
        }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A stranger reads, or does, what only a visitor may.
    Error,
    /// Something is broken, or lets in more than it seems to mean.
    Warning,
}

/// One finding, as the JSON shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its kind.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The URL that is audited.
    pub url: String,
    /// The `Origin` of the request that shows it.
    pub origin: Option<String>,
    /// What is wrong.
    pub message: String,
    /// The section of the standard that decides.
    pub law: &'static str,
    /// The request that shows it, as a `curl` command.
    pub request: String,
    /// The answer.
    pub response: Answered,
    /// What a browser makes of it.
    pub browser: Option<Browser>,
}

/// The answer that shows a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// Every header line, in order.
    pub headers: Vec<(String, String)>,
}

/// The browser's verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Browser {
    /// `allowed` or `blocked`.
    pub verdict: &'static str,
    /// The credentials mode of the page's request.
    pub credentials: &'static str,
    /// Chrome's name for the failure.
    pub chrome: Option<String>,
    /// The key of Firefox's message.
    pub firefox: Option<String>,
    /// The verdict as a sentence.
    pub sentence: String,
}

impl Finding {
    /// A warning, shown by that request and its answer.
    pub(crate) fn new(code: Code, ask: &Ask, response: &Response, message: String) -> Self {
        let lines = response.headers.iter().map(|(name, value)| (name.to_owned(), printable(value)));
        Self {
            code: code.name(),
            severity: Severity::Warning,
            url: ask.url.to_string(),
            origin: ask.origin(),
            message,
            law: code.law(),
            request: curl::command(ask),
            response: Answered { status: response.status, headers: lines.collect() },
            browser: None,
        }
    }

    /// As an error.
    pub(crate) fn error_if(self, is_error: bool) -> Self {
        Self { severity: if is_error { Severity::Error } else { self.severity }, ..self }
    }

    /// With what a browser makes of it.
    pub(crate) fn judged(self, read: &Read) -> Self {
        let blocked = read.blocked();
        let sentence = match &read.verdict.outcome {
            Ok(answer) => format!("Allowed: {answer}"),
            Err(blocked) => format!("Blocked: {}.", blocked.reason),
        };
        let browser = Browser {
            verdict: if blocked.is_some() { "blocked" } else { "allowed" },
            credentials: read.credentials.name(),
            chrome: blocked.and_then(|blocked| blocked.chrome).map(CorsError::name),
            firefox: blocked.and_then(|blocked| blocked.firefox).map(FirefoxKey::name),
            sentence,
        };
        Self { browser: Some(browser), ..self }
    }
}
