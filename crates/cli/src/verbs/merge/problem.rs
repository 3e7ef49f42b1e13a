//! What keeps teams' policies from being one document, with every place.

use std::fmt::Write as _;

use serde::Serialize;

use crate::output::{BOLD, ERROR, one_line, paint};

/// A reason to merge nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) message: String,
    /// Where: one place, or those of both teams.
    pub(super) places: Vec<Place>,
}

/// A value in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Place {
    pub(super) file: String,
    /// From 1.
    pub(super) line: usize,
    /// In characters, from 1.
    pub(super) column: usize,
    /// Its JSON Pointer in the team's policy.
    pub(super) pointer: String,
}

impl Problem {
    pub(super) fn new(code: &'static str, message: impl Into<String>, place: Place) -> Self {
        Self { code, message: message.into(), places: vec![place] }
    }

    /// With another place.
    pub(super) fn and(mut self, place: Place) -> Self {
        self.places.push(place);
        self
    }
}

/// All of them for people.
pub(super) fn report(problems: &[Problem]) -> String {
    let mut text = String::new();
    for problem in problems {
        let _ =
            writeln!(text, "{}[{}]: {}", paint(ERROR, "error"), problem.code, paint(BOLD, one_line(&problem.message)));
        for Place { file, line, column, pointer } in &problem.places {
            let pointer = if pointer.is_empty() { "the top" } else { pointer };
            let _ = writeln!(text, " --> {}:{line}:{column} {}", one_line(file), one_line(pointer));
        }
    }
    text
}
