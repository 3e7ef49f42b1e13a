//! The module's exports to Envoy, and its imports.

use std::collections::BTreeSet;

use corsac_manifests::{CAPABILITIES, SOURCE_CAPABILITIES};

use crate::host::CALLS;
use crate::vm::module;

/// Envoy enters the VM for every callback that it finds, and silently skips a missing one.
const EXPORTS: [&str; 11] = [
    "_initialize",
    "memory",
    "proxy_abi_version_0_2_1",
    "proxy_on_configure",
    "proxy_on_context_create",
    "proxy_on_delete",
    "proxy_on_http_call_response",
    "proxy_on_memory_allocate",
    "proxy_on_request_headers",
    "proxy_on_response_headers",
    "proxy_on_tick",
];

/// The needs of Rust's standard library (seeds, and a place for a panic's message), and the clock
/// of origin sources.
const WASI: [&str; 6] = ["clock_time_get", "environ_get", "environ_sizes_get", "fd_write", "proc_exit", "random_get"];

#[test]
fn the_module_exports_only_the_callbacks_that_it_uses() {
    let exports: BTreeSet<_> = module().exports().map(|export| export.name()).collect();
    assert_eq!(exports, EXPORTS.into());
}

#[test]
fn the_module_imports_only_the_host_calls_that_it_makes() {
    let imports: BTreeSet<_> =
        module().imports().map(|import| format!("{}.{}", import.module(), import.name())).collect();
    let env = CALLS.map(|call| format!("env.proxy_{call}")).into_iter();
    let wasi = WASI.map(|call| format!("wasi_snapshot_preview1.{call}"));
    assert_eq!(imports, env.chain(wasi).collect());
}

/// What no host can refuse.
const GIVEN: [&str; 4] = ["_initialize", "memory", "proxy_abi_version_0_2_1", "proxy_on_memory_allocate"];

/// The imports that nothing calls, a panic included (tests/envoy/capabilities.rs).
const UNCALLED: [&str; 2] = ["environ_get", "proc_exit"];

#[test]
fn the_manifests_have_envoy_allow_the_module_all_that_it_asks_for_and_no_more() {
    let imports = module().imports().map(|import| import.name()).filter(|name| !UNCALLED.contains(name));
    let exports = module().exports().map(|export| export.name()).filter(|name| !GIVEN.contains(name));
    assert_eq!(
        imports.chain(exports).collect::<BTreeSet<_>>(),
        [&CAPABILITIES[..], &SOURCE_CAPABILITIES].concat().into_iter().collect()
    );
}
