//! The grammar of a serialised origin as a language: what [`crate::origin::grammar`] parses, but for lengths, and for the rule
//! which of several runs of zeros an IPv6 address compresses. Both only make it larger, which is the safe side for a proof that something is *not* accepted.

use crate::origin::language::{Language, syntax};

/// The labels before the last one, each with its dot.
const LABELS: &str = r"([a-z0-9_-]+\.)*";
const LOCALHOST: &str = r"([a-z0-9_-]+\.)*localhost\.?";
/// What makes a last label a number: such a host is an IPv4 address or nothing (URL standard, "ends in a number checker").
const NUMBER: &str = r"[0-9]+|0x[0-9a-f]*";
const IPV4: &str = r"((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)";
/// Eight pieces, or fewer around one `::`, next to which no piece is zero: it stands for the whole run.
const IPV6: &str = r"\[(PIECE:){7}PIECE\]|\[((PIECE:)*NONZERO)?::(NONZERO(:PIECE)*)?\]";
/// What bounds the pieces around a `::`: two to seven colons.
const IPV6_COLONS: &str = r"\[([0-9a-f]*:){2,7}[0-9a-f]*\]";
const PORT: &str = r"(:(6553[0-5]|655[0-2]\d|65[0-4]\d\d|6[0-4]\d{3}|[1-5]\d{4}|[1-9]\d{0,3}))?";

/// Every serialised origin, `null` and `file://` aside.
pub(super) fn origins() -> Language {
    Language::union(vec![
        Language::concat(vec![pattern("https?://"), web_hosts(), pattern(PORT)]),
        Language::concat(vec![
            pattern(r"[a-z][a-z0-9+.-]*").except(&pattern("https?")),
            pattern("://[A-Za-z0-9._-]+"),
            pattern(PORT),
        ]),
    ])
}

/// A small language around that of [`origins`]: what looks like one.
pub(super) fn rough_origins() -> Language {
    pattern(r"[a-z][a-z0-9+.-]*://([A-Za-z0-9._-]+|\[[0-9a-f:]+\])(:[1-9][0-9]{0,4})?")
}

/// Origins of which whoever is on the network can speak in the name: `http`, and no host of the machine itself.
pub(super) fn insecure_origins() -> Language {
    let loopback = Language::intersection(vec![Language::prefix(b"127."), pattern(IPV4)]);
    let local = Language::union(vec![pattern(LOCALHOST), loopback, Language::literal(b"[::1]")]);
    Language::concat(vec![pattern("http://"), web_hosts().except(&local), pattern(PORT)])
}

/// Origins of this scheme whose host is two or more labels of letters: who accepts them all accepts any host.
pub(super) fn plain_origins(scheme: &str) -> Language {
    Language::concat(vec![Language::literal(scheme.as_bytes()), pattern(r"://([a-z]+\.)+[a-z]+")])
}

/// The host of an `http` or `https` origin.
fn web_hosts() -> Language {
    let last_label = pattern("[a-z0-9_-]+").except(&pattern(NUMBER));
    Language::union(vec![
        Language::concat(vec![pattern(LABELS), last_label, pattern(r"\.?")]),
        pattern(IPV4),
        ipv6_hosts(),
    ])
}

/// IPv6 addresses as the URL standard serialises them, but for the rule which of several runs of zeros is compressed.
fn ipv6_hosts() -> Language {
    let nonzero = "[1-9a-f][0-9a-f]{0,3}";
    let pieces = IPV6.replace("NONZERO", nonzero).replace("PIECE", "(0|[1-9a-f][0-9a-f]{0,3})");
    Language::intersection(vec![pattern(&pieces), pattern(IPV6_COLONS)])
}

/// One of the patterns written here; a test reads them all.
pub(super) fn pattern(text: &str) -> Language {
    syntax::parse(text).map_or_else(|_| Language::empty(), |parsed| parsed.language)
}
