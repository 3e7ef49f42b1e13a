//! Envoy's cache filter before and after Corsac. Before Corsac, it answers without Corsac. After
//! Corsac, it stores the upstream's response, and Corsac edits each copy.

use corsac_testbed::{
    client::{Protocol, Request, Response},
    config::{Listener, filter},
    upstream::Answer,
};
use serde_json::{Value, json};

use crate::world::{World, corsac};

const POLICY: &str = r#"{ "allowOrigins": ["https://app.example"], "allowCredentials": true }"#;

fn cache() -> Value {
    let simple = "type.googleapis.com/envoy.extensions.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig";
    filter::of("envoy.filters.http.cache", "cache.v3.CacheConfig", json!({ "typed_config": { "@type": simple } }))
}

/// Both places of the cache, before an upstream whose responses every origin may read and every
/// cache may store.
fn world() -> World {
    let world = World::of([
        Listener::new("ahead").filter(cache()).filter(corsac(POLICY)),
        Listener::new("after").filter(corsac(POLICY)).filter(cache()),
    ]);
    world.upstream.otherwise(
        Answer::new(200)
            .header("access-control-allow-origin", "*")
            .header("cache-control", "public, max-age=3600")
            // The cache stores nothing without a date. A future date keeps the response fresh.
            .header("date", "Fri, 01 Jan 2100 00:00:00 GMT"),
    );
    world
}

fn ask(world: &World, listener: &str, method: &str, origin: &str, id: &str) -> Response {
    // Each listener has a path, because they share one cache.
    let request = Request::new(method, format!("/{listener}")).header("origin", origin).id(id);
    world.send(listener, Protocol::Http1, &request)
}

fn origin_and_vary(response: &Response) -> (Option<String>, Option<String>) {
    let [origin, vary] = ["access-control-allow-origin", "vary"]
        .map(|name| response.headers.joined(name).map(|value| String::from_utf8_lossy(&value).into_owned()));
    (origin, vary)
}

#[test]
fn a_cache_ahead_of_corsac_answers_without_corsac_so_strangers_may_read_its_responses() {
    let world = world();
    for (number, method) in ["GET", "GET", "HEAD"].into_iter().enumerate() {
        let answer = ask(&world, "ahead", method, "https://evil.example", &format!("ahead-{number}"));
        assert_eq!(origin_and_vary(&answer), (Some("*".to_owned()), None), "{method} {number}");
    }
    // Only the first request was a miss.
    let asked = |number: usize| world.upstream.received(format!("ahead-{number}")).len();
    assert_eq!([0, 1, 2].map(asked), [1, 0, 0]);

    // A request that the cache does not serve goes on to Corsac.
    let answer = ask(&world, "ahead", "POST", "https://evil.example", "ahead-post");
    assert_eq!(origin_and_vary(&answer), (None, Some("origin".to_owned())));
    let preflight = Request::preflight("/ahead", "https://evil.example", "PUT");
    assert_eq!(world.send("ahead", Protocol::Http1, &preflight).status, 403);
    world.assert_that_the_module_never_broke();
}

#[test]
fn a_cache_after_corsac_stores_one_answer_and_corsac_edits_each_copy() {
    let world = world();
    let origins = ["https://evil.example", "https://app.example", "https://evil.example"];
    let allowed = [None, Some("https://app.example".to_owned()), None];
    for (number, (origin, allowed)) in origins.into_iter().zip(allowed).enumerate() {
        let answer = ask(&world, "after", "GET", origin, &format!("after-{number}"));
        assert_eq!(origin_and_vary(&answer), (allowed, Some("origin".to_owned())), "{number}");
    }
    let asked = |number: usize| world.upstream.received(format!("after-{number}")).len();
    assert_eq!([0, 1, 2].map(asked), [1, 0, 0]);
    world.assert_that_the_module_never_broke();
}
