//! An internal redirect takes host calls only in the requests that are redirected.

use corsac_vectors::{HttpRequest, HttpResponse, ProxiedExchange, Routing};

use crate::host::{Fault, Wrong};
use crate::vm::Vm;

const STATE: &str = "corsac_first_target";

const RULES: &str = r#"{
    "policies": { "a": { "allowOrigins": ["https://a.example"] } },
    "rules": [{ "hosts": ["api.test"], "paths": ["/a/*"], "policy": "a" }]
}"#;

fn get(path: &str) -> ProxiedExchange {
    let request = HttpRequest::from_text(&format!("GET {path}\nhost: api.test\norigin: https://evil.example")).unwrap();
    let upstream = HttpResponse::from_text("200\naccess-control-allow-origin: *").unwrap();
    ProxiedExchange::plain(&request, &upstream, Routing::default())
}

/// A run that ends without a response.
fn run(vm: &mut Vm, root: u32, path: &str, is_redirected: bool) {
    let context = vm.create(root).unwrap();
    assert!(vm.request(context, &get(path)).unwrap());
    vm.host_mut().is_redirected = is_redirected;
    vm.delete(context).unwrap();
    vm.host_mut().is_redirected = false;
}

/// The number of times that a whole later exchange asks for the state, and whether the upstream's
/// `*` leaves.
fn later(vm: &mut Vm, root: u32, path: &str) -> (usize, bool) {
    vm.host_mut().calls.clear();
    let context = vm.create(root).unwrap();
    assert!(vm.request(context, &get(path)).unwrap());
    vm.response(context, &get(path)).unwrap();
    vm.delete(context).unwrap();
    let asked = vm.host().calls.iter().filter(|call| call.contains(STATE)).count();
    (asked, vm.host().headers.get(b"access-control-allow-origin").is_some())
}

#[test]
fn only_the_later_run_asks_for_the_state_which_decides_it() {
    let (mut vm, root) = Vm::configured(RULES);
    assert_eq!(later(&mut vm, root, "/b"), (0, true));
    run(&mut vm, root, "/a/x", true);
    assert!(vm.host().first_target.is_some());
    assert_eq!(later(&mut vm, root, "/b"), (1, false));
    // Envoy's state ends with the request.
    vm.host_mut().first_target = None;
    assert_eq!(later(&mut vm, root, "/b"), (0, true));
}

#[test]
fn a_run_without_a_redirect_passes_nothing_on() {
    let (mut vm, root) = Vm::configured(RULES);
    run(&mut vm, root, "/a/x", false);
    assert_eq!(vm.host().first_target, None);
    assert_eq!(later(&mut vm, root, "/b"), (0, true));
}

#[test]
fn another_filter_of_the_vm_also_finds_the_state_as_after_an_update() {
    let (mut vm, root) = Vm::configured(RULES);
    run(&mut vm, root, "/a/x", true);
    let updated = vm.add_filter(RULES);
    assert_eq!(later(&mut vm, updated, "/b"), (1, false));
}

#[test]
fn a_later_run_that_never_comes_leaves_no_decision() {
    let (mut vm, root) = Vm::configured(RULES);
    run(&mut vm, root, "/a/x", true);
    vm.host_mut().first_target = None;
    assert_eq!(later(&mut vm, root, "/b"), (1, true));
    assert_eq!(later(&mut vm, root, "/a/x"), (1, false));
}

#[test]
fn a_host_that_would_lose_the_state_does_not_get_it() {
    let mut vm = Vm::new();
    vm.host_mut().fault = Some(Fault { call: "call_foreign_function", answer: Wrong::Status(1) });
    let root = vm.add_filter(RULES);
    vm.host_mut().fault = None;
    run(&mut vm, root, "/a/x", true);
    assert_eq!(vm.host().first_target, None);
    assert_eq!(later(&mut vm, root, "/b"), (0, true));
}

#[test]
fn foreign_state_counts_as_an_unknown_url() {
    for bytes in [&b""[..], b"\0", b"\xff\xff\xff\xff", b"\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"] {
        let (mut vm, root) = Vm::configured(RULES);
        run(&mut vm, root, "/a/x", true);
        vm.host_mut().first_target = Some(bytes.to_vec());
        assert_eq!(later(&mut vm, root, "/a/x"), (1, false), "{}", bytes.escape_ascii());
    }
}
