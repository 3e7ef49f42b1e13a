//! No text makes the library panic, hang or take more than its bounds.

use std::fmt::Write as _;

use corsac_manifests::{Format, Target, find, import, render};
use proptest::prelude::*;

fn all(text: &str) {
    let _ = find(text);
    let _ = import(None, text);
    for format in Format::ALL {
        if let Ok(import) = import(Some(*format), text) {
            let policy = import.document.to_string();
            assert!(corsac_policy::compile(policy.as_bytes(), &corsac_policy::Tools::default()).is_ok(), "{policy}");
        }
    }
}

/// Words of every format, and what holds them together.
const WORDS: &[&str] = &[
    "allowOrigins",
    "allowOrigin",
    "kind",
    "VirtualService",
    "spec",
    "http",
    "match",
    "uri",
    "prefix",
    "regex",
    "exact",
    "corsPolicy",
    "hosts",
    "*",
    "HTTPRoute",
    "rules",
    "filters",
    "cors",
    "SecurityPolicy",
    "targetRefs",
    "virtual_hosts",
    "domains",
    "routes",
    "typed_per_filter_config",
    "envoy.filters.http.cors",
    "Ingress",
    "metadata",
    "annotations",
    "nginx.ingress.kubernetes.io/enable-cors",
    "_format_version",
    "plugins",
    "name",
    "config",
    "origins",
    "Middleware",
    "headers",
    "accessControlAllowOriginList",
    "accessControlAllowOriginListRegex",
    "services",
    "labels",
    "traefik.http.middlewares.a.headers.accesscontrolalloworiginlist=*",
    "rule",
    "Host(`a`)",
    "PathPrefix(`/`)",
    "allow_origins",
    "uri",
    "**",
    "spring.a=b",
    "[/**]",
    "allowedOrigins",
    "allowedOriginPatterns",
    "WasmPlugin",
    "defaultConfig",
    "matchRules",
    "pluginConfig",
    "policies",
    "data",
    "configuration",
    "@type",
    "value",
    "https://a.example",
    "https://*.a.example",
    "(",
    ")",
    "^https://.*",
    "[a-z",
    "\\",
    "true",
    "null",
    "1e9",
    "-1",
    "add_header Access-Control-Allow-Origin $x;",
    "map $http_origin $x {",
    "if ($http_origin ~ a) {",
    "location / {",
    "server {",
    "}",
    "&a",
    "*a",
    "<<",
];
const GLUE: &[&str] = &[
    ": ", "\n", "\n  ", "\n- ", "{", "}", "[", "]", ", ", "\n    ", "---\n", "\"", "'", "|\n", "#", " ", "=", ".",
    "\t", "?", "!!str ", "\u{feff}", "ä",
];

fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(WORDS).prop_map(str::to_owned),
        prop::sample::select(GLUE).prop_map(str::to_owned)
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_soup_of_known_words_panics_nowhere(text in soup()) {
        all(&text);
    }

    #[test]
    fn any_text_panics_nowhere(text in "\\PC{0,60}") {
        all(&text);
    }

    #[test]
    fn a_file_that_was_cut_or_changed_panics_nowhere(cut in 0_usize..3000, insert in prop::sample::select(GLUE), file in 0_usize..30) {
        let files = files();
        let text = &files[file % files.len()];
        let at = text.char_indices().map(|(index, _)| index).nth(cut % text.chars().count()).unwrap_or(0);
        all(&text[..at]);
        all(&format!("{}{insert}{}", &text[..at], &text[at..]));
    }
}

fn files() -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import");
    let directories =
        std::fs::read_dir(root).expect("imports").flatten().map(|entry| entry.path()).filter(|path| path.is_dir());
    let mut paths: Vec<_> = directories
        .flat_map(|path| std::fs::read_dir(path).expect("files").flatten().map(|entry| entry.path()))
        .collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension != "out"));
    paths.sort();
    paths.into_iter().map(|path| std::fs::read_to_string(path).expect("a file")).collect()
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(text, "a{level}: &a{level} [{items}]");
    }
    assert!(find(&text).is_err());
    assert!(import(Some(Format::Envoy), &text).is_err());
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("- ", ""), ("a: {", "}"), ("(", ")")] {
        let text = format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
        assert!(find(&text).is_err() || open == "(", "{open}");
        for format in Format::ALL {
            assert!(import(Some(*format), &text).is_err());
        }
    }
    let regex = format!("corsPolicy: {{ allowOrigins: [{{ regex: '{}a{}' }}] }}", "(".repeat(2000), ")".repeat(2000));
    assert!(import(Some(Format::Istio), &regex).is_err());
}

#[test]
fn a_hundred_megabytes_are_refused_at_once() {
    let text = "a".repeat(100 * 1024 * 1024);
    assert!(find(&text).expect_err("too long").contains("MiB"));
    assert!(import(None, &text).expect_err("too long").sentence.contains("MiB"));
}

#[test]
fn a_deep_policy_is_rendered_without_a_panic() {
    let mut policy = serde_json::json!({ "a": [] });
    for _ in 0..200 {
        policy = serde_json::json!({ "a": policy });
    }
    for target in Target::ALL {
        assert!(!render(&policy, *target).is_empty());
    }
}

#[test]
fn a_regex_with_huge_counts_is_read_in_bounded_work() {
    for regex in [
        "(a{1000}){1000}",
        "((((a?){30}){30}){30}){30}",
        "(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)\\.example\\.com",
        "https://(x?){64}.example.com",
    ] {
        let text = serde_json::json!({ "corsPolicy": { "allowOrigins": [{ "regex": regex }] } }).to_string();
        let _ = import(Some(Format::Istio), &text);
    }
}

#[test]
fn what_would_take_the_square_of_its_size_is_refused() {
    let many = |count: usize, item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<Vec<_>>().join(",");
    let properties = many(20_000, &|index| format!("a.b{index}=c\n")).replace(',', "");
    let labels = many(6_000, &|index| format!("traefik.http.routers.r{index}.rule=Host(`a`)"));
    let compose = format!("services: {{ a: {{ labels: [{labels}] }} }}");
    let plugins = many(3_000, &|_| "{ name: cors, route: x }".to_owned());
    let kong = format!("_format_version: '3'\nplugins: [{plugins}]\n");
    for (format, text) in [(Format::Spring, properties), (Format::Traefik, compose), (Format::Kong, kong)] {
        let refusal = import(Some(format), &text).expect_err("too much");
        assert!(refusal.sentence.contains("more than"), "{format}: {}", refusal.sentence);
    }
    let keys = many(2_000, &|index| format!("k{index}: 1"));
    let merges = format!("a: &a {{ {keys} }}\nb: {{ {} }}", "<<: *a, ".repeat(300));
    assert!(find(&merges).is_err());
}
