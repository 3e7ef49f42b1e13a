//! What the page gets for what is typed into it. The same tests run natively and as Wasm in Node.

use serde_json::{Value as Json, json};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SHOP: &str = r#"{
  "allowOrigins": ["https://app.example.com", "https://*.partner.example"],
  "allowMethods": ["GET", "PUT"],
  "allowHeaders": ["content-type"],
  "allowCredentials": true
}"#;

fn json(text: &str) -> Json {
    serde_json::from_str(text).expect("JSON")
}

fn form(page: &str, method: &str) -> Json {
    json!({
        "page": page, "url": "https://api.example.com/orders", "method": method,
        "headers": "content-type: application/json", "credentials": "include",
    })
}

fn explain(policy: &str, form: &Json) -> Json {
    json(&corsac_playground::explain(&json!({ "policy": policy, "form": form }).to_string()))
}

fn states(answer: &Json) -> Vec<&str> {
    answer["flow"].as_array().expect("seven steps").iter().filter_map(|step| step["state"].as_str()).collect()
}

/// The text that a diagnostic is about.
fn marked(text: &str, diagnostic: &Json) -> String {
    let units: Vec<u16> = text.encode_utf16().collect();
    let offset = |end: &str| usize::try_from(diagnostic[end].as_u64().expect("an offset")).expect("small");
    String::from_utf16(units.get(offset("from")..offset("to")).expect("inside")).expect("whole characters")
}

#[test]
fn a_diagnostic_marks_its_text_and_brings_the_page_of_its_code() {
    let text =
        "{ \"allowOrigins\": [\"https://bücher.example\", \"https://🦊.example/\", \"https://App.example.com\"] }";
    let answer = json(&corsac_playground::check(text));
    let diagnostics = answer["diagnostics"].as_array().expect("diagnostics");
    let all: Vec<String> = diagnostics.iter().map(|diagnostic| marked(text, diagnostic)).collect();
    assert_eq!(all, ["\"https://bücher.example\"", "\"https://🦊.example/\"", "\"https://App.example.com\""]);
    assert_eq!(diagnostics[2]["suggestion"], "\"https://app.example.com\"");
    let titles: Vec<&str> = diagnostics[2]["page"]["parts"]
        .as_array()
        .expect("parts")
        .iter()
        .filter_map(|part| part["title"].as_str())
        .collect();
    assert_eq!(titles, ["Why", "Write", "Standard"]);
}

#[test]
fn a_sound_policy_has_no_diagnostics_and_an_empty_text_has_a_problem() {
    assert_eq!(
        json(&corsac_playground::check(SHOP)),
        json!({ "problem": null, "documents": ["document 1"], "diagnostics": [] })
    );
    assert_eq!(json(&corsac_playground::check(" \n"))["problem"], "There is no policy yet.");
}

#[test]
fn a_policy_in_a_manifest_is_checked_at_its_place() {
    let text = "kind: WasmPlugin\nmetadata: { name: corsac }\nspec:\n  pluginConfig:\n    allowOrigins:\n    - https://App.example.com\n";
    let answer = json(&corsac_playground::check(text));
    assert_eq!(answer["documents"], json!(["WasmPlugin corsac"]));
    assert_eq!(marked(text, &answer["diagnostics"][0]), "https://App.example.com");
}

#[test]
fn one_suggestion_is_carried_out_or_all_of_them() {
    let text = r#"{ "allow_origins": ["https://App.example.com"], "maxAge": "1 hour" }"#;
    let first = json(&corsac_playground::fix(text, Some(0)));
    let all = json(&corsac_playground::fix(text, None));
    let all = all.as_str().expect("a text");
    assert_ne!(first.as_str(), Some(all));
    assert!(json(&corsac_playground::check(all))["diagnostics"].as_array().is_some_and(Vec::is_empty), "{all}");
    assert_eq!(json(&corsac_playground::fix(SHOP, None)), Json::Null);
    assert_eq!(json(&corsac_playground::fix(text, Some(99))), Json::Null);
}

#[test]
fn suggestions_are_written_into_yaml() {
    let text = "allowOrigins:\n- https://App.example.com # ours\n- https://b.example/\n";
    let fixed = json(&corsac_playground::fix(text, Some(0)));
    assert_eq!(fixed, "allowOrigins:\n- \"https://app.example.com\" # ours\n- https://b.example/\n");
}

#[test]
fn a_listed_origin_goes_through_all_seven_steps() {
    let answer = explain(SHOP, &form("https://shop.partner.example", "PUT"));
    assert_eq!(answer["explanation"]["verdict"], "allowed");
    assert_eq!(answer["explanation"]["entry"]["entry"], "\"https://*.partner.example\"");
    assert_eq!(states(&answer), ["done"; 7]);
    assert_eq!(answer["flow"][2]["from"], "corsac");
    assert_eq!(answer["flow"][5]["from"], "upstream");
    assert_eq!(answer["flow"][4]["headers"], json!([{ "name": "origin", "value": "https://shop.partner.example" }]));
}

#[test]
fn a_refused_preflight_ends_the_exchange_at_the_comparison() {
    let answer = explain(SHOP, &form("https://partner.example", "PUT"));
    let explanation = &answer["explanation"];
    assert_eq!(explanation["reason"], "origin-not-listed");
    assert_eq!(explanation["nearest"]["differs"], json!(["apex"]));
    assert_eq!(states(&answer), ["done", "done", "done", "failed", "not-reached", "not-reached", "failed"]);
    assert_eq!(
        explanation["console"],
        "Access to fetch at 'https://api.example.com/orders' from origin 'https://partner.example' has been blocked by \
         CORS policy: Response to preflight request doesn't pass access control check: No 'Access-Control-Allow-Origin' \
         header is present on the requested resource."
    );
}

#[test]
fn a_simple_request_needs_no_preflight_and_fails_at_the_end() {
    let mut form = form("https://partner.example", "GET");
    form["headers"] = json!("");
    let answer = explain(SHOP, &form);
    assert_eq!(states(&answer), ["done", "skipped", "skipped", "skipped", "done", "done", "failed"]);
}

#[test]
fn a_page_may_be_given_by_its_url() {
    let answer = explain(SHOP, &form("https://app.example.com:443/cart?x=1", "PUT"));
    assert_eq!(answer["explanation"]["origin"], "https://app.example.com");
    assert_eq!(answer["explanation"]["verdict"], "allowed");
    let answer = explain(SHOP, &form("app.example.com", "PUT"));
    assert_eq!(answer["explanation"]["reason"], "malformed-origin");
}

#[test]
fn a_policy_with_errors_or_a_bad_form_gives_a_sentence() {
    let page = form("https://app.example.com", "PUT");
    assert_eq!(
        explain(r#"{ "allowOrigins": ["nonsense"] }"#, &page)["problem"],
        "The policy has an error. Envoy would not load it."
    );
    let mut odd = page.clone();
    odd["credentials"] = json!("always");
    assert_eq!(explain(SHOP, &odd)["problem"], "\"always\" is not a credentials mode.");
    odd = page.clone();
    odd["upstreamStatus"] = json!(99);
    assert_eq!(explain(SHOP, &odd)["problem"], "The upstream's status is 200 to 599, not 99.");
    odd = page;
    odd["url"] = json!("/orders");
    assert_eq!(explain(SHOP, &odd)["problem"], "\"/orders\" is not an absolute URL.");
}

#[test]
fn the_form_is_filled_from_what_people_have() {
    let page = "https://app.example.com";
    let curl = json(&corsac_playground::paste(
        "curl -X PUT https://api.example.com/orders -H 'Origin: https://x.example' -H 'X-A: 1'",
        page,
    ));
    assert_eq!(curl["kind"], "curl command");
    assert_eq!((&curl["form"]["page"], &curl["form"]["headers"]), (&json!("https://x.example"), &json!("x-a: 1")));
    let message = "Access to fetch at 'https://api.example.com/orders' from origin 'https://y.example' has been blocked by CORS policy: \
        Method PATCH is not allowed by Access-Control-Allow-Methods in preflight response.";
    let message = json(&corsac_playground::paste(message, page));
    assert_eq!((&message["kind"], &message["form"]["method"]), (&json!("console message"), &json!("PATCH")));
    let har = json!({ "log": { "entries": [{
        "request": { "method": "GET", "url": "https://api.example.com/", "headers": [{ "name": "Origin", "value": "https://z.example" }] },
        "response": { "status": 500, "headers": [{ "name": "X-B", "value": "2" }] },
    }] } });
    let har = json(&corsac_playground::paste(&har.to_string(), page));
    assert_eq!((&har["kind"], &har["form"]["page"]), (&json!("HAR file"), &json!("https://z.example")));
    assert_eq!((&har["form"]["upstreamStatus"], &har["form"]["upstreamHeaders"]), (&json!(500), &json!("x-b: 2")));
    let firefox = "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at \
        https://api.example.com/. (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 200.";
    assert_eq!(json(&corsac_playground::paste(firefox, page))["form"]["page"], page);
    assert!(json(&corsac_playground::paste("hello", page))["problem"].is_string());
}

#[test]
fn a_form_that_was_filled_can_be_asked() {
    let pasted =
        json(&corsac_playground::paste("curl https://api.example.com/ -H 'Origin: https://app.example.com'", ""));
    assert_eq!(explain(SHOP, &pasted["form"])["explanation"]["verdict"], "allowed");
}

#[test]
fn two_policies_are_compared_with_witnesses() {
    let wider = SHOP.replace("https://app.example.com", "https://*.example.com");
    let answer = json(&corsac_playground::diff(SHOP, &wider));
    assert_eq!(answer["widening"], true);
    assert_eq!(answer["changes"][0]["gained"][0]["value"], "https://*.example.com");
    assert!(answer["changes"][0]["gained"][0]["witness"].as_str().is_some_and(|it| it.ends_with(".example.com")));
    assert_eq!(
        json(&corsac_playground::diff(SHOP, "{}"))["problem"],
        "The policy to come: The policy has an error. Envoy would not load it."
    );
}

#[test]
fn a_policy_is_imported_and_rendered() {
    let ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n  annotations:\n    \
        nginx.ingress.kubernetes.io/enable-cors: \"true\"\n    nginx.ingress.kubernetes.io/cors-allow-origin: https://app.example.com\n\
        spec: { rules: [{ host: api.example.com, http: { paths: [{ path: /, pathType: Prefix }] } }] }\n";
    let imported = json(&corsac_playground::import("", ingress));
    assert_eq!(imported["from"], "ingress-nginx", "{imported}");
    let policy = imported["policy"].as_str().expect("a policy");
    let targets = json(&corsac_playground::choices())["targets"].clone();
    for target in targets.as_array().expect("targets").iter().filter_map(Json::as_str) {
        let rendered = json(&corsac_playground::render(policy, 0, target));
        let manifest = rendered["manifest"].as_str().unwrap_or_else(|| panic!("{rendered}"));
        assert!(manifest.contains("https://app.example.com"), "{manifest}");
        let checked = json(&corsac_playground::check(manifest));
        let diagnostics = checked["diagnostics"].as_array().expect("a list");
        assert!(diagnostics.iter().all(|diagnostic| diagnostic["severity"] == "warning"), "{checked}");
    }
    assert!(json(&corsac_playground::import("kong", "nothing"))["problem"].is_string());
    assert!(json(&corsac_playground::render(SHOP, 1, "istio"))["problem"].is_string());
}

fn labels(answer: &Json) -> Vec<&Json> {
    answer.as_array().expect("a list").iter().map(|item| &item["label"]).collect()
}

#[test]
fn completion_knows_the_fields_and_words_of_each_place() {
    let top = json(&corsac_playground::complete("[]", "key"));
    assert_eq!(labels(&top)[..2], [&json!("allowOrigins"), &json!("allowMethods")]);
    assert!(labels(&top).contains(&&json!("policies")));
    assert_eq!(top[0]["kind"], "list");
    let words = json(&corsac_playground::complete(r#"["policies", "a", "upstreamHeaders"]"#, "value"));
    assert_eq!(labels(&words), [&json!("replace"), &json!("preserve")]);
    let rule = json(&corsac_playground::complete(r#"["rules", 0]"#, "key"));
    assert_eq!(labels(&rule).len(), 4);
    let in_a_manifest = json(&corsac_playground::complete(r#"["spec", "pluginConfig", "allowCredentials"]"#, "value"));
    assert_eq!(labels(&in_a_manifest), [true, false]);
    let methods = json(&corsac_playground::complete(r#"["allowMethods", 1]"#, "value"));
    assert!(labels(&methods).contains(&&json!("PUT")));
    assert_eq!(json(&corsac_playground::complete(r#"["nonsense"]"#, "key")), json!([]));
}

#[test]
fn hover_tells_what_a_field_is_for() {
    let field = json(&corsac_playground::describe(r#"["upstreamHeaders"]"#));
    assert_eq!((&field["name"], &field["default"]), (&json!("upstreamHeaders"), &json!("replace")));
    assert!(field["description"].as_str().is_some_and(|text| text.ends_with('.')));
    assert_eq!(json(&corsac_playground::describe(r#"["nonsense"]"#)), Json::Null);
}

#[test]
fn a_policy_of_a_thousand_origins_is_checked_and_asked() {
    let origins: Vec<String> = (0..1000).map(|number| format!("https://tenant-{number}.example.com")).collect();
    let policy = json!({ "allowOrigins": origins, "allowMethods": ["PUT"], "allowHeaders": ["content-type"], "allowCredentials": true });
    assert_eq!(json(&corsac_playground::check(&policy.to_string()))["diagnostics"], json!([]));
    let answer = explain(&policy.to_string(), &form("https://tenant-999.example.com", "PUT"));
    assert_eq!(answer["explanation"]["entry"]["pointer"], "/allowOrigins/999");
}
