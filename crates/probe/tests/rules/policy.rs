//! Answers that are compared with a policy.

use corsac_fetch::Response;
use corsac_probe::{Ask, Intent};

use crate::{APP, allowing, bare, codes, origin, plan_with_policy, probed, response, set, status, with};

const POLICY: &str = r#"{ "allowOrigins": ["https://app.shop.example", "https://*.partner.example"],
    "allowMethods": ["PUT"], "allowHeaders": ["authorization"], "allowCredentials": true, "maxAge": 60 }"#;

/// Corsac itself, with that policy.
fn corsac(policy: &str) -> impl Fn(&Ask) -> Response {
    let intent = Intent::new(policy.as_bytes()).unwrap();
    move |ask| {
        let upstream = response(status(ask), Vec::new());
        intent.answer(ask, &upstream).unwrap_or(upstream)
    }
}

#[test]
fn corsac_answers_as_its_policy_says() {
    for policy in [
        POLICY,
        r#"{ "allowOrigins": ["*"], "allowMethods": ["*"], "allowHeaders": ["*"] }"#,
        r#"{ "allowOrigins": ["https://app.shop.example:*"], "timingAllowOrigin": true }"#,
        r#"{ "allowOrigins": ["https://app.shop.example"], "disallowedOrigins": "reject" }"#,
        r#"{ "allowOrigins": [{ "origin": "null", "acceptRisks": ["null-origin"] }] }"#,
        r#"{ "policies": { "p": { "allowOrigins": ["*"] } }, "rules": [{ "paths": ["/other"], "policy": "p" }] }"#,
    ] {
        let findings = probed(&plan_with_policy(policy), corsac(policy));
        assert_eq!(codes(&findings), [""; 0], "{policy}: {findings:#?}");
    }
}

#[test]
fn the_origins_of_a_policy_are_tried() {
    let plan = plan_with_policy(POLICY);
    assert_eq!(plan.listed, [APP, "https://app.partner.example"]);
    // What the policy allows is no attack.
    let plan = plan_with_policy(r#"{ "allowOrigins": ["https://app.shop.example:*", "http://app.shop.example"] }"#);
    assert!(!plan.attacks.iter().any(|attack| attack.origin == "http://app.shop.example"));
    assert!(!plan.attacks.iter().any(|attack| attack.origin == "https://app.shop.example:9443"));
}

#[test]
fn each_difference_is_a_finding() {
    let is_only_about_the_policy = |server: &dyn Fn(&Ask) -> Response, part: &str| {
        let findings = probed(&plan_with_policy(POLICY), server);
        let told: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
        let differs = findings.iter().any(|finding| finding.code == "policy-differs" && finding.message.contains(part));
        assert!(differs, "{part}: {told:#?}");
    };
    is_only_about_the_policy(&with(corsac(POLICY), |_, lines| bare(lines)), "Access-Control-Allow-Origin is absent");
    let longer = with(corsac(POLICY), |ask, lines| {
        if ask.is_preflight() && origin(ask) == APP {
            set(lines, "access-control-max-age", "600");
        }
    });
    is_only_about_the_policy(&longer, "Access-Control-Max-Age is \"600\", by the policy \"60\"");
    let silent = with(corsac(POLICY), |_, lines| lines.retain(|(name, _)| name != "vary"));
    is_only_about_the_policy(&silent, "Vary does not say Origin");
    is_only_about_the_policy(
        &allowing(|_| true),
        "Access-Control-Allow-Origin is the asking origin, by the policy absent",
    );
}

#[test]
fn an_answer_that_lets_in_more_than_the_policy_is_an_error() {
    let findings = probed(&plan_with_policy(POLICY), allowing(|_| true));
    let differs = findings.iter().find(|finding| finding.code == "policy-differs").unwrap();
    assert_eq!(differs.severity, corsac_probe::Severity::Error);
    assert!(findings.iter().any(|finding| finding.code == "reflected-origin"));
}

#[test]
fn a_policy_with_an_error_has_its_diagnostics() {
    assert!(!Intent::new(b"{}").unwrap_err().is_empty());
}
