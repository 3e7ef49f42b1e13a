//! Methods: `allowMethods` and `Access-Control-Allow-Methods` (Fetch, sections 3.2.3 and 4.8).

use std::borrow::Cow;

use crate::diagnostic::{Code, Place, Report, Suggestion, quoted};
use crate::name_list;
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
            if !is_token(bytes) || name_list::is_quoted(name) {
                name_list::report_no_token(Code::InvalidMethod, name, &place, report);
            } else if is_forbidden(bytes) {
                let sentence = format!("No page can send {name} (Fetch forbids it).");
                report.warn_with_fix(Code::InertMethod, &place, sentence, Some(Suggestion::Nothing));
            } else if names.iter().any(|known| **known == *bytes) || (any && *name != "*") {
                let sentence = format!("{} is already covered by the list.", quoted(name));
                report.warn_with_fix(Code::RedundantMethod, &place, sentence, Some(Suggestion::Nothing));
            } else {
                warn_of_case(name, &place, report);
                name_list::warn_of_literal_name(name, "method", &place, report);
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
