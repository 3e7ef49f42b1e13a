//! What holds for every request and every response.

use corsac_fetch::{Credentials, Fetch, Headers, Kind, Reason, Response, StepOutcome};
use proptest::prelude::*;

use crate::{API, PAGE, page};

/// Values from which an `Access-Control-*` header is likely to be made.
fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => prop::sample::select(vec![
            "*", PAGE, "null", "true", "TRUE", "PUT", "put", "x-a", "X-A, x-b", "PUT,GET", "*, PUT", "", "a b", "authorization",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ]
}

fn headers() -> impl Strategy<Value = Headers> {
    let name = prop::sample::select(vec![
        "access-control-allow-origin",
        "access-control-allow-origin",
        "Access-Control-Allow-Credentials",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-expose-headers",
        "access-control-max-age",
        "location",
        "set-cookie",
        "x-a",
    ]);
    prop::collection::vec((name, value()), 0..7).prop_map(|lines| lines.into_iter().collect())
}

fn response() -> impl Strategy<Value = Response> {
    let status = prop::sample::select(vec![200_u16, 204, 299, 301, 302, 303, 304, 307, 404, 500]);
    (status, headers()).prop_map(|(status, headers)| Response { status, headers })
}

fn request() -> impl Strategy<Value = Fetch> {
    let method = prop::sample::select(vec!["GET", "POST", "PUT", "patch", "*"]);
    let name = prop::sample::select(vec!["accept", "content-type", "range", "x-a", "authorization", "cookie"]);
    let credentials = prop::sample::select(vec![Credentials::Omit, Credentials::SameOrigin, Credentials::Include]);
    let value = "[ -~]{0,12}";
    (method, prop::collection::vec((name, value), 0..4), credentials, any::<bool>()).prop_map(
        |(method, headers, credentials, flag)| {
            let fetch = Fetch::new(page(), API).unwrap().method(method).unwrap().credentials(credentials);
            let fetch = headers.into_iter().fold(fetch, |fetch, (name, value)| fetch.header(name, value).unwrap());
            if flag { fetch.use_preflight() } else { fetch }
        },
    )
}

/// The CORS check as one expression.
fn passes(headers: &Headers, include: bool) -> bool {
    let origin = headers.get("access-control-allow-origin");
    let is = |value: &str| origin.as_deref() == Some(value.as_bytes());
    let credentials = headers.get("access-control-allow-credentials");
    (is("*") && !include) || (is(PAGE) && (!include || credentials.as_deref() == Some(b"true")))
}

proptest! {
    #[test]
    fn a_verdict_ends_with_the_step_that_fails_or_with_what_is_read(
        fetch in request(),
        responses in prop::collection::vec(response(), 0..5),
    ) {
        let verdict = fetch.judge_answers(responses);
        let failed = verdict.steps.iter().filter(|step| step.outcome == StepOutcome::Failed).count();
        prop_assert_eq!(failed, usize::from(!verdict.is_allowed()));
        let last = verdict.steps.last().map(|step| step.outcome);
        prop_assert_eq!(last == Some(StepOutcome::Failed), !verdict.is_allowed());
        if let Ok(answer) = verdict.outcome {
            prop_assert_eq!(answer.headers.get("set-cookie"), None);
        }
    }

    #[test]
    fn nothing_is_read_that_does_not_pass_the_cors_check(
        fetch in request(),
        include in any::<bool>(),
        preflight in response(),
        actual in headers(),
    ) {
        let credentials = if include { Credentials::Include } else { Credentials::Omit };
        let fetch = fetch.credentials(credentials);
        let actual = Response { status: 200, headers: actual };
        let responses = if fetch.needs_preflight().is_some() {
            vec![preflight.clone(), actual.clone()]
        } else {
            vec![actual.clone()]
        };
        let preflight_passes = responses.len() == 1
            || (passes(&preflight.headers, include) && (200..300).contains(&preflight.status));
        let outcome = fetch.judge_answers(responses).outcome;
        match outcome {
            Ok(answer) => {
                prop_assert!(preflight_passes && passes(&actual.headers, include));
                prop_assert_eq!(answer.kind, Kind::Cors);
            }
            Err(blocked) => {
                let of_the_lists = matches!(
                    blocked.reason,
                    Reason::Method(_)
                        | Reason::Header(_)
                        | Reason::AllowMethodsSyntax(_)
                        | Reason::AllowHeadersSyntax(_)
                );
                prop_assert!(of_the_lists || !preflight_passes || !passes(&actual.headers, include));
                // A broken redirect is no CORS error in Chrome.
                let redirects = [&preflight.headers, &actual.headers].iter().any(|it| it.get("location").is_some());
                prop_assert!(blocked.chrome.is_some() || redirects);
                prop_assert!(blocked.firefox.is_some());
            }
        }
    }
}
