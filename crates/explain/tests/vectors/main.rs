//! Every exchange vector is explained: the wire as it is, and, where a page can ask for it, the
//! page's request. What the explanation shows is what the vector demands, and its verdict is the
//! judge's.

use std::collections::BTreeMap;

use corsac_explain::{
    Answerer, Explanation, Header, Question, REASONS, Reply, Routing, Upstream, Verdict, console, explain, wire,
};
use corsac_fetch::{CorsError, Credentials, FirefoxKey, Response};
use corsac_policy::{Policies, Tools, compile};
use corsac_vectors::{
    ExchangeVector, HeaderLine, HttpRequest, HttpResponse, Metadata, Placement, ProxiedExchange, Sendable, play,
    sendable,
};

fn vectors() -> &'static [ExchangeVector] {
    &corsac_vectors::all().unwrap_or_else(|problems| panic!("{problems}")).exchanges
}

/// Why a tool cannot know what leaves Envoy.
fn unknowable(vector: &ExchangeVector) -> Option<&'static str> {
    match vector.placement {
        Placement::RouteHeaders | Placement::LocalReply => Some("Envoy writes into our reply"),
        Placement::Ahead401 => Some("a filter ahead of ours answers"),
        Placement::Grpc => Some("Envoy turns our reply into gRPC's"),
        _ if vector.response_route.is_some() => Some("a later filter chooses another route"),
        _ => None,
    }
}

fn policies(vector: &ExchangeVector) -> Policies {
    let compiled = compile(vector.policy.as_bytes(), &Tools::default());
    compiled.unwrap_or_else(|rejected| panic!("{}: {rejected}", vector.name)).policies
}

fn routing(vector: &ExchangeVector) -> Option<Routing> {
    if vector.placement == Placement::NoRoute {
        return Some(Routing { route: None, metadata_policy: None });
    }
    let metadata_policy = match vector.route_metadata.as_ref().or(vector.virtual_host_metadata.as_ref()) {
        None => None,
        Some(Metadata::Text(name)) => Some(name.clone()),
        Some(Metadata::Number(_)) => return None,
    };
    Some(Routing { route: Some(vector.route.clone().unwrap_or_default()), metadata_policy })
}

fn reply(response: &HttpResponse) -> Reply {
    let line = |(name, value): &HeaderLine| (String::from_utf8_lossy(name).into_owned(), value.clone());
    Reply { status: response.status, headers: response.headers.iter().map(line).collect() }
}

/// The request with the pseudo-headers of HTTP/2, as Envoy has it.
fn on_the_wire(vector: &ExchangeVector) -> wire::HeaderMap {
    let HttpRequest { method, path, headers } = &vector.request;
    let mut map = wire::HeaderMap::default();
    map.append(":method", method);
    map.append(":scheme", b"http");
    if let Some(path) = vector.seen_path.as_deref().map(str::as_bytes).or(path.as_deref()) {
        map.append(":path", path);
    }
    for (name, value) in headers {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        map.append(if name == "host" { ":authority" } else { &name }, value);
    }
    if map.get("x-forwarded-proto").is_none() {
        map.append("x-forwarded-proto", b"http");
    }
    map
}

#[test]
fn on_the_wire_every_vector_is_answered_as_it_demands() {
    let mut left_out: BTreeMap<&str, usize> = BTreeMap::new();
    let mut failures = Vec::new();
    let mut count = 0;
    for vector in vectors() {
        if let Some(why) = unknowable(vector) {
            *left_out.entry(why).or_default() += 1;
            continue;
        }
        let Some(routing) = routing(vector) else {
            *left_out.entry("metadata that are not a string").or_default() += 1;
            continue;
        };
        count += 1;
        let policies = policies(vector);
        let answer = wire::answer(&policies, &on_the_wire(vector), &reply(&vector.upstream), &routing);
        let lines = answer.headers.lines().map(|(name, value)| (name.as_bytes().to_vec(), value.to_vec()));
        let difference = vector.difference(&corsac_vectors::Answer {
            status: answer.status,
            headers: lines.collect(),
            forwarded: answer.by == Answerer::Upstream,
            details: answer.details.map(str::to_owned),
            refusal: answer.record.and_then(|record| record.notable_words(answer.difference)).unwrap_or_default(),
        });
        if !difference.is_empty() {
            failures.push(format!("{}: {}\n{difference}", vector.file, vector.name));
        }
    }
    println!("{count} vectors answered; left out: {left_out:?}");
    assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures.join("\n"));
    assert!(count > 1000, "only {count} vectors were answered");
}

/// The page's question that makes a browser send the vector's request.
fn question(sent: &Sendable, scheme: &str, credentials: Credentials) -> Question {
    let Sendable { origin, asked, host, path } = sent;
    let url = format!("{scheme}://{host}{path}");
    Question {
        method: asked.method.clone(),
        headers: asked.headers.clone(),
        upload_listener: asked.use_preflight,
        credentials,
        // Else a redirect would be followed, to where the vector does not say what is.
        redirect: corsac_fetch::Redirect::Manual,
        ..Question::new(origin.to_string(), url)
    }
}

fn explained(vector: &ExchangeVector, question: &Question) -> Option<Explanation> {
    let upstream = Upstream { response: reply(&vector.upstream), preflight: None };
    let explanation = explain(vector.policy.as_bytes(), question, &upstream, &routing(vector)?);
    Some(explanation.unwrap_or_else(|problem| panic!("{}: {problem}", vector.name)))
}

/// The vectors escape bytes in the same way.
fn lines(headers: &[Header]) -> Vec<HeaderLine> {
    let lines: Vec<String> = headers.iter().map(|header| format!("\n{}: {}", header.name, header.value)).collect();
    HttpResponse::from_text(&format!("200{}", lines.concat())).expect("headers as text").headers
}

#[test]
fn what_a_page_can_send_is_explained_with_the_headers_that_the_vector_demands() {
    let mut failures = Vec::new();
    let (mut preflights, mut responses) = (0, 0);
    for vector in vectors().iter().filter(|vector| unknowable(vector).is_none() && vector.seen_path.is_none()) {
        let Ok(sent) = sendable(vector) else { continue };
        // Over http, as the vectors are sent: no Sec-Fetch-* headers go along.
        let Some(explanation) = explained(vector, &question(&sent, "http", Credentials::Omit)) else { continue };
        let shown = if vector.request.method == b"OPTIONS" && sent.asked.method != "OPTIONS" {
            explanation.preflight.map(|preflight| preflight.answer).inspect(|_| preflights += 1)
        } else {
            explanation.response.inspect(|_| responses += 1)
        };
        // The browser's own preflight may keep the request at home.
        let Some(shown) = shown else { continue };
        if let Some(difference) = corsac_vectors::difference(&vector.expect, shown.status, &lines(&shown.headers)) {
            failures.push(format!("{}: {}\n{difference}", vector.file, vector.name));
        }
    }
    println!("{preflights} answers to preflights and {responses} responses compared");
    assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures.join("\n"));
    assert!(preflights > 100 && responses > 100);
}

/// The judge's verdict on what the vectors' own proxy answers.
fn judged(vector: &ExchangeVector, policies: &Policies, question: &Question, sent: &Sendable) -> corsac_fetch::Verdict {
    let mut fetch = corsac_fetch::Fetch::new(sent.origin.clone(), &question.url).expect("a URL");
    fetch = fetch.method(&question.method).expect("a method").credentials(question.credentials);
    for (name, value) in &question.headers {
        fetch = fetch.header(name, value).expect("a header");
    }
    if question.upload_listener {
        fetch = fetch.use_preflight();
    }
    let fetch = fetch.redirect(question.redirect);
    fetch.judge(|request| {
        let host = (b"host".to_vec(), request.url.authority().as_bytes().to_vec());
        let headers = request.headers.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.to_vec()));
        let path = request.url[url::Position::BeforePath..url::Position::AfterQuery].as_bytes().to_vec();
        let request = HttpRequest {
            method: request.method.clone().into_bytes(),
            path: Some(path),
            headers: std::iter::once(host).chain(headers).collect(),
        };
        let answer = play(policies, &ProxiedExchange::from(&ExchangeVector { request, ..vector.clone() })).answer;
        let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        // To a page `:status` is no header.
        let headers = answer.headers.iter().filter(|(name, _)| !name.starts_with(b":"));
        Some(Response::new(answer.status, headers.map(|(name, value)| (text(name), value))))
    })
}

#[test]
fn the_verdict_is_the_judges_on_every_vector_that_a_browser_can_send() {
    let mut failures = Vec::new();
    let (mut allowed, mut blocked) = (0, 0);
    for vector in vectors().iter().filter(|vector| unknowable(vector).is_none() && vector.seen_path.is_none()) {
        let Ok(sent) = sendable(vector) else { continue };
        let policies = policies(vector);
        for credentials in [Credentials::Omit, Credentials::Include] {
            let question = question(&sent, "https", credentials);
            let Some(explanation) = explained(vector, &question) else { continue };
            let judged = judged(vector, &policies, &question, &sent);
            let expected = match &judged.outcome {
                Ok(_) => (Verdict::Allowed, None, None),
                Err(blocked) => {
                    let (chrome, firefox) = (blocked.chrome, blocked.firefox);
                    (Verdict::Blocked, chrome.map(CorsError::name), firefox.map(FirefoxKey::name))
                }
            };
            *(if expected.0 == Verdict::Allowed { &mut allowed } else { &mut blocked }) += 1;
            let got = (explanation.verdict, explanation.chrome.clone(), explanation.firefox.clone());
            if let Some(sentence) = &explanation.console {
                let read = console::parse(sentence).unwrap_or_else(|problem| panic!("{problem}: {sentence}"));
                assert_eq!(read.chrome.map(CorsError::name), explanation.chrome, "{sentence}");
            }
            let steps: Vec<String> = judged.steps.iter().map(|step| step.sentence.clone()).collect();
            let told: Vec<String> = explanation.steps.iter().map(|step| step.sentence.clone()).collect();
            assert!(REASONS.iter().any(|(word, _)| *word == explanation.reason), "{}", explanation.reason);
            if got != expected || steps != told {
                failures.push(format!("{}: {}: {got:?}, not {expected:?}", vector.file, vector.name));
            }
        }
    }
    println!("{allowed} allowed, {blocked} blocked");
    assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures.join("\n"));
    assert!(allowed >= 300 && blocked >= 300);
}
