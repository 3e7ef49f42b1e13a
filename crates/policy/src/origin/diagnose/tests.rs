use super::*;

fn fix(text: &str) -> Option<String> {
    let to_ascii = |host: &str| (host == "b\u{fc}cher.example").then(|| "xn--bcher-kva.example".to_owned());
    diagnose(text, Some(&to_ascii)).1.map(|fix| fix.to_string())
}

#[test]
fn each_common_mistake_is_corrected() {
    for (written, meant) in [
        ("https://A.example", "https://a.example"),
        ("HTTPS://a.example", "https://a.example"),
        ("https://a.example/", "https://a.example"),
        ("https://a.example/app?x", "https://a.example"),
        ("https://u:p@a.example", "https://a.example"),
        ("https://a.example:443", "https://a.example"),
        ("http://a.example:80/", "http://a.example"),
        ("https://a.example:08443", "https://a.example:8443"),
        ("https://a.example:", "https://a.example"),
        ("a.example", "https://a.example"),
        ("*.a.example", "https://*.a.example"),
        ("https://*a.example", "https://*.a.example"),
        ("https:/a.example", "https://a.example"),
        ("https:a.example", "https://a.example"),
        ("localhost:3000", "https://localhost:3000"),
        ("https://*.a.example.", "https://*.a.example"),
        ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example"),
        ("http://127.1", "http://127.0.0.1"),
        ("http://0x7f.1:8080", "http://127.0.0.1:8080"),
        ("http://[0:0::1]", "http://[::1]"),
        (" https://a.example ", "https://a.example"),
        ("wss://a.example", "https://a.example"),
        ("ws://localhost:3000", "http://localhost:3000"),
        ("WSS://*.a.example/socket", "https://*.a.example"),
        ("NULL", "null"),
        ("file:///", "file://"),
    ] {
        assert_eq!(fix(written), Some(quoted(meant)), "{written}");
    }
    assert_eq!(
        fix("https://a.example, https://b.example").as_deref(),
        Some("\"https://a.example\", \"https://b.example\"")
    );
}

#[test]
fn where_nothing_certain_was_meant_no_correction_is_made_up() {
    for text in [
        "",
        "https://",
        "https://a..b",
        "https://a.b:0",
        "https://a.b:99999",
        "http*://a.b",
        "https://a.*",
        "https://*.0.0.1",
        "https://a b",
        "https://*.",
        "https://.a.example",
        "data:",
        "data:text/html,x",
        "javascript:alert(1)",
        "ftp://a.example",
        "blob:https://a.example/1",
        "https://b%C3%BCcher.example",
        "https://a.b https://c.d",
    ] {
        assert_eq!(fix(text), None, "{text}");
    }
}
