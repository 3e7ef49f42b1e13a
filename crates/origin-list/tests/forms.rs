//! What each form means, by example.

use corsac_origin_list::{Error, Format, MOST_BYTES, MOST_ENTRIES, Reason, read};

/// The origins of a body whose form is told by its shape; the named form must agree.
fn origins(body: &str, format: Format) -> Vec<String> {
    let list = read(body.as_bytes(), Format::Auto).expect("a list");
    assert_eq!(read(body.as_bytes(), format).as_ref(), Ok(&list), "{body}");
    list.origins.into_iter().map(String::from).collect()
}

fn left_out(body: &str) -> Vec<(String, Reason)> {
    let list = read(body.as_bytes(), Format::Auto).expect("a list");
    list.left_out.into_iter().map(|entry| (entry.text.into_owned(), entry.reason)).collect()
}

fn error(body: &str) -> String {
    read(body.as_bytes(), Format::Auto).expect_err(body).to_string()
}

const A: &str = "https://a.example";
const B: &str = "https://b.example";

#[test]
fn an_object_with_origins_and_an_array_are_plain_lists() {
    assert_eq!(
        origins(r#"{"updated": 7, "origins": ["https://b.example", "https://a.example"]}"#, Format::Json),
        [A, B]
    );
    assert_eq!(origins(r#" ["https://a.example"] "#, Format::Json), [A]);
    assert_eq!(origins("[]", Format::Json), [""; 0]);
    assert_eq!(origins("\u{feff}[\"https://\\u0061.example\"]", Format::Json), [A]);
}

#[test]
fn a_line_is_an_origin_and_comments_and_blank_lines_are_not() {
    assert_eq!(origins("\n# partners\r\nhttps://b.example\r\n\r\n  https://a.example\n", Format::Lines), [A, B]);
    assert_eq!(origins("# nobody yet", Format::Lines), [""; 0]);
}

#[test]
fn an_origin_that_is_listed_twice_is_taken_once() {
    assert_eq!(origins(r#"["https://b.example", "https://a.example", "https://b.example"]"#, Format::Json), [A, B]);
}

#[test]
fn any_origin_patterns_and_null_are_left_out_of_every_form() {
    let expected = [("*".to_owned(), Reason::Pattern), ("null".to_owned(), Reason::Null)];
    assert_eq!(left_out(r#"["*", "https://a.example", "null"]"#), expected);
    assert_eq!(left_out("*\nhttps://a.example\nnull\n"), expected);
    assert_eq!(left_out(r#"[{"clientId": "shop", "webOrigins": ["*", "null"]}]"#), expected);
    let rest = [("file://".to_owned(), Reason::Null), ("https://{t}.a.example".to_owned(), Reason::Pattern)];
    assert_eq!(left_out(r#"["file://", "https://{t}.a.example"]"#), rest);
    let okta = r#"[{"origin": "https://*.a.example", "status": "ACTIVE", "scopes": [{"type": "CORS"}]}]"#;
    assert_eq!(left_out(okta), [("https://*.a.example".to_owned(), Reason::Pattern)]);
}

#[test]
fn an_okta_origin_counts_if_it_is_active_and_for_cors() {
    let entry = |origin: &str, status: &str, scope: &str| {
        format!(r#"{{"id": "tos1", "name": "x", "origin": "{origin}", "status": "{status}", "scopes": [{scope}]}}"#)
    };
    let body = [
        entry("https://a.example", "ACTIVE", r#"{"type": "REDIRECT"}, {"type": "CORS", "stringValue": ""}"#),
        entry("https://redirect.example", "ACTIVE", r#"{"type": "REDIRECT"}"#),
        entry("https://none.example", "ACTIVE", ""),
        entry("https://frame.example", "ACTIVE", r#"{"type": "IFRAME_EMBED"}"#),
        entry("https://old.example", "INACTIVE", r#"{"type": "CORS"}"#),
    ];
    assert_eq!(origins(&format!("[{}]", body.join(", ")), Format::Okta), [A]);
}

#[test]
fn keycloaks_plus_is_the_origins_of_the_redirect_uris() {
    let body = r#"[
        {"clientId": "shop", "webOrigins": ["+", "https://b.example"], "rootUrl": "https://a.example/shop",
         "redirectUris": ["/*", "http://localhost:3000/callback?x#y", "com.example.app:/callback", "*"]},
        {"clientId": "admin", "webOrigins": [], "redirectUris": ["https://unused.example/*"]},
        {"clientId": "old", "enabled": false, "webOrigins": ["https://old.example", "+"], "redirectUris": ["https://old.example/*"]},
        {"clientId": "service"}]"#;
    assert_eq!(origins(body, Format::Keycloak), ["http://localhost:3000", A, B]);
    assert_eq!(left_out(body), []);
}

#[test]
fn a_keycloak_client_alone_and_a_realms_export_are_read_too() {
    let client = r#"{"clientId": "shop", "webOrigins": ["https://a.example"]}"#;
    assert_eq!(origins(client, Format::Keycloak), [A]);
    assert_eq!(origins(&format!(r#"{{"realm": "main", "clients": [{client}]}}"#), Format::Keycloak), [A]);
}

#[test]
fn a_redirect_uri_without_a_root_and_one_with_a_pattern_are_left_out() {
    let body = r#"{"clientId": "shop", "webOrigins": ["+"], "rootUrl": "${authBaseUrl}",
        "redirectUris": ["/callback", "https://a.example*", "https://a.example/*"]}"#;
    assert_eq!(origins(body, Format::Keycloak), [A]);
    let expected = [("/callback", Reason::NoRootUrl), ("https://a.example*", Reason::Pattern)];
    assert_eq!(left_out(body), expected.map(|(text, reason)| (text.to_owned(), reason)));
}

#[test]
fn a_redirect_uri_is_not_corrected_into_an_origin() {
    // The engine refuses each; a URL parser would have made an origin of it.
    for (uri, text) in [
        ("https://A.example/x", "https://A.example"),
        ("https://user@a.example/x", "https://user@a.example"),
        (r"https://a.example\\@b.example/x", r"https://a.example\@b.example"),
        ("https://a.example:443/x", "https://a.example:443"),
        ("https:///x", "https://"),
    ] {
        let body = format!(r#"{{"clientId": "c", "webOrigins": ["+"], "redirectUris": ["{uri}"]}}"#);
        assert_eq!(origins(&body, Format::Keycloak), [text]);
    }
}

#[test]
fn a_body_of_no_form_is_an_error_with_its_place() {
    for (body, sentence) in [
        (" \r\n", "The list is empty. A list of no origins is written `[]`."),
        ("<!doctype html>", "Line 1 is not an origin: \"<!doctype html>\"."),
        ("https://a.example\noops", "Line 2 is not an origin: \"oops\"."),
        ("https://a.example, https://b.example", "Line 1 is not an origin: \"https://a.example, https://b.example\"."),
        ("\"https://a.example\"", "Line 1 is not an origin: \"\\\"https://a.example\\\"\"."),
        ("[\"https://a.example\"", "The list is not JSON: EOF while parsing a list at line 1 column 20."),
        (r#"["https://a.example", 1]"#, "/1: Expected a string, found a number."),
        (r#"{"origins": "https://a.example"}"#, "/origins: Expected a list, found a string."),
        (r#"{"origins": null}"#, "/origins: Expected a list, found nothing."),
        (r#"{"origins": [], "origins": []}"#, "/: \"origins\" is there twice."),
        (r#"{"origins": [], "clients": []}"#, "The JSON has the members of several forms; choose one."),
        (r#"[{"clientId": "a", "webOrigins": {}}]"#, "/0/webOrigins: Expected a list, found an object."),
        (r#"[{"clientId": "a"}, 7]"#, "/1: Expected an object, found a number."),
        (
            r#"[{"origin": "https://a.example", "scopes": [{"type": "CORS"}]}]"#,
            "/0/status: Expected a string, found nothing.",
        ),
        (
            r#"[{"origin": "https://a.example", "status": "ACTIVE", "scopes": [{"type": 1}]}]"#,
            "/0/scopes/0/type: Expected a string, found a number.",
        ),
    ] {
        assert_eq!(error(body), sentence);
    }
    for body in [r#"{"error": "down"}"#, r#"[{"origins": []}]"#, r#"{"scopes": []}"#, "[{}]"] {
        assert_eq!(read(body.as_bytes(), Format::Auto), Err(Error::UnknownForm), "{body}");
    }
    assert_eq!(read(b"https://a.example\xff", Format::Auto), Err(Error::NotUtf8));
}

#[test]
fn a_form_that_was_asked_for_is_not_exchanged_for_another() {
    assert!(read(b"https://a.example", Format::Json).is_err());
    assert!(read(b"[]", Format::Lines).is_err());
    assert!(read(br#"["https://a.example"]"#, Format::Okta).is_err());
    assert!(read(br#"{"origins": []}"#, Format::Keycloak).is_err());
}

#[test]
fn length_and_entries_are_bounded() {
    let long = vec![b' '; MOST_BYTES + 1];
    assert_eq!(read(&long, Format::Auto), Err(Error::TooLong { bytes: MOST_BYTES + 1 }));
    let lines = |count: usize| "a://b\n".repeat(count);
    assert!(read(lines(MOST_ENTRIES).as_bytes(), Format::Auto).is_ok());
    assert_eq!(read(lines(MOST_ENTRIES + 1).as_bytes(), Format::Auto), Err(Error::TooMany));
}

#[test]
fn every_form_has_its_own_name() {
    for format in Format::ALL {
        assert_eq!(format.as_str().parse(), Ok(format));
    }
    assert_eq!("xml".parse::<Format>(), Err(()));
}
