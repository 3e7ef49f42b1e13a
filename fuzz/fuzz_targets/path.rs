//! Rules: compares the canonical form of a path with a slow and obvious one. The input is one path
//! pattern a line, a blank line, then one path a line. Every pattern selects a different policy, so
//! that a wrong choice shows.
#![no_main]

use corsac_fuzz::{allowing, check, compile, exchange, text};
use corsac_oracle::config::{Configuration, Form, Pattern, Policy, Rule};
use libfuzzer_sys::fuzz_target;

const ORIGIN: &str = "https://app.example";

fuzz_target!(|data: &[u8]| {
    let (patterns, paths) = text::halves(data);
    let mut configuration = None;
    // Omits a pattern that the engine refuses, and tries the rest.
    let mut kept: Vec<String> = Vec::new();
    for pattern in patterns.into_iter().take(6).filter_map(|line| std::str::from_utf8(line).ok()) {
        kept.push(pattern.to_owned());
        let with = many(&kept);
        match compile(&with.json()) {
            Ok(compiled) => configuration = Some((with, compiled.policies)),
            Err(_) => drop(kept.pop()),
        }
    }
    let Some((configuration, policies)) = configuration else { return };
    // The oracle looks at every reading of a path, which takes its time.
    let own = kept.iter().take(2).flat_map(|pattern| variants(pattern.trim_end_matches('*')));
    let methods = ["GET", "OPTIONS"].into_iter().cycle();
    for (path, method) in paths.into_iter().map(<[u8]>::to_vec).chain(own).zip(methods) {
        let headers = vec![
            ("origin".to_owned(), ORIGIN.as_bytes().to_vec()),
            ("access-control-request-method".to_owned(), b"PUT".to_vec()),
        ];
        check(&policies, &configuration, &exchange(method, b"api.test", &path, headers));
    }
});

fn many(patterns: &[String]) -> Configuration {
    let name = |index| format!("p{index}");
    let policy = || -> Policy { allowing(vec![Pattern::Text(ORIGIN.to_owned())]) };
    Configuration {
        form: Form::Many {
            policies: (0..patterns.len()).map(|index| (name(index), policy())).collect(),
            rules: Some(
                patterns
                    .iter()
                    .enumerate()
                    .map(|(index, path)| Rule {
                        paths: Some(vec![path.clone()]),
                        policy: Some(name(index)),
                        ..Rule::default()
                    })
                    .collect(),
            ),
            policy_from_route_metadata: false,
        },
        debug: true,
    }
}

/// The spellings that an upstream may read as this path.
fn variants(path: &str) -> Vec<Vec<u8>> {
    let trimmed = path.trim_start_matches('/');
    [
        path.to_owned(),
        format!("{path}x"),
        format!("{path}/"),
        format!("/{path}"),
        format!("/./{trimmed}"),
        format!("/x/..{path}"),
        format!("/x/%2e%2E{path}"),
        format!("/x%2f..%5c{trimmed}"),
        format!("{path};v=1"),
        format!("{path}?x"),
        path.to_ascii_uppercase(),
        path.replacen('/', "%2f", 2),
        path.replace('/', "/%2e/"),
        path.replace('/', "%252f"),
        path.replace('/', "%25252F"),
        path.replace('/', "%2525252F"),
        path.replace('/', "%u002f"),
        path.replace('/', "%c0%af"),
        path.replace('/', "%ef%bc%8f"),
        format!("{path}%00.png"),
        format!("{path}%3fx"),
        format!("{path}. ."),
        format!("{path}::$DATA"),
        format!("//host{path}"),
        format!("/x/y%2fz/../%2e%2e{path}"),
    ]
    .map(String::into_bytes)
    .into()
}
