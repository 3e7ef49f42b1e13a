//! Origins of attackers, made from an origin that a server may allow.

use corsac_fetch::Origin;
use corsac_policy::registrable_domain;
use url::{Host, Url};

/// How an attacker's origin looks like a listed one, or what else lets it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Disguise {
    /// Nothing in common: let in by a server that names whoever asks.
    Stranger,
    /// `null`, which every site can have by a sandboxed frame.
    Null,
    /// `https://app.example.com.evil.test`: let in where the beginning is compared.
    Prefix,
    /// `https://evilexample.com`: let in where the end is compared.
    Suffix,
    /// `https://appxexample.com`: let in where a dot of a regex means any character.
    Dot,
    /// `https://app.example.com_.evil.test`: let in by a regex that knows too few characters.
    Special,
    /// `https://evil.com` for a listed `https://app.example.com`: anybody registers one.
    PublicSuffix,
    /// `http://`, where `https://` is listed.
    Scheme,
    /// Another port of the same host.
    Port,
    /// Nothing that a browser sends. It tells how a server treats what it does not expect, and is
    /// compared with a policy.
    Unsendable,
}

/// An origin that a server should not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attack {
    /// Why a careless server would.
    pub disguise: Disguise,
    /// The value of `Origin`.
    pub origin: String,
    /// The listed origin that it is made from.
    pub of: Option<String>,
}

/// A stranger: a name under a reserved top-level domain (RFC 6761) that none of the names uses, so
/// that nobody's pattern means it.
pub(crate) fn stranger_host(word: &str, names: &[String]) -> String {
    let is_free = |tld: &&&str| !names.iter().any(|name| name.trim_end_matches('.').ends_with(&format!(".{tld}")));
    let tld = ["example", "test", "invalid"].iter().find(is_free).copied().unwrap_or("invalid");
    format!("{word}.{tld}")
}

/// The look-alikes of an origin; nothing for one whose host cannot be looked into.
pub(crate) fn lookalikes(listed: &str, evil: &str) -> Vec<Attack> {
    let Ok(url) = Url::parse(listed) else { return Vec::new() };
    let Some(host) = url.host_str().filter(|_| Origin::of(&url).to_string() == listed) else { return Vec::new() };
    let parts = Parts { scheme: url.scheme(), host, port: url.port() };
    let is_name = matches!(url.host(), Some(Host::Domain(_)));
    let mut attacks = parts.with_more_behind(evil, is_name);
    if is_name {
        attacks.extend(parts.of_another_owner(evil));
    }
    if !is_of_this_machine(&url) {
        attacks.extend(parts.by_another_way());
    }
    attacks.extend(parts.unsendable(evil));
    let mut kept: Vec<Attack> = Vec::new();
    for (disguise, origin) in attacks {
        let is_sendable = Origin::parse(&origin).is_some();
        if is_sendable == (disguise != Disguise::Unsendable) && !kept.iter().any(|attack| attack.origin == origin) {
            kept.push(Attack { disguise, origin, of: Some(listed.to_owned()) });
        }
    }
    kept
}

/// Development happens there, on any port and without TLS.
fn is_of_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// An origin in its parts.
struct Parts<'o> {
    scheme: &'o str,
    host: &'o str,
    port: Option<u16>,
}

type Disguised = (Disguise, String);

impl Parts<'_> {
    fn at(&self, host: &str) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{host}{port}", self.scheme)
    }

    /// The listed host, and then the attacker's.
    fn with_more_behind(&self, evil: &str, is_name: bool) -> Vec<Disguised> {
        let host = self.host;
        let mut all = vec![(Disguise::Prefix, self.at(&format!("{host}.{evil}")))];
        if is_name {
            all.push((Disguise::Prefix, self.at(&format!("{host}{evil}"))));
        }
        for glue in ["_.", "`.", "-", "%60."] {
            all.push((Disguise::Special, self.at(&format!("{host}{glue}{evil}"))));
        }
        all
    }

    /// Hosts that resemble the listed one and belong to somebody else: their registrable domain is
    /// another.
    fn of_another_owner(&self, evil: &str) -> Vec<Disguised> {
        let Some(domain) = registrable_domain(self.host) else { return Vec::new() };
        let word = evil.split('.').next().unwrap_or("evil");
        let mut all = vec![
            (Disguise::Suffix, self.at(&format!("{word}{domain}"))),
            (Disguise::Suffix, self.at(&format!("{word}-{domain}"))),
        ];
        if let Some((_, suffix)) = domain.split_once('.') {
            all.push((Disguise::PublicSuffix, self.at(&format!("{word}.{suffix}"))));
        }
        for (at, _) in self.host.match_indices('.') {
            let (before, after) = (self.host.get(..at), self.host.get(at + 1..));
            let host = format!("{}x{}", before.unwrap_or_default(), after.unwrap_or_default());
            if registrable_domain(&host) != Some(domain) {
                all.push((Disguise::Dot, self.at(&host)));
            }
        }
        all
    }

    /// The listed host, reached in another way.
    fn by_another_way(&self) -> Vec<Disguised> {
        let other_port = if self.port == Some(8443) { 9443 } else { 8443 };
        let mut all = vec![(Disguise::Port, format!("{}://{}:{other_port}", self.scheme, self.host))];
        if self.scheme == "https" {
            all.push((Disguise::Scheme, format!("http{}", self.at(self.host).trim_start_matches("https"))));
        }
        all
    }

    fn unsendable(&self, evil: &str) -> Vec<Disguised> {
        let plain = self.at(self.host);
        let all = [
            self.at(&format!("{}@{evil}", self.host)),
            self.at(&format!("{evil}@{}", self.host)),
            plain.to_ascii_uppercase(),
            format!("{plain}/"),
            format!("{plain},https://{evil}"),
            format!("{plain}.{}", "a".repeat(8000)),
        ];
        all.into_iter().map(|origin| (Disguise::Unsendable, origin)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(listed: &str, disguise: Disguise) -> Vec<String> {
        let attacks = lookalikes(listed, "evil.test").into_iter();
        attacks.filter(|attack| attack.disguise == disguise).map(|attack| attack.origin).collect()
    }

    #[test]
    fn a_look_alike_of_a_name_belongs_to_somebody_else() {
        let listed = "https://app.shop.example";
        assert_eq!(
            of(listed, Disguise::Prefix),
            ["https://app.shop.example.evil.test", "https://app.shop.exampleevil.test"]
        );
        assert_eq!(of(listed, Disguise::Suffix), ["https://evilshop.example", "https://evil-shop.example"]);
        assert_eq!(of(listed, Disguise::Dot), ["https://appxshop.example", "https://app.shopxexample"]);
        assert_eq!(of(listed, Disguise::PublicSuffix), ["https://evil.example"]);
        assert_eq!(of(listed, Disguise::Scheme), ["http://app.shop.example"]);
        assert_eq!(of(listed, Disguise::Port), ["https://app.shop.example:8443"]);
        // The dot between two labels of one owner tells nothing.
        assert_eq!(of("https://a.b.shop.example", Disguise::Dot).len(), 2);
        assert_eq!(of("https://app.shop.co.uk:8443", Disguise::Suffix)[0], "https://evilshop.co.uk:8443");
        assert_eq!(of("https://app.shop.co.uk:8443", Disguise::PublicSuffix), ["https://evil.co.uk:8443"]);
        assert_eq!(of("https://app.shop.co.uk:8443", Disguise::Port), ["https://app.shop.co.uk:9443"]);
    }

    #[test]
    fn special_characters_are_those_that_browsers_send() {
        let all = of("https://app.example", Disguise::Special);
        assert!(all.contains(&"https://app.example_.evil.test".to_owned()), "{all:?}");
        assert!(all.contains(&"https://app.example`.evil.test".to_owned()), "{all:?}");
        assert!(all.iter().all(|origin| Origin::parse(origin).is_some()));
    }

    #[test]
    fn an_address_has_no_owner_and_this_machine_no_other_ports() {
        for listed in ["http://127.0.0.1:3000", "http://[::1]:3000", "https://10.0.0.1"] {
            assert_eq!(of(listed, Disguise::Suffix), [""; 0], "{listed}");
            assert_eq!(of(listed, Disguise::Dot), [""; 0], "{listed}");
        }
        assert_eq!(of("http://localhost:3000", Disguise::Port), [""; 0]);
        assert_eq!(of("https://10.0.0.1", Disguise::Port), ["https://10.0.0.1:8443"]);
        assert_eq!(of("http://127.0.0.1:3000", Disguise::Prefix), ["http://127.0.0.1.evil.test:3000"]);
        for listed in ["null", "*", "app.example", "https://App.example", "https://app.example/"] {
            assert_eq!(lookalikes(listed, "evil.test"), [], "{listed}");
        }
    }

    #[test]
    fn a_stranger_has_a_reserved_name_that_no_listed_name_is_under() {
        assert_eq!(stranger_host("w", &["app.example.com".to_owned()]), "w.example");
        assert_eq!(stranger_host("w", &["app.example".to_owned(), "api.test".to_owned()]), "w.invalid");
    }
}
