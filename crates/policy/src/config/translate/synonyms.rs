//! Other systems' names for what a policy says.
//!
//! A name is here in its plainest form ([`plainest`]), which stands for every case, separator
//! and prefix that it has in Istio, the Gateway API, Envoy, Envoy Gateway,
//! ingress-nginx, Kong, Traefik, APISIX, Higress, Emissary, Contour, Gloo, Spring, Micronaut,
//! Quarkus, Play, Tomcat, Jetty, ASP.NET, Express, Fastify, hapi, Flask, Starlette, Django,
//! Laravel, Nelmio, Rails, Go's libraries, Tyk, `KrakenD`, AWS, Azure and Google Cloud.

use crate::suggest::plain;

/// What a field of another system means in a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synonym {
    /// This field, with the same value.
    Field(&'static str),
    /// `allowOrigins`: one regex or a list of them, each an entry `{"regex": …}`. Several systems
    /// search for them in the origin, where an entry matches it whole.
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

/// For each meaning its names, with a space between them: that weighs less than a row for each.
const SYNONYMS: &[(Synonym, &str)] = &[
    (
        ORIGINS,
        "alloworigin alloworiginexact alloworiginlist alloworiginpattern alloworiginpatterns alloworigins \
         alloworiginslist alloworiginspatterns alloworiginstringmatch domain domains origin originpatterns \
         origins originwhitelist whitelist withorigins",
    ),
    (
        Regexes,
        "alloworiginlistregex alloworiginregex alloworiginregexes alloworiginregexp alloworiginsbyregex \
         alloworiginsregex alloworiginsregexes originregex originregexes originregexwhitelist",
    ),
    (Everything("allowOrigins"), "allowall allowallorigins allowanyorigin originallowall"),
    (METHODS, "allowmethod allowmethods allowhttpmethods method methods withmethods"),
    (Everything("allowMethods"), "allowallmethods allowanymethod"),
    (HEADERS, "allowheader allowheaders allowhttpheaders headers requestheaders withheaders"),
    (Everything("allowHeaders"), "allowallheaders allowanyheader"),
    (EXPOSED, "expose exposeheader exposeheaders responseheader responseheaders withexposeheaders"),
    (
        CREDENTIALS,
        "allowcredential allowcredentials credential credentialed credentials supportcredentials \
         supportscredentials usecredentials withcredentials",
    ),
    (
        MAX_AGE,
        "maxage maxageinseconds maxageseconds maxagesec maxagesecs preflightmaxage preflightmaxageseconds \
         preflightmaxageinseconds setpreflightmaxage",
    ),
    (
        STATUS,
        "optionsstatuscode optionssuccessstatus preflightstatus preflightstatuscode \
         preflightsuccessstatus",
    ),
    (Field("reportOnly"), "dryrun shadow"),
    (Field("acceptRisks"), "acceptrisk"),
    (Shadow, "shadowenabled"),
    (Enabled, "filterenabled"),
    (ForwardsPreflights, "chainpreflight optionspassthrough passthroughpreflight preflightcontinue"),
    (ForwardsUnmatched, "forwardnotmatchingpreflights"),
    (On, "enable enablecors enabled"),
    (Off, "disable disabled disableforroute"),
    (
        Needless,
        "@type $schema addvaryheader allowbrowserextensions allowfiles alloworiginabsent allowwebsockets \
         allowwildcard alwayssend automaticoptions comment description hideoptionsroute id \
         interceptexceptions name sendwildcard skipsameasorigin strictpreflight type vary varyheader",
    ),
];

/// What another system's field means in a policy: `cors-allow-origin`, `AllowedOrigins` and
/// `accessControlAllowOriginList` alike.
///
/// ```
/// use corsac_policy::{Synonym, synonym};
///
/// assert_eq!(synonym("nginx.ingress.kubernetes.io/cors-allow-origin"), Some(Synonym::Field("allowOrigins")));
/// assert_eq!(synonym("accessControlAllowOriginListRegex"), Some(Synonym::Regexes));
/// ```
pub fn synonym(name: &str) -> Option<Synonym> {
    let name = plainest(name);
    SYNONYMS.iter().find(|(_, names)| is_among(&name, names)).map(|(synonym, _)| *synonym)
}

/// Likewise for a field of a rule.
pub(super) fn of_rule(name: &str) -> Option<Synonym> {
    const NAMES: &[(&str, &str)] = &[
        ("policy", "corspolicy policyname"),
        ("hosts", "domain domains host hostname hostnames"),
        ("paths", "path"),
        ("routes", "route routename routenames"),
    ];
    let name = plain(name);
    NAMES.iter().find(|(_, names)| is_among(&name, names)).map(|(field, _)| Field(field))
}

fn is_among(name: &str, names: &str) -> bool {
    names.split(' ').any(|known| known == name)
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

/// A name without its case, its separators and what is ahead of `cors` or `Access-Control`:
/// `spring.web.cors.allowed-origins` is `alloworigins`.
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
    ("exact", "equal equals exact exactmatch literal"),
    ("prefix", "beginswith prefix prefixmatch startswith"),
    ("suffix", "endswith suffix suffixmatch"),
    ("regex", "pattern re2 regex regexmatch regexp regularexpression saferegex saferegexmatch"),
];

/// The key of a matcher that another system's key or type of a matcher means.
pub(super) fn matcher(name: &str) -> Option<&'static str> {
    let name = plain(name);
    MATCHERS.iter().find(|(_, names)| is_among(&name, names)).map(|(kind, _)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_its_plainest_form_and_names_a_field() {
        let fields: Vec<&str> = crate::fields().collect();
        for (synonym, names) in SYNONYMS {
            for name in names.split(' ') {
                assert_eq!(plainest(name), name);
            }
            if let Field(field) | Everything(field) = synonym {
                assert!(fields.contains(field), "{field}");
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
