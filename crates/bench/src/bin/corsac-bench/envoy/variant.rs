//! The measured filters.

use clap::ValueEnum;
use corsac_bench::{entry, names, origins, policy, regex_entry};
use serde_json::{Value, json};

use super::host_call_price::PricedCall;
use super::traffic::{ALLOWED, Traffic};

/// A filter and its configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variant {
    /// No filter: the time of Envoy itself.
    Nothing,
    /// A hand-written module whose header callbacks do nothing.
    Entry,
    /// The same with a callback for response bodies, which Corsac does not have.
    EntryAndBodies,
    /// A hand-written module that repeats one host call.
    HostCall(PricedCall),
    /// A hand-written module that makes the host calls for the traffic ([`super::floor`]).
    HostCalls,
    /// The same with callbacks for the begin and the end of the request's context.
    HostCallsAndContexts,
    /// Envoy's own CORS filter.
    Native(List),
    /// Corsac. The label names the module if several are compared.
    Corsac(List, Option<String>),
    /// Corsac as a dynamic module.
    Module(List),
    /// A Lua filter with the same policy ([`super::ways::lua`]).
    Lua(List),
    /// An external processor with the same policy ([`super::ways::processor`]).
    Processor(List),
    /// A Lua filter whose functions do nothing.
    EmptyLua,
    /// An external processor that changes nothing.
    EmptyProcessor,
}

/// The list of a policy: a number of entries, of which the last allows [`ALLOWED`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    Exact(usize),
    Regexes(usize),
}

/// The lists for both filters.
pub const LISTS: [List; 6] =
    [List::Exact(10), List::Exact(100), List::Exact(1000), List::Exact(5000), List::Regexes(10), List::Regexes(100)];
/// The lists for Corsac alone.
pub const LONG_LISTS: [List; 2] = [List::Exact(10_000), List::Exact(100_000)];

impl Variant {
    /// All of them. `labels` names further modules of Corsac.
    pub fn all(labels: &[String]) -> Vec<Self> {
        let mut all =
            vec![Self::Nothing, Self::Entry, Self::EntryAndBodies, Self::HostCalls, Self::HostCallsAndContexts];
        all.extend(LISTS.map(Self::Native));
        for label in std::iter::once(None).chain(labels.iter().cloned().map(Some)) {
            all.extend(LISTS.into_iter().chain(LONG_LISTS).map(|list| Self::Corsac(list, label.clone())));
        }
        all.extend(PricedCall::value_variants().iter().copied().map(Self::HostCall));
        all
    }

    /// Whether to measure it under that traffic. Without `Origin` nothing is looked up, and with a
    /// body only the number of entries matters.
    pub fn is_measured_under(&self, traffic: Traffic) -> bool {
        let ten = matches!(self, Self::Native(List::Exact(10)) | Self::Corsac(List::Exact(10), _));
        match (traffic, self) {
            (_, Self::Nothing) | (Traffic::Body, Self::Entry | Self::EntryAndBodies) => true,
            (_, Self::HostCall(_) | Self::EntryAndBodies) => traffic == Traffic::Allowed,
            (Traffic::Body, Self::Corsac(..))
            | (Traffic::NoOrigin | Traffic::Alone, Self::Native(_) | Self::Corsac(..)) => ten,
            _ => traffic != Traffic::Body,
        }
    }

    /// Whether it is a floor, or is compared with one.
    pub const fn is_near_the_floor(&self) -> bool {
        matches!(
            self,
            Self::Nothing
                | Self::HostCalls
                | Self::HostCallsAndContexts
                | Self::Corsac(List::Exact(10), _)
                | Self::Module(List::Exact(10))
        )
    }

    /// The copies of it in the chain for that traffic. One external processor costs more than the
    /// noise of a machine, and twenty of them crowd each other.
    pub const fn copies(&self, traffic: Traffic) -> usize {
        if matches!(self, Self::Processor(_) | Self::EmptyProcessor) { 1 } else { traffic.copies() }
    }

    /// Whether it answers preflights with 204 or 403, as Corsac does.
    pub const fn answers_as_corsac(&self) -> bool {
        matches!(
            self,
            Self::HostCalls
                | Self::HostCallsAndContexts
                | Self::Corsac(..)
                | Self::Module(_)
                | Self::Lua(_)
                | Self::Processor(_)
        )
    }

    /// The list of its policy; `None` if it has no policy.
    pub const fn list(&self) -> Option<List> {
        match self {
            Self::Native(list)
            | Self::Corsac(list, _)
            | Self::Module(list)
            | Self::Lua(list)
            | Self::Processor(list) => Some(*list),
            _ => None,
        }
    }

    /// Its name in the JSON and in the names of listeners.
    pub fn id(&self) -> String {
        match self {
            Self::Corsac(_, Some(label)) => format!("{}@{label}", self.name()),
            _ => self.name(),
        }
    }

    /// Its name on the command line, the same for all modules of Corsac.
    pub fn name(&self) -> String {
        match self {
            Self::Nothing => "nothing".to_owned(),
            Self::Entry => "entry".to_owned(),
            Self::HostCalls => "host-calls".to_owned(),
            Self::HostCallsAndContexts => "host-calls-and-contexts".to_owned(),
            Self::Native(list) => format!("native-{}", list.id()),
            Self::EntryAndBodies => "entry-and-bodies".to_owned(),
            Self::HostCall(call) => format!("call-{}", call.id()),
            Self::Corsac(list, _) => format!("corsac-{}", list.id()),
            Self::Module(list) => format!("module-{}", list.id()),
            Self::Lua(list) => format!("lua-{}", list.id()),
            Self::Processor(list) => format!("ext-proc-{}", list.id()),
            Self::EmptyLua => "empty-lua".to_owned(),
            Self::EmptyProcessor => "empty-ext-proc".to_owned(),
        }
    }

    /// Its name in tables.
    pub fn title(&self) -> String {
        match self {
            Self::Nothing => "no filter".to_owned(),
            Self::Entry => "floor: entry".to_owned(),
            Self::HostCalls => "floor: host calls".to_owned(),
            Self::HostCallsAndContexts => "… and contexts".to_owned(),
            Self::Native(list) => format!("native, {}", list.title()),
            Self::EntryAndBodies => "… and a callback for bodies".to_owned(),
            Self::HostCall(call) => call.title().to_owned(),
            Self::Corsac(list, None) => format!("Corsac, {}", list.title()),
            Self::Corsac(list, Some(label)) => format!("Corsac ({label}), {}", list.title()),
            Self::Module(list) => format!("dynamic module, {}", list.title()),
            Self::Lua(list) => format!("Lua, {}", list.title()),
            Self::Processor(list) => format!("`ext_proc`, {}", list.title()),
            Self::EmptyLua => "floor: Lua".to_owned(),
            Self::EmptyProcessor => "floor: `ext_proc`".to_owned(),
        }
    }
}

impl List {
    pub fn id(self) -> String {
        match self {
            Self::Exact(count) => count.to_string(),
            Self::Regexes(count) => format!("regex-{count}"),
        }
    }

    pub fn title(self) -> String {
        match self {
            Self::Exact(count) => format!("{} origins", thousands(count)),
            Self::Regexes(count) => format!("{} regexes", thousands(count)),
        }
    }

    /// The number of entries.
    pub fn count(self) -> f64 {
        let (Self::Exact(count) | Self::Regexes(count)) = self;
        u32::try_from(count).map_or(f64::INFINITY, f64::from)
    }

    /// The policy for Corsac.
    pub fn corsac(self) -> String {
        let list = match self {
            Self::Exact(_) => policy(self.entries().iter().map(|origin| entry(origin))),
            Self::Regexes(_) => policy(self.entries().iter().map(|regex| regex_entry(regex))),
        };
        let rest =
            r#","allowMethods":["GET","PUT"],"allowHeaders":["content-type"],"allowCredentials":true,"maxAge":600}"#;
        format!("{}{rest}", list.trim_end_matches('}'))
    }

    /// The same policy for the native filter, which answers every preflight, as Corsac does.
    pub fn native(self) -> Value {
        let matcher = |text: &String| match self {
            Self::Exact(_) => json!({ "exact": text }),
            Self::Regexes(_) => json!({ "safe_regex": { "regex": text } }),
        };
        json!({
            "allow_origin_string_match": self.entries().iter().map(matcher).collect::<Vec<_>>(),
            "allow_methods": "GET, PUT",
            "allow_headers": "content-type",
            "allow_credentials": true,
            "max_age": "600",
            "forward_not_matching_preflights": false,
        })
    }

    /// The origins or regexes.
    pub fn entries(self) -> Vec<String> {
        const SEED: u64 = 1;
        let (mut entries, last) = match self {
            Self::Exact(count) => (origins(count - 1, SEED), ALLOWED),
            Self::Regexes(count) => (
                names(count - 1, SEED).into_iter().map(|(regex, _)| regex).collect(),
                r"https://([a-z0-9-]+\.)*askedsite00\.com",
            ),
        };
        entries.push(last.to_owned());
        entries
    }
}

/// A number with a comma between thousands.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    String::from_utf8_lossy(&groups.join(&b","[..])).into_owned()
}

#[cfg(test)]
mod tests {
    use corsac_policy::{Tools, compile};

    use super::*;

    #[test]
    fn every_list_is_a_policy_without_errors_and_has_its_length() {
        for list in LISTS {
            assert!(compile(list.corsac().as_bytes(), &Tools::default()).is_ok(), "{list:?}");
            let count = match list {
                List::Exact(count) | List::Regexes(count) => count,
            };
            assert_eq!(list.native()["allow_origin_string_match"].as_array().map(Vec::len), Some(count));
        }
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!([10, 1000, 100_000].map(thousands), ["10", "1,000", "100,000"]);
    }
}
