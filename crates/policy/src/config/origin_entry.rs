//! One entry of `allowOrigins`.

use crate::diagnostic::quoted;

/// One entry of `allowOrigins`, its own `acceptRisks` aside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum OriginEntry<'v> {
    /// A string, or `{"origin": …}`: an origin or one of our patterns.
    Text(&'v str),
    /// `{"exact": …}`: literal, except that `*` is `*` (as in Istio).
    Exact(&'v str),
    /// `{"prefix": …}`
    Prefix(&'v str),
    /// `{"suffix": …}`
    Suffix(&'v str),
    /// `{"regex": …}`: matches the whole origin.
    Regex(&'v str),
}

impl<'v> OriginEntry<'v> {
    /// The key of the object and its value.
    pub(crate) fn parts(self) -> (&'static str, &'v str) {
        match self {
            Self::Text(text) => ("origin", text),
            Self::Exact(text) => ("exact", text),
            Self::Prefix(text) => ("prefix", text),
            Self::Suffix(text) => ("suffix", text),
            Self::Regex(text) => ("regex", text),
        }
    }

    /// The entry as JSON text.
    pub(crate) fn json(self) -> String {
        let (kind, text) = self.parts();
        if matches!(self, Self::Text(_)) { quoted(text) } else { format!("{{{}: {}}}", quoted(kind), quoted(text)) }
    }
}
