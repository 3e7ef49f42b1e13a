//! `envoy/origin-source.yaml`: origins that a service lists.

use corsac_testbed::{
    DEADLINE,
    client::{Protocol, Request},
    poll,
};

use crate::bootstraps::ServedFile;

#[test]
fn the_tenant_that_the_service_lists_may_read_and_what_it_may_not_list_is_left_out() {
    let served = ServedFile::start("envoy/origin-source.yaml");
    let status = |origin: &str| {
        let (answer, reached) = served.ask(Protocol::Http1, Request::preflight("/", origin, "PUT"));
        assert!(!reached, "a preflight is answered here");
        answer.lines().next().map(str::to_owned)
    };
    let listed = || (status("https://tenant.example.com").as_deref() == Some("204")).then_some(());
    poll(DEADLINE, "the list is in force", listed).unwrap();
    assert_eq!(status("https://app.example.com").as_deref(), Some("204"));
    assert_eq!(status("https://other.example.com").as_deref(), Some("403"));
    let line = r#"origins from origins/origins.json: 1 (0 with plain http); left out: 1 ("*""#;
    let log = served.envoy.log();
    assert!(log.contains(line), "{log}");
}
