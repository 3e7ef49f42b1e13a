//! The engine's answer to a browser's request in place of the vector's.

use corsac_policy::{Policies, Tools, compile};
use corsac_vectors::{ExchangeVector, HeaderLine, HttpRequest, Placement, ProxiedExchange, play};

/// An answer as it leaves, and whether the request reached the upstream.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<HeaderLine>,
    pub reached: bool,
}

/// A vector's policy, compiled.
pub fn policies(vector: &ExchangeVector) -> Policies {
    compile(vector.policy.as_bytes(), &Tools::default())
        .unwrap_or_else(|rejected| panic!("{}: the policy is refused: {rejected}", vector.name))
        .policies
}

/// The answer to `request` in the surroundings of `vector`.
pub fn answer(policies: &Policies, vector: &ExchangeVector, request: HttpRequest) -> Answer {
    let vector = &ExchangeVector { request, ..vector.clone() };
    if vector.placement == Placement::Ahead401 {
        let headers = vector.upstream.headers.clone();
        return Answer { status: vector.upstream.status, headers, reached: false };
    }
    let answer = play(policies, &ProxiedExchange::from(vector)).answer;
    let reached = answer.forwarded && vector.placement.has_upstream();
    // A page does not see `:status` as a header.
    let headers = answer.headers.into_iter().filter(|(name, _)| !name.starts_with(b":")).collect();
    Answer { status: answer.status, headers, reached }
}
