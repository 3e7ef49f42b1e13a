//! What a verb answers, and how it is printed.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;

/// The form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nothing to complain about.
    Fine,
    /// There are findings, or the request is blocked, or what was asked for is not possible.
    Findings,
    /// Something could not be read.
    Unreadable,
}

/// What a verb has to say.
#[derive(Debug)]
pub struct Answer {
    /// For standard output, with colour codes where it is for people.
    pub stdout: String,
    /// For standard error, likewise.
    pub stderr: String,
    /// How the run ended.
    pub status: Status,
}

impl Answer {
    pub(crate) fn new(stdout: impl Into<String>, status: Status) -> Self {
        Self { stdout: stdout.into(), stderr: String::new(), status }
    }

    /// An answer for programs.
    pub(crate) fn json(value: &impl serde::Serialize, status: Status) -> Result<Self, Failure> {
        let text = serde_json::to_string_pretty(value).map_err(|error| Failure(format!("No JSON: {error}.")))?;
        Ok(Self::new(text + "\n", status))
    }
}

/// A sentence that says why there is no answer. The exit status is 2.
#[derive(Debug)]
pub struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A failure as a line of standard error.
pub(crate) fn failure_line(failure: &Failure) -> String {
    format!("{}: {failure}\n", paint(ERROR, "error"))
}

pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BOLD: Style = Style::new().bold();

/// The text in a style; [`print`] takes the style away where no terminal shows it.
pub(crate) fn paint(style: Style, text: impl fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// `1 error`, `2 errors`.
pub(crate) fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// Text from outside on one line: control characters would move the cursor, or write codes of their
/// own.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            let _ = write!(line, "{}", c.escape_unicode());
        } else {
            line.push(c);
        }
    }
    line
}

/// Prints. anstream keeps colours for a terminal, and heeds `NO_COLOR`.
pub(crate) fn print(answer: Result<Answer, Failure>) -> ExitCode {
    let answer = answer.unwrap_or_else(|failure| Answer {
        stdout: String::new(),
        stderr: failure_line(&failure),
        status: Status::Unreadable,
    });
    // A reader that went away (`corsac … | head`) wants no more, and no complaint.
    let _ = anstream::stdout().write_all(answer.stdout.as_bytes()).and_then(|()| anstream::stdout().flush());
    let _ = anstream::stderr().write_all(answer.stderr.as_bytes());
    ExitCode::from(match answer.status {
        Status::Fine => 0,
        Status::Findings => 1,
        Status::Unreadable => 2,
    })
}
