//! Origins from a service: the calls that the module makes for them, and services and hosts that
//! make mistakes.

use corsac_testbed::random::Random;

use crate::host::{CALLS, Fault, Sharing, Wrong};
use crate::vm::Vm;

const POLICY: &str = r#"{ "originSources": [
    { "cluster": "origins", "authority": "origins.internal", "path": "/list?all", "headers": { "Authorization": "secret" } }
] }"#;
const OK: (&str, &str) = (":status", "200");

fn lines(vm: &Vm) -> Vec<String> {
    let called = vm.host().sharing.called.last().expect("a call");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    called.1.iter().map(|(name, value)| format!("{}: {}", text(name), text(value))).collect()
}

/// A second passes.
fn tick(vm: &mut Vm, root: u32) {
    vm.host_mut().sharing.clock += 1000;
    vm.tick(root).expect("a tick");
}

/// Lets the module fetch, answers it, and lets it put the list in force.
fn fetch(vm: &mut Vm, root: u32, lines: &[(&str, &str)], body: &[u8]) {
    let before = vm.host().sharing.called.len();
    for _ in 0..61 {
        tick(vm, root);
        if vm.host().sharing.called.len() > before {
            break;
        }
    }
    let call = u32::try_from(vm.host().sharing.called.len()).expect("few calls");
    assert_eq!(call as usize, before + 1, "a fetch is due within a minute");
    vm.call_back(root, call, lines, body).expect("a response");
    tick(vm, root);
    tick(vm, root);
}

/// The number of origins in force, by the gauge.
fn origins(vm: &Vm) -> u64 {
    vm.host().metrics.values["corsac_source=.=origins/list_all;.;corsac_source_origins"]
}

fn logged(vm: &Vm, part: &str) -> bool {
    vm.host().log.iter().any(|(_, line)| line.contains(part))
}

#[test]
fn a_policy_without_sources_asks_nothing_of_the_host_for_them() {
    let (mut vm, root) = Vm::configured(r#"{ "allowOrigins": ["https://app.example"] }"#);
    tick(&mut vm, root);
    let is_of_sources = |call: &&String| call.contains("shared_data") || call.contains("http_call");
    assert_eq!(vm.host().calls.iter().filter(is_of_sources).count(), 0);
}

#[test]
fn the_fetch_is_what_the_source_says_and_no_header_value_is_logged() {
    let (mut vm, root) = Vm::configured(POLICY);
    fetch(&mut vm, root, &[OK, ("etag", "\"1\"")], br#"{ "origins": ["https://a.example", "*"] }"#);
    assert_eq!(vm.host().sharing.called[0].0, "origins");
    let expected =
        [":method: GET", ":scheme: http", ":authority: origins.internal", ":path: /list?all", "authorization: secret"];
    assert_eq!(lines(&vm), expected);
    assert_eq!(origins(&vm), 1);
    assert!(logged(&vm, r#"origins from origins/list?all: 1 (0 with plain http); left out: 1 ("*" (not for a"#));
    fetch(&mut vm, root, &[(":status", "304")], b"");
    assert_eq!(lines(&vm).last().map(String::as_str), Some("if-none-match: \"1\""));
    assert_eq!(origins(&vm), 1);
    fetch(&mut vm, root, &[(":status", "302"), ("location", "http://other.example/")], b"");
    assert!(logged(&vm, "no origins from origins/list?all: the service answers with status 302"));
    assert_eq!(origins(&vm), 1, "a failure changes nothing");
    assert!(!logged(&vm, "secret"));
}

#[test]
fn a_new_vm_starts_from_the_shared_list_without_a_fetch() {
    let (mut vm, root) = Vm::configured(POLICY);
    fetch(&mut vm, root, &[OK], b"https://a.example\nhttps://b.example\n");
    let sharing = std::mem::take(&mut vm.host_mut().sharing);
    let calls = sharing.called.len();
    let mut second = Vm::new();
    second.host_mut().sharing = sharing;
    let root = second.add_filter(POLICY);
    tick(&mut second, root);
    assert_eq!(second.host().sharing.called.len(), calls, "no fetch is due");
    let gets = second.host().calls.iter().filter(|call| *call == "get_shared_data").count();
    assert_eq!(gets, 3, "record and list at the configuration, the record at the tick");
}

#[test]
fn a_list_goes_out_of_force_when_it_is_too_old_and_comes_back() {
    let policy = POLICY.replace("\"path\"", r#""refresh": "10s", "maxStale": "30s", "path""#);
    let (mut vm, root) = Vm::configured(&policy);
    fetch(&mut vm, root, &[OK], b"https://a.example\n");
    assert_eq!(origins(&vm), 1);
    for _ in 0..29 {
        tick(&mut vm, root);
        assert_eq!(origins(&vm), 1);
    }
    tick(&mut vm, root);
    assert_eq!(origins(&vm), 0);
    assert!(logged(&vm, "origins/list?all has not confirmed its origins for 30 seconds: they are out of force"));
    fetch(&mut vm, root, &[OK], b"https://a.example\n");
    assert_eq!(origins(&vm), 1);
}

#[test]
fn no_answer_of_the_host_to_the_calls_for_a_source_makes_the_module_trap() {
    let statuses = (1..=12).chain([255, u32::MAX]).map(Wrong::Status);
    let bytes: [&[u8]; 4] = [b"\0", b"\xff\xfe", &[0xff; 56], &[0xff; 64]];
    let others = [Wrong::Nothing, Wrong::NullOfSize(1), Wrong::NullOfSize(u32::MAX), Wrong::Empty];
    for wrong in statuses.chain(others).chain(bytes.map(|bytes| Wrong::Bytes(bytes.to_vec()))) {
        for call in CALLS {
            let mut vm = Vm::new();
            vm.host_mut().fault = Some(Fault { call, answer: wrong.clone() });
            let root = vm.add_root().expect("a root context");
            if !vm.configure(root, POLICY.as_bytes()).unwrap_or_else(|trap| panic!("{call} {wrong:?}: {trap}")) {
                continue;
            }
            for _ in 0..3 {
                vm.host_mut().sharing.clock += 20_000;
                vm.tick(root).unwrap_or_else(|trap| panic!("{call} {wrong:?}: {trap}"));
                for number in 0..3 {
                    vm.call_back(root, number, &[OK], b"[\"https://a.example\"]")
                        .unwrap_or_else(|trap| panic!("{call} {wrong:?}: {trap}"));
                }
            }
        }
    }
}

/// The SDK's own callback traps at each of these.
#[test]
fn a_response_that_nobody_waits_for_is_left_alone() {
    let (mut vm, root) = Vm::configured(POLICY);
    vm.call_back(root, 4711, &[OK], b"[]").expect("a call that was never made");
    vm.call_back(4711, 1, &[OK], b"[]").expect("a filter that never was");
    tick(&mut vm, root);
    let call = u32::try_from(vm.host().sharing.called.len()).expect("few calls");
    vm.delete(root).expect("the filter's end");
    vm.call_back(root, call, &[OK], b"[]").expect("a call of a filter that has ended");
}

#[test]
fn the_module_withstands_responses_of_any_bytes() {
    let mut random = Random(0x0c05_5ac3);
    let policy = POLICY.replace("\"path\"", r#""refresh": "1s", "path""#);
    let (mut vm, root) = Vm::configured(&policy);
    let bodies: [&[u8]; 4] = [
        br#"{ "origins": ["https://a.example", "https://b.example:8443", "null", "*"] }"#,
        b"https://a.example\n# comment\nhttps://b.example\n",
        br#"[{ "origin": "https://a.example", "status": "ACTIVE", "scopes": [{ "type": "CORS" }] }]"#,
        br#"[{ "clientId": "a", "rootUrl": "https://a.example", "redirectUris": ["/*"], "webOrigins": ["+"] }]"#,
    ];
    for number in 0..2_000 {
        vm.host_mut().sharing.clock += 3000;
        vm.tick(root).expect("a tick");
        let mut body = bodies[number % bodies.len()].to_vec();
        for _ in 0..random.below(3) {
            let place = random.below(body.len());
            body[place] = random.byte();
        }
        body.truncate(body.len() - random.below(2) * random.below(body.len()));
        let call = u32::try_from(vm.host().sharing.called.len()).expect("few calls");
        vm.call_back(root, call, &[OK], &body).unwrap_or_else(|trap| panic!("{}: {trap}", body.escape_ascii()));
    }
    vm.host_mut().sharing = Sharing { clock: 1 << 40, ..Sharing::default() };
    fetch(&mut vm, root, &[OK], bodies[0]);
    assert_eq!(origins(&vm), 2, "it still takes a list");
}

#[test]
fn memory_does_not_grow_while_a_list_is_replaced() {
    let policy = POLICY.replace("\"path\"", r#""refresh": "1s", "path""#);
    let (mut vm, root) = Vm::configured(&policy);
    let mut after_a_round = None;
    for round in 0..60 {
        let origins: Vec<String> = (0..2000).map(|number| format!("https://n{number}-{round:02}.example")).collect();
        fetch(&mut vm, root, &[OK], origins.join("\n").as_bytes());
        if round == 10 {
            after_a_round = Some(vm.pages());
        }
    }
    assert_eq!(Some(vm.pages()), after_a_round, "pages of 64 KiB");
}

#[test]
fn the_filters_of_one_vm_hold_a_list_once() {
    let (mut vm, root) = Vm::configured(POLICY);
    let origins: Vec<String> = (0..20_000).map(|number| format!("https://tenant-{number}.example.com")).collect();
    fetch(&mut vm, root, &[OK], origins.join("\n").as_bytes());
    assert_eq!(self::origins(&vm), 20_000);
    let pages = vm.pages();
    let filters: Vec<u32> = (0..20).map(|_| vm.add_filter(POLICY)).collect();
    for filter in filters {
        tick(&mut vm, filter);
    }
    // Twenty copies would be some two hundred pages of 64 KiB.
    assert!(vm.pages() < pages + 60, "{} pages, {pages} with one filter", vm.pages());
}
