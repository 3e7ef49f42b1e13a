//! A fleet under load while its policy and its module change: no request fails, and no answer is of
//! two policies.

use std::thread;

use corsac_testbed::builds::Build;
use corsac_testbed::client::Protocol;
use corsac_testbed::load::Load;
use corsac_testbed::marked::{Marked, requests};
use corsac_testbed::upstream::Answer;
use corsac_xds::Verdict;

use crate::fleet::{Fleet, Node, filter, module};

const BAD: &str = r#"{ "allowOrigins": ["https://app.example/"] }"#;

#[test]
fn a_fleet_under_load_takes_new_policies_and_modules_and_refuses_a_bad_policy() {
    let fleet = Fleet::start();
    let next_build = Build::labelled(&module(), "the next build").unwrap();
    let loads: Vec<Load> = fleet.nodes.iter().map(|node| Load::on(node.address())).collect();

    fleet.roll_out_by_canary(&module(), [1, 2]);
    let vms = |node: &Node| node.stat("wasm.envoy.wasm.runtime.v8.created");
    let before: Vec<u64> = fleet.nodes.iter().map(vms).collect();
    fleet.roll_out_by_canary(&next_build.path(), [2, 3]);
    for (node, before) in fleet.nodes.iter().zip(before) {
        assert!(vms(node) > before, "{}: the new module has its own VMs", node.name);
    }

    let canary = &fleet.nodes[0];
    let Verdict::Refused(reason) = fleet.control_plane.update(&canary.name, filter(&module(), BAD)).unwrap() else {
        panic!("a bad policy is refused");
    };
    assert!(reason.contains("Unable to create Wasm plugin corsac"), "{reason}");
    let log = canary.envoy.log();
    assert!(log.contains("error[invalid-origin] at /allowOrigins/0: "), "the reason is in the log:\n{log}");
    fleet.nodes.iter().for_each(|node| node.wait_for(3));

    // Back to the older module.
    fleet.roll_out_by_canary(&module(), [3, 4]);

    for (node, load) in fleet.nodes.iter().zip(loads) {
        let answers = load.end().unwrap();
        println!("{}: {} answers", node.name, answers.count);
        assert_eq!(answers.policies, [1, 2, 3, 4].into(), "{}", node.name);
        let refused = u64::from(node.name == canary.name);
        assert_eq!(node.changes(), [4, refused], "{}", node.name);
        node.assert_that_nothing_failed();
    }
}

#[test]
fn a_request_in_progress_ends_under_the_policy_and_the_module_that_it_began_with() {
    let fleet = Fleet::start();
    let next_build = Build::labelled(&module(), "the next build").unwrap();
    let node = &fleet.nodes[0];
    let Marked { request, .. } = &requests()[1];
    let mut under_way = Vec::new();
    for (id, protocol) in ["first", "second"].into_iter().zip(Protocol::ALL) {
        let hold = fleet.upstream.hold(id, Answer::new(200));
        let (address, request) = (node.address(), request.clone().id(id));
        under_way.push((hold, thread::spawn(move || protocol.send(address, &request).unwrap())));
        fleet.upstream.wait_for(id).unwrap();
    }
    fleet.roll_out(&fleet.nodes[..1], &module(), 2);
    fleet.roll_out(&fleet.nodes[..1], &next_build.path(), 3);
    for (hold, response) in under_way {
        drop(hold);
        assert_eq!(requests()[1].number_in(&response.join().unwrap()), Ok(1));
    }
    node.assert_that_nothing_failed();
}
