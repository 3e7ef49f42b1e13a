//! A proxy's answers, remembered for one decision: a policy and its trial ask the same questions.

use super::proxy::Request;

/// A request whose headers are asked for at most once each.
pub(super) struct Answers<'r, R> {
    request: &'r mut R,
    known: Vec<(&'static str, Option<Vec<u8>>)>,
}

impl<'r, R: Request> Answers<'r, R> {
    pub(super) const fn new(request: &'r mut R) -> Self {
        Self { request, known: Vec::new() }
    }

    /// The value of a header.
    pub(super) fn header(&mut self, name: &'static str) -> Option<&[u8]> {
        let index = self.known.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            self.known.push((name, self.request.header(name)));
            self.known.len() - 1
        });
        self.known.get(index).and_then(|(_, value)| value.as_deref())
    }

    /// The value of a header, if it was asked for.
    pub(super) fn into_known(self, name: &'static str) -> Option<Vec<u8>> {
        self.known.into_iter().find(|(known, _)| *known == name).and_then(|(_, value)| value)
    }
}
