//! The module is loaded and unloaded many times in one process.

use std::{fs, path::PathBuf};

use corsac_testbed::{
    client::{Protocol, Request},
    config::{Listener, filter},
    envoy::{Envoy, Update},
};

use crate::world::{World, module};

const LOADS: usize = 2_000;
/// Loads before the first look at the memory: allocators keep what they need at most at a time.
const FIRST: usize = 200;
/// How much the memory may grow in all loads after that, in kB. One library that stays loaded takes
/// more than 1,000 kB, and one policy that is not dropped several kB.
const MOST_GROWTH: u64 = 4_000;

#[test]
fn two_thousand_loads_and_unloads_leave_the_memory_as_it_was() {
    let copies = [copy("a"), copy("b")];
    // Envoy loads one copy and then lets go of the other, so each update is a load and an unload.
    let filter = |load: usize| {
        let policy = format!(r#"{{ "allowOrigins": ["https://{load}.example", "https://*.{load}.example"] }}"#);
        filter::corsac(&copies[load % 2], &policy.as_str().into())
    };
    let listener = Listener::new("front").filter(filter::discovered());
    let mut world = World::with([listener], |bootstrap| bootstrap.discovering(filter(0)));
    let mut before = 0;
    for load in 1..=LOADS {
        assert_eq!(world.envoy.update_filter(&filter(load)).unwrap(), Update::Accepted);
        if load == FIRST {
            before = resident(&world.envoy);
        }
    }
    let grown = resident(&world.envoy).saturating_sub(before);
    println!("{LOADS} loads: {before} kB after {FIRST}, {grown} kB more after all");
    assert!(grown < MOST_GROWTH, "{before} kB have grown by {grown} kB");
    let loaded = fs::read_to_string(format!("/proc/{}/maps", world.envoy.process())).unwrap();
    let files = copies.iter().filter(|copy| loaded.contains(&copy.display().to_string())).count();
    assert_eq!(files, 1, "{loaded}");
    let origin = format!("https://{LOADS}.example");
    let answer = world.send("front", Protocol::Http1, &Request::new("GET", "/").header("origin", &origin));
    assert_eq!(answer.headers.joined("access-control-allow-origin"), Some(origin.into_bytes()));
    for copy in copies {
        fs::remove_file(copy).unwrap();
    }
}

fn copy(name: &str) -> PathBuf {
    let copy = module().with_file_name(format!("libcorsac-{name}-{}.so", std::process::id()));
    fs::copy(module(), &copy).unwrap();
    copy
}

/// The resident memory of the process, in kB.
fn resident(envoy: &Envoy) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", envoy.process())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
