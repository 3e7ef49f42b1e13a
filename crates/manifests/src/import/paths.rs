//! The paths of routes, in the forms that rules can say.

use super::origins::{Piece, path_sequences};

/// What a source's route says about the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PathMatch {
    All,
    Exact(String),
    /// The path and all below it, by whole segments.
    Below(String),
    /// Everything that begins with the text, in the middle of a segment too.
    TextPrefix(String),
    /// Nothing that a rule can say; the text is the source's.
    Unsayable(String),
}

impl PathMatch {
    pub(crate) fn exact(path: &str) -> Self {
        if is_sayable(path) { Self::Exact(path.to_owned()) } else { Self::Unsayable(path.to_owned()) }
    }

    pub(crate) fn below(path: &str) -> Self {
        let base = path.trim_end_matches('/');
        match base {
            "" => Self::All,
            _ if is_sayable(base) => Self::Below(base.to_owned()),
            _ => Self::Unsayable(path.to_owned()),
        }
    }

    /// A string prefix. One that ends with a slash is a prefix of segments.
    pub(crate) fn text_prefix(path: &str) -> Self {
        match path {
            "" | "/" => Self::All,
            _ if !is_sayable(path) => Self::Unsayable(path.to_owned()),
            _ => Self::TextPrefix(path.to_owned()),
        }
    }

    /// A regular expression: what it says, where rules can say it too.
    pub(crate) fn regex(text: &str, whole: bool) -> Vec<Self> {
        from_regex(text, whole).unwrap_or_else(|| vec![Self::Unsayable(text.to_owned())])
    }

    /// As an entry of a rule's `paths`; `None` for all paths.
    pub(crate) fn entry(&self) -> Option<String> {
        match self {
            Self::All | Self::Unsayable(_) => None,
            Self::Exact(path) => Some(path.clone()),
            Self::Below(path) => Some(format!("{path}/*")),
            Self::TextPrefix(path) => Some(format!("{}/*", path.trim_end_matches('/'))),
        }
    }

    /// Whether all that `other` matches is matched here too, as far as rules tell.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (
                Self::Below(base) | Self::TextPrefix(base),
                Self::Exact(path) | Self::Below(path) | Self::TextPrefix(path),
            ) => {
                let base = base.trim_end_matches('/');
                path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            _ => self == other,
        }
    }
}

fn is_sayable(path: &str) -> bool {
    path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()) && !path.contains(['*', '?', '#', '{'])
}

fn from_regex(text: &str, whole: bool) -> Option<Vec<PathMatch>> {
    let mut matches = Vec::new();
    for mut pieces in path_sequences(text)? {
        if pieces.first() == Some(&Piece::Start) {
            pieces.remove(0);
        } else if !whole {
            return None;
        }
        let end = pieces.iter().position(|piece| *piece == Piece::End);
        let closed = whole || end.is_some();
        // What follows the end can match nothing but nothing.
        pieces.truncate(end.unwrap_or(pieces.len()));
        matches.push(match (pieces.as_slice(), closed) {
            ([] | [Piece::Any], _) => PathMatch::All,
            ([Piece::Text(path)], true) => PathMatch::exact(path),
            ([Piece::Text(path)], false) | ([Piece::Text(path), Piece::Any], _) => PathMatch::text_prefix(path),
            _ => return None,
        });
    }
    Some(joined(&matches))
}

/// `/api` and what begins with `/api/` together are the whole of what is below `/api`.
fn joined(matches: &[PathMatch]) -> Vec<PathMatch> {
    let mut joined: Vec<PathMatch> = Vec::new();
    for path in matches {
        let below = match path {
            PathMatch::TextPrefix(prefix) => {
                prefix.strip_suffix('/').filter(|base| matches.contains(&PathMatch::exact(base)))
            }
            PathMatch::Exact(base) if matches.contains(&PathMatch::text_prefix(&format!("{base}/"))) => {
                Some(base.as_str())
            }
            _ => None,
        };
        let path = below.map_or_else(|| path.clone(), PathMatch::below);
        if !joined.contains(&path) {
            joined.push(path);
        }
    }
    joined
}
