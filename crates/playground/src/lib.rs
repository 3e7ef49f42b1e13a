//! The playground: what the page asks of the engine and of the browser's side of CORS.
//!
//! Each function takes text and gives JSON. The page draws what it gets; it knows no CORS. The
//! functions are pure, so that the tests run natively, in Node and in the page alike.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::cast_possible_truncation,
        clippy::integer_division
    )
)]

mod ask;
mod check;
mod compare;
mod convert;
mod document;
mod flow;
mod paste;
mod schema;
mod utf16;

use serde_json::{Value as Json, json};
use wasm_bindgen::prelude::wasm_bindgen;

/// Everything that is to be said about the text of a policy, JSON or YAML, alone or in a manifest.
#[wasm_bindgen]
pub fn check(text: &str) -> String {
    check::check(text).to_string()
}

/// The text with one suggestion carried out, by the number of its diagnostic in [`check`]; with
/// every suggestion where there is no number. `null` where it cannot be written.
#[wasm_bindgen]
pub fn fix(text: &str, number: Option<usize>) -> String {
    Json::from(check::fix(text, number)).to_string()
}

/// Whether a page may read an answer, and why: `asked` is JSON, the fields of the page's form.
#[wasm_bindgen]
pub fn explain(asked: &str) -> String {
    answer(ask::explain(asked))
}

/// The request in a curl command, a HAR file, or a message of a browser's console.
#[wasm_bindgen]
pub fn paste(text: &str, page: &str) -> String {
    answer(paste::paste(text, page))
}

/// What changes between two policies.
#[wasm_bindgen]
pub fn diff(old: &str, new: &str) -> String {
    answer(compare::diff(old, new))
}

/// Another system's configuration as a policy. An empty `system`: the one that the text is of.
// `import` is a word of JavaScript.
#[wasm_bindgen(js_name = importFrom)]
pub fn import(system: &str, text: &str) -> String {
    answer(convert::import(system, text))
}

/// A policy as a manifest.
#[wasm_bindgen]
pub fn render(text: &str, document: usize, target: &str) -> String {
    answer(convert::render(text, document, target))
}

/// What may be written at a place of a policy: `path` is a JSON list of keys and indices, and
/// `what` is `key` or `value`.
#[wasm_bindgen]
pub fn complete(path: &str, what: &str) -> String {
    schema::complete(path, what).to_string()
}

/// What is known of the field at a place of a policy.
#[wasm_bindgen]
pub fn describe(path: &str) -> String {
    schema::describe(path).to_string()
}

/// The systems that can be imported, and the targets that can be rendered.
#[wasm_bindgen]
pub fn choices() -> String {
    convert::choices().to_string()
}

/// An answer, or `problem`: the sentence that says why there is none.
fn answer(result: Result<Json, String>) -> String {
    result.unwrap_or_else(|problem| json!({ "problem": problem })).to_string()
}
