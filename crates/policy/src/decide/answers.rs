//! A proxy's answers, remembered for one decision: a policy and its trial ask the same questions.

use super::proxy::Request;
use crate::header::name;

/// A header that a policy and its trial may both ask for.
#[derive(Clone, Copy)]
pub(super) enum Question {
    RequestHeaders,
    Authority,
    FetchSite,
    FetchMode,
    ForwardedProto,
    Scheme,
}

/// A request that is asked each question at most once.
#[allow(clippy::option_option, reason = "an answer may be that there is no such header")]
pub(super) struct Answers<'r, R> {
    request: &'r mut R,
    /// By question; the outer `None` where it was not asked yet.
    known: [Option<Option<Vec<u8>>>; 6],
}

impl Question {
    const fn header(self) -> &'static str {
        match self {
            Self::RequestHeaders => name::REQUEST_HEADERS,
            Self::Authority => name::AUTHORITY,
            Self::FetchSite => name::SEC_FETCH_SITE,
            Self::FetchMode => name::SEC_FETCH_MODE,
            Self::ForwardedProto => name::FORWARDED_PROTO,
            Self::Scheme => name::SCHEME,
        }
    }
}

impl<'r, R: Request> Answers<'r, R> {
    pub(super) const fn new(request: &'r mut R) -> Self {
        Self { request, known: [const { None }; 6] }
    }

    /// The value of the header.
    pub(super) fn ask(&mut self, question: Question) -> Option<&[u8]> {
        let known = self.known.get_mut(question as usize)?;
        known.get_or_insert_with(|| self.request.header(question.header())).as_deref()
    }

    /// The value of the header, if it was asked for.
    pub(super) fn into_known(mut self, question: Question) -> Option<Vec<u8>> {
        self.known.get_mut(question as usize)?.take().flatten()
    }
}
