//! From the bytes of a configuration to compiled policies, or to everything that is wrong with it.
//!
//! Here and in what this calls, phases are kept apart by `#[inline(never)]`: Envoy's V8 optimises a
//! module function by function, and one that has swallowed all phases takes megabytes of memory
//! more, which are not given back.

mod origins;
mod policy;
mod rules;
mod sources;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::config::translate::{Source, Translation, translate};
use crate::config::{self, Config, Form, NamedPolicy};
use crate::diagnostic::{Code, Diagnostic, Place, Report};
use crate::json::{self, Positions, Value};
use crate::origin::diagnose::ToAscii;
use crate::origin::overmatch::Examiner;
use crate::policy::{Policies, Policy, Selector};
use crate::rules::PolicyId;

/// What the caller lends to [`compile`].
#[derive(Clone, Copy, Default)]
pub struct Tools<'t> {
    /// The seed of the origin sets' hash: random in a proxy, fixed in a test.
    pub seed: [u64; 2],
    /// For a suggestion. Tools have it; the filter does without.
    pub to_ascii: Option<ToAscii<'t>>,
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
/// All problems are reported at once. An empty configuration is an error: nothing is ever allowed
/// by default.
pub fn compile(configuration: &[u8], tools: &Tools<'_>) -> Result<Compiled, Rejected> {
    let mut report = Report::default();
    let document = match parse(configuration) {
        Ok(document) => document,
        Err(sentence) => {
            report.error(Code::InvalidJson, &Place::TOP, sentence);
            return Err(Rejected { diagnostics: report.into_diagnostics() });
        }
    };
    let mut source = Source::default();
    let policies = match translate(&document, &mut source, &mut report) {
        Translation::Itself => compile_document(&document, tools, &mut report),
        Translation::Document(translated) => compile_document(&translated, tools, &mut report),
        Translation::Foreign => None,
    };
    let sound = report.errors() == 0;
    let mut diagnostics = report.into_diagnostics();
    for (number, diagnostic) in diagnostics.iter_mut().enumerate() {
        diagnostic.pointer = source.written(std::mem::take(&mut diagnostic.pointer), number);
    }
    let diagnostics = in_document_order(&document, diagnostics);
    match policies {
        Some(policies) if sound => Ok(Compiled { policies, warnings: diagnostics }),
        _ => Err(Rejected { diagnostics }),
    }
}

#[inline(never)]
fn parse(configuration: &[u8]) -> Result<Value<'_>, String> {
    if configuration.trim_ascii().is_empty() {
        return Err("The configuration is empty, and nothing is allowed by default: write a policy.".to_owned());
    }
    json::parse(configuration).map_err(|error| format!("This is not a JSON document: {error}."))
}

#[inline(never)]
fn compile_document(document: &Value<'_>, tools: &Tools<'_>, report: &mut Report) -> Option<Policies> {
    config::read(document, report).map(|config| compile_config(&config, tools, report))
}

/// Sorts by place: what is wrong with a list is read from its first entry to its last, whichever
/// check found it.
#[inline(never)]
fn in_document_order(document: &Value<'_>, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut slots: Vec<Option<Diagnostic>> = diagnostics.into_iter().map(Some).collect();
    // A set of byte strings, because the module holds one anyway and a sort would be a further copy
    // of the algorithm.
    let mut order = BTreeSet::new();
    let mut positions = Positions::new(document);
    for (index, diagnostic) in (0_u32..).zip(slots.iter().flatten()) {
        let mut key = positions.of(&diagnostic.pointer);
        key.extend_from_slice(&index.to_be_bytes());
        order.insert(key);
    }
    let index = |key: &Vec<u8>| {
        key.last_chunk().map(|index| u32::from_be_bytes(*index)).and_then(|index| usize::try_from(index).ok())
    };
    let mut ordered: Vec<Diagnostic> = Vec::with_capacity(slots.len());
    for diagnostic in order.iter().filter_map(|key| slots.get_mut(index(key)?)?.take()) {
        // Policies with the same base report what is wrong in it each.
        let before = ordered.iter().rev().take_while(|known| known.pointer == diagnostic.pointer);
        if !before.into_iter().any(|known| *known == diagnostic) {
            ordered.push(diagnostic);
        }
    }
    ordered
}

#[inline(never)]
fn compile_config(config: &Config<'_>, tools: &Tools<'_>, report: &mut Report) -> Policies {
    let top = Place::TOP;
    let mut examiner = Examiner::default();
    let mut sources = Vec::new();
    let (policies, selector) = match &config.form {
        Form::Single(policy) => {
            policy::report_missing_origins(policy, &top, report);
            rules::report_single(policy, &top, report);
            let policy = policy::compile("default", policy, &top, tools, &mut examiner, &mut sources, report);
            (vec![policy], Selector::Always(PolicyId(0)))
        }
        Form::Several(several) => {
            let place = top.key("policies");
            let compile = |policy: &NamedPolicy<'_>| {
                let place = place.key(policy.name).with_owners(&policy.owners);
                if !several.is_template(policy) {
                    policy::report_missing_origins(&policy.config, &place, report);
                }
                policy::compile(policy.name, &policy.config, &place, tools, &mut examiner, &mut sources, report)
            };
            let policies: Vec<_> = several.policies.iter().map(compile).collect();
            let rules = rules::compile(several, &policies, report);
            (policies, Selector::Rules(rules))
        }
    };
    let check_hosts = policies.iter().any(Policy::asks_hosts);
    let lists = sources.iter().map(|_| None).collect();
    Policies {
        all: policies.into(),
        selector: Arc::new(selector),
        debug: config.debug,
        check_hosts,
        sources: sources.into(),
        lists,
    }
}
