use std::collections::BTreeSet;

use fst::Streamer;
use proptest::prelude::*;

use super::*;

fn keys() -> Vec<String> {
    let rules = rules().expect("the embedded list opens");
    let mut keys = Vec::new();
    let mut stream = rules.stream();
    while let Some((key, _)) = stream.next() {
        keys.push(String::from_utf8(key.to_vec()).expect("keys are ASCII"));
    }
    keys
}

/// The rules as the list writes them, and those of the supplement.
fn listed() -> BTreeSet<String> {
    let exception = |key: &str| key.strip_suffix('!').map(|name| format!("!{}", as_listed(name)));
    let list = keys().into_iter().map(|key| exception(&key).unwrap_or_else(|| as_listed(&key)));
    list.chain(SUPPLEMENT.iter().map(|rule| (*rule).to_owned())).collect()
}

/// One name that each rule is about: `x.kobe.jp` for `*.kobe.jp`, `city.kobe.jp` for
/// `!city.kobe.jp`.
fn names() -> Vec<String> {
    listed().iter().map(|rule| rule.trim_start_matches('!').replace('*', "x")).collect()
}

/// The published algorithm over the rules as listed, plain and slow: the offset of the public
/// suffix of a well-formed host.
fn naive_suffix_start(listed: &BTreeSet<String>, host: &str) -> usize {
    let starts: Vec<usize> = iter::once(0).chain(host.match_indices('.').map(|(dot, _)| dot + 1)).collect();
    let after = |index: usize| starts.get(index + 1).copied();
    let exception = |&index: &usize| listed.contains(&format!("!{}", &host[starts[index]..]));
    let rule = |&index: &usize| {
        let wildcard = after(index).map(|parent| format!("*.{}", &host[parent..]));
        listed.contains(&host[starts[index]..]) || wildcard.is_some_and(|rule| listed.contains(&rule))
    };
    let indices = 0..starts.len();
    let excepted = indices.clone().find(exception).and_then(after);
    excepted.or_else(|| indices.clone().find(rule).map(|index| starts[index])).unwrap_or(starts[starts.len() - 1])
}

/// Against the naive algorithm exactly. Against the `psl` crate but for one host in two hundred:
/// its list may be of another day, and it forgets a wildcard where a deeper rule begins
/// (`ex.futurecms.at` under `*.futurecms.at` and `*.ex.futurecms.at`, version 2.1.247). A wrong
/// algorithm differs by hundreds.
fn assert_oracles_agree(hosts: &[String]) {
    let listed = listed();
    let mut differing = Vec::new();
    for host in hosts {
        assert_eq!(suffix_start(host), Some(naive_suffix_start(&listed, host)), "{host}");
        let agrees = registrable_domain(host) == psl::domain_str(host)
            && is_public_suffix(host) == (psl::suffix_str(host) == Some(host));
        if !agrees && suffixes_below(host).is_empty() {
            differing.push(host);
        }
    }
    assert!(differing.len() * 200 <= hosts.len(), "{} of {} differ: {differing:?}", differing.len(), hosts.len());
}

#[test]
fn every_rule_is_judged_as_by_the_oracles() {
    let names = names();
    assert!(names.len() > 8_000, "{} rules", names.len());
    assert_oracles_agree(&names);
}

#[test]
fn one_and_two_labels_below_every_rule_are_judged_as_by_the_oracles() {
    let below = |prefix: &str| names().iter().map(|name| format!("{prefix}{name}")).collect::<Vec<_>>();
    assert_oracles_agree(&below("example."));
    assert_oracles_agree(&below("www.example."));
}

#[test]
fn everything_above_a_rule_is_judged_as_by_the_oracles() {
    let names = names();
    let parents: BTreeSet<&str> =
        names.iter().flat_map(|name| name.match_indices('.').map(|(dot, _)| &name[dot + 1..])).collect();
    assert_oracles_agree(&parents.into_iter().map(str::to_owned).collect::<Vec<_>>());
}

#[test]
fn hosts_made_of_labels_of_the_list_are_judged_as_by_the_oracles() {
    let names = names();
    let labels: Vec<&str> =
        names.iter().flat_map(|name| name.split('.')).collect::<BTreeSet<_>>().into_iter().collect();
    let letters = labels.iter().filter(|label| label.bytes().all(|byte| byte.is_ascii_lowercase()));
    let last: Vec<&str> = letters.copied().collect();
    let mut state = 1_u64;
    let mut below = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % bound
    };
    let host = |_| {
        let front: Vec<&str> = (0..below(4)).map(|_| labels[below(labels.len())]).collect();
        let tail = if below(2) == 0 { last[below(last.len())] } else { &names[below(names.len())] };
        front.into_iter().chain([tail]).collect::<Vec<_>>().join(".")
    };
    assert_oracles_agree(&(0..50_000).map(host).collect::<Vec<_>>());
}

/// The cases of <https://raw.githubusercontent.com/publicsuffix/list/main/tests/test_psl.txt>
/// (public domain): host, registrable domain. Left out: those in upper case, with a leading dot and
/// in Unicode, which are no hosts here.
const PUBLISHED: &str = "
    example -                       example.example example.example       b.example.example example.example
    a.b.example.example example.example
    biz -                           domain.biz domain.biz                 b.domain.biz domain.biz
    a.b.domain.biz domain.biz       com -                                 example.com example.com
    b.example.com example.com       a.b.example.com example.com           uk.com -
    example.uk.com example.uk.com   b.example.uk.com example.uk.com       a.b.example.uk.com example.uk.com
    test.ac test.ac                 mm -                                  c.mm -
    b.c.mm b.c.mm                   a.b.c.mm b.c.mm                       jp -
    test.jp test.jp                 www.test.jp test.jp                   ac.jp -
    test.ac.jp test.ac.jp           www.test.ac.jp test.ac.jp             kyoto.jp -
    test.kyoto.jp test.kyoto.jp     ide.kyoto.jp -                        b.ide.kyoto.jp b.ide.kyoto.jp
    a.b.ide.kyoto.jp b.ide.kyoto.jp c.kobe.jp -                           b.c.kobe.jp b.c.kobe.jp
    a.b.c.kobe.jp b.c.kobe.jp       city.kobe.jp city.kobe.jp             www.city.kobe.jp city.kobe.jp
    ck -                            test.ck -                             b.test.ck b.test.ck
    a.b.test.ck b.test.ck           www.ck www.ck                         www.www.ck www.ck
    us -                            test.us test.us                       www.test.us test.us
    ak.us -                         test.ak.us test.ak.us                 www.test.ak.us test.ak.us
    k12.ak.us -                     test.k12.ak.us test.k12.ak.us         www.test.k12.ak.us test.k12.ak.us
    xn--85x722f.com.cn xn--85x722f.com.cn                                 xn--55qx5d.cn -
    xn--85x722f.xn--55qx5d.cn xn--85x722f.xn--55qx5d.cn                   xn--fiqs8s -
    www.xn--85x722f.xn--55qx5d.cn xn--85x722f.xn--55qx5d.cn
    shishi.xn--55qx5d.cn shishi.xn--55qx5d.cn
    xn--85x722f.xn--fiqs8s xn--85x722f.xn--fiqs8s
    www.xn--85x722f.xn--fiqs8s xn--85x722f.xn--fiqs8s
    shishi.xn--fiqs8s shishi.xn--fiqs8s
";

#[test]
fn the_published_cases_hold() {
    let words: Vec<&str> = PUBLISHED.split_whitespace().collect();
    assert_eq!(words.len(), 2 * 61);
    for case in words.chunks(2) {
        assert_eq!(registrable_domain(case[0]).unwrap_or("-"), case[1], "{}", case[0]);
        assert_eq!(is_public_suffix(case[0]), case[1] == "-", "{}", case[0]);
    }
}

#[test]
fn names_of_the_private_section_are_public_suffixes() {
    assert!(is_public_suffix("github.io") && is_public_suffix("s3.amazonaws.com"));
    assert_eq!(registrable_domain("a.octocat.github.io"), Some("octocat.github.io"));
}

#[test]
fn the_supplement_says_nothing_that_the_list_says() {
    let rules = rules().expect("the embedded list opens");
    for rule in SUPPLEMENT {
        let name = rule.replace('*', "x");
        let default = start_of_last_label(&name);
        assert_ne!(longest_rule(&rules, &name, default), 0, "the list has {rule}");
        assert!(is_public_suffix(&name), "{rule}");
    }
}

#[test]
fn names_that_the_supplement_adds_are_public_suffixes() {
    assert!(is_public_suffix("nip.io") && is_public_suffix("euw.devtunnels.ms"));
    assert_eq!(registrable_domain("10.0.0.1.nip.io"), Some("1.nip.io"));
    assert_eq!(suffixes_below("devtunnels.ms"), ["*.devtunnels.ms"]);
    assert_eq!(suffixes_below("pinggy.link"), ["free.pinggy.link", "a.free.pinggy.link"]);
    assert!(!is_public_suffix("snip.io") && !is_public_suffix("github.dev"));
}

#[test]
fn a_trailing_dot_changes_nothing_and_stays() {
    assert_eq!(registrable_domain("www.example.co.uk."), Some("example.co.uk."));
    assert!(is_public_suffix("co.uk."));
    assert_eq!(suffixes_below("kobe.jp."), ["*.kobe.jp"]);
}

#[test]
fn what_is_no_domain_has_no_registrable_domain_and_is_no_public_suffix() {
    let hosts = ". .. .com a..com com.. 1.2.3.4 a.1 a.0x1f a.0x [::1] [::ffff:1.2.3.4] a.b:80 *.com 食狮.cn";
    for host in hosts.split(' ').chain([""]) {
        assert_eq!(registrable_domain(host), None, "{host}");
        assert!(!is_public_suffix(host), "{host}");
    }
}

#[test]
fn the_suffixes_below_a_domain_are_all_rules_that_end_in_it_but_exceptions() {
    let listed = listed();
    let domains = "pinggy.link io com amazonaws.com us-east-1.amazonaws.com jp kobe.jp futurecms.at uk example.com ck";
    for domain in domains.split(' ') {
        let tail = format!(".{domain}");
        let expected: BTreeSet<String> =
            listed.iter().filter(|rule| rule.ends_with(&tail) && !rule.starts_with('!')).cloned().collect();
        assert_eq!(suffixes_below(domain).into_iter().collect::<BTreeSet<_>>(), expected, "{domain}");
    }
    assert_eq!(suffixes_below("kobe.jp"), ["*.kobe.jp"]);
    assert!(suffixes_below("amazonaws.com").contains(&"s3.amazonaws.com".to_owned()));
}

#[test]
fn nothing_lies_below_a_name_that_no_rule_ends_in() {
    let domains = ". example.com s3.amazonaws.co city.kobe.jp mazonaws.com a..com .kobe.jp com! * 食狮.cn";
    for domain in domains.split(' ').chain([""]) {
        assert_eq!(suffixes_below(domain), Vec::<String>::new(), "{domain}");
    }
}

#[test]
fn the_file_is_whole_and_exactly_what_its_own_rules_give() {
    let rules = rules().expect("the embedded list opens");
    rules.verify().expect("the checksum holds");
    let again = fst::Set::from_iter(keys()).expect("sorted keys");
    assert!(rules.as_bytes() == again.as_fst().as_bytes());
}

#[test]
fn the_list_says_its_day() {
    let shape: String = dated().chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00");
}

proptest! {
    #[test]
    fn no_string_panics(host in any::<String>()) {
        let _ = (registrable_domain(&host), is_public_suffix(&host), suffixes_below(&host));
    }

    #[test]
    fn a_registrable_domain_is_whole_labels_of_its_host_and_its_parent_is_a_public_suffix(
        host in "([a-z*!.-]{1,4}\\.){0,3}(ck|co\\.uk|kobe\\.jp|com|x)\\.?",
    ) {
        if let Some(domain) = registrable_domain(&host) {
            let front = host.strip_suffix(domain).expect("a tail of the host");
            prop_assert!(front.is_empty() || front.ends_with('.'));
            let (_, parent) = domain.split_once('.').expect("two labels");
            let exception = matches!(domain.trim_end_matches('.'), "www.ck" | "city.kobe.jp");
            prop_assert!(is_public_suffix(parent) || exception);
            prop_assert!(!is_public_suffix(domain));
        }
    }
}
