//! `corsac render`: a manifest around a policy.

use corsac_check::compile;
use corsac_manifests::{Target, render};
use serde_json::json;

use crate::engine::errors;
use crate::input::{Input, PolicyFile};
use crate::output::{Answer, Failure, Format, Status, failure_line};

/// Write a policy as a manifest
///
/// Image, digest and file names in it are placeholders, as in the files under envoy/.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsac render policy.json --to istio | kubectl apply -f -
  corsac render policy.json --to envoy > envoy.yaml

Exit status: 0 a manifest; 1 the policy has errors; 2 the file cannot be read.")]
pub(crate) struct Render {
    #[command(flatten)]
    policy: PolicyFile,
    /// What to write
    #[arg(long, value_name = "TARGET", value_parser = target_parser())]
    to: Target,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn target_parser() -> impl clap::builder::TypedValueParser<Value = Target> {
    use clap::builder::{PossibleValuesParser, TypedValueParser as _};
    PossibleValuesParser::new(Target::ALL.iter().map(|target| target.as_str())).try_map(|word| word.parse::<Target>())
}

impl Render {
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        let input = Input::read(&self.policy.file)?;
        let found = input.policy(self.policy.document.as_deref())?;
        if let Err(rejected) = compile(&found.policy) {
            let stderr = failure_line(&errors(&rejected.diagnostics, &input.name));
            return Ok(Answer { stderr, ..Answer::new("", Status::Findings) });
        }
        let policy = serde_json::from_str(&found.policy).map_err(|error| input.fail(&format!("{error}.")))?;
        let manifest = render(&policy, self.to);
        match self.format {
            Format::Human => Ok(Answer::new(manifest, Status::Fine)),
            Format::Json => Answer::json(&json!({ "to": self.to.as_str(), "manifest": manifest }), Status::Fine),
        }
    }
}
