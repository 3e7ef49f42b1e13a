//! Any answers at all.

use corsac_fetch::Response;
use corsac_probe::{Code, findings};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{APP, observed, plan, plan_with_policy};

const NAMES: [&str; 12] = [
    "access-control-allow-origin",
    "Access-Control-Allow-Origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "access-control-max-age",
    "vary",
    "etag",
    "last-modified",
    "location",
    "cache-control",
];

fn value() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "*",
        "null",
        APP,
        "true",
        "True",
        "GET, PUT",
        "*, authorization",
        "600",
        "Origin",
        "\"1\"",
        "no-store",
        "/a",
        "https://other.example/b",
        "//u:p@x",
        "data:,x",
        "",
    ]);
    prop_oneof![4 => known.prop_map(|text| text.as_bytes().to_vec()), 1 => vec(any::<u8>(), 0..20)]
}

fn answer() -> impl Strategy<Value = Response> {
    let status = prop_oneof![Just(200_u16), Just(204), Just(302), Just(304), Just(404), 200_u16..600];
    let line = (prop::sample::select(NAMES.to_vec()), value(), any::<bool>());
    (status, vec(line, 0..8))
        .prop_map(|(status, lines)| Response::new(status, lines.into_iter().map(|(name, value, _)| (name, value))))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn any_answers_are_judged(answers in vec(prop::option::weighted(0.9, answer()), 1..40), reflects: bool, with_policy: bool) {
        let plan = if with_policy { plan_with_policy(r#"{ "allowOrigins": ["https://app.shop.example"] }"#) } else { plan(&[APP]) };
        let mut number = 0;
        let seen = observed(&plan, |ask| {
            let mut answer = answers[number % answers.len()].clone();
            if let (true, Some(answer), Some(origin)) = (reflects && number % 2 == 0, &mut answer, ask.value("origin")) {
                answer.headers.append("access-control-allow-origin", origin);
            }
            number += 1;
            answer.ok_or_else(|| "no answer".to_owned())
        });
        for finding in findings(&plan, &seen) {
            prop_assert!(Code::ALL.iter().any(|code| code.name() == finding.code));
            prop_assert!(finding.message.ends_with('.'), "{}", finding.message);
            prop_assert!(finding.request.starts_with("curl "));
        }
    }
}
