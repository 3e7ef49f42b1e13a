use super::*;
use crate::diagnostic::Code;

fn suggesting(pointer: &str, suggestion: Suggestion) -> Diagnostic {
    Diagnostic {
        code: Code::InvalidValue,
        severity: Severity::Error,
        pointer: pointer.to_owned(),
        sentence: "No.".to_owned(),
        suggestion: Some(suggestion),
    }
}

fn value(text: &str) -> Suggestion {
    Suggestion::Value(text.to_owned())
}

fn member(key: &str, value: Option<&str>) -> Suggestion {
    Suggestion::Member { key: key.to_owned(), value: value.map(str::to_owned) }
}

fn entries(texts: &[&str]) -> Suggestion {
    Suggestion::Entries(texts.iter().map(|text| (*text).to_owned()).collect())
}

#[test]
fn each_suggestion_is_written_where_it_belongs_and_the_rest_stays_as_it_was() {
    let cases = [
        (r#"{ "a": [1,  2], "b": "x\"]" }"#, "/a/1", value("3"), r#"{ "a": [1,  3], "b": "x\"]" }"#),
        (r#"{"a": {"b/c~": 1}}"#, "/a/b~1c~0", value("2"), r#"{"a": {"b/c~": 2}}"#),
        (r#"{"a": 1}"#, "/b", value("[2]"), r#"{"a": 1, "b": [2]}"#),
        ("{ }", "/b", value("2"), r#"{"b": 2 }"#),
        ("[1]", "", value("{}"), "{}"),
        (r#"["x", "y"]"#, "/0", entries(&["1", "2"]), r#"[1, 2, "y"]"#),
        (r#"["x", "y"]"#, "/0", Suggestion::Nothing, r#"["y"]"#),
        (r#"["x", "y", "z"]"#, "/1", Suggestion::Nothing, r#"["x", "z"]"#),
        (r#"["x" ]"#, "/0", entries(&[]), "[ ]"),
        (r#"{"a": 1, "b": 2}"#, "/b", Suggestion::Nothing, r#"{"a": 1}"#),
        (r#"{"a": 1}"#, "/a", member("b", None), r#"{"b": 1}"#),
        (r#"{"a": 1}"#, "/a", member("b", Some("[1]")), r#"{"b": [1]}"#),
        (r#"{"a": [1], "b": [ 2 ]}"#, "/a", member("b", None), r#"{"b": [ 2, 1 ]}"#),
        (r#"{"b": [], "a": 1}"#, "/a", member("b", Some("[1]")), r#"{"b": [1]}"#),
        // Nothing that fits.
        (r#"{"a": 1, "b": 2}"#, "/a", member("b", None), r#"{"a": 1, "b": 2}"#),
        (r#"{"a": 1}"#, "/c/d", value("1"), r#"{"a": 1}"#),
        (r#"["x"]"#, "/7", value("1"), r#"["x"]"#),
        (r#"{"a": "#, "/a", value("1"), r#"{"a": "#),
    ];
    for (document, pointer, suggestion, expected) in cases {
        let shown = format!("{document} {pointer} {suggestion}");
        assert_eq!(apply(document, &[suggesting(pointer, suggestion)]), expected, "{shown}");
    }
}

#[test]
fn suggestions_at_several_places_are_all_written() {
    let found = [
        suggesting("/a", member("b", None)),
        suggesting("/a/0", value("10")),
        suggesting("/a/2", entries(&["7", "8"])),
    ];
    assert_eq!(apply(r#"{"a": [1, 2, 3]}"#, &found), r#"{"b": [10, 2, 7, 8]}"#);
}

#[test]
fn of_two_suggestions_for_the_same_bytes_the_first_error_is_written() {
    let mut warning = suggesting("/0", value("1"));
    warning.severity = Severity::Warning;
    let found = [warning, suggesting("/0", value("2")), suggesting("/0/x", value("3"))];
    assert_eq!(apply(r#"[{"x": 0}]"#, &found), "[2]");
}

#[test]
fn two_lists_under_other_names_become_one_list() {
    let fixed = fix(r#"{"allow_origins": ["https://a.example"], "origins": ["https://b.example"]}"#, &Tools::default());
    assert_eq!(fixed, r#"{"allowOrigins": ["https://a.example", "https://b.example"]}"#);
}

#[test]
fn what_is_not_json_stays_as_it_is() {
    for text in ["", "{", "[1, 2", "\"", "{\"a\" 1}"] {
        assert_eq!(fix(text, &Tools::default()), text);
    }
}
