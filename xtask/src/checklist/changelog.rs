//! The parts of the changelog that a release needs: the sections by version, their entries, and the
//! day.

use super::item::ItemState;

const UNRELEASED: &str = "Unreleased";

/// The sections in order: `## 1.2.3 - 2026-01-31` or `## Unreleased`, with the number of their
/// entries.
pub struct Changelog {
    sections: Vec<Section>,
}

struct Section {
    /// A version, or `Unreleased`.
    name: String,
    day: Option<String>,
    entries: usize,
}

impl Changelog {
    pub fn parse(text: &str) -> Self {
        let mut sections: Vec<Section> = Vec::new();
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("## ") {
                let (name, day) = title.split_once(" - ").map_or((title, None), |(name, day)| (name, Some(day)));
                let name = name.trim_matches(['[', ']']).to_owned();
                sections.push(Section { name, day: day.map(str::to_owned), entries: 0 });
            } else if let (true, Some(section)) = (line.starts_with("- "), sections.last_mut()) {
                section.entries += 1;
            }
        }
        Self { sections }
    }

    /// Whether that version has a dated section with entries.
    pub fn released(&self, version: &str) -> ItemState {
        let to_do = |sentence: String| ItemState::ToDo(sentence);
        match self.section(version) {
            None => to_do(format!("add `## {version} - YEAR-MONTH-DAY`")),
            Some(section) if section.entries == 0 => ItemState::Wrong(format!("{version} has no entry")),
            Some(Section { day: Some(day), .. }) if is_day(day) => ItemState::Holds,
            Some(_) => ItemState::Wrong(format!("{version} has no day such as 2026-01-31")),
        }
    }

    /// Whether the section of unreleased entries is empty.
    pub fn nothing_unreleased(&self) -> ItemState {
        match self.section(UNRELEASED) {
            Some(Section { entries: entries @ 1.., .. }) => ItemState::ToDo(format!("move {entries} entries")),
            _ => ItemState::Holds,
        }
    }

    fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }
}

/// Whether the text has the form of `2026-01-31`. The calendar is not checked.
fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    parts.iter().map(|part| part.len()).collect::<Vec<_>>() == [4, 2, 2] && parts.iter().all(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dated_section_with_entries_is_a_release() {
        let changelog =
            Changelog::parse("# Changelog\n\n## Unreleased\n\n## [1.2.3] - 2026-01-31\n\n### Added\n\n- This.\n");
        assert_eq!(changelog.released("1.2.3"), ItemState::Holds);
        assert_eq!(changelog.nothing_unreleased(), ItemState::Holds);
    }

    #[test]
    fn unreleased_entries_are_to_be_moved() {
        let changelog = Changelog::parse("## Unreleased\n\n### Added\n\n- This\n  and that.\n- More.\n");
        assert_eq!(changelog.nothing_unreleased(), ItemState::ToDo("move 2 entries".to_owned()));
        assert!(matches!(changelog.released("1.2.3"), ItemState::ToDo(_)));
    }

    #[test]
    fn a_section_without_a_day_or_without_an_entry_is_wrong() {
        for text in ["## 1.2.3\n- This.\n", "## 1.2.3 - soon\n- This.\n", "## 1.2.3 - 2026-01-31\n"] {
            assert!(matches!(Changelog::parse(text).released("1.2.3"), ItemState::Wrong(_)), "{text}");
        }
    }
}
