//! Every exchange vector, through the hooks.

use std::collections::HashMap;
use std::ffi::c_void;

use corsac_vectors::{Answer, ExchangeVector, HeaderLine, Placement, ProxiedExchange};

use super::exchanges::{Configured, filter};
use super::mock_envoy::MockExchange;
use crate::abi::headers_status;

#[test]
fn every_exchange_is_answered_as_its_vector_says() {
    let vectors = &corsac_vectors::all().unwrap_or_else(|problems| panic!("{problems}")).exchanges;
    let mut filters: HashMap<&str, Configured> = HashMap::new();
    let mut failures = Vec::new();
    // In that placement a filter before ours answers, so ours is never asked.
    for vector in vectors.iter().filter(|vector| vector.placement != Placement::Ahead401) {
        let configured = filters.entry(&vector.policy).or_insert_with(|| filter(&vector.policy));
        let expected = vector.in_native_module();
        for is_reentrant in [false, true] {
            let report = expected.difference(&play(configured.pointer, vector, is_reentrant));
            if !report.is_empty() {
                let ExchangeVector { file, name, .. } = vector;
                failures.push(format!("{file}: {name} (within the call: {is_reentrant})\n{report}"));
            }
        }
    }
    assert!(failures.is_empty(), "{} vectors failed:\n\n{}", failures.len(), failures.join("\n"));
}

/// Both phases of an exchange, with a second run if Envoy follows a redirect itself.
fn play(configuration: *const c_void, vector: &ExchangeVector, is_reentrant: bool) -> Answer {
    let exchange = ProxiedExchange::from(vector);
    let mut run = mock(&exchange, is_reentrant);
    run.begin(configuration);
    let mut status = run.request_headers();
    if let Some(second) = exchange.second_run().filter(|_| status == headers_status::CONTINUE) {
        run.details.replace(Some("internal_redirect".to_owned()));
        run.end();
        run = mock(&second, is_reentrant);
        run.begin(configuration);
        status = run.request_headers();
    }
    let forwarded = status == headers_status::CONTINUE;
    if forwarded {
        run.response.replace(exchange.response.clone());
        run.routing.replace(exchange.response_routing.clone());
        assert_eq!(run.response_headers(), headers_status::CONTINUE);
    }
    run.end();
    let (status, headers) = if forwarded {
        (exchange.status, run.response.borrow().lines().to_vec())
    } else {
        let sent = run.sent.take().pop().expect("a reply");
        (status_of(&sent), sent)
    };
    let mut state = run.filter_state.take();
    let refusal = state.remove("wasm.corsac").unwrap_or_default();
    Answer { status, headers, forwarded, details: state.remove("corsac.details"), refusal }
}

fn mock(exchange: &ProxiedExchange, is_reentrant: bool) -> MockExchange {
    MockExchange {
        request: exchange.request.clone().into(),
        routing: exchange.routing.clone().into(),
        connection: 7,
        is_reentrant,
        ..MockExchange::default()
    }
}

fn status_of(lines: &[HeaderLine]) -> u16 {
    let (name, value) = lines.first().expect("a status");
    assert_eq!(name, b":status");
    std::str::from_utf8(value).ok().and_then(|status| status.parse().ok()).expect("a number")
}
