//! What an import allows, against models of what each source allows.
//!
//! Never more: an origin that the import lets in, the source lets in. Never less than meant: an
//! honest origin that the source
//! lets in, the import lets in. The models are written from the sources' own code, and know
//! nothing of the importer.

use corsac_manifests::{Format, import};
use regex_automata::nfa::thompson::pikevm::PikeVM;
use regex_automata::util::syntax;
use serde_json::{Value as Json, json};

/// Hosts that the owner of example.com, localhost or mysite.netlify.app has.
const HONEST: &[&str] = &[
    "example.com",
    "www.example.com",
    "a.example.com",
    "b.example.com",
    "a.b.example.com",
    "app-1.example.com",
    "x-pr.example.com",
    "a_b.example.com",
    "test.com",
    "www.test.com",
    "localhost",
    "a.localhost",
    "mysite.netlify.app",
];

/// Hosts that someone else has.
const ALIKE: &[&str] = &[
    "aexample.com",
    "examplexcom",
    "evil.examplexcom",
    "wwwxexample.com",
    "example.com.evil.org",
    "a.example.com.evil.org",
    "a-example.com",
    "x-pr.evil.com",
    "alocalhost",
    "localhost.evil.org",
    "evil.org",
    "example.org",
    "xmysite.netlify.app",
    "mysite.netlify.app.evil.org",
    "evil.org-example.com",
];

fn origins(hosts: &[&str]) -> Vec<String> {
    let mut origins = Vec::new();
    for host in hosts {
        for scheme in ["https", "http"] {
            for port in ["", ":3000", ":8080", ":1"] {
                origins.push(format!("{scheme}://{host}{port}"));
            }
        }
    }
    origins
}

/// One entry, as Corsac's documentation explains it, written naively.
enum Entry {
    Regex(Oracle),
    Text(String),
}

impl Entry {
    fn of(entry: &Json) -> Self {
        match entry["regex"].as_str() {
            Some(regex) => Self::Regex(whole(regex)),
            None => Self::Text(entry.as_str().expect("a string").to_owned()),
        }
    }

    fn allows(&self, origin: &str) -> bool {
        let entry = match self {
            Self::Regex(regex) => return regex.is_match(origin),
            Self::Text(entry) => entry,
        };
        if entry == "*" {
            return true;
        }
        let (scheme, host, port) = parts(origin);
        let (entry_scheme, entry_host, entry_port) = parts(entry);
        let host_fits = match entry_host.strip_prefix("*.") {
            Some(base) => host.strip_suffix(base).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            None => entry_host == "*" || entry_host == host,
        };
        scheme == entry_scheme && host_fits && (entry_port == Some("*") || port == entry_port)
    }
}

fn parts(origin: &str) -> (&str, &str, Option<&str>) {
    let (scheme, rest) = origin.split_once("://").expect("a scheme");
    match rest.split_once(':') {
        Some((host, port)) => (scheme, host, Some(port)),
        None => (scheme, rest, None),
    }
}

/// A regular expression over bytes, in the simplest of engines: it is built for a few hundred
/// texts only.
struct Oracle(PikeVM);

impl Oracle {
    fn is_match(&self, origin: &str) -> bool {
        self.0.is_match(&mut self.0.create_cache(), origin)
    }
}

fn whole(regex: &str) -> Oracle {
    search(&format!("^(?:{regex})$"))
}

fn search(regex: &str) -> Oracle {
    let bytes = syntax::Config::new().unicode(false).utf8(false);
    let thompson = regex_automata::nfa::thompson::Config::new().utf8(false);
    Oracle(PikeVM::builder().syntax(bytes).thompson(thompson).build(regex).expect("a regex"))
}

/// The origins that an import of this text allows; none where it is refused.
fn allowed(format: Format, text: &str, origins: &[String]) -> Vec<bool> {
    match import(Some(format), text) {
        Ok(import) => {
            let entries = import.document["allowOrigins"].as_array().expect("one policy");
            let entries: Vec<Entry> = entries.iter().map(Entry::of).collect();
            origins.iter().map(|origin| entries.iter().any(|entry| entry.allows(origin))).collect()
        }
        Err(_) => vec![false; origins.len()],
    }
}

/// Compares an import with its model: `exact` origins in both directions, all others in one.
fn compare(
    format: Format,
    entry: &str,
    text: &str,
    model: impl Fn(&str) -> bool,
    exact: impl Fn(&str) -> bool,
    failures: &mut Vec<String>,
) {
    let mut all = origins(HONEST);
    let honest_ones = all.len();
    all.extend(origins(ALIKE));
    let imported = allowed(format, text, &all);
    for (index, (origin, imported)) in all.iter().zip(imported).enumerate() {
        let source = model(origin);
        let honest = index < honest_ones;
        if imported && !source {
            failures.push(format!("{format}: {entry}: wider at {origin}"));
        }
        if source && !imported && honest && exact(origin) {
            failures.push(format!("{format}: {entry}: lost {origin}"));
        }
    }
}

fn report(failures: &[String]) {
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.iter().take(60).cloned().collect::<Vec<_>>().join("\n")
    );
}

/// Regular expressions as people write them: start, scheme, what is before the base, base, port,
/// end.
fn regexes() -> Vec<[&'static str; 6]> {
    let mut all = Vec::new();
    for start in ["^", ""] {
        for scheme in ["https://", "https?://", "(http|https)://", "http(s)?:\\/\\/", "(https?://)?", ""] {
            for sub in [
                "",
                ".*\\.",
                "(.*\\.)?",
                "(.+\\.)*",
                "[a-z0-9-]+\\.",
                "([a-z0-9-]+\\.)?",
                "([a-z0-9-]+\\.)*",
                ".*",
                "www.",
                "app-[0-9]+\\.",
                "(a|b)\\.",
                ".*-pr\\.",
                "\\w+\\.",
            ] {
                for base in
                    ["example\\.com", "example.com", "localhost", "(example|test)\\.com", "mysite\\.netlify\\.app"]
                {
                    for port in ["", "(:\\d+)?", ":\\d+", ":[0-9]{1,5}", ":8080", "(:.*)?", ".*", ":(3000|8080)", "/?"]
                    {
                        for end in ["$", ""] {
                            all.push([start, scheme, sub, base, port, end]);
                        }
                    }
                }
            }
        }
    }
    all
}

/// A share of a list in which every pair of neighbours' choices occurs.
fn share<T>(all: Vec<T>, of: usize) -> impl Iterator<Item = T> {
    all.into_iter().enumerate().filter(move |(index, _)| index % of == 0).map(|(_, item)| item)
}

#[test]
fn a_regex_of_istio_is_never_wider_and_loses_no_honest_origin() {
    let mut failures = Vec::new();
    for parts in share(regexes(), 41) {
        let regex = parts.concat();
        let text = json!({ "corsPolicy": { "allowOrigins": [{ "regex": regex }] } }).to_string();
        let model = whole(&regex);
        let (scheme, lax) = (!parts[1].is_empty(), lax(&parts));
        compare(
            Format::Istio,
            &regex,
            &text,
            |origin| model.is_match(origin) || (!scheme && lax.is_match(origin)),
            |_| scheme,
            &mut failures,
        );
    }
    report(&failures);
}

/// A whole match without a scheme matches no origin as it is; what is meant is the rest of the
/// origin.
fn lax(parts: &[&str; 6]) -> Oracle {
    search(&format!("(^|[/.]){}", parts[2..].concat()))
}

#[test]
fn a_regex_of_traefik_is_never_wider_and_loses_no_honest_origin_where_it_is_anchored() {
    let mut failures = Vec::new();
    for parts in share(regexes(), 43) {
        let regex = parts.concat();
        let text = json!({ "headers": { "accessControlAllowOriginListRegex": [regex] } }).to_string();
        let model = search(&regex);
        let [start, scheme, .., end] = parts;
        let (unmatched, lax) = (start == "^" && scheme.is_empty(), lax(&parts));
        // Without an anchor more is let in than is meant.
        let optional = start.is_empty() && scheme.ends_with('?');
        let anchored = !end.is_empty() && !scheme.is_empty() && !optional;
        compare(
            Format::Traefik,
            &regex,
            &text,
            |origin| model.is_match(origin) || (unmatched && lax.is_match(origin)),
            |_| anchored,
            &mut failures,
        );
    }
    report(&failures);
}

#[test]
fn prefixes_suffixes_and_substrings_are_never_wider() {
    let mut failures = Vec::new();
    for text in [
        "https://example.com",
        "https://a.example.com:",
        "https://",
        "http",
        "https://exa",
        "http://localhost",
        "https://example.com:80",
        "http://localhost:3000",
        "https://example.",
    ] {
        let config = json!({ "allow_origin_string_match": [{ "prefix": text }] }).to_string();
        compare(
            Format::Envoy,
            text,
            &config,
            |origin| origin.starts_with(text),
            |origin| {
                !text.ends_with("exa")
                    && !text.ends_with('.')
                    && (!text.contains(":80") || origin.ends_with(":8080") == text.ends_with(":8080"))
                    && !text.ends_with("3000")
            },
            &mut failures,
        );
    }
    for text in
        ["example.com", ".example.com", "localhost", ":3000", "a.example.com:8080", ".app", "com", "//example.com"]
    {
        for (kind, exact) in [("suffix", true), ("contains", false)] {
            let config = json!({ "allow_origin_string_match": [{ kind: text }] }).to_string();
            let model = |origin: &str| if exact { origin.ends_with(text) } else { origin.contains(text) };
            compare(
                Format::Envoy,
                &format!("{kind} {text}"),
                &config,
                model,
                |_| exact && text != "com",
                &mut failures,
            );
        }
    }
    report(&failures);
}

fn globs() -> Vec<String> {
    let mut all = Vec::new();
    for scheme in ["https://", "http://"] {
        for host in [
            "*.example.com",
            "example.com",
            "*",
            "*example.com",
            "a*.example.com",
            "*-pr.example.com",
            "app-*.example.com",
            "localhost",
        ] {
            for port in ["", ":8080", ":*"] {
                all.push(format!("{scheme}{host}{port}"));
            }
        }
    }
    all
}

/// A glob as a regular expression: everything is literal but `*`.
fn glob(text: &str) -> String {
    text.replace('.', "\\.").replace('*', ".*")
}

#[test]
fn the_wildcards_of_envoy_gateway_are_never_wider_and_lose_no_honest_origin() {
    let mut failures = Vec::new();
    for entry in globs() {
        let text = json!({ "cors": { "allowOrigins": [entry] } }).to_string();
        let model = whole(&glob(&entry));
        // `https://*` takes ports there; the pattern without one does not here.
        let exact = |origin: &str| entry.ends_with(":*") || parts(origin).2.is_none() || entry.ends_with(":8080");
        compare(Format::EnvoyGateway, &entry, &text, |origin| model.is_match(origin), exact, &mut failures);
    }
    report(&failures);
}

#[test]
fn the_patterns_of_spring_are_never_wider_and_lose_no_honest_origin() {
    let mut failures = Vec::new();
    let lists = globs()
        .into_iter()
        .map(|entry| entry.replace(":*", ":[*]"))
        .chain(["https://*.example.com:[8080,3000]".to_owned(), "https://example.com:[1]".to_owned()]);
    for entry in lists {
        let text = json!({ "allowedOriginPatterns": [entry] }).to_string();
        let (host, port) = entry.split_once(":[").map_or((entry.as_str(), ""), |(host, ports)| (host, ports));
        let port = match port.trim_end_matches(']') {
            "" => String::new(),
            "*" => "(:\\d+)?".to_owned(),
            ports => format!(":({})", ports.replace(',', "|")),
        };
        let model = whole(&format!("{}{port}", glob(host)));
        let exact = |origin: &str| !port.is_empty() || parts(origin).2.is_none() || entry.ends_with(":8080");
        compare(Format::Spring, &entry, &text, |origin| model.is_match(origin), exact, &mut failures);
    }
    report(&failures);
}

#[test]
fn the_origins_of_ingress_nginx_are_never_wider_and_lose_no_honest_origin() {
    let mut failures = Vec::new();
    for entry in [
        "https://*.example.com",
        "http://*.example.com:8080",
        "https://example.com",
        "https://*.localhost",
        "http://localhost:3000",
    ] {
        for credentials in ["true", "false"] {
            let text =
                json!({ "enable-cors": "true", "cors-allow-origin": entry, "cors-allow-credentials": credentials })
                    .to_string();
            let model = search(&format!("(?i)({})$", entry.replace('.', "\\.").replace('*', "[A-Za-z0-9-]+")));
            compare(Format::IngressNginx, entry, &text, |origin| model.is_match(origin), |_| true, &mut failures);
        }
    }
    report(&failures);
}

#[test]
fn the_regexes_of_kong_are_anchored_at_their_start_and_ended_by_a_text() {
    let mut failures = Vec::new();
    for parts in share(regexes(), 61) {
        let regex = parts.concat();
        let plain = regex.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:/-".contains(&byte));
        if plain || parts[1].is_empty() {
            continue;
        }
        let text = json!({ "name": "cors", "config": { "origins": [regex] } }).to_string();
        let bare = regex.strip_prefix('^').unwrap_or(&regex);
        let ended = if bare.ends_with('$') { bare.to_owned() } else { format!("{bare}$") };
        let model = search(&format!("^(?:{ended})"));
        compare(Format::Kong, &regex, &text, |origin| model.is_match(origin), |_| true, &mut failures);
    }
    report(&failures);
}

#[test]
fn the_regexes_of_apisix_are_searched_and_so_tightened() {
    let mut failures = Vec::new();
    for parts in share(regexes(), 97) {
        let regex = parts.concat();
        let text = json!({ "plugins": { "cors": { "allow_origins_by_regex": [regex] } } }).to_string();
        let model = search(&regex);
        let [start, scheme, .., end] = parts;
        let (unmatched, lax) = (start == "^" && scheme.is_empty(), lax(&parts));
        let optional = start.is_empty() && scheme.ends_with('?');
        let anchored = !end.is_empty() && !scheme.is_empty() && !optional;
        compare(
            Format::Apisix,
            &regex,
            &text,
            |origin| model.is_match(origin) || (unmatched && lax.is_match(origin)),
            |_| anchored,
            &mut failures,
        );
    }
    report(&failures);
}
