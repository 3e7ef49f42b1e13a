//! The page of each code: documents with a section for each, compiled in.

use crate::output::{Answer, Failure, Status};

/// A document that tells about codes.
pub(crate) struct Pages(&'static str);

/// The codes of `corsac check`.
pub(crate) const DIAGNOSTICS: Pages = Pages(include_str!("../../../docs/codes.md"));
/// The codes of `corsac probe`.
pub(crate) const FINDINGS: Pages = Pages(include_str!("../../../docs/probe-codes.md"));

impl Pages {
    /// The page of a code: its section of the document, without the heading.
    pub(crate) fn page(&self, code: &str) -> Option<&'static str> {
        self.sections().find(|(known, _)| *known == code).map(|(_, page)| page)
    }

    /// The first sentence of a code's page.
    pub(crate) fn summary(&self, code: &str) -> &'static str {
        let paragraph = self.page(code).and_then(|page| page.split("\n\n").next()).unwrap_or_default();
        paragraph.split_inclusive(". ").next().unwrap_or_default().trim()
    }

    /// What `--explain` prints.
    pub(crate) fn explain(&self, code: &str) -> Result<Answer, Failure> {
        if let Some(page) = self.page(code) {
            return Ok(Answer::new(format!("{code}\n\n{page}\n"), Status::Fine));
        }
        let similar = self.similar(code);
        let hint = if similar.is_empty() {
            "Every report shows its codes in brackets".to_owned()
        } else {
            format!("Similar ones are {}", similar.join(", "))
        };
        Err(Failure(format!("There is no code \"{code}\". {hint}.")))
    }

    /// The codes whose words are like this one.
    fn similar(&self, word: &str) -> Vec<&'static str> {
        let parts: Vec<&str> = word.split(['-', '_', ' ']).filter(|part| part.len() > 3).collect();
        let known = self.sections().map(|(code, _)| code);
        known.filter(|code| parts.iter().any(|part| code.contains(part))).collect()
    }

    fn sections(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let sections = self.0.split("\n## ").skip(1);
        sections.filter_map(|section| {
            let (heading, body) = section.split_once('\n')?;
            Some((heading.trim().trim_matches('`'), body.trim()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostics() -> Vec<&'static str> {
        corsac_policy::Code::ALL.iter().map(|code| code.as_str()).collect()
    }

    fn findings() -> Vec<&'static str> {
        corsac_probe::Code::ALL.iter().map(|code| code.name()).collect()
    }

    #[test]
    fn every_code_has_its_page() {
        for (pages, codes) in [(DIAGNOSTICS, diagnostics()), (FINDINGS, findings())] {
            let missing: Vec<&str> = codes.into_iter().filter(|code| pages.page(code).is_none()).collect();
            assert!(missing.is_empty(), "a document lacks a section for {missing:?}");
        }
    }

    #[test]
    fn every_page_of_a_finding_has_its_code() {
        let pages: Vec<&str> = FINDINGS.sections().map(|(code, _)| code).collect();
        assert_eq!(pages, findings());
    }

    #[test]
    fn every_page_says_what_is_wrong_why_and_what_to_write() {
        for (pages, codes) in [(DIAGNOSTICS, diagnostics()), (FINDINGS, findings())] {
            for code in codes {
                let page = pages.page(code).unwrap_or_default();
                for part in ["**Why.**", "**Write.**", "**Standard.**"] {
                    assert!(page.contains(part), "{code} lacks {part}");
                }
                assert!(pages.summary(code).ends_with('.'), "{code}: {}", pages.summary(code));
            }
        }
    }
}
