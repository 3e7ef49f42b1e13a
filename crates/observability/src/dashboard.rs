//! The dashboard, as its file says it.

use std::fs;

use corsac_testbed::{Error, Result};
use serde_json::Value;

/// The panels of `envoy/observability/dashboard.json`.
#[derive(Debug)]
pub struct Dashboard {
    /// In the order of the file.
    pub panels: Vec<Panel>,
}

/// One panel.
#[derive(Debug)]
pub struct Panel {
    /// Its title.
    pub title: String,
    /// What it shows it as.
    pub kind: Kind,
    /// Grafana's unit: `short`, `reqps`, `s`.
    pub unit: String,
    /// Its width in Grafana's columns, of which there are 24.
    pub width: u64,
    /// What it asks.
    pub queries: Vec<Query>,
}

/// How a panel shows its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The last value, in large digits.
    Value,
    /// Lines over time.
    Lines,
}

/// One query of a panel.
#[derive(Debug)]
pub struct Query {
    /// In `PromQL`, with the variables of Grafana.
    expression: String,
    /// Names a series: `{{label}}` is the value of a label.
    legend: String,
}

impl Dashboard {
    /// Reads the shipped file.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn shipped() -> Result<Self> {
        let path = crate::folder().join("dashboard.json");
        let unreadable =
            |error: &dyn std::fmt::Display| Error::new(format!("{} cannot be read: {error}.", path.display()));
        let text = fs::read(&path).map_err(|error| unreadable(&error))?;
        let file: Value = serde_json::from_slice(&text).map_err(|error| unreadable(&error))?;
        Ok(Self { panels: file["panels"].as_array().into_iter().flatten().map(panel).collect() })
    }
}

fn panel(panel: &Value) -> Panel {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let query = |target: &Value| Query { expression: text(&target["expr"]), legend: text(&target["legendFormat"]) };
    Panel {
        title: text(&panel["title"]),
        kind: if panel["type"] == "stat" { Kind::Value } else { Kind::Lines },
        unit: text(&panel["fieldConfig"]["defaults"]["unit"]),
        width: panel["gridPos"]["w"].as_u64().unwrap_or(24),
        queries: panel["targets"].as_array().into_iter().flatten().map(query).collect(),
    }
}

impl Query {
    /// The query as Grafana sends it, for all policies and with that interval for its rates.
    pub fn expression(&self, interval: &str) -> String {
        self.expression.replace("$__rate_interval", interval).replace("$policy", ".*")
    }

    /// The name of a series with these labels.
    pub fn name(&self, labels: &Value) -> String {
        let known = labels.as_object().into_iter().flatten();
        known.fold(self.legend.clone(), |name, (label, value)| {
            name.replace(&format!("{{{{{label}}}}}"), value.as_str().unwrap_or_default())
        })
    }
}
