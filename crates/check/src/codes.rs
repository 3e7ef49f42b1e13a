//! The page of each diagnostic's code: `docs/codes.md`, compiled in.

use corsac_policy::Code;

const PAGES: &str = include_str!("../../../docs/codes.md");

/// The page of a code: its section of the document, without the heading.
pub fn page(code: &str) -> Option<&'static str> {
    let mut sections = PAGES.split("\n## ").skip(1);
    sections.find_map(|section| {
        let (heading, body) = section.split_once('\n')?;
        (heading.trim().trim_matches('`') == code).then(|| body.trim())
    })
}

/// The first sentence of a code's page.
pub fn summary(code: &str) -> &'static str {
    let paragraph = page(code).and_then(|page| page.split("\n\n").next()).unwrap_or_default();
    paragraph.split_inclusive(". ").next().unwrap_or_default().trim()
}

/// The codes whose words are like this one.
pub fn similar(word: &str) -> Vec<&'static str> {
    let parts: Vec<&str> = word.split(['-', '_', ' ']).filter(|part| part.len() > 3).collect();
    let known = Code::ALL.iter().map(|code| code.as_str());
    known.filter(|code| parts.iter().any(|part| code.contains(part))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_page() {
        let missing: Vec<&str> =
            Code::ALL.iter().map(|code| code.as_str()).filter(|code| page(code).is_none()).collect();
        assert!(missing.is_empty(), "docs/codes.md lacks a section for {missing:?}");
    }

    #[test]
    fn every_page_says_what_is_wrong_why_and_what_to_write() {
        for code in Code::ALL.iter().map(|code| code.as_str()) {
            let page = page(code).unwrap_or_default();
            for part in ["**Why.**", "**Write.**", "**Standard.**"] {
                assert!(page.contains(part), "{code} lacks {part}");
            }
            assert!(summary(code).ends_with('.'), "{code}: {}", summary(code));
        }
    }
}
