//! A request, what comes back, and the answer that must leave.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{HttpRequest, HttpResponse, Older, older};

/// One exchange with the filter, and the exact answer that must reach the client.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The file that holds the vector, without its folder.
    pub file: &'static str,
    /// A sentence, unique among all vectors.
    pub name: String,
    /// Why this is the right answer: the standard's section, or that of `docs`.
    pub law: String,
    /// The configuration, as JSON text.
    pub policy: String,
    /// The configuration of the second filter; only in [`Scene::TwoFilters`].
    pub other_policy: Option<String>,
    /// What the client sends.
    pub request: HttpRequest,
    /// What the upstream answers, or, where the scene says so, Envoy itself.
    pub upstream: HttpResponse,
    /// What must reach the client: the status, and exactly these of the judged headers.
    pub expect: HttpResponse,
    /// Whether the upstream must get the request.
    pub reached: bool,
    /// What stands around the filter in Envoy.
    pub scene: Scene,
    /// The name of the route that matches; `None` is a route without a name.
    pub route: Option<String>,
    /// The name of the route in force in the response phase, where a later filter chose another one.
    pub response_route: Option<String>,
    /// `corsac`/`policy` in the route's metadata.
    pub route_metadata: Option<Metadata>,
    /// `corsac`/`policy` in its virtual host's metadata.
    pub virtual_host_metadata: Option<Metadata>,
    /// The path that the filter sees, where Envoy rewrites the one sent.
    pub seen_path: Option<String>,
    /// The URL that Envoy asks in the first one's place; only in [`Scene::InternalRedirect`].
    pub redirected_to: Option<RedirectedTo>,
    /// The protocols that can carry the request to Envoy; empty for the engine alone.
    pub protocols: Vec<Protocol>,
    /// Why no protocol can; there exactly when `protocols` is empty.
    pub why_not_envoy: Option<String>,
    /// The response code details of the access log; `None` is not judged.
    pub details: Option<String>,
    /// The filter state `corsac`; `Some("")` must not be set, `None` is not judged.
    pub refusal: Option<String>,
    /// What older releases of Envoy make of it: see [`Exchange::in_envoy`].
    pub older: Option<Older>,
}

/// What stands around the filter in Envoy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scene {
    /// The filter, the router, and an upstream.
    Plain,
    /// The route answers by itself (`direct_response`) with the status of `upstream`.
    DirectResponse,
    /// The route redirects with the status of `upstream`.
    Redirect,
    /// No route matches: 404.
    NoRoute,
    /// The route's cluster has no endpoint: 503.
    NoUpstream,
    /// An RBAC filter behind ours denies: 403.
    Rbac,
    /// A local rate limit behind ours is used up: 429.
    LocalRateLimit,
    /// A Lua filter behind ours answers 401.
    #[serde(rename = "lua-401")]
    Lua401,
    /// A Lua filter ahead of ours answers 401: ours never sees the request, nor the answer.
    #[serde(rename = "ahead-401")]
    Ahead401,
    /// The route appends `access-control-allow-origin: *` and `access-control-allow-credentials: true` to every response.
    RouteHeaders,
    /// A `local_reply_config` mapper adds `access-control-allow-origin: *` to every 403 that Envoy itself sends.
    LocalReply,
    /// `normalize_path` and `merge_slashes` are on.
    NormalizePath,
    /// A second filter, with `other_policy`, serves another listener of the same process.
    TwoFilters,
    /// The upstream answers with a redirect, which Envoy follows itself: what comes back is the
    /// second answer.
    InternalRedirect,
    /// WebSocket upgrades are allowed.
    Websocket,
    /// The upstream speaks gRPC over HTTP/2.
    Grpc,
}

impl Scene {
    /// Whether a forwarded request gets to an upstream, rather than being answered by Envoy.
    pub fn has_upstream(self) -> bool {
        matches!(
            self,
            Self::Plain
                | Self::RouteHeaders
                | Self::LocalReply
                | Self::NormalizePath
                | Self::TwoFilters
                | Self::InternalRedirect
                | Self::Websocket
                | Self::Grpc
        )
    }
}

/// A URL that the upstream redirects to, in Envoy's sight.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedirectedTo {
    /// The authority.
    pub host: String,
    /// The path with its query.
    pub path: String,
}

/// How a request travels from the client to Envoy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Protocol {
    /// HTTP/1.1.
    #[serde(rename = "http/1.1")]
    Http1,
    /// HTTP/2 without TLS.
    #[serde(rename = "h2")]
    Http2,
}

/// A value of route metadata.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Metadata {
    /// A string: the name of a policy.
    Text(String),
    /// A number, where a string belongs.
    Number(u32),
}

/// An exchange as a file writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    name: String,
    law: String,
    policy: String,
    other_policy: Option<String>,
    request: String,
    upstream: Option<String>,
    expect: String,
    #[serde(default = "yes")]
    reached: bool,
    #[serde(default = "plain")]
    scene: Scene,
    route: Option<String>,
    response_route: Option<String>,
    route_metadata: Option<Metadata>,
    virtual_host_metadata: Option<Metadata>,
    seen_path: Option<String>,
    redirected_to: Option<RedirectedTo>,
    #[serde(default = "both")]
    protocols: Vec<Protocol>,
    why_not_envoy: Option<String>,
    details: Option<String>,
    refusal: Option<String>,
    older: Option<older::Written>,
}

fn yes() -> bool {
    true
}

fn plain() -> Scene {
    Scene::Plain
}

fn both() -> Vec<Protocol> {
    vec![Protocol::Http1, Protocol::Http2]
}

impl Written {
    /// The exchange with its texts parsed and its policy looked up; an `Err` is a sentence.
    pub(crate) fn read(self, file: &'static str, policies: &BTreeMap<String, String>) -> Result<Exchange, String> {
        self.check()?;
        Ok(Exchange {
            policy: policy(&self.policy, policies)?,
            other_policy: self.other_policy.as_deref().map(|text| policy(text, policies)).transpose()?,
            request: HttpRequest::from_text(&self.request).map_err(|what| format!("request: {what}"))?,
            upstream: HttpResponse::from_text(self.upstream.as_deref().unwrap_or("200"))
                .map_err(|what| format!("upstream: {what}"))?,
            expect: HttpResponse::from_text(&self.expect).map_err(|what| format!("expect: {what}"))?,
            file,
            name: self.name,
            law: self.law,
            reached: self.reached,
            scene: self.scene,
            route: self.route,
            response_route: self.response_route,
            route_metadata: self.route_metadata,
            virtual_host_metadata: self.virtual_host_metadata,
            seen_path: self.seen_path,
            redirected_to: self.redirected_to,
            protocols: self.protocols,
            why_not_envoy: self.why_not_envoy,
            details: self.details,
            refusal: self.refusal,
            older: self.older.map(older::Written::read).transpose()?,
        })
    }

    /// Keys that must, or must not, stand together.
    fn check(&self) -> Result<(), &'static str> {
        if self.reached && !self.scene.has_upstream() {
            return Err("in this scene Envoy answers by itself; write `reached = false`");
        }
        if self.protocols.is_empty() != self.why_not_envoy.is_some() {
            return Err("`protocols = []` and `why_not_envoy` go together");
        }
        if (self.scene == Scene::TwoFilters) != self.other_policy.is_some() {
            return Err("the scene `two-filters` and `other_policy` go together");
        }
        if (self.scene == Scene::InternalRedirect) != self.redirected_to.is_some() {
            return Err("the scene `internal-redirect` and `redirected_to` go together");
        }
        Ok(())
    }
}

/// The JSON text of a policy: itself, or the one of that name in `[policies]`.
fn policy(text: &str, policies: &BTreeMap<String, String>) -> Result<String, String> {
    if text.trim_start().starts_with('{') {
        return Ok(text.to_owned());
    }
    policies.get(text).cloned().ok_or_else(|| format!("there is no policy {text:?} in [policies]"))
}
