//! The configuration as it is written: what an entry, a rule or a policy says.

use corsac_policy::{Accepted, Choice, List, MatchedRule, Policies, Tools, accepted, compile, entries, resolved};
use regular_language::contains;
use serde_json::Value;

use crate::explanation::{self, ChosenBy};

/// The configuration's text.
#[derive(Clone, Copy)]
pub(crate) struct Configuration<'c>(pub &'c [u8]);

impl Configuration<'_> {
    /// A setting of a policy, inherited or its own; `null` where it is left out.
    pub fn setting(self, policy: &str, field: &str) -> Value {
        let document = resolved(self.0).and_then(|text| serde_json::from_str::<Value>(&text).ok()).unwrap_or_default();
        let policy = document.get("policies").map_or(Some(&document), |policies| policies.get(policy));
        policy.and_then(|policy| policy.get(field)).cloned().unwrap_or_default()
    }

    /// The first entry of the policy's `allowOrigins` with which `allows` holds for the
    /// configuration.
    pub fn first_entry(
        self,
        policy: &str,
        origin: &str,
        allows: impl Fn(&Policies) -> bool,
    ) -> Option<explanation::Entry> {
        let entries = entries(self.0, policy, List::Origins);
        let is_origin = |entry: &&corsac_policy::Entry| entry.plain.as_deref() == Some(origin);
        let found = entries.iter().find(is_origin).or_else(|| {
            let list = entries.first()?.pointer.rsplit_once('/')?.0;
            entries.get(self.first_that_allows(list, first_language(&entries, origin), allows)?)
        });
        found.cloned().map(Into::into)
    }

    /// The place in a list of the first entry with which, alone, `allows` holds. A `guess` is asked
    /// first. A list allows what its entries allow, so halving finds it otherwise, and together the
    /// halves are no longer than the list.
    fn first_that_allows(self, list: &str, guess: Option<usize>, allows: impl Fn(&Policies) -> bool) -> Option<usize> {
        let mut document: Value = serde_json::from_slice(self.0).ok()?;
        leave_one_origin(&mut document, list);
        let mut rest = document.pointer_mut(list)?.as_array_mut().map(std::mem::take)?;
        let mut allow = |entries: &[Value]| {
            let place = document.pointer_mut(list)?;
            *place = entries.into();
            let text = serde_json::to_vec(&document).ok()?;
            compile(&text, &Tools::default()).ok().map(|compiled| allows(&compiled.policies))
        };
        if let Some(guess) =
            guess.filter(|guess| rest.get(*guess).is_some_and(|entry| allow(std::slice::from_ref(entry)) == Some(true)))
        {
            return Some(guess);
        }
        let mut first = 0;
        while rest.len() > 1 {
            let second_half = rest.split_off(rest.len().div_ceil(2));
            if allow(&rest) != Some(true) {
                first += rest.len();
                rest = second_half;
            }
        }
        (allow(&rest) == Some(true)).then_some(first)
    }

    /// A choice in words.
    pub fn choice(self, choice: Choice) -> explanation::Choice {
        let (by, sentence) = match choice {
            Choice::OnlyPolicy => (ChosenBy::OnlyPolicy, "The configuration is one policy for everything.".to_owned()),
            Choice::RouteMetadata => (ChosenBy::RouteMetadata, "The route's metadata name the policy.".to_owned()),
            Choice::NoRule => (ChosenBy::NoRule, "No rule matches.".to_owned()),
            Choice::Rule(rule) => return self.rule(rule),
        };
        explanation::Choice { by, pointer: None, matches: Vec::new(), sentence }
    }

    fn rule(self, rule: MatchedRule) -> explanation::Choice {
        let document: Value = serde_json::from_slice(self.0).unwrap_or_default();
        let pointer = format!("/rules/{}", rule.index);
        let lists = [("hosts", rule.host), ("paths", rule.path), ("routes", rule.route)];
        let entry = |(list, place): (&str, Option<usize>)| {
            let pointer = format!("{pointer}/{list}/{}", place?);
            let entry = document.pointer(&pointer)?.to_string();
            Some(explanation::Entry { pointer, entry })
        };
        let matches: Vec<explanation::Entry> = lists.into_iter().filter_map(entry).collect();
        let words: Vec<String> = matches.iter().map(|entry| format!("{} ({})", entry.entry, entry.pointer)).collect();
        let words = if words.is_empty() { "it matches everything".to_owned() } else { words.join(" and ") };
        let sentence = format!("{pointer} is the first rule that matches: {words}.");
        explanation::Choice { by: ChosenBy::Rule, pointer: Some(pointer), matches, sentence }
    }

    /// The policy that a rule names.
    pub fn policy_of_rule(self, rule: usize) -> Option<String> {
        let document: Value = serde_json::from_slice(self.0).ok()?;
        document.pointer(&format!("/rules/{rule}/policy"))?.as_str().map(str::to_owned)
    }
}

/// The place of the first entry whose language has the origin, if each entry before it certainly
/// has not. To look at the entries so is much quicker than to compile them.
fn first_language(entries: &[corsac_policy::Entry], origin: &str) -> Option<usize> {
    for (place, entry) in entries.iter().enumerate() {
        match accepted(&entry.text)? {
            Accepted::Exactly(text) if text != origin => {}
            Accepted::Pattern(language) if !contains(&language, origin.as_bytes()) => {}
            Accepted::Exactly(_) | Accepted::Pattern(_) => return Some(place),
            // Whether these have it depends on credentials, and on the request's host.
            Accepted::Any | Accepted::Tenant(_) => return None,
        }
    }
    None
}

/// Cuts every other list of origins: what another policy allows does not matter, and takes time.
fn leave_one_origin(document: &mut Value, list: &str) {
    let policies = document.get_mut("policies").and_then(Value::as_object_mut);
    for (name, policy) in policies.into_iter().flatten() {
        let is_the_list = list == format!("/policies/{}/allowOrigins", name.replace('~', "~0").replace('/', "~1"));
        let origins = policy.get_mut("allowOrigins").and_then(Value::as_array_mut);
        if let Some(origins) = origins.filter(|_| !is_the_list) {
            origins.truncate(1);
        }
    }
}

impl From<corsac_policy::Entry> for explanation::Entry {
    fn from(entry: corsac_policy::Entry) -> Self {
        Self { pointer: entry.pointer, entry: entry.text }
    }
}
