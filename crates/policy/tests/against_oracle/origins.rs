//! The grammar of origins: compares the engine, the oracle and the URL standard.

use super::generate::{actual_from, allowing, lets_in, twisted, twists};
use corsac_oracle::config::{Configuration, Pattern, Policy};
use corsac_oracle::engine::{answer, cases, compile};
use corsac_oracle::origin::{ipv6_text, is_origin};
use corsac_policy::Policies;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A policy that reflects any well-formed origin.
fn reflecting() -> Policies {
    let policy = Policy { allow_credentials: true, ..allowing(vec![Pattern::Text("*".to_owned())]) };
    compile(&Configuration::single(policy)).expect("sound")
}

fn is_accepted(policies: &Policies, origin: &[u8]) -> bool {
    lets_in(&answer(policies, &actual_from(origin)).headers)
}

fn port() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just(String::new()),
        1 => select(&["", "0", "1", "00", "080", "80", "443", "+80", " 80", "8_0", "65535", "65536", "99999", "100000", "x", "*"][..])
            .prop_map(|port| format!(":{port}")),
        1 => any::<u32>().prop_map(|port| format!(":{}", port % 70_000)),
    ]
}

fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9_-]{1,6}",
        1 => select(&["", "xn--bcher-kva", "xn--", "0", "1", "256", "01", "0x", "0x1f", "0xg", "0X1", "08", "b\u{fc}cher", "A", "*", "%61"][..])
            .prop_map(str::to_owned),
        1 => (62_usize..=64).prop_map(|length| "l".repeat(length)),
    ]
}

fn domain() -> impl Strategy<Value = String> {
    let long = (248_usize..=256, any::<bool>()).prop_map(|(length, dot)| {
        let label = format!("{}.", "d".repeat(61));
        let mut name: String = label.chars().cycle().take(length - 1).collect();
        name.push('e');
        name + if dot { "." } else { "" }
    });
    prop_oneof![
        8 => (vec(label(), 1..5), select(&["", "", "", ".", ".."][..]))
            .prop_map(|(labels, dot)| labels.join(".") + dot),
        1 => long,
    ]
}

fn ipv4() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        6 => any::<u8>().prop_map(|byte| byte.to_string()),
        1 => select(&["00", "01", "256", "0x7f", "0x", "", "4294967295", "a", "1e1"][..]).prop_map(str::to_owned),
    ];
    let count = prop_oneof![6 => Just(4_usize), 1 => 1_usize..6];
    (count, vec(number, 6), select(&["", "", "", ".", ".."][..]))
        .prop_map(|(count, numbers, dot)| numbers[..count].join(".") + dot)
}

fn ipv6() -> impl Strategy<Value = String> {
    let piece = prop_oneof![3 => Just(0_u16), 2 => any::<u16>(), 1 => Just(0xffff), 1 => 0_u16..16];
    let pieces = prop::array::uniform8(piece);
    (pieces, 0..8_u8).prop_map(|(pieces, spelling)| {
        let full = |pieces: &[u16]| pieces.iter().map(|p| format!("{p:x}")).collect::<Vec<_>>().join(":");
        let text = match spelling {
            0 => std::net::Ipv6Addr::from(pieces).to_string(),
            1 => full(&pieces),
            2 => ipv6_text(pieces).to_uppercase(),
            3 => format!("{}:127.0.0.1", full(&pieces[..6])),
            4 => pieces.map(|p| format!("{p:04x}")).join(":"),
            _ => ipv6_text(pieces),
        };
        format!("[{text}]")
    })
}

fn scheme() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => Just("https".to_owned()),
        3 => Just("http".to_owned()),
        2 => select(&["app", "chrome-extension", "moz-extension", "capacitor", "file", "a+b.c-1", "HTTP", "Https", "", "1a", "+a", "data"][..])
            .prop_map(str::to_owned),
        1 => (63_usize..=65).prop_map(|length| "s".repeat(length)),
    ]
}

/// An origin with such a scheme, or a look-alike of one.
fn look_alike(scheme: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<u8>> {
    let host = prop_oneof![
        5 => domain(),
        2 => ipv4(),
        2 => ipv6(),
        1 => "[A-Za-z0-9._-]{0,12}",
        1 => (250_usize..=255).prop_map(|length| "h.".repeat(length)[..length].to_owned()),
        1 => Just(String::new()),
    ];
    (scheme, host, port(), twists())
        .prop_map(|(scheme, host, port, twists)| twisted(format!("{scheme}://{host}{port}").as_bytes(), &twists))
}

/// The serialized origin of a text by the URL standard.
fn url_origin(text: &str) -> Option<String> {
    Some(url::Url::parse(text).ok()?.origin().ascii_serialization())
}

/// The contract's grammar is narrower than the URL standard's: no port 0, the length limits of DNS,
/// and only `a-z 0-9 - _` in domains.
fn is_within_the_contracts_limits(text: &str) -> bool {
    let host = text.split_once("://").map_or("", |(_, rest)| rest);
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (host, ""),
    };
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
    };
    port != "0" && (host.starts_with('[') || name.len() <= 253 && name.split('.').all(is_label))
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn the_engine_and_the_oracle_agree_on_well_formed_origins(origin in look_alike(scheme())) {
        thread_local!(static REFLECTING: Policies = reflecting());
        let expected = std::str::from_utf8(&origin).is_ok_and(is_origin);
        let accepted = REFLECTING.with(|policies| is_accepted(policies, &origin));
        prop_assert_eq!(accepted, expected, "{}", origin.escape_ascii());
    }

    #[test]
    fn a_web_origin_is_well_formed_if_it_is_the_url_standards_serialization(origin in look_alike(select(&["http", "https"][..]).prop_map(str::to_owned))) {
        thread_local!(static REFLECTING: Policies = reflecting());
        let text = String::from_utf8_lossy(&origin).into_owned();
        if !text.starts_with("https://") && !text.starts_with("http://") {
            return Ok(());
        }
        let accepted = REFLECTING.with(|policies| is_accepted(policies, &origin));
        let is_an_urls = url_origin(&text).is_some_and(|origin| origin == text);
        // The grammar accepts any A-label, and leaves default ports to the list.
        let lenient = text.contains("xn--")
            || text.starts_with("https://") && text.ends_with(":443")
            || text.starts_with("http://") && text.ends_with(":80");
        if is_an_urls {
            prop_assert_eq!(accepted, is_within_the_contracts_limits(&text), "{}", text);
        } else if !lenient {
            prop_assert!(!accepted, "{} is {:?} to the URL standard", text, url_origin(&text));
        }
    }
}

#[test]
fn null_and_file_are_not_reflected_unless_listed() {
    let policies = reflecting();
    for origin in ["null", "file://", "NULL", ""] {
        assert!(!is_accepted(&policies, origin.as_bytes()), "{origin}");
    }
}
