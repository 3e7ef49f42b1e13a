//! The canary in Envoy: its policy changes no answer, and logs the refusals that it would make.

use corsac_testbed::{
    client::{Protocol, Request},
    config::{Bootstrap, Listener},
    envoy::Binary,
    upstream::{Answer, Upstream},
};

use crate::{
    answers::{text, whole},
    kustomize, mesh,
};

/// An origin that the stable policy allows, and the canary's policy does not.
const PARTNER: &str = "https://shop.partner.example";

#[test]
fn the_canary_only_logs_refusals_and_the_stable_plugin_answers() {
    let built: Vec<_> = kustomize::built()
        .into_iter()
        .filter(|document| document.source == "envoy/overlays/istio-canary (built)")
        .collect();
    let [stable, canary] = <[_; 2]>::try_from(mesh::of(&built)).ok().unwrap();
    assert!(canary.policy.contains(r#""reportOnly":true"#) && !stable.policy.contains("reportOnly"));

    let upstream = Upstream::start().unwrap();
    upstream.otherwise(Answer::new(200).header("access-control-allow-origin", "*"));
    let modules = mesh::Built::find();
    let listener = |name: &str, plugin: &mesh::Plugin| Listener::new(name).filter(plugin.filter(&modules));
    let bootstrap =
        Bootstrap::new(upstream.address()).listener(listener("stable", &stable)).listener(listener("canary", &canary));
    let envoy = Binary::find()
        .unwrap_or_else(|error| panic!("{error}"))
        .start(&bootstrap)
        .unwrap_or_else(|error| panic!("{error}"));
    let ask = |listener: &str, request: Request| {
        let id = format!("{listener}-{}", String::from_utf8_lossy(&request.method));
        let response = Protocol::Http1.send(envoy.address(listener).unwrap(), &request.id(&id)).unwrap();
        let line = envoy.access_log().wait_for(&id).unwrap();
        (whole(&response), line.refusal.unwrap_or_default())
    };
    let get = || Request::new("GET", "/").header("origin", PARTNER);
    let preflight = || Request::preflight("/", PARTNER, "PUT");

    let untouched = text(200, "access-control-allow-origin: *\n content-length: 9", "upstream\n");
    let would = |phase: &str| format!("default;{phase};would-be-refused;origin-not-listed");
    assert_eq!(ask("canary", get()), (untouched.clone(), would("actual")));
    assert_eq!(ask("canary", preflight()), (untouched, would("preflight")));
    let (answer, refusal) = ask("stable", get());
    assert!(answer.contains("access-control-allow-origin: https://shop.partner.example\n"), "{answer}");
    assert_eq!((refusal.as_str(), &ask("stable", preflight()).0[..3]), ("", "204"));
}
