//! Fetch metadata: the headers that tell a server where a request comes from
//! ([Fetch Metadata Request Headers](https://w3c.github.io/webappsec-fetch-metadata/)).

use url::{Host, Url};

use crate::origin::Origin;

/// Tells the [registrable domain](https://url.spec.whatwg.org/#host-registrable-domain) of a host
/// name.
pub type RegistrableDomain = fn(&str) -> Option<&str>;

/// The last two labels: right for `example.com`, too wide for `example.co.uk`.
pub(crate) fn last_two_labels(name: &str) -> Option<&str> {
    let mut dots = name.rmatch_indices('.').map(|(at, _)| at);
    let (_, second) = (dots.next()?, dots.next());
    name.get(second.map_or(0, |at| at + 1)..)
}

/// The value of
/// [`Sec-Fetch-Site`](https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header) for a
/// request by that page to those URLs, one redirected to the next.
pub(crate) fn sec_fetch_site(page: &Origin, urls: &[Url], domain: RegistrableDomain) -> &'static str {
    if urls.iter().all(|url| page.is_same(url)) {
        "same-origin"
    } else if page.url().is_some_and(|page| urls.iter().all(|url| is_same_site(&page, url, domain))) {
        "same-site"
    } else {
        "cross-site"
    }
}

/// Whether a browser sends `Sec-Fetch-*` there: to a [potentially trustworthy
/// URL](https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy).
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
fn is_same_site(a: &Url, b: &Url, domain: RegistrableDomain) -> bool {
    // An IP address has no registrable domain.
    let domain = |url: &Url| url.domain().and_then(domain).map(str::to_owned);
    let is_of_one_domain = || domain(a).is_some_and(|of_a| domain(b) == Some(of_a));
    a.scheme() == b.scheme() && (a.host() == b.host() || is_of_one_domain())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(page: &str, urls: &[&str]) -> &'static str {
        let urls: Vec<Url> = urls.iter().map(|url| Url::parse(url).unwrap()).collect();
        sec_fetch_site(&Origin::parse(page).unwrap(), &urls, psl::domain_str)
    }

    #[test]
    fn without_a_list_two_labels_make_a_domain() {
        for (name, domain) in [
            ("a.b.example.com", Some("example.com")),
            ("example.com", Some("example.com")),
            ("app.localhost", Some("app.localhost")),
            ("localhost", None),
        ] {
            assert_eq!(last_two_labels(name), domain, "{name}");
        }
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
