//! Any bytes as a file that the command line reads: a policy, a manifest, another system's
//! configuration, a list of origins. Nothing panics, every place is in the file, and what an import
//! writes compiles.
#![no_main]

use corsac_manifests::{find, import, text};
use corsac_origin_list::{Format, read};
use corsac_policy::{Tools, apply, compile};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for format in Format::ALL {
        if let Ok(list) = read(data, format) {
            assert!(list.origins.iter().all(|origin| !origin.contains(['*', '{'])));
        }
    }
    let Ok(text) = text(data) else { return };
    if let Ok(import) = import(None, text) {
        let policy = import.document.to_string();
        if let Err(rejected) = compile(policy.as_bytes(), &Tools::default()) {
            panic!("an import with errors: {rejected}\n{policy}");
        }
    }
    for found in find(text).unwrap_or_default() {
        let diagnostics = match compile(found.policy.as_bytes(), &Tools::default()) {
            Ok(compiled) => compiled.warnings,
            Err(rejected) => rejected.diagnostics,
        };
        for diagnostic in diagnostics {
            let spot = found.spot(&diagnostic.pointer);
            assert!(spot.line >= 1 && spot.column >= 1, "{spot:?}");
            if let Some(range) = &spot.range {
                assert!(text.get(range.clone()).is_some(), "{spot:?}");
            }
            let _ = apply(&found.policy, std::slice::from_ref(&diagnostic));
        }
    }
});
