//! Correct and wrong responses: the CORS check, preflights and their lists, exposed headers.

use corsac_fetch::CorsError;

use super::{allowed, blocked, get, header, put, with, xhr};
use crate::{cors_errors::Case, session::Call};

pub fn of_the_cors_check() -> Vec<Case> {
    use CorsError::{
        AllowOriginMismatch, InvalidAllowCredentials, InvalidAllowOriginValue, MissingAllowOriginHeader,
        MultipleAllowOriginValues, WildcardOriginNotAllowed,
    };
    let origin = "200\naccess-control-allow-origin: PAGE";
    let mut cases = vec![
        allowed(get(), &[origin]),
        allowed(get(), &["200\nAccess-Control-Allow-Origin:\tPAGE "]),
        allowed(get(), &["200\naccess-control-allow-origin: *"]),
        allowed(get(), &["404\naccess-control-allow-origin: *"]),
        allowed(with(get()), &["200\naccess-control-allow-origin: PAGE\naccess-control-allow-credentials: true"]),
        blocked(get(), &["200"], MissingAllowOriginHeader),
        blocked(get(), &["500"], MissingAllowOriginHeader),
        blocked(xhr(get()), &["200"], MissingAllowOriginHeader),
        blocked(with(get()), &["200"], MissingAllowOriginHeader),
        blocked(with(get()), &["200\naccess-control-allow-origin: *"], WildcardOriginNotAllowed),
        blocked(
            xhr(with(get())),
            &["200\naccess-control-allow-origin: *\naccess-control-allow-credentials: true"],
            WildcardOriginNotAllowed,
        ),
        blocked(with(get()), &[origin], InvalidAllowCredentials),
        blocked(
            with(get()),
            &[
                "200\naccess-control-allow-origin: PAGE\naccess-control-allow-origin: PAGE\naccess-control-allow-credentials: true",
            ],
            MultipleAllowOriginValues,
        ),
    ];
    for credentials in ["True", "TRUE", "1", "", "false", "true, true", "true\naccess-control-allow-credentials: true"]
    {
        let answer = format!("{origin}\naccess-control-allow-credentials: {credentials}");
        cases.push(blocked(with(get()), &[answer.leak()], InvalidAllowCredentials));
    }
    for (value, error) in [
        ("PAGE, PAGE", MultipleAllowOriginValues),
        ("PAGE,", MultipleAllowOriginValues),
        ("*, PAGE", MultipleAllowOriginValues),
        ("*\naccess-control-allow-origin: *", MultipleAllowOriginValues),
        ("PAGE https://b.example", MultipleAllowOriginValues),
        ("* *", MultipleAllowOriginValues),
        ("", InvalidAllowOriginValue),
        ("app.localhost", InvalidAllowOriginValue),
        ("**", InvalidAllowOriginValue),
        ("*.localhost", InvalidAllowOriginValue),
        ("http://", InvalidAllowOriginValue),
        ("http://*.localhost", AllowOriginMismatch),
        ("http://app.localhost:*", InvalidAllowOriginValue),
        ("http://app.localhost:99999", InvalidAllowOriginValue),
        ("NULL", InvalidAllowOriginValue),
        ("null", AllowOriginMismatch),
        ("PAGE/", AllowOriginMismatch),
        ("PAGE:80", AllowOriginMismatch),
        ("http://App.localhost", AllowOriginMismatch),
        ("https://app.localhost", AllowOriginMismatch),
        ("http://b.localhost", AllowOriginMismatch),
        ("capacitor://localhost", AllowOriginMismatch),
        ("app:", AllowOriginMismatch),
        ("http://[::1", InvalidAllowOriginValue),
        ("http://[::1]", AllowOriginMismatch),
        ("http:app.localhost", AllowOriginMismatch),
        ("http://a<b", InvalidAllowOriginValue),
        ("'PAGE'", InvalidAllowOriginValue),
        ("\"PAGE\"", InvalidAllowOriginValue),
        ("<PAGE>", InvalidAllowOriginValue),
        ("http://b\u{fc}cher.example", AllowOriginMismatch),
        ("http://xn--a.example", AllowOriginMismatch),
        ("http://1.2.3.4.5", InvalidAllowOriginValue),
        ("foo://a b", MultipleAllowOriginValues),
        ("http://%41pp.localhost", AllowOriginMismatch),
        ("http://app%2flocalhost", InvalidAllowOriginValue),
        ("http://localhost..", AllowOriginMismatch),
    ] {
        let answer: &'static str = format!("200\naccess-control-allow-origin: {value}").leak();
        cases.push(blocked(get(), &[answer], error));
    }
    cases
}

pub fn of_preflights() -> Vec<Case> {
    use CorsError::{
        PreflightAllowOriginMismatch, PreflightDisallowedRedirect, PreflightInvalidAllowCredentials,
        PreflightInvalidAllowOriginValue, PreflightInvalidStatus, PreflightMissingAllowOriginHeader,
        PreflightMultipleAllowOriginValues, PreflightWildcardOriginNotAllowed,
    };
    let star = "200\naccess-control-allow-origin: *";
    let mut cases = vec![
        blocked(put(), &["204"], PreflightMissingAllowOriginHeader),
        blocked(put(), &["403"], PreflightMissingAllowOriginHeader),
        blocked(xhr(put()), &["204"], PreflightMissingAllowOriginHeader),
        blocked(with(put()), &["204\naccess-control-allow-origin: *"], PreflightWildcardOriginNotAllowed),
        blocked(put(), &["204\naccess-control-allow-origin: *, *"], PreflightMultipleAllowOriginValues),
        blocked(put(), &["204\naccess-control-allow-origin: app.localhost"], PreflightInvalidAllowOriginValue),
        blocked(put(), &["204\naccess-control-allow-origin: null"], PreflightAllowOriginMismatch),
        blocked(with(put()), &["204\naccess-control-allow-origin: PAGE"], PreflightInvalidAllowCredentials),
        // A successful preflight does not make up for the response.
        blocked(
            put(),
            &["204\naccess-control-allow-origin: *\naccess-control-allow-methods: PUT", "200"],
            CorsError::MissingAllowOriginHeader,
        ),
        allowed(put(), &["204\naccess-control-allow-origin: *\naccess-control-allow-methods: PUT", star]),
        allowed(put(), &["299\naccess-control-allow-origin: *\naccess-control-allow-methods: PUT", star]),
        // A redirect needs a location.
        blocked(put(), &["302"], PreflightMissingAllowOriginHeader),
        blocked(put(), &["302\naccess-control-allow-origin: *"], PreflightInvalidStatus),
        blocked(put(), &["300\naccess-control-allow-origin: *\nlocation: /items?case="], PreflightInvalidStatus),
        // The credentials mode of the request also decides about its preflight.
        allowed(
            with(put()),
            &[
                "204\naccess-control-allow-origin: PAGE\naccess-control-allow-credentials: true\naccess-control-allow-methods: PUT",
                "200\naccess-control-allow-origin: PAGE\naccess-control-allow-credentials: true",
            ],
        ),
    ];
    for status in ["304", "400", "401", "403", "404", "405", "500", "503"] {
        let answer = format!("{status}\naccess-control-allow-origin: *\naccess-control-allow-methods: PUT");
        cases.push(blocked(put(), &[answer.leak()], PreflightInvalidStatus));
    }
    for status in ["301", "302", "303", "307", "308"] {
        for cors in ["", "\naccess-control-allow-origin: *\naccess-control-allow-methods: PUT"] {
            let answer = format!("{status}{cors}\nlocation: /items?case=");
            cases.push(blocked(put(), &[answer.leak()], PreflightDisallowedRedirect));
        }
    }
    cases
}

pub fn of_lists() -> Vec<Case> {
    use CorsError::{
        HeaderDisallowedByPreflightResponse, InvalidAllowHeadersPreflightResponse,
        InvalidAllowMethodsPreflightResponse, MethodDisallowedByPreflightResponse,
    };
    let star = "200\naccess-control-allow-origin: *";
    let mut cases = Vec::new();
    let mut judge = |call: Call, methods: Option<&str>, headers: Option<&str>, error: Option<CorsError>| {
        let with_credentials = call.credentials == Some("include");
        let origin = if with_credentials {
            "access-control-allow-origin: PAGE\naccess-control-allow-credentials: true"
        } else {
            "access-control-allow-origin: *"
        };
        let line = |name: &str, value: Option<&str>| {
            value.map(|value| format!("\naccess-control-allow-{name}: {value}")).unwrap_or_default()
        };
        let preflight = format!("204\n{origin}{}{}", line("methods", methods), line("headers", headers));
        let answer: &'static str = if with_credentials { format!("200\n{origin}").leak() } else { star };
        let answers = [&*preflight.leak(), answer];
        cases.push(match error {
            Some(error) => blocked(call, &answers[..1], error),
            None => allowed(call, &answers),
        });
    };
    let method = |name: &str| Call { method: Some(name.to_owned()), ..get() };
    let no_method = Some(MethodDisallowedByPreflightResponse);
    let no_header = Some(HeaderDisallowedByPreflightResponse);
    for (methods, error) in [
        (Some("PUT"), None),
        (Some("GET,PUT"), None),
        (Some(",, PUT ,"), None),
        (Some("GET\naccess-control-allow-methods: PUT"), None),
        (Some("*"), None),
        (Some("GET, *"), None),
        (None, no_method),
        (Some(""), no_method),
        (Some("put"), no_method),
        (Some("Put"), no_method),
        (Some("GET, POST"), no_method),
        (Some("PUTT"), no_method),
        (Some("GET PUT"), Some(InvalidAllowMethodsPreflightResponse)),
        (Some("PUT; GET"), Some(InvalidAllowMethodsPreflightResponse)),
        (Some("PUT, [DELETE]"), Some(InvalidAllowMethodsPreflightResponse)),
        (Some("\"PUT\""), Some(InvalidAllowMethodsPreflightResponse)),
        (Some("PUT\naccess-control-allow-methods: a b"), Some(InvalidAllowMethodsPreflightResponse)),
    ] {
        judge(put(), methods, None, error);
    }
    judge(method("patch"), Some("PATCH"), None, no_method);
    judge(method("patch"), Some("patch"), None, None);
    judge(method("PATCH"), Some("patch"), None, no_method);
    judge(method("put"), Some("PUT"), None, None);
    judge(method("query"), Some("query"), None, None);
    judge(with(put()), Some("*"), None, no_method);
    judge(with(method("*")), Some("*"), None, None);
    // A safelisted method needs no list.
    let x = |call| header("x-a", "1", call);
    judge(x(get()), None, Some("x-a"), None);
    judge(x(get()), Some("DELETE"), Some("X-A"), None);
    judge(x(method("POST")), Some("DELETE"), Some("X-A"), None);
    for (headers, error) in [
        (Some("x-b, x-a"), None),
        (Some(",x-a,"), None),
        (Some("x-b\naccess-control-allow-headers: x-a"), None),
        (Some("*"), None),
        (None, no_header),
        (Some(""), no_header),
        (Some("x-aa"), no_header),
        (Some("x a"), Some(InvalidAllowHeadersPreflightResponse)),
        (Some("x-a; x-b"), Some(InvalidAllowHeadersPreflightResponse)),
        (Some("x-a:"), Some(InvalidAllowHeadersPreflightResponse)),
        (Some("x-a, {x-b}"), Some(InvalidAllowHeadersPreflightResponse)),
    ] {
        judge(x(get()), None, headers, error);
    }
    judge(with(x(get())), None, Some("*"), no_header);
    judge(with(header("*", "1", get())), None, Some("*"), None);
    judge(header("x-b", "1", x(get())), None, Some("x-a"), no_header);
    judge(x(put()), Some("a b"), Some("x a"), Some(InvalidAllowMethodsPreflightResponse));
    judge(x(put()), Some("GET"), Some("x a"), Some(InvalidAllowHeadersPreflightResponse));
    judge(x(put()), Some("GET"), Some("x-b"), no_method);
    let authorized = |call| header("Authorization", "Bearer x", call);
    judge(authorized(get()), None, Some("*"), no_header);
    judge(authorized(get()), None, Some("*, AUTHORIZATION"), None);
    judge(authorized(get()), None, Some("authorization"), None);
    judge(authorized(x(get())), None, Some("x-a"), no_header);
    judge(header("content-type", "application/json", method("POST")), None, None, no_header);
    judge(header("content-type", "application/json", method("POST")), None, Some("Content-Type"), None);
    judge(header("range", "bytes=-5", get()), None, Some("range"), None);
    let listened = Call { body: Some("x".to_owned()), upload_listener: true, ..xhr(method("POST")) };
    judge(listened.clone(), None, None, None);
    judge(listened, Some("DELETE"), None, None);
    cases
}

/// The headers of a response that a page reads.
pub fn of_exposed() -> Vec<Case> {
    let answer = |origin: &str, expose: &str| -> &'static str {
        format!(
            "200\naccess-control-allow-origin: {origin}\naccess-control-allow-credentials: true\n\
             content-type: text/plain\ncache-control: no-store\nexpires: 0\nlast-modified: never\npragma: x\n\
             content-language: de\netag: \"1\"\nx-a: 1\nx-a: 2\nx-b: 3\n*: star\nset-cookie: a=b{expose}"
        )
        .leak()
    };
    let mut cases = Vec::new();
    for expose in [
        "",
        "\naccess-control-expose-headers: X-A, set-cookie, absent",
        "\naccess-control-expose-headers: etag,, x-b ,",
        "\naccess-control-expose-headers: x-a\naccess-control-expose-headers: x-b",
        "\naccess-control-expose-headers: *",
        "\naccess-control-expose-headers: x-a, *",
        "\naccess-control-expose-headers:",
        "\naccess-control-expose-headers: x a, etag",
    ] {
        for call in [get(), xhr(get())] {
            cases.push(allowed(call, &[answer("*", expose)]));
        }
        cases.push(allowed(with(get()), &[answer("PAGE", expose)]));
        let own = Call { url: "PAGE/items".to_owned(), ..Call::default() };
        cases.push(allowed(own, &[answer("*", expose)]));
    }
    cases
}
