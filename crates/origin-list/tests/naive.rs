//! The readers beside a naive one, on `serde_json`'s tree, and any bytes at all.

use std::borrow::Cow;
use std::collections::BTreeSet;

use corsac_origin_list::{Format, read};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

/// What a document means, read the plain way: the origins, and how many entries were left out.
fn naive(document: &Value) -> (BTreeSet<String>, usize) {
    let mut entries = Vec::new();
    let mut without_root = 0;
    let empty = Vec::new();
    let list = |value: &Value| value.as_array().unwrap_or(&empty).clone();
    let items = match document {
        Value::Array(items) => items.clone(),
        object if object["origins"].is_array() => list(&object["origins"]),
        object if object["clients"].is_array() => list(&object["clients"]),
        object => vec![object.clone()],
    };
    for item in items {
        if let Some(text) = item.as_str() {
            entries.push(text.to_owned());
        } else if item["scopes"].is_array() {
            if item["status"] == "ACTIVE" && list(&item["scopes"]).iter().any(|scope| scope["type"] == "CORS") {
                entries.push(item["origin"].as_str().expect("an origin").to_owned());
            }
        } else if item["enabled"] != false {
            let origins = list(&item["webOrigins"]);
            entries.extend(origins.iter().filter_map(Value::as_str).filter(|text| *text != "+").map(str::to_owned));
            if origins.contains(&json!("+")) {
                for uri in list(&item["redirectUris"]) {
                    let uri = uri.as_str().expect("a URI");
                    let root = item["rootUrl"].as_str().unwrap_or_default();
                    let absolute = if uri.starts_with('/') { root } else { uri };
                    if absolute.starts_with("http://") || absolute.starts_with("https://") {
                        let parts: Vec<&str> = absolute.splitn(4, ['/', '?', '#']).collect();
                        entries.push(parts[..3].join("/"));
                    } else if uri.starts_with('/') {
                        without_root += 1;
                    }
                }
            }
        }
    }
    let (left_out, origins): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|text| text.contains(['*', '{']) || text == "null" || text == "file://");
    (origins.into_iter().collect(), left_out.len() + without_root)
}

fn text() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 6] =
        ["https://a.example", "https://b.example", "http://c.example:8080", "*", "null", "file://"];
    prop_oneof![4 => proptest::sample::select(&KNOWN[..]).prop_map(str::to_owned), 1 => "\\PC{0,20}"]
        .prop_filter("`+` has a meaning of its own", |text| text != "+")
}

fn uri() -> impl Strategy<Value = String> {
    let root = proptest::sample::select(
        &["https://a.example", "http://b.example:1", "app:", "", "https://a.example*", "https://u@h"][..],
    );
    (root, "(/[a-z*]{0,3}|\\?[a-z/]{0,3}|#/x)?").prop_map(|(root, rest)| format!("{root}{rest}"))
}

fn trusted_origin() -> impl Strategy<Value = Value> {
    let scope = proptest::sample::select(&["CORS", "REDIRECT", "IFRAME_EMBED", "cors"][..]);
    let status = proptest::sample::select(&["ACTIVE", "INACTIVE", "active"][..]);
    (text(), status, vec(scope, 0..3)).prop_map(|(origin, status, scopes)| {
        let scopes: Vec<Value> = scopes.into_iter().map(|scope| json!({ "type": scope })).collect();
        json!({ "origin": origin, "status": status, "scopes": scopes })
    })
}

fn client() -> impl Strategy<Value = Value> {
    let origins = vec(prop_oneof![text(), Just("+".to_owned())], 0..4);
    (origins, vec(uri(), 0..4), proptest::option::of(uri()), any::<Option<bool>>()).prop_map(
        |(origins, uris, root, enabled)| {
            let mut client = json!({ "clientId": "c", "webOrigins": origins, "redirectUris": uris, "rootUrl": root });
            if let Some(enabled) = enabled {
                client["enabled"] = json!(enabled);
            }
            client
        },
    )
}

fn document() -> impl Strategy<Value = Value> {
    prop_oneof![
        vec(text(), 0..6).prop_map(|list| json!(list)),
        vec(text(), 0..6).prop_map(|list| json!({ "origins": list })),
        vec(trusted_origin(), 1..6).prop_map(|list| json!(list)),
        vec(client(), 1..4).prop_map(|list| json!(list)),
        vec(client(), 0..4).prop_map(|list| json!({ "realm": "r", "clients": list })),
        client(),
    ]
}

proptest! {
    #[test]
    fn every_form_is_read_as_the_naive_reader_reads_it(document in document()) {
        let text = document.to_string();
        let list = read(text.as_bytes(), Format::Auto).expect("a list");
        let (origins, left_out) = naive(&document);
        prop_assert_eq!(list.origins, origins.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(list.left_out.len(), left_out);
    }

    #[test]
    fn lines_are_read_as_the_same_array_is(list in vec(text(), 0..6)) {
        let is_plain = |text: &String| text.contains("example") || text == "*" || text == "null";
        prop_assume!(list.iter().all(is_plain));
        let (lines, array) = (format!("#\n{}", list.join("\n")), json!(list).to_string());
        prop_assert_eq!(read(lines.as_bytes(), Format::Auto), read(array.as_bytes(), Format::Auto));
    }

    #[test]
    fn no_bytes_make_a_reader_panic_or_give_a_pattern(body in vec(any::<u8>(), 0..200)) {
        for format in Format::ALL {
            if let Ok(list) = read(&body, format) {
                let is_exact = |text: &Cow<'_, str>| !text.contains(['*', '{']) && text != "null";
                prop_assert!(list.origins.iter().all(is_exact));
                prop_assert!(list.origins.is_sorted());
            }
        }
    }

    #[test]
    fn a_document_that_was_cut_is_an_error(document in document(), cut in any::<proptest::sample::Index>()) {
        let text = document.to_string();
        let cut = 1 + cut.index(text.len() - 1);
        if cut < text.len() {
            prop_assert!(read(&text.as_bytes()[..cut], Format::Auto).is_err());
        }
    }
}
