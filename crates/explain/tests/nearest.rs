//! The nearest entry: it accepts the origin that is shown, and that origin differs from the refused
//! one in what is said, and in nothing else.

use corsac_explain::{Difference, Explanation, Question, Routing, Upstream, explain};
use corsac_policy::{Tools, compile};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

fn ask(configuration: &Value, page: &str) -> Explanation {
    let question = Question::new(page, "https://api.example.net/v1/items");
    let text = configuration.to_string();
    let explanation = explain(text.as_bytes(), &question, &Upstream::default(), &Routing::default());
    explanation.unwrap_or_else(|problem| panic!("{text}: {problem}"))
}

fn policy(entries: &Value) -> Value {
    let risks = ["loose-match", "null-origin"];
    json!({ "allowOrigins": entries, "acceptRisks": risks })
}

fn allows(entry: &Value, origin: &str) -> bool {
    let text = policy(&json!([entry])).to_string();
    let policies = compile(text.as_bytes(), &Tools::default()).expect("a sound entry").policies;
    policies.check_origin("default", origin.as_bytes()) == Some(Ok(()))
}

#[test]
fn each_kind_of_difference_is_told() {
    let entries = json!([
        "https://app.example.com",
        "https://*.example.org",
        "https://*-preview.example.com",
        "http://localhost:3000",
        { "regex": "https://[a-z]+\\.shop\\.example\\.net" },
    ]);
    for (page, entry, differs) in [
        ("http://app.example.com", 0, "scheme"),
        ("https://app.example.com:8443", 0, "port"),
        ("http://localhost:3001", 3, "port"),
        ("http://localhost", 3, "port"),
        ("https://app.example.com:443", 0, "port"),
        ("http://app.example.com:8080", 0, "scheme port"),
        ("https://APP.example.com", 0, "case"),
        ("https://app.example.com/", 0, "trailing-slash"),
        ("https://app.example.com/login?next=1", 0, "path"),
        ("https://user@app.example.com", 0, "path"),
        ("https://app.example.com.", 0, "trailing-dot"),
        ("https://App.example.com/", 0, "case trailing-slash"),
        ("https://example.org", 1, "apex"),
        ("http://example.org", 1, "scheme apex"),
        ("https://www.app.example.com", 0, "subdomain"),
        ("https://other.example.com", 0, "subdomain"),
        ("https://a.b-preview.example.com", 2, "subdomain"),
        ("https://app.examp1e.com", 0, "look-alike"),
        ("https://app.example.co", 0, "look-alike"),
        ("https://app.example.com.evil.net", 0, "look-alike"),
        ("https://www.notexample.org", 1, "look-alike"),
        ("https://evil.net", 0, "host"),
        ("http://a.shop.example.net", 4, "scheme"),
        ("https://a.b.shop.example.net", 4, "subdomain"),
    ] {
        let explanation = ask(&policy(&entries), page);
        let nearest = explanation.nearest.unwrap_or_else(|| panic!("{page}: none is near"));
        let words = serde_json::to_value(&nearest.differs).unwrap();
        let words: Vec<&str> = words.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(words.join(" "), differs, "{page}: {}", nearest.sentence);
        if differs != "host" {
            assert_eq!(nearest.pointer, format!("/allowOrigins/{entry}"), "{page}: {}", nearest.sentence);
        }
    }
}

#[test]
fn where_nothing_can_be_near_none_is_told() {
    let entries = json!(["https://app.example.com"]);
    assert_eq!(ask(&policy(&entries), "null").nearest, None);
    assert_eq!(ask(&policy(&entries), "https://app.example.com").nearest, None, "it is allowed");
    let no_origin = json!([{ "regex": "chrome-extension://[a-p]{32}" }]);
    assert_eq!(ask(&policy(&no_origin), "https://app.example.com").nearest, None);
}

#[test]
fn the_origin_of_another_tenant_is_told_from_the_own_one() {
    let configuration = json!({
        "policies": { "tenants": { "allowOrigins": ["https://{tenant}.app.example.com", "https://admin.example.com"] } },
        "rules": [{ "hosts": ["{tenant}.api.example.com"], "policy": "tenants" }] });
    let ask = |page: &str| {
        let question = Question::new(page, "https://acme.api.example.com/v1");
        let text = configuration.to_string();
        explain(text.as_bytes(), &question, &Upstream::default(), &Routing::default()).unwrap()
    };
    let own = ask("https://acme.app.example.com");
    assert_eq!(own.reason, "origin-listed");
    assert_eq!(own.entry.expect("an entry").pointer, "/policies/tenants/allowOrigins/0");
    let nearest = ask("https://globex.app.example.com").nearest.expect("one is near");
    assert_eq!((&*nearest.accepts, nearest.differs), ("https://acme.app.example.com", vec![Difference::Subdomain]));
    let nearest = ask("http://acme.app.example.com").nearest.expect("one is near");
    assert_eq!((&*nearest.accepts, nearest.differs), ("https://acme.app.example.com", vec![Difference::Scheme]));
    assert_eq!(ask("https://admin.example.com").entry.expect("an entry").pointer, "/policies/tenants/allowOrigins/1");
}

#[test]
fn methods_and_headers_have_nearest_entries_too() {
    let configuration = json!({
        "allowOrigins": ["https://app.example.com"], "allowMethods": ["PUT", "PATCH"], "allowHeaders": ["x-request-id"] });
    let ask = |method: &str, header: &str| {
        let mut question = Question::new("https://app.example.com", "https://api.example.net/");
        question.method = method.to_owned();
        question.headers = vec![(header.to_owned(), "1".to_owned())];
        let text = configuration.to_string();
        explain(text.as_bytes(), &question, &Upstream::default(), &Routing::default()).unwrap()
    };
    let explanation = ask("patch", "accept");
    let nearest = explanation.nearest.expect("PATCH is near");
    assert_eq!((&*nearest.pointer, nearest.differs), ("/allowMethods/1", vec![Difference::Case]));
    let explanation = ask("PUT", "x-requestid");
    assert_eq!(explanation.reason, "header-not-listed");
    let nearest = explanation.nearest.expect("x-request-id is near");
    assert_eq!((&*nearest.pointer, nearest.differs), ("/allowHeaders/0", vec![Difference::Name]));
    assert_eq!(ask("DELETE", "accept").nearest, None);
}

const ENTRIES: [&str; 8] = [
    r#""https://app.example.com""#,
    r#""https://app.example.com:8443""#,
    r#""https://*.example.org""#,
    r#""https://*-preview.example.com""#,
    r#""http://localhost:*""#,
    r#""https://example.net""#,
    r#"{ "suffix": ".example.co.uk" }"#,
    r#"{ "regex": "https://[a-z]+\\.shop\\.example\\.net(:8080)?" }"#,
];

fn page() -> impl Strategy<Value = String> {
    let scheme = select(&["https", "http", "HTTPS", "capacitor"][..]);
    let host = select(
        &[
            "app.example.com",
            "App.example.com",
            "example.com",
            "example.org",
            "a.b.example.org",
            "x-preview.example.com",
            "localhost",
            "example.net",
            "www.example.net",
            "a.shop.example.net",
            "shop.example.co.uk",
            "examp1e.net",
            "evil.test",
            "app.example.com.evil.test",
        ][..],
    );
    let port = select(&["", ":443", ":8443", ":8080", ":3000"][..]);
    (scheme, host, select(&["", "."][..]), port, select(&["", "/", "/a?b"][..]))
        .prop_map(|(scheme, host, dot, port, tail)| format!("{scheme}://{host}{dot}{port}{tail}"))
}

/// The difference undone by other means than the search's: what is left of an origin where only
/// this may differ.
fn is_true(difference: Difference, refused: &str, accepts: &str) -> bool {
    let scheme = |text: &str| text.split("://").next().unwrap_or_default().to_ascii_lowercase();
    let host = |text: &str| {
        let authority = text.split("://").nth(1).unwrap_or_default();
        let host: String = authority.chars().take_while(|letter| !matches!(letter, ':' | '/')).collect();
        host.trim_end_matches('.').to_ascii_lowercase()
    };
    match difference {
        Difference::Scheme => scheme(refused) != scheme(accepts),
        Difference::Port => {
            refused.matches(':').count() != accepts.matches(':').count() || {
                let port =
                    |text: &str| text.rsplit(':').next().unwrap_or_default().split('/').next().map(str::to_owned);
                port(refused) != port(accepts)
            }
        }
        Difference::Case => refused.chars().any(char::is_uppercase) && !accepts.chars().any(char::is_uppercase),
        Difference::TrailingSlash => refused.ends_with('/') && !accepts.ends_with('/'),
        Difference::Path => refused.ends_with("/a?b"),
        Difference::TrailingDot => refused.contains(".:") || refused.contains("./") || refused.ends_with('.'),
        Difference::Apex => host(accepts).ends_with(&format!(".{}", host(refused))),
        Difference::Subdomain | Difference::LookAlike | Difference::Host => host(refused) != host(accepts),
        Difference::Name => false,
    }
}

proptest! {
    #[test]
    fn the_entry_accepts_what_is_shown_and_every_difference_is_one(
        entries in subsequence(&ENTRIES[..], 1..ENTRIES.len()), page in page()
    ) {
        let entries: Vec<Value> = entries.iter().map(|entry| serde_json::from_str(entry).unwrap()).collect();
        let configuration = policy(&json!(entries));
        let explanation = ask(&configuration, &page);
        if let Some(entry) = &explanation.entry {
            let written = configuration.pointer(&entry.pointer).expect("the entry's place");
            prop_assert!(allows(written, &page));
            prop_assert!(!entries.iter().take_while(|it| *it != written).any(|before| allows(before, &page)));
        }
        if let Some(nearest) = &explanation.nearest {
            prop_assert!(!entries.iter().any(|entry| allows(entry, &page)));
            let written = configuration.pointer(&nearest.pointer).expect("the entry's place");
            prop_assert_eq!(&serde_json::from_str::<Value>(&nearest.entry).unwrap(), written);
            prop_assert!(allows(written, &nearest.accepts), "{}", nearest.sentence);
            prop_assert!(!nearest.differs.is_empty());
            for difference in &nearest.differs {
                prop_assert!(is_true(*difference, &page, &nearest.accepts), "{page}: {}", nearest.sentence);
            }
        }
        let is_refused = ["origin-not-listed", "malformed-origin"].contains(&&*explanation.reason);
        prop_assert!(explanation.nearest.is_none() || is_refused);
    }
}
