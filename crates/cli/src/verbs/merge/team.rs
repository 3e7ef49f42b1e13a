//! One team's policy: what it owns, and what it says about it.

use corsac_check::{compile, without_ownership};
use corsac_manifests::{Found, Spot};
use corsac_policy::{Code, Diagnostic, RuleHost, RulePath, Severity};
use serde::Deserialize;
use serde_json::Value as Json;

use super::problem::{Place, Problem};

/// The longest name; a policy's name begins with it.
const LONGEST_NAME: usize = 32;

/// A team's policy.
#[derive(Debug)]
pub(super) struct Team {
    pub(super) name: String,
    pub(super) owns: Vec<Owned>,
    /// Without the two members.
    pub(super) policy: Json,
    source: Source,
}

/// Hosts, and paths there; all paths without any.
#[derive(Debug)]
pub(super) struct Owned {
    pub(super) hosts: Vec<Entry<RuleHost>>,
    pub(super) paths: Option<Vec<Entry<RulePath>>>,
}

/// An entry of a list, as it is written and as the engine reads it.
#[derive(Debug)]
pub(super) struct Entry<T> {
    pub(super) text: String,
    pub(super) parsed: T,
    /// Its JSON Pointer.
    pub(super) pointer: String,
}

/// Where a team's policy is written.
#[derive(Debug)]
struct Source {
    file: String,
    found: Found,
}

impl Source {
    fn place(&self, pointer: &str) -> Place {
        let Spot { line, column, .. } = *self.found.spot(pointer);
        Place { file: self.file.clone(), line, column, pointer: pointer.to_owned() }
    }
}

#[derive(Deserialize)]
struct Head {
    team: Option<Json>,
    owns: Option<Json>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnedAsWritten {
    hosts: Vec<String>,
    paths: Option<Vec<String>>,
}

impl Team {
    /// Reads a policy that names its team, and everything that is wrong with it.
    pub(super) fn read(file: &str, found: Found) -> Result<Self, Vec<Problem>> {
        let source = Source { file: file.to_owned(), found };
        let head = serde_json::from_str(&source.found.policy);
        let head: Head = head.map_err(|error| vec![Problem::new("team", sentence_of(&error), source.place(""))])?;
        let mut problems = Vec::new();
        let name = read_name(head.team, &source).map_err(|problem| problems.push(problem)).unwrap_or_default();
        let owns = read_owned(head.owns, &source, &mut problems);
        // Without `owns` nothing of the policy can be taken, and that is said already.
        let policy = without_ownership(&source.found.policy);
        if let Some(policy) = &policy {
            problems.extend(errors(&source, policy));
            problems.extend(of_the_listener(&source, policy));
        }
        match policy.filter(|_| problems.is_empty()) {
            Some(policy) => Ok(Self { name, owns, policy, source }),
            None => Err(problems),
        }
    }

    pub(super) fn place(&self, pointer: &str) -> Place {
        self.source.place(pointer)
    }
}

fn read_name(team: Option<Json>, source: &Source) -> Result<String, Problem> {
    let problem = |sentence: &str| Problem::new("team", sentence, source.place("/team"));
    match team {
        Some(Json::String(name)) if is_name(&name) => Ok(name),
        Some(_) => Err(problem("A team's name is 1 to 32 letters, digits, \"_\" or \"-\".")),
        None => Err(problem("The policy does not say whose it is; write \"team\": \"…\".")),
    }
}

fn is_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_part)
}

fn read_owned(owns: Option<Json>, source: &Source, problems: &mut Vec<Problem>) -> Vec<Owned> {
    let problem = |sentence: String, pointer: &str| Problem::new("owns", sentence, source.place(pointer));
    let Some(Json::Array(items)) = owns.filter(|owns| *owns != Json::Array(Vec::new())) else {
        let sentence = "The policy does not say what the team owns; write \"owns\": [{ \"hosts\": [\"…\"] }].";
        problems.push(problem(sentence.to_owned(), "/owns"));
        return Vec::new();
    };
    let mut owned = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        let pointer = format!("/owns/{index}");
        let written: OwnedAsWritten = match serde_json::from_value(item) {
            Ok(written) => written,
            Err(error) => {
                problems.push(problem(sentence_of(&error), &pointer));
                continue;
            }
        };
        let hosts = entries(written.hosts, &format!("{pointer}/hosts"), |text| {
            RuleHost::parse(text).ok_or("This is not a host that a rule takes.")
        });
        let paths = written.paths.map(|paths| entries(paths, &format!("{pointer}/paths"), RulePath::parse)).transpose();
        match (hosts, paths) {
            (Ok(hosts), Ok(paths)) => owned.push(Owned { hosts, paths }),
            (hosts, paths) => problems.extend(
                [hosts.err(), paths.err()].into_iter().flatten().map(|(pointer, sentence)| problem(sentence, &pointer)),
            ),
        }
    }
    owned
}

/// The entries of a list; the error is a pointer and a sentence.
fn entries<T>(
    list: Vec<String>,
    pointer: &str,
    parse: impl Fn(&str) -> Result<T, &'static str>,
) -> Result<Vec<Entry<T>>, (String, String)> {
    if list.is_empty() {
        return Err((pointer.to_owned(), "An empty list owns nothing.".to_owned()));
    }
    let entry = |(index, text): (usize, String)| {
        let pointer = format!("{pointer}/{index}");
        match parse(&text) {
            Ok(parsed) => Ok(Entry { text, parsed, pointer }),
            Err(sentence) => Err((pointer, sentence.to_owned())),
        }
    };
    list.into_iter().enumerate().map(entry).collect()
}

/// What the engine has against the team's policy as it would run alone.
fn errors(source: &Source, policy: &Json) -> Vec<Problem> {
    let diagnostics = |text: &str| compile(text).err().map(|rejected| rejected.diagnostics).unwrap_or_default();
    // A tree keeps one of two equal keys; the text has both.
    let twice = diagnostics(&source.found.policy).into_iter().filter(|error| error.code == Code::DuplicateKey);
    let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
    let all = diagnostics(&policy.to_string()).into_iter().filter(is_error).chain(twice);
    all.map(|error| Problem::new(error.code.as_str(), error.sentence.clone(), source.place(&error.pointer))).collect()
}

/// What is not one team's to say: it would change the answers to the others.
fn of_the_listener(source: &Source, policy: &Json) -> Vec<Problem> {
    let mut pointers: Vec<(String, &str)> = Vec::new();
    for field in ["debug", "policyFromRouteMetadata"] {
        if policy.get(field) == Some(&Json::Bool(true)) {
            pointers.push((format!("/{field}"), field));
        }
    }
    let rules = policy.get("rules").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    for (index, _) in rules.iter().enumerate().filter(|(_, rule)| rule.get("routes").is_some()) {
        pointers.push((format!("/rules/{index}/routes"), "routes"));
    }
    let problem = |(pointer, field): (String, &str)| {
        let sentence = format!(
            "\"{field}\" applies to the whole listener, and would change the answers to other teams' requests."
        );
        Problem::new("listener-wide", sentence, source.place(&pointer))
    };
    pointers.into_iter().map(problem).collect()
}

/// What a parser says, without a place in a text that nobody wrote.
fn sentence_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    format!("This is not what \"owns\" takes: {text}.")
}
