//! What is answered. The names of the fields are those of the JSON, and stay.

use serde::Serialize;

/// Why a page may read the answer to a request, or may not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Whether the page's script gets a response.
    pub verdict: Verdict,
    /// Why, as one word, such as `origin-not-listed`: one of [`crate::REASONS`].
    pub reason: String,
    /// Why, as a sentence.
    pub sentence: String,
    /// The page's origin, as it was given.
    pub origin: String,
    /// The URL that the page asks for.
    pub url: String,
    /// The method, as it is sent.
    pub method: String,
    /// The credentials mode: `omit`, `same-origin` or `include`.
    pub credentials: &'static str,
    /// The name of the policy that governs the request; `null` where none does, or none can be
    /// chosen.
    pub policy: Option<String>,
    /// The index of the rule that chose it, from 0 on; `null` where no rule did.
    pub rule: Option<usize>,
    /// What chose the policy.
    pub choice: Choice,
    /// The entry of `allowOrigins` that allows the origin.
    pub entry: Option<Entry>,
    /// On a refusal, the entry that is nearest to what was refused.
    pub nearest: Option<Nearest>,
    /// What the same request would come to by the policy's trial; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial: Option<Trial>,
    /// The preflight; `null` where the browser sends none.
    pub preflight: Option<Preflight>,
    /// The request itself, as it leaves the browser, without cookies and the like; `null` where it
    /// is not sent. After a redirect, the last one.
    pub request: Option<Request>,
    /// The response to the request itself, as it leaves the proxy; `null` where the request is not
    /// sent.
    pub response: Option<Response>,
    /// What the browser does, by the standard.
    pub steps: Vec<Step>,
    /// Chrome's name for the failure: `kMissingAllowOriginHeader`.
    pub chrome: Option<String>,
    /// Firefox's key for the failure: `CORSMissingAllowOrigin2`.
    pub firefox: Option<String>,
    /// The sentence in Chrome's console.
    pub console: Option<String>,
}

/// The end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The script gets a response.
    Allowed,
    /// The script gets a network error.
    Blocked,
}

/// A request under the trial in the place of its policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trial {
    /// Whether the page's script would get a response.
    pub verdict: Verdict,
    /// Why, as one word.
    pub reason: String,
    /// Why, as a sentence.
    pub sentence: String,
}

/// What chose the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The kind of choice.
    pub by: ChosenBy,
    /// The JSON Pointer to the rule.
    pub pointer: Option<String>,
    /// The rule's entries that match: their JSON Pointers and texts.
    pub matches: Vec<Entry>,
    /// The same as a sentence.
    pub sentence: String,
}

/// The kinds of choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChosenBy {
    /// There is one policy for everything.
    OnlyPolicy,
    /// The first rule that matches.
    Rule,
    /// The metadata of the route.
    RouteMetadata,
    /// No rule matches.
    NoRule,
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its JSON Pointer in the configuration.
    pub pointer: String,
    /// Its JSON text.
    pub entry: String,
}

/// The entry that is nearest to what was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nearest {
    /// Its JSON text.
    pub entry: String,
    /// Its JSON Pointer in the configuration.
    pub pointer: String,
    /// In what the refused value differs from one that the entry accepts.
    pub differs: Vec<Difference>,
    /// The accepted value with which it was compared.
    pub accepts: String,
    /// The same as a sentence.
    pub sentence: String,
}

/// In what a refused value differs from an accepted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// The scheme.
    Scheme,
    /// The port, written or not.
    Port,
    /// The page is at the domain itself, and only names below it are accepted.
    Apex,
    /// The page is at another level below the same domain, or at another name there.
    Subdomain,
    /// Upper and lower case.
    Case,
    /// A slash at the end.
    TrailingSlash,
    /// A path, a query, or a user name: a URL is not an origin.
    Path,
    /// A dot at the end of the host.
    TrailingDot,
    /// A host of another owner that looks like the accepted one.
    LookAlike,
    /// The host, which has nothing in common with the accepted one.
    Host,
    /// The name of a method or header, by letters.
    Name,
}

/// A preflight and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Preflight {
    /// Why the browser sends one.
    pub why: String,
    /// The request.
    pub request: Request,
    /// The answer, as it leaves the proxy.
    pub answer: Response,
}

/// A request, as it leaves the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Where it goes.
    pub url: String,
    /// Its headers.
    pub headers: Vec<Header>,
}

/// A response, as it leaves the proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Response {
    /// Who answers.
    pub by: Answerer,
    /// The status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<Header>,
    /// The decision in Corsac's own words, `policy;phase;outcome;reason`; `null` where no policy
    /// governs.
    pub decision: Option<String>,
    /// The response code details, which access logs show, of an answer of Corsac's own.
    pub details: Option<String>,
}

/// Who answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answerer {
    /// Corsac; the upstream is not reached.
    Corsac,
    /// The upstream; Corsac edits its headers.
    Upstream,
}

/// One header line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Header {
    /// Its name, in lower case.
    pub name: String,
    /// Its value. What is not visible ASCII is written as `\xNN`, and a backslash twice.
    pub value: String,
}

/// One step of the standard's algorithms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The algorithm's title.
    pub section: &'static str,
    /// Where it is read.
    pub link: &'static str,
    /// What happens.
    pub sentence: String,
    /// `noted`, `sent`, `passed` or `failed`.
    pub outcome: &'static str,
}
