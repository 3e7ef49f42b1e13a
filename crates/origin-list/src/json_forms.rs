//! The forms that are JSON, and how they are told apart.

use corsac_policy::json::{self, Value};

use crate::place::Place;
use crate::{Error, Found, keycloak, okta};

/// A form of JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Origins,
    Okta,
    Keycloak,
}

/// Reads a document of one form, or of the form that its members show.
pub(crate) fn read<'b>(body: &'b [u8], form: Option<Form>, found: &mut Found<'b>) -> Result<(), Error> {
    let value = json::parse(body).map_err(|error| Error::Json { sentence: error.to_string() })?;
    let document = Place::document(&value);
    match form.map_or_else(|| shape(&document), Ok)? {
        Form::Origins => origins(document, found),
        Form::Okta => document.each(|entry| okta::read(entry, found)),
        Form::Keycloak => keycloak::read(document, found),
    }
}

fn origins<'b>(document: Place<'_, '_, 'b>, found: &mut Found<'b>) -> Result<(), Error> {
    let take = |item: Place<'_, '_, 'b>| found.entry(item.string()?.clone());
    match document.value {
        Value::Object(_) => document.needed("origins", "a list")?.each(take),
        _ => document.each(take),
    }
}

/// The members that show a form: those of the document, or of the objects that it lists.
const MARKS: [(&str, Form); 5] = [
    ("origins", Form::Origins),
    ("webOrigins", Form::Keycloak),
    ("clientId", Form::Keycloak),
    ("clients", Form::Keycloak),
    ("scopes", Form::Okta),
];

/// The form that a document has. An array of strings and an empty one are plain lists; an array of
/// objects is judged by its first, and reading it holds the others to the same form.
fn shape(document: &Place<'_, '_, '_>) -> Result<Form, Error> {
    let (marked, is_item) = match document.value {
        Value::Array(items) => match items.first() {
            Some(first @ Value::Object(_)) => (Place::document(first), true),
            _ => return Ok(Form::Origins),
        },
        _ => (*document, false),
    };
    let mut form = None;
    for (_, shown) in MARKS.into_iter().filter(|(member, _)| marked.has(member)) {
        if form.is_some_and(|form| form != shown) {
            return Err(Error::SeveralForms);
        }
        form = Some(shown);
    }
    // Each form is either a list or an object: an array of `{"origins": …}` is no form, and a
    // single trusted origin is no list of them.
    form.filter(|form| *form == Form::Keycloak || (*form == Form::Okta) == is_item).ok_or(Error::UnknownForm)
}
