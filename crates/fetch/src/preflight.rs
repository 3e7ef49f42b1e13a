//! Whether a preflight is sent, and what its response must contain.

use std::fmt;

use crate::headers::Headers;
use crate::method::is_safelisted_method;
use crate::reason::Reason;
use crate::request::Current;
use crate::request_header::{is_non_wildcard_header, unsafe_header_names};

const METHODS: &str = "access-control-allow-methods";
const HEADERS: &str = "access-control-allow-headers";

/// Why the browser sends a preflight ([main fetch](https://fetch.spec.whatwg.org/#main-fetch)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Why {
    /// The method, unless it is CORS-safelisted.
    pub method: Option<String>,
    /// The [CORS-unsafe request-header names](unsafe_header_names).
    pub headers: Vec<String>,
    /// The use-CORS-preflight flag: somebody listens to the upload, or the body is a stream.
    pub flag: bool,
}

impl Why {
    /// The reasons that a request has; `None` where it has none.
    pub(crate) fn of(current: &Current) -> Option<Self> {
        let method = (!is_safelisted_method(&current.method)).then(|| current.method.clone());
        let why = Self { method, headers: unsafe_header_names(&current.headers), flag: current.fetch.use_preflight };
        (why != Self::default()).then_some(why)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.method.as_ref().map(|method| format!("the method is {method}"));
        let headers = (!self.headers.is_empty()).then(|| format!("the script sets {}", self.headers.join(", ")));
        let flag = self.flag.then(|| "the upload has a listener or is a stream".to_owned());
        let reasons: Vec<String> = [method, headers, flag].into_iter().flatten().collect();
        f.write_str(&reasons.join(", and "))
    }
}

/// The methods and headers that a preflight response allows.
#[derive(Clone, Debug)]
pub(crate) struct Allowed {
    methods: Vec<String>,
    headers: Vec<String>,
    /// `*` is a wildcard where the credentials mode is not `include`, and else a name like any
    /// other.
    with_wildcards: bool,
}

impl Allowed {
    /// Reads the two lists ([CORS-preflight
    /// fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch), steps 7.1 to 7.4).
    pub fn read(current: &Current, answer: &Headers) -> Result<Self, Reason> {
        let value = |name: &str| answer.get(name).unwrap_or_default();
        let methods = answer.tokens(METHODS).map_err(|_| Reason::AllowMethodsSyntax(value(METHODS)))?;
        let headers = answer.tokens(HEADERS).map_err(|_| Reason::AllowHeadersSyntax(value(HEADERS)))?;
        let by_the_flag = || if current.fetch.use_preflight { vec![current.method.clone()] } else { Vec::new() };
        Ok(Self {
            methods: methods.unwrap_or_else(by_the_flag),
            headers: headers.unwrap_or_default(),
            with_wildcards: !current.fetch.includes_credentials(),
        })
    }

    /// Whether the method passes, even where the other list cannot be read.
    pub fn has_method(current: &Current, answer: &Headers) -> bool {
        let mut answer = answer.clone();
        answer.delete(|name| name.eq_ignore_ascii_case(HEADERS));
        Self::read(current, &answer).is_ok_and(|allowed| allowed.check_method(&current.method).is_ok())
    }

    /// Step 7.5.
    pub fn check_method(&self, method: &str) -> Result<(), Reason> {
        let is_listed = self.methods.iter().any(|listed| listed == method);
        let is_allowed = is_listed || is_safelisted_method(method) || self.has_wildcard(&self.methods);
        if is_allowed { Ok(()) } else { Err(Reason::Method(method.to_owned())) }
    }

    /// Steps 7.6 and 7.7.
    pub fn check_headers(&self, sent: &Headers) -> Result<(), Reason> {
        let missing = |name: &str| Err(Reason::Header(name.to_ascii_lowercase()));
        if let Some((name, _)) = sent.iter().find(|(name, _)| is_non_wildcard_header(name) && !self.lists(name)) {
            return missing(name);
        }
        let any = self.has_wildcard(&self.headers);
        match unsafe_header_names(sent).iter().find(|name| !any && !self.lists(name)) {
            Some(name) => missing(name),
            None => Ok(()),
        }
    }

    /// Whether `*` covers every header but `Authorization`.
    pub fn has_headers_wildcard(&self) -> bool {
        self.has_wildcard(&self.headers)
    }

    fn lists(&self, name: &str) -> bool {
        self.headers.iter().any(|listed| listed.eq_ignore_ascii_case(name))
    }

    fn has_wildcard(&self, list: &[String]) -> bool {
        self.with_wildcards && list.iter().any(|listed| listed == "*")
    }
}
