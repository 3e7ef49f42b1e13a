//! `corsac sync`: the origins that a service lists, in a policy's file.

mod fetch;
mod policy;

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use corsac_check::{pretty, rewritten};
use corsac_manifests::{Found, Target, render};
use corsac_origin_list::Format as ListFormat;
use serde_json::json;

use crate::input::{Input, PolicyFile};
use crate::output::{Answer, Failure, Format, Status, WARNING, count, failure_line, one_line, paint};
use crate::replace::replace;
use fetch::Service;
use policy::{LeftOut, Synced};

/// How many of the entries that were left out a report shows.
const MOST_SHOWN: usize = 20;

/// Add the origins that a service lists to a policy, and write the whole as a file of its own
///
/// POLICY is written by people and never changed. The file of --output is made of it and of the
/// list, so nothing in it needs a mark. It is replaced at once, and only if it changes. The list is
/// {"origins": […]}, an array, lines, Okta's trusted origins or Keycloak's clients. Only exact
/// origins are taken from it; what the policy does not accept is left out and told. If anything
/// fails, the file stays as it is.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsac sync policy.json --from https://tenants.example.com/origins --to ecds --output corsac.yaml
  corsac sync wasmplugin.yaml --from https://idp.example.com/api/v1/trustedOrigins \\
      --header @okta-header.txt --output generated/wasmplugin.yaml
  curl -s … | corsac sync policy.json --policy partners --from - --output corsac.json

Exit status: 0 written, or nothing to change; 1 the policy cannot take the list; 2 something cannot be read
or written.")]
pub(crate) struct Sync {
    #[command(flatten)]
    file: PolicyFile,
    /// Which policy of the document takes the origins, where it has several
    #[arg(long, value_name = "NAME")]
    policy: Option<String>,
    #[command(flatten)]
    service: Service,
    /// The form of the list
    #[arg(long, value_name = "FORM", default_value = "auto", value_parser = list_format_parser())]
    list: ListFormat,
    /// Refuse a list with fewer origins, which is more likely a fault of the service
    #[arg(long, value_name = "N", default_value_t = 0)]
    at_least: usize,
    /// What to write [default: POLICY's own form]
    #[arg(long, value_name = "TARGET", value_parser = target_parser())]
    to: Option<To>,
    /// The file to write; standard output without it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How to print the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What is written.
#[derive(Clone, Copy, Debug)]
enum To {
    /// The policy as JSON.
    Policy,
    /// A manifest around it.
    Manifest(Target),
}

fn list_format_parser() -> impl clap::builder::TypedValueParser<Value = ListFormat> {
    PossibleValuesParser::new(ListFormat::ALL.map(ListFormat::as_str))
        .try_map(|word| word.parse().map_err(|()| "unknown form"))
}

fn target_parser() -> impl clap::builder::TypedValueParser<Value = To> {
    let targets = Target::ALL.iter().map(|target| target.as_str());
    PossibleValuesParser::new(["policy", "wasmplugin"].into_iter().chain(targets)).try_map(|word| match word.as_str() {
        "policy" => Ok(To::Policy),
        "wasmplugin" => Ok(To::Manifest(Target::Istio)),
        word => word.parse().map(To::Manifest),
    })
}

/// What the service lists.
struct Listed {
    origins: Vec<String>,
    left_out: Vec<LeftOut>,
}

impl Sync {
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        let input = Input::read(&self.file.file)?;
        let found = input.policy(self.file.document.as_deref())?;
        let listed = self.listed()?;
        let mut synced = match policy::sync(&found.policy, self.policy.as_deref(), listed.origins) {
            Ok(synced) => synced,
            Err(sentence) => {
                let stderr = failure_line(&input.fail(&sentence));
                return Ok(Answer { stderr, ..Answer::new("", Status::Findings) });
            }
        };
        synced.left_out.splice(0..0, listed.left_out);
        let text = self.text(&input, &found, &synced)?;
        let Some(output) = &self.output else {
            let report = self.report(&synced, None)?;
            return Ok(Answer { stderr: report, ..Answer::new(text, Status::Fine) });
        };
        let changed = replace(output, &text)?;
        Ok(Answer::new(self.report(&synced, Some(changed))?, Status::Fine))
    }

    /// All pages of the list.
    fn listed(&self) -> Result<Listed, Failure> {
        let mut listed = Listed { origins: Vec::new(), left_out: Vec::new() };
        for body in self.service.bodies()? {
            let list =
                corsac_origin_list::read(&body, self.list).map_err(|error| self.service.fail(&error.to_string()))?;
            listed.origins.extend(list.origins.into_iter().map(String::from));
            listed.left_out.extend(list.left_out.into_iter().map(|entry| LeftOut {
                origin: entry.text.into_owned(),
                code: None,
                sentence: entry.reason.to_string(),
            }));
        }
        listed.origins.sort_unstable();
        listed.origins.dedup();
        let origins = listed.origins.len();
        if origins < self.at_least {
            let sentence =
                format!("The list has {}, fewer than --at-least {}.", count(origins, "origin"), self.at_least);
            return Err(self.service.fail(&sentence));
        }
        Ok(listed)
    }

    /// The text of the file.
    fn text(&self, input: &Input, found: &Found, synced: &Synced) -> Result<String, Failure> {
        let json = pretty(&synced.document);
        match self.to {
            Some(To::Policy) => Ok(json),
            Some(To::Manifest(target)) => Ok(render(&synced.document, target)),
            None => {
                let all = input.policies()?;
                let index = all.iter().position(|other| other.start == found.start && other.policy == found.policy);
                let compact = synced.document.to_string();
                let written = index.and_then(|index| {
                    rewritten(&input.text, index, &json, |_, column| indented(&json, column))
                        .or_else(|| rewritten(&input.text, index, &json, |_, _| compact.clone()))
                });
                written.ok_or_else(|| {
                    input.fail("The origins cannot be written into this form of YAML; write another with \"--to\".")
                })
            }
        }
    }

    fn report(&self, synced: &Synced, changed: Option<bool>) -> Result<String, Failure> {
        if self.format == Format::Json {
            let report = json!({
                "from": self.service.name(), "added": synced.added, "known": synced.known,
                "leftOut": synced.left_out, "changed": changed,
            });
            return Ok(Answer::json(&report, Status::Fine)?.stdout);
        }
        let mut text = String::new();
        for entry in synced.left_out.iter().take(MOST_SHOWN) {
            let code = entry.code.map(|code| format!("[{code}]")).unwrap_or_default();
            let word = paint(WARNING, format!("left out{code}"));
            let _ = writeln!(text, "{word}: {}: {}", one_line(&entry.origin), one_line(&entry.sentence));
        }
        if synced.left_out.len() > MOST_SHOWN {
            let _ = writeln!(text, "and {} more", synced.left_out.len() - MOST_SHOWN);
        }
        let sum = [
            format!("{} added", count(synced.added, "origin")),
            format!("{} already allowed", synced.known),
            format!("{} left out", synced.left_out.len()),
        ];
        let end = match changed {
            Some(true) => "; written",
            Some(false) => "; nothing to change",
            None => "",
        };
        let _ = writeln!(text, "{}: {}{end}", self.service.name(), sum.join(", "));
        Ok(text)
    }
}

/// JSON text for a block of YAML: the lines after the first begin in the column of the first.
fn indented(json: &str, column: usize) -> String {
    json.trim_end().replace('\n', &format!("\n{}", " ".repeat(column.saturating_sub(1))))
}
