//! Other systems' names for what a policy says.
//!
//! One row for a name in its plainest form ([`plainest`]), so that a row stands for every case, separator and prefix that
//! the name has in Istio, the Gateway API, Envoy, Envoy Gateway, ingress-nginx, Kong, Traefik, APISIX, Higress, Emissary,
//! Contour, Gloo, Spring, Micronaut, Quarkus, Play, Tomcat, Jetty, ASP.NET, Express, Fastify, hapi, Flask, Starlette, Django, Laravel,
//! Nelmio, Rails, Go's libraries, Tyk, KrakenD, AWS, Azure and Google Cloud.

use crate::suggest::plain;

/// What a field of another system means in a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synonym {
    /// This field, with the same value.
    Field(&'static str),
    /// `allowOrigins`: one regex or a list of them, each an entry `{"regex": …}`. Several systems search for them in the
    /// origin, where an entry matches it whole.
    Regexes,
    /// `true`: `["*"]` in this field.
    Everything(&'static str),
    /// `true`: `"preflights": "forward"`.
    ForwardsPreflights,
    /// `true`: `"unmatchedPreflights": "FORWARD"`.
    ForwardsUnmatched,
    /// Envoy's `filter_enabled`: a share of the requests.
    Enabled,
    /// Envoy's `shadow_enabled`: a share of the requests; the whole is `"reportOnly": true`.
    Shadow,
    /// A switch for the policy as a whole; `true` says what is so anyway.
    On,
    /// A switch for the policy as a whole; `true` says that there is none.
    Off,
    /// Nothing that a policy has to say.
    Needless,
}

use Synonym::{Enabled, Everything, Field, ForwardsPreflights, ForwardsUnmatched, Needless, Off, On, Regexes, Shadow};

const ORIGINS: Synonym = Field("allowOrigins");
const METHODS: Synonym = Field("allowMethods");
const HEADERS: Synonym = Field("allowHeaders");
const EXPOSED: Synonym = Field("exposeHeaders");
const CREDENTIALS: Synonym = Field("allowCredentials");
const MAX_AGE: Synonym = Field("maxAge");
const STATUS: Synonym = Field("preflightStatus");

const SYNONYMS: &[(&str, Synonym)] = &[
    ("alloworigin", ORIGINS),
    ("alloworiginexact", ORIGINS),
    ("alloworiginlist", ORIGINS),
    ("alloworiginpattern", ORIGINS),
    ("alloworiginpatterns", ORIGINS),
    ("alloworigins", ORIGINS),
    ("alloworiginslist", ORIGINS),
    ("alloworiginspatterns", ORIGINS),
    ("alloworiginstringmatch", ORIGINS),
    ("domains", ORIGINS),
    ("origin", ORIGINS),
    ("originpatterns", ORIGINS),
    ("origins", ORIGINS),
    ("originwhitelist", ORIGINS),
    ("whitelist", ORIGINS),
    ("withorigins", ORIGINS),
    ("alloworiginlistregex", Regexes),
    ("alloworiginregex", Regexes),
    ("alloworiginregexes", Regexes),
    ("alloworiginregexp", Regexes),
    ("alloworiginsbyregex", Regexes),
    ("alloworiginsregex", Regexes),
    ("alloworiginsregexes", Regexes),
    ("originregex", Regexes),
    ("originregexes", Regexes),
    ("originregexwhitelist", Regexes),
    ("allowall", Everything("allowOrigins")),
    ("allowallorigins", Everything("allowOrigins")),
    ("allowanyorigin", Everything("allowOrigins")),
    ("originallowall", Everything("allowOrigins")),
    ("allowmethod", METHODS),
    ("allowmethods", METHODS),
    ("allowhttpmethods", METHODS),
    ("method", METHODS),
    ("methods", METHODS),
    ("withmethods", METHODS),
    ("allowallmethods", Everything("allowMethods")),
    ("allowanymethod", Everything("allowMethods")),
    ("allowheader", HEADERS),
    ("allowheaders", HEADERS),
    ("allowhttpheaders", HEADERS),
    ("headers", HEADERS),
    ("requestheaders", HEADERS),
    ("withheaders", HEADERS),
    ("allowallheaders", Everything("allowHeaders")),
    ("allowanyheader", Everything("allowHeaders")),
    ("expose", EXPOSED),
    ("exposeheader", EXPOSED),
    ("exposeheaders", EXPOSED),
    ("responseheader", EXPOSED),
    ("responseheaders", EXPOSED),
    ("withexposeheaders", EXPOSED),
    ("allowcredential", CREDENTIALS),
    ("allowcredentials", CREDENTIALS),
    ("credential", CREDENTIALS),
    ("credentialed", CREDENTIALS),
    ("credentials", CREDENTIALS),
    ("supportcredentials", CREDENTIALS),
    ("supportscredentials", CREDENTIALS),
    ("maxage", MAX_AGE),
    ("maxageinseconds", MAX_AGE),
    ("maxageseconds", MAX_AGE),
    ("maxagesec", MAX_AGE),
    ("maxagesecs", MAX_AGE),
    ("preflightmaxage", MAX_AGE),
    ("preflightmaxageseconds", MAX_AGE),
    ("preflightmaxageinseconds", MAX_AGE),
    ("setpreflightmaxage", MAX_AGE),
    ("optionsstatuscode", STATUS),
    ("optionssuccessstatus", STATUS),
    ("preflightstatus", STATUS),
    ("preflightstatuscode", STATUS),
    ("preflightsuccessstatus", STATUS),
    ("dryrun", Field("reportOnly")),
    ("shadow", Field("reportOnly")),
    ("acceptrisk", Field("acceptRisks")),
    ("shadowenabled", Shadow),
    ("filterenabled", Enabled),
    ("chainpreflight", ForwardsPreflights),
    ("optionspassthrough", ForwardsPreflights),
    ("passthroughpreflight", ForwardsPreflights),
    ("preflightcontinue", ForwardsPreflights),
    ("forwardnotmatchingpreflights", ForwardsUnmatched),
    ("enable", On),
    ("enablecors", On),
    ("enabled", On),
    ("disable", Off),
    ("disabled", Off),
    ("disableforroute", Off),
    ("@type", Needless),
    ("$schema", Needless),
    ("addvaryheader", Needless),
    ("alloworiginabsent", Needless),
    ("allowwildcard", Needless),
    ("alwayssend", Needless),
    ("automaticoptions", Needless),
    ("hideoptionsroute", Needless),
    ("interceptexceptions", Needless),
    ("sendwildcard", Needless),
    ("skipsameasorigin", Needless),
    ("strictpreflight", Needless),
    ("vary", Needless),
    ("varyheader", Needless),
];

/// What another system's field means in a policy: `cors-allow-origin`, `AllowedOrigins` and `accessControlAllowOriginList`
/// alike.
///
/// ```
/// use corsac_policy::{Synonym, synonym};
///
/// assert_eq!(synonym("nginx.ingress.kubernetes.io/cors-allow-origin"), Some(Synonym::Field("allowOrigins")));
/// assert_eq!(synonym("accessControlAllowOriginListRegex"), Some(Synonym::Regexes));
/// ```
pub fn synonym(name: &str) -> Option<Synonym> {
    let name = plainest(name);
    SYNONYMS.iter().find(|(known, _)| *known == name).map(|(_, synonym)| *synonym)
}

/// Likewise for a field of a rule.
pub(super) fn of_rule(name: &str) -> Option<Synonym> {
    const NAMES: &[(&str, &str)] = &[
        ("corspolicy", "policy"),
        ("domain", "hosts"),
        ("domains", "hosts"),
        ("host", "hosts"),
        ("hostname", "hosts"),
        ("hostnames", "hosts"),
        ("path", "paths"),
        ("policyname", "policy"),
        ("route", "routes"),
        ("routename", "routes"),
        ("routenames", "routes"),
    ];
    let name = plain(name);
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, field)| Field(field))
}

impl Synonym {
    /// Whether an object with these fields can say it.
    pub(super) fn fits(self, known: &[&str]) -> bool {
        match self {
            Field(field) | Everything(field) => known.contains(&field),
            _ => known.contains(&"allowOrigins"),
        }
    }
}

/// A name without its case, its separators and what is ahead of `cors` or `Access-Control`: `spring.web.cors.allowed-origins`
/// is `alloworigins`.
pub(super) fn plainest(name: &str) -> String {
    let last = name.rsplit('/').find(|part| !part.is_empty()).unwrap_or(name);
    let plain = plain(last).replace(['.', ':'], "").replace("allowed", "allow").replace("exposed", "expose");
    let after = |name: &str, prefix: &str| match name.rsplit_once(prefix) {
        Some((_, rest)) if !rest.is_empty() => rest.to_owned(),
        _ => name.to_owned(),
    };
    after(&after(&plain, "cors"), "accesscontrol")
}

/// Other systems' names for the key of a matcher.
const MATCHERS: &[(&str, &str)] = &[
    ("equal", "exact"),
    ("equals", "exact"),
    ("exact", "exact"),
    ("exactmatch", "exact"),
    ("literal", "exact"),
    ("beginswith", "prefix"),
    ("prefix", "prefix"),
    ("prefixmatch", "prefix"),
    ("startswith", "prefix"),
    ("endswith", "suffix"),
    ("suffix", "suffix"),
    ("suffixmatch", "suffix"),
    ("pattern", "regex"),
    ("re2", "regex"),
    ("regex", "regex"),
    ("regexmatch", "regex"),
    ("regexp", "regex"),
    ("regularexpression", "regex"),
    ("saferegex", "regex"),
    ("saferegexmatch", "regex"),
];

/// The key of a matcher that another system's key or type of a matcher means.
pub(super) fn matcher(name: &str) -> Option<&'static str> {
    let name = plain(name);
    MATCHERS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_its_plainest_form_and_names_a_field() {
        let fields: Vec<&str> = crate::fields().collect();
        for (name, synonym) in SYNONYMS {
            assert_eq!(plainest(name), *name);
            if let Field(field) | Everything(field) = synonym {
                assert!(fields.contains(field), "{name}: {field}");
            }
        }
    }

    #[test]
    fn a_name_is_known_in_the_dress_of_every_format() {
        for name in [
            "allow_origins",
            "AllowedOrigins",
            "origins",
            "cors-allow-origin",
            "nginx.ingress.kubernetes.io/cors-allow-origin",
            "accessControlAllowOriginList",
            "Access-Control-Allow-Origin",
            "spring.web.cors.allowed-origin-patterns",
            "cors.allowed.origins",
            "CORS_ALLOWED_ORIGINS",
            "quarkus.http.cors.origins",
            "allow_origin_string_match",
            "Cors:AllowedOrigins",
        ] {
            assert_eq!(synonym(name), Some(ORIGINS), "{name}");
        }
        for name in ["exposed_headers", "cors.exposed.headers", "accessControlExposeHeaders", "ResponseHeaders"] {
            assert_eq!(synonym(name), Some(EXPOSED), "{name}");
        }
        for name in [
            "CORS_ALLOWED_ORIGIN_REGEXES",
            "allow_origin_regex",
            "accessControlAllowOriginListRegex",
            "allow_origins_by_regex",
        ] {
            assert_eq!(synonym(name), Some(Regexes), "{name}");
        }
        assert_eq!(synonym("enable-cors"), Some(On));
        assert_eq!(synonym("weather"), None);
    }
}
