//! The grammar of origins: compares the engine, the oracle, and the `url` crate's URL standard. It
//! also compares which texts are patterns. The input is one text.
#![no_main]

use std::sync::LazyLock;

use corsac_fuzz::{allowing, compile, lets_in, reflecting};
use corsac_oracle::config::{Configuration, Pattern};
use corsac_oracle::origin::{is_origin, is_pattern};
use corsac_policy::Policies;
use libfuzzer_sys::fuzz_target;
use url::Url;

static REFLECTING: LazyLock<Kept> = LazyLock::new(|| Kept(reflecting()));

/// The fuzzer has one thread.
struct Kept(Policies);
// SAFETY: see above.
unsafe impl Sync for Kept {}
// SAFETY: see above.
unsafe impl Send for Kept {}

fuzz_target!(|data: &[u8]| {
    if data.is_empty() {
        return;
    }
    let policies: &Kept = &REFLECTING;
    let accepted = lets_in(&policies.0, data);
    let text = std::str::from_utf8(data);
    assert_eq!(accepted, text.is_ok_and(is_origin), "{} as an origin", data.escape_ascii());
    let Ok(text) = text else { return };

    let configuration = Configuration::single(allowing(vec![Pattern::Text(text.to_owned())]));
    assert_eq!(compile(&configuration.json()).is_ok(), is_pattern(text), "{text:?} as a pattern");

    if text.starts_with("https://") || text.starts_with("http://") {
        check_url(text, accepted);
    }
});

/// An origin is the serialization of a URL's origin, within DNS's lengths and letters.
fn check_url(text: &str, accepted: bool) {
    let serialized = Url::parse(text).ok().map(|url| url.origin().ascii_serialization());
    let is_an_urls = serialized.as_deref() == Some(text);
    // The grammar accepts any A-label, and leaves default ports to the list.
    let lenient = text.contains("xn--")
        || text.starts_with("https://") && text.ends_with(":443")
        || text.starts_with("http://") && text.ends_with(":80");
    if is_an_urls {
        assert_eq!(accepted, is_within_limits(text), "{text:?} is an origin by the URL standard");
    } else if !lenient {
        assert!(!accepted, "{text:?} is {serialized:?} by the URL standard");
    }
}

fn is_within_limits(text: &str) -> bool {
    let host = text.split_once("://").map_or("", |(_, rest)| rest);
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (host, ""),
    };
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
    };
    port != "0" && (host.starts_with('[') || name.len() <= 253 && name.split('.').all(is_label))
}
