//! The places where Chromium deviates from the Fetch standard. The judge follows the standard. A
//! failure here means that Chromium has changed.

use corsac_fetch::{Origin, Verdict};

use crate::{
    scripted::{PAGE, Scripted},
    session::Call,
};

/// The result and the number of requests. The result is `cors`, `basic` or `error`.
type Course = (&'static str, usize);

#[test]
fn chromium_deviates_from_the_standard_only_in_known_places() {
    let server = Scripted::start();
    // Chromium as shipped, without the feature that the other tests enable.
    let browser = server.browser(&[
        "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,CorsNonWildcardRequestHeadersSupport",
    ]);
    let page = Origin::parse(PAGE).unwrap();
    let cases = cases();
    for (number, (name, call, answers, standard, chromium)) in cases.iter().enumerate() {
        let id = number.to_string();
        let (call, answers) = server.stage(&id, call, answers);
        let (mut answers, mut requests) = (answers.into_iter(), 0);
        let verdict = call.fetch(&page).unwrap().judge(|_| {
            requests += 1;
            answers.next()
        });
        assert_eq!((kind(&verdict), requests), *standard, "the standard: {name}");
        let outcome = browser.call_from(PAGE, &[call]).remove(0);
        assert_eq!((outcome.kind.as_str(), server.received(&id).len()), *chromium, "Chromium: {name}");
    }
    println!("{} browser cases: where Chromium differs from the standard", cases.len());
}

fn kind(verdict: &Verdict) -> &'static str {
    verdict.outcome.as_ref().map_or("error", |answer| answer.kind.name())
}

fn cases() -> Vec<(&'static str, Call, Vec<&'static str>, Course, Course)> {
    let get = || Call { url: "http://api.localhost:PORT/items".to_owned(), ..Call::default() };
    let with = |headers: &[(&str, &str)]| Call {
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..get()
    };
    let star = "200\naccess-control-allow-origin: *";
    let any = "204\naccess-control-allow-origin: *\naccess-control-allow-headers: *";
    let long: &'static str = "a".repeat(100).leak();
    let listened = Call { xhr: true, upload_listener: true, body: Some("x".to_owned()), ..get() };
    vec![
        ("`*` covers Authorization", with(&[("authorization", "x")]), vec![any, star], ("error", 1), ("cors", 2)),
        ("client hints are safelisted", with(&[("dpr", "1")]), vec![any, star], ("cors", 2), ("cors", 1)),
        ("so is Save-Data", with(&[("save-data", "on")]), vec![any, star], ("cors", 2), ("cors", 1)),
        (
            "repeated headers are joined before they are judged",
            with(&[("accept", long), ("accept", long)]),
            vec![star],
            ("cors", 1),
            ("error", 1),
        ),
        (
            "an empty Location is ignored",
            get(),
            vec!["302\naccess-control-allow-origin: *\nlocation:", star],
            ("cors", 2),
            ("cors", 1),
        ),
        (
            "a user name in a URL of the page's own origin blocks",
            Call { url: "PAGE/items".to_owned(), ..Call::default() },
            vec!["302\nlocation: http://u@app.localhost/?case=", "200"],
            ("basic", 2),
            ("error", 1),
        ),
        (
            "an upload that is listened to needs its method listed",
            Call { method: Some("PUT".to_owned()), ..listened.clone() },
            vec!["204\naccess-control-allow-origin: *", star],
            ("cors", 2),
            ("error", 1),
        ),
        (
            "a listener to an upload of nothing takes no preflight",
            Call { body: None, ..listened },
            vec!["204\naccess-control-allow-origin: *", star],
            ("cors", 2),
            ("cors", 1),
        ),
    ]
}
