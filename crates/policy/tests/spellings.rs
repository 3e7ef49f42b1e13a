//! No spelling of a path reaches the answer of a policy that the plain path does not get.
//!
//! A list has every way in which some server reads a spelling as the plain path. The tests apply
//! these ways, alone and in combination, under every form of rule. The answer is that of the plain
//! path's policy, or a refusal.

#![cfg(not(target_family = "wasm"))] // takes minutes in Wasm

use std::collections::BTreeSet;

use corsac_policy::{Policies, Reason, Request, Route, RoutePolicy, Tools, compile, decide};

/// One way to spell a path. `None` if the path has no place for it.
type Spelling = fn(&str) -> Option<String>;

/// Spellings that servers read as the original path, with these servers. Each is an example of its
/// kind.
const SPELLINGS: &[(&str, Spelling)] = &[
    ("a letter percent-encoded: all", |path| in_name(path, |name| percent(name, 1))),
    ("the whole name percent-encoded: all", |path| in_name(path, |name| percent(name, name.len()))),
    ("percent-encoded once more: a proxy and its upstream", |path| {
        path.contains('%').then(|| path.replace('%', "%25"))
    }),
    ("an encoded slash: Tomcat, Express, Go", |path| inner_slash(path, "%2f")),
    ("an encoded capital slash", |path| inner_slash(path, "%2F")),
    ("%u002f: IIS", |path| inner_slash(path, "%u002f")),
    ("%uff0f: IIS", |path| inner_slash(path, "%uff0f")),
    ("%u0061: IIS", |path| in_name(path, |name| format!("%u{:04x}{}", name.as_bytes()[0], &name[1..]))),
    ("an overlong slash of two bytes: old decoders", |path| inner_slash(path, "%c0%af")),
    ("an overlong slash of three bytes", |path| inner_slash(path, "%e0%80%af")),
    ("an overlong slash of four bytes", |path| inner_slash(path, "%f0%80%80%af")),
    ("an overlong backslash without a continuation: IIS 4", |path| inner_slash(path, "%c1%1c")),
    ("an overlong backslash", |path| inner_slash(path, "%c1%9c")),
    ("an overlong dot", |path| Some(format!("/%c0%ae{path}"))),
    ("a fullwidth slash: the best fit of Windows", |path| inner_slash(path, "%ef%bc%8f")),
    ("a fullwidth letter", |path| {
        in_name(path, |name| format!("%ef%bd%{:02x}{}", name.as_bytes()[0] + 0x20, &name[1..]))
    }),
    ("a backslash: the URL standard, IIS", |path| inner_slash(path, "\\")),
    ("an encoded backslash: IIS, Jetty", |path| inner_slash(path, "%5c")),
    ("a backslash at the start", |path| Some(format!("/\\{}", &path[1..]))),
    ("two slashes: nginx, Go, Rails", |path| inner_slash(path, "//")),
    ("two slashes at the start", |path| Some(format!("/{path}"))),
    ("three slashes at the start", |path| Some(format!("//{path}"))),
    ("a dot segment: all", |path| inner_slash(path, "/./")),
    ("a dot segment at the start", |path| Some(format!("/.{path}"))),
    ("an encoded dot segment", |path| Some(format!("/%2e{path}"))),
    ("a dot segment at the end", |path| Some(format!("{path}/."))),
    ("there and back: all", |path| Some(format!("/open/x/../..{path}"))),
    ("there and back with an encoded slash: Express, Go", |path| Some(format!("/open/..%2f{}", &path[1..]))),
    ("there and back with encoded dots", |path| Some(format!("/open/%2e%2e{path}"))),
    ("there and back with an encoded backslash", |path| Some(format!("/open/..%5c{}", &path[1..]))),
    ("there and back with a parameter: Tomcat", |path| Some(format!("/open/..;{path}"))),
    ("out of the other rule", |path| Some(format!("/admin/..{path}"))),
    ("out of the other rule, encoded", |path| Some(format!("/admin/%2e%2e{path}"))),
    ("above the root: all", |path| Some(format!("/../..{path}"))),
    ("down and up at the end", |path| Some(format!("{path}/x/.."))),
    ("down and up at the end, encoded", |path| Some(format!("{path}/x%2f%2e%2e"))),
    ("a slash at the end: Spring, Express, Rails", |path| Some(format!("{path}/"))),
    ("two slashes at the end", |path| Some(format!("{path}//"))),
    ("an encoded slash at the end", |path| Some(format!("{path}%2f"))),
    ("an encoded backslash at the end", |path| Some(format!("{path}%5C"))),
    ("a parameter: Tomcat, Jetty, Spring", |path| Some(format!("{path};x"))),
    ("an encoded parameter", |path| Some(format!("{path}%3bx=1"))),
    ("a parameter without a name", |path| Some(format!("{path};"))),
    ("a parameter in the middle", |path| inner_slash(path, ";a=b/")),
    ("a segment that is all parameter", |path| Some(format!("/;x{path}"))),
    ("a parameter that ends the path", |path| (!path.contains(';')).then(|| format!("{path};/../x"))),
    ("capitals: IIS, Express", |path| Some(path.to_ascii_uppercase())),
    ("one capital", |path| in_name(path, |name| format!("{}{}", name[..1].to_ascii_uppercase(), &name[1..]))),
    ("a query: all", |path| Some(format!("{path}?x=/open/x"))),
    ("an encoded query: decoding ahead of the split", |path| Some(format!("{path}%3fx"))),
    ("an encoded query in the middle", |path| Some(format!("{path}%3F/../open/x"))),
    ("an encoded fragment", |path| Some(format!("{path}%23x"))),
    ("a fragment", |path| Some(format!("{path}#/x"))),
    ("a NUL at the end: C strings", |path| Some(format!("{path}%00"))),
    ("a NUL and more", |path| (!path.contains("00")).then(|| format!("{path}%00.png"))),
    ("a NUL within: dropped", |path| {
        in_name(path, |name| format!("{}%00{}", &name[..1], &name[1..])).filter(|_| !path.contains("00"))
    }),
    ("a tab within: the URL standard", |path| in_name(path, |name| format!("{}%09{}", &name[..1], &name[1..]))),
    ("a line break within: the URL standard", |path| in_name(path, |name| format!("{}%0a{}", &name[..1], &name[1..]))),
    ("a space at the end: Windows", |path| Some(format!("{path}%20"))),
    ("a space at the end of a segment: Windows", |path| inner_slash(path, "%20/")),
    ("a no-break space at the end: Node", |path| Some(format!("{path}%a0"))),
    ("a raw no-break space at the end: Node", |path| Some(format!("{path}\u{a0}"))),
    ("a dot at the end: Windows", |path| after_name(path, ".")),
    ("an encoded dot at the end: Windows", |path| after_name(path, "%2e")),
    ("dots and spaces at the end: Windows", |path| after_name(path, ". . .")),
    ("a dot at the end of a segment: Windows", |path| {
        let (start, rest) = path.rsplit_once('/')?;
        Some(format!("{}/{rest}", after_name(start, ".")?))
    }),
    ("a stream: NTFS", |path| Some(format!("{path}::$DATA"))),
    ("a stream of a directory: NTFS", |path| inner_slash(path, ":$i30:$INDEX_ALLOCATION/")),
    ("an authority: URL parsers with a base", |path| Some(format!("//host{path}"))),
    ("an authority with a backslash", |path| Some(format!("/\\host{path}"))),
    ("an authority out of the other rule", |path| Some(format!("//open{path}"))),
    ("a whole URL: proxies", |path| Some(format!("http://host{path}"))),
];

/// The path with its first name changed.
fn in_name(path: &str, change: impl Fn(&str) -> String) -> Option<String> {
    let (start, rest) = path.split_at(1);
    let end = rest.find('/').unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    let is_name = name.len() > 1 && name.bytes().all(|byte| byte.is_ascii_lowercase());
    is_name.then(|| format!("{start}{}{rest}", change(name)))
}

/// The path with more text at its end, if a name is there: after a slash or a dot, a dot would make
/// another segment.
fn after_name(path: &str, more: &str) -> Option<String> {
    path.ends_with(['n', 'x', 's', 'N', 'X', 'S']).then(|| format!("{path}{more}"))
}

fn percent(text: &str, letters: usize) -> String {
    let (encoded, rest) = text.split_at(letters);
    let encoded: Vec<String> = encoded.bytes().map(|byte| format!("%{byte:02x}")).collect();
    encoded.concat() + rest
}

/// The path with another spelling of its last slash, except the leading one.
fn inner_slash(path: &str, spelling: &str) -> Option<String> {
    let slash = path.rfind('/').filter(|slash| *slash > 0)?;
    Some(format!("{}{spelling}{}", &path[..slash], &path[slash + 1..]))
}

/// A rule: its path pattern, or all paths; and its policy, or null.
type Rule = (Option<&'static str>, Option<&'static str>);

const STAFF: Option<&str> = Some("staff");
const PARTNERS: Option<&str> = Some("partners");
const REST: Rule = (None, PARTNERS);

/// Every form of rule, in both orders, with others, and alone.
const RULES: &[&[Rule]] = &[
    &[(Some("/admin"), STAFF), REST],
    &[(Some("/admin/*"), STAFF), REST],
    &[(Some("/admin/"), STAFF), REST],
    &[(Some("/admin//*"), STAFF), REST],
    &[(Some("/Admin"), STAFF), REST],
    &[(Some("/ADMIN/*"), STAFF), REST],
    &[(Some("/%61dmin"), STAFF), REST],
    &[(Some("/admin"), None), REST],
    &[(Some("/admin/*"), None), REST],
    &[(Some("/admin"), STAFF)],
    &[(Some("/admin/*"), STAFF)],
    &[(Some("/open/*"), PARTNERS), (None, STAFF)],
    &[(Some("/open/*"), PARTNERS), (Some("/admin/*"), STAFF), (None, None)],
    &[(Some("/admin/x"), STAFF), (Some("/admin/*"), PARTNERS), (Some("/open/*"), None)],
    &[(Some("/admin/*"), PARTNERS), (Some("/admin/x"), STAFF), (Some("/open/*"), STAFF)],
    &[(Some("/"), STAFF), (Some("/*"), PARTNERS)],
    &[(Some("/*"), PARTNERS), (Some("/admin"), STAFF)],
    &[(Some("/open"), PARTNERS), (Some("/admin"), STAFF)],
];

const PATHS: &[&str] = &["/", "/admin", "/admin/x", "/open", "/open/x", "/admins"];

fn compiled(rules: &[Rule], hosts: &str) -> Policies {
    let rule = |(path, policy): &Rule| {
        let path = path.map_or(String::new(), |path| format!(r#""paths": ["{path}"], "#));
        let policy = policy.map_or("null".to_owned(), |policy| format!("\"{policy}\""));
        format!(r#"{{ {hosts}{path}"policy": {policy} }}"#)
    };
    let rules: Vec<String> = rules.iter().map(rule).collect();
    let json = format!(
        r#"{{ "policies": {{ "staff": {{ "allowOrigins": ["https://staff.example"] }}, "partners": {{ "allowOrigins": ["https://partners.example"] }} }}, "rules": [{}] }}"#,
        rules.join(", ")
    );
    compile(json.as_bytes(), &Tools::default()).expect("sound rules").policies
}

/// The policy that the author of the rules intends for a plain path.
fn meant(rules: &[Rule], path: &str) -> Option<&'static str> {
    let covers = |pattern: &str| {
        let pattern = pattern.to_ascii_lowercase().replace("%61", "a").replace("//", "/");
        match pattern.strip_suffix("/*") {
            Some(base) => path == base || path.starts_with(&format!("{base}/")),
            None => path == pattern || format!("{path}/") == pattern,
        }
    };
    rules.iter().find(|(pattern, _)| pattern.is_none_or(covers)).and_then(|(_, policy)| *policy)
}

struct Get<'a> {
    path: &'a str,
}

impl Route for Get<'_> {
    fn route_name(&mut self) -> Option<Vec<u8>> {
        None
    }

    fn route_policy(&mut self) -> RoutePolicy {
        RoutePolicy::Absent
    }
}

impl Request for Get<'_> {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        match name {
            ":method" => Some(b"GET".to_vec()),
            ":authority" => Some(b"api.test".to_vec()),
            // Latin-1, for bytes that are not UTF-8.
            ":path" => Some(self.path.chars().map(|c| u8::try_from(u32::from(c)).expect("a byte")).collect()),
            "origin" => Some(b"https://other.example".to_vec()),
            _ => None,
        }
    }
}

#[derive(Debug, PartialEq)]
enum Answer {
    Refused,
    Policy(Option<String>),
}

fn answer(policies: &Policies, path: &str) -> Answer {
    let decision = decide(policies, &mut Get { path });
    let record = decision.record(policies);
    match record {
        Some(record) if record.reason == Reason::AmbiguousPath => Answer::Refused,
        _ => Answer::Policy(record.and_then(|record| record.policy.map(str::to_owned))),
    }
}

/// The spellings of a path by up to `depth` ways combined, each once.
fn spelled(path: &str, depth: usize) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = BTreeSet::from([path.to_owned()]);
    for _ in 0..depth {
        // Nothing can precede a whole URL, and no server reads one parameter as the end of the path
        // and another not.
        let paths = all.iter().filter(|path| path.starts_with('/') && !path.contains(";/../x"));
        let next: Vec<String> =
            paths.flat_map(|path| SPELLINGS.iter().filter_map(move |(_, spell)| spell(path))).collect();
        all.extend(next);
    }
    all
}

fn hold(rules: &[Rule], policies: &Policies, path: &str, spellings: &BTreeSet<String>) {
    let meant = Answer::Policy(meant(rules, path).map(str::to_owned));
    for spelling in spellings {
        let answer = answer(policies, spelling);
        assert!(
            answer == Answer::Refused || answer == meant,
            "{spelling} is answered as {answer:?}, and {path} is {meant:?} under {rules:?}"
        );
    }
}

#[test]
fn no_spelling_reaches_a_policy_that_the_plain_path_does_not_get_under_any_form_of_rule() {
    for path in PATHS {
        let spellings = spelled(path, 1);
        for rules in RULES {
            for hosts in ["", r#""hosts": ["api.test"], "#] {
                hold(rules, &compiled(rules, hosts), path, &spellings);
            }
        }
    }
}

#[test]
fn two_combined_spellings_reach_no_such_policy_either() {
    for path in PATHS {
        let spellings = spelled(path, 2);
        for rules in RULES {
            hold(rules, &compiled(rules, ""), path, &spellings);
        }
    }
}

#[test]
fn three_combined_spellings_reach_no_such_policy_either() {
    let spellings = spelled("/admin", 3);
    assert!(spellings.len() > 80_000, "{}", spellings.len());
    for rules in [RULES[0], RULES[12]] {
        hold(rules, &compiled(rules, ""), "/admin", &spellings);
    }
}

#[test]
fn the_plain_path_and_spellings_that_every_server_reads_alike_are_answered() {
    let rules = RULES[1];
    let policies = compiled(rules, "");
    for (path, policy) in [
        ("/admin", "staff"),
        ("/admin/", "staff"),
        ("/admin/x", "staff"),
        ("/admin/a%20b", "staff"),
        ("/admin/caf%C3%A9/%E6%97%A5%E6%9C%AC", "staff"),
        ("/admin/%C0%E9", "staff"),
        ("/admin/a.b", "staff"),
        ("/admin/X", "staff"),
        ("/admin/x;v=1/y", "staff"),
        ("/admin/a%2Fb", "staff"),
        ("/admin/?q=/open/..%2f", "staff"),
        ("/admin/https%3A%2F%2Fapp.example%2Fx", "staff"),
        ("/v1/a.b", "partners"),
        ("/v1/a%20b", "partners"),
        ("/v1/", "partners"),
        ("/v1//a", "partners"),
        ("/v1/items:batch", "partners"),
        ("/v1/$metadata", "partners"),
        ("/v1/%E7%AE%A1/%EF%BC%A1", "partners"),
        ("/.well-known/x.json", "partners"),
        ("/administrator", "partners"),
        ("/admin.json", "partners"),
        ("/Open/..%2Fx;y/%20", "partners"),
    ] {
        assert_eq!(answer(&policies, path), Answer::Policy(Some(policy.to_owned())), "{path}");
    }
}
