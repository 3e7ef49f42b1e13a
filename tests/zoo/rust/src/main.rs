//! One framework with one configuration: corsac-zoo FRAMEWORK PORT CONFIGURATION.

use actix_cors::Cors;
use actix_web::{App, HttpServer};
use axum::http::{HeaderName, HeaderValue, Method, header};
use serde::Deserialize;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};

/// What all of them can be told.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    origins: Origins,
    #[serde(default)]
    credentials: bool,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Origins {
    /// `*`, where the framework says so.
    Any,
    /// Whoever asks.
    Mirrored,
    List(Vec<String>),
    /// Every origin that begins with this text.
    Prefix(String),
}

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("three arguments");
    let (framework, port, file) = (next()?, next()?.parse::<u16>()?, next()?);
    let configuration: Configuration = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    match framework.as_str() {
        "actix" => actix(port, configuration),
        "tower-http" => tower_http(port, &configuration),
        _ => Err("no such framework".into()),
    }
}

fn tower_http(port: u16, configuration: &Configuration) -> Result<(), Failure> {
    let origins = match &configuration.origins {
        Origins::Any => AllowOrigin::any(),
        Origins::Mirrored => AllowOrigin::mirror_request(),
        Origins::List(origins) => AllowOrigin::list(
            origins.iter().map(|origin| HeaderValue::from_str(origin)).collect::<Result<Vec<_>, _>>()?,
        ),
        Origins::Prefix(prefix) => {
            let prefix = prefix.clone();
            AllowOrigin::predicate(move |origin, _| origin.as_bytes().starts_with(prefix.as_bytes()))
        }
    };
    let headers: [HeaderName; 2] = [header::AUTHORIZATION, header::CONTENT_TYPE];
    let cors = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods(AllowMethods::list([Method::GET, Method::PUT]))
        .allow_headers(AllowHeaders::list(headers))
        .allow_credentials(configuration.credentials);
    let items = axum::routing::get(async || "{}").put(async || "{}");
    let router = axum::Router::new().route("/items", items).layer(cors);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        Ok(axum::serve(listener, router).await?)
    })
}

fn actix(port: u16, configuration: Configuration) -> Result<(), Failure> {
    let server = HttpServer::new(move || {
        let items = actix_web::web::resource("/items")
            .route(actix_web::web::get().to(async || "{}"))
            .route(actix_web::web::put().to(async || "{}"));
        App::new().wrap(actix_cors(&configuration)).service(items)
    });
    actix_web::rt::System::new().block_on(server.workers(1).bind(("127.0.0.1", port))?.run())?;
    Ok(())
}

fn actix_cors(configuration: &Configuration) -> Cors {
    let cors = match &configuration.origins {
        Origins::Any => Cors::default().allow_any_origin().send_wildcard(),
        Origins::Mirrored => Cors::default().allow_any_origin(),
        Origins::List(origins) => origins.iter().fold(Cors::default(), |cors, origin| cors.allowed_origin(origin)),
        Origins::Prefix(prefix) => {
            let prefix = prefix.clone();
            Cors::default().allowed_origin_fn(move |origin, _| origin.as_bytes().starts_with(prefix.as_bytes()))
        }
    };
    let cors = cors.allowed_methods(["GET", "PUT"]).allowed_headers(["authorization", "content-type"]);
    if configuration.credentials { cors.supports_credentials() } else { cors }
}
