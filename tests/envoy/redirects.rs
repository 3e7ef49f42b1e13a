//! Internal redirects beyond the reach of tests/vectors/redirects.toml: clients that forge, more
//! than one hop, routes that rewrite, filters ahead, updates between two runs.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
};

use corsac_testbed::{
    DEADLINE,
    client::{Protocol, Request, Response, http1},
    config::{Bootstrap, Listener, filter},
    envoy::Update,
    poll,
    upstream::Answer,
};
use serde_json::{Value, json};

use crate::world::{World, corsac};

/// `/a/*` allows a.example, `/raw/*` has no policy, the rest allows everyone.
const POLICIES: &str = r#"{
    "policies": { "a": { "allowOrigins": ["https://a.example"] }, "everyone": { "allowOrigins": ["*"] } },
    "rules": [
        { "paths": ["/a/*"], "policy": "a" },
        { "paths": ["/raw/*"], "policy": null },
        { "policy": "everyone" }
    ]
}"#;

/// A listener whose routes follow up to three redirects for each request.
fn following(name: &str) -> Listener {
    Listener::new(name).filter(corsac(POLICIES)).manager("route_config", routes())
}

fn routes() -> Value {
    let route = |name: &str, prefix: &str, rewrite: Option<&str>| {
        let mut action = json!({ "cluster": "upstream", "internal_redirect_policy": { "max_internal_redirects": 3 } });
        if let Some(rewrite) = rewrite {
            action["prefix_rewrite"] = rewrite.into();
        }
        json!({ "name": name, "match": { "prefix": prefix }, "route": action })
    };
    let routes =
        [route("raw", "/raw/", None), route("rewriting", "/a/rewritten/", Some("/raw/")), route("rest", "/", None)];
    json!({ "virtual_hosts": [{ "name": "all", "domains": ["*"], "routes": routes }] })
}

/// Answers `/…/to/PATH` with a redirect to `/PATH`, and anything else with `*`.
fn redirects(world: &World, id: &str) {
    world.upstream.script_by(id, |received| {
        let target = String::from_utf8_lossy(&received.target).into_owned();
        match target.split_once("/to/") {
            Some((_, next)) => Answer::new(302).header("location", format!("http://api.test/{next}")),
            None => Answer::new(200).header("access-control-allow-origin", "*"),
        }
    });
}

fn get(path: &str, id: &str) -> Request {
    Request::new("GET", path).header("origin", "https://evil.example").id(id)
}

fn origin_and_vary(response: &Response) -> [Option<String>; 2] {
    ["access-control-allow-origin", "vary"]
        .map(|name| response.headers.joined(name).map(|value| String::from_utf8_lossy(&value).into_owned()))
}

fn refused() -> [Option<String>; 2] {
    [None, Some("origin".to_owned())]
}

fn everyone() -> [Option<String>; 2] {
    [Some("*".to_owned()), None]
}

fn ask(world: &World, listener: &str, request: &Request, id: &str) -> [Option<String>; 2] {
    redirects(world, id);
    origin_and_vary(&world.send(listener, Protocol::Http1, request))
}

#[test]
fn the_first_of_several_urls_decides_even_if_a_route_rewrites_it() {
    let world = World::of([following("front")]);
    let cases = [
        ("one-hop", "/a/to/raw/x", 2, refused()),
        ("two-hops", "/a/to/public/to/raw/x", 3, refused()),
        ("three-hops", "/raw/to/a/to/public/to/a/x", 4, everyone()),
        // The upstream receives `/raw/…`, and `x-envoy-original-url` says so.
        ("rewritten", "/a/rewritten/to/public/x", 2, refused()),
    ];
    for (id, path, asked, expected) in cases {
        assert_eq!(ask(&world, "front", &get(path, id), id), expected, "{path}");
        assert_eq!(world.upstream.received(id).len(), asked, "{path}");
    }
    world.assert_that_the_module_never_broke();
}

/// Envoy counts a client with an internal address as internal, if it is told to trust the address.
#[test]
fn a_client_that_envoy_counts_as_internal_cannot_name_another_first_url() {
    let trusting = json!({ "cidr_ranges": [{ "address_prefix": "10.0.0.0", "prefix_len": 8 }] });
    let world = World::of([following("front").manager("internal_address_config", trusting)]);
    let forged = |path: &str, id: &str| {
        get(path, id)
            .header("x-forwarded-for", "10.0.0.1")
            .header("x-envoy-original-url", "http://api.test/raw/x")
            .header("corsac_first_target", "/raw/x")
    };
    assert_eq!(ask(&world, "front", &forged("/a/x", "direct"), "direct"), refused());
    let [received] = world.upstream.received("direct").try_into().unwrap();
    assert!(received.headers.has("x-envoy-original-url"), "Envoy removes it now, so this test shows nothing");
    assert_eq!(ask(&world, "front", &forged("/a/to/public/x", "redirected"), "redirected"), refused());
    // The same while a later run is awaited that never comes.
    assert_eq!(ask(&world, "front", &forged("/a/x", "afterwards"), "afterwards"), refused());
    world.assert_that_the_module_never_broke();
}

#[test]
fn a_redirect_has_no_effect_on_the_next_requests_of_its_connection() {
    let world = World::of([following("front")]);
    let paths = ["/a/to/public/x", "/raw/x", "/public/x", "/raw/to/a/x", "/a/x"];
    let mut bytes = Vec::new();
    for path in paths {
        redirects(&world, path);
        bytes.extend(http1::bytes(&get(path, path)));
    }
    let mut stream = TcpStream::connect(world.envoy.address("front").unwrap()).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(&bytes).unwrap();
    let mut answers = String::new();
    while answers.matches("HTTP/1.1 200").count() < paths.len() {
        let mut piece = [0; 4096];
        let length = stream.read(&mut piece).unwrap();
        assert_ne!(length, 0, "the connection has ended: {answers}");
        answers += &String::from_utf8_lossy(&piece[..length]);
    }
    let allowed: Vec<bool> =
        answers.split("HTTP/1.1 200").skip(1).map(|answer| answer.contains("access-control-allow-origin: *")).collect();
    assert_eq!(allowed, [false, true, true, true, false]);
}

#[test]
fn a_later_run_that_a_filter_ahead_answers_has_no_effect_on_later_requests() {
    let code = "function envoy_on_request(handle)
        if handle:headers():get('x-envoy-original-url') then handle:respond({[':status'] = '401'}, '') end
    end";
    let listener = Listener::new("front").filter(filter::lua(code)).filter(corsac(POLICIES));
    let world = World::of([listener.manager("route_config", routes())]);
    for round in 0..3 {
        let id = format!("stopped-{round}");
        redirects(&world, &id);
        assert_eq!(world.send("front", Protocol::Http1, &get("/a/to/public/x", &id)).status, 401);
        for (path, expected) in [("/a/x", refused()), ("/raw/x", everyone())] {
            let id = format!("after-{round}{path}");
            assert_eq!(ask(&world, "front", &get(path, &id), &id), expected, "{path}");
        }
    }
    world.assert_that_the_module_never_broke();
}

#[test]
fn the_first_url_also_decides_after_an_update_between_two_runs() {
    let updated = POLICIES.replace("https://a.example", "https://new.example");
    let listener = Listener::new("front").filter(filter::discovered()).manager("route_config", routes());
    let mut world = World::with([listener], |bootstrap: Bootstrap| bootstrap.discovering(corsac(POLICIES)));
    let from_new = |id: &str| Request::new("GET", "/a/x").header("origin", "https://new.example").id(id);

    let hold = world.upstream.hold("held", Answer::new(302).header("location", "http://api.test/public/x"));
    let (address, request) = (world.envoy.address("front").unwrap(), from_new("held"));
    let asked = thread::spawn(move || http1::send(address, &request).unwrap());
    world.upstream.wait_for("held").unwrap();
    assert_eq!(world.envoy.update_filter(&corsac(&updated)).unwrap(), Update::Accepted);
    let allowed = [Some("https://new.example".to_owned()), Some("origin".to_owned())];
    poll(DEADLINE, "the worker has the update", || {
        (ask(&world, "front", &from_new("poll"), "poll") == allowed).then_some(())
    })
    .unwrap();
    redirects(&world, "held");
    drop(hold);
    assert_eq!(origin_and_vary(&asked.join().unwrap()), allowed);
    world.assert_that_the_module_never_broke();
}

/// A documented limit: Envoy shows the current route, and after a redirect that is the new URL's.
#[test]
fn rules_by_route_follow_the_route_of_the_last_url() {
    let by_route = r#"{
        "policies": { "everyone": { "allowOrigins": ["*"] }, "a": { "allowOrigins": ["https://a.example"] } },
        "rules": [{ "routes": ["raw"], "policy": "everyone" }, { "policy": "a" }]
    }"#;
    let world = World::of([Listener::new("front").filter(corsac(by_route)).manager("route_config", routes())]);
    for (id, path, expected) in
        [("stays", "/a/x", refused()), ("to-raw", "/a/to/raw/x", everyone()), ("from-raw", "/raw/to/a/x", refused())]
    {
        assert_eq!(ask(&world, "front", &get(path, id), id), expected, "{path}");
    }
}
