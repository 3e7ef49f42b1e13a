//! After linking: exports that Envoy need not see go, and everything that only they held.
//!
//! Envoy enters the VM for each callback of the ABI that it finds (per piece of a body, trailers,
//! log) and skips one that is missing: so that none comes in with a dependency unnoticed, what is
//! kept is listed here.

use corsac_testbed::{Error, Result};
use walrus::{ModuleConfig, passes::gc};

/// The exports that the filter uses. Each must be there: the host would skip a missing callback
/// silently.
pub const KEPT: [&str; 10] = [
    "memory",
    "_initialize",
    "proxy_abi_version_0_2_1",
    "proxy_on_memory_allocate",
    "proxy_on_context_create",
    "proxy_on_configure",
    "proxy_on_request_headers",
    "proxy_on_response_headers",
    // The filter frees a context here.
    "proxy_on_delete",
    // The next refusal may be logged.
    "proxy_on_tick",
];

/// The module without unused exports, without what only they reached, and without custom sections
/// (names, producers, target features, debug information). The same bytes in give the same bytes
/// out.
pub fn strip(module: &[u8]) -> Result<Vec<u8>> {
    let mut module = ModuleConfig::new()
        .generate_name_section(false)
        .generate_producers_section(false)
        .generate_dwarf(false)
        .parse(module)
        .map_err(|error| Error::new(format!("the linked module does not parse: {error:#}.")))?;
    let exported: Vec<_> = module.exports.iter().map(|export| (export.id(), export.name.clone())).collect();
    if let Some(missing) = KEPT.iter().find(|kept| !exported.iter().any(|(_, name)| name == *kept)) {
        return Err(Error::new(format!("the linked module does not export {missing}, which the filter needs.")));
    }
    for (id, name) in exported {
        if !KEPT.contains(&name.as_str()) {
            module.exports.delete(id);
        }
    }
    let custom: Vec<_> = module.customs.iter().map(|(id, _)| id).collect();
    for id in custom {
        module.customs.delete(id);
    }
    gc::run(&mut module);
    Ok(module.emit_wasm())
}

#[cfg(test)]
mod tests {
    use super::*;
    use walrus::{FunctionBuilder, Module, RawCustomSection, ValType};

    /// A module that exports the given names (a memory under `memory`), one function each, and
    /// carries a custom section.
    fn module_with(exports: &[&str]) -> Vec<u8> {
        let mut module = Module::default();
        for (index, name) in exports.iter().enumerate() {
            if *name == "memory" {
                let memory = module.memories.add_local(false, false, 1, None, None);
                module.exports.add(name, memory);
                continue;
            }
            let mut function = FunctionBuilder::new(&mut module.types, &[], &[ValType::I32]);
            function.func_body().i32_const(i32::try_from(index).expect("few exports"));
            let function = function.finish(vec![], &mut module.funcs);
            module.exports.add(name, function);
        }
        module.customs.add(RawCustomSection { name: "target_features".into(), data: vec![1; 40] });
        module.emit_wasm()
    }

    fn names(module: &[u8]) -> Vec<String> {
        let module = Module::from_buffer(module).expect("a module");
        module.exports.iter().map(|export| export.name.clone()).collect()
    }

    fn with_unused() -> Vec<u8> {
        module_with(&[&KEPT[..], &["proxy_on_log", "proxy_on_request_body"]].concat())
    }

    #[test]
    fn unused_exports_go_with_the_functions_that_only_they_held() {
        let stripped = strip(&with_unused()).expect("stripped");
        assert_eq!(names(&stripped), KEPT);
        let functions = Module::from_buffer(&stripped).expect("a module").funcs.iter().count();
        assert_eq!(functions, KEPT.len() - 1, "one function an export, the memory aside");
    }

    #[test]
    fn custom_sections_go() {
        let stripped = strip(&with_unused()).expect("stripped");
        assert_eq!(Module::from_buffer(&stripped).expect("a module").customs.iter().count(), 0);
    }

    #[test]
    fn stripping_is_deterministic_and_stripping_twice_changes_nothing() {
        let once = strip(&with_unused()).expect("stripped");
        assert_eq!(once, strip(&with_unused()).expect("stripped"));
        assert_eq!(once, strip(&once).expect("stripped"));
    }

    #[test]
    fn a_module_that_lacks_a_callback_is_refused_by_name() {
        let lacking: Vec<&str> = KEPT.into_iter().filter(|name| *name != "proxy_on_delete").collect();
        let sentence = strip(&module_with(&lacking)).expect_err("refused").to_string();
        assert!(sentence.contains("does not export proxy_on_delete"), "{sentence}");
    }

    #[test]
    fn what_is_not_a_module_is_refused() {
        assert!(strip(b"corsac").is_err());
    }
}
