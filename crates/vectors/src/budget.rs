//! The budget: the host calls that an exchange may make, and its cost, for each kind of traffic and
//! policy.
//!
//! `tests/module/budget.toml` holds it, and explains its format. The engine is compared with it
//! natively, call by call. The built module is compared with it in an interpreter, by host calls
//! and fuel.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use crate::{HttpRequest, HttpResponse, Metadata, Problem, ProxiedExchange, Routing};

/// The file's name.
const FILE: &str = "budget.toml";
/// The last line that a person writes. Measurements follow it.
const MEASURED: &str = "# Measured.";

/// The budget file, in the order of its lines.
#[derive(Debug)]
pub struct Budget {
    /// The part that a person writes.
    head: String,
    names: BTreeMap<String, String>,
    margin: u64,
    /// Every kind of policy with every kind of traffic.
    pub rows: Vec<Row>,
}

/// One kind of policy with one kind of traffic.
#[derive(Debug)]
pub struct Row {
    /// The kind of policy.
    pub policy: String,
    /// The kind of traffic.
    pub traffic: String,
    /// The configuration: JSON text.
    pub configuration: String,
    /// The exchange with the proxy.
    pub exchange: ProxiedExchange,
    /// Its cost.
    pub cost: Cost,
}

/// The cost of an exchange.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cost {
    /// The calls of the request phase, header names in full.
    pub request: Vec<Call>,
    /// The calls of the response phase.
    pub response: Vec<Call>,
    /// Instructions of the interpreter, as measured; 0 before the first measurement.
    pub fuel: u64,
}

/// One question, edit or report. The file writes it as the header's name or short form and a sign.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// `name?`: reads a header.
    Get(String),
    /// `*?`: reads every header.
    GetAll,
    /// `name=`: replaces a header.
    Replace(String),
    /// `name-`: removes a header.
    Remove(String),
    /// `route?`: asks for the route's name.
    RouteName,
    /// `metadata?`: asks for the policy that the route's metadata name.
    RoutePolicy,
    /// `reply!`: sends a local reply.
    Reply,
    /// `refusal!`: reports a refusal in the filter state and the log.
    Refusal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BudgetToml {
    margin: u64,
    names: BTreeMap<String, String>,
    traffic: Vec<Traffic>,
    policy: Vec<Policy>,
    /// By policy and traffic.
    #[serde(default)]
    cost: BTreeMap<String, BTreeMap<String, CostToml>>,
}

/// Calls of the request phase, calls of the response phase, fuel.
type CostToml = (String, String, u64);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Traffic {
    name: String,
    request: String,
    #[serde(default = "ok")]
    response: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    name: String,
    text: String,
    #[serde(default)]
    route: String,
    metadata: Option<Metadata>,
    virtual_host_metadata: Option<Metadata>,
}

fn ok() -> String {
    "200".to_owned()
}

impl Budget {
    /// Reads the budget file, which is compiled in. The error names the place and the mistake.
    pub fn read() -> Result<Self, Problem> {
        Self::parse(include_str!("../../../tests/module/budget.toml")).map_err(|what| Problem {
            file: FILE.to_owned(),
            vector: None,
            what,
        })
    }

    /// The fuel that a row may use: the measured fuel plus the margin.
    pub fn ceiling(&self, cost: &Cost) -> u64 {
        cost.fuel + cost.fuel * self.margin / 100
    }

    fn parse(text: &str) -> Result<Self, String> {
        let (head, _) = text.split_once(MEASURED).ok_or_else(|| format!("the line {MEASURED:?} is missing"))?;
        let BudgetToml { margin, names, traffic, policy, cost } =
            toml::from_str(text).map_err(|error| error.to_string())?;
        let mut budget = Self { head: head.to_owned(), names, margin, rows: Vec::new() };
        for policy in &policy {
            for traffic in &traffic {
                let cost = cost.get(&policy.name).and_then(|costs| costs.get(&traffic.name));
                let row = budget.row(policy, traffic, cost);
                budget.rows.push(row.map_err(|what| format!("{:?} with {:?}: {what}", policy.name, traffic.name))?);
            }
        }
        Ok(budget)
    }

    fn row(&self, policy: &Policy, traffic: &Traffic, cost: Option<&CostToml>) -> Result<Row, String> {
        let request = HttpRequest::from_text(&traffic.request)?;
        let response = HttpResponse::from_text(&traffic.response)?;
        let routing = Routing {
            name: Some(policy.route.clone()),
            metadata: policy.metadata.clone(),
            virtual_host_metadata: policy.virtual_host_metadata.clone(),
        };
        let cost = match cost {
            None => Cost::default(),
            Some((request, response, fuel)) => {
                Cost { request: self.calls(request)?, response: self.calls(response)?, fuel: *fuel }
            }
        };
        Ok(Row {
            policy: policy.name.clone(),
            traffic: traffic.name.clone(),
            configuration: policy.text.clone(),
            exchange: ProxiedExchange::plain(&request, &response, routing),
            cost,
        })
    }

    fn calls(&self, text: &str) -> Result<Vec<Call>, String> {
        text.split_whitespace().map(|word| self.call(word).ok_or_else(|| format!("{word:?} is not a call"))).collect()
    }

    fn call(&self, word: &str) -> Option<Call> {
        let name = word.get(..word.len() - 1)?;
        let header = || self.names.get(name).cloned().unwrap_or_else(|| name.to_owned());
        Some(match word {
            "*?" => Call::GetAll,
            "route?" => Call::RouteName,
            "metadata?" => Call::RoutePolicy,
            "reply!" => Call::Reply,
            "refusal!" => Call::Refusal,
            _ if word.ends_with('?') => Call::Get(header()),
            _ if word.ends_with('=') => Call::Replace(header()),
            _ if word.ends_with('-') => Call::Remove(header()),
            _ => return None,
        })
    }

    fn word(&self, call: &Call) -> String {
        match call {
            Call::Get(name) => format!("{}?", self.short(name)),
            Call::GetAll => "*?".to_owned(),
            Call::Replace(name) => format!("{}=", self.short(name)),
            Call::Remove(name) => format!("{}-", self.short(name)),
            Call::RouteName => "route?".to_owned(),
            Call::RoutePolicy => "metadata?".to_owned(),
            Call::Reply => "reply!".to_owned(),
            Call::Refusal => "refusal!".to_owned(),
        }
    }

    fn short<'n>(&'n self, name: &'n str) -> &'n str {
        self.names.iter().find(|(_, long)| *long == name).map_or(name, |(short, _)| short)
    }

    /// The calls in the file's notation, in their order.
    pub fn words(&self, calls: &[Call]) -> String {
        calls.iter().map(|call| self.word(call)).collect::<Vec<_>>().join(" ")
    }

    /// The text of the file with the current costs: one row a line, in columns.
    pub fn to_text(&self) -> String {
        let cells: Vec<[String; 3]> = self
            .rows
            .iter()
            .map(|row| {
                let cell = |calls| format!("\"{}\",", self.words(calls));
                [format!("{:?}", row.traffic), cell(&row.cost.request), cell(&row.cost.response)]
            })
            .collect();
        let width = |column: usize| cells.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
        let (first, second, third) = (width(0), width(1), width(2));
        let mut text = format!("{}{MEASURED}\n", self.head);
        let mut policy = "";
        for (row, [traffic, request, response]) in self.rows.iter().zip(&cells) {
            if row.policy != policy {
                policy = &row.policy;
                let _ = writeln!(text, "\n[cost.{policy:?}]");
            }
            let fuel = row.cost.fuel;
            let _ = writeln!(text, "{traffic:first$} = [{request:second$} {response:third$} {fuel:>6}]");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_file_is_its_own_fixed_form() {
        let budget = Budget::read().unwrap_or_else(|problem| panic!("{problem}"));
        assert_eq!(budget.to_text(), include_str!("../../../tests/module/budget.toml"));
    }

    #[test]
    fn an_unknown_call_is_named_with_its_row() {
        let text = "margin = 0\n[names]\n[[traffic]]\nname = 't'\nrequest = 'GET /'\n[[policy]]\nname = 'p'\ntext = '{}'\n\
                    # Measured.\n[cost.p]\nt = ['vary', '', 0]";
        assert_eq!(Budget::parse(text).unwrap_err(), "\"p\" with \"t\": \"vary\" is not a call");
    }
}
