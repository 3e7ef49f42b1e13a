//! Policies in the words of other systems, taken through every suggestion: what they say then, in
//! ours.
#![cfg(not(target_family = "wasm"))]

use corsac_policy::{Rejected, Tools, compile, fix};
use corsac_vectors::all;
use serde_json::{Value, json};

fn rejected(document: &str) -> Option<Rejected> {
    compile(document.as_bytes(), &Tools::default()).err()
}

/// The policy that is left after every suggestion.
fn fixed(document: &Value) -> Value {
    let text = fix(&document.to_string(), &Tools::default());
    if let Some(rejected) = rejected(&text) {
        panic!("{document}\n{text}\n{rejected}");
    }
    let mut policy: Value = serde_json::from_str(&text).expect("JSON");
    if policy["maxAge"] == "10m" {
        policy["maxAge"] = 600.into();
    }
    policy
}

#[test]
fn each_systems_policy_says_the_same_in_our_words() {
    let ours = json!({
        "allowOrigins": ["https://app.example", "https://b.example"], "allowMethods": ["GET", "PUT"],
        "allowHeaders": ["content-type", "x-a"], "exposeHeaders": ["x-b"], "allowCredentials": true, "maxAge": 600
    });
    let (origins, methods, headers) = (&ours["allowOrigins"], &ours["allowMethods"], &ours["allowHeaders"]);
    let (origin_text, method_text, header_text) =
        ("https://app.example, https://b.example", "GET, PUT", "content-type, x-a");
    let systems = [
        // ingress-nginx
        json!({
            "nginx.ingress.kubernetes.io/enable-cors": "true", "nginx.ingress.kubernetes.io/cors-allow-origin": origin_text,
            "nginx.ingress.kubernetes.io/cors-allow-methods": method_text, "nginx.ingress.kubernetes.io/cors-allow-headers": header_text,
            "nginx.ingress.kubernetes.io/cors-expose-headers": "x-b", "nginx.ingress.kubernetes.io/cors-allow-credentials": "true",
            "nginx.ingress.kubernetes.io/cors-max-age": "600"
        }),
        // Kong
        json!({ "name": "cors", "config": {
            "origins": origins, "methods": methods, "headers": headers, "exposed_headers": ["x-b"], "credentials": true,
            "max_age": 600, "preflight_continue": false
        } }),
        // Traefik
        json!({ "headers": {
            "accessControlAllowOriginList": origins, "accessControlAllowMethods": methods, "accessControlAllowHeaders": headers,
            "accessControlExposeHeaders": ["x-b"], "accessControlAllowCredentials": true, "accessControlMaxAge": 600,
            "addVaryHeader": true
        } }),
        // APISIX
        json!({
            "allow_origins": "https://app.example,https://b.example", "allow_methods": "GET,PUT", "allow_headers": header_text,
            "expose_headers": "x-b", "allow_credential": true, "max_age": 600
        }),
        // Spring
        json!({ "[/**]": {
            "allowed-origins": origin_text, "allowed-methods": method_text, "allowed-headers": header_text, "exposed-headers": "x-b",
            "allow-credentials": true, "max-age": "PT10M"
        } }),
        // Spring Boot's and Quarkus's properties
        json!({
            "spring.web.cors.allowed-origins": origin_text, "spring.web.cors.allowed-methods": method_text,
            "quarkus.http.cors.headers": header_text, "quarkus.http.cors.exposed-headers": "x-b",
            "quarkus.http.cors.access-control-allow-credentials": true, "quarkus.http.cors.access-control-max-age": "10M"
        }),
        // Tomcat
        json!({
            "cors.allowed.origins": origin_text, "cors.allowed.methods": method_text, "cors.allowed.headers": header_text,
            "cors.exposed.headers": "x-b", "cors.support.credentials": "true", "cors.preflight.maxage": "600"
        }),
        // ASP.NET
        json!({ "Cors": {
            "WithOrigins": origins, "WithMethods": methods, "WithHeaders": headers, "WithExposedHeaders": ["x-b"],
            "AllowCredentials": true, "SetPreflightMaxAge": "10 minutes"
        } }),
        // Express
        json!({
            "origin": origins, "methods": method_text, "allowedHeaders": headers, "exposedHeaders": "x-b", "credentials": true,
            "maxAge": 600, "preflightContinue": false
        }),
        // Flask-CORS
        json!({ "resources": { "/*": {
            "origins": origins, "methods": methods, "allow_headers": headers, "expose_headers": "x-b", "supports_credentials": true,
            "max_age": 600, "vary_header": true, "send_wildcard": false
        } } }),
        // Django
        json!({
            "CORS_ALLOWED_ORIGINS": origins, "CORS_ALLOW_ALL_ORIGINS": false, "CORS_ALLOW_METHODS": methods,
            "CORS_ALLOW_HEADERS": headers, "CORS_EXPOSE_HEADERS": ["x-b"], "CORS_ALLOW_CREDENTIALS": true, "CORS_PREFLIGHT_MAX_AGE": 600
        }),
        // jub0bs/cors
        json!({
            "Origins": origins, "Methods": methods, "RequestHeaders": headers, "ResponseHeaders": ["x-b"], "Credentialed": true,
            "MaxAgeInSeconds": 600
        }),
        // rs/cors, Tyk and KrakenD
        json!({
            "AllowedOrigins": origins, "AllowedMethods": methods, "AllowedHeaders": headers, "ExposedHeaders": ["x-b"],
            "AllowCredentials": true, "MaxAge": 600, "OptionsPassthrough": false, "Enable": true
        }),
        // Google Cloud Storage, S3 and Azure in one
        json!({
            "origin": origins, "method": methods, "AllowedHeaders": headers, "responseHeader": ["x-b"], "supportCredentials": true,
            "maxAgeSeconds": 600
        }),
    ];
    for system in systems {
        assert_eq!(fixed(&system), ours, "{system}");
    }
}

#[test]
fn every_place_that_is_named_is_in_the_document() {
    let vectors = all().unwrap_or_else(|problems| panic!("{problems}"));
    let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
    for (policy, document) in vectors.diagnoses.iter().filter_map(|one| Some((&one.policy, parsed(&one.policy)?))) {
        for found in rejected(policy).map(|rejected| rejected.diagnostics).unwrap_or_default() {
            // What is missing has its place in the object that it is missing from.
            let object = found.pointer.rsplit_once('/').unwrap_or_default().0;
            let place =
                document.pointer(&found.pointer).or_else(|| document.pointer(object).filter(|it| it.is_object()));
            assert!(place.is_some(), "{policy}: {found}");
        }
    }
}

#[test]
fn after_all_suggestions_none_is_left() {
    let vectors = all().unwrap_or_else(|problems| panic!("{problems}"));
    for policy in vectors.diagnoses.iter().map(|one| &one.policy) {
        let once = fix(policy, &Tools::default());
        assert_eq!(fix(&once, &Tools::default()), once, "{policy}");
    }
}
