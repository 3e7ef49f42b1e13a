//! A local registry, and skopeo to push to it and pull from it.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use corsac_testbed::client::{Request, http1};
use corsac_testbed::{DEADLINE, poll, ports};
use corsac_testbed::{Error, Result};

use super::{VERSION, cannot};

const REGISTRY: &str = "docker-registry";
const SKOPEO: &str = "skopeo";

/// A running registry. Dropping it stops it.
pub struct Registry {
    process: Child,
    address: SocketAddr,
}

impl Registry {
    /// Starts one that stores everything in `folder`.
    pub fn start(folder: &Path) -> Result<Self> {
        let port = *ports::free(1)?.first().ok_or("there is no free port.")?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        fs::create_dir_all(folder).map_err(cannot("make", folder))?;
        let configuration = folder.join("registry.json");
        // The configuration is YAML, of which JSON is a subset.
        let content = serde_json::json!({
            "version": 0.1,
            "log": { "level": "warn" },
            "storage": { "filesystem": { "rootdirectory": folder.join("storage") } },
            "http": { "addr": address.to_string() },
        });
        super::write(&configuration, content.to_string().as_bytes())?;
        let log = fs::File::create(folder.join("registry.log")).map_err(cannot("write", folder))?;
        let process = Command::new(REGISTRY)
            .arg("serve")
            .arg(&configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| missing(REGISTRY, &error))?;
        let registry = Self { process, address };
        let ready = || http1::send(address, &Request::new("GET", "/v2/")).ok().filter(|answer| answer.status == 200);
        poll(DEADLINE, "the registry answers", ready)?;
        Ok(registry)
    }

    /// Pushes a layout under that name. Returns its digest in the registry.
    pub fn push(&self, layout: &Path, name: &str) -> Result<String> {
        let (from, to) = (format!("oci:{}:{VERSION}", layout.display()), self.reference(name));
        skopeo(&["copy", "--dest-tls-verify=false", &from, &to])?;
        let request =
            Request::new("HEAD", format!("/v2/{name}/manifests/{VERSION}")).header("accept", super::oci::MANIFEST);
        let answer = http1::send(self.address, &request)
            .map_err(|error| Error::new(format!("the registry does not answer: {error}.")))?;
        let digest = answer.headers.joined("docker-content-digest").and_then(|digest| String::from_utf8(digest).ok());
        digest.ok_or_else(|| Error::new(format!("the registry has no {name}: {}.", answer.status)))
    }

    /// Pulls the image of that name and digest into an empty folder.
    pub fn pull(&self, name: &str, digest: &str, folder: &Path) -> Result<PulledImage> {
        let from = format!("docker://{}/{name}@{digest}", self.address);
        skopeo(&["copy", "--src-tls-verify=false", &from, &format!("dir:{}", folder.display())])?;
        Ok(PulledImage { folder: folder.to_owned() })
    }

    fn reference(&self, name: &str) -> String {
        format!("docker://{}/{name}:{VERSION}", self.address)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended already, which is no error.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A manifest and its blobs in a folder, where each blob's file is named by its digest.
pub struct PulledImage {
    folder: PathBuf,
}

impl PulledImage {
    pub fn manifest(&self) -> Result<Vec<u8>> {
        let path = self.folder.join("manifest.json");
        fs::read(&path).map_err(cannot("read", &path))
    }

    /// The blob of a digest, `sha256:` and its digits.
    pub fn blob(&self, digest: &str) -> Result<Vec<u8>> {
        let path = self.folder.join(digest.trim_start_matches("sha256:"));
        fs::read(&path).map_err(cannot("read", &path))
    }
}

fn skopeo(arguments: &[&str]) -> Result<()> {
    // Debian's skopeo needs a policy for signatures. These images have none.
    let output = Command::new(SKOPEO).arg("--insecure-policy").args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| missing(SKOPEO, &error))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::new(format!("skopeo {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim())))
}

fn missing(program: &str, error: &std::io::Error) -> Error {
    Error::new(format!(
        "{program} does not start ({error}); install it (Debian: `apt-get install docker-registry skopeo`) and run this again."
    ))
}
