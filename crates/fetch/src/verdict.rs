//! The verdict, and the steps that lead to it.

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
    /// What happens, with the values of this request.
    pub sentence: String,
    /// The result of the step.
    pub outcome: StepOutcome,
}

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// A fact; the algorithm goes on.
    Noted,
    /// A request leaves the browser.
    Sent,
    /// A check passes.
    Passed,
    /// A check fails: the page gets a network error.
    Failed,
}

/// The outcome of a request, by the standard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The response that the page gets, or the reason why it gets none.
    pub outcome: Result<Answer, Box<Blocked>>,
}

/// A network error: the promise is rejected, `onerror` is called, and the page learns no more than
/// that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The request that failed.
    pub phase: Phase,
    /// The check that failed.
    pub reason: Reason,
    /// The URL of that request.
    pub url: Url,
    /// The origin of that request, serialised.
    pub origin: String,
    /// Chrome's name for it; `None` where it is not a CORS error in Chrome.
    pub chrome: Option<CorsError>,
    /// Firefox's key for it; `None` where Firefox's message is not about CORS.
    pub firefox: Option<FirefoxKey>,
}

impl Verdict {
    /// Whether the script gets an answer, however little of it it may read ([`Answer::kind`]).
    pub fn is_allowed(&self) -> bool {
        self.outcome.is_ok()
    }
}

impl StepOutcome {
    /// The result as one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Noted => "noted",
            Self::Sent => "sent",
            Self::Passed => "passed",
            Self::Failed => "failed",
        }
    }
}

/// One line for each step, and one for the outcome.
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
            Kind::Basic => write!(f, "the page reads the response, status {}, of its own origin.", self.status),
            Kind::Cors => write!(f, "the page reads the response, status {}.", self.status),
            Kind::Opaque => f.write_str("the page gets an opaque response, and reads nothing of it."),
            Kind::OpaqueRedirect => f.write_str("the page gets an opaque redirect, and reads nothing of it."),
        }
    }
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = match self.phase {
            Phase::Preflight => "preflight response: ",
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
