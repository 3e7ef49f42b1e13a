//! The engine's part of `cargo xtask bench origins`: look-ups in lists of every length, compared
//! with other data structures.
//!
//! Prints a Markdown table for each kind of list. The program runs natively and as Wasm (WASI).

mod decision;
mod engine;
mod memory;
mod timing;

use corsac_bench::{SeededRandom, entry, names, near_miss, origins, policy, regex_entry, rivals, tenants, wildcards};
use corsac_policy::{Compiled, Policies, Tools};
use timing::{milliseconds, nanoseconds};

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;

/// The number of different look-ups in a list, in an order that jumps about in it.
const QUESTIONS: usize = 100_000;

fn main() {
    let only = std::env::args().nth(1);
    let asked = |subject| only.as_deref().is_none_or(|only| only == subject);
    if asked("exact") {
        exact();
    }
    if asked("wildcards") {
        wildcard();
    }
    if asked("regexes") {
        regex("numbered tenants", &tenants);
        regex("random names", &|count| names(count, 5));
    }
}

fn exact() {
    println!(
        "| exact origins | asked | look-up | decision | scan | HashSet | configuration | kept above the text | by HashSet |"
    );
    println!("|--:|:--|--:|--:|--:|--:|--:|--:|--:|");
    for count in [10, 100, 1_000, 10_000, 100_000] {
        let list = origins(count, 1);
        let cost = Cost::of(&policy(list.iter().map(|origin| entry(origin))));
        let before = memory::live();
        let rival = rivals::hash_set(&list);
        let kept_by_rival = memory::live() - before;
        let text: usize = list.iter().map(String::len).sum();
        for (kind, questions) in questions(&list, origins(QUESTIONS, 2)) {
            println!(
                "| {count} | {kind} | {:.0} ns | {:.0} ns | {:.0} ns | {:.0} ns | {:.2} ms | {:.1} B an origin | {:.1} B |",
                nanoseconds(&questions, |origin| engine::is_allowed(&cost.policies, origin)),
                nanoseconds(&questions, |origin| decision::is_made(&cost.policies, origin)),
                nanoseconds(&questions, |origin| rivals::scan(&list, origin)),
                nanoseconds(&questions, |origin| rivals::is_in(&rival, origin)),
                cost.milliseconds,
                (as_float(cost.kept) - as_float(text)) / as_float(count),
                (as_float(kept_by_rival) - as_float(text)) / as_float(count),
            );
        }
    }
    println!();
}

fn wildcard() {
    println!("| wildcards | asked | look-up | decision | scan | configuration | kept |");
    println!("|--:|:--|--:|--:|--:|--:|--:|");
    for count in [1, 10, 100, 1_000, 10_000] {
        let list = wildcards(count, 3);
        let cost = Cost::of(&policy(list.iter().map(|pattern| entry(pattern))));
        let rival = rivals::halves(&list);
        let inside: Vec<String> = list.iter().map(|pattern| pattern.replace('*', "app")).collect();
        for (kind, questions) in questions(&inside, origins(QUESTIONS, 4)) {
            println!(
                "| {count} | {kind} | {:.0} ns | {:.0} ns | {:.0} ns | {:.2} ms | {:.0} B a pattern |",
                nanoseconds(&questions, |origin| engine::is_allowed(&cost.policies, origin)),
                nanoseconds(&questions, |origin| decision::is_made(&cost.policies, origin)),
                nanoseconds(&questions, |origin| rivals::scan_wildcards(&rival, origin)),
                cost.milliseconds,
                as_float(cost.kept) / as_float(count),
            );
        }
    }
    println!();
}

fn regex(what: &str, make: &dyn Fn(usize) -> Vec<(String, String)>) {
    println!("| regexes ({what}) | asked | look-up | decision | regex-automata | compiled | configuration | kept |");
    println!("|--:|:--|--:|--:|--:|--:|--:|--:|");
    for count in [1, 10, 100, 1_000] {
        let (list, inside): (Vec<String>, Vec<String>) = make(count).into_iter().unzip();
        let cost = Cost::of(&policy(list.iter().map(|regex| regex_entry(regex))));
        let compiled = milliseconds(|| engine::table(&list));
        let rival = rivals::regexes(&list);
        for (kind, questions) in questions(&inside, origins(QUESTIONS, 6)) {
            println!(
                "| {count} | {kind} | {:.0} ns | {:.0} ns | {:.0} ns | {compiled:.1} ms | {:.1} ms | {:.0} B |",
                nanoseconds(&questions, |origin| engine::is_allowed(&cost.policies, origin)),
                nanoseconds(&questions, |origin| decision::is_made(&cost.policies, origin)),
                nanoseconds(&questions, |origin| rival.is_match(origin)),
                cost.milliseconds,
                as_float(cost.kept),
            );
        }
    }
    println!();
}

/// The cost of a configuration.
struct Cost {
    policies: Policies,
    milliseconds: f64,
    /// The bytes that the compiled policies keep.
    kept: usize,
}

impl Cost {
    fn of(configuration: &str) -> Self {
        let milliseconds = milliseconds(|| compile(configuration));
        let before = memory::live();
        let policies = compile(configuration);
        Self { policies, milliseconds, kept: memory::live() - before }
    }
}

fn compile(configuration: &str) -> Policies {
    let tools = Tools { seed: [1, 2], to_ascii: None };
    match corsac_policy::compile(configuration.as_bytes(), &tools) {
        Ok(Compiled { policies, .. }) => policies,
        Err(rejected) => panic!("{rejected}"),
    }
}

/// Hits spread over the list, and as many misses and near misses.
fn questions(allowed: &[String], misses: Vec<String>) -> [(&'static str, Vec<String>); 3] {
    let mut random = SeededRandom::new(7);
    let mut pick = || &allowed[random.below(allowed.len())];
    let hits: Vec<String> = (0..QUESTIONS).map(|_| pick().clone()).collect();
    let mut random = SeededRandom::new(8);
    let near = hits.iter().map(|origin| near_miss(origin, &mut random)).collect();
    [("hit", hits), ("miss", misses), ("near miss", near)]
}

fn as_float(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}
