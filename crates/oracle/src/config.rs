//! A configuration as plain data, and its JSON text.

/// The input of one `compile`.
#[derive(Clone, Debug)]
pub struct Configuration {
    pub form: Form,
    pub debug: bool,
}

/// The two forms of a configuration.
#[derive(Clone, Debug)]
pub enum Form {
    /// One policy for everything, named `default`.
    Single(Policy),
    Many {
        policies: Vec<(String, Policy)>,
        /// `None` omits the key.
        rules: Option<Vec<Rule>>,
        policy_from_route_metadata: bool,
    },
}

/// One rule. `None` in `hosts`, `paths` or `routes` omits the key.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    pub hosts: Option<Vec<String>>,
    pub paths: Option<Vec<String>>,
    pub routes: Option<Vec<String>>,
    /// `None` is a written `null`: the exchange stays as it is.
    pub policy: Option<String>,
}

/// One entry of `allowOrigins`.
#[derive(Clone, Debug)]
pub enum Pattern {
    Text(String),
    Exact(String),
    Prefix(String),
    Suffix(String),
    Regex(String),
}

/// One policy. The JSON text accepts every risk, because the oracle knows which origins a pattern
/// matches, not how dangerous it is.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the JSON has these fields")]
pub struct Policy {
    pub allow_origins: Vec<Pattern>,
    pub allow_methods: Vec<String>,
    pub allow_headers: Vec<String>,
    pub expose_headers: Vec<String>,
    pub allow_credentials: bool,
    pub max_age: Option<MaxAge>,
    pub preflight_status: u16,
    pub preserve: bool,
    pub reject: bool,
    /// Only with `reject`.
    pub own_origins: Option<Vec<String>>,
    /// Only with `reject`.
    pub spares_navigations: bool,
    pub forwards_preflights: bool,
    /// Only with one exact origin.
    pub fixed_origin: bool,
    pub timing_allow_origin: bool,
    pub report_only: bool,
    /// A policy without a trial; its `report_only` does not count.
    pub trial: Option<Box<Policy>>,
    /// Whether to write fields that have their default value, too.
    pub spell_defaults: bool,
}

/// A duration: its JSON text, and its length in seconds.
#[derive(Clone, Copy, Debug)]
pub struct MaxAge {
    pub json: &'static str,
    pub seconds: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            allow_origins: vec![],
            allow_methods: vec![],
            allow_headers: vec![],
            expose_headers: vec![],
            allow_credentials: false,
            max_age: None,
            preflight_status: 204,
            preserve: false,
            reject: false,
            own_origins: None,
            spares_navigations: false,
            forwards_preflights: false,
            fixed_origin: false,
            timing_allow_origin: false,
            report_only: false,
            trial: None,
            spell_defaults: false,
        }
    }
}

/// All risks that a policy can accept.
const RISKS: [&str; 6] = [
    "any-origin-with-credentials",
    "any-host-with-credentials",
    "insecure-origin-with-credentials",
    "public-suffix-wildcard",
    "null-origin",
    "loose-match",
];

impl Configuration {
    /// One policy for everything.
    pub fn single(policy: Policy) -> Self {
        Self { form: Form::Single(policy), debug: false }
    }

    /// The JSON text for `compile`.
    pub fn json(&self) -> String {
        let mut fields = match &self.form {
            Form::Single(policy) => policy.fields(),
            Form::Many { policies, rules, policy_from_route_metadata } => {
                let mut fields = vec![format!(
                    "\"policies\": {{{}}}",
                    policies
                        .iter()
                        .map(|(name, policy)| format!("{}: {}", string(name), policy.json()))
                        .collect::<Vec<_>>()
                        .join(", ")
                )];
                if let Some(rules) = rules {
                    let rules: Vec<_> = rules.iter().map(Rule::json).collect();
                    fields.push(format!("\"rules\": [{}]", rules.join(", ")));
                }
                if *policy_from_route_metadata {
                    fields.push("\"policyFromRouteMetadata\": true".to_owned());
                }
                fields
            }
        };
        if self.debug {
            fields.push("\"debug\": true".to_owned());
        }
        format!("{{{}}}", fields.join(", "))
    }
}

impl Policy {
    fn json(&self) -> String {
        format!("{{{}}}", self.fields().join(", "))
    }

    fn fields(&self) -> Vec<String> {
        let origins: Vec<_> = self.allow_origins.iter().map(Pattern::json).collect();
        let risks: Vec<_> = RISKS.iter().map(|risk| (*risk).to_owned()).collect();
        let mut fields =
            vec![format!("\"allowOrigins\": [{}]", origins.join(", ")), format!("\"acceptRisks\": {}", list(&risks))];
        let mut field = |key: &str, value: String, is_default: bool| {
            if !is_default || self.spell_defaults {
                fields.push(format!("\"{key}\": {value}"));
            }
        };
        for (key, names) in [
            ("allowMethods", &self.allow_methods),
            ("allowHeaders", &self.allow_headers),
            ("exposeHeaders", &self.expose_headers),
        ] {
            field(key, list(names), names.is_empty());
        }
        for (key, on) in [
            ("allowCredentials", self.allow_credentials),
            ("timingAllowOrigin", self.timing_allow_origin),
            ("reportOnly", self.report_only),
            ("fixedOrigin", self.fixed_origin),
        ] {
            field(key, on.to_string(), !on);
        }
        let max_age = self.max_age.map_or("null", |age| age.json);
        field("maxAge", max_age.to_owned(), self.max_age.is_none());
        let status = self.preflight_status;
        field("preflightStatus", status.to_string(), status == 204);
        let upstream = if self.preserve { "preserve" } else { "replace" };
        field("upstreamHeaders", string(upstream), !self.preserve);
        let disallowed = if self.reject { "reject" } else { "forward" };
        field("disallowedOrigins", string(disallowed), !self.reject);
        let navigations = if self.spares_navigations { "forward" } else { "reject" };
        field("disallowedNavigations", string(navigations), !self.spares_navigations);
        let own = self.own_origins.as_ref().map_or("null".to_owned(), |own| list(own));
        field("ownOrigins", own, self.own_origins.is_none());
        let preflights = if self.forwards_preflights { "forward" } else { "answer" };
        field("preflights", string(preflights), !self.forwards_preflights);
        let trial = self
            .trial
            .as_ref()
            .map_or("null".to_owned(), |trial| Policy { report_only: false, trial: None, ..(**trial).clone() }.json());
        field("trial", trial, self.trial.is_none());
        fields
    }
}

impl Pattern {
    /// The policy's JSON text.
    pub fn json(&self) -> String {
        match self {
            Self::Text(text) => string(text),
            Self::Exact(text) => format!("{{\"exact\": {}}}", string(text)),
            Self::Prefix(text) => format!("{{\"prefix\": {}}}", string(text)),
            Self::Suffix(text) => format!("{{\"suffix\": {}}}", string(text)),
            Self::Regex(text) => format!("{{\"regex\": {}}}", string(text)),
        }
    }
}

impl Rule {
    fn json(&self) -> String {
        let mut fields = vec![];
        for (key, names) in [("hosts", &self.hosts), ("paths", &self.paths), ("routes", &self.routes)] {
            if let Some(names) = names {
                fields.push(format!("\"{key}\": {}", list(names)));
            }
        }
        let policy = self.policy.as_deref().map_or("null".to_owned(), string);
        fields.push(format!("\"policy\": {policy}"));
        format!("{{{}}}", fields.join(", "))
    }
}

fn list(texts: &[String]) -> String {
    let texts: Vec<_> = texts.iter().map(|text| string(text)).collect();
    format!("[{}]", texts.join(", "))
}

fn string(text: &str) -> String {
    let mut json = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                json.push('\\');
                json.push(character);
            }
            '\0'..='\x1f' => json.extend(format!("\\u{:04x}", u32::from(character)).chars()),
            _ => json.push(character),
        }
    }
    json.push('"');
    json
}
