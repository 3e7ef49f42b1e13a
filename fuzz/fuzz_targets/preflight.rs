//! Compares the scan of `Access-Control-Request-Headers` and `-Method` with the oracle. The input
//! is a line of flags, a line of allowed headers, a line of allowed methods, a line with the
//! requested method, and the requested headers, which may be any bytes.
#![no_main]

use corsac_fuzz::{allowing, check, compile, exchange};
use corsac_oracle::config::{Configuration, Pattern, Policy};
use corsac_oracle::lists::is_token;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut lines = data.splitn(5, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (flags, headers, methods, method, asked) = (line(), line(), line(), line(), line());
    let policy = Policy {
        allow_headers: names(headers),
        allow_methods: names(methods),
        allow_credentials: flags.contains(&b'c'),
        preflight_status: if flags.contains(&b's') { 200 } else { 204 },
        ..allowing(vec![Pattern::Text("https://app.example".to_owned())])
    };
    let configuration = Configuration { debug: flags.contains(&b'd'), ..Configuration::single(policy) };
    // Names of the CORS protocol itself are errors in these lists.
    let Ok(compiled) = compile(&configuration.json()) else { return };
    let mut headers = vec![
        ("origin".to_owned(), b"https://app.example".to_vec()),
        ("access-control-request-method".to_owned(), method.to_vec()),
    ];
    if !flags.contains(&b'n') {
        headers.push(("access-control-request-headers".to_owned(), asked.to_vec()));
    }
    check(&compiled.policies, &configuration, &exchange("OPTIONS", b"api.test", b"/", headers));
});

fn names(line: &[u8]) -> Vec<String> {
    let names = line.split(|byte| *byte == b',').filter(|name| is_token(name));
    names.map(|name| String::from_utf8_lossy(name).into_owned()).collect()
}
