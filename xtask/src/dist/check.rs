//! The distribution as a test: reproduced, pushed to a registry, pulled as Istio pulls it, and loaded by a real Envoy.

use std::fs;
use std::io::Read;
use std::path::Path;

use corsac_testbed::client::{Request, http1};
use corsac_testbed::config::{Bootstrap, Listener, filter};
use corsac_testbed::envoy::Binary;
use corsac_testbed::upstream::Upstream;
use serde_json::Value;

use super::registry::{Pulled, Registry};
use super::{Distribution, VERSION, cannot, emptied, hex, make, oci, reproduce, write};
use crate::Outcome;
use crate::build_module::label;
use crate::sections::custom;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// Checks, each printed with its result.
pub fn run_as_test(workspace: &Workspace, tally: &mut Tally) -> Outcome<()> {
    let made = make(workspace)?;
    println!();
    for (name, content) in label() {
        let says = custom(&made.module, name) == Some(content.as_bytes());
        tally.check(&format!("The module's section {name} says {content}."), says);
    }
    let checksum = fs::read_to_string(made.folder.join("corsac.wasm.sha256")).unwrap_or_default();
    tally.check("The checksum is the module's.", checksum == format!("{}  corsac.wasm\n", hex(&made.module)));
    let again = make(workspace)?;
    let same = (&again.image, &again.artifact) == (&made.image, &made.artifact);
    tally.check("Made again here, image and artifact have the same digests.", same);
    let verdict = reproduce::verify(workspace, &made.module);
    if let Err(sentence) = &verdict {
        println!("{sentence}");
    }
    tally.check("Built again in another folder, the module has the same bytes.", verdict.is_ok());
    distributed(workspace, &made, tally)
}

/// Takes the module out of what was pulled.
type Taker = fn(&Pulled) -> Outcome<Vec<u8>>;

/// Both forms through a registry, and into Envoy.
fn distributed(workspace: &Workspace, made: &Distribution, tally: &mut Tally) -> Outcome<()> {
    let place = workspace.target.join("corsac/registry");
    emptied(&place)?;
    let registry = Registry::start(&place)?;
    let forms: [(&str, &str, Taker); 2] =
        [("image", &made.image, from_image), ("artifact", &made.artifact, from_artifact)];
    for (form, digest, take) in forms {
        let name = format!("corsac-{form}");
        let pushed = registry.push(&made.folder.join(form), &name)?;
        tally.check(&format!("The registry has the {form} under the digest that was printed."), pushed == digest);
        let pulled = registry.pull(&name, digest, &place.join(form))?;
        let manifest = pulled.manifest()?;
        tally.check(&format!("The {form} is pulled with that digest."), format!("sha256:{}", hex(&manifest)) == digest);
        let module = take(&pulled)?;
        tally.check(&format!("The {form}'s plugin.wasm is the module."), module == made.module);
        let path = place.join(form).join(oci::FILE);
        write(&path, &module)?;
        tally.check(&format!("Envoy serves with the {form}'s plugin.wasm and logs its version."), serves(&path)?);
    }
    drop(registry);
    fs::remove_dir_all(&place).map_err(cannot("remove", &place))
}

/// As Istio takes a module from an image (its `pkg/wasm/imagefetcher.go`): from the last layer, which is tar+gzip.
fn from_image(pulled: &Pulled) -> Outcome<Vec<u8>> {
    let layers = layers(pulled)?;
    let layer = layers.last().filter(|layer| layer["mediaType"] == oci::LAYER);
    let layer = layer.ok_or("the image's last layer is no tar+gzip.")?;
    let layer = pulled.blob(layer["digest"].as_str().unwrap_or_default())?;
    let broken = |error: std::io::Error| format!("the image's layer cannot be read: {error}.");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&layer[..]));
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        if entry.path().map_err(broken)?.file_name().is_some_and(|name| name == oci::FILE) {
            let mut module = Vec::new();
            entry.read_to_end(&mut module).map_err(broken)?;
            return Ok(module);
        }
    }
    Err(format!("the image's layer has no {}.", oci::FILE))
}

/// As Istio takes it from an artifact: of exactly two layers, the one of the module's type, as it is.
fn from_artifact(pulled: &Pulled) -> Outcome<Vec<u8>> {
    let layers = layers(pulled)?;
    if layers.len() != 2 {
        return Err(format!("the artifact has {} layers and not two.", layers.len()));
    }
    let layer = layers.iter().find(|layer| layer["mediaType"] == oci::MODULE).ok_or("the artifact has no module.")?;
    pulled.blob(layer["digest"].as_str().unwrap_or_default())
}

fn layers(pulled: &Pulled) -> Outcome<Vec<Value>> {
    let manifest: Value =
        serde_json::from_slice(&pulled.manifest()?).map_err(|error| format!("the manifest is no JSON: {error}."))?;
    Ok(manifest["layers"].as_array().cloned().unwrap_or_default())
}

/// Whether a real Envoy answers a preflight with that module, and says which one it is.
fn serves(module: &Path) -> Outcome<bool> {
    let sentence = |error: corsac_testbed::Error| error.to_string();
    let upstream = Upstream::start().map_err(sentence)?;
    let policy = r#"{ "allowOrigins": ["https://app.example"] }"#;
    let listener = Listener::new("front").filter(filter::corsac(module, &policy.into()));
    let bootstrap = Bootstrap::new(upstream.address()).listener(listener);
    let envoy = Binary::find().map_err(sentence)?.start(&bootstrap).map_err(sentence)?;
    let preflight = Request::preflight("/", "https://app.example", "GET");
    let answer = http1::send(envoy.address("front").map_err(sentence)?, &preflight);
    let answer = answer.map_err(|error| format!("Envoy does not answer: {error}."))?;
    let starts = format!("corsac {VERSION} (policy format {}): 1 policy in force", corsac_policy::FORMAT_VERSION);
    Ok(answer.status == 204 && envoy.log().contains(&starts))
}
