//! Whose a request is. No two teams may own the same, in any way that a server reads a path.

use super::problem::Problem;
use super::team::{Entry, Owned, Team};

/// Every pair of entries by which two teams own the same. Teams in order, each pair once.
pub(super) fn overlaps(teams: &[Team]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, one) in teams.iter().enumerate() {
        for other in teams.iter().skip(index + 1) {
            for (mine, theirs) in pairs(&one.owns, &other.owns) {
                problems.extend(overlap((one, mine), (other, theirs)));
            }
        }
    }
    problems
}

fn overlap((one, mine): (&Team, &Owned), (other, theirs): (&Team, &Owned)) -> Option<Problem> {
    let (host, their_host) =
        pairs(&mine.hosts, &theirs.hosts).find(|(host, their_host)| host.parsed.meets(&their_host.parsed))?;
    let problem = |what: String| Problem {
        code: "overlap",
        message: format!("{} and {} both own {what}.", one.name, other.name),
        places: Vec::new(),
    };
    let (Some(paths), Some(their_paths)) = (&mine.paths, &theirs.paths) else {
        let all = problem(same(&host.text, &their_host.text));
        return Some(all.and(one.place(&host.pointer)).and(other.place(&their_host.pointer)));
    };
    let meets = |(path, their_path): &(&Entry<_>, &Entry<_>)| met(path, their_path);
    let (path, their_path) = pairs(paths, their_paths).find(meets)?;
    let what = format!("{} at {}", same(&path.text, &their_path.text), same(&host.text, &their_host.text));
    let is_reading = !(path.parsed.covers(&their_path.parsed) || their_path.parsed.covers(&path.parsed));
    let mut problem = problem(what);
    if is_reading {
        problem.message += " Servers take the one for the other.";
    }
    Some(problem.and(one.place(&path.pointer)).and(other.place(&their_path.pointer)))
}

fn met(one: &Entry<corsac_policy::RulePath>, other: &Entry<corsac_policy::RulePath>) -> bool {
    one.parsed.meets(&other.parsed)
}

fn same(one: &str, other: &str) -> String {
    if one == other { one.to_owned() } else { format!("{one} ({other})") }
}

/// Every pair of two lists.
pub(super) fn pairs<'l, T>(one: &'l [T], other: &'l [T]) -> impl Iterator<Item = (&'l T, &'l T)> {
    one.iter().flat_map(move |mine| other.iter().map(move |theirs| (mine, theirs)))
}
