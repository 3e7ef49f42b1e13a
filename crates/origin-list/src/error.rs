//! Why a body is not a list.

use std::fmt;

/// Why a body is not a list. Its `Display` is a sentence, with the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Nothing but white space. A service that has no origins says `[]`.
    Empty,
    /// More than [`MOST_BYTES`](crate::MOST_BYTES).
    TooLong {
        /// The body's length.
        bytes: usize,
    },
    /// More than [`MOST_ENTRIES`](crate::MOST_ENTRIES).
    TooMany,
    /// Lines that are not UTF-8.
    NotUtf8,
    /// A line that is no origin, `*` or `null`.
    Line {
        /// Its number, from 1.
        number: usize,
        /// Its beginning.
        text: String,
    },
    /// Not a JSON document.
    Json {
        /// What the parser says.
        sentence: String,
    },
    /// JSON of no form that is known.
    UnknownForm,
    /// JSON of more than one form: an object with `origins` and `clients`, say.
    SeveralForms,
    /// A value is not what the form has in its place.
    Value {
        /// The value's JSON Pointer.
        pointer: String,
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A member is there twice.
    Duplicate {
        /// The object's JSON Pointer.
        pointer: String,
        /// The member.
        member: &'static str,
    },
}

/// How much of a line a sentence shows. Characters.
const SHOWN: usize = 60;

impl Error {
    pub(crate) fn line(number: usize, text: &str) -> Self {
        Self::Line { number, text: text.chars().take(SHOWN).collect() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("The list is empty. A list of no origins is written `[]`."),
            Self::TooLong { bytes } => {
                write!(f, "The list has {bytes} bytes; at most {} are read.", crate::MOST_BYTES)
            }
            Self::TooMany => write!(f, "The list has more than {} entries.", crate::MOST_ENTRIES),
            Self::NotUtf8 => f.write_str("The list is not UTF-8."),
            Self::Line { number, text } => write!(f, "Line {number} is not an origin: {text:?}."),
            Self::Json { sentence } => write!(f, "The list is not JSON: {sentence}."),
            Self::UnknownForm => f.write_str(
                "The JSON is no list of origins: neither \"origins\" nor an array, \
                 nor Okta's trusted origins, nor Keycloak's clients.",
            ),
            Self::SeveralForms => f.write_str("The JSON has the members of several forms; choose one."),
            Self::Value { pointer, expected, found } => {
                write!(f, "{}: Expected {expected}, found {found}.", shown(pointer))
            }
            Self::Duplicate { pointer, member } => write!(f, "{}: \"{member}\" is there twice.", shown(pointer)),
        }
    }
}

/// The pointer of the whole document is empty.
fn shown(pointer: &str) -> &str {
    if pointer.is_empty() { "/" } else { pointer }
}

impl std::error::Error for Error {}
