//! An instance of the module, and exchanges through it.

use std::sync::OnceLock;
use std::{fs, iter};

use corsac_vectors::{Answer, HeaderMap, ProxiedExchange};
use wasmi::{Caller, Config, Engine, Error, Func, Instance, Linker, Memory, Module, Store, Val};

use crate::host::{self, CALLS, Host};

/// More than any call here needs. A call that uses it up does not end.
const FUEL: u64 = 20_000_000_000;

/// An instance of the module with its host.
pub struct Vm {
    store: Store<Host>,
    instance: Instance,
    next_context: u32,
}

/// A record of one exchange.
pub struct HostTrace {
    pub answer: Answer,
    /// The host calls of the request phase.
    pub request: Vec<String>,
    /// The host calls of the response phase.
    pub response: Vec<String>,
    /// The instructions from creation to deletion.
    pub fuel: u64,
}

/// The module under test; parsed once.
pub fn module() -> &'static Module {
    static MODULE: OnceLock<Module> = OnceLock::new();
    MODULE.get_or_init(|| {
        let path = corsac_testbed::module().unwrap_or_else(|error| panic!("{error}"));
        let mut config = Config::default();
        config.consume_fuel(true);
        Module::new(&Engine::new(&config), fs::read(path).expect("a readable module")).expect("a sound module")
    })
}

impl Vm {
    /// A fresh, initialized instance.
    pub fn new() -> Self {
        let mut store = Store::new(module().engine(), Host::default());
        store.set_fuel(FUEL).expect("fuel is counted");
        let instance = linker().instantiate_and_start(&mut store, module()).expect("an instance");
        let mut vm = Self { store, instance, next_context: 1 };
        vm.call("_initialize", &[]).expect("an initialized module");
        vm
    }

    /// A fresh instance with one filter of this configuration. Returns the filter's context too.
    pub fn configured(configuration: &str) -> (Self, u32) {
        let mut vm = Self::new();
        let root = vm.add_filter(configuration);
        (vm, root)
    }

    /// Adds a filter to the instance. Returns its context.
    pub fn add_filter(&mut self, configuration: &str) -> u32 {
        let root = self.add_root().expect("a root context");
        let accepted = self.configure(root, configuration.as_bytes()).expect("a configuration does not trap");
        assert!(accepted, "{configuration} is refused:\n{:#?}", self.host().log);
        root
    }

    /// Adds a filter without a configuration.
    pub fn add_root(&mut self) -> Result<u32, Error> {
        self.create(0)
    }

    /// Configures a filter. Returns whether the module accepts the configuration.
    pub fn configure(&mut self, root: u32, configuration: &[u8]) -> Result<bool, Error> {
        self.host_mut().configuration = configuration.to_vec();
        let size = u32::try_from(configuration.len()).expect("a short configuration");
        Ok(self.call("proxy_on_configure", &[root, size])? != 0)
    }

    /// Creates an exchange's context, or a filter's if `root` is 0.
    pub fn create(&mut self, root: u32) -> Result<u32, Error> {
        let context = self.next_context;
        self.next_context += 1;
        self.call("proxy_on_context_create", &[context, root])?;
        Ok(context)
    }

    /// Plays the request phase. Returns whether the request goes on.
    pub fn request(&mut self, context: u32, exchange: &ProxiedExchange) -> Result<bool, Error> {
        self.host_mut().show_request(exchange.request.clone(), &exchange.routing);
        Ok(self.call("proxy_on_request_headers", &[context, 0, 1])? == 0)
    }

    /// Plays the response phase, of the filter's own reply if there is one. Returns the status of
    /// the incoming response.
    pub fn response(&mut self, context: u32, exchange: &ProxiedExchange) -> Result<u16, Error> {
        let (status, headers) = match &self.host().reply {
            Some(reply) => exchange.reply(reply.status, &reply.lines),
            None => (exchange.status, exchange.response.clone()),
        };
        self.host_mut().show_response(headers, &exchange.response_routing);
        let action = self.call("proxy_on_response_headers", &[context, 0, 1])?;
        assert_eq!(action, 0, "a response goes on");
        Ok(status)
    }

    /// Lets the timer of a filter expire once.
    pub fn tick(&mut self, root: u32) -> Result<(), Error> {
        self.call("proxy_on_tick", &[root]).map(drop)
    }

    /// Ends a call to a service: without a response where there are no headers.
    pub fn call_back(&mut self, root: u32, call: u32, lines: &[(&str, &str)], body: &[u8]) -> Result<(), Error> {
        let mut headers = HeaderMap::default();
        for (name, value) in lines {
            headers.replace(name.as_bytes(), value.as_bytes());
        }
        let [count, size] = [headers.lines().len(), body.len()].map(|n| u32::try_from(n).expect("a short response"));
        self.host_mut().show_call_response(headers, body.to_vec());
        self.call("proxy_on_http_call_response", &[root, call, count, size, 0]).map(drop)
    }

    /// Ends a context.
    pub fn delete(&mut self, context: u32) -> Result<(), Error> {
        self.call("proxy_on_delete", &[context]).map(drop)
    }

    /// Plays a whole exchange with the filter `root`.
    pub fn exchange(&mut self, root: u32, exchange: &ProxiedExchange) -> Result<HostTrace, Error> {
        let host = self.host_mut();
        host.forget_exchange();
        let before = self.refuel();
        let mut context = self.create(root)?;
        let mut forwarded = self.request(context, exchange)?;
        if let Some(second) = exchange.second_run().filter(|_| forwarded) {
            context = self.redirect(context, root)?;
            forwarded = self.request(context, &second)?;
        }
        let request = std::mem::take(&mut self.host_mut().calls);
        let status = self.response(context, exchange)?;
        let response = std::mem::take(&mut self.host_mut().calls);
        self.delete(context)?;
        let fuel = before - self.store.get_fuel().expect("fuel is counted");

        let host = self.host_mut();
        let reply = host.reply.take();
        let answer = Answer {
            status,
            headers: host.headers.lines().to_vec(),
            forwarded,
            details: reply.map(|reply| reply.details),
            refusal: String::from_utf8(host.refusal.take().unwrap_or_default()).expect("fixed words"),
        };
        Ok(HostTrace { answer, request, response, fuel })
    }

    /// Ends a run whose redirect Envoy follows, and begins the next one. Returns the new context.
    fn redirect(&mut self, context: u32, root: u32) -> Result<u32, Error> {
        self.host_mut().is_redirected = true;
        self.delete(context)?;
        let host = self.host_mut();
        let first_target = host.first_target.take();
        host.forget_exchange();
        host.first_target = first_target;
        self.create(root)
    }

    fn refuel(&mut self) -> u64 {
        self.store.set_fuel(FUEL).expect("fuel is counted");
        FUEL
    }

    /// Calls an export. Returns its result, or 0 if it has none.
    pub fn call(&mut self, name: &str, parameters: &[u32]) -> Result<u32, Error> {
        let function: Func = self.instance.get_func(&self.store, name).expect("an export");
        let parameters: Vec<Val> = parameters.iter().map(|&number| Val::I32(number.cast_signed())).collect();
        let mut results = [Val::I32(0)];
        let count = function.ty(&self.store).results().len();
        function.call(&mut self.store, &parameters, &mut results[..count])?;
        Ok(results[0].i32().expect("a number").cast_unsigned())
    }

    pub fn host(&self) -> &Host {
        self.store.data()
    }

    pub fn host_mut(&mut self) -> &mut Host {
        self.store.data_mut()
    }

    /// The instance's memory, in pages of 64 KiB.
    pub fn pages(&self) -> u64 {
        let memory: Memory = self.instance.get_memory(&self.store, "memory").expect("a memory");
        memory.size(&self.store)
    }
}

/// Defines every import of the module: the host's calls, WASI, and a trap for anything else.
fn linker() -> Linker<Host> {
    let mut linker = Linker::new(module().engine());
    for import in module().imports() {
        let name = import.name().to_owned();
        let function = import.ty().func().expect("only functions are imported").clone();
        let defined = match (import.module(), name.strip_prefix("proxy_")) {
            ("env", Some(call)) => {
                let call = CALLS.iter().find(|known| **known == call).copied().unwrap_or("a call unknown here");
                linker.func_new("env", &name, function, move |mut vm, parameters, results| {
                    let parameters: Vec<u32> = parameters.iter().flat_map(words).collect();
                    set(results, host::answer(call, &mut vm, &parameters)?);
                    Ok(())
                })
            }
            (module, _) => {
                let called = name.clone();
                linker.func_new(module, &name, function, move |vm, parameters, results| {
                    set(results, answer_wasi(&called, vm, parameters)?);
                    Ok(())
                })
            }
        };
        defined.expect("each import once");
    }
    linker
}

/// A parameter as words of 32 bits, the lower first.
fn words(parameter: &Val) -> Vec<u32> {
    match parameter {
        Val::I32(number) => vec![number.cast_unsigned()],
        Val::I64(number) => number.to_le_bytes().as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)).collect(),
        other => panic!("no call has the parameter {other:?}"),
    }
}

fn set(results: &mut [Val], status: u32) {
    iter::zip(results, [status]).for_each(|(result, status)| *result = Val::I32(status.cast_signed()));
}

/// WASI: constant random bytes, so that hashing always costs the same; no environment; no files.
fn answer_wasi(call: &str, mut vm: Caller<'_, Host>, parameters: &[Val]) -> Result<u32, Error> {
    const NO_SUCH_FILE: u32 = 8;
    let number = |index: usize| parameters[index].i32().expect("a number").cast_unsigned() as usize;
    let milliseconds = vm.data().sharing.clock;
    let mut write = |at: usize, bytes: &[u8]| {
        let memory = vm.get_export("memory").and_then(wasmi::Extern::into_memory).expect("a memory");
        memory.write(&mut vm, at, bytes).map_err(|error| Error::new(error.to_string()))
    };
    match call {
        "random_get" => write(number(0), &vec![0x5a; number(1)])?,
        "environ_sizes_get" => {
            write(number(0), &[0; 4])?;
            write(number(1), &[0; 4])?;
        }
        "environ_get" => {}
        "clock_time_get" => {
            let nanoseconds = milliseconds * 1_000_000;
            write(number(2), &nanoseconds.to_le_bytes())?;
        }
        "fd_write" => return Ok(NO_SUCH_FILE),
        _ => return Err(Error::new(format!("the module called {call}"))),
    }
    Ok(0)
}
