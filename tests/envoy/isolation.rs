//! Several Corsac filters in one process and one virtual machine: each keeps to its policy.

use corsac_testbed::{
    client::{Protocol, Request, Response},
    config::Listener,
    upstream::Answer,
};

use crate::world::{World, corsac};

fn origin_allowed_on(world: &World, listener: &str, request: &Request) -> Option<Vec<u8>> {
    let answers: Vec<Response> =
        Protocol::ALL.into_iter().map(|protocol| world.send(listener, protocol, request)).collect();
    let mut allowed = answers.iter().map(|answer| answer.headers.joined("access-control-allow-origin"));
    let first = allowed.next().flatten();
    assert!(allowed.all(|other| other == first), "the protocols differ: {answers:?}");
    first
}

#[test]
fn filters_on_two_listeners_answer_by_their_own_policies_in_turn() {
    let listener = |name: &str| {
        Listener::new(name).filter(corsac(&format!(r#"{{ "allowOrigins": ["https://{name}.example"] }}"#)))
    };
    let world = World::of([listener("one"), listener("two")]);
    for _ in 0..20 {
        for name in ["one", "two"] {
            for origin in ["one", "two"] {
                let url = format!("https://{origin}.example");
                let expected = (name == origin).then(|| url.clone().into_bytes());
                let actual = Request::new("GET", "/").header("origin", &url);
                assert_eq!(origin_allowed_on(&world, name, &actual), expected, "{name}, {origin}");
                let preflight = Request::preflight("/", &url, "GET");
                assert_eq!(origin_allowed_on(&world, name, &preflight), expected, "{name}, {origin}");
            }
        }
    }
    world.assert_that_the_module_never_broke();
}

#[test]
fn two_filters_in_one_chain_each_govern_their_own_paths() {
    let policy = |name: &str| {
        let rules = format!(r#"[{{ "paths": ["/{name}/*"], "policy": "{name}" }}]"#);
        corsac(&format!(
            r#"{{ "policies": {{ "{name}": {{ "allowOrigins": ["https://{name}.example"] }} }}, "rules": {rules} }}"#
        ))
    };
    let world = World::of([Listener::new("front").filter(policy("one")).filter(policy("two"))]);
    world.upstream.otherwise(Answer::new(200).header("access-control-allow-origin", "https://upstream.example"));
    for path in ["one", "two"] {
        for origin in ["one", "two"] {
            let url = format!("https://{origin}.example");
            let expected = (path == origin).then(|| url.clone().into_bytes());
            let actual = Request::new("GET", format!("/{path}/a")).header("origin", &url);
            assert_eq!(origin_allowed_on(&world, "front", &actual), expected, "{path}, {origin}");
            let preflight = Request::preflight(format!("/{path}/a"), &url, "GET");
            assert_eq!(origin_allowed_on(&world, "front", &preflight), expected, "{path}, {origin}");
        }
    }
    // Neither filter governs these: the upstream's answer remains.
    let elsewhere = Request::new("GET", "/three").header("origin", "https://one.example");
    assert_eq!(origin_allowed_on(&world, "front", &elsewhere).as_deref(), Some(&b"https://upstream.example"[..]));
    world.assert_that_the_module_never_broke();
}

#[test]
fn the_first_of_two_filters_that_govern_the_same_exchange_has_the_last_word() {
    let policy = |origin: &str| corsac(&format!(r#"{{ "allowOrigins": ["{origin}"] }}"#));
    let world =
        World::of([Listener::new("front").filter(policy("https://one.example")).filter(policy("https://two.example"))]);
    for request in
        [Request::new("GET", "/"), Request::new("OPTIONS", "/").header("access-control-request-method", "GET")]
    {
        let one = request.clone().header("origin", "https://one.example");
        assert_eq!(origin_allowed_on(&world, "front", &one).as_deref(), Some(&b"https://one.example"[..]));
        let two = request.header("origin", "https://two.example");
        assert_eq!(origin_allowed_on(&world, "front", &two), None);
    }
    world.assert_that_the_module_never_broke();
}
