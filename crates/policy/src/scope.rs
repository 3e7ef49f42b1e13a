//! The hosts and paths of rules as values, for a tool that keeps the rules of several owners apart.
//!
//! ```
//! use corsac_policy::{RuleHost, RulePath};
//!
//! let hosts = ["*.shop.example", "api.shop.example:8443", "shop.example"].map(|text| RuleHost::parse(text).unwrap());
//! assert!(hosts[0].meets(&hosts[1]) && hosts[0].covers(&hosts[1]) && !hosts[0].meets(&hosts[2]));
//!
//! // A server that ignores the case, or drops parameters, takes one for the other.
//! let paths = ["/cart/*", "/Cart;v=1/pay", "/carts"].map(|text| RulePath::parse(text).unwrap());
//! assert!(paths[0].meets(&paths[1]) && !paths[0].covers(&paths[1]) && !paths[0].meets(&paths[2]));
//! ```

use crate::rules::{Authority, HostPattern, PathPattern};

/// An entry of a rule's `hosts`.
#[derive(Debug, PartialEq, Eq)]
pub struct RuleHost(HostPattern);

impl RuleHost {
    /// Parses an entry; `None` for what a rule refuses.
    pub fn parse(text: &str) -> Option<Self> {
        HostPattern::parse(text).map(Self)
    }

    /// Whether a request with this authority is matched.
    pub fn matches(&self, authority: &[u8]) -> bool {
        Authority::parse(authority).is_some_and(|authority| self.0.matches(&authority))
    }

    /// Whether every authority that `other` matches is matched by `self`.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.covers(&other.0)
    }

    /// Whether some authority may be matched by both.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.meets(&other.0)
    }
}

/// An entry of a rule's `paths`.
#[derive(Debug, PartialEq, Eq)]
pub struct RulePath(PathPattern);

impl RulePath {
    /// Parses an entry; the error is a sentence.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        PathPattern::parse(text).map(Self)
    }

    /// Whether a path, without its query, is matched as it is received.
    pub fn matches(&self, path: &[u8]) -> bool {
        self.0.matches(path)
    }

    /// Whether every path that `other` matches as it is received is matched by `self`.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.covers(&other.0)
    }

    /// Whether some path is matched by both: as it is received, or as a server reads it.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.meets(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOSTS: &[&str] = &[
        "*",
        "*:81",
        "a.test",
        "A.test.",
        "a.test:81",
        "*.test",
        "*.a.test",
        "b.a.test",
        "{t}.a.test",
        "b.{t}.test",
        "{t}.test",
        "c.b.a.test",
        "[::1]",
        "[::1]:82",
        "10.0.0.1",
    ];
    const NAMES: &[&str] =
        &["a.test", "x.test", "b.a.test", "x.a.test", "b.x.test", "c.b.a.test", "[::1]", "10.0.0.1", "test", "other"];

    /// Each pair of patterns that meet has its witness among these authorities.
    #[test]
    fn hosts_meet_where_an_authority_matches_both() {
        let authorities: Vec<String> =
            NAMES.iter().flat_map(|name| ["", ":81", ":82"].map(|port| format!("{name}{port}"))).collect();
        let hosts: Vec<RuleHost> = HOSTS.iter().map(|text| RuleHost::parse(text).expect("a pattern")).collect();
        for (one, other) in hosts.iter().flat_map(|one| hosts.iter().map(move |other| (one, other))) {
            let both = |authority: &String| one.matches(authority.as_bytes()) && other.matches(authority.as_bytes());
            assert_eq!(one.meets(other), authorities.iter().any(both), "{one:?} {other:?}");
            assert!(!one.covers(other) || one.meets(other), "{one:?} {other:?}");
        }
    }

    proptest! {
        #[test]
        fn paths_that_match_the_same_path_meet(one in path(), other in path(), asked in path()) {
            let (one, other) = (RulePath::parse(&one), RulePath::parse(&other));
            let (Ok(one), Ok(other)) = (one, other) else { return Ok(()) };
            let both = one.matches(asked.as_bytes()) && other.matches(asked.as_bytes());
            prop_assert!(!both || one.meets(&other));
            prop_assert_eq!(one.meets(&other), other.meets(&one));
        }
    }

    fn path() -> impl Strategy<Value = String> {
        "(/(a|b|A|%61|a;x|\\.|a%2fb|)){1,3}(/\\*)?"
    }

    #[test]
    fn paths_meet_in_every_spelling_that_servers_take_for_the_same() {
        let meets = |one: &str, other: &str| {
            let [one, other] = [one, other].map(|text| RulePath::parse(text).expect("a path"));
            one.meets(&other)
        };
        for spelling in [
            "/shop",
            "/shop/",
            "/Shop/*",
            "/shop/a/b",
            "/%73hop/x",
            "//shop/x",
            "/shop;v=1/x",
            "/shop%2fx",
            "/x%2f..%2fshop/*",
        ] {
            assert!(meets("/shop/*", spelling) && meets(spelling, "/shop/*"), "{spelling}");
        }
        for other in ["/shops/*", "/", "/sho", "/x/shop", "/shop.json", "/%2573hops"] {
            assert!(!meets("/shop/*", other) && !meets(other, "/shop/*"), "{other}");
        }
    }
}
