//! Methods: `allowMethods` and `Access-Control-Allow-Methods` (Fetch, sections 3.2.3 and 4.8).

use std::borrow::Cow;

use crate::diagnostic::{Code, Place, Report, quoted};
use crate::suggest::split_list;
use crate::token::is_token;

/// The limit on the length of a requested method that is sent back.
const LONGEST: usize = 64;

/// The methods that a policy allows.
#[derive(Debug)]
pub(crate) enum Methods {
    /// The listed methods. `value` is the header's value, absent for an empty list.
    Listed { names: Vec<Box<[u8]>>, value: Option<Box<[u8]>> },
    /// `*` without credentials: the header says `*`.
    Any,
    /// `*` with credentials. Browsers then read `*` as a method's name, so the header names the
    /// requested method.
    Requested,
}

impl Methods {
    /// Compiles `allowMethods`.
    pub(crate) fn compile(
        written: &[(usize, &str)],
        credentials: bool,
        place: &Place<'_>,
        report: &mut Report,
    ) -> Self {
        let any = written.iter().any(|(_, name)| *name == "*");
        let mut names: Vec<Box<[u8]>> = Vec::with_capacity(written.len());
        for (index, name) in written {
            let place = place.index(*index);
            let bytes = name.as_bytes();
            if !is_token(bytes) {
                report_no_token(name, &place, report);
            } else if is_forbidden(bytes) {
                let sentence = format!("No page can send {name} (Fetch forbids it); the entry is dropped.");
                report.warn(Code::InertMethod, &place, sentence);
            } else if names.iter().any(|known| **known == *bytes) || (any && *name != "*") {
                let sentence = format!("{} is already covered by the list.", quoted(name));
                report.warn(Code::RedundantMethod, &place, sentence);
            } else {
                warn_of_case(name, &place, report);
                names.push(bytes.into());
            }
        }
        match (any, credentials) {
            (true, false) => Self::Any,
            (true, true) => Self::Requested,
            (false, _) => {
                let value = (!names.is_empty()).then(|| names.join(&b", "[..]).into());
                Self::Listed { names, value }
            }
        }
    }

    /// The value of `Access-Control-Allow-Methods`; `None` if the header is omitted.
    pub(crate) fn header_value<'v>(&'v self, requested: &'v [u8]) -> Option<Cow<'v, [u8]>> {
        match self {
            Self::Listed { value, .. } => value.as_deref().map(Cow::Borrowed),
            Self::Any => Some(Cow::Borrowed(b"*")),
            Self::Requested => can_be_sent_back(requested).then_some(Cow::Borrowed(requested)),
        }
    }

    /// Whether a browser accepts the answer for this method. CORS-safelisted methods need not be
    /// listed.
    pub(crate) fn allows(&self, requested: &[u8]) -> bool {
        is_safelisted(requested)
            || match self {
                Self::Listed { names, .. } => names.iter().any(|name| **name == *requested),
                Self::Any => true,
                Self::Requested => can_be_sent_back(requested),
            }
    }
}

fn can_be_sent_back(requested: &[u8]) -> bool {
    requested.len() <= LONGEST && is_token(requested)
}

/// Fetch, "forbidden method".
fn is_forbidden(name: &[u8]) -> bool {
    [&b"CONNECT"[..], b"TRACE", b"TRACK"].iter().any(|forbidden| name.eq_ignore_ascii_case(forbidden))
}

/// Fetch, "CORS-safelisted method".
fn is_safelisted(name: &[u8]) -> bool {
    matches!(name, b"GET" | b"HEAD" | b"POST")
}

fn report_no_token(name: &str, place: &Place<'_>, report: &mut Report) {
    let (sentence, fix) = if name.contains(',') {
        ("This is several methods in one entry; write an entry for each.", Some(split_list(name)))
    } else {
        ("This is not a method: a method is a token (RFC 9110, section 5.6.2).", trimmed(name).map(Into::into))
    };
    report.error_with_fix(Code::InvalidMethod, place, sentence, fix);
}

/// The name without surrounding white space, if that makes it a token.
fn trimmed(name: &str) -> Option<String> {
    is_token(name.trim().as_bytes()).then(|| quoted(name.trim()))
}

/// Methods are case-sensitive. Browsers change `delete`, `get`, `head`, `options`, `post` and `put`
/// to upper case before they send them (Fetch, "normalize"), and leave `patch` as the page wrote
/// it.
fn warn_of_case(name: &str, place: &Place<'_>, report: &mut Report) {
    const KNOWN: &[&str] = &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
    let upper = name.to_ascii_uppercase();
    if upper == name || !KNOWN.contains(&upper.as_str()) {
        return;
    }
    let sentence = if upper == "PATCH" {
        format!(
            "Methods are case-sensitive and browsers send \"patch\" as the page wrote it: {} does not allow PATCH.",
            quoted(name)
        )
    } else {
        format!("Methods are case-sensitive and browsers always send {upper}: {} allows nothing.", quoted(name))
    };
    report.warn_with_fix(Code::MethodCase, place, sentence, Some(quoted(&upper)));
}
