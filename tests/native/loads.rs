//! The module is loaded and unloaded many times in one process.

use std::{
    fs,
    path::{Path, PathBuf},
};

use corsac_testbed::{
    DEADLINE,
    client::{Protocol, Request},
    config::{Listener, filter},
    envoy::{Envoy, Update},
    poll,
};

use crate::world::{World, module};

const LOADS: usize = 2_000;
/// Loads before the first look at the memory: allocators keep what they need at most at a time.
const FIRST: usize = 200;
/// How much the memory may grow in all loads after that, in MB. One library that stays loaded takes
/// more than 1 MB, and one policy that is not dropped several kB.
const MOST_GROWTH: f64 = 4.0;

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
    let mut before = 0.0;
    for load in 1..=LOADS {
        assert_eq!(world.envoy.update_filter(&filter(load)).unwrap(), Update::Accepted);
        if load == FIRST {
            before = world.envoy.memory().unwrap();
        }
    }
    let grown = world.envoy.memory().unwrap() - before;
    println!("{LOADS} loads: {before:.1} MB after {FIRST}, {grown:+.1} MB after all");
    assert!(grown < MOST_GROWTH, "{before:.1} MB have grown by {grown:.1} MB");
    // A worker lets go of the last copy but one a little later than Envoy accepts the update.
    let is_one_left = || (copies.iter().filter(|copy| is_loaded(&world.envoy, copy)).count() == 1).then_some(());
    poll(DEADLINE, "one of the two copies is unloaded", is_one_left).unwrap();
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

fn is_loaded(envoy: &Envoy, file: &Path) -> bool {
    let maps = fs::read_to_string(format!("/proc/{}/maps", envoy.process())).unwrap();
    maps.contains(&file.display().to_string())
}
