//! Findings in the manner of rustc: the code, the place, the source line, the corrected text.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use corsac_check::Finding;
use corsac_policy::Severity;

use super::Outcome;
use crate::output::{BOLD, ERROR, GOOD, WARNING, count, one_line, paint};

/// The most lines of a value that are shown.
const MOST_LINES: usize = 12;
/// The most of a value that is underlined, and the longest text that is shown twice. Bytes.
const MOST_BYTES: usize = 400;

pub(super) fn report(outcome: &Outcome) -> String {
    let mut text = String::new();
    for line in &outcome.fixed {
        let _ = writeln!(text, "{line}");
    }
    for finding in &outcome.findings {
        let _ = writeln!(text, "{}\n", render(finding));
    }
    if outcome.files > 0 {
        let _ = writeln!(text, "{}", summary(outcome));
    }
    text
}

fn render(finding: &Finding) -> String {
    let level = if finding.severity == Severity::Error.as_str() { Level::ERROR } else { Level::WARNING };
    let message = one_line(&finding.message);
    let window = Window::around(&finding.source, &finding.span);
    let pointer = if finding.pointer.is_empty() { "the top" } else { &finding.pointer };
    let place = if finding.is_alone { pointer.to_owned() } else { format!("{} at {pointer}", finding.document) };
    let mut problem = level.primary_title(message.as_str()).id(finding.code).element(
        Snippet::source(window.text)
            .path(finding.file.as_str())
            .line_start(window.line)
            .annotation(AnnotationKind::Primary.span(window.span.clone()).label(one_line(&place))),
    );
    let mut groups = Vec::new();
    match (&finding.suggestion, &finding.patch) {
        (_, Some(patch)) if window.text.len() <= MOST_BYTES => {
            groups.push(problem);
            groups.push(corrected(&window, patch));
        }
        (Some(suggestion), _) => {
            problem = problem.element(Level::HELP.message(advice(suggestion)));
            groups.push(problem);
        }
        (None, _) => groups.push(problem),
    }
    Renderer::styled().render(&groups)
}

fn corrected<'a>(window: &Window<'a>, patch: &'a str) -> Group<'a> {
    let snippet = Snippet::source(window.text).line_start(window.line);
    Level::HELP.secondary_title("write").element(snippet.patch(Patch::new(window.span.clone(), patch)))
}

fn advice(suggestion: &str) -> String {
    match suggestion {
        "nothing" => "leave it out".to_owned(),
        _ => format!("write {}", one_line(suggestion)),
    }
}

fn summary(outcome: &Outcome) -> String {
    let number = |severity: Severity| outcome.findings.iter().filter(|f| f.severity == severity.as_str()).count();
    let (errors, warnings) = (number(Severity::Error), number(Severity::Warning));
    let whole = format!(
        "{} in {}",
        count(outcome.policies, "policy").replace("policys", "policies"),
        count(outcome.files, "file")
    );
    if errors + warnings == 0 {
        return format!("{}: {whole}, nothing to report", paint(GOOD, "ok"));
    }
    let (style, word) = if errors > 0 { (ERROR, "bad") } else { (WARNING, "ok") };
    let mut line =
        format!("{}: {whole}, {}, {}", paint(style, word), count(errors, "error"), count(warnings, "warning"));
    if let Some(first) = outcome.findings.first() {
        let _ = write!(line, "\n{} tells more", paint(BOLD, format!("corsac check --explain {}", first.code)));
    }
    line
}

/// The lines of a file that a finding is about: a report of a long file then costs no more than one
/// of a short file.
struct Window<'a> {
    text: &'a str,
    /// The number of the first line.
    line: usize,
    /// The bytes of the text that the finding is about.
    span: Range<usize>,
}

impl<'a> Window<'a> {
    fn around(source: &'a str, span: &Range<usize>) -> Self {
        let start = source[..span.start].rfind('\n').map_or(0, |index| index + 1);
        let mut end = span.end;
        let mut breaks = source[span.clone()].match_indices('\n');
        if let Some((cut, _)) = breaks.nth(MOST_LINES) {
            end = span.start + cut;
        }
        if end - span.start > MOST_BYTES {
            end = (span.start..=span.start + MOST_BYTES).rev().find(|end| source.is_char_boundary(*end)).unwrap_or(end);
        }
        let line_end = source[end..].find('\n').map_or(source.len(), |index| end + index);
        let line = source[..start].bytes().filter(|byte| *byte == b'\n').count() + 1;
        Self { text: &source[start..line_end], line, span: span.start - start..end - start }
    }
}
