//! The engine's allocations: none for a decision, and only the necessary ones for an answer.
//!
//! The proxy's answers also allocate, but on the proxy's account. Here they are prepared in
//! advance.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use corsac_policy::{
    Decision, Policies, ReplyHeaders, Request, Response, Route, RoutePolicy, Tools, compile, decide, edit,
};
use corsac_vectors::{
    Budget, Call, HeaderLine, HeaderMap, HttpRequest, HttpResponse, Metadata, ProxiedExchange, Routing,
};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The system's allocator, which counts the requests of this thread.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator unchanged; a constant-initialized `Cell` itself
// allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: as the caller promises.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// The number of times that `run` allocates or grows an allocation.
fn allocations<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let before = COUNT.with(Cell::get);
    let value = run();
    (value, COUNT.with(Cell::get) - before)
}

/// The allocations of one exchange, by the engine's functions.
#[derive(Debug, Default, PartialEq, Eq)]
struct Allocations {
    decide: usize,
    /// `Reply::headers`.
    headers: usize,
    edit: usize,
}

fn measure(policies: &Policies, exchange: &ProxiedExchange) -> Allocations {
    let mut request = Side::new(&exchange.request, &exchange.routing);
    let (decision, decide) = allocations(|| decide(policies, &mut request));
    let (lines, headers) = match &decision {
        Decision::Reply(reply) => {
            let (lines, headers) = allocations(|| reply.headers(policies));
            (exchange.reply(reply.status(policies), &owned(&lines)).1, headers)
        }
        _ => (exchange.response.clone(), 0),
    };
    let mut response = Side::new(&lines, &exchange.response_routing);
    let ((), edit) = allocations(|| edit(policies, &decision, &mut response));
    Allocations { decide, headers, edit }
}

fn owned(headers: &ReplyHeaders<'_>) -> Vec<HeaderLine> {
    headers.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.to_vec())).collect()
}

#[test]
fn a_decision_allocates_nothing_and_an_answer_only_its_parts() {
    let budget = Budget::read().unwrap_or_else(|problem| panic!("{problem}"));
    for row in &budget.rows {
        let policies = compile(row.configuration.as_bytes(), &Tools::default()).expect("a sound policy").policies;
        let words = usize::from(row.policy == "debug");
        let replied = row.cost.request.contains(&Call::Reply);
        // Reflected names are copied into the answer each time that it is built.
        let echoed = usize::from(row.policy == "star, credentials" && row.exchange.request.get(REQUESTED).is_some());
        let expected = if replied {
            // The rejection of an actual request keeps the other names in `Vary`.
            let kept = usize::from(row.traffic.starts_with("actual"));
            Allocations { decide: 0, headers: echoed + words, edit: echoed + words + kept }
        } else {
            let governed = usize::from(!row.cost.response.is_empty());
            Allocations { edit: words * governed, ..Allocations::default() }
        };
        assert_eq!(measure(&policies, &row.exchange), expected, "{}, {}", row.policy, row.traffic);
    }
}

const REQUESTED: &[u8] = b"access-control-request-headers";

#[test]
fn an_upstreams_vary_without_origin_costs_one_allocation() {
    let policies = compile(br#"{ "allowOrigins": ["https://a.test"] }"#, &Tools::default()).expect("sound").policies;
    for (vary, expected) in [("", 0), ("vary: Origin", 0), ("vary: *", 0), ("vary: accept-encoding", 1)] {
        for origin in ["https://a.test", "https://b.test", ""] {
            let request =
                HttpRequest::from_text(&format!("GET /\nhost: api.test\norigin: {origin}")).expect("a request");
            let upstream = HttpResponse::from_text(&format!("200\n{vary}")).expect("a response");
            let seen = measure(&policies, &ProxiedExchange::plain(&request, &upstream, Routing::default()));
            assert_eq!(seen, Allocations { edit: expected, ..Allocations::default() }, "{vary}, {origin}");
        }
    }
}

/// One side of an exchange, with its answers prepared in advance.
struct Side {
    headers: Vec<HeaderLine>,
    route: Option<Vec<u8>>,
    policy: RoutePolicy,
}

impl Side {
    fn new(headers: &HeaderMap, routing: &Routing) -> Self {
        let lines = headers.lines().to_vec();
        let policy = match routing.metadata.as_ref().or(routing.virtual_host_metadata.as_ref()) {
            Some(Metadata::Text(name)) => RoutePolicy::Named(name.clone().into_bytes()),
            _ => RoutePolicy::Absent,
        };
        Self { headers: lines, route: routing.name.clone().map(String::into_bytes), policy }
    }

    fn get(&mut self, name: &str) -> Option<Vec<u8>> {
        let line = self.headers.iter_mut().find(|(line, _)| line == name.as_bytes());
        line.map(|(_, value)| std::mem::take(value))
    }
}

impl Route for Side {
    fn route_name(&mut self) -> Option<Vec<u8>> {
        self.route.take()
    }

    fn route_policy(&mut self) -> RoutePolicy {
        std::mem::replace(&mut self.policy, RoutePolicy::Absent)
    }
}

impl Request for Side {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.get(name)
    }
}

impl Response for Side {
    fn header(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.get(name)
    }

    fn each(&mut self, show: &mut dyn FnMut(&[u8], &[u8])) {
        self.headers.iter().for_each(|(name, value)| show(name, value));
    }

    fn replace(&mut self, _: &'static str, _: &[u8]) {}

    fn remove(&mut self, _: &[u8]) {}
}
