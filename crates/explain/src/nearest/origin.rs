//! An origin as a person writes it, taken apart without being judged.

/// The parts of an origin, and the traces of what does not belong to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GivenOrigin {
    /// Empty where there is none.
    pub scheme: String,
    /// As it is written, without a dot at the end.
    pub host: String,
    pub trailing_dot: bool,
    /// The digits; the scheme's own port counts as none.
    pub port: Option<String>,
    pub writes_default_port: bool,
    pub rest: Rest,
}

/// What a URL has and an origin has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Nothing,
    /// One slash at the end.
    Slash,
    /// A path, a query, a fragment, or a user name.
    Other,
}

impl GivenOrigin {
    pub fn read(text: &str) -> Self {
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let (user, host_and_port) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (host, port) = split_port(host_and_port);
        let is_default = matches!((&*scheme.to_ascii_lowercase(), port), ("https", Some("443")) | ("http", Some("80")));
        Self {
            scheme: scheme.to_owned(),
            host: host.strip_suffix('.').unwrap_or(host).to_owned(),
            trailing_dot: host.ends_with('.'),
            port: port.filter(|_| !is_default).map(str::to_owned),
            writes_default_port: is_default,
            rest: match tail {
                "" if user.is_empty() => Rest::Nothing,
                "/" if user.is_empty() => Rest::Slash,
                _ => Rest::Other,
            },
        }
    }

    /// The origin in lower case, and nothing but an origin.
    pub fn cleaned(&self) -> Self {
        Self {
            scheme: self.scheme.to_ascii_lowercase(),
            host: self.host.to_ascii_lowercase(),
            trailing_dot: false,
            port: self.port.clone(),
            writes_default_port: false,
            rest: Rest::Nothing,
        }
    }

    /// `scheme://host:port`.
    pub fn serialized(&self) -> String {
        let dot = if self.trailing_dot { "." } else { "" };
        let port = self.port.as_ref().map_or_else(String::new, |port| format!(":{port}"));
        format!("{}://{}{dot}{port}", self.scheme, self.host)
    }
}

/// Host and port of an authority; a bracketed host holds colons of its own.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}
