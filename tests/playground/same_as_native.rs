//! What the page's engine answers is what the same engine answers natively, vector by vector.

use corsac_fetch::Credentials;
use corsac_vectors::{ExchangeVector, HeaderLine, sendable};
use serde_json::{Value, json};

use crate::page::Page;

/// So many questions are put to the page in one script.
const BATCH: usize = 200;

/// One of the engine's functions with its parameters, and what it answers natively.
struct Question {
    name: &'static str,
    parameters: Vec<String>,
    answer: String,
}

#[test]
fn the_page_answers_every_vector_as_the_engine_does_natively() {
    let vectors = corsac_vectors::all().unwrap_or_else(|problems| panic!("{problems}"));
    let mut questions: Vec<Question> = vectors.exchanges.iter().flat_map(asked).collect();
    let explained = questions.len();
    questions.extend(vectors.exchanges.iter().map(|vector| check(&vector.policy)));
    questions.extend(vectors.diagnoses.iter().map(|vector| check(&vector.policy)));
    let page = Page::open();
    let mut different = Vec::new();
    for batch in questions.chunks(BATCH) {
        let calls: Vec<Value> =
            batch.iter().map(|question| json!({ "name": question.name, "parameters": question.parameters })).collect();
        let script = format!(
            "return Promise.all({}.map(({{ name, parameters }}) => corsac.call(name, ...parameters).then(JSON.stringify)))",
            Value::from(calls)
        );
        let answers: Vec<String> = serde_json::from_value(page.run(&script)).unwrap();
        assert_eq!(answers.len(), batch.len());
        for (question, answer) in batch.iter().zip(&answers) {
            let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            if parse(answer) != parse(&question.answer) {
                different.push(format!("{} {:?}\n{answer}\n{}", question.name, question.parameters, question.answer));
            }
        }
    }
    println!("{explained} requests explained and {} policies checked in the page", questions.len() - explained);
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
    assert!(explained > 800, "only {explained} requests were explained");
}

fn check(policy: &str) -> Question {
    Question { name: "check", parameters: vec![policy.to_owned()], answer: corsac_playground::check(policy) }
}

/// The vector's request as a page makes it, with and without credentials.
fn asked(vector: &ExchangeVector) -> Vec<Question> {
    let Ok(sent) = sendable(vector) else { return Vec::new() };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let line = |(name, value): &(String, String)| format!("{name}: {value}");
    let lines = |headers: &[(String, String)]| headers.iter().map(line).collect::<Vec<_>>().join("\n");
    let upstream: Vec<(String, String)> =
        vector.upstream.headers.iter().map(|(name, value): &HeaderLine| (text(name), text(value))).collect();
    let form = |credentials: Credentials| {
        json!({
            "page": sent.origin.to_string(), "url": format!("https://{}{}", sent.host, sent.path),
            "method": sent.asked.method, "headers": lines(&sent.asked.headers), "credentials": credentials.name(),
            "uploadListener": sent.asked.use_preflight, "redirect": "manual",
            "upstreamStatus": vector.upstream.status, "upstreamHeaders": lines(&upstream),
            "route": vector.route.clone().unwrap_or_default(),
        })
    };
    let ask = |credentials| {
        let asked = json!({ "policy": vector.policy, "form": form(credentials) }).to_string();
        Question { name: "explain", answer: corsac_playground::explain(&asked), parameters: vec![asked] }
    };
    [Credentials::Omit, Credentials::Include].map(ask).into()
}
