//! The browser's half of CORS, written from the Fetch standard: the bytes of an answer in, allowed or
//! blocked out. It shares no code with the engine, so that the two can be held against each other, and both
//! against a browser.

use corsac_vectors::HeaderLine;

/// A cross-origin request in mode `cors`, as a page asks for it.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The page's origin, serialised.
    pub origin: String,
    pub method: String,
    /// The headers that the page sets.
    pub headers: Vec<(String, String)>,
    /// Whether the credentials mode is `include`.
    pub include: bool,
    /// The use-CORS-preflight flag (an `XMLHttpRequest` with a listener on its upload).
    pub use_preflight: bool,
}

/// What a preflight asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preflight {
    /// `Access-Control-Request-Method`.
    pub method: String,
    /// `Access-Control-Request-Headers`: sorted, lower case, no blanks; `None` sends no line.
    pub headers: Option<String>,
}

/// Why a page must not read an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    NoOrigin,
    OtherOrigin,
    WildcardWithCredentials,
    NoCredentials,
    PreflightStatus,
    Method,
    Header(String),
    Malformed,
}

impl Asked {
    /// The preflight that goes first, if one must (Fetch, main fetch step 12 and HTTP fetch step 4.1).
    pub fn preflight(&self) -> Option<Preflight> {
        let names = self.unsafe_names();
        if !self.use_preflight && is_safelisted_method(&self.method) && names.is_empty() {
            return None;
        }
        let headers = (!names.is_empty()).then(|| names.join(","));
        Some(Preflight { method: self.method.clone(), headers })
    }

    /// Fetch, CORS-preflight fetch, from step 7.
    pub fn check_preflight(&self, status: u16, answer: &[HeaderLine]) -> Result<(), Reason> {
        self.check(answer)?;
        if !(200..300).contains(&status) {
            return Err(Reason::PreflightStatus);
        }
        let methods = tokens(answer, "access-control-allow-methods").ok_or(Reason::Malformed)?;
        let names = tokens(answer, "access-control-allow-headers").ok_or(Reason::Malformed)?;
        let any = |list: &[String]| !self.include && list.iter().any(|item| item == "*");
        let is_listed = methods.contains(&self.method) || (methods.is_empty() && self.use_preflight);
        if !is_listed && !is_safelisted_method(&self.method) && !any(&methods) {
            return Err(Reason::Method);
        }
        let lists = |name: &str| names.iter().any(|listed| listed.eq_ignore_ascii_case(name));
        for (name, _) in &self.headers {
            // A CORS non-wildcard request-header name.
            if name.eq_ignore_ascii_case("authorization") && !lists(name) {
                return Err(Reason::Header("authorization".to_owned()));
            }
        }
        match self.unsafe_names().into_iter().find(|name| !lists(name) && !any(&names)) {
            Some(name) => Err(Reason::Header(name)),
            None => Ok(()),
        }
    }

    /// Fetch, CORS check.
    pub fn check(&self, answer: &[HeaderLine]) -> Result<(), Reason> {
        let origin = get(answer, "access-control-allow-origin").ok_or(Reason::NoOrigin)?;
        if !self.include && origin == b"*" {
            return Ok(());
        }
        if origin != self.origin.as_bytes() {
            let any = origin == b"*";
            return Err(if any { Reason::WildcardWithCredentials } else { Reason::OtherOrigin });
        }
        if !self.include || get(answer, "access-control-allow-credentials").as_deref() == Some(b"true") {
            return Ok(());
        }
        Err(Reason::NoCredentials)
    }

    /// Whether the page may read that header of an answer that passed (Fetch, CORS-safelisted
    /// response-header name and CORS-exposed header-name list).
    pub fn may_read(&self, name: &str, answer: &[HeaderLine]) -> bool {
        const SAFELISTED: [&str; 7] = [
            "cache-control",
            "content-language",
            "content-length",
            "content-type",
            "expires",
            "last-modified",
            "pragma",
        ];
        let name = name.to_ascii_lowercase();
        // Fetch, forbidden response-header name.
        if matches!(name.as_str(), "set-cookie" | "set-cookie2") {
            return false;
        }
        let exposed = tokens(answer, "access-control-expose-headers").unwrap_or_default();
        SAFELISTED.contains(&name.as_str())
            || exposed.iter().any(|listed| listed.eq_ignore_ascii_case(&name) || (listed == "*" && !self.include))
    }

    /// Fetch, CORS-unsafe request-header names: sorted, lower case.
    fn unsafe_names(&self) -> Vec<String> {
        let (safe, others): (Vec<_>, Vec<_>) =
            self.headers.iter().partition(|(name, value)| is_safelisted_header(name, value.as_bytes()));
        let size: usize = safe.iter().map(|(_, value)| value.len()).sum();
        let many = if size > 1024 { safe } else { Vec::new() };
        let mut names: Vec<String> =
            others.into_iter().chain(many).map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort();
        names.dedup();
        names
    }
}

impl Reason {
    /// What Chromium's console says of it.
    pub fn in_the_console(&self) -> &'static str {
        match self {
            Self::NoOrigin => "No 'Access-Control-Allow-Origin' header is present",
            Self::OtherOrigin => "'Access-Control-Allow-Origin' header",
            Self::WildcardWithCredentials => "must not be the wildcard '*' when",
            Self::NoCredentials => "'Access-Control-Allow-Credentials' header",
            Self::PreflightStatus => "does not have HTTP ok status",
            Self::Method => "is not allowed by Access-Control-Allow-Methods",
            // Of several it names any one.
            Self::Header(_) => "is not allowed by Access-Control-Allow-Headers",
            Self::Malformed => "Cannot parse",
        }
    }
}

/// Fetch, CORS-safelisted method.
pub fn is_safelisted_method(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "POST")
}

/// Fetch, CORS-safelisted request-header.
pub fn is_safelisted_header(name: &str, value: &[u8]) -> bool {
    if value.len() > 128 {
        return false;
    }
    let is_unsafe = |byte: &u8| (*byte < b' ' && *byte != b'\t') || b"\"():<>?@[\\]{}\x7f".contains(byte);
    let is_of_a_language = |byte: &u8| byte.is_ascii_alphanumeric() || b" *,-.;=".contains(byte);
    match name.to_ascii_lowercase().as_str() {
        "accept" => !value.iter().any(is_unsafe),
        "accept-language" | "content-language" => value.iter().all(is_of_a_language),
        "content-type" => !value.iter().any(is_unsafe) && is_of_a_form(value),
        "range" => is_simple_range(value),
        _ => false,
    }
}

/// The essence of the three types that a form can send.
fn is_of_a_form(value: &[u8]) -> bool {
    let essence = value.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii().to_ascii_lowercase();
    matches!(essence.as_slice(), b"application/x-www-form-urlencoded" | b"multipart/form-data" | b"text/plain")
}

/// `bytes=1-` and `bytes=1-2` (Fetch, parse a single range header value; its start must be there).
fn is_simple_range(value: &[u8]) -> bool {
    let Some((start, end)) =
        std::str::from_utf8(value).ok().and_then(|value| value.strip_prefix("bytes=")?.split_once('-'))
    else {
        return false;
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let in_order = match (start.parse::<u64>(), end.parse::<u64>()) {
        (Ok(start), Ok(end)) => start <= end,
        _ => true,
    };
    !start.is_empty() && is_number(start) && is_number(end) && in_order
}

/// Fetch, get: the lines of that name joined by a comma and a blank.
fn get(answer: &[HeaderLine], name: &str) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> = answer
        .iter()
        .filter(|(line, _)| line.eq_ignore_ascii_case(name.as_bytes()))
        .map(|(_, value)| value.trim_ascii())
        .collect();
    (!lines.is_empty()).then(|| lines.join(&b", "[..]))
}

/// Fetch, extract header list values, for a list of tokens: empty where there is no line, `None` where one
/// is no such list.
fn tokens(answer: &[HeaderLine], name: &str) -> Option<Vec<String>> {
    let Some(value) = get(answer, name) else { return Some(Vec::new()) };
    let is_of_a_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    let mut list = Vec::new();
    // RFC 9110 section 5.6.1: empty elements count for nothing.
    for item in value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|item| !item.is_empty()) {
        if !item.iter().all(is_of_a_token) {
            return None;
        }
        list.push(String::from_utf8_lossy(item).into_owned());
    }
    Some(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: &str, headers: &[(&str, &str)], include: bool) -> Asked {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Asked { origin: "https://app.example".into(), method: method.into(), headers, include, use_preflight: false }
    }

    fn get_it(include: bool) -> Asked {
        asked("GET", &[], include)
    }

    fn answer(text: &str) -> Vec<HeaderLine> {
        let line = |line: &str| line.split_once(": ").map(|(name, value)| (name.into(), value.into()));
        text.lines().filter_map(line).collect()
    }

    const OURS: &str = "access-control-allow-origin: https://app.example\n";

    #[test]
    fn an_answer_without_an_allowed_origin_is_blocked() {
        assert_eq!(get_it(false).check(&answer("vary: origin")), Err(Reason::NoOrigin));
    }

    #[test]
    fn the_pages_own_origin_byte_for_byte_is_allowed() {
        assert_eq!(get_it(false).check(&answer(OURS)), Ok(()));
        for other in ["https://app.example/", "https://APP.example", "http://app.example", "null", ""] {
            let answer = answer(&format!("access-control-allow-origin: {other}"));
            assert_eq!(get_it(false).check(&answer), Err(Reason::OtherOrigin), "{other}");
        }
    }

    #[test]
    fn two_values_are_blocked_in_one_line_and_in_two() {
        for two in [format!("{OURS}{OURS}"), "access-control-allow-origin: *, https://app.example".to_owned()] {
            assert_eq!(get_it(false).check(&answer(&two)), Err(Reason::OtherOrigin));
        }
    }

    #[test]
    fn a_wildcard_is_for_requests_without_credentials() {
        let any = answer("access-control-allow-origin: *\naccess-control-allow-credentials: true");
        assert_eq!(get_it(false).check(&any), Ok(()));
        assert_eq!(get_it(true).check(&any), Err(Reason::WildcardWithCredentials));
    }

    #[test]
    fn credentials_need_the_word_true_in_lower_case() {
        for (word, verdict) in
            [("true", Ok(())), ("True", Err(Reason::NoCredentials)), ("1", Err(Reason::NoCredentials))]
        {
            let answer = answer(&format!("{OURS}access-control-allow-credentials: {word}"));
            assert_eq!(get_it(true).check(&answer), verdict, "{word}");
        }
        assert_eq!(get_it(true).check(&answer(OURS)), Err(Reason::NoCredentials));
    }

    #[test]
    fn what_a_form_could_send_needs_no_preflight() {
        for (name, value) in [
            ("Accept", "text/html"),
            ("accept-language", "de, en;q=0.5"),
            ("content-type", "text/plain;charset=utf-8"),
            ("Content-Type", "multipart/form-data; boundary=x"),
            ("range", "bytes=0-"),
            ("range", "bytes=5-9"),
        ] {
            assert_eq!(asked("POST", &[(name, value)], false).preflight(), None, "{name}: {value}");
        }
    }

    #[test]
    fn everything_else_needs_one() {
        for (name, value) in [
            ("x-a", "1"),
            ("authorization", "Basic eA=="),
            ("accept", "text/html (any)"),
            ("accept-language", "de_DE"),
            ("content-type", "application/json"),
            ("content-type", "text/plain; boundary=\""),
            ("range", "bytes=-5"),
            ("range", "bytes=9-5"),
            ("range", "bytes=0-1,4-5"),
        ] {
            let preflight = asked("GET", &[(name, value)], false).preflight().unwrap();
            assert_eq!(preflight.headers.as_deref(), Some(name), "{name}: {value}");
        }
        let long = "a".repeat(129);
        assert!(asked("GET", &[("accept", &long)], false).preflight().is_some());
        assert_eq!(asked("PUT", &[], false).preflight(), Some(Preflight { method: "PUT".into(), headers: None }));
        let upload = Asked { use_preflight: true, ..asked("POST", &[], false) };
        assert_eq!(upload.preflight().map(|preflight| preflight.method).as_deref(), Some("POST"));
    }

    #[test]
    fn the_names_are_asked_for_in_lower_case_and_in_order() {
        let preflight = asked("GET", &[("X-B", "1"), ("x-a", "1"), ("Accept", "*/*"), ("x-b", "2")], false).preflight();
        assert_eq!(preflight.unwrap().headers.as_deref(), Some("x-a,x-b"));
    }

    #[test]
    fn headers_that_are_safe_one_by_one_are_not_when_they_are_long_together() {
        let value = "a".repeat(128);
        let many: Vec<(&str, &str)> = std::iter::repeat_n(("accept", value.as_str()), 9).collect();
        assert_eq!(asked("GET", &many, false).preflight().unwrap().headers.as_deref(), Some("accept"));
        assert_eq!(asked("GET", &many[..8], false).preflight(), None);
    }

    #[test]
    fn a_preflight_needs_an_ok_status_and_the_origin() {
        let put = asked("PUT", &[], false);
        let good = answer(&format!("{OURS}access-control-allow-methods: PUT"));
        assert_eq!(put.check_preflight(204, &good), Ok(()));
        assert_eq!(put.check_preflight(200, &good), Ok(()));
        assert_eq!(put.check_preflight(301, &good), Err(Reason::PreflightStatus));
        assert_eq!(put.check_preflight(403, &good), Err(Reason::PreflightStatus));
        assert_eq!(put.check_preflight(204, &answer("access-control-allow-methods: PUT")), Err(Reason::NoOrigin));
    }

    #[test]
    fn methods_are_compared_with_regard_to_case() {
        let listed = answer(&format!("{OURS}access-control-allow-methods: PATCH,, put"));
        assert_eq!(asked("PATCH", &[], false).check_preflight(204, &listed), Ok(()));
        assert_eq!(asked("patch", &[], false).check_preflight(204, &listed), Err(Reason::Method));
        // A safelisted one need not be listed.
        assert_eq!(asked("POST", &[], false).check_preflight(204, &listed), Ok(()));
    }

    #[test]
    fn header_names_are_compared_without() {
        let listed = answer(&format!("{OURS}access-control-allow-headers: X-A"));
        assert_eq!(asked("GET", &[("x-a", "1")], false).check_preflight(204, &listed), Ok(()));
        let missing = Err(Reason::Header("x-b".into()));
        assert_eq!(asked("GET", &[("x-a", "1"), ("x-b", "1")], false).check_preflight(204, &listed), missing);
    }

    #[test]
    fn wildcards_of_a_preflight_end_at_credentials_and_at_authorization() {
        let credentials = "access-control-allow-credentials: true\n";
        let any = "access-control-allow-methods: *\naccess-control-allow-headers: *";
        let any = answer(&format!("{OURS}{credentials}{any}"));
        assert_eq!(asked("PUT", &[("x-a", "1")], false).check_preflight(204, &any), Ok(()));
        assert_eq!(asked("PUT", &[], true).check_preflight(204, &any), Err(Reason::Method));
        assert_eq!(asked("GET", &[("x-a", "1")], true).check_preflight(204, &any), Err(Reason::Header("x-a".into())));
        let authorized = asked("GET", &[("Authorization", "x")], false);
        assert_eq!(authorized.check_preflight(204, &any), Err(Reason::Header("authorization".into())));
        // With credentials the star is a name like any other, and here a method of that name is asked for.
        assert_eq!(asked("*", &[], true).check_preflight(204, &any), Ok(()));
    }

    #[test]
    fn a_list_that_is_no_list_of_tokens_blocks() {
        let broken = answer(&format!("{OURS}access-control-allow-headers: x a"));
        assert_eq!(asked("GET", &[("x-a", "1")], false).check_preflight(204, &broken), Err(Reason::Malformed));
    }

    #[test]
    fn only_safelisted_and_exposed_headers_are_read() {
        let named = answer("access-control-expose-headers: X-A, set-cookie");
        for (name, readable) in [
            ("content-type", true),
            ("x-a", true),
            ("X-A", true),
            ("x-b", false),
            ("etag", false),
            ("set-cookie", false),
        ] {
            assert_eq!(get_it(true).may_read(name, &named), readable, "{name}");
        }
        let any = answer("access-control-expose-headers: *");
        assert!(get_it(false).may_read("x-b", &any) && !get_it(true).may_read("x-b", &any));
    }
}
