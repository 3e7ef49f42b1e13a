//! Every test vector that a protocol can carry, in a real Envoy: one test for each vector.
//!
//! A part of a vector's name runs that vector: `cargo xtask test --only envoy -- "listed origin"`.
//!
//! All vectors share one Envoy and one virtual machine, with a listener for each combination of
//! policy and surroundings. The module is `$CORSAC_WASM` or target/corsac/corsac.wasm (`cargo xtask
//! build`), or the native one that `$CORSAC_NATIVE` names.

use std::{
    collections::HashMap,
    process::ExitCode,
    sync::{Arc, OnceLock},
};

use corsac_testbed::{
    Result,
    config::Bootstrap,
    envoy::Binary,
    is_native,
    upstream::Upstream,
    vectors::{self, ServingEnvoy, VectorListeners},
};
use corsac_vectors::{ExchangeVector, Release};
use libtest_mimic::{Arguments, Trial};

/// The test that the module survives all vectors.
const MODULE_SURVIVES: &str = "the module survives every vector";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let vectors = match corsac_vectors::all() {
        Ok(vectors) => &vectors.exchanges,
        Err(problems) => panic!("{problems}"),
    };
    let carried: Vec<&'static ExchangeVector> = vectors.iter().filter(|vector| !vector.protocols.is_empty()).collect();
    let mut trials: Vec<Trial> = Vec::new();
    let results = Arc::new(SharedResults::new(&arguments, &carried));
    for vector in carried {
        let results = Arc::clone(&results);
        trials.push(Trial::test(&vector.name, move || Ok(results.of(&vector.name)?)).with_kind(vector.file));
    }
    trials.push(Trial::test(MODULE_SURVIVES, move || Ok(results.of(MODULE_SURVIVES)?)));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The results of the selected vectors. The first test that asks for one runs them all, since it
/// takes as long to start Envoy as to run hundreds of vectors.
struct SharedResults {
    selected: Vec<&'static ExchangeVector>,
    failures: OnceLock<std::result::Result<HashMap<String, String>, String>>,
}

impl SharedResults {
    fn new(arguments: &Arguments, vectors: &[&'static ExchangeVector]) -> Self {
        let is_selected = |vector: &&&'static ExchangeVector| {
            !arguments.is_filtered_out(&Trial::test(&vector.name, || Ok(())).with_kind(vector.file))
        };
        Self { selected: vectors.iter().filter(is_selected).copied().collect(), failures: OnceLock::new() }
    }

    fn of(&self, name: &str) -> std::result::Result<(), String> {
        let run = || run(&self.selected).map_err(|error| error.to_string());
        match self.failures.get_or_init(run) {
            Ok(failures) => failures.get(name).map_or(Ok(()), |failure| Err(failure.clone())),
            Err(error) => Err(error.clone()),
        }
    }
}

/// Runs the vectors. Returns the failures by the name of the test.
fn run(selected: &[&ExchangeVector]) -> Result<HashMap<String, String>> {
    let binary = Binary::find()?;
    let release: Release = binary.version()?.parse()?;
    let module = corsac_testbed::module()?;
    let written = |vector: &ExchangeVector| {
        let vector = vector.in_envoy(release).into_owned();
        if is_native(&module) { vector.in_native_module().into_owned() } else { vector }
    };
    let vectors: Vec<ExchangeVector> = selected.iter().map(|vector| written(vector)).collect();
    let mut listeners = VectorListeners::new(module, Vec::new());
    let vectors: Vec<_> = vectors.iter().map(|vector| (vector, listeners.listener(vector))).collect();
    let upstream = Upstream::start()?;
    // Live, so that a refused policy affects no other listener.
    let bootstrap = Bootstrap::new(upstream.address()).live();
    let envoy = binary.start(&listeners.listeners.into_iter().fold(bootstrap, Bootstrap::listener))?;

    let peer = |listener: &str| Ok(envoy.address(listener)?.into());
    let results = vectors::run(&vectors, &ServingEnvoy { upstream: &upstream, log: envoy.access_log(), peer: &peer })?;
    let mut failures: HashMap<String, String> = HashMap::new();
    for result in results {
        if let Some(failure) = result.failure {
            failures.entry(result.vector.name.clone()).or_default().push_str(&failure);
        }
    }
    let breakdowns = envoy.breakdowns();
    if !breakdowns.is_empty() {
        failures.insert(MODULE_SURVIVES.to_owned(), format!("the module failed:\n{}", breakdowns.join("\n")));
    }
    Ok(failures)
}
