//! A pasted `curl` command, as a person writes it or a browser's developer tools copy it ("Copy as
//! cURL", for bash and for cmd).

mod options;
mod shell;

use crate::question::Question;
use crate::sent::Sent;
use options::{Options, Said};

/// The request that the command makes, as a page would make it. `page`: the page's origin, where
/// the command's own `Origin` does not count or is missing.
///
/// ```
/// let command = "curl 'https://api.example/items' -X PUT -H 'Origin: https://app.example' \
///     -H 'Content-Type: application/json' -b 'session=1' --data-raw '{}' --compressed";
/// let question = corsac_explain::curl::parse(command, None).expect("a command");
/// assert_eq!((&*question.page, &*question.method), ("https://app.example", "PUT"));
/// assert_eq!(question.headers, [("Content-Type".to_owned(), "application/json".to_owned())]);
/// assert_eq!(question.credentials, corsac_fetch::Credentials::Include);
/// ```
///
/// # Errors
/// A sentence that says what cannot be read, or that the origin is missing.
pub fn parse(command: &str, page: Option<&str>) -> Result<Question, String> {
    let mut words = shell::words(command)?.into_iter();
    let program = words.find(|word| !matches!(word.as_str(), "$" | "%" | ">")).unwrap_or_default();
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    if !matches!(name, "curl" | "curl.exe") {
        return Err("This is not a curl command: it begins with \"curl\".".to_owned());
    }
    let mut command = Command::default();
    for option in Options::new(words) {
        command.take(option?);
    }
    command.question(page)
}

/// What the options say.
#[derive(Default)]
struct Command {
    url: Option<String>,
    method: Option<String>,
    headers: Vec<(String, String)>,
    /// The data, each joined to the one before by `&`.
    data: Option<String>,
    /// The `Content-Type` that the data get where no header says it.
    content_type: Option<&'static str>,
    /// The data go into the query.
    get: bool,
    /// The method that an option (`-I`, `-T`) means.
    by_an_option: Option<&'static str>,
    cookies: bool,
}

impl Command {
    fn take(&mut self, option: Said) {
        match option {
            Said::Url(url) => self.url = self.url.take().or(Some(url)),
            Said::Method(method) => self.method = Some(method),
            Said::Header(line) => self.headers.extend(header(&line)),
            Said::Data(data) => self.add_data(&data, "application/x-www-form-urlencoded"),
            Said::Form => self.add_data("", "multipart/form-data"),
            Said::Json(data) => {
                self.add_data(&data, "application/json");
                self.content_type = Some("application/json");
                self.headers.push(("Accept".to_owned(), "application/json".to_owned()));
            }
            Said::Authorization(value) => self.headers.push(("Authorization".to_owned(), value)),
            Said::Referer(url) => self.headers.push(("Referer".to_owned(), url)),
            Said::Range(range) => self.headers.push(("Range".to_owned(), format!("bytes={range}"))),
            Said::Cookie => self.cookies = true,
            Said::Get => self.get = true,
            Said::Head => self.by_an_option = Some("HEAD"),
            Said::Upload => self.by_an_option = Some("PUT"),
        }
    }

    fn add_data(&mut self, data: &str, content_type: &'static str) {
        self.content_type.get_or_insert(content_type);
        self.data = Some(match self.data.take() {
            Some(before) => format!("{before}&{data}"),
            None => data.to_owned(),
        });
    }

    fn question(self, page: Option<&str>) -> Result<Question, String> {
        let url = self.url.ok_or("The command names no URL.")?;
        // What curl does with a URL without a scheme.
        let mut url = if url.contains("://") { url } else { format!("http://{url}") };
        let mut headers = self.headers;
        let in_the_query = self.data.as_ref().filter(|data| self.get && !data.is_empty());
        if let Some(data) = in_the_query {
            url = format!("{url}{}{data}", if url.contains('?') { '&' } else { '?' });
        }
        let has_body = self.data.is_some() && !self.get;
        let is_typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if let Some(content_type) = self.content_type.filter(|_| has_body && !is_typed) {
            headers.push(("Content-Type".to_owned(), content_type.to_owned()));
        }
        let usual = if has_body { "POST" } else { "GET" };
        let method = self.method.unwrap_or_else(|| self.by_an_option.unwrap_or(usual).to_owned());
        Sent { url, method, headers, cookies: self.cookies }.question(page, &[])
    }
}

/// A header of `-H`. `Name:` takes one away that curl sends by itself, and `Name;` is an empty one.
fn header(line: &str) -> Option<(String, String)> {
    match line.split_once(':') {
        Some((name, value)) => {
            let value = value.trim();
            (!value.is_empty()).then(|| (name.trim().to_owned(), value.to_owned()))
        }
        None => line.strip_suffix(';').map(|name| (name.trim().to_owned(), String::new())),
    }
}
