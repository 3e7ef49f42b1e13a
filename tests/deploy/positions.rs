//! The files of the meshes in Envoy: every plugin in the chain of its control plane, with and
//! without a CUSTOM authorizer, over both protocols. The tests check whole answers, and whether the
//! API got the request.

use corsac_testbed::{
    client::{Protocol, Request},
    config::{Action, Bootstrap, Listener, Route},
    envoy::{Binary, Envoy},
    upstream::Upstream,
};
use serde_json::{Value, json};

use crate::{
    answers::{ORIGIN, text, whole},
    chain,
    mesh::{Built, ChainPosition, Plugin, plugins},
};

/// The filter that answers a request, and whether its answer has Corsac's headers.
#[derive(Clone, Copy)]
enum AnsweredBy {
    Corsac,
    Authorizer { cors: bool },
    Jwt { cors: bool },
    Rbac { cors: bool },
    Api,
}

/// Who answers in a chain without and with a CUSTOM authorizer: a preflight, a GET without
/// credentials, one that RBAC denies, and one that is allowed.
fn expected(position: &ChainPosition) -> [[AnsweredBy; 4]; 2] {
    let without =
        [AnsweredBy::Corsac, AnsweredBy::Jwt { cors: true }, AnsweredBy::Rbac { cors: true }, AnsweredBy::Api];
    match position {
        // The page can read every refusal.
        ChainPosition::First => [
            without,
            [
                AnsweredBy::Corsac,
                AnsweredBy::Authorizer { cors: true },
                AnsweredBy::Rbac { cors: true },
                AnsweredBy::Api,
            ],
        ],
        // A CUSTOM authorizer stays before Corsac. It refuses the preflight, and its 403 has no
        // CORS headers.
        ChainPosition::BeforeAuthentication => {
            let bare = AnsweredBy::Authorizer { cors: false };
            [without, [bare, bare, AnsweredBy::Rbac { cors: true }, AnsweredBy::Api]]
        }
        // The default order of Envoy Gateway: after all authentication.
        ChainPosition::OnRoutes { order } if order.is_empty() => {
            let (jwt, authorizer) = (AnsweredBy::Jwt { cors: false }, AnsweredBy::Authorizer { cors: false });
            [
                [jwt, jwt, AnsweredBy::Rbac { cors: true }, AnsweredBy::Api],
                [authorizer, authorizer, AnsweredBy::Rbac { cors: true }, AnsweredBy::Api],
            ]
        }
        ChainPosition::OnRoutes { .. } => expected(&ChainPosition::First),
    }
}

fn requests() -> [Request; 4] {
    let from = |method: &str, path: &str| Request::new(method, path).header("origin", ORIGIN);
    let token = format!("Bearer {}", chain::token());
    [
        Request::preflight("/orders", ORIGIN, "PUT").header("access-control-request-headers", "authorization"),
        from("GET", "/orders"),
        from("GET", "/admin").header("authorization", &token),
        from("GET", "/orders").header("authorization", &token),
    ]
}

#[test]
fn every_plugin_answers_from_its_position_in_the_chain() {
    let plugins = enforcing();
    assert_eq!(plugins.len(), 8);
    let chains = PluginChains::of(&plugins, [false, true], &Action::Upstream);
    for plugin in &plugins {
        let expected = expected(&plugin.position);
        for (custom, row) in [false, true].into_iter().zip(expected) {
            chains.check(plugin, custom, row);
        }
    }
}

#[test]
fn envoy_gateway_without_a_filter_order_requires_credentials_before_corsac_sees_a_preflight() {
    let mut plugins: Vec<Plugin> =
        enforcing().into_iter().filter(|plugin| matches!(plugin.position, ChainPosition::OnRoutes { .. })).collect();
    for plugin in &mut plugins {
        plugin.position = ChainPosition::OnRoutes { order: Vec::new() };
    }
    let chains = PluginChains::of(&plugins, [false, true], &Action::Upstream);
    for (custom, row) in [false, true].into_iter().zip(expected(&plugins[0].position)) {
        chains.check(&plugins[0], custom, row);
    }
}

#[test]
fn without_a_route_istio_s_404_has_cors_headers_and_envoy_gateway_s_has_none() {
    let plugins = enforcing();
    let chains = PluginChains::of(&plugins, [false], &Action::None);
    let request =
        Request::new("GET", "/").header("origin", ORIGIN).header("authorization", format!("Bearer {}", chain::token()));
    for plugin in &plugins {
        let cors = if matches!(plugin.position, ChainPosition::OnRoutes { .. }) { "" } else { CORS };
        assert_eq!(chains.send(plugin, false, Protocol::Http1, &request), text(404, cors, ""), "{}", plugin.source);
    }
}

#[test]
fn the_sidecars_rules_give_a_path_another_policy_or_none() {
    let plugins: Vec<Plugin> =
        plugins().into_iter().filter(|plugin| plugin.source == "envoy/istio/sidecar/wasmplugin.yaml").collect();
    let chains = PluginChains::of(&plugins, [false], &Action::Upstream);
    chains.upstream.script_by("sidecar", chain::answer);
    let ask = |path: &str| {
        let request = Request::new("GET", path).header("origin", "https://stranger.example");
        let token = format!("Bearer {}", chain::token());
        chains.send(&plugins[0], false, Protocol::Http1, &request.header("authorization", token).id("sidecar"))
    };
    let with = |headers: &str| text(200, &format!("content-length: 9\n{headers}"), "The API.\n");
    // The API sends a `*`: the policy for orders removes it, the public one sets the same, and
    // without a policy it stays.
    assert_eq!(ask("/orders"), with("vary: origin"));
    assert_eq!(ask("/status"), with("access-control-allow-origin: *"));
    assert_eq!(ask("/healthz"), with("access-control-allow-origin: *"));
}

const TEAMS: &str = "envoy/overlays/istio-teams/wasmplugin.yaml";

#[test]
fn each_team_decides_at_its_own_hosts_and_paths() {
    let plugins: Vec<Plugin> = plugins().into_iter().filter(|plugin| plugin.source == TEAMS).collect();
    let chains = PluginChains::of(&plugins, [false], &Action::Upstream);
    let ask = |host: &str, path: &str, page: &str| {
        let request = Request::preflight(path, page, "PUT").host(host);
        chains.send(&plugins[0], false, Protocol::Http1, &request)
    };
    let (shop, blog) = ("https://shop.example.com", "https://blog.example.com");
    for (host, path, page, is_allowed) in [
        ("shop.example.com", "/cart", shop, true),
        ("shop.example.com", "/cart", blog, false),
        ("api.example.com", "/shop/cart", shop, true),
        ("api.example.com", "/shop/cart", blog, false),
        ("api.example.com", "/shop/catalogue/1", blog, true),
        ("api.example.com", "/blog/1", blog, true),
        ("api.example.com", "/blog/1", shop, false),
        ("comments.blog.example.com", "/", blog, true),
        // Some servers read the one team's path as the other's.
        ("api.example.com", "/blog/..%2fshop/cart", shop, false),
        ("api.example.com", "/blog/..%2fshop/cart", blog, false),
    ] {
        let answer = ask(host, path, page);
        assert!(answer.starts_with(if is_allowed { "204" } else { "403" }), "{host}{path} from {page}: {answer}");
    }
}

/// The plugins whose policy is enforced, at every host.
fn enforcing() -> Vec<Plugin> {
    let is_enforced = |plugin: &Plugin| !plugin.policy.contains("reportOnly") && plugin.source != TEAMS;
    plugins().into_iter().filter(is_enforced).collect()
}

const CORS: &str = "access-control-allow-origin: https://app.example.com
    access-control-allow-credentials: true
    access-control-expose-headers: x-request-id
    vary: origin";

impl AnsweredBy {
    fn answer(self) -> String {
        let with = |status: u16, headers: &str, body: &str, cors: bool| {
            text(status, &format!("{headers}\n{}", if cors { CORS } else { "" }), body)
        };
        match self {
            Self::Corsac => text(
                204,
                "access-control-allow-origin: https://app.example.com
                 access-control-allow-credentials: true
                 access-control-allow-methods: GET, PUT, DELETE
                 access-control-allow-headers: authorization, content-type
                 access-control-expose-headers: x-request-id
                 access-control-max-age: 600
                 vary: origin, access-control-request-method, access-control-request-headers",
                "",
            ),
            Self::Authorizer { cors } => {
                with(403, "content-length: 16\n content-type: text/plain", "No credentials.\n", cors)
            }
            Self::Jwt { cors } => with(
                401,
                "content-length: 14
                 content-type: text/plain
                 www-authenticate: Bearer realm=\"http://api.test/orders\"",
                "Jwt is missing",
                cors,
            ),
            Self::Rbac { cors } => {
                with(403, "content-length: 19\n content-type: text/plain", "RBAC: access denied", cors)
            }
            Self::Api => with(200, "content-length: 9", "The API.\n", true),
        }
    }
}

/// One Envoy with a listener for the chain of every plugin. The authorizer and the API share an
/// upstream.
struct PluginChains {
    envoy: Envoy,
    upstream: Upstream,
}

impl PluginChains {
    fn of<const N: usize>(plugins: &[Plugin], customs: [bool; N], action: &Action) -> Self {
        let upstream = Upstream::start().unwrap();
        let built = Built::find();
        let mut bootstrap = Bootstrap::new(upstream.address());
        for plugin in plugins {
            if let Some(resource) = plugin.discovered(&built) {
                bootstrap = bootstrap.discovering(resource);
            }
            for custom in customs {
                let chain = plugin.position.insert(plugin.filter(&built), chain::filters(custom));
                let listener = Listener::new(name(plugin, custom)).route(route(plugin, action));
                bootstrap = bootstrap.listener(chain.into_iter().fold(listener, Listener::filter));
            }
        }
        let binary = Binary::find().unwrap_or_else(|error| panic!("{error}"));
        let envoy = binary.start(&bootstrap).unwrap_or_else(|error| panic!("{error}"));
        Self { envoy, upstream }
    }

    fn check(&self, plugin: &Plugin, custom: bool, row: [AnsweredBy; 4]) {
        for protocol in Protocol::ALL {
            for (number, (request, by)) in requests().into_iter().zip(row).enumerate() {
                let what = format!("{} (custom authorizer: {custom}), request {number} over {protocol}", plugin.source);
                let id = format!("{}-{protocol}-{number}", name(plugin, custom));
                self.upstream.script_by(&id, chain::answer);
                assert_eq!(self.send(plugin, custom, protocol, &request.id(&id)), by.answer(), "{what}");
                let reached =
                    self.upstream.received(&id).iter().filter(|received| chain::is_the_apis(received)).count();
                assert_eq!(
                    reached,
                    usize::from(matches!(by, AnsweredBy::Api)),
                    "{what}: requests that reached the API"
                );
            }
        }
    }

    fn send(&self, plugin: &Plugin, custom: bool, protocol: Protocol, request: &Request) -> String {
        let address = self.envoy.address(&name(plugin, custom)).unwrap();
        whole(&protocol.send(address, request).unwrap_or_else(|failure| panic!("{}: {failure}", plugin.source)))
    }
}

/// Routes enable the filters of Envoy Gateway.
fn route(plugin: &Plugin, action: &Action) -> Route {
    let on = json!({ plugin.name.clone(): { "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "config": {} } });
    let fields: Vec<(&'static str, Value)> = match plugin.position {
        ChainPosition::OnRoutes { .. } => vec![("typed_per_filter_config", on)],
        _ => Vec::new(),
    };
    Route { action: action.clone(), fields, ..Route::default() }
}

fn name(plugin: &Plugin, custom: bool) -> String {
    format!("{} {custom}", plugin.source)
}
