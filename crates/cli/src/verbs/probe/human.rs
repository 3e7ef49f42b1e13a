//! Findings for people: what is wrong, the request that shows it, and the headers that came.

use std::fmt::Write as _;

use corsac_probe::{Finding, Severity};

use crate::output::{BOLD, ERROR, GOOD, WARNING, count, one_line, paint};

/// The longest line of a command or a header that is shown whole. Characters.
const LONGEST: usize = 400;

/// `is_whole`: whether every endpoint was reached.
pub(super) fn text(findings: &[Finding], requests: usize, is_whole: bool) -> String {
    let mut text = String::new();
    for finding in findings {
        render(finding, &mut text);
    }
    let number = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (number(Severity::Error), number(Severity::Warning));
    let asked = count(requests, "request");
    let _ = match findings.first() {
        None => {
            let verdict = if is_whole { paint(GOOD, "ok") } else { paint(WARNING, "incomplete") };
            writeln!(text, "{verdict}: {asked}, nothing to report")
        }
        Some(first) => {
            let found = format!("{}, {}", count(errors, "error"), count(warnings, "warning"));
            let hint = paint(BOLD, format!("corsac probe --explain {}", first.code));
            writeln!(text, "{}: {asked}, {found}\n{hint} tells more", paint(ERROR, "bad"))
        }
    };
    text
}

fn render(finding: &Finding, text: &mut String) {
    let (style, word) = match finding.severity {
        Severity::Error => (ERROR, "error"),
        Severity::Warning => (WARNING, "warning"),
    };
    let title = paint(style, format!("{word}[{}]", finding.code));
    let _ = writeln!(text, "{title}: {}", shown(&finding.message));
    let _ = writeln!(text, "  url      {}", shown(&finding.url));
    let _ = writeln!(text, "  shown by {}", shown(&finding.request));
    let _ = writeln!(text, "           < {}", finding.response.status);
    let of_cors = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.starts_with("access-control-")
            || matches!(&*name, "vary" | "location" | "age" | "x-cache" | "cache-control" | "etag" | "last-modified")
    };
    for (name, value) in finding.response.headers.iter().filter(|(name, _)| of_cors(name)) {
        let _ = writeln!(text, "           < {}", shown(&format!("{name}: {value}")));
    }
    if let Some(browser) = &finding.browser {
        let name = browser.chrome.as_ref().map(|name| format!(" [Chrome: {name}]")).unwrap_or_default();
        let sentence = shown(&browser.sentence);
        let _ = writeln!(text, "  browser  With credentials mode {}: {sentence}{name}", browser.credentials);
    }
    let _ = writeln!(text, "  law      {}\n", finding.law);
}

/// On one line, and not longer than a person reads.
fn shown(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
