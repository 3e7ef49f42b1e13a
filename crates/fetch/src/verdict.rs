//! What is said in the end, and on the way there.

use std::fmt;

use url::Url;

use crate::chrome::CorsError;
use crate::firefox::FirefoxKey;
use crate::reason::Reason;
use crate::request::Phase;
use crate::response::{Answer, Kind};
use crate::section::Section;

/// One step of the standard's algorithms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which algorithm; its [link](Section::link) leads to the text.
    pub section: Section,
    /// What happens, with the values at hand.
    pub sentence: String,
    /// What comes of it.
    pub outcome: StepOutcome,
}

/// What comes of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// It is so; the algorithm goes on.
    Noted,
    /// A request leaves the browser.
    Sent,
    /// A check passes.
    Passed,
    /// A check fails: the page gets a network error.
    Failed,
}

/// What a browser makes of a request and of the answers to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// What the page gets.
    pub outcome: Result<Answer, Box<Blocked>>,
}

/// A network error: the promise is rejected, `onerror` is called, and the page learns no more than that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// Which request it was about.
    pub phase: Phase,
    /// What fails.
    pub reason: Reason,
    /// Where the request went, or was to go.
    pub url: Url,
    /// The origin that it names.
    pub origin: String,
    /// Chrome's name of it; `None` where Chrome does not count it as CORS.
    pub chrome: Option<CorsError>,
    /// Firefox's key of it; `None` where Firefox says nothing of CORS.
    pub firefox: Option<FirefoxKey>,
}

impl Verdict {
    /// Whether the script gets an answer, however little of it it may read ([`Answer::kind`]).
    pub fn is_allowed(&self) -> bool {
        self.outcome.is_ok()
    }
}

impl StepOutcome {
    /// A word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Noted => "noted",
            Self::Sent => "sent",
            Self::Passed => "passed",
            Self::Failed => "failed",
        }
    }
}

/// Every step on a line of its own, and the end.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.steps.iter().enumerate() {
            writeln!(f, "{}. {step}", at + 1)?;
        }
        match &self.outcome {
            Ok(answer) => write!(f, "Allowed: {answer}"),
            Err(blocked) => write!(f, "Blocked: {blocked}"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]", self.section.title(), self.sentence, self.outcome.word())
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Basic => write!(f, "the page reads the answer of its own origin, status {}.", self.status),
            Kind::Cors => write!(f, "the page reads the answer, status {}.", self.status),
            Kind::Opaque => f.write_str("the page gets an opaque answer, of which it reads nothing."),
            Kind::OpaqueRedirect => f.write_str("the page gets a redirect, of which it reads nothing."),
        }
    }
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = match self.phase {
            Phase::Preflight => "in the answer to the preflight, ",
            Phase::Actual => "",
        };
        write!(f, "{of}{}", self.reason)?;
        if let Some(name) = self.chrome {
            write!(f, "; Chrome: {name}")?;
        }
        if let Some(key) = self.firefox {
            write!(f, "; Firefox: {key}")?;
        }
        f.write_str(".")
    }
}
