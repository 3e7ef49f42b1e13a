//! A trial in Envoy: no answer changes, the access log names both decisions, and the counter counts
//! what the two policies, compared on paper, predict.

use std::collections::BTreeMap;

use corsac_policy::{Policies, Tools, compile, tried};
use corsac_testbed::{
    DEADLINE,
    client::{Protocol, Request},
    config::Listener,
    poll,
    random::Random,
};
use corsac_vectors::{HttpRequest, HttpResponse, ProxiedExchange, Routing, play};

use crate::metrics::{series, shipped};
use crate::world::{World, corsac, front};

const TRIED: &str = r#"{
    "allowOrigins": ["https://*.example", "null"],
    "acceptRisks": ["null-origin"],
    "allowMethods": ["PUT", "DELETE"],
    "allowHeaders": ["x-a"],
    "trial": {
        "allowOrigins": ["https://a.example", "https://c.test"],
        "allowMethods": ["PUT"],
        "allowHeaders": ["x-a", "x-b"],
        "disallowedOrigins": "reject"
    }
}"#;

const ORIGINS: [&str; 6] =
    ["https://a.example", "https://b.example", "https://c.test", "https://d.test", "null", "https://A.example"];
const METHODS: [&str; 3] = ["GET", "PUT", "DELETE"];
const HEADERS: [&str; 3] = ["x-a", "x-b", "x-a,x-b"];

/// A request as a line of text for the engine, and for Envoy.
fn random_request(random: &mut Random) -> (HttpRequest, Request) {
    let mut pick = |list: &[&'static str]| list[random.below(list.len())];
    let (origin, method, headers) = (pick(&ORIGINS), pick(&METHODS), pick(&HEADERS));
    if pick(&["preflight", "actual"]) == "actual" {
        let text = format!("{method} /\nhost: api.test\norigin: {origin}\n");
        return (HttpRequest::from_text(&text).unwrap(), Request::new(method, "/").header("origin", origin));
    }
    let text = format!(
        "OPTIONS /\nhost: api.test\norigin: {origin}\naccess-control-request-method: {method}\n\
         access-control-request-headers: {headers}\n"
    );
    let preflight = Request::preflight("/", origin, method).header("access-control-request-headers", headers);
    (HttpRequest::from_text(&text).unwrap(), preflight)
}

fn compiled(configuration: &str) -> Policies {
    compile(configuration.as_bytes(), &Tools::default()).unwrap_or_else(|rejected| panic!("{rejected}")).policies
}

/// The outcome of a request with an `Origin`, and its reason.
fn decided(policies: &Policies, request: &HttpRequest) -> (String, String) {
    let upstream = HttpResponse::from_text("200").unwrap();
    let routing = Routing { name: Some(String::new()), ..Routing::default() };
    let words = play(policies, &ProxiedExchange::plain(request, &upstream, routing)).answer.refusal;
    let mut words = words.split(';').skip(2).map(str::to_owned);
    (words.next().unwrap_or_else(|| "allowed".to_owned()), words.next().unwrap_or_else(|| "-".to_owned()))
}

#[test]
fn the_counter_counts_what_the_two_policies_predict_on_paper() {
    let in_force = TRIED.split(",\n    \"trial\"").next().unwrap().to_owned() + "}";
    let (enforced, trial) = (compiled(&in_force), compiled(&tried(TRIED.as_bytes()).unwrap()));
    let world =
        World::with_workers(2, [front(TRIED), Listener::new("untried").filter(corsac(&in_force))], |bootstrap| {
            bootstrap.field("stats_config", shipped("envoy.yaml"))
        });
    let mut random = Random(15);
    let mut predicted: BTreeMap<String, u64> = BTreeMap::new();
    for number in 0..300 {
        let (text, request) = random_request(&mut random);
        let ((before, why_before), (after, why_after)) = (decided(&enforced, &text), decided(&trial, &text));
        if before != after {
            let (difference, reason) = match after.as_str() {
                "allowed" => ("would-allow", why_before),
                "refused" => ("would-refuse", why_after),
                _ => ("would-reject", why_after),
            };
            let name = format!(
                r#"corsac_trial{{corsac_policy="default",corsac_reason="{reason}",corsac_difference="{difference}"}}"#
            );
            *predicted.entry(name).or_default() += 1;
        }
        let request = request.id(format!("trial-{number}"));
        let answers = ["front", "untried"].map(|listener| world.send(listener, Protocol::Http1, &request));
        let [tried, untried] = answers.map(|answer| (answer.status, cors(&answer.headers)));
        assert_eq!(tried, untried, "{text:?}");
    }
    assert!(predicted.len() >= 5, "{predicted:#?}");
    let counted = || {
        let counted = series(&world).into_iter().filter(|(name, value)| name.starts_with("corsac_trial") && *value > 0);
        (counted.collect::<BTreeMap<_, _>>() == predicted).then_some(())
    };
    poll(DEADLINE, "the counters are as predicted", counted)
        .unwrap_or_else(|error| panic!("{error}: {predicted:#?}, but {:#?}", series(&world)));
    world.assert_that_the_module_never_broke();
}

/// The headers that Corsac may write.
fn cors(headers: &corsac_testbed::Headers) -> Vec<(Vec<u8>, Vec<u8>)> {
    let of_cors = |(name, _): &&(Vec<u8>, Vec<u8>)| name.starts_with(b"access-control-") || name == b"vary";
    headers.0.iter().filter(of_cors).cloned().collect()
}

#[test]
fn the_access_log_names_both_decisions() {
    let world = World::of([front(TRIED)]);
    for (id, origin, words) in [
        ("allowed", "https://b.example", Some("default;actual;allowed;-;would-reject;origin-not-listed")),
        ("refused", "https://c.test", Some("default;actual;refused;origin-not-listed;would-allow;origin-not-listed")),
        ("both", "https://a.example", None),
    ] {
        world.send("front", Protocol::Http1, &Request::new("GET", "/").header("origin", origin).id(id));
        assert_eq!(world.envoy.access_log().wait_for(id).unwrap().refusal.as_deref(), words, "{id}");
    }
}
