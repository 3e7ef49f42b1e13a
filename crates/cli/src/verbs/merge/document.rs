//! Several teams' policies as one document.

use std::collections::BTreeMap;

use corsac_check::compile;
use corsac_policy::Severity;
use serde_json::{Map, Value as Json, json};

use super::ownership;
use super::problem::Problem;
use super::rules;
use super::team::Team;

/// Merges. The order of the teams does not matter: the document has them by name.
pub(super) fn merge(mut teams: Vec<Team>) -> Result<Json, Vec<Problem>> {
    teams.sort_by(|one, other| one.name.cmp(&other.name));
    let twins = same_names(&teams);
    if !twins.is_empty() {
        return Err(twins);
    }
    let mut problems = ownership::overlaps(&teams);
    let (mut policies, mut all_rules) = (Policies::default(), Vec::new());
    for team in &teams {
        policies.add(team, &mut problems);
        match rules::held(team) {
            Ok(rules) => all_rules.extend(rules),
            Err(beyond) => problems.extend(beyond),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let document = json!({ "policies": policies.all, "rules": all_rules });
    let problems = policies.errors(&document);
    if problems.is_empty() { Ok(document) } else { Err(problems) }
}

/// Renames the base of a policy, which is a policy of the same team.
fn rename_base(policy: &mut Json, team: &Team) {
    if let Some(base) = policy.get("extends").and_then(Json::as_str).map(|base| team.name_of(base)) {
        policy["extends"] = json!(base);
    }
}

/// Two files of one team would share their policies' names.
fn same_names(teams: &[Team]) -> Vec<Problem> {
    let twins = teams.iter().zip(teams.iter().skip(1)).filter(|(one, other)| one.name == other.name);
    let problem = |(one, other): (&Team, &Team)| {
        let sentence = format!("The team {} has two policies; a team has one.", one.name);
        Problem::new("same-team", sentence, one.place("/team")).and(other.place("/team"))
    };
    twins.map(problem).collect()
}

/// The policies of all teams.
#[derive(Default)]
struct Policies<'t> {
    all: Map<String, Json>,
    /// By name, whose it is, and where it is written there.
    owners: BTreeMap<String, (&'t Team, String)>,
}

impl<'t> Policies<'t> {
    fn add(&mut self, team: &'t Team, problems: &mut Vec<Problem>) {
        let Some(several) = team.policy.get("policies").and_then(Json::as_object) else {
            let mut policy = team.policy.clone();
            if let Some(members) = policy.as_object_mut() {
                members.remove("debug");
            }
            self.insert(team, team.name.clone(), String::new(), policy, problems);
            return;
        };
        for (name, policy) in several {
            let mut policy = policy.clone();
            rename_base(&mut policy, team);
            if let Some(trial) = policy.get_mut("trial") {
                rename_base(trial, team);
            }
            self.insert(team, team.name_of(name), format!("/policies/{name}"), policy, problems);
        }
    }

    fn insert(&mut self, team: &'t Team, name: String, pointer: String, policy: Json, problems: &mut Vec<Problem>) {
        if let Some((owner, known)) = self.owners.get(&name) {
            let sentence = format!("Two policies would both be called {name}; rename one.");
            problems.push(Problem::new("same-policy", sentence, owner.place(known)).and(team.place(&pointer)));
        }
        self.all.insert(name.clone(), policy);
        self.owners.insert(name, (team, pointer));
    }

    /// What the engine has against the whole. Each policy was sound by itself, so this is about
    /// names that are too long, say.
    fn errors(&self, document: &Json) -> Vec<Problem> {
        let Err(rejected) = compile(&document.to_string()) else { return Vec::new() };
        let errors = rejected.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        let mut problems = Vec::new();
        for error in errors {
            let mut problem =
                Problem { code: error.code.as_str(), message: error.sentence.clone(), places: Vec::new() };
            let name = error.pointer.strip_prefix("/policies/").and_then(|rest| rest.split('/').next());
            if let Some((team, pointer)) = name.and_then(|name| self.owners.get(name)) {
                problem.places.push(team.place(pointer));
            }
            problems.push(problem);
        }
        problems
    }
}
