//! A request, the response to it, and the answer that the client must receive.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    HttpRequest, HttpResponse, NativeModule, OlderEnvoy, native_module::NativeModuleToml, older_envoy::OlderEnvoyToml,
};

/// One exchange with the filter, and the exact answer that must reach the client.
#[derive(Debug, Clone)]
pub struct ExchangeVector {
    /// The file that holds the vector, without its folder.
    pub file: &'static str,
    /// A sentence, unique among all vectors.
    pub name: String,
    /// The reason for this answer: a section of the standard or of `docs`.
    pub law: String,
    /// The configuration, as JSON text.
    pub policy: String,
    /// The configuration of the second filter; only in [`Placement::TwoFilters`].
    pub other_policy: Option<String>,
    /// The client's request.
    pub request: HttpRequest,
    /// The upstream's response. In some placements Envoy sends it instead.
    pub upstream: HttpResponse,
    /// The answer to the client: the status, and exactly these of the judged headers.
    pub expect: HttpResponse,
    /// Whether the upstream must get the request.
    pub reached: bool,
    /// The filter's place and surroundings in Envoy.
    pub placement: Placement,
    /// The name of the route that matches; `None` is a route without a name.
    pub route: Option<String>,
    /// The name of the route in the response phase, if a later filter chose another one.
    pub response_route: Option<String>,
    /// `corsac`/`policy` in the route's metadata.
    pub route_metadata: Option<Metadata>,
    /// `corsac`/`policy` in its virtual host's metadata.
    pub virtual_host_metadata: Option<Metadata>,
    /// The path that the filter sees, if Envoy rewrites the client's path.
    pub seen_path: Option<String>,
    /// The URL of the second request; only in [`Placement::InternalRedirect`].
    pub redirected_to: Option<RedirectedTo>,
    /// The protocols that can carry the request to Envoy; empty if only the engine can be asked.
    pub protocols: Vec<Protocol>,
    /// The reason why no protocol can; present exactly if `protocols` is empty.
    pub why_not_envoy: Option<String>,
    /// The response code details of the access log; `None` is not judged.
    pub details: Option<String>,
    /// The filter state `corsac`; `Some("")` means that it must not be set, `None` is not judged.
    pub refusal: Option<String>,
    /// The differences in older releases of Envoy: see [`ExchangeVector::in_envoy`].
    pub older: Option<OlderEnvoy>,
    /// The differences of the native module: see [`ExchangeVector::in_native_module`].
    pub native: Option<NativeModule>,
}

/// The filter's place and surroundings in Envoy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
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
    /// An RBAC filter after ours denies: 403.
    Rbac,
    /// A local rate limit after ours is used up: 429.
    LocalRateLimit,
    /// A Lua filter after ours answers 401.
    #[serde(rename = "lua-401")]
    Lua401,
    /// A Lua filter before ours answers 401. Our filter sees neither the request nor the answer.
    #[serde(rename = "ahead-401")]
    Ahead401,
    /// The route appends `access-control-allow-origin: *` and `access-control-allow-credentials:
    /// true` to every response.
    RouteHeaders,
    /// A `local_reply_config` mapper adds `access-control-allow-origin: *` to each 403 that Envoy
    /// itself sends.
    LocalReply,
    /// `normalize_path` and `merge_slashes` are on.
    NormalizePath,
    /// A second filter, with `other_policy`, serves another listener of the same process.
    TwoFilters,
    /// The upstream answers with a redirect, and Envoy itself follows it. The filter gets the
    /// second response.
    InternalRedirect,
    /// WebSocket upgrades are allowed.
    Websocket,
    /// The upstream speaks gRPC over HTTP/2.
    Grpc,
}

impl Placement {
    /// Whether a forwarded request reaches an upstream. If not, Envoy answers it.
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

/// A URL that the upstream redirects to, as Envoy sees it.
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
    /// A number in place of the string.
    Number(u32),
}

/// An exchange in the form of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExchangeToml {
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
    #[serde(rename = "scene")]
    placement: Placement,
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
    older: Option<OlderEnvoyToml>,
    native: Option<NativeModuleToml>,
}

fn yes() -> bool {
    true
}

fn plain() -> Placement {
    Placement::Plain
}

fn both() -> Vec<Protocol> {
    vec![Protocol::Http1, Protocol::Http2]
}

impl ExchangeToml {
    /// The exchange with its texts parsed and its policy looked up. The `Err` is a sentence.
    pub(crate) fn read(
        self,
        file: &'static str,
        policies: &BTreeMap<String, String>,
    ) -> Result<ExchangeVector, String> {
        self.check()?;
        Ok(ExchangeVector {
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
            placement: self.placement,
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
            older: self.older.map(OlderEnvoyToml::read).transpose()?,
            native: self.native.map(NativeModuleToml::read).transpose()?,
        })
    }

    /// Checks which keys need each other and which exclude each other.
    fn check(&self) -> Result<(), &'static str> {
        if self.reached && !self.placement.has_upstream() {
            return Err("in this scene Envoy itself answers; write `reached = false`");
        }
        if self.protocols.is_empty() != self.why_not_envoy.is_some() {
            return Err("`protocols = []` and `why_not_envoy` need each other");
        }
        if (self.placement == Placement::TwoFilters) != self.other_policy.is_some() {
            return Err("the scene `two-filters` and `other_policy` need each other");
        }
        if (self.placement == Placement::InternalRedirect) != self.redirected_to.is_some() {
            return Err("the scene `internal-redirect` and `redirected_to` need each other");
        }
        Ok(())
    }
}

/// The JSON text of a policy: the text itself, or the policy of that name in `[policies]`.
fn policy(text: &str, policies: &BTreeMap<String, String>) -> Result<String, String> {
    if text.trim_start().starts_with('{') {
        return Ok(text.to_owned());
    }
    policies.get(text).cloned().ok_or_else(|| format!("there is no policy {text:?} in [policies]"))
}
