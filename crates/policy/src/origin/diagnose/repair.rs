//! One origin, repaired step by step.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::ToAscii;
use super::ipv4::lenient_v4;
use crate::origin::grammar::ends_in_a_number;
use crate::origin::ip::serialize_v6;
use crate::origin::pattern::{Pattern, is_default_port, is_local, is_never_sent};
use crate::origin::shape::PortPattern;

/// Repairs one text and keeps what was wrong first.
pub(super) struct Repair<'t> {
    pub(super) problem: Option<&'static str>,
    pub(super) to_ascii: Option<ToAscii<'t>>,
}

impl Repair<'_> {
    #[inline(never)]
    fn note(&mut self, wrong: bool, problem: &'static str) {
        if wrong {
            self.problem.get_or_insert(problem);
        }
    }

    /// The repaired origin, or the two that one text means; nothing where nothing sensible comes
    /// out.
    pub(super) fn origins(&mut self, text: &str) -> Vec<String> {
        let trimmed = text.trim();
        self.note(trimmed.is_empty(), "is empty: an origin is a scheme, \"://\" and a host.");
        self.note(trimmed != text, "has white space around it.");
        let bare = trimmed.trim_matches(['"', '\'', '`', ';']);
        self.note(bare != trimmed, "has quotes or a semicolon around it.");
        if bare.eq_ignore_ascii_case("null") {
            self.note(true, "is written \"null\", in lower case.");
            return vec!["null".to_owned()];
        }
        if bare == "**" {
            self.note(true, "is written \"*\".");
            return vec!["*".to_owned()];
        }
        self.note(bare.contains(char::is_whitespace), "has white space in it. Write an entry for each origin.");
        let Some(origin) = self.origin(bare) else { return Vec::new() };
        // `*example.com` is said of the site and of all beneath it.
        match origin.split_once("://*").filter(|(_, host)| !host.is_empty() && !host.starts_with(['.', ':', '-', '*']))
        {
            Some((scheme, host)) if host.contains('.') && Pattern::parse(&origin).is_none() => {
                vec![format!("{scheme}://{host}"), format!("{scheme}://*.{host}")]
            }
            _ => vec![origin],
        }
    }

    fn origin(&mut self, text: &str) -> Option<String> {
        let (scheme, rest) = self.scheme(text)?;
        self.note(scheme.contains('*'), "has a pattern for its scheme. Write an entry for each scheme.");
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
        let rest = self.without_path(rest)?;
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
        if let Some((scheme, rest)) = text.split_once(':').filter(|(scheme, _)| is_never_sent(scheme)) {
            return Some((scheme, rest.trim_start_matches('/')));
        }
        if let Some(parts) = text.split_once("://") {
            return Some(parts);
        }
        if let Some((scheme @ ("http" | "https"), rest)) = text.split_once(':') {
            self.note(true, "has no \"://\" after its scheme.");
            return Some((scheme, rest.trim_start_matches('/')));
        }
        self.note(true, "has no scheme: an origin begins with one, such as \"https://\".");
        let rest = text.trim_start_matches('/');
        let host = split_port(rest.split_once('/').map_or(rest, |(host, _)| host)).0;
        // Nobody has a certificate for the machine itself.
        let scheme = if is_local(host.trim_start_matches("*.")) { "http" } else { "https" };
        (scheme == "http" || host.contains('.') || host.starts_with('[')).then_some((scheme, rest))
    }

    /// What stands before a path or a query. `None` where the rest may be a part of the host, as in
    /// `https://app?.example.com`.
    fn without_path<'a>(&mut self, rest: &'a str) -> Option<&'a str> {
        let Some((kept, cut)) = rest.find(['/', '?', '#', '\\']).and_then(|at| rest.split_at_checked(at)) else {
            return Some(rest);
        };
        self.note(cut == "/", "has a trailing slash; browsers send none.");
        let is_certain = match cut.as_bytes() {
            // Every host, where only those of a path were meant, would be too many.
            [b'/', ..] => kept != "*" || matches!(cut, "/" | "/*"),
            [b'\\', after @ ..] => after.is_empty(),
            _ => !kept.contains('*') && !cut.contains(['.', '*', '\\']),
        };
        let is_path = is_certain || cut.starts_with('/');
        self.note(is_path, "has a path or query; an origin ends after the host and port.");
        self.note(!is_path, "has a byte in its host that no domain holds.");
        is_certain.then_some(kept)
    }

    fn without_user<'a>(&mut self, rest: &'a str) -> &'a str {
        let at = rest.rsplit_once('@');
        self.note(at.is_some(), "has user information; an origin has none.");
        at.map_or(rest, |(_, host)| host)
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
        let address = lenient_v4(host);
        let is_canonical = address.is_some_and(|address| address.to_string() == host);
        if ends_in_a_number(host.as_bytes()) && !is_canonical {
            let wildcard = host.starts_with("*.");
            self.note(wildcard, "is a pattern over an IP address; its parts are no labels. List the addresses.");
            self.note(!wildcard, "has a host that ends in a number and is not an IPv4 address as browsers send it.");
        }
        address
    }

    /// Judges the labels of a domain or of a pattern. A pattern is never suggested where none was
    /// written: it would widen the policy.
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
        self.note(host.starts_with('.'), "has a host that begins with a dot; \"*.\" matches one or more labels.");
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
        match host.strip_prefix("**.") {
            Some(rest) => format!("*.{rest}"),
            None if host.starts_with("*.") && host.len() > 2 => host.trim_end_matches('.').to_owned(),
            None => host,
        }
    }
}

#[inline(never)]
pub(super) fn split_port(rest: &str) -> (&str, Option<&str>) {
    let behind_brackets = rest.rfind(']').unwrap_or(0);
    match rest.rsplit_once(':') {
        Some((host, port)) if host.len() >= behind_brackets => (host, Some(port)),
        _ => (rest, None),
    }
}
