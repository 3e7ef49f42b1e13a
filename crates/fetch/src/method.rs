//! Methods ([Fetch, methods](https://fetch.spec.whatwg.org/#methods)).

/// [CORS-safelisted method](https://fetch.spec.whatwg.org/#cors-safelisted-method): no preflight is
/// sent for it.
pub fn is_safelisted_method(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "POST")
}

/// [Forbidden method](https://fetch.spec.whatwg.org/#forbidden-method): no script may use it.
pub fn is_forbidden_method(method: &str) -> bool {
    ["CONNECT", "TRACE", "TRACK"].iter().any(|forbidden| forbidden.eq_ignore_ascii_case(method))
}

/// [Normalize a method](https://fetch.spec.whatwg.org/#concept-method-normalize): six are put in
/// capitals, the others stay as they are written. So `patch` is not `PATCH`.
///
/// ```
/// use corsac_fetch::normalize_method;
///
/// assert_eq!((normalize_method("get"), normalize_method("patch")), ("GET", "patch"));
/// ```
pub fn normalize_method(method: &str) -> &str {
    const NORMALIZED: [&str; 6] = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
    NORMALIZED.into_iter().find(|name| name.eq_ignore_ascii_case(method)).unwrap_or(method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_methods_are_put_in_capitals_and_no_other() {
        for (written, sent) in [
            ("delete", "DELETE"),
            ("get", "GET"),
            ("hEaD", "HEAD"),
            ("options", "OPTIONS"),
            ("Post", "POST"),
            ("put", "PUT"),
            ("patch", "patch"),
            ("Patch", "Patch"),
            ("PATCH", "PATCH"),
            ("query", "query"),
            ("chicken", "chicken"),
            ("connect", "connect"),
        ] {
            assert_eq!(normalize_method(written), sent);
        }
    }

    #[test]
    fn safelisted_methods_are_compared_with_regard_to_case_and_forbidden_ones_without() {
        for method in ["GET", "HEAD", "POST"] {
            assert!(is_safelisted_method(method));
            assert!(!is_safelisted_method(&method.to_lowercase()));
        }
        for method in ["PUT", "DELETE", "OPTIONS", "PATCH", "", "GET "] {
            assert!(!is_safelisted_method(method), "{method}");
        }
        for method in ["CONNECT", "connect", "Trace", "TRACK"] {
            assert!(is_forbidden_method(method));
        }
        assert!(!is_forbidden_method("OPTIONS"));
    }
}
