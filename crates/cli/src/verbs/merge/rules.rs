//! A team's rules, held to what the team owns.
//!
//! What a rule names must be the team's. What a rule does not name, hosts or paths, means all that
//! the team owns, and so it is written out: in the merged document an absent list would mean every
//! team's.

use corsac_policy::{RuleHost, RulePath};
use serde_json::{Value as Json, json};

use super::ownership::pairs;
use super::problem::Problem;
use super::team::{Entry, Owned, Team};

/// The rules of a team's policies for the merged document, in the team's order.
pub(super) fn held(team: &Team) -> Result<Vec<Json>, Vec<Problem>> {
    let Some(rules) = team.policy.get("rules").and_then(Json::as_array) else {
        let all = Rule { hosts: None, paths: None };
        return Ok(team
            .owns
            .iter()
            .filter_map(|owned| all.within(owned))
            .map(|part| part.json(&json!(team.name)))
            .collect());
    };
    let (mut held, mut problems) = (Vec::new(), Vec::new());
    for (index, rule) in rules.iter().enumerate() {
        let policy = rule.get("policy").and_then(Json::as_str).map(|name| team.name_of(name));
        let rule = Rule::read(rule, &format!("/rules/{index}"));
        let beyond = rule.beyond(team);
        if beyond.is_empty() {
            held.extend(team.owns.iter().filter_map(|owned| rule.within(owned)).map(|part| part.json(&json!(policy))));
        }
        problems.extend(beyond);
    }
    if problems.is_empty() { Ok(held) } else { Err(problems) }
}

impl Team {
    /// A policy's name in the merged document.
    pub(super) fn name_of(&self, policy: &str) -> String {
        format!("{}-{policy}", self.name)
    }
}

/// The lists of a rule. The engine has read them already.
struct Rule {
    hosts: Option<Vec<Entry<RuleHost>>>,
    paths: Option<Vec<Entry<RulePath>>>,
}

/// A rule within one entry of `owns`.
struct Part {
    hosts: Vec<String>,
    paths: Option<Vec<String>>,
}

impl Part {
    fn json(&self, policy: &Json) -> Json {
        let mut rule = json!({ "hosts": self.hosts, "policy": policy });
        if let Some(paths) = &self.paths {
            rule["paths"] = json!(paths);
        }
        rule
    }
}

impl Rule {
    fn read(rule: &Json, pointer: &str) -> Self {
        Self {
            hosts: entries(rule, "hosts", pointer, RuleHost::parse),
            paths: entries(rule, "paths", pointer, |text| RulePath::parse(text).ok()),
        }
    }

    /// The rule within what the team owns there; `None` if it has nothing to do with it.
    fn within(&self, owned: &Owned) -> Option<Part> {
        let hosts = both(self.hosts.as_deref(), Some(&owned.hosts), RuleHost::covers)?;
        let paths = both(self.paths.as_deref(), owned.paths.as_deref(), RulePath::covers);
        let is_empty = hosts.is_empty() || paths.as_ref().is_some_and(Vec::is_empty);
        (!is_empty).then_some(Part { hosts, paths })
    }

    /// The entries that are not the team's, or only in part.
    fn beyond(&self, team: &Team) -> Vec<Problem> {
        let problem = |sentence: String, pointer: &str| {
            Problem::new("beyond", sentence, team.place(pointer)).and(team.place("/owns"))
        };
        let mut problems = Vec::new();
        for host in self.hosts.iter().flatten() {
            let mine: Vec<&Owned> = team.owns.iter().filter(|owned| owned.has_host(&host.parsed)).collect();
            if mine.is_empty() {
                problems.push(problem(format!("The team does not own the host \"{}\".", host.text), &host.pointer));
                continue;
            }
            if team.owns.iter().any(|owned| owned.cuts(&host.parsed)) {
                let sentence =
                    format!("\"{}\" is in part of another entry of \"owns\"; write the hosts one by one.", host.text);
                problems.push(problem(sentence, &host.pointer));
            }
            for path in
                self.paths.iter().flatten().filter(|path| !mine.iter().any(|owned| owned.has_path(&path.parsed)))
            {
                let sentence = format!("The team does not own \"{}\" at the host \"{}\".", path.text, host.text);
                problems.push(problem(sentence, &path.pointer));
            }
        }
        for path in
            self.paths.iter().flatten().filter(|path| team.owns.iter().any(|owned| owned.cuts_path(&path.parsed)))
        {
            let sentence = format!(
                "Servers take \"{}\" for a path of \"owns\" in another spelling; write it as there.",
                path.text
            );
            problems.push(problem(sentence, &path.pointer));
        }
        if self.hosts.is_none() {
            let foreign = |path: &&Entry<RulePath>| !team.owns.iter().any(|owned| owned.has_path(&path.parsed));
            for path in self.paths.iter().flatten().filter(foreign) {
                problems.push(problem(format!("The team does not own \"{}\" at any host.", path.text), &path.pointer));
            }
        }
        problems
    }
}

impl Owned {
    fn has_host(&self, host: &RuleHost) -> bool {
        self.hosts.iter().any(|own| own.parsed.covers(host))
    }

    /// Whether a host has a part of an entry, and neither is all of the other: `*.a.test:81` and
    /// `b.a.test`.
    fn cuts(&self, host: &RuleHost) -> bool {
        let is_cut = |own: &RuleHost| own.meets(host) && !own.covers(host) && !host.covers(own);
        self.hosts.iter().any(|own| is_cut(&own.parsed))
    }

    /// Likewise of a path: only a server's reading of it is owned, or only a reading of what is
    /// owned is this path.
    fn cuts_path(&self, path: &RulePath) -> bool {
        let is_cut = |own: &RulePath| own.meets(path) && !own.covers(path) && !path.covers(own);
        self.paths.iter().flatten().any(|own| is_cut(&own.parsed))
    }

    fn has_path(&self, path: &RulePath) -> bool {
        self.paths.as_ref().is_none_or(|paths| paths.iter().any(|own| own.parsed.covers(path)))
    }
}

/// What two lists have in common, where of each two entries one holds the other or they have
/// nothing in common; an absent list is everything.
fn both<T>(
    one: Option<&[Entry<T>]>,
    other: Option<&[Entry<T>]>,
    covers: impl Fn(&T, &T) -> bool,
) -> Option<Vec<String>> {
    let texts = |list: &[Entry<T>]| list.iter().map(|entry| entry.text.clone()).collect();
    let (one, other) = match (one, other) {
        (Some(one), Some(other)) => (one, other),
        (one, other) => return one.or(other).map(texts),
    };
    let mut common: Vec<String> = Vec::new();
    for (mine, theirs) in pairs(one, other) {
        let narrower = match (covers(&theirs.parsed, &mine.parsed), covers(&mine.parsed, &theirs.parsed)) {
            (true, _) => mine,
            (false, true) => theirs,
            (false, false) => continue,
        };
        if !common.contains(&narrower.text) {
            common.push(narrower.text.clone());
        }
    }
    Some(common)
}

fn entries<T>(rule: &Json, list: &str, pointer: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<Entry<T>>> {
    let items = rule.get(list)?.as_array()?.iter().enumerate();
    let entry = |(index, item): (usize, &Json)| {
        let text = item.as_str()?.to_owned();
        Some(Entry { parsed: parse(&text)?, text, pointer: format!("{pointer}/{list}/{index}") })
    };
    Some(items.filter_map(entry).collect())
}
