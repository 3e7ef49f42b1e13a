//! Origins: where a page comes from, and whether a URL is of the same one.

use std::fmt;

use url::Url;

/// An origin, as a browser serialises it ([HTML,
/// origins](https://html.spec.whatwg.org/multipage/browsers.html#origin)).
///
/// ```
/// use corsac_fetch::Origin;
///
/// let page = Origin::parse("https://app.example").unwrap();
/// assert_eq!(page.to_string(), "https://app.example");
/// assert_eq!(Origin::opaque().to_string(), "null");
/// assert!(Origin::parse("https://app.example/").is_none(), "no browser writes a slash there");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The serialisation tells tuple origins apart; an opaque one has none, and equals no other.
    serialized: Option<String>,
}

impl Origin {
    /// An opaque origin: that of a sandboxed frame, of a `data:` document, of a file. It is sent as
    /// `null`.
    pub fn opaque() -> Self {
        Self { serialized: None }
    }

    /// Reads what a browser sends in `Origin`; `None` where no browser sends that.
    ///
    /// `null` is an opaque origin. An origin of `http` or `https` must be in its one serialised
    /// form: lower case, no default port, no path, no slash. Those of other schemes
    /// (`chrome-extension`, `capacitor`) are taken as they are, since each browser has its own.
    pub fn parse(serialized: &str) -> Option<Self> {
        if serialized == "null" {
            return Some(Self::opaque());
        }
        let url = Url::parse(serialized).ok()?;
        let origin = Self::of(&url);
        if origin.serialized.as_deref() == Some(serialized) {
            return Some(origin);
        }
        let is_of_another_scheme = !url.is_special() && has_only_an_authority(serialized, url.scheme());
        is_of_another_scheme.then(|| Self { serialized: Some(serialized.to_owned()) })
    }

    /// The origin of a URL: opaque unless its scheme is one of the network, or `blob`.
    pub fn of(url: &Url) -> Self {
        let origin = url.origin();
        Self { serialized: origin.is_tuple().then(|| origin.ascii_serialization()) }
    }

    /// Whether this is an opaque origin.
    pub fn is_opaque(&self) -> bool {
        self.serialized.is_none()
    }

    /// [Same origin](https://html.spec.whatwg.org/multipage/browsers.html#same-origin); an opaque
    /// one is of the same origin as nothing that has a URL.
    pub fn is_same(&self, url: &Url) -> bool {
        !self.is_opaque() && *self == Self::of(url)
    }

    /// The origin as a URL; `None` where it is opaque.
    pub(crate) fn url(&self) -> Option<Url> {
        self.serialized.as_deref().and_then(|serialized| Url::parse(serialized).ok())
    }
}

/// The ASCII serialisation; `null` for an opaque origin.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.serialized.as_deref().unwrap_or("null"))
    }
}

/// `scheme://authority` and nothing after it.
fn has_only_an_authority(text: &str, scheme: &str) -> bool {
    let authority = text.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://"));
    authority.is_some_and(|authority| !authority.is_empty() && !authority.contains(['/', '?', '#', '@']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap_or_else(|| panic!("{text} is an origin"))
    }

    #[test]
    fn an_origin_is_read_in_its_serialised_form_alone() {
        for text in [
            "https://app.example",
            "http://app.example:8080",
            "https://[::1]",
            "http://127.0.0.1:3000",
            "https://xn--bcher-kva.example",
            "chrome-extension://abcdefghijklmnop",
            "capacitor://localhost",
            "null",
        ] {
            assert_eq!(origin(text).to_string(), text);
        }
        for text in [
            "",
            "*",
            "app.example",
            "https://App.example",
            "https://app.example/",
            "https://app.example:443",
            "http://app.example:80",
            "https://u@app.example",
            "https://bücher.example",
            "https://127.1",
            "capacitor://localhost/",
            "data:,x",
        ] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn scheme_host_and_port_make_an_origin() {
        let page = origin("https://app.example");
        let is_same = |url: &str| page.is_same(&Url::parse(url).unwrap());
        assert!(is_same("https://app.example/a?b#c"));
        assert!(is_same("https://APP.example:443/"));
        for url in ["http://app.example/", "https://app.example:8443/", "https://www.app.example/", "data:,x"] {
            assert!(!is_same(url), "{url}");
        }
    }

    #[test]
    fn an_opaque_origin_is_the_same_as_none() {
        assert!(!Origin::opaque().is_same(&Url::parse("https://app.example/").unwrap()));
        assert!(!Origin::opaque().is_same(&Url::parse("data:,x").unwrap()));
    }
}
