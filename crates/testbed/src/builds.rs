//! Other builds of the module, made from the built one: of another version, or with a defect.

use std::{
    fs,
    path::{Path, PathBuf},
};

use walrus::{ExportItem, FunctionBuilder, FunctionId, Module, RawCustomSection, ValType, ir::BinaryOp};

use crate::{Error, Result, directory::Directory};

/// From this number of header lines on, pseudo-header fields included, a request breaks
/// [`Build::panicking`].
pub const TOO_MANY: i32 = 60;
/// From this size in bytes on, a configuration breaks [`Build::panicking`].
pub const TOO_LONG: i32 = 50_000;

/// A module in a file, which dropping it removes.
pub struct Build {
    directory: Directory,
}

impl Build {
    /// The same code in other bytes. Envoy takes it for another module, and gives it its own VM.
    ///
    /// # Errors
    /// If `module` is not a module, or the file cannot be written.
    pub fn labelled(module: &Path, label: &str) -> Result<Self> {
        let mut changed = parsed(module)?;
        changed.customs.add(RawCustomSection { name: "label".to_owned(), data: label.as_bytes().to_vec() });
        Self::written(changed)
    }

    /// A build with a defect: it panics at a request of [`TOO_MANY`] header lines, and at a
    /// configuration of [`TOO_LONG`] bytes. The callbacks then get the number of a context that
    /// does not exist, at which the SDK panics.
    ///
    /// # Errors
    /// As [`Build::labelled`], and if the module does not export the callbacks.
    pub fn panicking(module: &Path) -> Result<Self> {
        let mut changed = parsed(module)?;
        // The second parameter is the number of header lines, or the size of the configuration.
        let three = [ValType::I32; 3];
        break_from(&mut changed, "proxy_on_request_headers", &three, TOO_MANY)?;
        break_from(&mut changed, "proxy_on_configure", &three[..2], TOO_LONG)?;
        Self::written(changed)
    }

    /// The path of the module.
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("corsac.wasm")
    }

    fn written(mut module: Module) -> Result<Self> {
        let build = Self { directory: Directory::new()? };
        fs::write(build.path(), module.emit_wasm()).map_err(Error::when(build.path().display()))?;
        Ok(build)
    }
}

fn parsed(module: &Path) -> Result<Module> {
    Module::from_file(module).map_err(|error| Error::new(format!("{}: {error:#}", module.display())))
}

/// Puts a function before an exported callback, which names a context that does not exist if the
/// second parameter is at least `limit`.
fn break_from(module: &mut Module, callback: &str, parameters: &[ValType], limit: i32) -> Result<()> {
    let missing = || Error::new(format!("the module does not export {callback}"));
    let export = module.exports.iter().find(|export| export.name == callback).ok_or_else(missing)?;
    let ExportItem::Function(original) = export.item else { return Err(missing()) };
    let id = export.id();
    let broken = before(module, original, parameters, limit);
    module.exports.get_mut(id).item = ExportItem::Function(broken);
    Ok(())
}

fn before(module: &mut Module, original: FunctionId, parameters: &[ValType], limit: i32) -> FunctionId {
    let results = module.types.get(module.funcs.get(original).ty()).results().to_vec();
    let locals: Vec<_> = parameters.iter().map(|kind| module.locals.add(*kind)).collect();
    let mut function = FunctionBuilder::new(&mut module.types, parameters, &results);
    let mut body = function.func_body();
    // `context | -(second >= limit)`: all ones if it is.
    body.local_get(locals[0]).i32_const(0).local_get(locals[1]).i32_const(limit);
    body.binop(BinaryOp::I32GeU).binop(BinaryOp::I32Sub).binop(BinaryOp::I32Or);
    for local in &locals[1..] {
        body.local_get(*local);
    }
    body.call(original);
    function.finish(locals, &mut module.funcs)
}
