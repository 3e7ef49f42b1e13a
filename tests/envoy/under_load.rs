//! Load while the policy is replaced repeatedly: every request succeeds, and one of the two
//! policies decides it. `cargo xtask bench sustained` does the same for minutes and watches the
//! memory.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use corsac_testbed::{
    client::{Protocol, Request, Response},
    config::{Bootstrap, Listener, filter},
    envoy::Update,
};

use crate::world::{World, corsac};

/// Two policies that expose different headers. Both allow the origin of the requests.
const POLICIES: [&str; 2] = [
    r#"{ "allowOrigins": ["https://app.example"], "exposeHeaders": ["x-even"] }"#,
    r#"{ "allowOrigins": ["https://app.example", "https://*.other.example"], "exposeHeaders": ["x-odd"] }"#,
];
const BAD: &str = r#"{ "allowOrigins": ["https://app.example/"] }"#;
/// The replacements. Each waits for Envoy's verdict.
const REPLACEMENTS: usize = 40;
/// Each time after this many replacements, Envoy gets a policy that it refuses.
const BAD_EVERY: usize = 10;
/// The limit on the duration, for a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

#[test]
fn no_request_fails_while_the_policy_is_replaced() {
    let listener = Listener::new("front").filter(filter::discovered());
    let mut world = World::with([listener], |bootstrap: Bootstrap| bootstrap.discovering(corsac(POLICIES[0])));
    let address = world.envoy.address("front").unwrap();
    let ended = AtomicBool::new(false);
    let ask = |protocol: Protocol| {
        let mut count = 0_usize;
        while !ended.load(Ordering::Relaxed) {
            for (request, expected) in requests() {
                let response =
                    protocol.send(address, &request).unwrap_or_else(|failure| panic!("{protocol}: {failure}"));
                assert_eq!(allowed(&response), expected, "{protocol}: {request:?} got {response:?}");
                count += 1;
            }
        }
        count
    };
    let (replaced, refused, asked) = thread::scope(|scope| {
        let clients = Protocol::ALL.map(|protocol| scope.spawn(move || ask(protocol)));
        let end = EndOnDrop(&ended);
        let (replaced, refused) = replace(&mut world);
        drop(end);
        (replaced, refused, clients.map(|client| client.join().unwrap()))
    });
    assert!(replaced > 0 && asked.iter().all(|count| *count > 0), "{replaced} replacements, {asked:?} requests");

    let stat = |name: &str| world.envoy.stat(name).unwrap();
    // The first policy is also an update.
    assert_eq!(stat("extension_config_discovery.http_filter.corsac.update_success"), replaced as u64 + 1);
    assert_eq!(stat("extension_config_discovery.http_filter.corsac.update_rejected"), refused as u64);
    assert_eq!(stat("http.testbed.downstream_rq_2xx"), asked.iter().sum::<usize>() as u64);
    for failures in ["downstream_rq_3xx", "downstream_rq_4xx", "downstream_rq_5xx", "downstream_rq_rx_reset"] {
        assert_eq!(stat(&format!("http.testbed.{failures}")), 0, "{failures}");
    }
    world.assert_that_the_module_never_broke();
}

/// Replaces the policy until the number or the time is reached. Returns how many were accepted and
/// refused.
fn replace(world: &mut World) -> (usize, usize) {
    let begin = Instant::now();
    let (mut replaced, mut refused) = (0, 0);
    for number in 1..=REPLACEMENTS {
        if begin.elapsed() > LONGEST {
            break;
        }
        if number % BAD_EVERY == 0 {
            // A different one each time, because Envoy remembers refused configurations.
            let bad = BAD.replace("app", &format!("app{number}"));
            assert_eq!(world.envoy.update_filter(&corsac(&bad)).unwrap(), Update::Rejected);
            refused += 1;
        } else {
            let policy = POLICIES[number % POLICIES.len()];
            assert_eq!(world.envoy.update_filter(&corsac(policy)).unwrap(), Update::Accepted);
            replaced += 1;
        }
    }
    (replaced, refused)
}

/// A preflight, an allowed and a refused request, and one without `Origin`; each with whether the
/// response lets the origin read it.
fn requests() -> [(Request, bool); 4] {
    let get = || Request::new("GET", "/");
    [
        (Request::preflight("/", "https://app.example", "GET"), true),
        (get().header("origin", "https://app.example"), true),
        (get().header("origin", "https://evil.example"), false),
        (get(), false),
    ]
}

/// Whether a response allows the origin. It must be a success, and must name the origin and one
/// policy's exposed header, or neither.
fn allowed(response: &Response) -> bool {
    assert!((200..300).contains(&response.status), "{response:?}");
    let origin = response.headers.joined("access-control-allow-origin");
    let exposed = response.headers.joined("access-control-expose-headers");
    match (origin.as_deref(), exposed.as_deref()) {
        (Some(b"https://app.example"), Some(b"x-even" | b"x-odd")) => true,
        (None, None) => false,
        _ => panic!("of neither policy: {response:?}"),
    }
}

/// Ends the clients, even if the test fails.
struct EndOnDrop<'f>(&'f AtomicBool);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
