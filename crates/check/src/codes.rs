//! The page of each diagnostic's code: `docs/codes.md`, compiled in.

/// A document with a section for each code.
#[derive(Clone, Copy)]
pub struct Pages(&'static str);

/// The codes of `corsac check`.
pub const DIAGNOSTICS: Pages = Pages::new(include_str!("../../../docs/codes.md"));

impl Pages {
    /// The pages of a document in Markdown, whose headings of the second level are codes.
    pub const fn new(document: &'static str) -> Self {
        Self(document)
    }

    /// The page of a code: its section of the document, without the heading.
    pub fn page(self, code: &str) -> Option<&'static str> {
        self.sections().find(|(known, _)| *known == code).map(|(_, page)| page)
    }

    /// The first sentence of a code's page.
    pub fn summary(self, code: &str) -> &'static str {
        let paragraph = self.page(code).and_then(|page| page.split("\n\n").next()).unwrap_or_default();
        paragraph.split_inclusive(". ").next().unwrap_or_default().trim()
    }

    /// The codes whose words are like this one.
    pub fn similar(self, word: &str) -> Vec<&'static str> {
        let parts: Vec<&str> = word.split(['-', '_', ' ']).filter(|part| part.len() > 3).collect();
        self.codes().filter(|code| parts.iter().any(|part| code.contains(part))).collect()
    }

    /// Every code that has a page, in the order of the document.
    pub fn codes(self) -> impl Iterator<Item = &'static str> {
        self.sections().map(|(code, _)| code)
    }

    fn sections(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.0.split("\n## ").skip(1).filter_map(|section| {
            let (heading, body) = section.split_once('\n')?;
            Some((heading.trim().trim_matches('`'), body.trim()))
        })
    }
}

#[cfg(test)]
mod tests {
    use corsac_policy::Code;

    use super::*;

    #[test]
    fn every_code_has_its_page() {
        let missing: Vec<&str> =
            Code::ALL.iter().map(|code| code.as_str()).filter(|code| DIAGNOSTICS.page(code).is_none()).collect();
        assert!(missing.is_empty(), "docs/codes.md lacks a section for {missing:?}");
    }

    #[test]
    fn every_page_says_what_is_wrong_why_and_what_to_write() {
        for code in Code::ALL.iter().map(|code| code.as_str()) {
            let page = DIAGNOSTICS.page(code).unwrap_or_default();
            for part in ["**Why.**", "**Write.**", "**Standard.**"] {
                assert!(page.contains(part), "{code} lacks {part}");
            }
            assert!(DIAGNOSTICS.summary(code).ends_with('.'), "{code}: {}", DIAGNOSTICS.summary(code));
        }
    }
}
