//! After linking: exports that Envoy need not see go, then the SDK's methods that nothing calls,
//! then everything that only these held.
//!
//! Envoy enters the VM for each callback of the ABI that it finds (per piece of a body, trailers,
//! log) and skips one that is missing. The SDK exports them all, so [`KEPT`] lists those that the
//! filter uses. To use another one, add it there.
//!
//! Binaryen's `wasm-metadce` could do the first step, but not the second: it does not know which
//! entries of a vtable are called. And it is a C++ program to install, where `walrus` comes with
//! `cargo`.

use corsac_testbed::{Error, Result};
use rustc_demangle::demangle;
use walrus::{ElementItems, FunctionBuilder, FunctionId, Module, ModuleConfig, passes::gc};

/// The exports that the filter uses. Each must be there: the host would skip a missing callback
/// silently.
pub const KEPT: [&str; 11] = [
    "memory",
    "_initialize",
    "proxy_abi_version_0_2_1",
    "proxy_on_memory_allocate",
    "proxy_on_context_create",
    "proxy_on_configure",
    "proxy_on_request_headers",
    "proxy_on_response_headers",
    // The SDK frees a context here.
    "proxy_on_delete",
    // The next refusal may be logged.
    "proxy_on_tick",
    // A service has answered with its origins.
    "proxy_on_http_call_response",
];

/// The callback of ours that takes the place of the SDK's: its name in the filter, and the ABI's.
///
/// The SDK defines every callback, so two of one name do not link. `src/sources/calls.rs` says why
/// this one is ours.
const RENAMED: (&str, &str) = ("corsac_on_http_call_response", "proxy_on_http_call_response");

/// The module without unused exports, without unused methods of the SDK, without what only they
/// reached, and without custom sections (names, producers, target features, debug information). The
/// same bytes in give the same bytes out.
pub fn strip(module: &[u8]) -> Result<Vec<u8>> {
    let mut module = ModuleConfig::new()
        .generate_name_section(false)
        .generate_producers_section(false)
        .generate_dwarf(false)
        .parse(module)
        .map_err(|error| Error::new(format!("the linked module does not parse: {error:#}.")))?;
    rename_export(&mut module);
    drop_exports(&mut module)?;
    drop_uncalled_methods(&mut module);
    let custom: Vec<_> = module.customs.iter().map(|(id, _)| id).collect();
    for id in custom {
        module.customs.delete(id);
    }
    gc::run(&mut module);
    Ok(module.emit_wasm())
}

/// A module without our callback has been stripped before.
fn rename_export(module: &mut Module) {
    let (ours, name) = RENAMED;
    let find = |module: &Module, name: &str| module.exports.iter().find(|e| e.name == name).map(walrus::Export::id);
    let Some(export) = find(module, ours) else { return };
    if let Some(sdks) = find(module, name) {
        module.exports.delete(sdks);
    }
    name.clone_into(&mut module.exports.get_mut(export).name);
}

fn drop_exports(module: &mut Module) -> Result<()> {
    let exported: Vec<_> = module.exports.iter().map(|export| (export.id(), export.name.clone())).collect();
    if let Some(missing) = KEPT.iter().find(|kept| !exported.iter().any(|(_, name)| name == *kept)) {
        return Err(Error::new(format!("the linked module does not export {missing}, which the filter needs.")));
    }
    for (id, name) in exported {
        if !KEPT.contains(&name.as_str()) {
            module.exports.delete(id);
        }
    }
    Ok(())
}

/// Puts a trap in place of the SDK's methods in the vtables of contexts, unless the SDK itself
/// calls them.
///
/// A context is a trait object to the SDK, so its vtable holds every method of the traits: a
/// hundred that ask something of the host, in a filter that asks by its own means. A vtable's entry
/// is an index into the function table, and only the SDK's dispatcher calls by it. The filter calls
/// methods of a type that it knows, which is a direct call: that holds the function as before. If a
/// new version of the SDK calls another method, the module traps in its first test.
fn drop_uncalled_methods(module: &mut Module) {
    let uncalled: Vec<FunctionId> = module
        .funcs
        .iter()
        .filter(|f| f.name.as_deref().is_some_and(is_uncalled_method))
        .map(walrus::Function::id)
        .collect();
    if uncalled.is_empty() {
        return;
    }
    let mut trap = FunctionBuilder::new(&mut module.types, &[], &[]);
    trap.func_body().unreachable();
    let trap = trap.finish(vec![], &mut module.funcs);
    for element in module.elements.iter_mut() {
        if let ElementItems::Functions(functions) = &mut element.items {
            functions.iter_mut().filter(|id| uncalled.contains(id)).for_each(|id| *id = trap);
        }
    }
}

/// Whether this is a method of the SDK's context traits that its dispatcher does not call. The
/// dispatcher calls those that hand on a callback (`on_…`) and those that make a context
/// (`create_…`, `get_type`).
fn is_uncalled_method(symbol: &str) -> bool {
    let name = format!("{:#}", demangle(symbol));
    let is_called = |method: &str| method.starts_with("on_") || method.starts_with("create_") || method == "get_type";
    method_of_a_context(&name).is_some_and(|method| !is_called(method))
}

/// `method` of `proxy_wasm::traits::Context::method`, or of `<Type as
/// proxy_wasm::traits::Context>::method`.
fn method_of_a_context(name: &str) -> Option<&str> {
    let (_, of_trait) = name.split_once("proxy_wasm::traits::")?;
    let (context, method) = of_trait.split_once("::")?;
    let context = context.strip_suffix('>').unwrap_or(context);
    let is_context = ["Context", "RootContext", "HttpContext", "StreamContext"].contains(&context);
    // What follows a further `::` is a closure within the method.
    (is_context && !method.contains("::")).then_some(method)
}

#[cfg(test)]
mod tests {
    use super::*;
    use walrus::{ConstExpr, ElementKind, ExportItem, RawCustomSection, RefType, ValType, ir::Value};

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
    fn our_callback_takes_the_place_of_the_sdks() {
        let (ours, name) = RENAMED;
        let linked = module_with(&[&KEPT[..], &[ours]].concat());
        let constant = |module: &[u8], name: &str| {
            let module = Module::from_buffer(module).expect("a module");
            let item = module.exports.iter().find(|export| export.name == name).expect("it is exported").item;
            let ExportItem::Function(function) = item else { panic!("{name} is no function") };
            let function = module.funcs.get(function).kind.unwrap_local();
            let first = function.block(function.entry_block()).instrs.first().expect("a constant").0.clone();
            first.unwrap_const().value
        };
        let stripped = strip(&linked).expect("stripped");
        let (of_ours, of_result) = (constant(&linked, ours), constant(&stripped, name));
        assert!(matches!((of_ours, of_result), (Value::I32(a), Value::I32(b)) if a == b), "{of_ours:?} {of_result:?}");
        assert_eq!(names(&stripped).len(), KEPT.len());
    }

    #[test]
    fn methods_that_the_sdk_does_not_call_are_known_by_their_symbols() {
        let uncalled = [
            "_ZN10proxy_wasm6traits7Context12get_property17h2445fc6d20a8ac2fE",
            "_ZN10proxy_wasm6traits7Context4done17h2969370841de6bdaE",
            "_ZN10proxy_wasm6traits11HttpContext18reset_http_request17h3790cfaed9121f24E",
            "_ZN62_$LT$filter..Filter$u20$as$u20$proxy_wasm..traits..Context$GT$12get_property17h3790cfaed9121f24E",
            "_RNvYNtC6filter6FilterNtNtC10proxy_wasm6traits7Context12get_property",
        ];
        let others = [
            "_ZN10proxy_wasm6traits11RootContext8get_type17hb39c5cc70c55b5edE",
            "_ZN10proxy_wasm6traits11RootContext21create_stream_context17hd3c20cb93639ac62E",
            "_ZN10proxy_wasm6traits11HttpContext24on_http_request_trailers17h3829b8b6eaeef135E",
            "_RNvYNtC6filter6FilterNtNtC10proxy_wasm6traits7Context7on_done",
            "_ZN10proxy_wasm9hostcalls12get_property17h804eda857391c078E",
            "_ZN10proxy_wasm10dispatcher10Dispatcher19create_http_context17ha212e4e7f55b2d05E",
            "_ZN4core3ptr60drop_in_place$LT$dyn$u20$proxy_wasm..traits..HttpContext$GT$17h4a6747643709b1f2E",
            "proxy_on_tick",
        ];
        let wrong: Vec<_> = uncalled.iter().filter(|symbol| !is_uncalled_method(symbol)).collect();
        assert!(wrong.is_empty(), "not known: {wrong:?}");
        let wrong: Vec<_> = others.iter().filter(|symbol| is_uncalled_method(symbol)).collect();
        assert!(wrong.is_empty(), "taken for a method that is not called: {wrong:?}");
    }

    #[test]
    fn an_uncalled_method_goes_unless_it_is_called_directly() {
        let vtable = |name: &str, called: bool| {
            let mut module = Module::from_buffer(&module_with(&KEPT)).expect("a module");
            let host_call = module.types.add(&[], &[]);
            let (host_call, _) = module.add_import_func("env", "host_call", host_call);
            let mut method = FunctionBuilder::new(&mut module.types, &[], &[]);
            method.name(name.to_owned()).func_body().call(host_call);
            let method = method.finish(vec![], &mut module.funcs);
            let table = module.tables.add_local(false, 1, None, RefType::FUNCREF);
            let kind = ElementKind::Active { table, offset: ConstExpr::Value(Value::I32(0)) };
            let element = module.elements.add(kind, ElementItems::Functions(vec![method]));
            module.tables.get_mut(table).elem_segments.insert(element);
            let mut tick = FunctionBuilder::new(&mut module.types, &[], &[]);
            if called {
                tick.func_body().call(method);
            }
            tick.func_body().i32_const(0).call_indirect(module.types.add(&[], &[]), table);
            let tick = tick.finish(vec![], &mut module.funcs);
            let export = module.exports.iter().find(|export| export.name == "proxy_on_tick").expect("it is kept").id();
            module.exports.get_mut(export).item = ExportItem::Function(tick);
            let stripped = strip(&module.emit_wasm()).expect("stripped");
            Module::from_buffer(&stripped).expect("a module").imports.iter().count()
        };
        let uncalled = "_ZN10proxy_wasm6traits7Context12get_property17h2445fc6d20a8ac2fE";
        assert_eq!(vtable(uncalled, false), 0, "nothing holds the method, so its host call goes too");
        assert_eq!(vtable(uncalled, true), 1, "a direct call holds it");
        assert_eq!(vtable("_ZN10proxy_wasm6traits7Context7on_done17h06b11f01940cd49dE", false), 1, "the SDK calls it");
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
