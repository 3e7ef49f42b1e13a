//! The listeners that the test vectors need: one for each different policy and surroundings.

use std::{collections::HashMap, path::PathBuf};

use corsac_vectors::{ExchangeVector, HttpResponse, Metadata, Placement};
use serde_json::{Value, json};

use crate::{
    config::{self, Configuration, Listener, Route, filter},
    upstream::Answer,
};

/// The listeners that the vectors need.
pub struct VectorListeners {
    /// Those that were requested so far.
    pub listeners: Vec<Listener>,
    names: HashMap<String, String>,
    module: PathBuf,
    fields: Vec<(&'static str, Value)>,
}

impl VectorListeners {
    /// No listeners yet. They will run `module`, and their routes will have these further fields.
    pub fn new(module: PathBuf, fields: Vec<(&'static str, Value)>) -> Self {
        Self { listeners: Vec::new(), names: HashMap::new(), module, fields }
    }

    /// The name of a vector's listener. Vectors that differ only in request and answer share one.
    pub fn listener(&mut self, vector: &ExchangeVector) -> String {
        let surroundings = surroundings(vector.placement);
        let answer = surroundings.answer_themselves().then_some(&vector.upstream);
        let route = Route {
            name: vector.route.clone().unwrap_or_default(),
            rerouted: vector.response_route.clone(),
            metadata: vector.route_metadata.as_ref().map(metadata),
            virtual_host_metadata: vector.virtual_host_metadata.as_ref().map(metadata),
            fields: self.fields.clone(),
            ..Route::default()
        };
        let key = format!("{surroundings:?} {} {answer:?} {route:?}", vector.policy);
        if let Some(other) = &vector.other_policy {
            let corsac = filter::corsac(&self.module, &Configuration::Text(other.clone()));
            self.listeners.push(Listener::new(format!("other-{}", self.listeners.len())).filter(corsac));
        }
        if let Some(name) = self.names.get(&key) {
            return name.clone();
        }
        let name = format!("{surroundings:?}-{}", self.listeners.len());
        let corsac = filter::corsac(&self.module, &Configuration::Text(vector.policy.clone()));
        self.listeners.push(surroundings.listener(&name, corsac, &scripted(&vector.upstream), route));
        self.names.insert(key, name.clone());
        name
    }
}

fn metadata(policy: &Metadata) -> Value {
    match policy {
        Metadata::Text(text) => json!({ "corsac": { "policy": text } }),
        Metadata::Number(number) => json!({ "corsac": { "policy": number } }),
    }
}

/// A vector's upstream response, as a script for the upstream.
pub fn scripted(response: &HttpResponse) -> Answer {
    response.headers.iter().fold(Answer::new(response.status), |answer, (name, value)| answer.header(name, value))
}

fn surroundings(placement: Placement) -> config::Surroundings {
    use config::Surroundings as Around;
    match placement {
        // These differ in the request, or in the other listeners of the process, not in the
        // surroundings of Corsac.
        Placement::Plain | Placement::TwoFilters | Placement::Websocket | Placement::Grpc => Around::Plain,
        Placement::DirectResponse => Around::DirectResponse,
        Placement::Redirect => Around::Redirect,
        Placement::NoRoute => Around::NoRoute,
        Placement::NoUpstream => Around::NoUpstream,
        Placement::Rbac => Around::Rbac,
        Placement::LocalRateLimit => Around::LocalRateLimit,
        Placement::Lua401 => Around::LuaAfter,
        Placement::Ahead401 => Around::LuaBefore,
        Placement::RouteHeaders => Around::RouteHeaders,
        Placement::LocalReply => Around::LocalReply,
        Placement::NormalizePath => Around::NormalizePath,
        Placement::InternalRedirect => Around::InternalRedirect,
    }
}
