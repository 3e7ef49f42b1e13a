//! The surroundings of Corsac in a test: the other filters, the route and the connection manager.

use serde_json::{Value, json};

use super::{Action, Listener, Route, UPSTREAM, filter};
use crate::server::Answer;

/// The surroundings of Corsac in a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Surroundings {
    /// Corsac, then the upstream.
    Plain,
    /// The route answers by itself.
    DirectResponse,
    /// The route redirects.
    Redirect,
    /// No route: Envoy answers 404.
    NoRoute,
    /// No endpoint: Envoy answers 503.
    NoUpstream,
    /// An RBAC filter after Corsac answers 403.
    Rbac,
    /// A local rate limit after Corsac answers 429.
    LocalRateLimit,
    /// A Lua filter after Corsac answers.
    LuaAfter,
    /// A Lua filter before Corsac answers, so Corsac never sees the request.
    LuaBefore,
    /// The route appends `access-control-allow-origin: *` and `access-control-allow-credentials:
    /// true` to every response.
    RouteHeaders,
    /// Envoy adds `access-control-allow-origin: *` to each of its own 403 answers.
    LocalReply,
    /// Envoy normalizes paths and merges slashes before any filter runs.
    NormalizePath,
    /// Envoy follows the upstream's redirects itself, one for each request.
    InternalRedirect,
}

impl Surroundings {
    /// Whether Envoy answers the requests that pass Corsac, and not the upstream.
    pub fn answer_themselves(self) -> bool {
        !matches!(
            self,
            Self::Plain | Self::RouteHeaders | Self::LocalReply | Self::NormalizePath | Self::InternalRedirect
        )
    }

    /// A listener with the filter `corsac` in these surroundings. `answer` gives the status of a
    /// direct response or a redirect, and the status and headers of a Lua filter's answer.
    pub fn listener(self, name: impl Into<String>, corsac: Value, answer: &Answer, mut route: Route) -> Listener {
        let status = answer.status;
        match self {
            Self::DirectResponse => {
                let body = json!({ "inline_string": String::from_utf8_lossy(&answer.body) });
                route.action = Action::Other("direct_response", json!({ "status": status, "body": body }));
                route.fields.push(("response_headers_to_add", appended(answer)));
            }
            Self::Redirect => {
                let code = match status {
                    302 => "FOUND",
                    303 => "SEE_OTHER",
                    307 => "TEMPORARY_REDIRECT",
                    308 => "PERMANENT_REDIRECT",
                    _ => "MOVED_PERMANENTLY",
                };
                route.action =
                    Action::Other("redirect", json!({ "path_redirect": "/elsewhere", "response_code": code }));
            }
            Self::InternalRedirect => {
                let policy = json!({ "allow_cross_scheme_redirect": true });
                let action = json!({ "cluster": UPSTREAM, "internal_redirect_policy": policy });
                route.action = Action::Other("route", action);
            }
            Self::NoRoute => route.action = Action::None,
            Self::NoUpstream => route.action = Action::Nowhere,
            Self::RouteHeaders => {
                let cors = Answer::new(200)
                    .header("access-control-allow-origin", "*")
                    .header("access-control-allow-credentials", "true");
                route.fields.push(("response_headers_to_add", appended(&cors)));
            }
            _ => {}
        }
        let listener = Listener::new(name).route(route);
        match self {
            Self::LuaBefore => listener.filter(filter::lua_answer(answer)).filter(corsac),
            Self::LuaAfter => listener.filter(corsac).filter(filter::lua_answer(answer)),
            Self::Rbac => listener.filter(corsac).filter(filter::rbac_deny()),
            Self::LocalRateLimit => listener.filter(corsac).filter(filter::rate_limit_always()),
            Self::LocalReply => listener.filter(corsac).manager("local_reply_config", star_on_403()),
            Self::NormalizePath => {
                listener.filter(corsac).manager("normalize_path", json!(true)).manager("merge_slashes", json!(true))
            }
            _ => listener.filter(corsac),
        }
    }
}

/// The answer's headers, in Envoy's form for appended headers.
fn appended(answer: &Answer) -> Value {
    let header = |(name, value): &(Vec<u8>, Vec<u8>)| {
        // `%` begins a command operator.
        let value = String::from_utf8_lossy(value).replace('%', "%%");
        json!({ "header": { "key": String::from_utf8_lossy(name), "value": value }, "append_action": "APPEND_IF_EXISTS_OR_ADD" })
    };
    answer.headers.0.iter().map(header).collect()
}

fn star_on_403() -> Value {
    let is_403 = json!({ "status_code_filter": { "comparison": {
        "op": "EQ", "value": { "default_value": 403, "runtime_key": "testbed.never_set" },
    } } });
    let cors = Answer::new(403).header("access-control-allow-origin", "*");
    json!({ "mappers": [{ "filter": is_403, "headers_to_add": appended(&cors) }] })
}
