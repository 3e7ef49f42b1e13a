//! The page's form: one request, and what is answered to it.

use corsac_explain::{Problem, Question, Reply, Routing, Upstream, explain as explanation};
use corsac_fetch::{Credentials, Mode, Origin, Redirect};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use url::Url;

use crate::document::{policy, unsound};
use crate::flow::flow;

/// The fields of the form.
#[derive(Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Form {
    /// The page's URL or its origin, or `null`.
    pub(crate) page: String,
    /// The request's URL.
    pub(crate) url: String,
    pub(crate) method: String,
    /// A line each: `name: value`, or a name alone.
    pub(crate) headers: String,
    /// The standard's word.
    pub(crate) credentials: String,
    /// The standard's word; empty is `cors`.
    pub(crate) mode: String,
    /// The standard's word; empty is `follow`.
    pub(crate) redirect: String,
    /// Somebody listens to the upload, or the body is a stream.
    pub(crate) upload_listener: bool,
    /// The upstream's status; 0 is 200.
    pub(crate) upstream_status: u16,
    /// The upstream's headers, a line each.
    pub(crate) upstream_headers: String,
    /// The name of Envoy's route.
    pub(crate) route: String,
    /// The policy that the route's metadata name; empty: none.
    pub(crate) route_policy: String,
}

/// A form, and the policy beside it.
#[derive(Deserialize)]
struct Asked {
    policy: String,
    #[serde(default)]
    document: usize,
    form: Form,
}

pub(crate) fn explain(asked: &str) -> Result<Json, String> {
    let Asked { policy: text, document, form } =
        serde_json::from_str(asked).map_err(|error| format!("The form cannot be read: {error}."))?;
    let found = policy(&text, document)?;
    let explained = explanation(found.policy.as_bytes(), &form.question()?, &form.upstream()?, &form.routing());
    let explained = explained.map_err(|problem| match problem {
        Problem::Configuration(diagnostics) => unsound(&diagnostics),
        other => other.to_string(),
    })?;
    Ok(json!({ "flow": flow(&explained), "explanation": explained }))
}

impl Form {
    fn question(&self) -> Result<Question, String> {
        let mut question = Question::new(page_origin(self.page.trim()), self.url.trim());
        if !self.method.trim().is_empty() {
            self.method.trim().clone_into(&mut question.method);
        }
        for line in lines(&self.headers) {
            question.add_header(line);
        }
        question.credentials = credentials(&self.credentials)?;
        question.cookies = question.credentials == Credentials::Include;
        question.mode = mode(&self.mode)?;
        question.redirect = redirect(&self.redirect)?;
        question.upload_listener = self.upload_listener;
        Ok(question)
    }

    fn upstream(&self) -> Result<Upstream, String> {
        let status = if self.upstream_status == 0 { 200 } else { self.upstream_status };
        if !(200..600).contains(&status) {
            return Err(format!("The upstream's status is 200 to 599, not {status}."));
        }
        let header = |line: &str| {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            (name.trim().to_ascii_lowercase(), value.trim().as_bytes().to_vec())
        };
        let headers = lines(&self.upstream_headers).map(header).collect();
        Ok(Upstream { response: Reply { status, headers }, preflight: None })
    }

    fn routing(&self) -> Routing {
        let metadata_policy = Some(self.route_policy.trim().to_owned()).filter(|policy| !policy.is_empty());
        Routing { route: Some(self.route.trim().to_owned()), metadata_policy }
    }
}

/// The form that asks the question.
impl From<(Question, Upstream)> for Form {
    fn from((question, upstream): (Question, Upstream)) -> Self {
        let headers: Vec<String> =
            question.headers.iter().map(|(name, value)| format!("{}: {value}", name.to_ascii_lowercase())).collect();
        let upstream_headers: Vec<String> = upstream
            .response
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value)))
            .collect();
        Self {
            page: question.page,
            url: question.url,
            method: question.method,
            headers: headers.join("\n"),
            credentials: question.credentials.name().to_owned(),
            mode: question.mode.name().to_owned(),
            redirect: redirect_word(question.redirect).to_owned(),
            upload_listener: question.upload_listener,
            upstream_status: upstream.response.status,
            upstream_headers: upstream_headers.join("\n"),
            ..Self::default()
        }
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// The origin of a page: what is typed may be the page's URL. What is no URL stays as it is, and
/// the explanation says so.
fn page_origin(page: &str) -> String {
    if Origin::parse(page).is_some() {
        return page.to_owned();
    }
    let origin = Url::parse(page).ok().map(|url| Origin::of(&url)).filter(|origin| !origin.is_opaque());
    origin.map_or_else(|| page.to_owned(), |origin| origin.to_string())
}

fn credentials(word: &str) -> Result<Credentials, String> {
    if word.is_empty() {
        return Ok(Credentials::default());
    }
    let all = [Credentials::Omit, Credentials::SameOrigin, Credentials::Include];
    all.into_iter()
        .find(|credentials| credentials.name() == word)
        .ok_or_else(|| format!("\"{word}\" is not a credentials mode."))
}

fn mode(word: &str) -> Result<Mode, String> {
    if word.is_empty() {
        return Ok(Mode::default());
    }
    let all = [Mode::Cors, Mode::NoCors, Mode::SameOrigin, Mode::Navigate];
    all.into_iter().find(|mode| mode.name() == word).ok_or_else(|| format!("\"{word}\" is not a mode."))
}

const REDIRECTS: [Redirect; 3] = [Redirect::Follow, Redirect::Error, Redirect::Manual];

fn redirect(word: &str) -> Result<Redirect, String> {
    if word.is_empty() {
        return Ok(Redirect::default());
    }
    REDIRECTS
        .into_iter()
        .find(|redirect| redirect_word(*redirect) == word)
        .ok_or_else(|| format!("\"{word}\" is not a redirect mode."))
}

const fn redirect_word(redirect: Redirect) -> &'static str {
    match redirect {
        Redirect::Follow => "follow",
        Redirect::Error => "error",
        Redirect::Manual => "manual",
    }
}
