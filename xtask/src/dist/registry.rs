//! A registry of our own, and skopeo to push to it and to pull from it.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use corsac_testbed::client::{Request, http1};
use corsac_testbed::{DEADLINE, poll, ports};

use super::{VERSION, cannot};
use crate::Outcome;

const REGISTRY: &str = "docker-registry";
const SKOPEO: &str = "skopeo";

/// A running registry. Dropping it ends it.
pub struct Registry {
    process: Child,
    address: SocketAddr,
}

impl Registry {
    /// Starts one that keeps everything in `folder`.
    pub fn start(folder: &Path) -> Outcome<Self> {
        let port = *ports::free(1).map_err(|error| error.to_string())?.first().ok_or("there is no free port.")?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        fs::create_dir_all(folder).map_err(cannot("make", folder))?;
        let configuration = folder.join("registry.json");
        // JSON is YAML.
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
        poll(DEADLINE, "the registry answers", ready).map_err(|error| error.to_string())?;
        Ok(registry)
    }

    /// Pushes a layout under that name; returns the digest under which the registry has it.
    pub fn push(&self, layout: &Path, name: &str) -> Outcome<String> {
        let (from, to) = (format!("oci:{}:{VERSION}", layout.display()), self.reference(name));
        skopeo(&["copy", "--dest-tls-verify=false", &from, &to])?;
        let request =
            Request::new("HEAD", format!("/v2/{name}/manifests/{VERSION}")).header("accept", super::oci::MANIFEST);
        let answer =
            http1::send(self.address, &request).map_err(|error| format!("the registry does not answer: {error}."))?;
        let digest = answer.headers.joined("docker-content-digest").and_then(|digest| String::from_utf8(digest).ok());
        digest.ok_or_else(|| format!("the registry has no {name}: {}.", answer.status))
    }

    /// Pulls what was pushed under that name, by its digest, into an empty folder.
    pub fn pull(&self, name: &str, digest: &str, folder: &Path) -> Outcome<Pulled> {
        let from = format!("docker://{}/{name}@{digest}", self.address);
        skopeo(&["copy", "--src-tls-verify=false", &from, &format!("dir:{}", folder.display())])?;
        Ok(Pulled { folder: folder.to_owned() })
    }

    fn reference(&self, name: &str) -> String {
        format!("docker://{}/{name}:{VERSION}", self.address)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // Its own child only; that it may have ended already is no error.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A manifest and its blobs, each in a file named by its digest.
pub struct Pulled {
    folder: PathBuf,
}

impl Pulled {
    pub fn manifest(&self) -> Outcome<Vec<u8>> {
        let path = self.folder.join("manifest.json");
        fs::read(&path).map_err(cannot("read", &path))
    }

    /// The blob of a digest, `sha256:` and its digits.
    pub fn blob(&self, digest: &str) -> Outcome<Vec<u8>> {
        let path = self.folder.join(digest.trim_start_matches("sha256:"));
        fs::read(&path).map_err(cannot("read", &path))
    }
}

fn skopeo(arguments: &[&str]) -> Outcome<()> {
    // Debian's skopeo wants to know whose signatures it has to see: nobody's.
    let output = Command::new(SKOPEO).arg("--insecure-policy").args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| missing(SKOPEO, &error))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("skopeo {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
}

fn missing(program: &str, error: &std::io::Error) -> String {
    format!(
        "{program} does not start ({error}); install it (Debian: `apt-get install docker-registry skopeo`) and run this again."
    )
}
