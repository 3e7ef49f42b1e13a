//! [Main fetch](https://fetch.spec.whatwg.org/#main-fetch): which requests are subject to CORS.

use corsac_fetch::{Fetch, Kind, Mode, Origin, Reason, Redirect, Section, StepOutcome};

use crate::{allowed, blocked, fetch, get, header, judge, method};

#[test]
fn the_pages_own_origin_is_not_subject_to_cors() {
    for url in ["https://app.example/", "https://app.example:443/a?b", "https://APP.example/"] {
        assert_eq!(allowed(&fetch(url), &["200"]), (Kind::Basic, 200));
    }
    let put = header(fetch("https://app.example/").method("PUT").unwrap(), "x-a", "1");
    assert_eq!(put.needs_preflight(), None);
    assert_eq!(allowed(&put, &["500"]), (Kind::Basic, 500));
}

#[test]
fn another_scheme_host_or_port_is() {
    for url in ["http://app.example/", "https://app.example:8443/", "https://www.app.example/", "https://app.example./"]
    {
        assert_eq!(blocked(&fetch(url), &["200"]).reason, Reason::AllowOriginMissing, "{url}");
    }
    let frame = Fetch::new(Origin::opaque(), "https://app.example/").unwrap();
    assert_eq!(blocked(&frame, &["200"]).reason, Reason::AllowOriginMissing);
}

#[test]
fn other_schemes_than_http_have_no_cors() {
    for url in
        ["ftp://api.example/", "file:///etc/passwd", "capacitor://localhost/", "about:blank", "ws://api.example/"]
    {
        let scheme = url.split_once(':').unwrap().0.to_owned();
        assert_eq!(blocked(&fetch(url), &["200"]).reason, Reason::NotHttp(scheme));
    }
    assert_eq!(allowed(&fetch("data:,x"), &[]), (Kind::Basic, 200));
}

#[test]
fn bad_ports_are_not_fetched_from() {
    for (port, is_bad) in
        [(0, true), (22, true), (6667, true), (10080, true), (80, false), (8080, false), (6670, false)]
    {
        let fetch = fetch(&format!("https://api.example:{port}/"));
        let verdict = judge(&fetch, &["200\naccess-control-allow-origin: *"]);
        let reason = verdict.outcome.err().map(|blocked| blocked.reason);
        assert_eq!(reason, is_bad.then_some(Reason::BadPort(port)));
    }
}

#[test]
fn modes_decide_where_cors_does_not() {
    assert_eq!(allowed(&get().mode(Mode::NoCors), &["200\nx-a: 1"]), (Kind::Opaque, 0));
    assert_eq!(allowed(&fetch("https://app.example/").mode(Mode::NoCors), &["200"]), (Kind::Basic, 200));
    let manual = get().mode(Mode::NoCors).redirect(Redirect::Manual);
    assert_eq!(blocked(&manual, &["200"]).reason, Reason::NoCorsRedirectMode);
    assert_eq!(blocked(&get().mode(Mode::SameOrigin), &["200"]).reason, Reason::SameOriginMode);
    assert_eq!(allowed(&method("POST").mode(Mode::Navigate), &["200"]), (Kind::Basic, 200));
}

#[test]
fn an_opaque_response_stays_opaque_when_it_comes_back() {
    let back = "302\nlocation: https://app.example/";
    assert_eq!(allowed(&get().mode(Mode::NoCors), &[back, "200"]), (Kind::Opaque, 0));
}

#[test]
fn what_a_script_sets_in_vain_is_told() {
    let verdict = judge(&header(get(), "Cookie", "a=b"), &["200"]);
    let first = &verdict.steps[0];
    assert_eq!((first.section, first.outcome), (Section::ForbiddenRequestHeader, StepOutcome::Noted));
    assert_eq!(first.sentence, "A script may not set Cookie; the browser leaves it out.");
}

#[test]
fn every_step_leads_to_the_standard() {
    let verdict = judge(
        &header(method("PUT"), "x-a", "1"),
        &[
            "204\naccess-control-allow-origin: *\naccess-control-allow-methods: *\naccess-control-allow-headers: *",
            "307\naccess-control-allow-origin: *\nlocation: https://b.example/",
            "204",
        ],
    );
    let failed: Vec<_> = verdict.steps.iter().filter(|step| step.outcome == StepOutcome::Failed).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(verdict.steps.last(), failed.first().copied());
    for step in &verdict.steps {
        assert!(step.section.link().starts_with("https://fetch.spec.whatwg.org/#"), "{step}");
        assert!(step.outcome == StepOutcome::Sent || step.sentence.ends_with('.'), "{step}");
    }
}
