//! `corsac import`: a policy from what another system has.

use std::fmt::Write as _;
use std::path::PathBuf;

use corsac_check::pretty;
use corsac_manifests::{Note, import};
use serde_json::json;

use crate::input::Input;
use crate::output::{Answer, ERROR, Failure, Format, Status, WARNING, one_line, paint};

/// Turn another system's CORS configuration into a policy
///
/// The policy goes to standard output. Every difference of behaviour goes to standard error, with
/// its place. The policy is never wider than what the source evidently means: where the source lets
/// in look-alikes by mistake, the policy does not.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsac import virtual-service.yaml > policy.json
  kubectl get ingress -A -o yaml | corsac import --from ingress-nginx -
  corsac import application.yml | corsac render - --to istio

Exit status: 0 a policy; 1 no policy can be right, and why; 2 the file cannot be read.")]
pub(crate) struct Import {
    /// What the file is for; may be left out where the file says it
    #[arg(long, value_name = "SYSTEM", value_parser = system_parser())]
    from: Option<corsac_manifests::Format>,
    /// The configuration; "-" is standard input
    file: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn system_parser() -> impl clap::builder::TypedValueParser<Value = corsac_manifests::Format> {
    use clap::builder::{PossibleValuesParser, TypedValueParser as _};
    let words = corsac_manifests::Format::ALL.iter().map(|format| format.as_str());
    PossibleValuesParser::new(words).try_map(|word| word.parse::<corsac_manifests::Format>())
}

impl Import {
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        let input = Input::read(&self.file)?;
        if input.text.trim().is_empty() {
            return Err(input.fail("The file is empty."));
        }
        match (import(self.from, &input.text), self.format) {
            (Ok(import), Format::Human) => {
                let mut answer = Answer::new(pretty(&import.document), Status::Fine);
                answer.stderr = lines(&import.notes);
                Ok(answer)
            }
            (Ok(import), Format::Json) => {
                let notes = notes(&import.notes);
                let all = json!({ "from": import.format.as_str(), "policy": import.document, "notes": notes });
                Answer::json(&all, Status::Fine)
            }
            (Err(refusal), Format::Human) => {
                let mut answer = Answer::new("", Status::Findings);
                answer.stderr = lines(&refusal.notes);
                let _ = writeln!(answer.stderr, "{}: {}: {refusal}", paint(ERROR, "no policy"), input.name);
                Ok(answer)
            }
            (Err(refusal), Format::Json) => {
                let all = json!({ "policy": null, "refusal": refusal.sentence, "notes": notes(&refusal.notes) });
                Answer::json(&all, Status::Findings)
            }
        }
    }
}

fn lines(notes: &[Note]) -> String {
    let mut text = String::new();
    for note in notes {
        let _ = writeln!(text, "{}: {}", paint(WARNING, "note"), one_line(&note.to_string()));
    }
    text
}

fn notes(notes: &[Note]) -> Vec<serde_json::Value> {
    notes.iter().map(|note| json!({ "place": note.place, "line": note.line, "sentence": note.sentence })).collect()
}
