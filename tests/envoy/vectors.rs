//! Every test vector that a protocol can carry, in one Envoy: a listener for each different policy and
//! surroundings, all in the same virtual machine.

use corsac_testbed::{
    client::{self, Request},
    config::Bootstrap,
    upstream::ID,
};
use corsac_vectors::{Exchange, HttpRequest, Protocol};

use crate::{
    judge::{Seen, judge},
    stage::{Stage, scripted},
    world::{World, module},
};

#[test]
fn every_vector_is_answered_as_written_over_each_protocol_that_carries_it() {
    let vectors = &corsac_vectors::all().unwrap_or_else(|problems| panic!("{problems}")).exchanges;
    let mut stage = Stage::new(module(), Vec::new());
    let listeners: Vec<String> = vectors.iter().map(|vector| stage.listener(vector)).collect();
    // Served live, so that a refused policy takes no other listener with it.
    let world = World::with(stage.listeners, Bootstrap::live);

    // All requests first: the access log follows in its own time.
    let mut runs = Vec::new();
    for (number, vector) in vectors.iter().enumerate() {
        for &protocol in &vector.protocols {
            let id = format!("{number}-{protocol:?}");
            runs.push((vector, protocol, send(&world, &listeners[number], vector, protocol, &id), id));
        }
    }
    let count = runs.len();
    let answered: Vec<&str> = runs.iter().filter(|run| run.2.is_ok()).map(|run| run.3.as_str()).collect();
    let log = world.envoy.access_log().wait_for_all(&answered).unwrap();
    let failure = |(vector, protocol, response, id): (&Exchange, _, _, String)| {
        let report = match response {
            Ok(response) => judge(
                vector,
                protocol,
                &Seen { response, received: world.upstream.received(&id), log: log[&id].clone() },
            ),
            Err(why) => format!("  no response: {why}\n"),
        };
        (!report.is_empty()).then(|| describe(vector, protocol, &report))
    };
    let failures: Vec<String> = runs.into_iter().filter_map(failure).collect();
    assert!(failures.is_empty(), "{} of {count} exchanges differ:\n\n{}", failures.len(), failures.join("\n"));
    world.assert_that_the_module_never_broke();
    println!("{count} exchanges of {} vectors", vectors.len());
}

fn describe(vector: &Exchange, protocol: Protocol, report: &str) -> String {
    let Exchange { file, name, law, policy, request, .. } = vector;
    let request = request.to_text().replace('\n', "\n    ");
    format!(
        "{file}: {name} [{protocol:?}]\n  law: {law}\n  policy: {policy}\n  request:\n    {}\n{report}",
        request.trim_end()
    )
}

fn send(
    world: &World,
    listener: &str,
    vector: &Exchange,
    protocol: Protocol,
    id: &str,
) -> Result<client::Response, String> {
    world.upstream.script(id, scripted(&vector.upstream));
    let address = world.envoy.address(listener).map_err(|_| "Envoy has refused this policy".to_owned())?;
    let request = request(&vector.request).id(id);
    let (protocol, request) = match protocol {
        Protocol::Http1 => (client::Protocol::Http1, request),
        Protocol::Http2 => (client::Protocol::Http2, in_lower_case(request)),
    };
    protocol.send(address, &request).map_err(|failure| failure.to_string())
}

/// The first `host` line is the authority; a `content-length` gets a body of that length.
fn request(written: &HttpRequest) -> Request {
    let mut request = Request { method: written.method.clone(), path: written.path.clone(), ..Request::default() };
    for (name, value) in &written.headers {
        if request.authority.is_none() && name.eq_ignore_ascii_case(b"host") {
            request.authority = Some(value.clone());
        } else {
            request.headers.push(name, value);
        }
    }
    let length =
        request.headers.joined("content-length").and_then(|length| String::from_utf8(length).ok()?.parse().ok());
    request.body = vec![b'x'; length.unwrap_or(0)];
    request
}

/// RFC 9113 §8.2: field names are in lower case.
fn in_lower_case(mut request: Request) -> Request {
    for (name, _) in &mut request.headers.0 {
        name.make_ascii_lowercase();
    }
    debug_assert!(request.headers.has(ID));
    request
}
