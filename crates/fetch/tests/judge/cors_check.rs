//! [CORS check](https://fetch.spec.whatwg.org/#cors-check).

use corsac_fetch::{Fetch, Kind, Origin, Phase, Reason};

use crate::{API, allowed, blocked, get, include};

const CREDENTIALS: &str = "access-control-allow-credentials: true";

#[test]
fn without_an_allowed_origin_the_page_reads_nothing() {
    let blocked = blocked(&get(), &["200\nvary: origin"]);
    assert_eq!((blocked.phase, blocked.reason), (Phase::Actual, Reason::AllowOriginMissing));
    assert_eq!((blocked.url.as_str(), blocked.origin.as_str()), (API, "https://app.example"));
}

#[test]
fn the_pages_own_origin_is_compared_byte_for_byte() {
    assert_eq!(allowed(&get(), &["200\nAccess-Control-Allow-Origin: PAGE"]), (Kind::Cors, 200));
    for other in [
        "PAGE/",
        "https://APP.example",
        "HTTPS://app.example",
        "http://app.example",
        "PAGE:443",
        "null",
        "",
        "PAGE, PAGE",
    ] {
        let reason = blocked(&get(), &[&format!("200\naccess-control-allow-origin: {other}")]).reason;
        let value = other.replace("PAGE", "https://app.example").into_bytes();
        assert_eq!(reason, Reason::AllowOrigin { value, lines: 1 });
    }
}

#[test]
fn lines_are_joined_before_they_are_compared() {
    let twice = "200\naccess-control-allow-origin: PAGE\naccess-control-allow-origin: PAGE";
    let value = b"https://app.example, https://app.example".to_vec();
    assert_eq!(blocked(&get(), &[twice]).reason, Reason::AllowOrigin { value, lines: 2 });
}

#[test]
fn a_wildcard_is_for_every_credentials_mode_but_include() {
    let any = format!("200\naccess-control-allow-origin: *\n{CREDENTIALS}");
    assert_eq!(allowed(&get(), &[&any]), (Kind::Cors, 200));
    assert_eq!(allowed(&get().credentials(corsac_fetch::Credentials::Omit), &[&any]), (Kind::Cors, 200));
    assert_eq!(blocked(&include(get()), &[&any]).reason, Reason::AllowOriginWildcard);
}

#[test]
fn credentials_need_the_word_true_in_lower_case_and_once() {
    let origin = "200\naccess-control-allow-origin: PAGE";
    assert_eq!(allowed(&include(get()), &[&format!("{origin}\n{CREDENTIALS}")]), (Kind::Cors, 200));
    assert_eq!(blocked(&include(get()), &[origin]).reason, Reason::AllowCredentials(None));
    for word in ["True", "TRUE", "1", "", "true, true"] {
        let answer = format!("{origin}\naccess-control-allow-credentials: {word}");
        assert_eq!(blocked(&include(get()), &[&answer]).reason, Reason::AllowCredentials(Some(word.into())));
    }
    let twice = format!("{origin}\n{CREDENTIALS}\n{CREDENTIALS}");
    assert_eq!(blocked(&include(get()), &[&twice]).reason, Reason::AllowCredentials(Some(b"true, true".to_vec())));
}

#[test]
fn an_opaque_origin_is_allowed_as_null() {
    let frame = Fetch::new(Origin::opaque(), API).unwrap();
    assert_eq!(allowed(&frame, &["200\naccess-control-allow-origin: null"]), (Kind::Cors, 200));
    assert_eq!(allowed(&frame, &["200\naccess-control-allow-origin: *"]), (Kind::Cors, 200));
    let reason = blocked(&frame, &["200\naccess-control-allow-origin: PAGE"]).reason;
    assert!(matches!(reason, Reason::AllowOrigin { .. }));
    let null = "200\naccess-control-allow-origin: null";
    assert_eq!(blocked(&include(frame), &[null]).reason, Reason::AllowCredentials(None));
}

#[test]
fn the_status_does_not_matter() {
    for status in [201, 304, 401, 404, 500] {
        let answer = format!("{status}\naccess-control-allow-origin: *");
        assert_eq!(allowed(&get(), &[&answer]), (Kind::Cors, status));
    }
}
