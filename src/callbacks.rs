//! The callbacks of the proxy-wasm ABI (0.2.1) that Envoy finds in the module: each looks its context up and hands on.
//!
//! Those that are not here (bodies, trailers, logs) Envoy does not enter the VM for.

use std::cell::RefCell;

use crate::contexts::Contexts;
use crate::exchange::{Action, Exchange};
use crate::plugin::Plugin;

thread_local! {
    /// All contexts of this VM, which has one thread.
    static CONTEXTS: RefCell<Contexts> = const { RefCell::new(Contexts::new()) };
}

/// The host enters the VM for one callback at a time. Should it ever not, the inner one finds nothing: no answer is
/// better than a panic.
fn with<T>(run: impl FnOnce(&mut Contexts) -> T) -> Option<T> {
    CONTEXTS.with(|contexts| contexts.try_borrow_mut().ok().map(|mut contexts| run(&mut contexts)))
}

/// An exchange that is not known is left alone.
fn with_exchange(context: u32, run: impl FnOnce(&mut Exchange) -> Action) -> u32 {
    with(|contexts| contexts.exchange(context).map(run)).flatten().unwrap_or(Action::Continue).number()
}

unsafe extern "C" {
    /// The linker's: runs what has to run before anything else.
    fn __wasm_call_ctors();
}

#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    // SAFETY: the host calls this once, before any other export.
    unsafe { __wasm_call_ctors() }
}

/// Its name tells the host which ABI the module speaks.
#[unsafe(no_mangle)]
extern "C" fn proxy_abi_version_0_2_1() {}

/// Room for what a host call answers with; `host` takes it over as a boxed slice.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_memory_allocate(size: usize) -> *mut u8 {
    Box::into_raw(Box::<[u8]>::new_uninit_slice(size)).cast()
}

/// A filter's root context (`root` is 0), or that of an exchange.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_context_create(context: u32, root: u32) {
    with(|contexts| {
        if root == 0 {
            contexts.add_plugin(context);
        } else {
            contexts.add_exchange(context, root);
        }
    });
}

/// Whether the configuration is sound.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_configure(root: u32, _size: usize) -> bool {
    with(|contexts| contexts.plugin(root).is_some_and(Plugin::configure)).unwrap_or(false)
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_tick(root: u32) {
    with(|contexts| contexts.plugin(root).map(Plugin::on_timer));
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_request_headers(context: u32, _headers: usize, _end_of_stream: bool) -> u32 {
    with_exchange(context, Exchange::on_request_headers)
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_response_headers(context: u32, _headers: usize, _end_of_stream: bool) -> u32 {
    with_exchange(context, Exchange::on_response_headers)
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_delete(context: u32) {
    with(|contexts| contexts.remove(context));
}
