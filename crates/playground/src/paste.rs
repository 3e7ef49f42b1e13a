//! What people have of a request: a curl command, a HAR file, a message of the console.

use corsac_explain::{Upstream, console, curl, har};
use serde_json::{Value as Json, json};

use crate::ask::Form;

/// `page`: the page's origin, for where the text does not name one.
pub(crate) fn paste(text: &str, page: &str) -> Result<Json, String> {
    let text = text.trim();
    let page = Some(page.trim()).filter(|page| !page.is_empty());
    // The text's own origin comes first.
    let (kind, form) = read(text, None).or_else(|problem| match page {
        Some(page) => read(text, Some(page)).map_err(|_| problem),
        None => Err(problem),
    })?;
    Ok(json!({ "kind": kind, "form": form }))
}

fn read(text: &str, page: Option<&str>) -> Result<(&'static str, Form), String> {
    let (kind, asked) = if text.starts_with('{') {
        ("HAR file", har::parse(text.as_bytes(), &har::Pick::Failed, page)?)
    } else if is_curl(text) {
        ("curl command", (curl::parse(text, page)?, Upstream::default()))
    } else {
        let message = console::parse(text).map_err(|_| {
            "This is not a curl command, a HAR file, or a CORS message of Chrome's or Firefox's console.".to_owned()
        })?;
        ("console message", (message.question(page)?, Upstream::default()))
    };
    Ok((kind, asked.into()))
}

fn is_curl(text: &str) -> bool {
    let mut words = text.split_whitespace().skip_while(|word| matches!(*word, "$" | "%" | ">"));
    words.next().is_some_and(|word| word.trim_end_matches(".exe").ends_with("curl"))
}
