//! Fetch metadata: what a browser tells a server of where a request comes from
//! ([Fetch Metadata Request Headers](https://w3c.github.io/webappsec-fetch-metadata/)).

use url::{Host, Url};

use crate::origin::Origin;

/// The value of [`Sec-Fetch-Site`](https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header) for a request
/// by that page to those URLs, one redirected to the next.
pub(crate) fn sec_fetch_site(page: &Origin, urls: &[Url]) -> &'static str {
    if urls.iter().all(|url| page.is_same(url)) {
        "same-origin"
    } else if page.url().is_some_and(|page| urls.iter().all(|url| is_same_site(&page, url))) {
        "same-site"
    } else {
        "cross-site"
    }
}

/// Whether a browser sends `Sec-Fetch-*` there: to a
/// [potentially trustworthy URL](https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy).
pub(crate) fn is_trustworthy(url: &Url) -> bool {
    let is_local = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    };
    matches!(url.scheme(), "https" | "wss") || is_local
}

/// HTML, [same site](https://html.spec.whatwg.org/multipage/browsers.html#same-site).
fn is_same_site(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme() && (a.host() == b.host() || both(registrable_domain(a), registrable_domain(b)))
}

fn both(a: Option<&str>, b: Option<&str>) -> bool {
    a.is_some() && a == b
}

/// One label more than the public suffix; an IP address has none.
fn registrable_domain(url: &Url) -> Option<&str> {
    match url.host() {
        Some(Host::Domain(name)) => psl::domain_str(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(page: &str, urls: &[&str]) -> &'static str {
        let urls: Vec<Url> = urls.iter().map(|url| Url::parse(url).unwrap()).collect();
        sec_fetch_site(&Origin::parse(page).unwrap(), &urls)
    }

    #[test]
    fn a_site_is_a_registrable_domain_and_a_scheme() {
        let page = "https://www.shop.example";
        assert_eq!(site(page, &["https://www.shop.example/"]), "same-origin");
        assert_eq!(site(page, &["https://www.shop.example:8443/"]), "same-site");
        assert_eq!(site(page, &["https://api.shop.example/"]), "same-site");
        assert_eq!(site(page, &["http://api.shop.example/"]), "cross-site");
        assert_eq!(site(page, &["https://other.example/"]), "cross-site");
        assert_eq!(site("https://a.github.io", &["https://b.github.io/"]), "cross-site");
        assert_eq!(site("http://127.0.0.1", &["http://127.0.0.1:1/"]), "same-site");
        assert_eq!(site("http://127.0.0.1", &["http://127.0.0.2/"]), "cross-site");
        assert_eq!(site("null", &["https://www.shop.example/"]), "cross-site");
        assert_eq!(site("chrome-extension://abc", &["https://www.shop.example/"]), "cross-site");
    }

    #[test]
    fn a_redirect_through_another_site_stays_with_the_request() {
        let page = "https://www.shop.example";
        let through = ["https://www.shop.example/", "https://other.example/", "https://www.shop.example/"];
        assert_eq!(site(page, &through), "cross-site");
        assert_eq!(site(page, &["https://api.shop.example/", "https://www.shop.example/"]), "same-site");
    }

    #[test]
    fn metadata_goes_to_https_and_to_this_machine() {
        for (url, trustworthy) in [
            ("https://api.example/", true),
            ("http://api.example/", false),
            ("http://localhost:1/", true),
            ("http://api.localhost/", true),
            ("http://localhost.example/", false),
            ("http://127.8.9.1/", true),
            ("http://[::1]/", true),
            ("http://10.0.0.1/", false),
        ] {
            assert_eq!(is_trustworthy(&Url::parse(url).unwrap()), trustworthy, "{url}");
        }
    }
}
