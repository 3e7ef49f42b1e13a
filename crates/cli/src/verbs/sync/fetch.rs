//! What the service says: one request, or as many as the list has pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use corsac_origin_list::MOST_BYTES;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, http};
use url::{Host, Url};

use crate::input::Input;
use crate::output::{Failure, one_line};

/// The most pages of one list.
const MOST_PAGES: usize = 100;

/// Where the list is, and how it is asked for.
#[derive(clap::Args)]
pub(super) struct Service {
    /// The list: a URL, a file, or "-"
    #[arg(long, value_name = "URL|FILE")]
    from: String,
    /// A header of the request, or "@FILE" with such lines, which keeps secrets off the command
    /// line
    #[arg(long = "header", value_name = "NAME: VALUE|@FILE")]
    headers: Vec<String>,
    /// Certificates (PEM) to trust, in place of the public ones
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// How long the service may take. Seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Also ask over http, where anyone on the way can change the list. This machine is asked anyway
    #[arg(long)]
    allow_http: bool,
}

impl Service {
    /// The name of the list in reports.
    pub(super) fn name(&self) -> String {
        one_line(&self.from)
    }

    /// The bodies that make up the list.
    pub(super) fn bodies(&self) -> Result<Vec<Vec<u8>>, Failure> {
        if !self.from.contains("://") {
            return Input::read(Path::new(&self.from)).map(|input| vec![input.text.into_bytes()]);
        }
        let url = Url::parse(&self.from).map_err(|error| self.fail(&format!("This is not a URL: {error}.")))?;
        self.check_scheme(&url)?;
        let (agent, headers) = (self.agent()?, self.request_headers()?);
        let (mut bodies, mut next) = (Vec::new(), Some(url.clone()));
        while let Some(page) = next {
            if bodies.len() == MOST_PAGES {
                return Err(self.fail(&format!("The list has more than {MOST_PAGES} pages.")));
            }
            let mut response = self.get(&agent, &page, &headers)?;
            next = next_page(&response, &page);
            if next.as_ref().is_some_and(|next| next.origin() != url.origin()) {
                return Err(self.fail("The next page is on another server, which is not asked."));
            }
            let limit = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
            let body = response.body_mut().with_config().limit(limit).read_to_vec();
            bodies.push(body.map_err(|error| self.fail(&format!("The list cannot be read: {error}.")))?);
        }
        Ok(bodies)
    }

    fn get(&self, agent: &Agent, url: &Url, headers: &[(String, String)]) -> Result<http::Response<Body>, Failure> {
        let mut request = agent.get(url.as_str());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = request.call().map_err(|error| self.fail(&format!("No answer: {error}.")))?;
        let status = response.status();
        if status.is_redirection() {
            let location = response.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
            let location = one_line(location);
            return Err(self.fail(&format!(
                "The answer is a redirect ({status}) to \"{location}\", which is not followed. Name that URL if it is right."
            )));
        }
        if status != http::StatusCode::OK {
            return Err(self.fail(&format!("The answer is {status}, not 200 OK.")));
        }
        Ok(response)
    }

    /// Over plain http, whoever is on the way writes the list.
    fn check_scheme(&self, url: &Url) -> Result<(), Failure> {
        let is_here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => Ok(()),
            "http" if is_here || self.allow_http => Ok(()),
            "http" => Err(self
                .fail("Over http, anyone on the way can change the list. Use https, or --allow-http if it is safe.")),
            _ => Err(self.fail("The list is asked for over https or http.")),
        }
    }

    fn agent(&self) -> Result<Agent, Failure> {
        let roots = match &self.ca {
            Some(file) => RootCerts::Specific(Arc::new(certificates(file)?)),
            None => RootCerts::WebPki,
        };
        let config = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(self.timeout)))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("corsac/", env!("CARGO_PKG_VERSION")))
            .accept("application/json, text/plain")
            .tls_config(TlsConfig::builder().root_certs(roots).build());
        Ok(Agent::new_with_config(config.build()))
    }

    fn request_headers(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut lines = Vec::new();
        for header in &self.headers {
            match header.strip_prefix('@') {
                Some(file) => lines.extend(Input::read(Path::new(file))?.text.lines().map(str::to_owned)),
                None => lines.push(header.clone()),
            }
        }
        // A line may hold a secret, so no sentence shows it.
        let parse = |line: &String| {
            let (name, value) = line.split_once(':')?;
            let is_name = !name.is_empty() && http::HeaderName::from_bytes(name.as_bytes()).is_ok();
            is_name.then(|| (name.to_owned(), value.trim().to_owned()))
        };
        let parsed = lines.iter().filter(|line| !line.trim().is_empty()).map(parse);
        parsed.collect::<Option<_>>().ok_or_else(|| Failure("A header is written \"name: value\".".to_owned()))
    }

    pub(super) fn fail(&self, sentence: &str) -> Failure {
        Failure(format!("{}: {}", self.name(), one_line(sentence)))
    }
}

fn certificates(file: &Path) -> Result<Vec<ureq::tls::Certificate<'static>>, Failure> {
    let fail = |sentence: String| Failure(format!("{}: {sentence}", file.display()));
    let bytes = fs::read(file).map_err(|error| fail(format!("The file cannot be read: {error}.")))?;
    let items: Result<Vec<PemItem<'_>>, _> = parse_pem(&bytes).collect();
    let items = items.map_err(|error| fail(format!("The file is not PEM: {error}.")))?;
    let mut certificates = Vec::new();
    for item in items {
        if let PemItem::Certificate(certificate) = item {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() { Err(fail("The file holds no certificate.".to_owned())) } else { Ok(certificates) }
}

/// The next page: `Link: <…>; rel="next"` (RFC 8288), as Okta pages its lists.
fn next_page(response: &http::Response<Body>, page: &Url) -> Option<Url> {
    let lines = response.headers().get_all("link").iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).find_map(|link| next_in(link, page))
}

fn next_in(link: &str, page: &Url) -> Option<Url> {
    let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    let is_next = |parameter: &str| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
        name.trim().eq_ignore_ascii_case("rel") && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
    };
    parameters.split(';').any(is_next).then(|| page.join(target).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_link_of_that_relation() {
        let page = Url::parse("https://idp.example/api/v1/trustedOrigins?limit=2").expect("a URL");
        let next = |link: &str| next_in(link, &page).map(String::from);
        let after = "https://idp.example/api/v1/trustedOrigins?after=x&limit=2";
        assert_eq!(next(&format!(" <{after}>; rel=\"next\"")).as_deref(), Some(after));
        assert_eq!(next("</p2>;title=x;rel=next").as_deref(), Some("https://idp.example/p2"));
        assert_eq!(next(&format!("<{after}>; rel=\"self\"")), None);
        assert_eq!(next(after), None);
        assert_eq!(next("<>"), None);
    }
}
