//! What Chrome and Firefox call it. Chrome's names are held against Chromium in `tests/browser`;
//! Firefox's are read in its source (`nsCORSListenerProxy.cpp`).

use corsac_fetch::{CorsError, Fetch, FirefoxKey};

use crate::{blocked, fetch, get, header, include, method};

#[test]
fn every_failure_has_its_names() {
    use CorsError as C;
    use FirefoxKey as F;
    let put = || method("PUT");
    let with_x_a = || header(get(), "x-a", "1");
    let any = "204\naccess-control-allow-origin: *";
    let cases: Vec<(Fetch, &str, Option<C>, Option<F>)> = vec![
        (get(), "200", Some(C::MissingAllowOriginHeader), Some(F::CORSMissingAllowOrigin2)),
        (put(), "204", Some(C::PreflightMissingAllowOriginHeader), Some(F::CORSMissingAllowOrigin2)),
        (
            get(),
            "200\naccess-control-allow-origin: PAGE, PAGE",
            Some(C::MultipleAllowOriginValues),
            Some(F::CORSAllowOriginNotMatchingOrigin),
        ),
        (
            get(),
            "200\naccess-control-allow-origin: PAGE\naccess-control-allow-origin: PAGE",
            Some(C::MultipleAllowOriginValues),
            Some(F::CORSMultipleAllowOriginNotAllowed),
        ),
        (
            get(),
            "200\naccess-control-allow-origin: app.example",
            Some(C::InvalidAllowOriginValue),
            Some(F::CORSAllowOriginNotMatchingOrigin),
        ),
        (
            put(),
            "204\naccess-control-allow-origin: https://b.example",
            Some(C::PreflightAllowOriginMismatch),
            Some(F::CORSAllowOriginNotMatchingOrigin),
        ),
        (
            include(get()),
            "200\naccess-control-allow-origin: *",
            Some(C::WildcardOriginNotAllowed),
            Some(F::CORSNotSupportingCredentials),
        ),
        (
            include(put()),
            "204\naccess-control-allow-origin: PAGE",
            Some(C::PreflightInvalidAllowCredentials),
            Some(F::CORSMissingAllowCredentials),
        ),
        (
            put(),
            "404\naccess-control-allow-origin: *",
            Some(C::PreflightInvalidStatus),
            Some(F::CORSPreflightDidNotSucceed3),
        ),
        // Chrome looks at the redirect first, Firefox at the origin.
        (
            put(),
            "302\naccess-control-allow-origin: *\nlocation: /end",
            Some(C::PreflightDisallowedRedirect),
            Some(F::CORSExternalRedirectNotAllowed),
        ),
        (put(), "302\nlocation: /end", Some(C::PreflightDisallowedRedirect), Some(F::CORSMissingAllowOrigin2)),
        (put(), any, Some(C::MethodDisallowedByPreflightResponse), Some(F::CORSMethodNotFound)),
        (with_x_a(), any, Some(C::HeaderDisallowedByPreflightResponse), Some(F::CORSMissingAllowHeaderFromPreflight2)),
        (
            put(),
            "204\naccess-control-allow-origin: *\naccess-control-allow-methods: a b",
            Some(C::InvalidAllowMethodsPreflightResponse),
            Some(F::CORSInvalidAllowMethod),
        ),
        (
            with_x_a(),
            "204\naccess-control-allow-origin: *\naccess-control-allow-headers: x a",
            Some(C::InvalidAllowHeadersPreflightResponse),
            Some(F::CORSInvalidAllowHeader),
        ),
        // Firefox looks for the method before it reads the other list.
        (
            put(),
            "204\naccess-control-allow-origin: *\naccess-control-allow-headers: x a",
            Some(C::InvalidAllowHeadersPreflightResponse),
            Some(F::CORSMethodNotFound),
        ),
        (
            get(),
            "302\naccess-control-allow-origin: *\nlocation: https://u@b.example/",
            Some(C::RedirectContainsCredentials),
            Some(F::CORSDidNotSucceed2),
        ),
        (
            get(),
            "302\naccess-control-allow-origin: *\nlocation: ftp://b.example/",
            Some(C::CorsDisabledScheme),
            Some(F::CORSRequestNotHttp),
        ),
        (fetch("ftp://api.example/"), "200", Some(C::CorsDisabledScheme), Some(F::CORSRequestNotHttp)),
        (fetch("https://api.example:22/"), "200", None, None),
    ];
    for (fetch, answer, chrome, firefox) in cases {
        let blocked = blocked(&fetch, &[answer]);
        assert_eq!((blocked.chrome, blocked.firefox), (chrome, firefox), "{answer}: {blocked}");
    }
}

#[test]
fn no_answer_is_no_cors_error_to_chrome_and_one_to_firefox() {
    let blocked = blocked(&get(), &[]);
    assert_eq!((blocked.chrome, blocked.firefox), (None, Some(FirefoxKey::CORSDidNotSucceed2)));
}

#[test]
fn names_are_written_as_the_browsers_write_them() {
    assert_eq!(CorsError::MissingAllowOriginHeader.to_string(), "kMissingAllowOriginHeader");
    assert_eq!(FirefoxKey::CORSMissingAllowOrigin2.to_string(), "CORSMissingAllowOrigin2");
    assert_eq!(
        FirefoxKey::CORSMissingAllowOrigin2.page(),
        "https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS/Errors/CORSMissingAllowOrigin"
    );
}

#[test]
fn a_blocked_request_says_why_and_what_it_is_called() {
    assert_eq!(
        blocked(&method("PUT"), &["204"]).to_string(),
        "preflight response: there is no Access-Control-Allow-Origin; \
         Chrome: kPreflightMissingAllowOriginHeader; Firefox: CORSMissingAllowOrigin2."
    );
}
