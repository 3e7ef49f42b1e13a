//! What the engine answers to a request that a browser sends in place of a vector's own.

use corsac_policy::{Decision, Policies, Tools, compile, decide, edit};
use corsac_vectors::{Exchange, HeaderLine, HttpRequest, Scene};

use crate::host::{RequestSide, ResponseSide};

/// An answer as it leaves, and whether the request was forwarded for it.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<HeaderLine>,
    pub forwarded: bool,
}

/// A vector's policy, compiled.
pub fn policies(vector: &Exchange) -> Policies {
    compile(vector.policy.as_bytes(), &Tools::default())
        .unwrap_or_else(|rejected| panic!("{}: the policy is refused: {rejected}", vector.name))
        .policies
}

/// The answer to `request` in the surroundings of `vector`.
pub fn answer(policies: &Policies, vector: &Exchange, request: HttpRequest) -> Answer {
    let vector = &Exchange { request, ..vector.clone() };
    let status = vector.upstream.status;
    if vector.scene == Scene::Ahead401 {
        return Answer { status, headers: vector.upstream.headers.clone(), forwarded: false };
    }
    let decision = decide(policies, &mut RequestSide::new(vector));
    let forwarded = !matches!(decision, Decision::Reply(_));
    let (status, mut response) = if let Decision::Reply(reply) = &decision {
        let lines = reply.headers(policies).into_iter();
        let lines = lines.map(|(name, value)| (name.as_bytes().to_vec(), value.into_owned())).collect();
        let status = reply.status(policies);
        (status, ResponseSide::of_reply(vector, status, lines))
    } else {
        (status, ResponseSide::of_upstream(vector))
    };
    edit(policies, &decision, &mut response);
    Answer { status, headers: response.lines, forwarded: forwarded && vector.scene.has_upstream() }
}
