//! What a policy means for a URL: the answers that Corsac would give.

use corsac_explain::wire::{self, HeaderMap};
use corsac_explain::{Reply, Routing};
use corsac_fetch::{Headers, Origin, Response};
use corsac_policy::{Compiled, Diagnostic, List, Policies, Tools, compile, entries};
use url::Url;

use crate::ask::Ask;

/// A policy that is compiled, by the engine that answers in Envoy.
#[derive(Debug)]
pub struct Intent {
    text: Vec<u8>,
    policies: Policies,
}

/// The most listed origins that are tried: requests are few.
const MOST_ORIGINS: usize = 8;

impl Intent {
    /// Reads a policy, JSON text.
    ///
    /// # Errors
    /// Its diagnostics.
    pub fn new(policy: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        let compiled = compile(policy, &Tools::default());
        let Compiled { policies, .. } = compiled.map_err(|rejected| rejected.diagnostics)?;
        Ok(Self { text: policy.to_vec(), policies })
    }

    /// Origins that the policy for that URL lists and allows: the exact ones, and one for each
    /// pattern with a star.
    pub fn origins(&self, url: &Url) -> Vec<String> {
        let Some(policy) = self.governing_policy(url) else { return Vec::new() };
        let mut origins: Vec<String> = Vec::new();
        for entry in entries(&self.text, &policy, List::Origins) {
            let Some(text) = entry.plain else { continue };
            let example = text.replace(":*", ":8443").replace('*', "app");
            let is_new = !origins.contains(&example) && origins.len() < MOST_ORIGINS;
            if is_new && Origin::parse(&example).is_some() && self.allows(url, &example) {
                origins.push(example);
            }
        }
        origins
    }

    /// Whether the policy lets a page of that origin read a plain answer.
    pub fn allows(&self, url: &Url, origin: &str) -> bool {
        let expected = self.answer(&Ask::get(url).from(origin), &Response { status: 200, headers: Headers::new() });
        let value = expected.and_then(|expected| expected.headers.get("access-control-allow-origin"));
        value.is_some_and(|value| value == origin.as_bytes() || value == b"*")
    }

    /// What Corsac would make of the exchange, given what came: its own answer to a preflight, and
    /// the upstream's with its edits to everything else. `None` where no policy governs.
    pub fn answer(&self, ask: &Ask, seen: &Response) -> Option<Response> {
        let headers = seen.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_vec())).collect();
        let upstream = Reply { status: seen.status, headers };
        let answer = wire::answer(&self.policies, &on_the_wire(ask), &upstream, &Routing::default());
        answer.record.as_ref()?;
        Some(Response { status: answer.status, headers: answer.headers.lines().collect() })
    }

    fn governing_policy(&self, url: &Url) -> Option<String> {
        let request = on_the_wire(&Ask::get(url).from("https://corsac.invalid"));
        let answer = wire::answer(&self.policies, &request, &Reply::default(), &Routing::default());
        answer.record.and_then(|record| record.policy.map(str::to_owned))
    }
}

/// The request as Envoy has it.
fn on_the_wire(ask: &Ask) -> HeaderMap {
    let url = &ask.url;
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let pseudo = [
        (":method", ask.verb.name()),
        (":scheme", url.scheme()),
        (":path", &path),
        (":authority", url.authority()),
        ("x-forwarded-proto", url.scheme()),
    ];
    let mut request = HeaderMap::new(pseudo.map(|(name, value)| (name, value.as_bytes())));
    ask.lines.iter().for_each(|(name, value)| request.append(name, value));
    request
}
