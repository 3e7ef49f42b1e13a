//! The join of the engine and the browser.

use corsac_fetch::{CorsError, Credentials, Fetch, FirefoxKey, Origin, Phase, Verdict};
use corsac_policy::{Choice, List, Policies, Reason, Tools, compile, tried};
use serde_json::Value;
use url::Url;

use crate::configuration::Configuration;
use crate::explanation::{self, Answerer, Explanation, Header, Nearest};
use crate::nearest;
use crate::question::{Problem, Question, Reply, Routing, Upstream};
use crate::reason::{self, Decisive, Why, WrittenBy};
use crate::wire::{self, Answer, HeaderMap};

/// Explains one request of one page under a configuration, JSON text.
///
/// Every request that the browser sends, the preflight and what a redirect leads to included, goes
/// through the same filter.
///
/// # Errors
/// [`Problem`] where there is nothing to explain.
pub fn explain(
    configuration: &[u8],
    question: &Question,
    upstream: &Upstream,
    routing: &Routing,
) -> Result<Explanation, Problem> {
    let mut explanation = explain_in_force(configuration, question, upstream, routing)?;
    let is_tried = |policy: &String| Configuration(configuration).setting(policy, "trial") != Value::Null;
    if explanation.policy.as_ref().is_some_and(is_tried)
        && let Some(tried) = tried(configuration)
    {
        let Explanation { verdict, reason, sentence, .. } =
            explain_in_force(tried.as_bytes(), question, upstream, routing)?;
        explanation.trial = Some(explanation::Trial { verdict, reason, sentence });
    }
    Ok(explanation)
}

fn explain_in_force(
    configuration: &[u8],
    question: &Question,
    upstream: &Upstream,
    routing: &Routing,
) -> Result<Explanation, Problem> {
    let policies = match compile(configuration, &Tools::default()) {
        Ok(compiled) => compiled.policies,
        Err(rejected) => return Err(Problem::Configuration(rejected.diagnostics)),
    };
    if question.page.is_empty() {
        return Err(Problem::Page(String::new()));
    }
    let scene = Scene { configuration: Configuration(configuration), policies: &policies, question, upstream, routing };
    let page = Origin::parse(&question.page);
    let is_sendable = page.is_some();
    let fetch = question.fetch(page.unwrap_or_else(Origin::opaque)).map_err(Problem::Script)?;
    Ok(if is_sendable { scene.explain(&fetch) } else { scene.explain_unsendable(&fetch) })
}

/// What is given.
struct Scene<'s> {
    configuration: Configuration<'s>,
    policies: &'s Policies,
    question: &'s Question,
    upstream: &'s Upstream,
    routing: &'s Routing,
}

/// One request and its answer.
struct Exchange<'s> {
    request: corsac_fetch::Request,
    on_the_wire: HeaderMap,
    answer: Answer<'s>,
}

impl<'s> Scene<'s> {
    fn explain(&self, fetch: &Fetch) -> Explanation {
        let mut exchanges: Vec<Exchange<'s>> = Vec::new();
        let verdict = fetch.judge(|request| {
            let exchange = self.answer(request, &exchanges);
            let lines = exchange.answer.headers.lines();
            let response = corsac_fetch::Response::new(exchange.answer.status, lines);
            exchanges.push(exchange);
            Some(response)
        });
        let why = self.why(&verdict, exchanges.last());
        let mut explanation = self.outline(fetch, &exchanges, why);
        explanation.steps = verdict.steps.into_iter().map(Into::into).collect();
        match verdict.outcome {
            Ok(_) => explanation.verdict = explanation::Verdict::Allowed,
            Err(blocked) => {
                explanation.console = blocked.console();
                explanation.chrome = blocked.chrome.map(CorsError::name);
                explanation.firefox = blocked.firefox.map(FirefoxKey::name);
            }
        }
        let preflight = exchanges.iter().find(|exchange| exchange.request.phase == Phase::Preflight);
        let why = fetch.needs_preflight().map(|why| first_upper_sentence(&why.to_string())).unwrap_or_default();
        explanation.preflight = preflight.map(|preflight| explanation::Preflight {
            why,
            request: (&preflight.request).into(),
            answer: (&preflight.answer).into(),
        });
        explanation
    }

    /// No browser sends the page's origin as it is written. The wire is explained all the same.
    fn explain_unsendable(&self, fetch: &Fetch) -> Explanation {
        let given = &self.question.page;
        let mut exchange = self.answer(&fetch.request(), &[]);
        exchange.on_the_wire.replace("origin", given.as_bytes());
        exchange.answer = wire::answer(self.policies, &exchange.on_the_wire, &self.upstream.response, self.routing);
        let sent = Url::parse(given).ok().map(|url| Origin::of(&url)).filter(|origin| !origin.is_opaque());
        let sent = sent.map_or_else(String::new, |sent| format!(" A page at that URL sends {sent}."));
        let why =
            Why::new(Reason::MalformedOrigin.as_str(), format!("No browser sends \"{given}\" as an origin.{sent}"));
        let step = explanation::Step {
            section: "`Origin` header",
            link: "https://fetch.spec.whatwg.org/#origin-header",
            sentence: why.sentence.clone(),
            outcome: "failed",
        };
        Explanation { steps: vec![step], ..self.outline(fetch, &[exchange], why) }
    }

    /// What is said of every request.
    fn outline(&self, fetch: &Fetch, exchanges: &[Exchange<'s>], why: Why) -> Explanation {
        // After a redirect the last request decides. Where nothing is sent, the first would have.
        let decisive = exchanges.last();
        let request =
            decisive.map_or_else(|| self.on_the_wire(&fetch.request()), |exchange| exchange.on_the_wire.clone());
        let choice = wire::choice(self.policies, &request, self.routing);
        let rule = match choice {
            Choice::Rule(rule) => Some(rule.index),
            _ => None,
        };
        let is_actual = |exchange: &&Exchange<'_>| exchange.request.phase == Phase::Actual;
        Explanation {
            verdict: explanation::Verdict::Blocked,
            nearest: self.nearest(&why.word, fetch, decisive),
            reason: why.word,
            sentence: why.sentence,
            origin: self.question.page.clone(),
            url: fetch.url().to_string(),
            method: fetch.sent_method().to_owned(),
            credentials: self.question.credentials.name(),
            policy: self.policy(choice, decisive),
            rule,
            choice: self.configuration.choice(choice),
            entry: self.entry(decisive),
            trial: None,
            preflight: None,
            request: exchanges.iter().rfind(is_actual).map(Into::into),
            response: exchanges.iter().rfind(is_actual).map(|exchange| (&exchange.answer).into()),
            steps: Vec::new(),
            chrome: None,
            firefox: None,
            console: None,
        }
    }

    /// What Corsac makes of a request of the browser's.
    fn answer(&self, request: &corsac_fetch::Request, before: &[Exchange<'_>]) -> Exchange<'s> {
        let after_a_redirect = before.iter().any(|exchange| exchange.request.phase == Phase::Actual);
        let nothing = Reply::default();
        let upstream = match request.phase {
            _ if after_a_redirect => &nothing,
            Phase::Preflight => self.upstream.preflight.as_ref().unwrap_or(&self.upstream.response),
            Phase::Actual => &self.upstream.response,
        };
        let on_the_wire = self.on_the_wire(request);
        let answer = wire::answer(self.policies, &on_the_wire, upstream, self.routing);
        Exchange { request: request.clone(), on_the_wire, answer }
    }

    /// The request as Envoy has it.
    fn on_the_wire(&self, request: &corsac_fetch::Request) -> HeaderMap {
        let mut map = HeaderMap::of_request(&request.method, &request.url);
        request.headers.iter().for_each(|(name, value)| map.append(name, value));
        if request.with_credentials && (self.question.cookies || self.question.credentials == Credentials::Include) {
            map.append("cookie", b"-");
        }
        map
    }

    /// The policy's name: what the engine says of the exchange, and else what the rule says.
    fn policy(&self, choice: Choice, decisive: Option<&Exchange<'_>>) -> Option<String> {
        if let Some(record) = decisive.and_then(|exchange| exchange.answer.record.as_ref()) {
            return record.policy.map(str::to_owned);
        }
        match choice {
            Choice::OnlyPolicy => Some("default".to_owned()),
            Choice::Rule(rule) => self.configuration.policy_of_rule(rule.index),
            Choice::RouteMetadata => self.routing.metadata_policy.clone(),
            Choice::NoRule => None,
        }
    }

    /// The entry that allows the origin.
    fn entry(&self, decisive: Option<&Exchange<'_>>) -> Option<explanation::Entry> {
        let exchange = decisive?;
        let record = exchange.answer.record.as_ref()?;
        let origin = exchange.origin()?;
        let is_allowed = matches!(record.reason, Reason::None | Reason::MethodNotListed | Reason::HeaderNotListed);
        is_allowed.then(|| self.entry_that_allows(exchange, record.policy?, origin)).flatten()
    }

    fn entry_that_allows(&self, exchange: &Exchange<'_>, policy: &str, origin: &str) -> Option<explanation::Entry> {
        self.configuration.first_entry(policy, origin, |policies| self.allows(policies, exchange, origin))
    }

    fn allows(&self, policies: &Policies, exchange: &Exchange<'_>, origin: &str) -> bool {
        wire::allows(policies, &exchange.on_the_wire, self.routing, origin.as_bytes())
    }

    fn nearest(&self, word: &str, fetch: &Fetch, decisive: Option<&Exchange<'_>>) -> Option<Nearest> {
        let exchange = decisive?;
        let record = exchange.answer.record.as_ref()?;
        let policy = record.policy?;
        let Configuration(text) = self.configuration;
        let name = |list, name: &str| nearest::name(name, text, policy, list);
        // The upstream may be the one that refuses a method.
        match record.reason {
            Reason::MethodNotListed if word == record.reason.as_str() => name(List::Methods, fetch.sent_method()),
            Reason::HeaderNotListed if word == record.reason.as_str() => {
                let names = corsac_fetch::unsafe_header_names(fetch.sent_headers());
                names.iter().find_map(|header| name(List::Headers, header))
            }
            _ if matches!(word, "origin-not-listed" | "malformed-origin") => {
                let origin = exchange.origin()?;
                let allows = |origin: &str| self.allows(self.policies, exchange, origin);
                let entry = |origin: &str| self.entry_that_allows(exchange, policy, origin);
                let host = exchange.request.url.host_str().unwrap_or_default();
                nearest::origin(origin, &corsac_policy::entries(text, policy, List::Origins), host, allows, entry)
            }
            _ => None,
        }
    }

    fn why(&self, verdict: &Verdict, last: Option<&Exchange<'_>>) -> Why {
        use corsac_fetch::Reason::{Header, Method};
        let about = match verdict.outcome.as_ref().map_err(|blocked| &blocked.reason) {
            Err(Method(name) | Header(name)) => format!(" {name}"),
            _ => String::new(),
        };
        let decisive = last.map(|exchange| Decisive {
            origin: exchange.origin().unwrap_or_default(),
            record: exchange.answer.record.as_ref(),
            by: exchange.answer.by,
            written_by: self.written_by(exchange),
            names_an_origin: exchange.answer.headers.get("access-control-allow-origin").is_some(),
            about: &about,
        });
        match &verdict.outcome {
            Ok(answer) => reason::of_answer(answer, self.question.mode, decisive),
            Err(blocked) => self.with_sources(reason::of_blocked(blocked, decisive), decisive),
        }
    }

    /// What a service lists is not known here, so an origin that the policy does not list may still
    /// be allowed.
    fn with_sources(&self, mut why: Why, decisive: Option<Decisive<'_>>) -> Why {
        let policy = decisive.and_then(|decisive| decisive.record?.policy).unwrap_or_default();
        let sources: Vec<String> = self.policies.sources_of(policy).map(ToString::to_string).collect();
        if why.word == Reason::OriginNotListed.as_str() && !sources.is_empty() {
            let sentence =
                format!(" It may be in the list of a source, which is not known here: {}.", sources.join(", "));
            why.sentence.push_str(&sentence);
        }
        why
    }

    fn written_by(&self, exchange: &Exchange<'_>) -> WrittenBy {
        let Some(record) = &exchange.answer.record else { return WrittenBy::Ungoverned };
        let Some(policy) = record.policy.filter(|_| exchange.answer.by == Answerer::Upstream) else {
            return WrittenBy::Policy;
        };
        let setting = |field: &str| self.configuration.setting(policy, field);
        let names_an_origin = exchange.answer.headers.get("access-control-allow-origin").is_some();
        if setting("reportOnly") == Value::Bool(true) {
            WrittenBy::ReportOnly
        } else if setting("upstreamHeaders") == "preserve" && names_an_origin {
            WrittenBy::Preserved
        } else {
            WrittenBy::Policy
        }
    }
}

impl Exchange<'_> {
    fn origin(&self) -> Option<&str> {
        self.on_the_wire.get("origin").and_then(|origin| std::str::from_utf8(origin).ok())
    }
}

fn first_upper_sentence(text: &str) -> String {
    format!("{}.", reason::first_upper(text))
}

impl From<&corsac_fetch::Request> for explanation::Request {
    fn from(request: &corsac_fetch::Request) -> Self {
        let headers = request.headers.iter().map(Into::into).collect();
        Self { method: request.method.clone(), url: request.url.to_string(), headers }
    }
}

/// As it is sent: with the origin of the wire, though no browser sends it.
impl From<&Exchange<'_>> for explanation::Request {
    fn from(exchange: &Exchange<'_>) -> Self {
        let mut request = Self::from(&exchange.request);
        let origin = exchange.origin().map(|origin| Header::from(("origin", origin.as_bytes())));
        request.headers.retain(|header| header.name != "origin");
        request.headers.extend(origin);
        request
    }
}

impl From<&Answer<'_>> for explanation::Response {
    fn from(answer: &Answer<'_>) -> Self {
        Self {
            by: answer.by,
            status: answer.status,
            headers: answer.headers.lines().map(Into::into).collect(),
            decision: answer.record.map(|record| record.words()),
            details: answer.details.map(str::to_owned),
        }
    }
}

impl From<(&str, &[u8])> for Header {
    fn from((name, value): (&str, &[u8])) -> Self {
        let escaped = |byte: &u8| match byte {
            b'\\' => "\\\\".to_owned(),
            b' '..=b'~' => char::from(*byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        };
        Self { name: name.to_ascii_lowercase(), value: value.iter().map(escaped).collect() }
    }
}

impl From<corsac_fetch::Step> for explanation::Step {
    fn from(step: corsac_fetch::Step) -> Self {
        let corsac_fetch::Step { section, sentence, outcome } = step;
        Self { section: section.title(), link: section.link(), sentence, outcome: outcome.word() }
    }
}
