//! [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#http-redirect-fetch).

use corsac_fetch::{Fetch, Kind, Phase, Reason, Redirect, Request};

use crate::{allowed, blocked, fetch, get, header, include, method, page, response};

const STAR: &str = "200\naccess-control-allow-origin: *";

/// A redirect that any page may follow.
fn to(status: u16, location: &str) -> String {
    format!("{status}\naccess-control-allow-origin: *\nlocation: {location}")
}

/// The requests that are made, given those answers.
fn requests(fetch: &Fetch, answers: &[&str]) -> Vec<Request> {
    let mut answers = answers.iter().map(|text| response(text));
    let mut requests = Vec::new();
    fetch.judge(|request| {
        requests.push(request.clone());
        answers.next()
    });
    requests
}

/// What they say in `Origin`; nothing is a `-`.
fn origins(fetch: &Fetch, answers: &[&str]) -> Vec<String> {
    let origin = |request: &Request| {
        request.headers.get("origin").map_or_else(|| "-".to_owned(), |value| String::from_utf8(value).unwrap())
    };
    requests(fetch, answers).iter().map(origin).collect()
}

#[test]
fn a_redirect_by_another_origin_to_yet_another_makes_the_origin_null() {
    let other = to(302, "https://b.example/end");
    assert_eq!(origins(&get(), &[&other, STAR]), ["https://app.example", "null"]);
    let mine = "200\naccess-control-allow-origin: PAGE";
    assert!(matches!(blocked(&get(), &[&other, mine]).reason, Reason::AllowOrigin { .. }));
    assert_eq!(blocked(&get(), &[&other, mine]).origin, "null");
    assert_eq!(allowed(&get(), &[&other, "200\naccess-control-allow-origin: null"]), (Kind::Cors, 200));
    // Within the origin, it stays.
    let within = to(302, "/end");
    assert_eq!(allowed(&get(), &[&within, mine]), (Kind::Cors, 200));
    // Another port, or another scheme, is another origin.
    for location in ["https://api.example:8443/", "http://api.example/"] {
        assert_eq!(origins(&get(), &[&to(302, location), STAR]), ["https://app.example", "null"]);
    }
}

#[test]
fn a_redirect_by_the_pages_own_origin_leaves_the_origin_as_it_is() {
    let own = fetch("https://app.example/a");
    let away = "302\nlocation: https://api.example/b";
    assert_eq!(origins(&own, &[away, STAR]), ["-", "https://app.example"]);
    assert_eq!(allowed(&own, &[away, "200\naccess-control-allow-origin: PAGE"]), (Kind::Cors, 200));
    assert_eq!(blocked(&own, &[away, "200"]).reason, Reason::AllowOriginMissing);
}

#[test]
fn a_request_that_has_left_stays_one_of_cors_when_it_comes_back() {
    let back = to(302, "https://app.example/end");
    assert_eq!(origins(&get(), &[&back, STAR]), ["https://app.example", "null"]);
    assert_eq!(blocked(&get(), &[&back, "200"]).reason, Reason::AllowOriginMissing);
}

#[test]
fn the_redirect_itself_is_checked() {
    assert_eq!(blocked(&get(), &["302\nlocation: /end", STAR]).reason, Reason::AllowOriginMissing);
    let wildcard = to(302, "/end");
    assert_eq!(blocked(&include(get()), &[&wildcard, STAR]).reason, Reason::AllowOriginWildcard);
}

#[test]
fn a_preflight_goes_before_each_hop() {
    let preflight = "204\naccess-control-allow-origin: *\naccess-control-allow-methods: PUT";
    let hop = to(307, "https://b.example/end");
    let put = method("PUT");
    let phases: Vec<Phase> =
        requests(&put, &[preflight, &hop, preflight, STAR]).iter().map(|request| request.phase).collect();
    assert_eq!(phases, [Phase::Preflight, Phase::Actual, Phase::Preflight, Phase::Actual]);
    assert_eq!(allowed(&put, &[preflight, &hop, preflight, STAR]), (Kind::Cors, 200));
    let blocked = blocked(&put, &[preflight, &hop, "204"]);
    assert_eq!((blocked.phase, blocked.reason), (Phase::Preflight, Reason::AllowOriginMissing));
}

#[test]
fn a_preflight_is_never_redirected() {
    let redirect = to(307, "/end");
    assert_eq!(blocked(&method("PUT"), &[&redirect, STAR]).reason, Reason::PreflightStatus(307));
}

#[test]
fn a_body_is_dropped_with_its_headers_where_the_method_becomes_get() {
    for (status, sent, then) in [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (301, "PUT", "PUT"),
        (302, "PUT", "PUT"),
        (303, "PUT", "GET"),
        (303, "GET", "GET"),
        (303, "HEAD", "HEAD"),
    ] {
        let own = fetch("https://app.example/a").method(sent).unwrap();
        let own = header(header(own, "Content-Type", "text/plain"), "x-a", "1");
        let redirect = format!("{status}\nlocation: /end");
        let last = requests(&own, &[&redirect, "200"]).pop().unwrap();
        assert_eq!(last.method, then, "{status}, {sent}");
        let keeps = last.headers.get("content-type").is_some();
        assert_eq!(keeps, sent == then, "{status}, {sent}");
        assert_eq!(last.headers.get("x-a").as_deref(), Some(&b"1"[..]));
    }
}

#[test]
fn authorization_does_not_leave_its_origin() {
    let authorized = header(fetch("https://app.example/a"), "Authorization", "Bearer x");
    let has_it =
        |answers: &[&str]| requests(&authorized, answers).pop().unwrap().headers.get("authorization").is_some();
    assert!(has_it(&["302\nlocation: /end", "200"]));
    assert!(!has_it(&["302\nlocation: https://api.example/", STAR]));
    // Nor does it come back.
    assert!(!has_it(&["302\nlocation: https://api.example/", &to(302, "https://app.example/"), STAR]));
}

#[test]
fn credentials_in_a_location_block() {
    for location in ["https://u:p@api.example/", "https://u@b.example/", "https://:p@app.example/"] {
        let reason = blocked(&get(), &[&to(302, location), STAR]).reason;
        assert_eq!(reason, Reason::RedirectCredentials(location.into()));
    }
    let own = fetch("https://app.example/a");
    let reason = blocked(&own, &["302\nlocation: https://u@api.example/", STAR]).reason;
    assert_eq!(reason, Reason::RedirectCredentials("https://u@api.example/".into()));
    // Within the page's own origin they are allowed.
    assert_eq!(allowed(&own, &["302\nlocation: https://u@app.example/", "200"]), (Kind::Basic, 200));
}

#[test]
fn a_location_leads_to_http_or_nowhere() {
    for (location, reason) in [
        ("data:,x", Reason::RedirectScheme("data".into())),
        ("ftp://b.example/", Reason::RedirectScheme("ftp".into())),
        ("https://[", Reason::RedirectLocation),
        ("/a\nlocation: /b", Reason::RedirectLocation),
        ("https://b.example:6667/", Reason::BadPort(6667)),
    ] {
        assert_eq!(blocked(&get(), &[&to(302, location), STAR]).reason, reason);
    }
    // Without one, it is an answer like any other.
    assert_eq!(allowed(&get(), &["302\naccess-control-allow-origin: *"]), (Kind::Cors, 302));
}

#[test]
fn twenty_redirects_are_followed_and_no_more() {
    let hop = to(302, "/again");
    let hops = |count: usize| [vec![hop.as_str(); count], vec![STAR]].concat();
    assert_eq!(allowed(&get(), &hops(20)), (Kind::Cors, 200));
    assert_eq!(blocked(&get(), &hops(21)).reason, Reason::RedirectCount);
}

#[test]
fn a_redirect_that_is_not_followed_is_an_error_or_hidden() {
    let hop = to(302, "https://b.example/");
    assert_eq!(allowed(&get().redirect(Redirect::Manual), &[&hop]), (Kind::OpaqueRedirect, 0));
    assert_eq!(blocked(&get().redirect(Redirect::Error), &[&hop]).reason, Reason::RedirectMode(302));
    // Checked it is all the same.
    let hop = "302\nlocation: https://b.example/";
    assert_eq!(blocked(&get().redirect(Redirect::Manual), &[hop]).reason, Reason::AllowOriginMissing);
}

#[test]
fn the_answer_tells_where_it_came_from() {
    let fetch = Fetch::new(page(), "https://api.example/a#b").unwrap();
    let answers = [to(302, "https://b.example/end"), STAR.to_owned()];
    let answer = fetch.judge_answers(answers.iter().map(|text| response(text))).outcome.unwrap();
    assert_eq!(answer.url.as_str(), "https://b.example/end#b");
}
