//! Header names: `allowHeaders`, `exposeHeaders` and the values made of them (Fetch, sections
//! 2.2.2, 3.2.3 and 4.8).

mod names;

use std::borrow::Cow;

use crate::diagnostic::{Code, Place, Report, Suggestion};
use crate::token::{is_token, list_elements};
use names::{List, compile_names, is_prefix};

/// The names of the headers that the engine reads and writes, lower case.
pub(crate) mod name {
    pub(crate) const ORIGIN: &str = "origin";
    pub(crate) const REQUEST_METHOD: &str = "access-control-request-method";
    pub(crate) const REQUEST_HEADERS: &str = "access-control-request-headers";
    pub(crate) const ALLOW_ORIGIN: &str = "access-control-allow-origin";
    pub(crate) const ALLOW_CREDENTIALS: &str = "access-control-allow-credentials";
    pub(crate) const ALLOW_METHODS: &str = "access-control-allow-methods";
    pub(crate) const ALLOW_HEADERS: &str = "access-control-allow-headers";
    pub(crate) const MAX_AGE: &str = "access-control-max-age";
    pub(crate) const EXPOSE_HEADERS: &str = "access-control-expose-headers";
    pub(crate) const TIMING_ALLOW_ORIGIN: &str = "timing-allow-origin";
    pub(crate) const VARY: &str = "vary";
    pub(crate) const DECISION: &str = "corsac-decision";
    pub(crate) const COOKIE: &str = "cookie";
    pub(crate) const AUTHORIZATION: &str = "authorization";
    pub(crate) const SEC_FETCH_SITE: &str = "sec-fetch-site";
    pub(crate) const SEC_FETCH_MODE: &str = "sec-fetch-mode";
    pub(crate) const FORWARDED_PROTO: &str = "x-forwarded-proto";
    pub(crate) const SCHEME: &str = ":scheme";
    pub(crate) const METHOD: &str = ":method";
    pub(crate) const PATH: &str = ":path";
    pub(crate) const AUTHORITY: &str = ":authority";
}

/// The headers of a reply: lower-case names, and values that hold no line break. No memory is
/// allocated for them, but for a list that is echoed and for the decision.
#[derive(Debug)]
pub struct ReplyHeaders<'a>([Option<Cow<'a, [u8]>>; ReplyHeaders::NAMES.len()]);

/// What a reply grants: the value of each header, `None` where the header is left out.
#[derive(Debug, Default)]
pub(crate) struct Grant<'a> {
    pub(crate) origin: Option<&'a [u8]>,
    pub(crate) credentials: bool,
    pub(crate) methods: Option<Cow<'a, [u8]>>,
    pub(crate) headers: Option<Cow<'a, [u8]>>,
    pub(crate) max_age: Option<&'a [u8]>,
    pub(crate) exposed: Option<&'a [u8]>,
}

impl<'a> ReplyHeaders<'a> {
    pub(crate) const NAMES: [&'static str; 8] = [
        name::ALLOW_ORIGIN,
        name::ALLOW_CREDENTIALS,
        name::ALLOW_METHODS,
        name::ALLOW_HEADERS,
        name::MAX_AGE,
        name::EXPOSE_HEADERS,
        name::VARY,
        name::DECISION,
    ];

    /// `decision`: where it is to be shown.
    pub(crate) fn new(grant: Grant<'a>, vary: &'static [u8], decision: Option<String>) -> Self {
        let credentials = grant.credentials.then_some(Cow::Borrowed(&b"true"[..]));
        Self([
            grant.origin.map(Cow::Borrowed),
            credentials,
            grant.methods,
            grant.headers,
            grant.max_age.map(Cow::Borrowed),
            grant.exposed.map(Cow::Borrowed),
            Some(Cow::Borrowed(vary)),
            decision.map(|words| Cow::Owned(words.into_bytes())),
        ])
    }

    /// Name and value of each header that is sent, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &[u8])> + Clone {
        self.all().filter_map(|(name, value)| Some((name, value?)))
    }

    /// Those that are not sent as well.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, Option<&[u8]>)> + Clone {
        Self::NAMES.into_iter().zip(self.0.iter().map(Option::as_deref))
    }

    /// Sends another `Vary`.
    pub(crate) fn vary_by(&mut self, value: Cow<'a, [u8]>) {
        let [.., vary, _decision] = &mut self.0;
        *vary = Some(value);
    }
}

/// The longest joined `Access-Control-Request-Headers` that is looked at, in bytes.
const LONGEST_REQUESTED: usize = 16 * 1024;

/// Which request headers a policy allows.
#[derive(Debug)]
pub(crate) enum RequestHeaders {
    /// The listed ones.
    Listed(ListedNames),
    /// `*` without credentials, which never covers `Authorization`: that is allowed where it is
    /// listed too.
    Any { authorization: bool },
    /// `*` with credentials, where browsers take `*` for a header's name: the requested names are
    /// sent back.
    Requested,
}

/// The names of `allowHeaders`, lower case, and prefixes of names (`x-amz-meta-*`).
#[derive(Debug)]
pub(crate) struct ListedNames {
    names: Vec<Box<[u8]>>,
    /// Without the `*`.
    prefixes: Vec<Box<[u8]>>,
    /// The names as written, joined; absent where there is none.
    value: Option<Box<[u8]>>,
}

impl ListedNames {
    fn compile(written: &[&str]) -> Self {
        let (mut names, mut prefixes, mut listed) = (Vec::new(), Vec::new(), Vec::new());
        for name in written {
            let lower = name.to_ascii_lowercase();
            if let Some(prefix) = lower.strip_suffix('*').filter(|_| is_prefix(name)) {
                prefixes.push(prefix.as_bytes().into());
            } else {
                names.push(lower.into_bytes().into());
                listed.push(*name);
            }
        }
        Self { names, prefixes, value: joined(&listed) }
    }

    fn names(&self, name: &[u8]) -> bool {
        self.names.iter().any(|listed| listed.eq_ignore_ascii_case(name))
    }

    /// Whether the name goes on after a prefix.
    fn begins(&self, name: &[u8]) -> bool {
        self.prefixes.iter().any(|prefix| {
            name.split_at_checked(prefix.len())
                .is_some_and(|(start, rest)| !rest.is_empty() && start.eq_ignore_ascii_case(prefix))
        })
    }

    /// The names, and those requested ones that a prefix allows: browsers take no `*` in a name.
    fn header_value(&self, requested: Option<&[u8]>) -> Option<Cow<'_, [u8]>> {
        let value = self.value.as_deref();
        let sent_back = requested
            .filter(|_| !self.prefixes.is_empty())
            .and_then(|requested| sent_back(requested, |name| self.begins(name) && !self.names(name)));
        match (value, sent_back) {
            (value, None) => value.map(Cow::Borrowed),
            (None, Some(sent_back)) => Some(Cow::Owned(sent_back)),
            (Some(value), Some(sent_back)) => Some(Cow::Owned([value, b", ", &sent_back].concat())),
        }
    }
}

impl RequestHeaders {
    /// Compiles `allowHeaders`.
    pub(crate) fn compile(
        written: &[(usize, &str)],
        credentials: bool,
        place: &Place<'_>,
        report: &mut Report,
    ) -> Self {
        let any = written.iter().any(|(_, name)| *name == "*");
        let names = compile_names(written, List::Request, any, place, report);
        let authorization = names.iter().any(|name| name.eq_ignore_ascii_case("authorization"));
        match (any, credentials) {
            (true, true) => Self::Requested,
            (true, false) => {
                if !authorization {
                    report.warn_with_fix(
                        Code::AuthorizationNotCovered,
                        place,
                        "\"*\" does not cover the Authorization header (Fetch says so); list it too if pages send it.",
                        Some("[\"*\", \"authorization\"]".to_owned()),
                    );
                }
                Self::Any { authorization }
            }
            (false, _) => Self::Listed(ListedNames::compile(&names)),
        }
    }

    /// The value of `Access-Control-Allow-Headers`; `None` where the header is left out.
    ///
    /// `requested` is the joined `Access-Control-Request-Headers`. What is sent back is built from
    /// tokens, so no byte of a client's can end a header line.
    pub(crate) fn header_value(&self, requested: Option<&[u8]>) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Listed(listed) => listed.header_value(requested),
            Self::Any { authorization: false } => Some(Cow::Borrowed(b"*")),
            Self::Any { authorization: true } => Some(Cow::Borrowed(b"*, authorization")),
            Self::Requested => sent_back(requested?, |_| true).map(Cow::Owned),
        }
    }

    /// Whether [`Self::header_value`] looks at what was requested.
    pub(crate) const fn depend_on_request(&self) -> bool {
        match self {
            Self::Requested => true,
            Self::Listed(listed) => !listed.prefixes.is_empty(),
            Self::Any { .. } => false,
        }
    }

    /// Whether a browser takes the answer for a yes to every requested name.
    pub(crate) fn allows(&self, requested: Option<&[u8]>) -> bool {
        let Some(requested) = requested else { return true };
        list_elements(requested).all(|name| match self {
            Self::Listed(listed) => {
                listed.names(name) || (requested.len() <= LONGEST_REQUESTED && is_token(name) && listed.begins(name))
            }
            Self::Any { authorization } => *authorization || !name.eq_ignore_ascii_case(b"authorization"),
            Self::Requested => requested.len() <= LONGEST_REQUESTED && is_token(name),
        })
    }

    /// Whether the list holds this name.
    pub(crate) fn lists(&self, name: &[u8]) -> bool {
        matches!(self, Self::Listed(listed) if listed.names(name))
    }
}

/// The requested names that are tokens and `allowed`, `, `-separated; `None` if there is none.
fn sent_back(requested: &[u8], allowed: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
    if requested.len() > LONGEST_REQUESTED {
        return None;
    }
    // Each name may gain a space.
    let names = requested.split(|byte| *byte == b',').count();
    let mut value = Vec::with_capacity(requested.len().saturating_add(names));
    for name in list_elements(requested).filter(|name| is_token(name) && allowed(name)) {
        if !value.is_empty() {
            value.extend_from_slice(b", ");
        }
        value.extend_from_slice(name);
    }
    (!value.is_empty()).then_some(value)
}

/// Compiles `exposeHeaders` into the value of `Access-Control-Expose-Headers`; `None` where the
/// header is left out.
pub(crate) fn compile_exposed(
    written: &[(usize, &str)],
    credentials: bool,
    place: &Place<'_>,
    report: &mut Report,
) -> Option<Box<[u8]>> {
    let any = written.iter().find(|(_, name)| *name == "*");
    let names = compile_names(written, List::Exposed, any.is_some() && !credentials, place, report);
    if let (true, Some((index, _))) = (credentials, any) {
        report.error_with_fix(
            Code::ExposeAnyWithCredentials,
            &place.index(*index),
            "With credentials browsers take \"*\" for a header's name, so it exposes nothing. Only headers that are named can be read.",
            Some(Suggestion::Nothing),
        );
    }
    joined(&names)
}

fn joined(names: &[&str]) -> Option<Box<[u8]>> {
    (!names.is_empty()).then(|| names.join(", ").into_bytes().into())
}
