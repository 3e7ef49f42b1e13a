//! The public suffix list: which names anyone may register beneath.
//!
//! `https://*.github.io` trusts everybody who opens an account there, because `github.io` is a *public suffix*; what
//! one party owns begins one label further left, at the *registrable domain*. The algorithm is that of
//! <https://publicsuffix.org/list/>: the longest matching rule prevails, an exception beats all, and where no rule
//! matches the default rule `*` does (the last label is the suffix). The list's ICANN and private sections count alike:
//! for the question "who may hold this host?" they are alike.
//!
//! The list is data (`data/README.md` says whence), embedded as an [`fst`] of its rules:
//!
//! | rule | key | |
//! |---|---|---|
//! | `s3.amazonaws.com` | `com.amazonaws.s3` | labels reversed, so what lies beneath a domain is one subtree |
//! | `*.kobe.jp` | `jp.kobe.` | an empty label stands for any one label |
//! | `!city.kobe.jp` | `jp.kobe.city!` | |
//! | `com` | none | the default rule says the same |
//!
//! Tried on the list of 2026-10-22 (10,397 rules, 8,957 of more than one label), in bytes: this 59,161; the wildcard as
//! `*` 59,236; every key ended by a dot 60,211; bytes reversed instead of labels 59,155, which is not worth a reversal
//! at every look-up; with the one-label rules 66,737; frequent strings as one byte, 19 of them, 56,853 plus their
//! table. Walking the nodes by hand leaves the crate's streams and automata out of the module.

use std::iter;

use fst::raw::{Fst, Node};

/// Stands after the first label of an exception rule's key, which no host name has.
const EXCEPTION: u8 = b'!';

type Rules = Fst<&'static [u8]>;

/// The version of the embedded list: the day it was published, as `2026-10-22`.
pub fn dated() -> &'static str {
    include_str!("../../data/public_suffix.dated").trim_ascii()
}

/// The part of `host` that one party registered: its public suffix and one label more (`a.b.example.co.uk` →
/// `example.co.uk`).
///
/// `None` for a public suffix, a single label, and what is no domain: an IP address, an empty label, a byte outside
/// `A-Za-z0-9-_.`. Names are compared as they are: in upper case nothing is listed. One trailing dot is allowed and
/// stays (`example.com.`).
pub fn registrable_domain(host: &str) -> Option<&str> {
    let suffix = suffix_start(host)?;
    let before = host.get(..suffix.checked_sub(1)?)?;
    host.get(start_of_last_label(before)..)
}

/// Whether unrelated parties may register names directly beneath `host`.
///
/// An unlisted single label is a public suffix too (the default rule). What is no domain, as above, is none.
pub fn is_public_suffix(host: &str) -> bool {
    suffix_start(host) == Some(0)
}

/// Every public suffix strictly beneath `domain`: `amazonaws.com` → `s3.amazonaws.com`, …, in the order of the reversed
/// labels.
///
/// A wildcard rule is given as the list writes it, for `jp` and `kobe.jp` alike: `*.kobe.jp`, any one label and
/// `.kobe.jp`. The handful of exceptions to such rules (`city.kobe.jp`) are not taken out: they are single names, and
/// [`is_public_suffix`] knows them. The empty string has nothing beneath it.
pub fn suffixes_below(domain: &str) -> Vec<String> {
    let mut found = Vec::new();
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    if let (false, Some(rules)) = (domain.is_empty(), rules()) {
        let mut key: String = domain.rsplit('.').flat_map(|label| [label, "."]).collect();
        if let Some(node) = descend(&rules, rules.root(), key.bytes()) {
            collect(&rules, node, &mut key, &mut found);
        }
    }
    found
}

/// The embedded list; it costs nothing to open, since the checksum is a test's business. Were the file unusable, there
/// would be no rules but the default one.
fn rules() -> Option<Rules> {
    let bytes: &'static [u8] = include_bytes!("../../data/public_suffix.fst");
    Fst::new(bytes).ok()
}

/// The offset at which the public suffix of `host` begins; `None` where `host` is no domain.
fn suffix_start(host: &str) -> Option<usize> {
    let name = host.strip_suffix('.').unwrap_or(host);
    is_domain(name).then(|| {
        let default = start_of_last_label(name);
        rules().map_or(default, |rules| longest_rule(&rules, name, default))
    })
}

fn longest_rule(rules: &Rules, name: &str, default: usize) -> usize {
    let mut suffix = default;
    let mut node = rules.root();
    for (start, label) in labels_from_the_right(name) {
        if start != default {
            let Some(dot) = descend(rules, node, iter::once(b'.')) else { break };
            node = dot;
            if node.is_final() {
                suffix = start; // a wildcard takes this label, whatever it is
            }
        }
        let Some(end) = descend(rules, node, label.bytes()) else { break };
        node = end;
        if node.find_input(EXCEPTION).is_some() {
            return start + label.len() + 1; // the exception itself is registrable
        }
        if node.is_final() {
            suffix = start;
        }
    }
    suffix
}

/// The labels of a name, each with its offset, the top-level domain first.
fn labels_from_the_right(name: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut end = name.len();
    name.rsplit('.').map(move |label| {
        let start = end.saturating_sub(label.len());
        end = start.saturating_sub(1);
        (start, label)
    })
}

fn start_of_last_label(name: &str) -> usize {
    name.rfind('.').map_or(0, |dot| dot + 1)
}

/// Whether a name is labels joined by dots and not an IP address, which ends in a number (URL standard, "ends in a
/// number").
fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let digits = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    let hexadecimal = |label: &str| {
        let number = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
        number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    name.split('.').all(label) && name.rsplit('.').next().is_some_and(|last| !digits(last) && !hexadecimal(last))
}

/// Follows `bytes` from a node.
fn descend<'rules>(
    rules: &'rules Rules,
    from: Node<'rules>,
    mut bytes: impl Iterator<Item = u8>,
) -> Option<Node<'rules>> {
    bytes.try_fold(from, |node, byte| {
        let transition = node.find_input(byte)?;
        Some(rules.node(node.transition_addr(transition)))
    })
}

/// Finds every rule at or below a node that `key` leads to, exceptions left out. The depth is the length of the list's
/// longest rule.
fn collect(rules: &Rules, node: Node<'_>, key: &mut String, found: &mut Vec<String>) {
    if node.is_final() {
        found.push(as_listed(key));
    }
    for transition in node.transitions().filter(|transition| transition.inp != EXCEPTION) {
        key.push(char::from(transition.inp));
        collect(rules, rules.node(transition.addr), key, found);
        key.pop();
    }
}

/// The rule that a key stands for: `jp.kobe.` → `*.kobe.jp`.
fn as_listed(key: &str) -> String {
    let labels: Vec<&str> = key.rsplit('.').map(|label| if label.is_empty() { "*" } else { label }).collect();
    labels.join(".")
}

#[cfg(test)]
mod tests {
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

    /// The rules as the list writes them.
    fn listed() -> BTreeSet<String> {
        let exception = |key: &str| key.strip_suffix('!').map(|name| format!("!{}", as_listed(name)));
        keys().iter().map(|key| exception(key).unwrap_or_else(|| as_listed(key))).collect()
    }

    /// One name that each rule is about: `x.kobe.jp` for `*.kobe.jp`, `city.kobe.jp` for `!city.kobe.jp`.
    fn names() -> Vec<String> {
        listed().iter().map(|rule| rule.trim_start_matches('!').replace('*', "x")).collect()
    }

    /// The published algorithm over the rules as listed, plain and slow: the offset of the public suffix of a
    /// well-formed host.
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

    /// Against the naive algorithm exactly. Against the `psl` crate but for one host in two hundred: its list may be of
    /// another day, and it forgets a wildcard where a deeper rule begins (`ex.futurecms.at` under `*.futurecms.at` and
    /// `*.ex.futurecms.at`, version 2.1.247). A wrong algorithm differs by hundreds.
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

    /// The cases of <https://raw.githubusercontent.com/publicsuffix/list/main/tests/test_psl.txt> (public domain):
    /// host, registrable domain. Left out: those in upper case, with a leading dot and in Unicode, which are no hosts
    /// here.
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
        let domains = "com amazonaws.com us-east-1.amazonaws.com jp kobe.jp futurecms.at uk example.com ck";
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
}
