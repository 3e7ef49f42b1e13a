//! The listeners that the test vectors need: one for each different policy and surroundings.

use std::{collections::HashMap, path::PathBuf};

use corsac_vectors::{Exchange, HttpResponse, Metadata, Scene};
use serde_json::{Value, json};

use crate::{
    config::{self, Configuration, Listener, Route, filter},
    upstream::Answer,
};

/// The listeners that the vectors need.
pub struct Stage {
    /// All that were asked for so far.
    pub listeners: Vec<Listener>,
    names: HashMap<String, String>,
    module: PathBuf,
    fields: Vec<(&'static str, Value)>,
}

impl Stage {
    /// No listeners yet; theirs will be that module, and further fields of their routes.
    pub fn new(module: PathBuf, fields: Vec<(&'static str, Value)>) -> Self {
        Self { listeners: Vec::new(), names: HashMap::new(), module, fields }
    }

    /// The name of the listener for a vector; vectors that differ in request and answer only share one.
    pub fn listener(&mut self, vector: &Exchange) -> String {
        let scene = scene(vector.scene);
        let answer = scene.answers_itself().then_some(&vector.upstream);
        let route = Route {
            name: vector.route.clone().unwrap_or_default(),
            rerouted: vector.response_route.clone(),
            metadata: vector.route_metadata.as_ref().map(metadata),
            virtual_host_metadata: vector.virtual_host_metadata.as_ref().map(metadata),
            fields: self.fields.clone(),
            ..Route::default()
        };
        let key = format!("{scene:?} {} {answer:?} {route:?}", vector.policy);
        if let Some(other) = &vector.other_policy {
            let corsac = filter::corsac(&self.module, &Configuration::Text(other.clone()));
            self.listeners.push(Listener::new(format!("other-{}", self.listeners.len())).filter(corsac));
        }
        if let Some(name) = self.names.get(&key) {
            return name.clone();
        }
        let name = format!("{:?}-{}", vector.scene, self.listeners.len());
        let corsac = filter::corsac(&self.module, &Configuration::Text(vector.policy.clone()));
        self.listeners.push(scene.listener(&name, corsac, &scripted(&vector.upstream), route));
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

/// What the upstream is to answer.
pub fn scripted(response: &HttpResponse) -> Answer {
    response.headers.iter().fold(Answer::new(response.status), |answer, (name, value)| answer.header(name, value))
}

/// The scene of the testbed that a vector's scene is.
fn scene(scene: Scene) -> config::Scene {
    use config::Scene as Around;
    match scene {
        // These differ in the request, or in what else the process serves, not in what is around Corsac.
        Scene::Plain | Scene::TwoFilters | Scene::Websocket | Scene::Grpc => Around::Plain,
        Scene::DirectResponse => Around::DirectResponse,
        Scene::Redirect => Around::Redirect,
        Scene::NoRoute => Around::NoRoute,
        Scene::NoUpstream => Around::NoUpstream,
        Scene::Rbac => Around::Rbac,
        Scene::LocalRateLimit => Around::LocalRateLimit,
        Scene::Lua401 => Around::LuaBehind,
        Scene::Ahead401 => Around::LuaAhead,
        Scene::RouteHeaders => Around::RouteHeaders,
        Scene::LocalReply => Around::LocalReply,
        Scene::NormalizePath => Around::NormalizePath,
        Scene::InternalRedirect => Around::InternalRedirect,
    }
}
