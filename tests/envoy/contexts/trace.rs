//! Envoy's calls into the module, from Envoy's trace log: the contexts that it creates, uses and
//! deletes.
//!
//! The SDK panics if a context was never created, was deleted, or is created twice. A trace without
//! such a call shows that Envoy keeps to the rules. A trace in which every exchange is deleted
//! shows that no context leaks.

use std::collections::{BTreeMap, BTreeSet};

use corsac_testbed::{DEADLINE, poll};

use crate::world::World;

/// A context: the number of its thread, which has a VM, and its number there.
type Context = (u32, u32);

/// The callbacks of each exchange so far: `request`, `response` and `delete`.
#[derive(Default)]
pub struct Trace {
    ended: Vec<String>,
    open: BTreeMap<Context, String>,
    filters: BTreeSet<Context>,
    /// The calls at which the SDK would panic.
    strays: Vec<String>,
}

impl Trace {
    /// Waits until every exchange that Envoy has begun is deleted, and at least `count` have been.
    pub fn of_ended(world: &World, count: usize) -> Self {
        let mut last = Self::default();
        let ended = poll(DEADLINE, "every context is deleted", || {
            last = Self::read(&world.envoy.log());
            (last.open.is_empty() && last.ended.len() >= count).then_some(())
        });
        assert!(ended.is_ok(), "of {count} exchanges {:?} have ended, {:?} have not", last.ended, last.open);
        assert!(last.strays.is_empty(), "the SDK panics at: {:#?}", last.strays);
        last
    }

    /// The exchanges that have ended, by the order of their ends.
    pub fn exchanges(&self) -> &[String] {
        &self.ended
    }

    fn read(log: &str) -> Self {
        let mut trace = Self::default();
        log.lines().filter_map(call).for_each(|(thread, name, numbers)| trace.note(thread, name, &numbers));
        trace
    }

    fn note(&mut self, thread: u32, name: &str, numbers: &[u32]) {
        let Some(&number) = numbers.first() else { return };
        let context = (thread, number);
        let is_known = self.open.contains_key(&context) || self.filters.contains(&context);
        match (name, numbers) {
            ("context_create", [_, 0]) => drop(self.filters.insert(context)),
            ("context_create", [_, root]) => {
                if is_known || !self.filters.contains(&(thread, *root)) {
                    self.strays.push(format!("{name} {numbers:?}"));
                }
                self.open.insert(context, String::new());
            }
            ("memory_allocate", _) => {}
            _ if !is_known => self.strays.push(format!("{name} {numbers:?}")),
            ("delete", _) => {
                if let Some(callbacks) = self.open.remove(&context) {
                    self.ended.push(callbacks + "delete");
                }
            }
            ("request_headers" | "response_headers", _) => {
                if let Some(callbacks) = self.open.get_mut(&context) {
                    *callbacks += name.trim_end_matches("headers").trim_end_matches('_');
                    *callbacks += " ";
                }
            }
            _ => {}
        }
    }
}

/// A call into the module: the thread, the callback's name without `proxy_on_`, and its parameters.
///
/// The line is `[time][thread][trace][wasm] [source] [host->vm] proxy_on_delete(2)`.
fn call(line: &str) -> Option<(u32, &str, Vec<u32>)> {
    let (head, call) = line.split_once("[host->vm] proxy_on_")?;
    let thread = head.split(['[', ']']).filter(|part| !part.is_empty()).nth(1)?.parse().ok()?;
    let (name, numbers) = call.trim_end().strip_suffix(')')?.split_once('(')?;
    Some((thread, name, numbers.split(", ").filter_map(|number| number.parse().ok()).collect()))
}

/// A trace of these calls on one thread, as Envoy writes it.
fn written(calls: &[&str]) -> String {
    let head = "[2026-11-25 14:25:32.524][32047][trace][wasm] [source/extensions/common/wasm/wasm_vm.cc:39]";
    let lines: Vec<String> = calls.iter().map(|call| format!("{head} [host->vm] proxy_on_{call}")).collect();
    lines.join("\n")
}

#[test]
fn a_trace_tells_how_each_exchange_ended() {
    let log = written(&[
        "context_create(1, 0)",
        "configure(1, 40)",
        "context_create(2, 1)",
        "request_headers(2, 9, 1)",
        "memory_allocate(19)",
        "context_create(3, 1)",
        "delete(3)",
        "response_headers(2, 1, 1)",
        "delete(2)",
        "context_create(4, 1)",
    ]);
    let trace = Trace::read(&log);
    assert_eq!(trace.exchanges(), ["delete", "request response delete"]);
    assert_eq!((trace.open.len(), trace.strays.len()), (1, 0));
}

#[test]
fn a_trace_shows_every_call_at_which_the_sdk_panics() {
    let good = ["context_create(1, 0)", "context_create(2, 1)"];
    let strays = ["response_headers(9, 1, 1)", "delete(9)", "tick(9)", "context_create(2, 1)", "context_create(3, 9)"];
    for stray in strays {
        let trace = Trace::read(&written(&[&good[..], &[stray]].concat()));
        assert_eq!(trace.strays.len(), 1, "{stray}");
    }
    let after_its_end = Trace::read(&written(&[&good[..], &["delete(2)", "delete(2)"]].concat()));
    assert_eq!(after_its_end.strays, ["delete [2]"]);
}
