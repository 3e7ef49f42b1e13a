//! The common parts of the fuzz targets: the naive oracle of the engine's tests, and the engine on
//! the oracle's data.
//!
//! Inputs are text wherever possible: one entry a line, a blank line, one question a line. So a
//! corpus is readable, and libFuzzer's mutations stay within the language.

pub mod near;
pub mod regex;
pub mod text;

use corsac_oracle::choice::{Metadata, Route, Target};
use corsac_oracle::config::{Configuration, Pattern, Policy};
use corsac_oracle::wire::{Exchange, Request};
use corsac_policy::{Compiled, Policies, Rejected, Tools};

/// Compiles with a fixed seed.
pub fn compile(json: &str) -> Result<Compiled, Rejected> {
    corsac_policy::compile(json.as_bytes(), &Tools { seed: [3, 4], to_ascii: None })
}

/// A policy that allows these patterns.
pub fn allowing(allow_origins: Vec<Pattern>) -> Policy {
    Policy { allow_origins, ..Policy::default() }
}

/// A policy that reflects any well-formed origin.
pub fn reflecting() -> Policies {
    let policy = Policy { allow_credentials: true, ..allowing(vec![Pattern::Text("*".to_owned())]) };
    compile(&Configuration::single(policy).json()).expect("sound").policies
}

/// An exchange on a route without a name.
pub fn exchange(method: &str, authority: &[u8], path: &[u8], headers: Vec<(String, Vec<u8>)>) -> Exchange {
    let route = Route { name: Some(vec![]), metadata: Metadata::Absent };
    Exchange {
        request: Request {
            method: method.to_owned(),
            target: Target { authority: Some(authority.to_vec()), path: Some(path.to_vec()) },
            headers,
        },
        request_route: route.clone(),
        response_route: route,
        upstream: vec![],
        meddling: vec![],
    }
}

/// Whether a page of this origin may read the response to a GET.
pub fn lets_in(policies: &Policies, origin: &[u8]) -> bool {
    let exchange = exchange("GET", b"api.test", b"/", vec![("origin".to_owned(), origin.to_vec())]);
    let headers = corsac_oracle::engine::answer(policies, &exchange).headers;
    headers.iter().any(|(name, _)| name == "access-control-allow-origin")
}

/// Asserts that the engine answers an exchange as the oracle does.
pub fn check(policies: &Policies, configuration: &Configuration, exchange: &Exchange) {
    let mut ours = corsac_oracle::engine::answer(policies, exchange);
    let mut theirs = corsac_oracle::answer::answer(configuration, exchange);
    for outcome in [&mut ours, &mut theirs] {
        outcome.headers.iter_mut().for_each(without_empty_members);
    }
    assert_eq!(
        ours,
        theirs,
        "engine and oracle\n{exchange}\nengine: {ours}\noracle: {theirs}\n{}",
        configuration.json()
    );
}

/// Removes empty members. The engine and the oracle keep different commas of an upstream's `vary`
/// around them.
fn without_empty_members((name, value): &mut (String, Vec<u8>)) {
    if name == "vary" {
        *value = corsac_oracle::lists::elements(value).join(&b", "[..]);
    }
}
