//! What leaves the browser.

use corsac_fetch::{Credentials, Fetch, Mode, Origin, Phase, Request};

use crate::{PAGE, fetch, get, header, include, method};

fn text(request: &Request) -> String {
    let lines = request.headers.iter().map(|(name, value)| format!("{name}: {}\n", value.escape_ascii()));
    format!("{} {}\n{}", request.method, request.url, lines.collect::<String>())
}

#[test]
fn a_preflight_asks_for_method_and_names() {
    let put = header(header(method("put"), "X-B", "1"), "Content-Type", "application/json");
    let put = header(header(header(put, "x-a", "1"), "accept", "text/html"), "x-b", "2");
    let preflight = put.preflight_request().unwrap();
    assert_eq!(
        text(&preflight),
        "OPTIONS https://api.example/items\n\
         accept: */*\n\
         access-control-request-method: PUT\n\
         access-control-request-headers: content-type,x-a,x-b\n\
         origin: https://app.example\n\
         sec-fetch-dest: empty\n\
         sec-fetch-mode: cors\n\
         sec-fetch-site: cross-site\n"
    );
    assert_eq!((preflight.phase, preflight.with_credentials), (Phase::Preflight, false));
}

#[test]
fn a_preflight_carries_no_credentials_and_no_names_that_nobody_sets() {
    let preflight = include(method("DELETE")).preflight_request().unwrap();
    assert!(!preflight.with_credentials);
    assert_eq!(preflight.headers.get("access-control-request-headers"), None);
    assert_eq!(get().preflight_request(), None);
}

#[test]
fn the_request_carries_what_the_script_sets_and_the_origin() {
    assert_eq!(
        text(&header(get(), "X-A", "1").request()),
        "GET https://api.example/items\n\
         X-A: 1\n\
         accept: */*\n\
         origin: https://app.example\n\
         sec-fetch-dest: empty\n\
         sec-fetch-mode: cors\n\
         sec-fetch-site: cross-site\n"
    );
}

#[test]
fn a_site_is_what_the_list_of_public_suffixes_says() {
    let page = Origin::parse("https://a.shop.co.uk").unwrap();
    let site = |url: &str, fetch: fn(Fetch) -> Fetch| {
        let fetch = fetch(Fetch::new(page.clone(), url).unwrap());
        String::from_utf8(fetch.request().headers.get("sec-fetch-site").unwrap()).unwrap()
    };
    let with_a_list = |fetch: Fetch| fetch.registrable_domain(psl::domain_str);
    assert_eq!(site("https://b.shop.co.uk/", with_a_list), "same-site");
    assert_eq!(site("https://other.co.uk/", with_a_list), "cross-site");
    assert_eq!(site("https://other.co.uk/", |fetch| fetch), "same-site");
    assert_eq!(site("https://other.example/", |fetch| fetch), "cross-site");
}

#[test]
fn metadata_is_not_sent_in_the_clear() {
    let request = fetch("http://api.example/").request();
    assert_eq!(text(&request), "GET http://api.example/\naccept: */*\norigin: https://app.example\n");
}

#[test]
fn credentials_go_where_their_mode_says() {
    let own = || fetch("https://app.example/a");
    for (credentials, to_own, to_other) in
        [(Credentials::Omit, false, false), (Credentials::SameOrigin, true, false), (Credentials::Include, true, true)]
    {
        assert_eq!(own().credentials(credentials).request().with_credentials, to_own, "{}", credentials.name());
        assert_eq!(get().credentials(credentials).request().with_credentials, to_other, "{}", credentials.name());
    }
}

#[test]
fn origin_goes_along_to_others_and_with_what_may_change_something() {
    let origin = |fetch: Fetch| fetch.request().headers.get("origin").map(|value| String::from_utf8(value).unwrap());
    let own = |method: &str| fetch("https://app.example/a").method(method).unwrap();
    assert_eq!(origin(own("GET")), None);
    assert_eq!(origin(own("HEAD")), None);
    for method in ["POST", "PUT", "OPTIONS"] {
        assert_eq!(origin(own(method)).as_deref(), Some(PAGE));
    }
    assert_eq!(origin(get().mode(Mode::NoCors)), None);
    assert_eq!(origin(method("POST").mode(Mode::NoCors)).as_deref(), Some(PAGE));
    // From https to http the default referrer policy hides the page, unless it asks by CORS.
    let in_the_clear = || fetch("http://api.example/").method("POST").unwrap();
    assert_eq!(origin(in_the_clear().mode(Mode::NoCors)).as_deref(), Some("null"));
    assert_eq!(origin(in_the_clear().mode(Mode::Navigate)).as_deref(), Some("null"));
    assert_eq!(origin(in_the_clear()).as_deref(), Some(PAGE));
    let frame = Fetch::new(Origin::opaque(), "https://api.example/").unwrap();
    assert_eq!(origin(frame).as_deref(), Some("null"));
}
