//! The requests and the answers. `PAGE` is the page's origin, `PORT` the server's port, and `case=`
//! is filled in.

use corsac_fetch::CorsError;

use super::{Case, Outcome};
use crate::session::Call;

const API: &str = "http://api.localhost:PORT/items";

fn get() -> Call {
    Call { url: API.to_owned(), ..Call::default() }
}

fn with(call: Call) -> Call {
    Call { credentials: Some("include"), ..call }
}

fn put() -> Call {
    Call { method: Some("PUT".to_owned()), ..get() }
}

fn header(name: &str, value: &str, call: Call) -> Call {
    Call { headers: [call.headers, vec![(name.to_owned(), value.to_owned())]].concat(), ..call }
}

fn xhr(call: Call) -> Call {
    Call { xhr: true, ..call }
}

fn blocked(call: Call, answers: &[&'static str], error: CorsError) -> Case {
    Case { call, answers: answers.to_vec(), outcome: Outcome::Blocked(error) }
}

fn blocked_otherwise(call: Call, answers: &[&'static str]) -> Case {
    Case { call, answers: answers.to_vec(), outcome: Outcome::BlockedOtherwise }
}

fn allowed(call: Call, answers: &[&'static str]) -> Case {
    Case { call, answers: answers.to_vec(), outcome: Outcome::Allowed }
}

/// Every case.
pub fn cases() -> Vec<Case> {
    [of_the_cors_check(), of_preflights(), of_lists(), of_redirects(), of_modes(), of_locations(), of_exposed()]
        .into_iter()
        .flatten()
        .collect()
}

fn of_the_cors_check() -> Vec<Case> {
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

fn of_preflights() -> Vec<Case> {
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
        // A passing preflight does not make up for the response.
        blocked(
            put(),
            &["204\naccess-control-allow-origin: *\naccess-control-allow-methods: PUT", "200"],
            CorsError::MissingAllowOriginHeader,
        ),
        allowed(put(), &["204\naccess-control-allow-origin: *\naccess-control-allow-methods: PUT", star]),
        allowed(put(), &["299\naccess-control-allow-origin: *\naccess-control-allow-methods: PUT", star]),
        // No redirect without a place.
        blocked(put(), &["302"], PreflightMissingAllowOriginHeader),
        blocked(put(), &["302\naccess-control-allow-origin: *"], PreflightInvalidStatus),
        blocked(put(), &["300\naccess-control-allow-origin: *\nlocation: /items?case="], PreflightInvalidStatus),
        // Credentials of a preflight are those of the request.
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

fn of_lists() -> Vec<Case> {
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

fn of_redirects() -> Vec<Case> {
    use CorsError::{AllowOriginMismatch, MissingAllowOriginHeader, RedirectContainsCredentials};
    let end = "200\naccess-control-allow-origin: *";
    let null = "200\naccess-control-allow-origin: null";
    let page = "200\naccess-control-allow-origin: PAGE";
    let within = "302\naccess-control-allow-origin: *\nlocation: /end?case=";
    let to_other = "302\naccess-control-allow-origin: *\nlocation: http://b.localhost:PORT/end?case=";
    let to_other_kept = "307\naccess-control-allow-origin: *\nlocation: http://b.localhost:PORT/end?case=";
    let preflight = "204\naccess-control-allow-origin: *\naccess-control-allow-methods: PUT";
    let own = Call { url: "PAGE/items".to_owned(), ..Call::default() };
    let post = Call { method: Some("POST".to_owned()), body: Some("x".to_owned()), ..get() };
    let json = header("content-type", "application/json", post.clone());
    let for_json = "204\naccess-control-allow-origin: *\naccess-control-allow-headers: content-type";
    let authorized = header("authorization", "Bearer x", get());
    let for_authorized = "204\naccess-control-allow-origin: *\naccess-control-allow-headers: authorization";
    vec![
        allowed(get(), &[within, end]),
        allowed(get(), &[within, page]),
        allowed(get(), &[to_other, end]),
        allowed(get(), &[to_other, null]),
        blocked(get(), &[to_other, page], AllowOriginMismatch),
        blocked(get(), &["302\nlocation: /end?case="], MissingAllowOriginHeader),
        blocked(get(), &[to_other, "200"], MissingAllowOriginHeader),
        allowed(get(), &["301\naccess-control-allow-origin: *"]),
        // A request to the page's own origin becomes one of CORS when a redirect leads elsewhere.
        blocked(own.clone(), &[to_other, "200"], MissingAllowOriginHeader),
        allowed(own.clone(), &["302\nlocation: http://b.localhost:PORT/end?case=", page]),
        allowed(own.clone(), &["302\nlocation: /end?case=", "200"]),
        // And stays one when it comes back, now under the origin null.
        blocked(
            get(),
            &["302\naccess-control-allow-origin: *\nlocation: PAGE/end?case=", "200"],
            MissingAllowOriginHeader,
        ),
        blocked(get(), &["302\naccess-control-allow-origin: *\nlocation: PAGE/end?case=", page], AllowOriginMismatch),
        allowed(get(), &["302\naccess-control-allow-origin: *\nlocation: PAGE/end?case=", null]),
        // A preflight goes before each.
        allowed(put(), &[preflight, to_other_kept, preflight, end]),
        blocked(put(), &[preflight, to_other_kept, "204"], CorsError::PreflightMissingAllowOriginHeader),
        blocked(
            put(),
            &[preflight, to_other_kept, "204\naccess-control-allow-origin: PAGE\naccess-control-allow-methods: PUT"],
            CorsError::PreflightAllowOriginMismatch,
        ),
        // POST becomes GET, without the type of its body.
        allowed(post.clone(), &["302\naccess-control-allow-origin: *\nlocation: /end?case=", end]),
        allowed(post.clone(), &["307\naccess-control-allow-origin: *\nlocation: /end?case=", end]),
        allowed(json.clone(), &[for_json, "303\naccess-control-allow-origin: *\nlocation: /end?case=", end]),
        allowed(json, &[for_json, "308\naccess-control-allow-origin: *\nlocation: /end?case=", for_json, end]),
        allowed(put(), &[preflight, "303\naccess-control-allow-origin: *\nlocation: /end?case=", end]),
        // Authorization does not leave its origin.
        allowed(authorized.clone(), &[for_authorized, within, for_authorized, end]),
        allowed(authorized, &[for_authorized, to_other, end]),
        blocked(
            get(),
            &["302\naccess-control-allow-origin: *\nlocation: http://u:p@api.localhost:PORT/end?case="],
            RedirectContainsCredentials,
        ),
        blocked(
            get(),
            &["302\naccess-control-allow-origin: *\nlocation: http://u@b.localhost:PORT/end?case="],
            RedirectContainsCredentials,
        ),
        blocked(
            get(),
            &["302\naccess-control-allow-origin: *\nlocation: http://u:p@app.localhost/end?case="],
            RedirectContainsCredentials,
        ),
        blocked(own, &["302\nlocation: http://u:p@api.localhost:PORT/end?case="], RedirectContainsCredentials),
    ]
}

fn of_modes() -> Vec<Case> {
    let mode = |mode: &'static str, call: Call| Call { mode: Some(mode), ..call };
    let own = Call { url: "PAGE/items".to_owned(), ..Call::default() };
    let redirect = |redirect: &'static str, call: Call| Call { redirect: Some(redirect), ..call };
    let to_other = "302\naccess-control-allow-origin: *\nlocation: http://b.localhost:PORT/end?case=";
    vec![
        allowed(own.clone(), &["200"]),
        allowed(header("x-a", "1", Call { method: Some("PUT".to_owned()), ..own.clone() }), &["200"]),
        allowed(with(own.clone()), &["200"]),
        allowed(mode("no-cors", get()), &["200"]),
        allowed(mode("no-cors", get()), &["302\nlocation: http://b.localhost:PORT/end?case=", "200"]),
        allowed(mode("no-cors", Call { method: Some("POST".to_owned()), ..get() }), &["200"]),
        allowed(mode("same-origin", own.clone()), &["200"]),
        blocked_otherwise(mode("same-origin", own.clone()), &[to_other]),
        allowed(redirect("manual", get()), &[to_other]),
        allowed(redirect("manual", own), &[to_other]),
        blocked(redirect("manual", get()), &["302\nlocation: /end?case="], CorsError::MissingAllowOriginHeader),
        blocked_otherwise(redirect("error", get()), &[to_other]),
        blocked_otherwise(Call { url: "http://api.localhost:6667/items".to_owned(), ..get() }, &[]),
        blocked(
            xhr(Call { url: "capacitor://localhost/items".to_owned(), ..get() }),
            &[],
            CorsError::CorsDisabledScheme,
        ),
    ]
}

/// Redirects to where no CORS request goes.
fn of_locations() -> Vec<Case> {
    let own = || Call { url: "PAGE/items".to_owned(), ..Call::default() };
    let to = |location: &str| -> &'static str {
        format!("302\naccess-control-allow-origin: *\nlocation: {location}").leak()
    };
    let mut cases = vec![
        blocked(own(), &[to("ftp://b.localhost/end?case=")], CorsError::CorsDisabledScheme),
        blocked(get(), &["302\nlocation: data:,x?case="], CorsError::MissingAllowOriginHeader),
        blocked(put(), &["302\nlocation: data:,x?case="], CorsError::PreflightDisallowedRedirect),
        blocked(put(), &["302\nlocation:"], CorsError::PreflightMissingAllowOriginHeader),
        blocked_otherwise(own(), &[to("data:,x?case=")]),
    ];
    for scheme in
        ["ftp://b.localhost", "ws://b.localhost:PORT", "capacitor://localhost", "mailto:x", "javascript:1", "urn:x"]
    {
        cases.push(blocked(get(), &[to(&format!("{scheme}/?case="))], CorsError::CorsDisabledScheme));
    }
    for scheme in [
        "about:blank",
        "blob:http://b.localhost",
        "chrome://version",
        "chrome-extension://abc",
        "data:,x",
        "devtools://x",
        "file://",
        "filesystem:http://b.localhost",
        "isolated-app://x",
        "view-source:http://b.localhost",
    ] {
        cases.push(blocked_otherwise(get(), &[to(&format!("{scheme}/?case="))]));
    }
    for broken in ["http://[?case=", "http://b.localhost:99999/?case=", "/a?case=\nlocation: /b?case="] {
        cases.push(blocked_otherwise(get(), &[to(broken)]));
        cases.push(blocked_otherwise(put(), &[to(broken)]));
        cases.push(blocked_otherwise(get(), &[format!("302\nlocation: {broken}").leak()]));
    }
    cases.push(blocked_otherwise(get(), &[to("http://b.localhost:6667/?case=")]));
    let many = std::iter::repeat_n(to("/?case="), 21);
    cases.push(Case { call: get(), answers: many.clone().collect(), outcome: Outcome::BlockedOtherwise });
    cases.push(allowed(get(), &many.take(20).chain(["200\naccess-control-allow-origin: *"]).collect::<Vec<_>>()));
    cases
}

/// Which headers of an answer a page reads.
fn of_exposed() -> Vec<Case> {
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
