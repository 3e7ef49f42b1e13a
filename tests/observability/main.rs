//! The files in `envoy/observability/`, asked of a real Prometheus that watches a real Envoy.
//!
//! Prometheus and promtool are in the package `prometheus` of Debian.

use corsac_observability::{Dashboard, Prometheus, Watched, expressions, promtool, selectors};
use corsac_testbed::{DEADLINE, poll};

/// Asks until there is an answer: Prometheus reads Envoy once a second, and a rate needs two
/// readings.
fn assert_that_something_is_shown(prometheus: &Prometheus, expression: &str, whose: &str) {
    let shown = || prometheus.query(expression).unwrap().iter().any(|series| !series.points.is_empty()).then_some(());
    poll(DEADLINE, whose, shown).unwrap_or_else(|error| panic!("{error}: {expression}"));
}

#[test]
fn every_panel_shows_something_and_every_alert_watches_something() {
    let mut watched = Watched::start().unwrap();
    watched.refuse().unwrap();
    let prometheus = Prometheus::start(watched.metrics()).unwrap();
    watched.send(3, 2).unwrap();
    for panel in Dashboard::shipped().unwrap().panels {
        for query in &panel.queries {
            assert_that_something_is_shown(&prometheus, &query.expression("1m"), &panel.title);
        }
    }
    for (rule, expression) in expressions().unwrap() {
        let selectors = selectors(&expression);
        assert!(!selectors.is_empty(), "{rule}");
        for selector in selectors {
            assert_that_something_is_shown(&prometheus, selector, &rule);
        }
    }
}

#[test]
fn a_refused_configuration_is_an_alert() {
    let mut watched = Watched::start().unwrap();
    let prometheus = Prometheus::start(watched.metrics()).unwrap();
    watched.refuse().unwrap();
    let firing = r#"ALERTS{alertname="CorsacConfigurationRefused", alertstate="firing"}"#;
    assert_that_something_is_shown(&prometheus, firing, "the alert fires");
}

#[test]
fn promtool_finds_no_fault_in_the_rules_and_they_fire_as_their_tests_say() {
    promtool(&["check", "rules", "rules.yaml"]).unwrap();
    promtool(&["test", "rules", "rules-test.yaml"]).unwrap();
    promtool(&["check", "config", "prometheus.yaml"]).unwrap();
}
