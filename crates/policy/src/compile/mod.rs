//! From the bytes of a configuration to compiled policies, or to everything that is wrong with it.

mod origins;
mod policy;
mod risk;
mod rules;

use std::fmt;

use crate::diagnostic::{Code, Diagnostic, Place, Report};
use crate::json;
use crate::policy::{Policies, PolicyId, Selector};
use crate::read::{self, Config, Form};

pub(crate) use risk::Risk;

/// What the caller lends to [`compile`].
#[derive(Clone, Copy, Default)]
pub struct Tools<'t> {
    /// The seed of the origin sets' hash: random in a proxy, fixed in a test.
    pub seed: [u64; 2],
    /// Turns a Unicode domain into its A-labels (IDNA), for a suggestion. Tools have it; the filter does without.
    pub to_ascii: Option<&'t dyn Fn(&str) -> Option<String>>,
}

/// A sound configuration.
#[derive(Debug)]
pub struct Compiled {
    /// What requests are answered by.
    pub policies: Policies,
    /// What its author should know, although it is sound.
    pub warnings: Vec<Diagnostic>,
}

/// A configuration with errors: nothing of it may be put in force.
#[derive(Debug)]
pub struct Rejected {
    /// Every error and warning; at least one error.
    pub diagnostics: Vec<Diagnostic>,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Rejected {}

/// Compiles a configuration: JSON text in UTF-8 (`docs/configuration.md`).
///
/// All problems are reported at once. An empty configuration is an error: nothing is ever allowed by default.
pub fn compile(configuration: &[u8], tools: &Tools<'_>) -> Result<Compiled, Rejected> {
    let mut report = Report::default();
    let policies = compile_document(configuration, tools, &mut report);
    match policies {
        Some(policies) if report.errors() == 0 => Ok(Compiled { policies, warnings: report.into_diagnostics() }),
        _ => Err(Rejected { diagnostics: report.into_diagnostics() }),
    }
}

fn compile_document(configuration: &[u8], tools: &Tools<'_>, report: &mut Report) -> Option<Policies> {
    if configuration.trim_ascii().is_empty() {
        report.error(Code::InvalidJson, &Place::TOP, "The configuration is empty, and nothing is allowed by default: write a policy.");
        return None;
    }
    match json::parse(configuration) {
        Ok(document) => {
            let config = read::read(&document, report)?;
            Some(compile_config(&config, tools, report))
        }
        Err(error) => {
            report.error(Code::InvalidJson, &Place::TOP, format!("This is not a JSON document: {error}."));
            None
        }
    }
}

fn compile_config(config: &Config<'_>, tools: &Tools<'_>, report: &mut Report) -> Policies {
    let top = Place::TOP;
    let (policies, selector) = match &config.form {
        Form::Single(policy) => {
            (vec![policy::compile("default", policy, &top, tools, report)], Selector::Always(PolicyId(0)))
        }
        Form::Several(several) => {
            let place = top.key("policies");
            let compile = |(name, policy): &(&str, _)| policy::compile(name, policy, &place.key(name), tools, report);
            let policies: Vec<_> = several.policies.iter().map(compile).collect();
            let rules = rules::compile(several, &policies, report);
            (policies, Selector::Rules(rules))
        }
    };
    Policies { policies, selector, debug: config.debug }
}
