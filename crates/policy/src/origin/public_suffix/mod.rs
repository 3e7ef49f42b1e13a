//! The public suffix list: which names anyone may register beneath.
//!
//! `https://*.github.io` trusts everybody who opens an account there, because `github.io` is a
//! *public suffix*; what one party owns begins one label further left, at the *registrable domain*.
//! The algorithm is that of <https://publicsuffix.org/list/>: the longest matching rule prevails,
//! an exception beats all, and where no rule matches the default rule `*` does (the last label is
//! the suffix). The list's ICANN and private sections count alike: for the question "who may hold
//! this host?" they are alike.
//!
//! A small [supplement] has names of the kind that the list does not have.
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
//! Tried on the list of 2026-10-22 (10,397 rules, 8,957 of more than one label), in bytes: this
//! 59,161; the wildcard as `*` 59,236; every key ended by a dot 60,211; bytes reversed instead of
//! labels 59,155, which is not worth a reversal at every look-up; with the one-label rules 66,737;
//! frequent strings as one byte, 19 of them, 56,853 plus their table. Walking the nodes by hand
//! leaves the crate's streams and automata out of the module.

mod supplement;

use std::iter;

use fst::raw::{Fst, Node};
use supplement::SUPPLEMENT;
pub(crate) use supplement::is_private_network;

/// Stands after the first label of an exception rule's key, which no host name has.
const EXCEPTION: u8 = b'!';

type Rules = Fst<&'static [u8]>;

/// The version of the embedded list: the day it was published, as `2026-10-22`.
pub fn dated() -> &'static str {
    include_str!("../../../data/public_suffix.dated").trim_ascii()
}

/// The part of `host` that one party registered: its public suffix and one label more
/// (`a.b.example.co.uk` → `example.co.uk`).
///
/// `None` for a public suffix, a single label, and what is no domain: an IP address, an empty
/// label, a byte outside `A-Za-z0-9-_.`. Names are compared as they are: in upper case nothing is
/// listed. One trailing dot is allowed and stays (`example.com.`).
pub fn registrable_domain(host: &str) -> Option<&str> {
    let suffix = suffix_start(host)?;
    let before = host.get(..suffix.checked_sub(1)?)?;
    host.get(start_of_last_label(before)..)
}

/// Whether unrelated parties may register names directly beneath `host`.
///
/// An unlisted single label is a public suffix too (the default rule). What is no domain, as above,
/// is none.
pub fn is_public_suffix(host: &str) -> bool {
    suffix_start(host) == Some(0)
}

/// The public suffix at the end of `host`; `None` for what is no domain.
pub(crate) fn public_suffix(host: &str) -> Option<&str> {
    host.get(suffix_start(host)?..)
}

/// Every public suffix strictly beneath `domain`: `amazonaws.com` → `s3.amazonaws.com`, …, in the
/// order of the reversed labels, and then those of the supplement.
///
/// A wildcard rule is given as the list writes it, for `jp` and `kobe.jp` alike: `*.kobe.jp`, any
/// one label and `.kobe.jp`. The handful of exceptions to such rules (`city.kobe.jp`) are not taken
/// out: they are single names, and [`is_public_suffix`] knows them. The empty string has nothing
/// beneath it.
pub fn suffixes_below(domain: &str) -> Vec<String> {
    let mut found = Vec::new();
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    if let (false, Some(rules)) = (domain.is_empty(), rules()) {
        let mut key: String = domain.rsplit('.').flat_map(|label| [label, "."]).collect();
        if let Some(node) = descend(&rules, rules.root(), key.bytes()) {
            collect(&rules, node, &mut key, &mut found);
        }
        let below = SUPPLEMENT.iter().filter(|rule| before(rule, domain).is_some());
        found.extend(below.map(|rule| (*rule).to_owned()));
    }
    found
}

/// The embedded list; it costs nothing to open, since the checksum is a test's business. Were the
/// file unusable, there would be no rules but the default one.
fn rules() -> Option<Rules> {
    let bytes: &'static [u8] = include_bytes!("../../../data/public_suffix.fst");
    Fst::new(bytes).ok()
}

/// The offset at which the public suffix of `host` begins; `None` where `host` is no domain.
fn suffix_start(host: &str) -> Option<usize> {
    let name = host.strip_suffix('.').unwrap_or(host);
    is_domain(name).then(|| {
        let default = start_of_last_label(name);
        let listed = rules().map_or(default, |rules| longest_rule(&rules, name, default));
        SUPPLEMENT.iter().filter_map(|rule| matched_at(rule, name)).fold(listed, usize::min)
    })
}

/// Where the suffix begins that a rule of the supplement makes of the end of `name`.
fn matched_at(rule: &str, name: &str) -> Option<usize> {
    match rule.strip_prefix("*.") {
        Some(parent) => before(name, parent).map(start_of_last_label),
        None if name == rule => Some(0),
        None => before(name, rule).map(|labels| labels.len() + 1),
    }
}

/// What is before `.domain` in a name that ends in it.
fn before<'n>(name: &'n str, domain: &str) -> Option<&'n str> {
    name.strip_suffix(domain)?.strip_suffix('.')
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

/// Whether a name is labels joined by dots and not an IP address, which ends in a number (URL
/// standard, "ends in a number").
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

/// Finds every rule at or below a node that `key` leads to, exceptions left out. The depth is the
/// length of the list's longest rule.
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
mod tests;
