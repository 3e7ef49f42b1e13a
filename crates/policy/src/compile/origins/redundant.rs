//! Entries of `allowOrigins` that other entries cover: they suggest a boundary that is not there.

use super::{Building, parse_pattern};
use crate::config::PolicyConfig;
use crate::diagnostic::{Code, Place, Report};
use crate::origin::grammar;
use crate::origin::pattern::Pattern;
use crate::origin::shape::Shape;
use regular_language::Language;

/// How many patterns are compared with each other as languages; in longer lists they are not.
const MOST_COMPARED: usize = 32;

impl Building<'_, '_> {
    /// Warns of entries that other entries cover: they suggest a boundary that is not there.
    #[inline(never)]
    pub(super) fn warn_of_covered(&mut self, config: &PolicyConfig<'_>, place: &Place<'_>, report: &mut Report) {
        if self.listed.set.is_exact_only() && self.matchers.is_empty() && !self.listed.any {
            return; // nothing there that could cover anything, in what may be a very long list
        }
        let covered = |by: &str| format!("{by} in the list covers this entry.");
        let redundant = self.redundant_matchers();
        for (index, entry) in &config.origins {
            let place = place.index(*index);
            let Some(pattern) = parse_pattern(*entry) else {
                if self.listed.any {
                    report.warn(Code::RedundantOrigin, &place, covered("\"*\""));
                } else if redundant.contains(index) {
                    report.warn(Code::RedundantOrigin, &place, covered("Another pattern"));
                }
                continue;
            };
            match pattern {
                Pattern::Any => {}
                // With credentials `*` does not stand for `null`.
                Pattern::Null | Pattern::File if self.credentials => {}
                _ if self.listed.any => report.warn(Code::RedundantOrigin, &place, covered("\"*\"")),
                Pattern::Exact(origin) if self.covers_exact(origin) => {
                    report.warn(Code::RedundantOrigin, &place, covered("A pattern"));
                }
                Pattern::Tenant(tenant) if self.listed.set.holds_shape(&tenant.as_wildcard()) => {
                    report.warn(Code::RedundantOrigin, &place, covered("A wider pattern"));
                }
                Pattern::Shape(shape) if self.listed.set.covers_shape(&shape) => {
                    report.warn(Code::RedundantOrigin, &place, covered("A wider pattern"));
                }
                _ => {}
            }
        }
    }

    fn covers_exact(&self, origin: &str) -> bool {
        !self.listed.set.is_exact_only()
            && grammar::parse(origin.as_bytes())
                .is_some_and(|parts| self.listed.set.matches_pattern(origin.as_bytes(), &parts))
    }

    /// The indices of matchers that accept nothing which the other patterns do not accept. Of two
    /// that accept the same, the later one.
    fn redundant_matchers(&mut self) -> Vec<usize> {
        let mut redundant = Vec::new();
        if self.matchers.len() > MOST_COMPARED || self.shapes.len() > MOST_COMPARED {
            return redundant;
        }
        let shapes: Vec<Language> = self.shapes.iter().map(Shape::language).collect();
        for (index, language) in self.matchers.iter().rev() {
            let others = self.matchers.iter().filter(|(other, _)| other != index && !redundant.contains(other));
            let others: Vec<Language> = others.map(|(_, other)| other.clone()).chain(shapes.iter().cloned()).collect();
            if !others.is_empty() && self.examiner.accepts_no_more_than(language, others) {
                redundant.push(*index);
            }
        }
        redundant
    }
}
