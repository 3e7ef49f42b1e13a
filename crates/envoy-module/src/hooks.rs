//! The functions that Envoy calls, each within the guard.
//!
//! Configuration hooks run on Envoy's main thread, the others on the worker of the exchange. Envoy
//! passes back the pointers that a hook returned, and none after its destroy hook.

use std::ffi::c_void;
use std::ptr;

use log::LevelFilter;

use crate::abi::{
    self, EnvoyBuffer, EnvoyFilter, EnvoyFilterConfig, VersionText, body_status, headers_status, trailers_status,
};
use crate::configuration::{self, ActiveConfiguration};
use crate::exchange::{ExchangeState, Then};
use crate::guard::guarded;
use crate::host::{self, Exchange, NewConfiguration};
use crate::logger;

/// A pointer to an [`ExchangeState`] or to a configuration.
type ModulePointer = *const c_void;

/// The module is loaded. The answer is the version of its ABI.
#[unsafe(no_mangle)]
pub extern "C" fn envoy_dynamic_module_on_program_init() -> VersionText {
    guarded("the start", ptr::null(), ptr::null, || {
        logger::install(LevelFilter::Info);
        logger::show_panics();
        abi::VERSION.as_ptr()
    })
}

/// A filter is configured.
#[unsafe(no_mangle)]
pub extern "C" fn envoy_dynamic_module_on_http_filter_config_new(
    config: *mut EnvoyFilterConfig,
    _name: EnvoyBuffer,
    text: EnvoyBuffer,
) -> ModulePointer {
    guarded("a configuration", ptr::null(), ptr::null, || {
        // SAFETY: Envoy's configuration and text are valid for the hook.
        let (new, text) = unsafe { (NewConfiguration::new(config), host::borrowed(&text)) };
        configuration::new_filter_configuration(new, text)
    })
}

/// A filter's configuration is out of use.
#[unsafe(no_mangle)]
pub extern "C" fn envoy_dynamic_module_on_http_filter_config_destroy(config: ModulePointer) {
    // SAFETY: the pointer is the configuration hook's, and Envoy has dropped all its filters.
    guarded("the end of a configuration", (), || (), || unsafe { configuration::drop_filter_configuration(config) });
}

/// A route, a virtual host or a route table has its own policy.
#[unsafe(no_mangle)]
pub extern "C" fn envoy_dynamic_module_on_http_filter_per_route_config_new(
    _name: EnvoyBuffer,
    text: EnvoyBuffer,
) -> ModulePointer {
    guarded("a route's configuration", ptr::null(), ptr::null, || {
        // SAFETY: Envoy's text is valid for the hook.
        configuration::new_route_configuration(unsafe { host::borrowed(&text) })
    })
}

/// A route's configuration is out of use.
#[unsafe(no_mangle)]
pub extern "C" fn envoy_dynamic_module_on_http_filter_per_route_config_destroy(config: ModulePointer) {
    // SAFETY: the pointer is the route configuration hook's, and its route is gone.
    guarded(
        "the end of a route's configuration",
        (),
        || (),
        || unsafe {
            configuration::drop_route_configuration(config);
        },
    );
}

/// An exchange begins.
#[unsafe(no_mangle)]
pub extern "C" fn envoy_dynamic_module_on_http_filter_new(
    config: ModulePointer,
    _filter: *mut EnvoyFilter,
) -> ModulePointer {
    guarded("a new exchange", ptr::null(), ptr::null, || {
        // SAFETY: the pointer is the configuration hook's. Envoy keeps the configuration as long as
        // there are filters of it.
        let active = unsafe { config.cast::<ActiveConfiguration>().as_ref() };
        active.map_or(ptr::null(), |active| Box::into_raw(Box::new(ExchangeState::new(active))).cast_const().cast())
    })
}

/// The exchange is over.
#[unsafe(no_mangle)]
pub extern "C" fn envoy_dynamic_module_on_http_filter_destroy(state: ModulePointer) {
    guarded(
        "the end of an exchange",
        (),
        || (),
        || {
            if !state.is_null() {
                // SAFETY: the pointer is the new-exchange hook's, and this is its last use.
                drop(unsafe { Box::from_raw(state.cast_mut().cast::<ExchangeState<'_>>()) });
            }
        },
    );
}

/// The request headers have come.
#[unsafe(no_mangle)]
pub extern "C" fn envoy_dynamic_module_on_http_filter_request_headers(
    filter: *mut EnvoyFilter,
    state: ModulePointer,
    _is_end_of_stream: bool,
) -> u32 {
    let (exchange, state) = given(filter, state);
    let run = || match (exchange, state) {
        (Some(exchange), Some(state)) => match state.on_request_headers(exchange) {
            Then::Forward => headers_status::CONTINUE,
            Then::Answered => headers_status::STOP_ITERATION,
        },
        // There is no exchange if the hook that makes it has panicked.
        _ => closed(exchange),
    };
    let after_a_panic = || match (exchange, state) {
        (Some(exchange), Some(state)) => {
            state.answer_closed(exchange);
            headers_status::STOP_ITERATION
        }
        _ => closed(exchange),
    };
    guarded("the request hook", headers_status::STOP_ITERATION, after_a_panic, run)
}

/// The response headers have come.
#[unsafe(no_mangle)]
pub extern "C" fn envoy_dynamic_module_on_http_filter_response_headers(
    filter: *mut EnvoyFilter,
    state: ModulePointer,
    _is_end_of_stream: bool,
) -> u32 {
    let (exchange, state) = given(filter, state);
    let after_a_panic = || {
        exchange.map(ExchangeState::replace_closed);
        headers_status::STOP_ITERATION
    };
    guarded("the response hook", headers_status::STOP_ITERATION, after_a_panic, || {
        if let (Some(exchange), Some(state)) = (exchange, state) {
            state.on_response_headers(exchange);
        }
        headers_status::CONTINUE
    })
}

/// A part of the request body has come. A request that was answered here goes no further.
#[unsafe(no_mangle)]
pub extern "C" fn envoy_dynamic_module_on_http_filter_request_body(
    _filter: *mut EnvoyFilter,
    state: ModulePointer,
    _is_end_of_stream: bool,
) -> u32 {
    if is_answered(state) { body_status::STOP_ITERATION_NO_BUFFER } else { body_status::CONTINUE }
}

/// The request trailers have come.
#[unsafe(no_mangle)]
pub extern "C" fn envoy_dynamic_module_on_http_filter_request_trailers(
    _filter: *mut EnvoyFilter,
    state: ModulePointer,
) -> u32 {
    if is_answered(state) { trailers_status::STOP_ITERATION } else { trailers_status::CONTINUE }
}

/// A part of the response body has come.
#[unsafe(no_mangle)]
pub extern "C" fn envoy_dynamic_module_on_http_filter_response_body(
    _filter: *mut EnvoyFilter,
    _state: ModulePointer,
    _is_end_of_stream: bool,
) -> u32 {
    body_status::CONTINUE
}

/// The response trailers have come.
#[unsafe(no_mangle)]
pub extern "C" fn envoy_dynamic_module_on_http_filter_response_trailers(
    _filter: *mut EnvoyFilter,
    _state: ModulePointer,
) -> u32 {
    trailers_status::CONTINUE
}

/// The exchange, or a run of it, ends.
#[unsafe(no_mangle)]
pub extern "C" fn envoy_dynamic_module_on_http_filter_stream_complete(filter: *mut EnvoyFilter, state: ModulePointer) {
    guarded(
        "the end of a stream",
        (),
        || (),
        || {
            if let (Some(exchange), Some(state)) = given(filter, state) {
                state.on_stream_complete(exchange);
            }
        },
    );
}

/// What Envoy passes to a hook of an exchange.
fn given<'h>(filter: *mut EnvoyFilter, state: ModulePointer) -> (Option<Exchange<'h>>, Option<&'h ExchangeState<'h>>) {
    // SAFETY: both are valid for the hook, whose frame `'h` does not leave. The state is only ever
    // shared.
    unsafe { (Exchange::new(filter), state.cast::<ExchangeState<'h>>().as_ref()) }
}

fn is_answered(state: ModulePointer) -> bool {
    given(ptr::null_mut(), state).1.is_none_or(ExchangeState::is_answered)
}

fn closed(exchange: Option<Exchange<'_>>) -> u32 {
    if let Some(exchange) = exchange {
        exchange.send_reply(503, std::iter::empty());
    }
    headers_status::STOP_ITERATION
}

/// Hooks that Envoy wants to find although nothing here asks for them. Their parameters do not
/// matter, because they are not looked at.
macro_rules! unused_hooks {
    ($($name:ident($($kind:ty),*);)+) => {
        $(
            #[unsafe(no_mangle)]
            pub extern "C" fn $name(_filter: *mut EnvoyFilter, _state: ModulePointer, $(_: $kind),*) {}
        )+
    };
}

type Ignored = *const c_void;

unused_hooks! {
    envoy_dynamic_module_on_http_filter_http_callout_done(u64, u32, Ignored, usize, Ignored, usize);
    envoy_dynamic_module_on_http_filter_http_stream_headers(u64, Ignored, usize, bool);
    envoy_dynamic_module_on_http_filter_http_stream_data(u64, Ignored, usize, bool);
    envoy_dynamic_module_on_http_filter_http_stream_trailers(u64, Ignored, usize);
    envoy_dynamic_module_on_http_filter_http_stream_complete(u64);
    envoy_dynamic_module_on_http_filter_http_stream_reset(u64, u32);
    envoy_dynamic_module_on_http_filter_scheduled(u64);
    envoy_dynamic_module_on_http_filter_downstream_above_write_buffer_high_watermark();
    envoy_dynamic_module_on_http_filter_downstream_below_write_buffer_low_watermark();
}
