//! A filter that does nothing: what it costs is Envoy's own.

use walrus::{FunctionBuilder, Module, ValType};

/// A module of the proxy-wasm ABI 0.2.1 that takes every configuration without reading it.
pub fn module() -> Vec<u8> {
    use ValType::I32;
    let mut module = Module::default();
    let memory = module.memories.add_local(false, false, 1, None, None);
    module.exports.add("memory", memory);
    export(&mut module, "proxy_abi_version_0_2_1", &[], None);
    // Nothing is ever asked for, so that any address will do.
    export(&mut module, "proxy_on_memory_allocate", &[I32], Some(1024));
    export(&mut module, "proxy_on_context_create", &[I32, I32], None);
    export(&mut module, "proxy_on_configure", &[I32, I32], Some(1));
    module.emit_wasm()
}

/// A function that returns this number, or nothing.
fn export(module: &mut Module, name: &str, parameters: &[ValType], result: Option<i32>) {
    let results = if result.is_some() { &[ValType::I32][..] } else { &[] };
    let mut function = FunctionBuilder::new(&mut module.types, parameters, results);
    if let Some(result) = result {
        function.func_body().i32_const(result);
    }
    let parameters = parameters.iter().map(|parameter| module.locals.add(*parameter)).collect();
    let function = function.finish(parameters, &mut module.funcs);
    module.exports.add(name, function);
}
