//! [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch).

use corsac_fetch::{Kind, Phase, Reason, Section, StepOutcome, Why};

use crate::{allowed, blocked, get, header, include, judge, method};

const STAR: &str = "200\naccess-control-allow-origin: *";
const MINE: &str = "200\naccess-control-allow-origin: PAGE\naccess-control-allow-credentials: true";

/// An answer to a preflight that allows the origin, and those lists.
fn any(lists: &str) -> String {
    format!("204\naccess-control-allow-origin: *\n{lists}")
}

fn mine(lists: &str) -> String {
    format!("204\naccess-control-allow-origin: PAGE\naccess-control-allow-credentials: true\n{lists}")
}

#[test]
fn a_preflight_goes_first_for_a_reason() {
    let why = |fetch: corsac_fetch::Fetch| fetch.needs_preflight();
    for simple in [get(), method("HEAD"), method("post"), header(get(), "accept", "text/html")] {
        assert_eq!(why(simple), None);
    }
    let put = Why { method: Some("PUT".into()), ..Why::default() };
    assert_eq!(why(method("put")), Some(put));
    let both = Why { method: Some("patch".into()), headers: vec!["x-a".into(), "x-b".into()], flag: false };
    assert_eq!(why(header(header(method("patch"), "X-B", "1"), "x-a", "1")), Some(both));
    assert_eq!(why(method("POST").use_preflight()), Some(Why { flag: true, ..Why::default() }));
    assert_eq!(
        why(header(method("PUT"), "x-a", "1").use_preflight()).unwrap().to_string(),
        "the method is PUT, and the script sets x-a, and the upload has a listener or is a stream"
    );
}

#[test]
fn the_answer_must_be_ok_and_allow_the_origin() {
    for status in [200, 204, 299] {
        let answer = format!("{status}\naccess-control-allow-origin: *\naccess-control-allow-methods: PUT");
        assert_eq!(allowed(&method("PUT"), &[&answer, STAR]), (Kind::Cors, 200));
    }
    for status in [300, 301, 304, 403, 404, 500] {
        let answer = format!("{status}\naccess-control-allow-origin: *\naccess-control-allow-methods: PUT");
        let blocked = blocked(&method("PUT"), &[&answer]);
        assert_eq!((blocked.phase, blocked.reason), (Phase::Preflight, Reason::PreflightStatus(status)));
    }
    // The CORS check comes first.
    assert_eq!(blocked(&method("PUT"), &["403"]).reason, Reason::AllowOriginMissing);
    assert_eq!(blocked(&include(method("PUT")), &[&any("")]).reason, Reason::AllowOriginWildcard);
}

#[test]
fn a_preflight_that_passes_does_not_make_up_for_the_response() {
    let blocked = blocked(&method("PUT"), &[&any("access-control-allow-methods: PUT"), "200"]);
    assert_eq!((blocked.phase, blocked.reason), (Phase::Actual, Reason::AllowOriginMissing));
}

#[test]
fn methods_are_compared_with_regard_to_case() {
    let listed = any("access-control-allow-methods: PATCH,, put");
    assert_eq!(allowed(&method("PATCH"), &[&listed, STAR]), (Kind::Cors, 200));
    // A script's `put` becomes `PUT`, which is not listed.
    for other in ["patch", "Patch", "put", "DELETE"] {
        let sent = method(other);
        let name = sent.sent_method().to_owned();
        assert_eq!(blocked(&sent, &[&listed]).reason, Reason::Method(name));
    }
    // A safelisted one need not be listed.
    let x_a = any("access-control-allow-methods: PATCH\naccess-control-allow-headers: x-a");
    assert_eq!(allowed(&header(method("POST"), "x-a", "1"), &[&x_a, STAR]), (Kind::Cors, 200));
}

#[test]
fn header_names_are_compared_without() {
    let listed = any("access-control-allow-headers: X-A");
    assert_eq!(allowed(&header(get(), "x-a", "1"), &[&listed, STAR]), (Kind::Cors, 200));
    let two = header(header(get(), "X-B", "1"), "x-a", "1");
    assert_eq!(blocked(&two, &[&listed]).reason, Reason::Header("x-b".into()));
}

#[test]
fn wildcards_end_at_credentials() {
    let lists = "access-control-allow-methods: *\naccess-control-allow-headers: *";
    let put = || header(method("PUT"), "x-a", "1");
    assert_eq!(allowed(&put(), &[&any(lists), STAR]), (Kind::Cors, 200));
    assert_eq!(blocked(&include(put()), &[&mine(lists)]).reason, Reason::Method("PUT".into()));
    let x_a = include(header(get(), "x-a", "1"));
    assert_eq!(blocked(&x_a, &[&mine(lists)]).reason, Reason::Header("x-a".into()));
    // There the star is a name like any other.
    assert_eq!(allowed(&include(method("*")), &[&mine(lists), MINE]), (Kind::Cors, 200));
    assert_eq!(allowed(&include(header(get(), "*", "1")), &[&mine(lists), MINE]), (Kind::Cors, 200));
}

#[test]
fn a_wildcard_does_not_cover_authorization() {
    let authorized = header(get(), "Authorization", "Bearer x");
    let star = any("access-control-allow-headers: *");
    let verdict = judge(&authorized, &[&star]);
    let noted = verdict.steps.iter().find(|step| step.sentence.contains("does not cover Authorization")).unwrap();
    assert_eq!((noted.section, noted.outcome), (Section::PreflightFetch, StepOutcome::Noted));
    assert_eq!(verdict.outcome.unwrap_err().reason, Reason::Header("authorization".into()));
    for list in ["*, AUTHORIZATION", "authorization"] {
        let listed = any(&format!("access-control-allow-headers: {list}"));
        assert_eq!(allowed(&authorized, &[&listed, STAR]), (Kind::Cors, 200));
    }
}

#[test]
fn a_list_that_is_none_blocks_whatever_is_asked() {
    let methods = any("access-control-allow-methods: PUT; GET\naccess-control-allow-headers: x a");
    assert_eq!(blocked(&method("PUT"), &[&methods]).reason, Reason::AllowMethodsSyntax(b"PUT; GET".to_vec()));
    let headers = any("access-control-allow-methods: PUT\naccess-control-allow-headers: x a");
    assert_eq!(blocked(&method("PUT"), &[&headers]).reason, Reason::AllowHeadersSyntax(b"x a".to_vec()));
}

#[test]
fn the_flag_makes_up_for_a_list_that_is_not_there_and_for_no_other() {
    let listened = || method("PUT").use_preflight();
    assert_eq!(allowed(&listened(), &[&any(""), STAR]), (Kind::Cors, 200));
    let empty = any("access-control-allow-methods:");
    assert_eq!(blocked(&listened(), &[&empty]).reason, Reason::Method("PUT".into()));
    assert_eq!(blocked(&method("PUT"), &[&any("")]).reason, Reason::Method("PUT".into()));
}

#[test]
fn no_answer_is_a_network_error() {
    let blocked = blocked(&method("PUT"), &[]);
    assert_eq!((blocked.phase, blocked.reason, blocked.chrome), (Phase::Preflight, Reason::NoAnswer, None));
}
