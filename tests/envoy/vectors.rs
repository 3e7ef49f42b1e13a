//! Every test vector that a protocol can carry, in one Envoy: a listener for each different policy and
//! surroundings, all in the same virtual machine.

use std::borrow::Cow;

use corsac_testbed::{
    config::Bootstrap,
    vectors::{self, Served, Stage},
};
use corsac_vectors::{Exchange, Release};

use crate::world::{World, binary, module};

#[test]
fn every_vector_is_answered_as_written_over_each_protocol_that_carries_it() {
    let vectors = &corsac_vectors::all().unwrap_or_else(|problems| panic!("{problems}")).exchanges;
    let version = binary().version().unwrap_or_else(|error| panic!("{error}"));
    let release: Release = version.parse().unwrap();
    let vectors: Vec<Cow<'_, Exchange>> = vectors.iter().map(|vector| vector.in_envoy(release)).collect();
    let older = vectors.iter().filter(|vector| matches!(vector, Cow::Owned(_))).count();
    let vectors: Vec<Exchange> = vectors.into_iter().map(Cow::into_owned).collect();
    let (staged, stage) = vectors::staged(&vectors, Stage::new(module(), Vec::new()));
    // Served live, so that a refused policy takes no other listener with it.
    let world = World::with(stage.listeners, Bootstrap::live);

    let peer = |listener: &str| Ok(world.envoy.address(listener)?.into());
    let served = Served { upstream: &world.upstream, log: world.envoy.access_log(), peer: &peer };
    let report = vectors::run(&staged, &served).unwrap_or_else(|error| panic!("{error}"));
    let (failures, count) = (&report.failures, report.exchanges);
    assert!(failures.is_empty(), "{} of {count} exchanges differ:\n\n{}", failures.len(), failures.join("\n"));
    world.assert_that_the_module_never_broke();
    println!(
        "Envoy {version}: {count} exchanges of {} vectors, {older} of them as an older Envoy has them",
        vectors.len()
    );
}
