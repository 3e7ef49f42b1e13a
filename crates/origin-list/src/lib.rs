//! Lists of origins as services send them: the body of a response in, texts of origins out.
//!
//! [`read()`] knows five forms ([`Format`]). It reads what a list says, and takes only what a
//! service may say: exact origins. `*`, patterns and `null` open more than one site, so a person
//! writes them into the policy; from a service they are left out, one by one, each with its
//! [`Reason`]. Whether a text is an origin, and which risk it brings, the engine judges when the
//! policy is compiled.
//!
//! ```
//! use corsac_origin_list::{Format, Reason, read};
//!
//! let body = br#"{ "origins": ["https://b.example", "https://a.example", "*"] }"#;
//! let list = read(body, Format::Auto).expect("a list");
//! assert_eq!(list.origins, ["https://a.example", "https://b.example"]);
//! assert_eq!(list.left_out[0].text, "*");
//! assert_eq!(list.left_out[0].reason, Reason::Pattern);
//! ```
//!
//! A body of another form is an error as a whole: half of a list that was misread is not a list.
//! Nobody's origins go away because a service answered with an error page:
//!
//! ```
//! use corsac_origin_list::{Format, read};
//!
//! let error = read(b"<html><h1>Bad gateway</h1></html>", Format::Auto).unwrap_err();
//! assert_eq!(error.to_string(), "Line 1 is not an origin: \"<html><h1>Bad gateway</h1></html>\".");
//! ```
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

mod error;
mod json_forms;
mod keycloak;
mod lines;
mod okta;
mod place;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

pub use error::Error;

/// The longest body that is read. Bytes.
pub const MOST_BYTES: usize = 8 * 1024 * 1024;
/// The longest list. Entries, of which some may be left out.
pub const MOST_ENTRIES: usize = 200_000;

/// The form of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Whichever form the body has. A body that begins with `{` or `[` is JSON, and the names of
    /// its members tell which; any other is [`Lines`](Self::Lines).
    #[default]
    Auto,
    /// `{"origins": ["https://a.example"]}`, or the array alone. Other members of the object mean
    /// nothing.
    Json,
    /// An origin on each line. Blank lines, and lines that begin with `#`, mean nothing.
    Lines,
    /// Okta's Trusted Origins, as `GET /api/v1/trustedOrigins` lists them. Those count that are
    /// active and have the scope `CORS`.
    Okta,
    /// The web origins of Keycloak's clients, as `GET /admin/realms/…/clients` lists them, or one
    /// client, or a realm's export. Disabled clients do not count. `+` means the origins of the
    /// client's redirect URIs, as in Keycloak: of those with `http` or `https`, and of those that
    /// begin with `/` the origin of the client's root URL. Keycloak's `*` is left out.
    Keycloak,
}

impl Format {
    /// Every form.
    pub const ALL: [Self; 5] = [Self::Auto, Self::Json, Self::Lines, Self::Okta, Self::Keycloak];

    /// The form's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Json => "json",
            Self::Lines => "lines",
            Self::Okta => "okta",
            Self::Keycloak => "keycloak",
        }
    }
}

/// By [`Format::as_str`].
impl FromStr for Format {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|format| format.as_str() == name).ok_or(())
    }
}

/// What a body says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List<'b> {
    /// The texts of exact origins, sorted, each once: a service may list them in another order each
    /// time. The engine has not judged them yet.
    pub origins: Vec<Cow<'b, str>>,
    /// What was left out, in the order of the body.
    pub left_out: Vec<LeftOut<'b>>,
}

/// An entry that no service may give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut<'b> {
    /// The entry as it came.
    pub text: Cow<'b, str>,
    /// Why it does not count.
    pub reason: Reason,
}

/// Why an entry was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It holds a `*` or a `{placeholder}`: any origin, or many.
    Pattern,
    /// It is `null` or `file://`, which any sandboxed frame, or any local file, has.
    Null,
    /// It is a redirect URI of Keycloak's `+`, relative to a root URL that is unknown.
    NoRootUrl,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pattern => "A service may list only exact origins, without `*` and placeholders.",
            Self::Null => "Any page can have this origin; only a policy may list it.",
            Self::NoRootUrl => "The redirect URI is relative, and the client has no root URL with http or https.",
        })
    }
}

/// Reads the body of a response.
pub fn read(body: &[u8], format: Format) -> Result<List<'_>, Error> {
    if body.len() > MOST_BYTES {
        return Err(Error::TooLong { bytes: body.len() });
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let Some(first) = body.trim_ascii_start().first() else { return Err(Error::Empty) };
    let is_json = matches!(first, b'{' | b'[');
    let mut found = Found::default();
    match format {
        Format::Auto if is_json => json_forms::read(body, None, &mut found)?,
        Format::Auto | Format::Lines => lines::read(body, &mut found)?,
        Format::Json => json_forms::read(body, Some(json_forms::Form::Origins), &mut found)?,
        Format::Okta => json_forms::read(body, Some(json_forms::Form::Okta), &mut found)?,
        Format::Keycloak => json_forms::read(body, Some(json_forms::Form::Keycloak), &mut found)?,
    }
    Ok(found.list())
}

/// The entries so far.
#[derive(Default)]
struct Found<'b> {
    list: List<'b>,
}

impl<'b> Found<'b> {
    /// One more entry.
    fn entry(&mut self, text: Cow<'b, str>) -> Result<(), Error> {
        if text.contains(['*', '{']) {
            return self.leave_out(text, Reason::Pattern);
        }
        if text == "null" || text == "file://" {
            return self.leave_out(text, Reason::Null);
        }
        self.list.origins.push(text);
        self.within_limit()
    }

    fn leave_out(&mut self, text: Cow<'b, str>, reason: Reason) -> Result<(), Error> {
        self.list.left_out.push(LeftOut { text, reason });
        self.within_limit()
    }

    fn within_limit(&self) -> Result<(), Error> {
        let entries = self.list.origins.len().saturating_add(self.list.left_out.len());
        if entries > MOST_ENTRIES { Err(Error::TooMany) } else { Ok(()) }
    }

    fn list(mut self) -> List<'b> {
        self.list.origins.sort_unstable();
        self.list.origins.dedup();
        self.list
    }
}
