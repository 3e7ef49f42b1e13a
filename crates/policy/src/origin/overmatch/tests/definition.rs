//! A findings from its definition, each question one expression, and the judge against it.

use proptest::prelude::*;

use crate::origin::grammar;
use crate::origin::overmatch::candidates::Candidates;
use crate::origin::overmatch::serialized::{self, Serialized, pattern};
use crate::origin::overmatch::{Examiner, Findings, both, candidates, text};
use regular_language::{Language, contains, syntax, witness};

/// Steps for one question.
const BUDGET: usize = 4_000_000;

fn shortest(language: &Language) -> Option<Vec<u8>> {
    witness(language, BUDGET).expect("within the budget")
}

/// A shortest serialised origin; one that only looks like an origin means that the exact grammar is
/// asked.
fn origin_of(language: &Language) -> Option<Vec<u8>> {
    match shortest(&both(language, &Serialized::new().rough)) {
        Some(origin) if grammar::parse(&origin).is_none() => shortest(&both(language, &serialized::origins())),
        answer => answer,
    }
}

/// Every host that a literal spells from a `//` on, whether or not a registrable domain speaks for
/// it.
fn spelled_hosts(literals: &[Vec<u8>]) -> Vec<Language> {
    let mut hosts = Vec::new();
    for literal in literals.iter().map(|literal| std::str::from_utf8(literal).expect("ASCII")) {
        for end in literal.match_indices(':').map(|(at, _)| at).chain([literal.len()]) {
            let text = literal[..end].strip_suffix('.').unwrap_or(&literal[..end]);
            if let Some((_, host)) = text.rsplit_once("//").filter(|(_, host)| !host.is_empty()) {
                hosts.push(Language::literal(host.as_bytes()));
            }
        }
    }
    hosts
}

/// An origin that is not spelled, and whether one of them is below no public suffix that is
/// spelled.
fn loose(language: &Language, literals: &[Vec<u8>]) -> Option<(Vec<u8>, bool)> {
    let serialized = Serialized::new();
    let found = Candidates::find(literals, &mut Examiner::default().solver).expect("few");
    let spelled = Language::concat(vec![
        pattern("[a-z][a-z0-9+.-]*://"),
        Language::union(spelled_hosts(literals)),
        pattern(r"\.?(:[0-9]+)?"),
    ]);
    let unspelled = language.except(&Language::union(vec![found.good(&serialized), spelled]));
    origin_of(&unspelled)?;
    let registered = found.registered_by_anyone(&serialized).unwrap_or_else(Language::empty);
    let loose = unspelled.except(&registered);
    let (bad, is_loose) = if origin_of(&loose).is_some() { (loose, true) } else { (unspelled, false) };
    let shortest = origin_of(&bad)?;
    let look_alike = bad.except(&found.bare(&serialized));
    let (https, http) = (Language::prefix(b"https://"), Language::prefix(b"http://"));
    let examples = [both(&look_alike, &https), both(&bad, &https), both(&look_alike, &http), look_alike];
    Some((examples.iter().find_map(origin_of).unwrap_or(shortest), is_loose))
}

fn judge(language: &Language, literals: &[Vec<u8>]) -> Findings {
    let [null, file] = [contains(language, b"null"), contains(language, b"file://")];
    let (loose, below_suffix) = match loose(language, literals) {
        Some((example, true)) => (Some(example), None),
        Some((example, false)) => (None, Some(example)),
        None => (None, None),
    };
    let holds = |origins: Language| shortest(&origins.except(language)).is_none();
    Findings {
        accepts_nothing: !null && !file && origin_of(&both(language, &Serialized::new().sent)).is_none(),
        any_host: candidates::schemes(literals).into_iter().any(|scheme| holds(serialized::plain_origins(scheme))),
        any_origin: holds(Serialized::new().plain),
        insecure: text(shortest(&both(language, &serialized::insecure_origins()))),
        loose: text(loose),
        below_suffix: text(below_suffix),
        null,
        file,
    }
}

/// Regexes as people write them, and with the slips that they make.
fn any_regex() -> impl Strategy<Value = String> {
    use prop::sample::select;
    let scheme = select(vec!["https://", "https?://", "http://", ".*", "app://", "[a-z]+://", "https:/?/", ""]);
    let labels = select(vec![
        "",
        ".*",
        r".*\.",
        r"([a-z0-9-]+\.)*",
        r"([a-z0-9-]+\.)?",
        r"[^.]+\.",
        "[^.]+.",
        r"a\.",
        r"(a|b\.)",
        r"(.*\.)?",
        r"([^:/]+\.)+",
    ]);
    let domain = select(vec![
        r"example\.com",
        "example.com",
        r"(foo|bar)\.co\.uk",
        r"a[0-9]\.b",
        r"b\.s3\.amazonaws\.com",
        r"(a\.s3|b)\.amazonaws\.com",
        r"github\.io",
        "com",
        "localhost",
        r"10\.0\.0\.1",
        r"127\.0\.0\.[0-9]",
        r"\[::1\]",
        r"x\.1",
        r"Example\.com",
        r"city\.kobe\.jp",
        r"a\.kobe\.jp",
        "",
    ]);
    let end = select(vec!["", ":8080", ":[0-9]+", r"(:\d+)?", ".*", r"\.?", "/", ":0", ":.+", "(:80)?.?"]);
    let one =
        (scheme, labels, domain, end).prop_map(|(scheme, labels, domain, end)| [scheme, labels, domain, end].concat());
    prop_oneof![
        8 => one.clone(),
        1 => (one.clone(), one.clone()).prop_map(|(one, other)| format!("{one}|{other}")),
        1 => one.prop_map(|one| format!("(?i){one}")),
        1 => Just("null|file://".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn one_judge_of_many_patterns_says_of_each_what_the_definition_says(
        regexes in prop::collection::vec(any_regex(), 1..6),
    ) {
        let mut one = Examiner::default();
        for regex in regexes {
            let Ok(parsed) = syntax::parse(&regex) else { continue };
            let findings = one.examine(&parsed.language, &parsed.literals, true);
            prop_assert_eq!(findings, Ok(judge(&parsed.language, &parsed.literals)), "{}", regex);
        }
    }
}
