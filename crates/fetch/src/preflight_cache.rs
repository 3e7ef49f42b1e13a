//! How long a browser caches a preflight response. The judge only tells; it has no cache.

use crate::headers::Headers;

/// [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch), steps 7.8 to 7.10:
/// each browser has its own limit.
pub(crate) fn lifetime(headers: &Headers) -> String {
    const CHROME: u64 = 7200;
    const FIREFOX: u64 = 86_400;
    let mut values = headers.values("access-control-max-age");
    let seconds = match (values.next(), values.next()) {
        (Some(value), None) => seconds(value),
        _ => None,
    };
    match seconds.unwrap_or(5) {
        0 => "The response is not cached.".to_owned(),
        seconds if seconds > FIREFOX => {
            format!("The response is cached for {CHROME} seconds in Chrome and {FIREFOX} in Firefox, at most.")
        }
        seconds if seconds > CHROME => {
            format!("The response is cached for {seconds} seconds, in Chrome for {CHROME} at most.")
        }
        seconds => format!("The response is cached for {seconds} seconds."),
    }
}

/// `delta-seconds` (RFC 9111, section 1.2.2); a number that is too large is very large.
fn seconds(value: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(value).ok().filter(|text| !text.is_empty())?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_cached_for_its_max_age_up_to_the_limit_of_the_browser() {
        for (values, sentence) in [
            (&["600"][..], "The response is cached for 600 seconds."),
            (&["0"], "The response is not cached."),
            (&["7200"], "The response is cached for 7200 seconds."),
            (&["7201"], "The response is cached for 7201 seconds, in Chrome for 7200 at most."),
            (&["86401"], "The response is cached for 7200 seconds in Chrome and 86400 in Firefox, at most."),
            (
                &["99999999999999999999"],
                "The response is cached for 7200 seconds in Chrome and 86400 in Firefox, at most.",
            ),
            (&[], "The response is cached for 5 seconds."),
            (&[""], "The response is cached for 5 seconds."),
            (&["10m"], "The response is cached for 5 seconds."),
            (&["-1"], "The response is cached for 5 seconds."),
            (&["60", "60"], "The response is cached for 5 seconds."),
        ] {
            let headers: Headers = values.iter().map(|value| ("Access-Control-Max-Age", value)).collect();
            assert_eq!(lifetime(&headers), sentence, "{values:?}");
        }
    }
}
