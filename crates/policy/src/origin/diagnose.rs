//! Why a text is no origin pattern, and which one was probably meant.
//!
//! Runs at configuration only, on entries that [`Pattern::parse`] refused: it repairs the text step by step, keeps the
//! first thing that it had to repair as the reason, and offers the result if that is a pattern.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::ip::serialize_v6;
use super::pattern::{Pattern, PortPattern, is_default_port, is_never_sent};
use crate::diagnostic::{Suggestion, quoted};
use crate::suggest::split_list;

/// Turns a Unicode domain into its A-labels (IDNA); `None` for what is no domain.
pub type ToAscii<'t> = &'t dyn Fn(&str) -> Option<String>;

/// The sentence and the corrected entry (JSON text) for `text`. `to_ascii`: the filter has none.
pub(crate) fn diagnose(text: &str, to_ascii: Option<ToAscii<'_>>) -> (String, Option<Suggestion>) {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    if text.contains(',') && !is_never_sent(scheme) {
        let sentence = format!("{} is several origins in one entry; write an entry for each.", quoted(text));
        return (sentence, Some(split_list(text)));
    }
    let mut repair = Repair { problem: None, to_ascii };
    let repaired = repair.origin(text);
    let problem = repair
        .problem
        .unwrap_or("is not an origin: that is a scheme, \"://\", a host and, where it is not the default, a port.");
    let fix = repaired.filter(|repaired| repaired != text && Pattern::parse(repaired).is_some());
    (format!("{} {problem}", quoted(text)), fix.map(|fix| quoted(&fix).into()))
}

struct Repair<'t> {
    /// What was wrong first.
    problem: Option<&'static str>,
    to_ascii: Option<ToAscii<'t>>,
}

impl Repair<'_> {
    fn note(&mut self, wrong: bool, problem: &'static str) {
        if wrong {
            self.problem.get_or_insert(problem);
        }
    }

    /// The repaired origin; `None` where nothing sensible comes out.
    fn origin(&mut self, text: &str) -> Option<String> {
        let trimmed = text.trim();
        self.note(trimmed.is_empty(), "is empty: an origin is a scheme, \"://\" and a host.");
        self.note(trimmed != text, "has white space around it.");
        if trimmed.eq_ignore_ascii_case("null") {
            self.note(true, "is written \"null\", in lower case.");
            return Some("null".to_owned());
        }
        self.note(trimmed.contains(char::is_whitespace), "has white space in it; write an entry for each origin.");
        let (scheme, rest) = self.scheme(trimmed)?;
        self.note(scheme.contains('*'), "has a pattern for its scheme; write an entry for each scheme.");
        let lower = scheme.to_ascii_lowercase();
        self.note(
            lower != scheme,
            "has upper-case letters; browsers send lower case, and origins are compared byte for byte.",
        );
        let lower = self.sent_scheme(lower)?;
        if lower == "file" {
            self.note(true, "is written \"file://\".");
            return Some("file://".to_owned());
        }
        let rest = self.without_path(rest);
        let rest = self.without_user(rest);
        let (host, port) = split_port(rest);
        let host = self.host(&lower, host)?;
        let port = self.port(&lower, port)?;
        Some(format!("{lower}://{host}{port}"))
    }

    /// The scheme of the page that asks, for a scheme that is never an origin's.
    fn sent_scheme(&mut self, scheme: String) -> Option<String> {
        if let Some(page) = [("ws", "http"), ("wss", "https")].iter().find(|(socket, _)| *socket == scheme) {
            self.note(true, "is a WebSocket URL. A handshake sends the origin of its page; list that.");
            return Some(page.1.to_owned());
        }
        self.note(
            is_never_sent(&scheme),
            "has a scheme that no page's origin has: such documents have the origin \"null\", or that of their creator.",
        );
        (!is_never_sent(&scheme)).then_some(scheme)
    }

    fn scheme<'a>(&mut self, text: &'a str) -> Option<(&'a str, &'a str)> {
        if let Some(parts) = text.split_once("://") {
            return Some(parts);
        }
        if let Some((scheme, rest)) = text.split_once(':') {
            if matches!(scheme, "http" | "https") {
                self.note(true, "has no \"://\" after its scheme.");
                return Some((scheme, rest.trim_start_matches('/')));
            }
            if is_never_sent(scheme) {
                return Some((scheme, rest));
            }
        }
        self.note(true, "has no scheme: an origin begins with one, such as \"https://\".");
        let rest = text.trim_start_matches('/');
        let host = split_port(rest).0;
        (host == "localhost" || host.contains('.') || host.starts_with('[')).then_some(("https", rest))
    }

    fn without_path<'a>(&mut self, rest: &'a str) -> &'a str {
        let (kept, cut) =
            rest.split_at_checked(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len())).unwrap_or((rest, ""));
        self.note(cut == "/", "has a trailing slash; browsers send none.");
        self.note(cut.len() > 1, "has a path or query; an origin ends behind the host and port.");
        kept
    }

    fn without_user<'a>(&mut self, rest: &'a str) -> &'a str {
        let at = rest.rsplit_once('@');
        self.note(at.is_some(), "has user information; an origin has none.");
        at.map_or(rest, |(_, behind)| behind)
    }

    fn port(&mut self, scheme: &str, port: Option<&str>) -> Option<String> {
        let Some(port) = port else { return Some(String::new()) };
        if port == "*" {
            return Some(":*".to_owned());
        }
        self.note(port.is_empty(), "ends with a colon; a port, or \"*\" for any port, follows one.");
        if port.is_empty() {
            return Some(String::new());
        }
        let number = port.bytes().all(|byte| byte.is_ascii_digit()).then(|| port.parse::<u16>().ok()).flatten();
        self.note(number.is_none_or(|number| number == 0), "has a port that is not a number from 1 to 65535.");
        let number = number?;
        self.note(number.to_string() != port, "has a port with leading zeros; browsers send none.");
        if is_default_port(scheme, PortPattern::Number(number)) {
            self.note(true, "has the scheme's default port; browsers leave it out.");
            return Some(String::new());
        }
        Some(format!(":{number}"))
    }

    fn host(&mut self, scheme: &str, host: &str) -> Option<String> {
        if !matches!(scheme, "http" | "https") {
            return Some(host.to_owned());
        }
        if let Some(inside) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            self.note(true, "has an IPv6 address that is not spelled as browsers send it.");
            let address: Ipv6Addr = inside.parse().ok()?;
            return Some(format!("[{}]", serialize_v6(address)));
        }
        if host.contains('%') {
            self.note(true, "has percent-encoding in its host; browsers send the host's plain form.");
            return None;
        }
        let mut host = self.ascii(host)?;
        self.note(
            host.bytes().any(|byte| byte.is_ascii_uppercase()),
            "has upper-case letters; browsers send lower case, and origins are compared byte for byte.",
        );
        host.make_ascii_lowercase();
        if let Some(address) = self.v4(&host) {
            return Some(address.to_string());
        }
        Some(self.wildcard(host))
    }

    fn ascii(&mut self, host: &str) -> Option<String> {
        if host.is_ascii() {
            return Some(host.to_owned());
        }
        self.note(true, "has letters outside ASCII; browsers send the host's A-labels (\"xn--…\").");
        self.to_ascii.and_then(|to_ascii| to_ascii(host))
    }

    fn v4(&mut self, host: &str) -> Option<Ipv4Addr> {
        let wildcard = host.starts_with("*.");
        if super::grammar::ends_in_a_number(host.as_bytes()) {
            self.note(wildcard, "is a pattern over an IP address; its parts are no labels. List the addresses.");
            self.note(!wildcard, "has a host that ends in a number and is not an IPv4 address as browsers send it.");
        }
        lenient_v4(host)
    }

    /// Judges the labels of a domain or of a pattern. A pattern is never suggested where none was written: it would
    /// widen the policy.
    fn wildcard(&mut self, host: String) -> String {
        let labels = host.strip_prefix("*.").unwrap_or(&host);
        let misplaced = labels.contains('*') && host != "*";
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'*');
        self.note(
            host.contains(['{', '}']),
            "has a placeholder that is not one whole label in small letters above a domain (\"https://{tenant}.example.com\").",
        );
        self.note(misplaced, "has a \"*\" where none has a meaning: it is for whole labels at the left of a host (\"https://*.example.com\"), for a part of a label below a domain (\"https://*-preview.example.com\"), for a whole host, or for a port.");
        self.note(host.is_empty(), "has no host.");
        self.note(host.starts_with('.'), "has a host that begins with a dot; \"*.\" stands for one or more labels.");
        self.note(
            labels.strip_suffix('.').unwrap_or(labels).split('.').any(str::is_empty),
            "has an empty label in its host.",
        );
        self.note(host.starts_with("*.") && host.ends_with('.'), "is a pattern with a trailing dot.");
        self.note(!labels.bytes().all(plain), "has a byte in its host that no domain holds.");
        self.note(
            labels.split('.').any(|label| label.len() > 63),
            "has a label of more than 63 bytes, which no domain holds.",
        );
        self.note(labels.len() > 253, "has a host of more than 253 bytes, which no domain is.");
        match host.strip_prefix('*') {
            Some(rest) if misplaced && !rest.contains('*') => format!("*.{rest}"),
            Some(rest) if rest.len() > 1 && rest.ends_with('.') => host.trim_end_matches('.').to_owned(),
            _ => host,
        }
    }
}

fn split_port(rest: &str) -> (&str, Option<&str>) {
    let behind_brackets = rest.rfind(']').unwrap_or(0);
    match rest.rsplit_once(':') {
        Some((host, port)) if host.len() >= behind_brackets => (host, Some(port)),
        _ => (rest, None),
    }
}

/// The URL standard's IPv4 parser (section 3.5.1): one to four numbers, decimal, octal or hexadecimal, the last of which
/// fills the rest. Only to suggest the spelling that browsers send.
fn lenient_v4(host: &str) -> Option<Ipv4Addr> {
    let numbers: Vec<u32> =
        host.strip_suffix('.').unwrap_or(host).split('.').map(lenient_number).collect::<Option<_>>()?;
    let (last, first) = numbers.split_last()?;
    if first.len() > 3 || first.iter().any(|number| *number > 255) {
        return None;
    }
    let room = 32_u32.checked_sub(8 * u32::try_from(first.len()).ok()?)?;
    if room < 32 && *last >= 1_u32.checked_shl(room)? {
        return None;
    }
    let head = first.iter().fold(0_u32, |address, number| (address << 8) | number);
    Some(Ipv4Addr::from(head.checked_shl(room).unwrap_or(0) | last))
}

fn lenient_number(text: &str) -> Option<u32> {
    if text.starts_with('+') {
        return None;
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return if hex.is_empty() { Some(0) } else { u32::from_str_radix(hex, 16).ok() };
    }
    match text.strip_prefix('0') {
        Some(octal) if !octal.is_empty() => u32::from_str_radix(octal, 8).ok(),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix(text: &str) -> Option<String> {
        let to_ascii = |host: &str| (host == "b\u{fc}cher.example").then(|| "xn--bcher-kva.example".to_owned());
        diagnose(text, Some(&to_ascii)).1.map(|fix| fix.to_string())
    }

    #[test]
    fn each_common_mistake_is_corrected() {
        for (written, meant) in [
            ("https://A.example", "https://a.example"),
            ("HTTPS://a.example", "https://a.example"),
            ("https://a.example/", "https://a.example"),
            ("https://a.example/app?x", "https://a.example"),
            ("https://u:p@a.example", "https://a.example"),
            ("https://a.example:443", "https://a.example"),
            ("http://a.example:80/", "http://a.example"),
            ("https://a.example:08443", "https://a.example:8443"),
            ("https://a.example:", "https://a.example"),
            ("a.example", "https://a.example"),
            ("*.a.example", "https://*.a.example"),
            ("https://*a.example", "https://*.a.example"),
            ("https:/a.example", "https://a.example"),
            ("https:a.example", "https://a.example"),
            ("localhost:3000", "https://localhost:3000"),
            ("https://*.a.example.", "https://*.a.example"),
            ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example"),
            ("http://127.1", "http://127.0.0.1"),
            ("http://0x7f.1:8080", "http://127.0.0.1:8080"),
            ("http://[0:0::1]", "http://[::1]"),
            (" https://a.example ", "https://a.example"),
            ("wss://a.example", "https://a.example"),
            ("ws://localhost:3000", "http://localhost:3000"),
            ("WSS://*.a.example/socket", "https://*.a.example"),
            ("NULL", "null"),
            ("file:///", "file://"),
        ] {
            assert_eq!(fix(written), Some(quoted(meant)), "{written}");
        }
        assert_eq!(
            fix("https://a.example, https://b.example").as_deref(),
            Some("\"https://a.example\", \"https://b.example\"")
        );
    }

    #[test]
    fn where_nothing_certain_was_meant_no_correction_is_made_up() {
        for text in [
            "",
            "https://",
            "https://a..b",
            "https://a.b:0",
            "https://a.b:99999",
            "http*://a.b",
            "https://a.*",
            "https://*.0.0.1",
            "https://a b",
            "https://*.",
            "https://.a.example",
            "data:",
            "data:text/html,x",
            "javascript:alert(1)",
            "ftp://a.example",
            "blob:https://a.example/1",
            "https://b%C3%BCcher.example",
            "https://a.b https://c.d",
        ] {
            assert_eq!(fix(text), None, "{text}");
        }
    }
}
