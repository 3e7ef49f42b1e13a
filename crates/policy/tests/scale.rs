//! Long configurations: every mistake is reported, however many there are.

#![cfg(not(target_family = "wasm"))]

use corsac_policy::{Code, Diagnostic, Tools, compile};

/// The number of entries in the long list.
const ORIGINS: usize = 100_000;

fn sound(number: usize) -> String {
    format!("https://tenant-{number:06}.example{}.com", number % 1000)
}

fn policy(origins: &[String]) -> String {
    let quoted: Vec<String> = origins.iter().map(|origin| format!("\"{origin}\"")).collect();
    format!("{{\"allowOrigins\":[{}]}}", quoted.join(","))
}

fn places(diagnostics: &[Diagnostic], code: Code) -> Vec<&str> {
    diagnostics.iter().filter(|found| found.code == code).map(|found| found.pointer.as_str()).collect()
}

#[test]
fn the_50_bad_ones_of_100_000_origins_are_named_with_their_corrections() {
    let mut origins: Vec<String> = (0..ORIGINS).map(sound).collect();
    let bad: Vec<usize> = (0..50).map(|number| number * 1999 + 7).collect();
    for index in &bad {
        origins[*index] = format!("{}/", sound(*index));
    }
    let rejected = compile(policy(&origins).as_bytes(), &Tools::default()).expect_err("bad origins");
    let expected: Vec<String> = bad.iter().map(|index| format!("/allowOrigins/{index}")).collect();
    assert_eq!(places(&rejected.diagnostics, Code::InvalidOrigin), expected);
    assert_eq!(rejected.diagnostics.len(), 50);
    for (found, index) in rejected.diagnostics.iter().zip(bad) {
        assert_eq!(found.suggestion, Some(format!("\"{}\"", sound(index)).into()));
    }
}

#[test]
fn duplicates_and_subdomains_of_a_wildcard_among_100_000_origins_get_warnings() {
    let mut origins: Vec<String> = (0..ORIGINS).map(sound).collect();
    origins[500] = "https://*.example7.com".to_owned();
    origins[99_999] = sound(3);
    origins[77_777] = sound(4);
    let compiled = compile(policy(&origins).as_bytes(), &Tools::default()).expect("a sound policy");
    let covered = (0..ORIGINS).filter(|index| index % 1000 == 7 || [77_777, 99_999].contains(index));
    let expected: Vec<String> = covered.map(|index| format!("/allowOrigins/{index}")).collect();
    assert_eq!(places(&compiled.warnings, Code::RedundantOrigin), expected);
    assert_eq!(compiled.warnings.len(), 102);
}

#[test]
fn an_object_of_20_000_unknown_fields_is_reported_field_by_field_in_its_order() {
    let name = |number: usize| format!("f{}", number.wrapping_mul(7919) % 20_000);
    let fields: Vec<String> = (0..20_000).map(|number| format!("\"{}\":0", name(number))).collect();
    let rejected = compile(format!("{{{}}}", fields.join(",")).as_bytes(), &Tools::default()).expect_err("unknown");
    let expected: Vec<String> = (0..20_000).map(|number| format!("/{}", name(number))).collect();
    assert_eq!(places(&rejected.diagnostics, Code::UnknownField), expected);
}
