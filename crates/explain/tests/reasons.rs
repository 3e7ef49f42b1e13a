//! Verdict, reason, policy and rule of one request each; who answers; the text for a person.

use corsac_explain::{Answerer, Explanation, Problem, Question, REASONS, Reply, Routing, Upstream, Verdict, explain};
use corsac_fetch::{Credentials, Mode, Redirect};

const RULES: &str = r#"{
    "policies": {
        "partners": { "allowOrigins": ["https://app.example.com"], "allowMethods": ["PUT"], "allowHeaders": ["x-a"] },
        "members": { "allowOrigins": ["https://app.example.com"], "allowCredentials": true, "disallowedOrigins": "reject" },
        "public": { "allowOrigins": ["*"] },
        "watched": { "allowOrigins": ["https://app.example.com"], "reportOnly": true },
        "kept": { "allowOrigins": ["https://app.example.com"], "upstreamHeaders": "preserve" },
        "left": { "allowOrigins": ["https://app.example.com"], "preflights": "forward" }
    },
    "rules": [
        { "paths": ["/healthz"], "policy": null },
        { "paths": ["/members/*"], "policy": "members" },
        { "paths": ["/public/*"], "policy": "public" },
        { "paths": ["/watched/*"], "policy": "watched" },
        { "paths": ["/kept/*"], "policy": "kept" },
        { "paths": ["/left/*"], "policy": "left" },
        { "hosts": ["api.example.com"], "policy": "partners" }
    ] }"#;

const APP: &str = "https://app.example.com";

fn get(page: &str, path: &str) -> Question {
    Question::new(page, format!("https://api.example.com{path}"))
}

fn method(method: &str, question: Question) -> Question {
    Question { method: method.to_owned(), ..question }
}

fn include(question: Question) -> Question {
    Question { credentials: Credentials::Include, ..question }
}

fn upstream(lines: &[(&str, &str)]) -> Upstream {
    let headers = lines.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
    Upstream { response: Reply { status: 200, headers }, preflight: None }
}

fn ask(question: &Question, upstream: &Upstream) -> Explanation {
    explain(RULES.as_bytes(), question, upstream, &Routing::default()).unwrap_or_else(|problem| panic!("{problem}"))
}

#[test]
fn each_reason_is_told_with_policy_and_rule() {
    let nothing = upstream(&[]);
    let any = upstream(&[("Access-Control-Allow-Origin", "*")]);
    let other = upstream(&[("Access-Control-Allow-Origin", "https://other.example")]);
    let redirect = |location: &str| Upstream {
        response: Reply { status: 307, headers: vec![("location".to_owned(), location.as_bytes().to_vec())] },
        preflight: None,
    };
    let header = |name: &str| Question { headers: vec![(name.to_owned(), "1".to_owned())], ..get(APP, "/v1") };
    let mode = |mode| Question { mode, ..get(APP, "/v1") };
    let partners = (Some("partners"), Some(6));
    let cases = [
        ("origin-listed", get(APP, "/v1"), &nothing, partners),
        ("origin-listed", method("PUT", get(APP, "/v1")), &nothing, partners),
        ("origin-listed", get("https://any.example", "/public/x"), &nothing, (Some("public"), Some(2))),
        ("origin-listed", include(get(APP, "/members/1")), &nothing, (Some("members"), Some(1))),
        ("same-origin", get("https://api.example.com", "/v1"), &nothing, partners),
        ("no-cors", mode(Mode::NoCors), &nothing, partners),
        ("navigation", mode(Mode::Navigate), &nothing, partners),
        ("same-origin-mode", mode(Mode::SameOrigin), &nothing, partners),
        ("upstream", get(APP, "/healthz"), &any, (None, Some(0))),
        ("upstream", get(APP, "/watched/1"), &any, (Some("watched"), Some(3))),
        ("upstream", get("https://any.example", "/kept/1"), &any, (Some("kept"), Some(4))),
        ("ungoverned", get(APP, "/healthz"), &nothing, (None, Some(0))),
        ("ungoverned", method("PUT", get(APP, "/healthz")), &nothing, (None, Some(0))),
        ("method-not-listed", method("PUT", get(APP, "/healthz")), &any, (None, Some(0))),
        ("allow-origin-mismatch", get(APP, "/healthz"), &other, (None, Some(0))),
        ("allow-origin-mismatch", get(APP, "/kept/1"), &other, (Some("kept"), Some(4))),
        ("report-only", get(APP, "/watched/1"), &nothing, (Some("watched"), Some(3))),
        ("origin-not-listed", get("https://evil.example", "/v1"), &any, partners),
        ("origin-not-listed", method("PUT", get("https://evil.example", "/v1")), &any, partners),
        ("origin-not-listed", get("https://evil.example", "/members/1"), &any, (Some("members"), Some(1))),
        ("origin-not-listed", method("PUT", get("https://evil.example", "/left/1")), &any, (Some("left"), Some(5))),
        ("method-not-listed", method("PUT", get(APP, "/left/1")), &any, (Some("left"), Some(5))),
        ("null-not-listed", get("null", "/v1"), &nothing, partners),
        ("malformed-origin", get("https://app.example.com/", "/v1"), &nothing, partners),
        ("malformed-origin", get("app.example.com", "/v1"), &nothing, partners),
        ("ambiguous-path", get(APP, "//members/1"), &nothing, (None, Some(6))),
        ("method-not-listed", method("DELETE", get(APP, "/v1")), &nothing, partners),
        ("header-not-listed", header("x-b"), &nothing, partners),
        ("credentials-not-allowed", include(get(APP, "/v1")), &nothing, partners),
        ("wildcard-with-credentials", include(get(APP, "/public/1")), &nothing, (Some("public"), Some(2))),
        ("ungoverned", get(APP, "/v1"), &redirect("https://other.example/"), (None, None)),
        ("redirect-scheme", get(APP, "/v1"), &redirect("ftp://other.example/"), partners),
        (
            "redirect-mode",
            Question { redirect: Redirect::Error, ..get(APP, "/v1") },
            &redirect("https://api.example.com/"),
            partners,
        ),
        ("origin-listed", get(APP, "/v1"), &redirect("https://api.example.com/v2"), partners),
    ];
    for (reason, question, upstream, (policy, rule)) in &cases {
        let explanation = ask(question, upstream);
        let told = format!("{question:?}\n{explanation}");
        assert_eq!(
            (&*explanation.reason, explanation.policy.as_deref(), explanation.rule),
            (*reason, *policy, *rule),
            "{told}"
        );
        let (_, meaning) = REASONS.iter().find(|(word, _)| word == reason).unwrap();
        let is_allowed = explanation.verdict == Verdict::Allowed;
        assert_eq!(is_allowed, meaning.starts_with("allowed: "), "{told}");
        let fails = explanation.steps.iter().any(|step| step.outcome == "failed");
        assert_eq!(fails, !is_allowed, "{told}");
    }
}

#[test]
fn who_answers_is_told_with_the_decision_in_the_engines_words() {
    let explanation = ask(&method("PUT", get("https://evil.example", "/v1")), &upstream(&[]));
    let preflight = explanation.preflight.expect("PUT takes one");
    assert_eq!(preflight.why, "The method is PUT.");
    assert_eq!((preflight.answer.by, preflight.answer.status), (Answerer::Corsac, 403));
    assert_eq!(preflight.answer.decision.as_deref(), Some("partners;preflight;refused;origin-not-listed"));
    assert_eq!(preflight.answer.details.as_deref(), Some("corsac_preflight_denied_origin_not_listed"));
    assert_eq!(explanation.response, None, "the request stays at home");
    let explanation = ask(&get("https://evil.example", "/members/1"), &upstream(&[]));
    let response = explanation.response.expect("a GET is sent");
    assert_eq!((response.by, response.status), (Answerer::Corsac, 403));
    assert_eq!(response.decision.as_deref(), Some("members;actual;rejected;origin-not-listed"));
    let explanation = ask(&get(APP, "/healthz"), &upstream(&[]));
    let response = explanation.response.expect("a GET is sent");
    assert_eq!((response.by, response.decision), (Answerer::Upstream, None));
}

#[test]
fn routes_choose_where_the_policy_says_so() {
    let configuration = br#"{
        "policies": { "one": { "allowOrigins": ["https://app.example.com"] }, "two": { "allowOrigins": ["https://two.example"] } },
        "rules": [{ "routes": ["legacy"], "policy": "two" }, { "policy": "one" }], "policyFromRouteMetadata": true }"#;
    let ask = |route: Option<&str>, metadata: Option<&str>, method: &str| {
        let routing = Routing { route: route.map(str::to_owned), metadata_policy: metadata.map(str::to_owned) };
        let question = Question { method: method.to_owned(), ..get(APP, "/v1") };
        let explanation = explain(configuration, &question, &Upstream::default(), &routing).unwrap();
        (explanation.reason.clone(), explanation.policy.clone(), explanation.rule)
    };
    let told = |reason: &str, policy: Option<&str>, rule| (reason.to_owned(), policy.map(str::to_owned), rule);
    assert_eq!(ask(Some(""), None, "GET"), told("origin-listed", Some("one"), Some(1)));
    assert_eq!(ask(Some("legacy"), None, "GET"), told("origin-not-listed", Some("two"), Some(0)));
    assert_eq!(ask(Some("legacy"), Some("one"), "GET"), told("origin-listed", Some("one"), None));
    assert_eq!(ask(Some("legacy"), Some("none"), "GET"), told("unknown-route-policy", None, None));
    assert_eq!(ask(None, None, "PUT"), told("no-route", None, Some(1)));
}

#[test]
fn what_cannot_be_explained_is_a_problem() {
    let problem = |configuration: &str, question: &Question| {
        explain(configuration.as_bytes(), question, &Upstream::default(), &Routing::default()).unwrap_err()
    };
    assert!(matches!(problem("{}", &get(APP, "/")), Problem::Configuration(diagnostics) if !diagnostics.is_empty()));
    assert!(matches!(problem(RULES, &get("", "/")), Problem::Page(_)));
    assert!(matches!(problem(RULES, &Question::new(APP, "/items")), Problem::Script(_)));
    assert!(matches!(problem(RULES, &method("TRACE", get(APP, "/"))), Problem::Script(_)));
    let bad_name = Question { headers: vec![("x a".to_owned(), "1".to_owned())], ..get(APP, "/") };
    assert_eq!(problem(RULES, &bad_name).to_string(), "\"x a\" is not a header name.");
}

#[test]
fn the_text_says_the_verdict_first_then_why_then_the_bytes_then_the_steps() {
    let question = include(method("PUT", get("http://app.example.com", "/v1/items")));
    let text = ask(&question, &upstream(&[])).to_string();
    assert_eq!(
        text,
        r#"Blocked: http://app.example.com is not in the list of the policy partners. [origin-not-listed]

  request  PUT https://api.example.com/v1/items from http://app.example.com, credentials mode include
  policy   partners. /rules/6 is the first rule that matches: "api.example.com" (/rules/6/hosts/0).
  nearest  The nearest entry is "https://app.example.com" (/policies/partners/allowOrigins/0). The page's origin differs in its scheme.
  Chrome   kPreflightMissingAllowOriginHeader
  Firefox  CORSMissingAllowOrigin2

The preflight. The method is PUT.
  > OPTIONS https://api.example.com/v1/items
  > accept: */*
  > access-control-request-method: PUT
  > origin: http://app.example.com
  > sec-fetch-dest: empty
  > sec-fetch-mode: cors
  > sec-fetch-site: cross-site
  < 403 (by Corsac; the upstream is not reached)
  < vary: origin, access-control-request-method, access-control-request-headers

What a browser does
  1. Main fetch: https://api.example.com/v1/items is cross-origin to the page, http://app.example.com: this is a CORS request. [noted]
  2. Main fetch: The browser sends a preflight first: the method is PUT. [noted]
  3. CORS-preflight fetch: OPTIONS https://api.example.com/v1/items with access-control-request-method: PUT; origin: http://app.example.com [sent]
  4. CORS check: There is no Access-Control-Allow-Origin. [failed]
"#
    );
}

#[test]
fn the_json_has_the_documented_names() {
    let json = serde_json::to_value(ask(&method("PUT", get("http://app.example.com", "/v1")), &upstream(&[]))).unwrap();
    assert_eq!((&json["verdict"], &json["reason"]), (&"blocked".into(), &"origin-not-listed".into()));
    assert_eq!((&json["policy"], &json["rule"]), (&"partners".into(), &6.into()));
    assert_eq!(json["choice"]["by"], "rule");
    assert_eq!(json["nearest"]["differs"], serde_json::json!(["scheme"]));
    assert_eq!(json["nearest"]["pointer"], "/policies/partners/allowOrigins/0");
    assert_eq!(json["preflight"]["answer"]["status"], 403);
    assert_eq!(json["response"], serde_json::Value::Null);
    assert_eq!(json["chrome"], "kPreflightMissingAllowOriginHeader");
    assert_eq!(json["firefox"], "CORSMissingAllowOrigin2");
    let names = ["section", "link", "sentence", "outcome"];
    assert!(names.iter().all(|name| json["steps"][0][name].is_string()));
}

#[test]
fn an_origin_that_is_not_listed_may_be_in_the_list_of_a_source() {
    let policy = r#"{ "allowOrigins": ["https://app.example.com"], "originSources": [{ "cluster": "origins", "path": "/list" }] }"#;
    let sentence = |page: &str| {
        let question = get(page, "/");
        let told = explain(policy.as_bytes(), &question, &upstream(&[]), &Routing::default());
        told.unwrap_or_else(|problem| panic!("{problem}")).sentence
    };
    let note = " It may be in the list of a source, which is not known here: origins/list.";
    assert!(sentence("https://other.example").ends_with(note), "{}", sentence("https://other.example"));
    assert!(!sentence(APP).contains("source"), "{}", sentence(APP));
    assert!(!sentence("null").contains("source"), "{}", sentence("null"));
}
