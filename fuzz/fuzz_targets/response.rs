//! Compares the editing of responses with the oracle, above all the merging of `Vary`. The input is
//! a line of flags, a line with the request's origin, and the upstream's `vary`, which may be any
//! bytes.
#![no_main]

use corsac_fuzz::{allowing, check, compile, exchange};
use corsac_oracle::config::{Configuration, Pattern, Policy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut lines = data.splitn(3, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (flags, origin, vary) = (line(), line(), line());
    let is = |flag: u8| flags.contains(&flag);
    let list = if is(b'*') { "*" } else { "https://app.example" };
    let policy = Policy {
        allow_credentials: is(b'c'),
        preserve: is(b'p'),
        reject: is(b'r'),
        report_only: is(b'o'),
        timing_allow_origin: is(b't'),
        expose_headers: if is(b'e') { vec!["x-a".to_owned()] } else { vec![] },
        ..allowing(vec![Pattern::Text(list.to_owned())])
    };
    let configuration = Configuration { debug: is(b'd'), ..Configuration::single(policy) };
    let compiled = compile(&configuration.json()).expect("sound");
    let mut exchange = exchange("GET", b"api.test", b"/", vec![]);
    if !origin.is_empty() {
        exchange.request.headers.push(("origin".to_owned(), origin.to_vec()));
    }
    if is(b'k') {
        exchange.request.headers.push(("cookie".to_owned(), b"a=b".to_vec()));
    }
    if !is(b'n') {
        exchange.upstream.push(("vary".to_owned(), vary.to_vec()));
    }
    if is(b'u') {
        exchange.upstream.push(("access-control-allow-origin".to_owned(), b"https://other.example".to_vec()));
    }
    if is(b'w') {
        exchange.upstream.push(("access-control-allow-origin".to_owned(), b"*".to_vec()));
    }
    check(&compiled.policies, &configuration, &exchange);
});
