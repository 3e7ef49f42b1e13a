//! The module as an OCI image layout, in both forms of the Wasm Image Specification
//! (<https://github.com/solo-io/wasm/tree/master/spec>) that Istio and Envoy Gateway pull.
//!
//! * The image ("compat"): one tar+gzip layer with `plugin.wasm`, which every registry and
//!   container tool supports.
//! * The artifact ("oci"): the module, and a description of its runtime. Istio expects exactly
//!   these two layers.
//!
//! The result depends only on the module, so the same module gives the same digests. Tools that
//! build images, such as buildah and oras, write the time into them; skopeo, which we use to push,
//! only copies images.

use std::fs;
use std::io::Write;
use std::path::Path;

use corsac_testbed::{Error, Result};
use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};

use super::{VERSION, cannot, emptied, hex, write};

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
pub const MODULE: &str = "application/vnd.module.wasm.content.layer.v1+wasm";
pub const RUNTIME: &str = "application/vnd.module.wasm.config.v1+json";
/// The name under which Istio looks for the module in a layer.
pub const FILE: &str = "plugin.wasm";

/// A manifest and its blobs.
pub struct ImageLayout {
    manifest: Vec<u8>,
    blobs: Vec<Vec<u8>>,
}

/// The image: `FROM scratch` and one `COPY plugin.wasm ./`.
pub fn image(module: &[u8]) -> Result<ImageLayout> {
    let failed = |error: std::io::Error| Error::new(format!("the image's layer cannot be made: {error}."));
    let tar = tar(module).map_err(failed)?;
    let layer = gzip(&tar).map_err(failed)?;
    let config = bytes(&json!({
        "created": "1970-01-01T00:00:00Z",
        // A Wasm module has none, but registries and `docker pull` expect one.
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{}", hex(&tar))] },
        "history": [{ "created": "1970-01-01T00:00:00Z", "created_by": format!("COPY {FILE} ./") }],
    }));
    let mut annotations = annotations();
    annotations["module.wasm.image/variant"] = "compat".into();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(CONFIG, &config),
        "layers": [descriptor(LAYER, &layer)],
        "annotations": annotations,
    });
    Ok(ImageLayout { manifest: bytes(&manifest), blobs: vec![config, layer] })
}

/// The artifact: the module itself as a layer.
#[expect(clippy::unnecessary_wraps, reason = "the same signature as `image`")]
pub fn artifact(module: &[u8]) -> Result<ImageLayout> {
    // The property names of the example in the specification. The module's root context has no
    // name.
    let runtime = bytes(&json!({ "type": "envoy_proxy", "abi_version": "0.2.1", "config": { "root_ids": [""] } }));
    let layers =
        json!(
            [titled(descriptor(RUNTIME, &runtime), "runtime-config.json"), titled(descriptor(MODULE, module), FILE),]
        );
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(RUNTIME, &runtime),
        "layers": layers,
        "annotations": annotations(),
    });
    Ok(ImageLayout { manifest: bytes(&manifest), blobs: vec![runtime, module.to_vec()] })
}

impl ImageLayout {
    /// Writes the layout into a folder, with the version as the tag. Returns the digest of the
    /// manifest.
    pub fn write(&self, folder: &Path) -> Result<String> {
        emptied(folder)?;
        let blobs = folder.join("blobs/sha256");
        fs::create_dir_all(&blobs).map_err(cannot("make", &blobs))?;
        for blob in self.blobs.iter().chain([&self.manifest]) {
            write(&blobs.join(hex(blob)), blob)?;
        }
        let mut manifest = descriptor(MANIFEST, &self.manifest);
        manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": VERSION });
        write(&folder.join("oci-layout"), &bytes(&json!({ "imageLayoutVersion": "1.0.0" })))?;
        write(&folder.join("index.json"), &bytes(&json!({ "schemaVersion": 2, "manifests": [manifest] })))?;
        Ok(format!("sha256:{}", hex(&self.manifest)))
    }
}

/// One file, without an owner and a time.
fn tar(module: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut header = tar::Header::new_ustar();
    header.set_size(module.len() as u64);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_entry_type(tar::EntryType::Regular);
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_data(&mut header, FILE, module)?;
    archive.into_inner()
}

/// Without a time and a file name, and the same on every operating system.
fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    const UNKNOWN_SYSTEM: u8 = 255;
    let mut gzip = GzBuilder::new().mtime(0).operating_system(UNKNOWN_SYSTEM).write(Vec::new(), Compression::best());
    gzip.write_all(bytes)?;
    gzip.finish()
}

fn annotations() -> Value {
    json!({
        "org.opencontainers.image.title": "corsac",
        "org.opencontainers.image.description": "CORS access control for Envoy and Istio: a proxy-wasm HTTP filter",
        "org.opencontainers.image.version": VERSION,
        "org.opencontainers.image.licenses": "Apache-2.0 AND MPL-2.0",
        "corsac.policy-format": corsac_policy::FORMAT_VERSION.to_string(),
    })
}

fn descriptor(media_type: &str, blob: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": format!("sha256:{}", hex(blob)), "size": blob.len() })
}

fn titled(mut descriptor: Value, title: &str) -> Value {
    descriptor["annotations"] = json!({ "org.opencontainers.image.title": title });
    descriptor
}

fn bytes(json: &Value) -> Vec<u8> {
    json.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(layout: &ImageLayout) -> Value {
        serde_json::from_slice(&layout.manifest).expect("JSON")
    }

    #[test]
    fn the_image_has_one_layer_of_one_file_without_an_owner_and_a_time() {
        let layout = image(b"module").expect("an image");
        let manifest = manifest(&layout);
        assert_eq!(manifest["layers"].as_array().map(Vec::len), Some(1));
        assert_eq!(manifest["layers"][0]["mediaType"], LAYER);
        let tar = flate2::read::GzDecoder::new(&layout.blobs[1][..]);
        let mut tar = tar::Archive::new(tar);
        let entries: Vec<_> = tar.entries().expect("entries").map(|entry| entry.expect("an entry")).collect();
        assert_eq!(entries.len(), 1);
        let header = entries[0].header();
        assert_eq!(header.path().expect("a path").to_str(), Some(FILE));
        assert_eq!((header.mtime().ok(), header.uid().ok(), header.size().ok()), (Some(0), Some(0), Some(6)));
    }

    #[test]
    fn the_image_has_the_variant_compat_as_the_specification_requires() {
        let manifest = manifest(&image(b"module").expect("an image"));
        assert_eq!(manifest["annotations"]["module.wasm.image/variant"], "compat");
    }

    #[test]
    fn the_artifact_has_the_two_layers_that_istio_expects_with_the_module_uncompressed() {
        let layout = artifact(b"module").expect("an artifact");
        let manifest = manifest(&layout);
        let types: Vec<_> =
            manifest["layers"].as_array().into_iter().flatten().map(|layer| &layer["mediaType"]).collect();
        assert_eq!(types, [RUNTIME, MODULE]);
        assert_eq!(manifest["layers"][1]["digest"], format!("sha256:{}", hex(b"module")));
    }

    #[test]
    fn the_same_module_gives_the_same_digests() {
        for form in [image, artifact] {
            assert_eq!(form(b"module").expect("one").manifest, form(b"module").expect("another").manifest);
        }
    }
}
