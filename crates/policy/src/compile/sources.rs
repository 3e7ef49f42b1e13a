//! `originSources`: which combinations make sense, and one table of all sources.

use crate::config::PolicyConfig;
use crate::diagnostic::{Code, Place, Report};
use crate::origin::Origins;
use crate::source::OriginSource;

/// Different sources of one configuration. A worker looks after each of them every second.
const MOST_SOURCES: usize = 64;

/// The indices of a policy's sources in `all`, which holds each source once.
#[inline(never)]
pub(super) fn compile(
    config: &PolicyConfig<'_>,
    origins: &Origins,
    place: &Place<'_>,
    all: &mut Vec<OriginSource>,
    report: &mut Report,
) -> Box<[usize]> {
    let place = place.key("originSources");
    if let (Some(reason), false) = (useless(origins), config.sources.is_empty()) {
        report.error(Code::InvalidOriginSource, &place, reason);
    }
    let mut indices: Vec<usize> = Vec::with_capacity(config.sources.len());
    for (index, source) in &config.sources {
        let known = all.iter().position(|known| known == source).unwrap_or(all.len());
        if indices.contains(&known) {
            report.warn(Code::RedundantOrigin, &place.index(*index), "This source is already in the list.");
            continue;
        }
        indices.push(known);
        if known == all.len() {
            all.push(source.clone());
            if all.len() == MOST_SOURCES + 1 {
                let sentence = format!("A configuration has at most {MOST_SOURCES} different sources.");
                report.error(Code::InvalidOriginSource, &place.index(*index), sentence);
            }
        }
    }
    indices.into()
}

/// Why origins from a service would change nothing, or could not be answered.
fn useless(origins: &Origins) -> Option<&'static str> {
    match origins {
        Origins::Fixed(_) => {
            Some("With \"fixedOrigin\" every answer names one origin, so there is no place for those of a source.")
        }
        Origins::Any => Some(ALL_ALLOWED),
        Origins::Listed(listed) if listed.any => Some(ALL_ALLOWED),
        Origins::Listed(_) => None,
    }
}

const ALL_ALLOWED: &str = "\"*\" allows every origin already, so a source adds none. Remove one of the two.";
