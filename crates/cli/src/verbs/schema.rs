//! `corsac schema`: the JSON Schema of the configuration.

use crate::output::{Answer, Status};

/// Print the JSON Schema (2020-12) of the configuration, for editors
///
/// It knows the form of a configuration: fields, types, words. What a policy means, and risks, only
/// check knows.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsac schema > corsac.schema.json

For the YAML extension of VS Code, the first line of a policy:
  # yaml-language-server: $schema=corsac.schema.json

For JSON in VS Code, in settings.json:
  \"json.schemas\": [{ \"fileMatch\": [\"corsac*.json\"], \"url\": \"./corsac.schema.json\" }]")]
pub(crate) struct Schema {}

const SCHEMA: &str = include_str!("../../../../docs/schema.json");

impl Schema {
    pub(crate) fn run(&self) -> Answer {
        let Self {} = self;
        Answer::new(SCHEMA, Status::Fine)
    }
}
