//! The price of each host call, measured by modules that repeat the call.

use clap::ValueEnum;

use super::traffic::ALLOWED;
use crate::probe::{HostCall, Probe};

/// A host call with a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PricedCall {
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

/// How often a module repeats its call.
pub const TIMES: usize = 10;

impl PricedCall {
    pub fn id(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Its name in tables.
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

    /// A module that makes the call [`TIMES`] times, in the phase in which a filter would.
    pub fn probe(self) -> Probe {
        let (in_request, calls) = match self {
            Self::GetFound => (true, vec![HostCall::Get("origin")]),
            Self::GetAbsent => (true, vec![HostCall::Get("access-control-request-method")]),
            Self::SetProperty => {
                (true, vec![HostCall::SetProperty("corsac", "default;actual;refused;origin-not-listed".into())])
            }
            Self::GetProperty => (true, vec![HostCall::Property("xds\0route_name")]),
            Self::Time => (true, vec![HostCall::Time]),
            Self::GetAll => (false, vec![HostCall::GetAll]),
            Self::Replace => (false, vec![allow()]),
            Self::RemoveAbsent => (false, vec![HostCall::Remove("access-control-allow-origin")]),
            Self::ReplaceAndRemove => (false, vec![allow(), HostCall::Remove("access-control-allow-origin")]),
        };
        let calls: Vec<HostCall> = std::iter::repeat_n(calls, TIMES).flatten().collect();
        if in_request { Probe::calling(calls, Vec::new()) } else { Probe::calling(Vec::new(), calls) }
    }
}

fn allow() -> HostCall {
    HostCall::Replace("access-control-allow-origin", ALLOWED.into())
}
