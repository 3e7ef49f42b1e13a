//! What people paste: curl commands, HAR files, and messages of the console.

use corsac_explain::{Question, Routing, Upstream, console, curl, explain, har};
use corsac_fetch::{CorsError, Credentials, FirefoxKey, Mode};
use proptest::prelude::*;
use serde_json::{Value, json};

const APP: &str = "https://app.example.com";

fn names(question: &Question) -> Vec<&str> {
    question.headers.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn what_a_person_types_is_read_as_curl_reads_it() {
    let origin = "-H 'Origin: https://app.example.com'";
    for (command, method, url, headers) in [
        ("curl https://api.test/", "GET", "https://api.test/", &[][..]),
        ("curl api.test/a", "GET", "http://api.test/a", &[]),
        ("$ curl -sSL --url https://api.test/", "GET", "https://api.test/", &[]),
        ("curl -I https://api.test/", "HEAD", "https://api.test/", &[]),
        ("curl -XPUT https://api.test/", "PUT", "https://api.test/", &[]),
        ("curl --request patch https://api.test/", "patch", "https://api.test/", &[]),
        ("curl --request=DELETE https://api.test/", "DELETE", "https://api.test/", &[]),
        ("curl https://api.test/ -d a=1 -d b=2", "POST", "https://api.test/", &["Content-Type"]),
        ("curl https://api.test/ --json '{}'", "POST", "https://api.test/", &["Accept", "Content-Type"]),
        ("curl https://api.test/ -F file=@x", "POST", "https://api.test/", &["Content-Type"]),
        ("curl -G https://api.test/?z=0 -d a=1 -d b=2", "GET", "https://api.test/?z=0&a=1&b=2", &[]),
        ("curl -T file https://api.test/file", "PUT", "https://api.test/file", &[]),
        ("curl -u me:secret https://api.test/", "GET", "https://api.test/", &["Authorization"]),
        ("curl --oauth2-bearer x https://api.test/", "GET", "https://api.test/", &["Authorization"]),
        ("curl -r 0-9 https://api.test/", "GET", "https://api.test/", &["Range"]),
        ("curl -HX-A:1 -H 'X-B;' -H 'X-C:' https://api.test/", "GET", "https://api.test/", &["X-A", "X-B"]),
        ("curl -A me -o out -w '%{http_code}' -m 5 https://api.test/ -k", "GET", "https://api.test/", &[]),
        ("curl https://api.test/ --next https://other.test/", "GET", "https://api.test/", &[]),
        ("curl -- https://api.test/", "GET", "https://api.test/", &[]),
        ("/usr/bin/curl https://api.test/ | jq .", "GET", "https://api.test/", &[]),
    ] {
        let with_origin = command.replacen("curl ", &format!("curl {origin} "), 1);
        let question = curl::parse(&with_origin, None).unwrap_or_else(|error| panic!("{command}: {error}"));
        assert_eq!((&*question.page, &*question.method, &*question.url), (APP, method, url), "{command}");
        assert_eq!(names(&question), headers, "{command}");
    }
}

#[test]
fn what_only_a_browser_sets_says_who_the_page_is_and_whether_cookies_go_along() {
    // As Chrome copies it.
    let command = r"curl 'https://api.example.com/items' \
        -X 'PUT' \
        -H 'accept: application/json' \
        -H 'accept-language: en-GB,en;q=0.9' \
        -H 'cache-control: no-cache' \
        -H 'content-type: application/json' \
        -b 'session=1; theme=dark' \
        -H 'origin: https://app.example.com' \
        -H 'pragma: no-cache' \
        -H 'priority: u=1, i' \
        -H 'referer: https://app.example.com/' \
        -H 'sec-ch-ua: x' \
        -H 'sec-fetch-dest: empty' \
        -H 'sec-fetch-mode: cors' \
        -H 'sec-fetch-site: same-site' \
        -H 'user-agent: Mozilla/5.0' \
        -H 'x-request-id: 1' \
        --data-raw $'{\'a\':1}'";
    let question = curl::parse(command, None).unwrap();
    assert_eq!((&*question.page, &*question.method, question.mode), (APP, "PUT", Mode::Cors));
    assert_eq!(names(&question), ["accept", "content-type", "x-request-id"]);
    assert_eq!((question.credentials, question.cookies), (Credentials::Include, true));
    let for_cmd = "curl ^\"https://api.example.com/items?a=1^&b=2^\" ^\r\n  -H ^\"Origin: https://app.example.com^\" ^\r\n  -H ^\"X-A: ^\\^\"q^\\^\"^\"";
    let question = curl::parse(for_cmd, None).unwrap();
    assert_eq!(question.url, "https://api.example.com/items?a=1&b=2");
    assert_eq!(question.headers, [("X-A".to_owned(), "\"q\"".to_owned())]);
}

#[test]
fn a_preflight_that_a_person_types_is_read_as_the_request_that_it_asks_for() {
    let command = "curl -i -X OPTIONS -H 'Origin: https://app.example.com' -H 'Access-Control-Request-Method: PUT' \
        -H 'Access-Control-Request-Headers: content-type, x-a' https://api.example.com/items";
    let question = curl::parse(command, None).unwrap();
    assert_eq!((&*question.method, names(&question)), ("PUT", vec!["content-type", "x-a"]));
    assert!(!question.upload_listener);
    let nothing_unsafe = command.replace("PUT", "POST").replace("content-type, x-a", "");
    assert!(curl::parse(&nothing_unsafe, None).unwrap().upload_listener, "else no browser asks first");
}

#[test]
fn the_page_is_found_in_what_there_is_or_asked_for() {
    let page = |rest: &str, page: Option<&str>| {
        curl::parse(&format!("curl https://api.example.com/ {rest}"), page).map(|question| question.page)
    };
    assert_eq!(page("-H 'Origin: null'", None).as_deref(), Ok("null"));
    assert_eq!(page("-H 'Origin: null'", Some(APP)).as_deref(), Ok(APP));
    assert_eq!(page("-H 'Referer: https://app.example.com/a?b'", None).as_deref(), Ok(APP));
    assert_eq!(page("-e https://app.example.com/", None).as_deref(), Ok(APP));
    assert_eq!(page("-H 'Sec-Fetch-Site: same-origin'", None).as_deref(), Ok("https://api.example.com"));
    assert!(page("", None).unwrap_err().contains("name the page's origin"));
}

#[test]
fn what_is_no_command_is_an_error_and_never_a_panic() {
    for command in
        ["", "wget https://api.test/", "curl", "curl 'https://api.test/", "curl -H", "curl -X", "curl \\", "$"]
    {
        assert!(curl::parse(command, Some(APP)).is_err(), "{command}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in "(curl )?[a-zA-Z'\"\\\\^$&|:/. {}\\[\\]\n-]{0,80}", bytes in any::<Vec<u8>>()) {
        let _ = curl::parse(&text, Some(APP));
        let _ = curl::parse(&format!("curl ^\"{text}"), Some(APP));
        let _ = console::parse(&text);
        let _ = har::parse(&bytes, &har::Pick::Failed, Some(APP));
        let question = Question::new(text, ITEMS);
        let configuration = br#"{ "allowOrigins": ["https://*.example.com"] }"#;
        let _ = explain(configuration, &question, &Upstream::default(), &Routing::default());
    }
}

#[test]
fn a_header_without_a_value_gets_one_for_which_a_browser_asks_first() {
    for (line, name, asks) in [
        ("x-a", "x-a", true),
        ("content-type", "content-type", true),
        ("Accept", "Accept", true),
        ("content-type: text/plain", "content-type", false),
        ("X-A: 1", "X-A", true),
    ] {
        let mut question = Question::new(APP, ITEMS);
        question.add_header(line);
        let configuration = br#"{ "allowOrigins": ["https://app.example.com"] }"#;
        let explanation = explain(configuration, &question, &Upstream::default(), &Routing::default()).unwrap();
        assert_eq!((names(&question), explanation.preflight.is_some()), (vec![name], asks), "{line}");
    }
}

fn lines(headers: &[(&str, &str)]) -> Value {
    headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn entry(method: &str, url: &str, sent: &[(&str, &str)], status: i64, got: &[(&str, &str)]) -> Value {
    json!({
        "pageref": "page_1",
        "request": { "method": method, "url": url, "headers": lines(sent), "cookies": [] },
        "response": { "status": status, "headers": lines(got) },
    })
}

fn har_of(entries: &[Value]) -> Vec<u8> {
    let page = json!({ "id": "page_1", "title": "https://app.example.com/start" });
    json!({ "log": { "version": "1.2", "pages": [page], "entries": entries } }).to_string().into_bytes()
}

const ITEMS: &str = "https://api.example.com/items";

#[test]
fn the_failed_entry_of_a_har_file_is_picked_with_its_preflight() {
    let origin = ("origin", APP);
    let mut failed = entry("PUT", ITEMS, &[(":method", "PUT"), ("Content-Type", "application/json")], 0, &[]);
    failed["response"]["_error"] = json!("net::ERR_FAILED");
    let asked = [origin, ("access-control-request-method", "PUT"), ("access-control-request-headers", "content-type")];
    let entries = [
        entry("GET", "https://app.example.com/start", &[], 200, &[]),
        entry("GET", "https://api.example.com/ok", &[origin], 200, &[("access-control-allow-origin", "*")]),
        failed,
        entry("OPTIONS", ITEMS, &asked, 403, &[("vary", "origin"), ("set-cookie", "a=1\nb=2")]),
    ];
    let har_file = har_of(&entries);
    let (question, Upstream { response, preflight }) = har::parse(&har_file, &har::Pick::Failed, None).unwrap();
    assert_eq!((&*question.page, &*question.method, &*question.url), (APP, "PUT", ITEMS));
    assert_eq!(names(&question), ["Content-Type"]);
    assert_eq!((response.status, response.headers.len()), (200, 0), "there was none");
    let preflight = preflight.expect("the file has it");
    assert_eq!(preflight.status, 403);
    assert_eq!(preflight.headers.iter().filter(|(name, _)| name == "set-cookie").count(), 2);
    let (question, _) = har::parse(&har_file, &har::Pick::Number(1), None).unwrap();
    assert_eq!(question.url, "https://api.example.com/ok");
    let (question, upstream) = har::parse(&har_file, &har::Pick::Url(ITEMS.to_owned()), Some("null")).unwrap();
    assert_eq!((&*question.page, &*question.method), ("null", "PUT"));
    assert!(upstream.preflight.is_some());
}

#[test]
fn in_firefox_s_har_the_entry_fails_whose_response_names_another_origin() {
    let origin = ("Origin", APP);
    let any = [("Access-Control-Allow-Origin", "*")];
    let other = [("Access-Control-Allow-Origin", "https://other.example")];
    let har_file = har_of(&[
        entry("GET", "https://api.example.com/ok", &[origin], 200, &any),
        entry("GET", ITEMS, &[origin], 200, &other),
    ]);
    let (question, upstream) = har::parse(&har_file, &har::Pick::Failed, None).unwrap();
    assert_eq!(question.url, ITEMS);
    assert_eq!(
        upstream.response.headers,
        [("access-control-allow-origin".to_owned(), b"https://other.example".to_vec())]
    );
}

#[test]
fn a_har_file_with_nothing_to_explain_is_an_error() {
    let nothing = har_of(&[entry("GET", "https://app.example.com/", &[], 200, &[])]);
    for (bytes, pick, says) in [
        (&b"{"[..], har::Pick::Failed, "not a HAR file"),
        (b"", har::Pick::Failed, "not a HAR file"),
        (b"\xff\xfe", har::Pick::Failed, "not a HAR file"),
        (&nothing, har::Pick::Failed, "None of the 1 entries"),
        (&nothing, har::Pick::Number(1), "There is no entry 1"),
        (&nothing, har::Pick::Url(ITEMS.to_owned()), "No entry is a request for"),
    ] {
        let error = har::parse(bytes, &pick, None).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn chromes_messages_are_read() {
    let policy = "has been blocked by CORS policy: ";
    let preflight = "Response to preflight request doesn't pass access control check: ";
    for (at, reason, chrome, about) in [
        ("fetch", "No 'Access-Control-Allow-Origin' header is present on the requested resource.".to_owned(), CorsError::MissingAllowOriginHeader, None),
        ("XMLHttpRequest", format!("{preflight}No 'Access-Control-Allow-Origin' header is present on the requested resource."), CorsError::PreflightMissingAllowOriginHeader, None),
        ("fetch", "The 'Access-Control-Allow-Origin' header has a value 'https://b.example' that is not equal to the supplied origin.".to_owned(), CorsError::AllowOriginMismatch, Some("https://b.example")),
        ("fetch", "The 'Access-Control-Allow-Origin' header contains multiple values '*, *', but only one is allowed.".to_owned(), CorsError::MultipleAllowOriginValues, Some("*, *")),
        ("fetch", format!("{preflight}The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the request's credentials mode is 'include'."), CorsError::PreflightWildcardOriginNotAllowed, None),
        ("fetch", format!("{preflight}It does not have HTTP ok status."), CorsError::PreflightInvalidStatus, None),
        ("fetch", "Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.".to_owned(), CorsError::MethodDisallowedByPreflightResponse, Some("PUT")),
        ("fetch", "Request header field x-a is not allowed by Access-Control-Allow-Headers in preflight response.".to_owned(), CorsError::HeaderDisallowedByPreflightResponse, Some("x-a")),
    ] {
        let message = format!("Access to {at} at 'https://api.example.com/items' from origin 'https://app.example.com' {policy}{reason}");
        let read = console::parse(&message).unwrap_or_else(|error| panic!("{message}: {error}"));
        assert_eq!((read.chrome, read.about.as_deref()), (Some(chrome), about), "{message}");
        let question = read.question(None).unwrap();
        assert_eq!((&*question.page, &*question.url), (APP, ITEMS));
        let is_about_credentials = chrome == CorsError::PreflightWildcardOriginNotAllowed;
        assert_eq!(question.credentials == Credentials::Include, is_about_credentials, "{message}");
    }
}

#[test]
fn firefoxes_messages_are_read() {
    for (reason, firefox, about) in [
        ("CORS header ‘Access-Control-Allow-Origin’ missing", FirefoxKey::CORSMissingAllowOrigin2, None),
        (
            "Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed",
            FirefoxKey::CORSMultipleAllowOriginNotAllowed,
            None,
        ),
        (
            "CORS header ‘Access-Control-Allow-Origin’ does not match ‘https://b.example’",
            FirefoxKey::CORSAllowOriginNotMatchingOrigin,
            Some("https://b.example"),
        ),
        (
            "Credential is not supported if the CORS header ‘Access-Control-Allow-Origin’ is ‘*’",
            FirefoxKey::CORSNotSupportingCredentials,
            None,
        ),
        (
            "expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’",
            FirefoxKey::CORSMissingAllowCredentials,
            None,
        ),
        ("Did not find method in CORS header ‘Access-Control-Allow-Methods’", FirefoxKey::CORSMethodNotFound, None),
        (
            "header ‘x-a’ is not allowed according to header ‘Access-Control-Allow-Headers’ from CORS preflight response",
            FirefoxKey::CORSMissingAllowHeaderFromPreflight2,
            Some("x-a"),
        ),
        (
            "invalid token ‘a b’ in CORS header ‘Access-Control-Allow-Methods’",
            FirefoxKey::CORSInvalidAllowMethod,
            Some("a b"),
        ),
        (
            "invalid token ‘a b’ in CORS header ‘Access-Control-Allow-Headers’",
            FirefoxKey::CORSInvalidAllowHeader,
            Some("a b"),
        ),
        ("CORS preflight response did not succeed", FirefoxKey::CORSPreflightDidNotSucceed3, None),
        ("CORS request external redirect not allowed", FirefoxKey::CORSExternalRedirectNotAllowed, None),
        ("CORS request not http", FirefoxKey::CORSRequestNotHttp, None),
        ("CORS request did not succeed", FirefoxKey::CORSDidNotSucceed2, None),
    ] {
        let message = format!(
            "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at {ITEMS}. (Reason: {reason}). Status code: 200."
        );
        let read = console::parse(&message).unwrap_or_else(|error| panic!("{message}: {error}"));
        assert_eq!((read.firefox, read.about.as_deref(), &*read.url), (Some(firefox), about, ITEMS), "{message}");
        assert!(read.question(None).is_err(), "Firefox does not name the page");
        assert_eq!(read.question(Some(APP)).unwrap().url, ITEMS);
    }
    assert!(console::parse("Uncaught TypeError: x is undefined").is_err());
}
