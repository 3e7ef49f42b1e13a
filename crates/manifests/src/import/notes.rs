//! What an import has to tell beside the policy.

use super::Note;
use crate::source::At;
use crate::source::cursor::Word;

/// The notes of one import, in the order in which they were made.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<Note>);

impl Notes {
    /// A note about one string of the source.
    pub(crate) fn add(&mut self, word: &Word, sentence: impl Into<String>) {
        self.push(&word.place, word.line, sentence.into());
    }

    /// A note about a value of the source.
    pub(crate) fn at(&mut self, at: &At<'_>, sentence: impl Into<String>) {
        self.push(&at.place, at.line(), sentence.into());
    }

    /// Each note once.
    pub(crate) fn push(&mut self, place: &str, line: Option<usize>, sentence: String) {
        let note = Note { place: place.trim_end_matches(", ").to_owned(), line, sentence };
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Note> {
        self.0
    }
}
