//! Redirects, modes and sites.

use corsac_fetch::CorsError;

use super::{allowed, blocked, blocked_otherwise, get, header, put, with, xhr};
use crate::{cors_errors::Case, session::Call};

pub fn of_redirects() -> Vec<Case> {
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
        // A request to the page's own origin becomes a CORS request when a redirect leads
        // elsewhere.
        blocked(own.clone(), &[to_other, "200"], MissingAllowOriginHeader),
        allowed(own.clone(), &["302\nlocation: http://b.localhost:PORT/end?case=", page]),
        allowed(own.clone(), &["302\nlocation: /end?case=", "200"]),
        // It remains one when it comes back, now with the origin `null`.
        blocked(
            get(),
            &["302\naccess-control-allow-origin: *\nlocation: PAGE/end?case=", "200"],
            MissingAllowOriginHeader,
        ),
        blocked(get(), &["302\naccess-control-allow-origin: *\nlocation: PAGE/end?case=", page], AllowOriginMismatch),
        allowed(get(), &["302\naccess-control-allow-origin: *\nlocation: PAGE/end?case=", null]),
        // A preflight precedes each request.
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
        // Authorization is not sent to another origin.
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

/// Redirects to places where no CORS request goes.
pub fn of_locations() -> Vec<Case> {
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
    cases.push(blocked_otherwise(get(), &many.clone().collect::<Vec<_>>()));
    cases.push(allowed(get(), &many.take(20).chain(["200\naccess-control-allow-origin: *"]).collect::<Vec<_>>()));
    cases
}

pub fn of_modes() -> Vec<Case> {
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

/// What the requests reveal about the page's site. Each is compared with the judge's.
pub fn of_sites() -> Vec<Case> {
    let star = "200\naccess-control-allow-origin: *";
    let preflight = "204\naccess-control-allow-origin: *\naccess-control-allow-methods: PUT";
    let mut cases = Vec::new();
    for url in ["http://app.localhost:PORT/items", "http://x.app.localhost:PORT/items", "http://127.0.0.1:PORT/items"] {
        let call = Call { url: url.to_owned(), ..Call::default() };
        cases.push(allowed(call.clone(), &[star]));
        cases.push(allowed(Call { method: Some("PUT".to_owned()), ..call.clone() }, &[preflight, star]));
        cases.push(allowed(Call { mode: Some("no-cors"), ..call }, &["200"]));
    }
    let by_way_of = |first: &str, then: &str| {
        let call = Call { url: first.to_owned(), ..Call::default() };
        let redirect = format!("302\naccess-control-allow-origin: *\nlocation: {then}/end?case=");
        allowed(call, &[redirect.leak(), star])
    };
    cases.push(by_way_of("PAGE/items", "http://x.app.localhost:PORT"));
    cases.push(by_way_of("http://x.app.localhost:PORT/items", "PAGE"));
    cases.push(by_way_of("http://api.localhost:PORT/items", "PAGE"));
    cases.push(by_way_of("http://api.localhost:PORT/items", "http://x.app.localhost:PORT"));
    // This is not a secure context, so the requests reveal nothing.
    cases.push(allowed(Call { url: "http://api.example:PORT/items".to_owned(), ..Call::default() }, &[star]));
    cases
}
