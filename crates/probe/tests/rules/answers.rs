//! Answers that keep a listed page out.

use corsac_probe::{Ask, Verb};

use crate::{
    APP, ORIGIN, bare, codes, codes_at, line, origin, plan, plan_with_use, probed, response, right, set, status, with,
};

#[test]
fn a_listed_origin_that_is_refused_is_found() {
    assert_eq!(codes_at(|ask| response(status(ask), Vec::new())), ["origin-refused"]);
    let other = |ask: &Ask| response(status(ask), vec![line(ORIGIN, "https://www.shop.example")]);
    assert_eq!(codes_at(other), ["origin-refused"]);
    // One that refuses by its status does not fail for everybody.
    let forbids = |ask: &Ask| response(if origin(ask).is_empty() { 200 } else { 403 }, Vec::new());
    assert_eq!(codes_at(forbids), ["origin-refused"]);
    // The URL's own pages need no CORS.
    let findings = probed(&plan(&["https://api.shop.example"]), |ask| response(status(ask), Vec::new()));
    assert_eq!(codes(&findings), [""; 0]);
}

#[test]
fn errors_without_cors_are_found_where_cors_is_meant() {
    let without = with(right(), |ask, lines| {
        if status(ask) >= 400 {
            bare(lines);
        }
    });
    assert_eq!(codes_at(without), ["error-without-cors"]);
    // A path that CORS does not cover is not in error.
    let elsewhere = with(right(), |ask, lines| {
        if ask.url.path().contains("corsac-probe") {
            bare(lines);
        }
    });
    assert_eq!(codes_at(elsewhere), [""; 0]);
    // The 404 alone, where the preflight for that path is answered.
    let missing = with(right(), |ask, lines| {
        if status(ask) == 404 {
            bare(lines);
        }
    });
    assert_eq!(codes_at(missing), ["error-without-cors"]);
    // A URL that asks everybody for a password.
    let locked = |ask: &Ask| if ask.is_preflight() { right()(ask) } else { response(401, Vec::new()) };
    assert_eq!(codes_at(locked), ["error-without-cors"]);
}

#[test]
fn a_preflight_that_fails_is_found_where_preflights_are_meant() {
    let status_of_preflights = |number: u16| {
        move |ask: &Ask| {
            let answer = right()(ask);
            if ask.is_preflight() { corsac_fetch::Response { status: number, ..answer } } else { answer }
        }
    };
    for number in [301, 403, 404, 500] {
        let found = codes_at(status_of_preflights(number));
        assert!(found.contains(&"preflight-fails".to_owned()), "{number}: {found:?}");
    }
    let locked = |ask: &Ask| if ask.is_preflight() { response(401, Vec::new()) } else { right()(ask) };
    assert_eq!(codes_at(locked), ["preflight-fails"]);
    // A file server for fonts means none.
    let fonts = |ask: &Ask| {
        if ask.verb == Verb::Options {
            response(405, vec![line(ORIGIN, "*")])
        } else {
            response(status(ask), vec![line(ORIGIN, "*")])
        }
    };
    assert_eq!(codes_at(fonts), [""; 0]);
    let silent = |ask: &Ask| {
        if ask.is_preflight() { response(405, Vec::new()) } else { response(status(ask), vec![line(ORIGIN, "*")]) }
    };
    assert_eq!(codes_at(silent), [""; 0]);
}

#[test]
fn what_pages_are_meant_to_do_must_pass_its_preflight() {
    let found = |method: &str, headers: &[&str]| codes(&probed(&plan_with_use(method, headers), right()));
    assert_eq!(found("PUT", &["authorization"]), [""; 0]);
    assert_eq!(found("GET", &[]), [""; 0]);
    assert_eq!(found("PATCH", &[]), ["preflight-fails"]);
    assert_eq!(found("PUT", &["x-other"]), ["preflight-fails"]);
    // A script's `patch` is not `PATCH`, and no script sends TRACE.
    assert_eq!(found("put", &[]), [""; 0]);
    assert_eq!(found("TRACE", &[]), [""; 0]);
}

#[test]
fn a_redirect_is_judged_at_every_hop() {
    let to = |location: &'static str, has_cors: bool| {
        move |ask: &Ask| {
            if ask.url.path().starts_with("/item") && !ask.is_preflight() {
                let mut lines = vec![line("location", location), line("vary", "Origin")];
                if has_cors && origin(ask) == APP {
                    lines.push(line(ORIGIN, APP));
                }
                return response(302, lines);
            }
            right()(ask)
        }
    };
    let found = |server: &dyn Fn(&Ask) -> corsac_fetch::Response| codes_at(server);
    assert_eq!(found(&to("https://api.shop.example/items/", false)), ["redirect-blocked"]);
    // To another origin the request's is null.
    let elsewhere = found(&to("https://cdn.shop.example/a", true));
    assert!(elsewhere.contains(&"redirect-blocked".to_owned()), "{elsewhere:?}");
    let loops = found(&to("https://api.shop.example/items", true));
    assert!(loops.len() <= 1, "{loops:?}");
}

#[test]
fn an_origin_that_makes_the_server_fail_is_found() {
    let server = |ask: &Ask| {
        let answer = right()(ask);
        if origin(ask).contains('@') { corsac_fetch::Response { status: 500, ..answer } } else { answer }
    };
    assert_eq!(codes_at(server), ["server-error"]);
    let always = |ask: &Ask| response(if ask.is_preflight() { 204 } else { 500 }, vec![line(ORIGIN, "*")]);
    assert_eq!(codes_at(always), [""; 0]);
    let set_twice = with(right(), |_, lines| set(lines, "x-a", "b"));
    assert_eq!(codes_at(set_twice), [""; 0]);
}
