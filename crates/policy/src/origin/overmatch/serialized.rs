//! The grammar of a serialised origin as a language: what [`crate::origin::grammar`] parses, but
//! for lengths, and for the rule which of several runs of zeros an IPv6 address compresses. Both
//! only make it larger, which is the safe side for a proof that something is *not* accepted.

use crate::origin::pattern::NEVER_SENT;
use regular_language::{Language, syntax};

/// The labels before the last one, each with its dot.
const LABELS: &str = r"([a-z0-9_-]+\.)*";
const LOCALHOST: &str = r"([a-z0-9_-]+\.)*localhost\.?";
/// What makes a last label a number: such a host is an IPv4 address or nothing (URL standard, "ends
/// in a number checker").
const NUMBER: &str = r"[0-9]+|0x[0-9a-f]*";
const IPV4: &str = r"((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)";
/// Eight pieces, or fewer around one `::`, next to which no piece is zero: it stands for the whole
/// run.
const IPV6: &str = r"\[(PIECE:){7}PIECE\]|\[((PIECE:)*NONZERO)?::(NONZERO(:PIECE)*)?\]";
/// What bounds the pieces around a `::`: two to seven colons.
const IPV6_COLONS: &str = r"\[([0-9a-f]*:){2,7}[0-9a-f]*\]";
const PORT: &str = r"(:(6553[0-5]|655[0-2]\d|65[0-4]\d\d|6[0-4]\d{3}|[1-5]\d{4}|[1-9]\d{0,3}))?";

/// What one matcher after the other is asked about.
pub(super) struct Serialized {
    /// Origins of the web as they mostly are.
    pub(super) plain: Language,
    /// Those of them that browsers send.
    pub(super) plain_and_sent: Language,
    /// Everything but what no browser sends: a scheme that is never an origin's, a scheme's default
    /// port.
    pub(super) sent: Language,
    /// A small language around that of [`origins`]: what looks like one.
    pub(super) rough: Language,
    /// A small language around that of [`insecure_origins`].
    pub(super) rough_insecure: Language,
    /// `http` origins of the machine itself.
    pub(super) local: Language,
    /// Before a host.
    pub(super) scheme: Language,
    /// What may stand before a domain. The hosts of other schemes than `http` and `https` may have
    /// capitals and empty labels.
    pub(super) labels: Language,
    /// After a host: the dot of its absolute form, which changes no owner, and a port.
    pub(super) end: Language,
}

impl Serialized {
    pub(super) fn new() -> Self {
        let rough = pattern(r"[a-z][a-z0-9+.-]*://([A-Za-z0-9._-]+|\[[0-9a-f:]+\])(:[1-9][0-9]*)?");
        let local = Language::concat(vec![pattern("http://"), local_hosts(), pattern("(:[0-9]+)?")]);
        let http = Language::prefix(b"http://").except(&local);
        let plain = pattern(r"https?://([a-z0-9-]+\.)*[a-z]+(:[1-9][0-9]{0,3})?");
        let schemes = NEVER_SENT.iter().map(|scheme| Language::literal(scheme.as_bytes())).collect();
        let schemes = Language::concat(vec![Language::union(schemes), Language::prefix(b":")]);
        let sent = Language::union(vec![schemes, pattern("http:.*:80|https:.*:443")]).complement();
        Self {
            plain_and_sent: Language::intersection(vec![plain.clone(), sent.clone()]),
            plain,
            sent,
            rough_insecure: Language::intersection(vec![rough.clone(), http]),
            local,
            rough,
            scheme: pattern("[a-z][a-z0-9+.-]*://"),
            labels: pattern(r"([A-Za-z0-9._-]*\.)?"),
            end: pattern(r"\.?(:[0-9]+)?"),
        }
    }

    /// What nearly every question is about.
    pub(super) fn common(&self) -> Vec<Language> {
        [&self.plain_and_sent, &self.sent, &self.rough, &self.scheme, &self.labels, &self.end]
            .map(Language::clone)
            .to_vec()
    }
}

/// Every serialised origin, `null` and `file://` aside.
pub(crate) fn origins() -> Language {
    Language::union(vec![
        Language::concat(vec![pattern("https?://"), web_hosts(), pattern(PORT)]),
        Language::concat(vec![
            pattern(r"[a-z][a-z0-9+.-]*").except(&pattern("https?")),
            pattern("://[A-Za-z0-9._-]+"),
            pattern(PORT),
        ]),
    ])
}

/// Origins of which whoever is on the network can speak in the name: `http`, and no host of the
/// machine itself.
pub(super) fn insecure_origins() -> Language {
    Language::concat(vec![pattern("http://"), web_hosts().except(&local_hosts()), pattern(PORT)])
}

/// Hosts of the machine itself.
fn local_hosts() -> Language {
    let loopback = Language::intersection(vec![Language::prefix(b"127."), pattern(IPV4)]);
    Language::union(vec![pattern(LOCALHOST), loopback, Language::literal(b"[::1]")])
}

/// Origins of this scheme whose host is two or more labels of letters: who accepts them all accepts
/// any host.
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

/// IPv6 addresses as the URL standard serialises them, but for the rule which of several runs of
/// zeros is compressed.
fn ipv6_hosts() -> Language {
    let nonzero = "[1-9a-f][0-9a-f]{0,3}";
    let pieces = IPV6.replace("NONZERO", nonzero).replace("PIECE", "(0|[1-9a-f][0-9a-f]{0,3})");
    Language::intersection(vec![pattern(&pieces), pattern(IPV6_COLONS)])
}

/// One of the patterns written here; a test reads them all.
pub(super) fn pattern(text: &str) -> Language {
    syntax::parse(text).map_or_else(|_| Language::empty(), |parsed| parsed.language)
}
