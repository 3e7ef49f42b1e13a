//! The entry that is nearest to what was refused.
//!
//! A refused value is compared with one that the engine accepts, never with a pattern. So every
//! difference is true, and with all of them undone the origin is allowed.

mod candidates;
mod difference;
mod origin;

use corsac_policy::{List, entries};

use crate::explanation::{Difference, Entry, Nearest};
use difference::Compared;
use origin::GivenOrigin;

/// How many candidates the engine is asked about.
const MOST_ASKED: usize = 64;

/// The accepted origin that is nearest to a refused one, and in what they differ. `host`: that of
/// the request.
pub(crate) fn origin(
    given: &str,
    list: &[corsac_policy::Entry],
    host: &str,
    allows: impl Fn(&str) -> bool,
    entry_that_allows: impl Fn(&str) -> Option<Entry>,
) -> Option<Nearest> {
    if given == "null" {
        return None;
    }
    let refused = GivenOrigin::read(given);
    let mut candidates: Vec<(u32, String, Vec<Difference>)> = Vec::new();
    let plain = list.iter().filter_map(|entry| entry.plain.as_deref());
    for candidate in candidates::all(&refused, plain, host) {
        let Compared { differs, cost } = difference::between(&refused, &GivenOrigin::read(&candidate));
        candidates.push((cost, candidate, differs));
    }
    candidates.sort();
    let (_, accepts, differs) =
        candidates.into_iter().take(MOST_ASKED).find(|(_, candidate, _)| candidate != given && allows(candidate))?;
    let entry = entry_that_allows(&accepts)?;
    let sentence = difference::sentence(&accepts, &entry, &differs);
    let Entry { pointer, entry } = entry;
    Some(Nearest { entry, pointer, differs, accepts, sentence })
}

/// The entry of `allowMethods` or `allowHeaders` that is nearest to a refused name.
pub(crate) fn name(given: &str, configuration: &[u8], policy: &str, list: List) -> Option<Nearest> {
    let near = |entry: corsac_policy::Entry| {
        let name = entry.plain?;
        let differs = if name.eq_ignore_ascii_case(given) {
            Difference::Case
        } else if difference::is_near(&name.to_ascii_lowercase(), &given.to_ascii_lowercase()) {
            Difference::Name
        } else {
            return None;
        };
        let how = if differs == Difference::Case { "only in case" } else { "in a letter or two" };
        let sentence = format!("The nearest entry is {} ({}). It differs {how}.", entry.text, entry.pointer);
        Some(Nearest { entry: entry.text, pointer: entry.pointer, differs: vec![differs], accepts: name, sentence })
    };
    entries(configuration, policy, list).into_iter().filter_map(near).min_by_key(|near| near.differs.clone())
}
