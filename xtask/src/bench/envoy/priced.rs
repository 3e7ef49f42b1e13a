//! The price list: each host call by itself, made often enough to be told from the entry into the module.

use clap::ValueEnum;

use super::kind::ALLOWED;
use crate::bench::probe::{Call, Probe};

/// A host call that has a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Priced {
    GetFound,
    GetAbsent,
    GetAll,
    Replace,
    RemoveAbsent,
    ReplaceAndRemove,
    SetProperty,
    GetProperty,
    Time,
}

/// How often a module makes its call.
pub const TIMES: usize = 10;

impl Priced {
    pub fn id(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// How tables call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::GetFound => "read a header that is there (41 bytes)",
            Self::GetAbsent => "read a header that is not there",
            Self::GetAll => "read all headers (of a small response)",
            Self::Replace => "replace a header",
            Self::RemoveAbsent => "remove a header that is not there",
            Self::ReplaceAndRemove => "replace a header, then remove it",
            Self::SetProperty => "set a property (filter state)",
            Self::GetProperty => "read a property (the route's name)",
            Self::Time => "ask for the time",
        }
    }

    /// A module that makes the call [`TIMES`] times, where a filter would.
    pub fn probe(self) -> Probe {
        let (in_request, calls) = match self {
            Self::GetFound => (true, vec![Call::Get("origin")]),
            Self::GetAbsent => (true, vec![Call::Get("access-control-request-method")]),
            Self::SetProperty => {
                (true, vec![Call::SetProperty("corsac", "default;actual;refused;origin-not-listed".into())])
            }
            Self::GetProperty => (true, vec![Call::Property("xds\0route_name")]),
            Self::Time => (true, vec![Call::Time]),
            Self::GetAll => (false, vec![Call::GetAll]),
            Self::Replace => (false, vec![allow()]),
            Self::RemoveAbsent => (false, vec![Call::Remove("access-control-allow-origin")]),
            Self::ReplaceAndRemove => (false, vec![allow(), Call::Remove("access-control-allow-origin")]),
        };
        let calls: Vec<Call> = std::iter::repeat_n(calls, TIMES).flatten().collect();
        if in_request { Probe::calling(calls, Vec::new()) } else { Probe::calling(Vec::new(), calls) }
    }
}

fn allow() -> Call {
    Call::Replace("access-control-allow-origin", ALLOWED.into())
}
