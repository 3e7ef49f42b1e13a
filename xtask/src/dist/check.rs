//! Tests of the distribution: it is reproduced, pushed to a registry, pulled as Istio pulls it, and
//! loaded by a real Envoy.

use std::fs;
use std::io::Read;
use std::path::Path;

use corsac_testbed::client::{Request, http1};
use corsac_testbed::config::{Bootstrap, Listener, filter};
use corsac_testbed::envoy::Binary;
use corsac_testbed::test_counts::TestCounts;
use corsac_testbed::upstream::Upstream;
use corsac_testbed::{Error, Result};
use serde_json::Value;

use super::elf::SharedLibrary;
use super::native::{self, Processor};
use super::registry::{PulledImage, Registry};
use super::{Distribution, VERSION, cannot, checksum, emptied, hex, make, oci, reproduce, write};
use crate::build_module::label;
use crate::sections::custom;
use crate::workspace::Workspace;

/// Runs the checks and prints each with its result.
pub fn run_as_test(workspace: &Workspace, counts: &mut TestCounts) -> Result<()> {
    let made = make(workspace)?;
    println!();
    for (name, content) in label() {
        let says = custom(&made.module, name) == Some(content.as_bytes());
        counts.check(&format!("The module's section {name} says {content}."), says);
    }
    let checksum = fs::read_to_string(made.folder.join("corsac.wasm.sha256")).unwrap_or_default();
    counts.check("The checksum is that of the module.", checksum == self::checksum(&made.module, "corsac.wasm"));
    for (processor, native) in &made.natives {
        natives(&made, *processor, native, counts)?;
    }
    let again = make(workspace)?;
    let same = (&again.image, &again.artifact) == (&made.image, &made.artifact);
    counts.check("Made again, image and artifact have the same digests.", same);
    // Of the native modules only the first: the other differs in nothing but its compiler's target.
    let reproduced = reproduce::verify(workspace, &made.module, &made.natives[..1]);
    if let Err(sentence) = &reproduced {
        println!("{sentence}");
    }
    counts.check("Built again in another folder, both modules have the same bytes.", reproduced.is_ok());
    distributed(workspace, &made, counts)
}

/// What the native module for a processor needs from the system, and what it offers.
fn natives(made: &Distribution, processor: Processor, native: &[u8], counts: &mut TestCounts) -> Result<()> {
    let file = processor.file();
    let library = SharedLibrary::read(native)?;
    let libraries: Vec<&str> = library.libraries.iter().map(String::as_str).collect();
    let versions: Vec<&str> = library.versions.iter().map(String::as_str).collect();
    println!("{file} needs {} with the symbols of {}.", libraries.join(", "), versions.join(", "));
    let checksum = fs::read_to_string(made.folder.join(format!("{file}.sha256"))).unwrap_or_default();
    counts.check(&format!("The checksum is that of {file}."), checksum == self::checksum(native, &file));
    counts.check(&format!("{file} is for {}.", processor.name), library.processor == processor.in_elf());
    let is_glibc = |name: &String| GLIBC_LIBRARIES.iter().any(|part| name.starts_with(part));
    counts.check(&format!("{file} needs no library but glibc's."), library.libraries.iter().all(is_glibc));
    let is_old = library.glibc().is_some_and(|needed| needed <= native::GLIBC);
    let all_glibc = library.versions.iter().all(|version| version.starts_with("GLIBC_"));
    let (major, minor) = native::GLIBC;
    counts.check(&format!("{file} needs no symbol newer than glibc {major}.{minor}."), is_old && all_glibc);
    let of_envoy = |name: &String| name.starts_with("envoy_dynamic_module_callback_");
    counts.check(&format!("{file} calls nothing of Envoy but its ABI."), library.imports.iter().all(of_envoy));
    let hook = |name: &String| name.starts_with("envoy_dynamic_module_on_");
    counts.check(&format!("{file} offers nothing but hooks."), library.exports.iter().all(hook));
    Ok(())
}

/// How the names of glibc's libraries begin.
const GLIBC_LIBRARIES: [&str; 5] = ["libc.so.", "libm.so.", "libdl.so.", "libpthread.so.", "ld-linux-"];

/// Takes the module out of a pulled image.
type Extractor = fn(&PulledImage) -> Result<Vec<u8>>;

/// Sends both forms through a registry and into Envoy.
fn distributed(workspace: &Workspace, made: &Distribution, counts: &mut TestCounts) -> Result<()> {
    let place = workspace.target.join("corsac/registry");
    emptied(&place)?;
    let registry = Registry::start(&place)?;
    let forms: [(&str, &str, Extractor); 2] =
        [("image", &made.image, from_image), ("artifact", &made.artifact, from_artifact)];
    for (form, digest, take) in forms {
        let name = format!("corsac-{form}");
        let pushed = registry.push(&made.folder.join(form), &name)?;
        counts.check(&format!("The registry has the {form} under the digest that was printed."), pushed == digest);
        let pulled = registry.pull(&name, digest, &place.join(form))?;
        let manifest = pulled.manifest()?;
        counts
            .check(&format!("The {form} is pulled with that digest."), format!("sha256:{}", hex(&manifest)) == digest);
        let module = take(&pulled)?;
        counts.check(&format!("The {form}'s plugin.wasm is the module."), module == made.module);
        let path = place.join(form).join(oci::FILE);
        write(&path, &module)?;
        counts.check(&format!("Envoy serves with the {form}'s plugin.wasm and logs its version."), serves(&path)?);
    }
    drop(registry);
    fs::remove_dir_all(&place).map_err(cannot("remove", &place))
}

/// Istio's way to take the module from an image (`pkg/wasm/imagefetcher.go`): from the last layer,
/// which is tar+gzip.
fn from_image(pulled: &PulledImage) -> Result<Vec<u8>> {
    let layers = layers(pulled)?;
    let layer = layers.last().filter(|layer| layer["mediaType"] == oci::LAYER);
    let layer = layer.ok_or("the image's last layer is not tar+gzip.")?;
    let layer = pulled.blob(layer["digest"].as_str().unwrap_or_default())?;
    let broken = |error: std::io::Error| Error::new(format!("the image's layer cannot be read: {error}."));
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&layer[..]));
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        if entry.path().map_err(broken)?.file_name().is_some_and(|name| name == oci::FILE) {
            let mut module = Vec::new();
            entry.read_to_end(&mut module).map_err(broken)?;
            return Ok(module);
        }
    }
    Err(Error::new(format!("the image's layer has no {}.", oci::FILE)))
}

/// Istio's way to take it from an artifact: the layer of the module's type, one of exactly two
/// layers.
fn from_artifact(pulled: &PulledImage) -> Result<Vec<u8>> {
    let layers = layers(pulled)?;
    if layers.len() != 2 {
        return Err(Error::new(format!("the artifact has {} layers and not two.", layers.len())));
    }
    let layer = layers.iter().find(|layer| layer["mediaType"] == oci::MODULE).ok_or("the artifact has no module.")?;
    pulled.blob(layer["digest"].as_str().unwrap_or_default())
}

fn layers(pulled: &PulledImage) -> Result<Vec<Value>> {
    let manifest: Value = serde_json::from_slice(&pulled.manifest()?)
        .map_err(|error| Error::new(format!("the manifest is not JSON: {error}.")))?;
    Ok(manifest["layers"].as_array().cloned().unwrap_or_default())
}

/// Whether a real Envoy answers a preflight with that module, and logs its version.
fn serves(module: &Path) -> Result<bool> {
    let upstream = Upstream::start()?;
    let policy = r#"{ "allowOrigins": ["https://app.example"] }"#;
    let listener = Listener::new("front").filter(filter::corsac(module, &policy.into()));
    let bootstrap = Bootstrap::new(upstream.address()).listener(listener);
    let envoy = Binary::find()?.start(&bootstrap)?;
    let preflight = Request::preflight("/", "https://app.example", "GET");
    let answer = http1::send(envoy.address("front")?, &preflight);
    let answer = answer.map_err(|error| Error::new(format!("Envoy does not answer: {error}.")))?;
    let starts = format!("corsac {VERSION} (policy format {}): 1 policy in force", corsac_policy::FORMAT_VERSION);
    Ok(answer.status == 204 && envoy.log().contains(&starts))
}
