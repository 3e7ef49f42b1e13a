use super::*;

fn fix(text: &str) -> Vec<String> {
    let to_ascii = |host: &str| (host == "b\u{fc}cher.example").then(|| "xn--bcher-kva.example".to_owned());
    diagnose(text, Some(&to_ascii)).origins
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
        ("https:/a.example", "https://a.example"),
        ("https:a.example", "https://a.example"),
        ("localhost:3000", "http://localhost:3000"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("[::1]:8080/", "http://[::1]:8080"),
        ("*.localhost", "http://*.localhost"),
        ("http://192.168.1.10:80", "http://192.168.1.10"),
        ("https://**.a.example", "https://*.a.example"),
        ("**", "*"),
        ("\"https://a.example\"", "https://a.example"),
        ("https://*/", "https://*"),
        ("https://*.a.example/*", "https://*.a.example"),
        ("a.example/path", "https://a.example"),
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
        assert_eq!(fix(written), [meant], "{written}");
    }
}

#[test]
fn a_text_that_means_several_origins_is_taken_apart() {
    for (written, meant) in [
        ("https://a.example, https://b.example", &["https://a.example", "https://b.example"][..]),
        ("https://A.example/,https://*.b.example:443,", &["https://a.example", "https://*.b.example"]),
        ("https://a.example https://b.example", &["https://a.example", "https://b.example"]),
        ("https://a.example|https://b.example", &["https://a.example", "https://b.example"]),
        ("https://*example.com", &["https://example.com", "https://*.example.com"]),
        ("*example.com:8443", &["https://example.com:8443", "https://*.example.com:8443"]),
        ("*://*.example.com", &["https://*.example.com", "http://*.example.com"]),
        ("http(s)://example.com/", &["https://example.com", "http://example.com"]),
        ("https?://example.com:8080", &["https://example.com:8080", "http://example.com:8080"]),
        ("{http,https}://a.example", &["https://a.example", "http://a.example"]),
        ("https://*.example.com:[8080,8081]", &["https://*.example.com:8080", "https://*.example.com:8081"]),
        ("https://*.example.com:[443, 8443]", &["https://*.example.com", "https://*.example.com:8443"]),
        ("http://localhost:[*]", &["http://localhost:*"]),
        (
            "http*://*example.com:[80,443]",
            &[
                "https://example.com:80",
                "https://*.example.com:80",
                "https://example.com",
                "https://*.example.com",
                "http://example.com",
                "http://*.example.com",
                "http://example.com:443",
                "http://*.example.com:443",
            ],
        ),
    ] {
        assert_eq!(fix(written), meant, "{written}");
    }
}

#[test]
fn what_may_be_a_part_of_the_host_is_not_cut_off() {
    for text in [
        "https://*?.example.com",
        "https://*#.example.com",
        "https://apps?.example.com",
        r"https://*\.example.com",
        r"https://app\.example.com",
        r"https://*\example",
        "https://*/.example.com",
        "https://*?x",
    ] {
        assert_eq!(fix(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn where_nothing_certain_was_meant_no_correction_is_made_up() {
    for text in [
        "",
        "https://",
        "https://a..b",
        "https://a.b:0",
        "https://a.b:99999",
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
    ] {
        assert_eq!(fix(text), Vec::<String>::new(), "{text}");
    }
}
