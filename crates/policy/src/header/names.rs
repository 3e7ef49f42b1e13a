//! The lists of header names as written: what is no name, what has no effect, what is not what it
//! seems.

use std::collections::BTreeSet;

use super::name;
use crate::diagnostic::{Code, Place, Report, Suggestion, quoted};
use crate::name_list;
use crate::token::is_token;

/// The two lists of header names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Request,
    Exposed,
}

/// Checks a list of names and leaves out what has no effect. `any`: a `*` in the list stands for
/// all names.
pub(super) fn compile_names<'v>(
    written: &[(usize, &'v str)],
    list: List,
    any: bool,
    place: &Place<'_>,
    report: &mut Report,
) -> Vec<&'v str> {
    let mut seen = BTreeSet::new();
    let mut names = Vec::with_capacity(written.len());
    for (index, name) in written {
        let place = place.index(*index);
        let lower = name.to_ascii_lowercase();
        if !is_token(name.as_bytes()) || name_list::is_quoted(name) {
            name_list::report_no_token(Code::InvalidHeader, name, &place, report);
        } else if lower.contains("-private-network") && lower.starts_with("access-control-") {
            let sentence = "Private Network Access was replaced by Local Network Access, a permission prompt that no header answers.";
            report.error_with_fix(Code::PrivateNetwork, &place, sentence, Some(Suggestion::Nothing));
        } else if list.misplaces(&lower) {
            let sentence = list.misplaced_sentence(name);
            report.error_with_fix(Code::MisplacedHeader, &place, sentence, Some(Suggestion::Nothing));
        } else if list.is_inert(&lower) {
            report.warn_with_fix(Code::InertHeader, &place, list.inert_sentence(name), Some(Suggestion::Nothing));
        } else if (any && name != &"*" && !(list == List::Request && lower == name::AUTHORIZATION))
            || seen.contains(&lower)
        {
            let sentence = format!("{} is already covered by the list.", quoted(name));
            report.warn_with_fix(Code::RedundantHeader, &place, sentence, Some(Suggestion::Nothing));
        } else {
            if list == List::Exposed && is_safelisted_response_header(&lower) {
                let sentence = format!("Browsers let every page read {} without being told to.", quoted(name));
                report.warn_with_fix(Code::RedundantHeader, &place, sentence, Some(Suggestion::Nothing));
            }
            if !(list == List::Request && is_prefix(name)) {
                name_list::warn_of_literal_name(name, "header", &place, report);
            }
            names.push(*name);
        }
        seen.insert(lower);
    }
    names
}

/// Whether this is a prefix of names in `allowHeaders`: `x-amz-meta-*`.
pub(super) fn is_prefix(name: &str) -> bool {
    name.strip_suffix('*').is_some_and(|prefix| !prefix.contains('*')) && !name_list::means_any(name)
}

impl List {
    fn misplaces(self, lower: &str) -> bool {
        match self {
            Self::Request => {
                lower.starts_with("access-control-allow-") || matches!(lower, name::EXPOSE_HEADERS | name::MAX_AGE)
            }
            Self::Exposed => lower.starts_with("access-control-request-"),
        }
    }

    fn misplaced_sentence(self, name: &str) -> String {
        match self {
            Self::Request => format!(
                "{} is a header of responses, and \"allowHeaders\" lists request headers. Corsac writes it itself.",
                quoted(name)
            ),
            Self::Exposed => format!(
                "{} is a header of preflight requests, and \"exposeHeaders\" lists response headers.",
                quoted(name)
            ),
        }
    }

    /// Fetch: "forbidden request-header", whose value does not matter, and "forbidden
    /// response-header name".
    fn is_inert(self, lower: &str) -> bool {
        const FORBIDDEN: &[&str] = &[
            "accept-charset",
            "accept-encoding",
            "access-control-request-headers",
            "access-control-request-method",
            "connection",
            "content-length",
            "cookie",
            "cookie2",
            "date",
            "dnt",
            "expect",
            "host",
            "keep-alive",
            "origin",
            "referer",
            "set-cookie",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "via",
        ];
        match self {
            Self::Request => FORBIDDEN.contains(&lower) || lower.starts_with("proxy-") || lower.starts_with("sec-"),
            Self::Exposed => matches!(lower, "set-cookie" | "set-cookie2"),
        }
    }

    fn inert_sentence(self, name: &str) -> String {
        match self {
            Self::Request => {
                format!("No page can set {} (Fetch forbids it), so no preflight asks for it.", quoted(name))
            }
            Self::Exposed => format!("No page can read {} (Fetch forbids it).", quoted(name)),
        }
    }
}

/// Fetch, "CORS-safelisted response-header name".
fn is_safelisted_response_header(lower: &str) -> bool {
    matches!(
        lower,
        "cache-control"
            | "content-language"
            | "content-length"
            | "content-type"
            | "expires"
            | "last-modified"
            | "pragma"
    )
}
