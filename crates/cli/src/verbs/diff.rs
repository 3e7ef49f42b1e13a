//! `corsac diff`: who gains or loses access between two policies, decided on languages and not on
//! text.

use std::fmt::Write as _;
use std::path::PathBuf;

use corsac_diff::{Change, Side, changes, widens};

use crate::engine::sound;
use crate::input::Input;
use crate::output::{Answer, BOLD, ERROR, Failure, Format, GOOD, Status, WARNING, paint};

/// Compare two policies: which origins, methods, headers and paths gain or lose access
///
/// Origins are compared as languages, so a list and the regex that says the same do not differ.
/// Each difference shows an origin that is let in by one policy and not by the other.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsac diff policy.json new.json
  git show main:policy.json | corsac diff - policy.json --fail-on-widening
  corsac diff policy.json --trial

Exit status: 0 compared; 1 with --fail-on-widening, something gains access; 2 a file cannot be read or has errors.")]
pub(crate) struct Diff {
    /// The policy in force
    old: PathBuf,
    /// The policy to come
    #[arg(required_unless_present = "trial")]
    new: Option<PathBuf>,
    /// Compare the policy with its trial, put in its place
    #[arg(long, conflicts_with = "new")]
    trial: bool,
    /// Fail if anything gains access
    #[arg(long)]
    fail_on_widening: bool,
    /// Which policy, where a file holds several
    #[arg(long, value_name = "NAME")]
    document: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Diff {
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        let input = Input::read(&self.old)?;
        let found = input.policy(self.document.as_deref())?;
        let old = sound(Side::read(&found.policy), &input.name)?;
        let new = if let Some(new) = &self.new {
            self.side(new)?
        } else {
            let tried = corsac_policy::tried(found.policy.as_bytes());
            let tried = tried.ok_or_else(|| input.fail("No policy here has a \"trial\"."))?;
            sound(Side::read(&tried), &input.name)?
        };
        let changes = changes(&old, &new);
        let widens = widens(&changes);
        let status = if widens && self.fail_on_widening { Status::Findings } else { Status::Fine };
        match self.format {
            Format::Human => Ok(Answer::new(
                report(&changes, widens, if self.trial { "the trial" } else { "the new policy" }),
                status,
            )),
            Format::Json => Answer::json(&serde_json::json!({ "widening": widens, "changes": changes }), status),
        }
    }

    fn side(&self, file: &std::path::Path) -> Result<Side, Failure> {
        let input = Input::read(file)?;
        let found = input.policy(self.document.as_deref())?;
        sound(Side::read(&found.policy), &input.name)
    }
}

fn report(changes: &[Change], widens: bool, new: &str) -> String {
    let mut text = String::new();
    for change in changes {
        let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "no policy".to_owned());
        let (old, new) = (name(&change.old), name(&change.new));
        let names = if old == new { old } else { format!("{old} -> {new}") };
        let _ = writeln!(text, "{} ({names})", paint(BOLD, &change.place));
        let rows = [("+", GOOD, &change.gained), ("-", ERROR, &change.lost), ("~", WARNING, &change.changed)];
        for (sign, style, items) in rows {
            for item in items {
                let witness = item.witness.as_ref().filter(|witness| **witness != item.value);
                let witness = witness.map(|witness| format!("  such as {witness}")).unwrap_or_default();
                let _ = writeln!(text, "  {} {} {}{witness}", paint(style, sign), item.what, item.value);
            }
        }
    }
    let _ = match (changes.is_empty(), widens) {
        (true, _) => writeln!(text, "the policies allow the same"),
        (false, true) => writeln!(text, "{new} allows more"),
        (false, false) => writeln!(text, "{new} allows nothing more"),
    };
    text
}
