//! Filters ahead of ours that answer, fail, or take longer than the client waits.

use std::io::Write;
use std::iter;

use corsac_testbed::client::Protocol;
use corsac_testbed::config::Listener;
use corsac_testbed::upstream::{Answer, Upstream};
use corsac_testbed::{DEADLINE, poll};
use serde_json::{Value, json};

use super::external_processor::{self, Step, Steps};
use super::trace::Trace;
use super::{
    POLICY, TIMES, UNSEEN, WHOLE, abort, actual, assert_answers, bytes, cluster_of, connect, is_allowed, traced,
    wait_until_shown,
};
use crate::world::{corsac, front};

/// A filter that asks the cluster `authority` whether a request may pass.
fn external_authorization() -> Value {
    let server = json!({ "uri": "http://authority.test", "cluster": "authority", "timeout": "20s" });
    json!({ "name": "ext_authz", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
        "http_service": { "server_uri": server },
    } })
}

#[test]
fn requests_that_ext_authz_denies_ahead_of_the_filter_leave_no_context() {
    let authority = Upstream::start().unwrap();
    let listener = Listener::new("authorized").filter(external_authorization()).filter(corsac(POLICY));
    let world = traced([listener, front(POLICY)], vec![cluster_of("authority", authority.address())]);
    let mut seen = Vec::new();
    for protocol in Protocol::ALL.into_iter().cycle().take(2 * TIMES) {
        for (status, callbacks) in [(403, UNSEEN), (200, WHOLE)] {
            authority.script("", Answer::new(status));
            let answer = world.send("authorized", protocol, &actual());
            assert_eq!((answer.status, is_allowed(&answer)), (status, status == 200), "{protocol}: {answer:?}");
            seen.push(callbacks);
        }
        let asked = authority.received("").len();
        let hold = authority.hold("", Answer::new(200));
        let mut stream = connect(&world, "authorized");
        stream.write_all(&bytes(protocol, &actual())).unwrap();
        let is_asked = || (authority.received("").len() > asked).then_some(());
        poll(DEADLINE, "the authority is asked", is_asked).unwrap();
        abort(stream, protocol);
        seen.push(UNSEEN);
        // The authority answers only from here on. Earlier, the request would pass for a moment.
        assert_eq!(Trace::of_ended(&world, seen.len()).exchanges(), seen);
        drop(hold);
    }
    authority.script("", Answer::new(200));
    assert_answers(&world, "authorized");
    assert_answers(&world, "front");
}

/// The client's status, and the filter's callbacks, for a request whose processor ahead of the
/// filter takes these steps.
struct Processed {
    name: &'static str,
    steps: Steps,
    status: u16,
    callbacks: &'static str,
}

const PROCESSED: [Processed; 7] = {
    use Step::{Answer, Continue, Fail, Keep};
    const fn of(
        name: &'static str,
        (request, response): (Step, Step),
        status: u16,
        callbacks: &'static str,
    ) -> Processed {
        Processed { name, steps: Steps { request, response }, status, callbacks }
    }
    [
        of("continue", (Continue, Continue), 200, WHOLE),
        of("answer-the-request", (Answer, Continue), 401, UNSEEN),
        of("answer-the-response", (Continue, Answer), 401, WHOLE),
        of("fail-at-the-request", (Fail, Continue), 500, UNSEEN),
        of("fail-at-the-response", (Continue, Fail), 500, WHOLE),
        of("keep-the-request", (Keep, Continue), 504, UNSEEN),
        of("keep-the-response", (Continue, Keep), 504, WHOLE),
    ]
};

#[test]
fn an_external_processor_ahead_of_the_filter_leaves_no_context_whatever_it_does() {
    let processors: Vec<_> = PROCESSED.iter().map(|case| external_processor::start(case.steps)).collect();
    let clusters = iter::zip(&PROCESSED, &processors).map(|(case, processor)| processor.cluster(case.name)).collect();
    let listeners = PROCESSED.iter().map(|case| {
        let processor = external_processor::filter(case.name, "0.3s");
        Listener::new(case.name).filter(processor).filter(corsac(POLICY))
    });
    let world = traced(listeners.chain([front(POLICY)]), clusters);
    let mut seen = Vec::new();
    for case in &PROCESSED {
        for protocol in Protocol::ALL.into_iter().cycle().take(2 * TIMES) {
            let answer = world.send(case.name, protocol, &actual());
            assert_eq!(answer.status, case.status, "{}, {protocol}: {answer:?}", case.name);
            seen.push(case.callbacks);
        }
    }
    assert_eq!(Trace::of_ended(&world, seen.len()).exchanges(), seen);
    assert_answers(&world, "continue");
    assert_answers(&world, "front");
}

#[test]
fn clients_that_disconnect_while_an_external_processor_works_leave_no_context() {
    let keeping = |request, response| external_processor::start(Steps { request, response });
    let processors =
        [("request", keeping(Step::Keep, Step::Continue)), ("response", keeping(Step::Continue, Step::Keep))];
    let clusters = processors.iter().map(|(name, processor)| processor.cluster(name)).collect();
    let listeners = processors
        .iter()
        .map(|(name, _)| Listener::new(*name).filter(external_processor::filter(name, "20s")).filter(corsac(POLICY)));
    let world = traced(listeners.chain([front(POLICY)]), clusters);
    let asked = || world.envoy.stat("cluster.request.upstream_rq_total").unwrap();
    let mut seen = Vec::new();
    for (number, protocol) in (1..).zip(Protocol::ALL.into_iter().cycle().take(2 * TIMES)) {
        let before = asked();
        let mut stream = connect(&world, "request");
        stream.write_all(&bytes(protocol, &actual())).unwrap();
        poll(DEADLINE, "the processor is asked", || (asked() > before).then_some(())).unwrap();
        abort(stream, protocol);
        seen.push(UNSEEN);
        assert_eq!(Trace::of_ended(&world, seen.len()).exchanges(), seen);

        let mut stream = connect(&world, "response");
        stream.write_all(&bytes(protocol, &actual())).unwrap();
        wait_until_shown(&world, "response", number);
        abort(stream, protocol);
        seen.push(WHOLE);
        assert_eq!(Trace::of_ended(&world, seen.len()).exchanges(), seen);
    }
    assert_answers(&world, "front");
}
