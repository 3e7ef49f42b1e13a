//! `--explain CODE`: the page of a code.

use corsac_check::codes::Pages;

use crate::output::{Answer, Failure, Status};

/// The codes of `corsac probe`.
pub(crate) const FINDINGS: Pages = Pages::new(include_str!("../../../docs/probe-codes.md"));

/// What `--explain` prints.
pub(crate) fn explain(pages: Pages, code: &str) -> Result<Answer, Failure> {
    if let Some(page) = pages.page(code) {
        return Ok(Answer::new(format!("{code}\n\n{page}\n"), Status::Fine));
    }
    let similar = pages.similar(code);
    let hint = if similar.is_empty() {
        "Every report shows its codes in brackets".to_owned()
    } else {
        format!("Similar ones are {}", similar.join(", "))
    };
    Err(Failure(format!("There is no code \"{code}\". {hint}.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_has_its_page_and_every_page_its_finding() {
        let findings: Vec<&str> = corsac_probe::Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(FINDINGS.codes().collect::<Vec<_>>(), findings);
    }

    #[test]
    fn every_page_says_what_is_wrong_why_and_what_to_write() {
        for code in FINDINGS.codes() {
            let page = FINDINGS.page(code).unwrap_or_default();
            for part in ["**Why.**", "**Write.**", "**Standard.**"] {
                assert!(page.contains(part), "{code} lacks {part}");
            }
            assert!(FINDINGS.summary(code).ends_with('.'), "{code}: {}", FINDINGS.summary(code));
        }
    }
}
