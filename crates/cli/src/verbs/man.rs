//! `corsac man`: the manual pages.

use clap_mangen::Man as Page;

use crate::output::{Answer, Failure, Status};

/// Print the manual page of corsac, or of one of its commands
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsac man > /usr/local/share/man/man1/corsac.1
  corsac man check | man -l -")]
pub(crate) struct Man {
    /// The command
    verb: Option<String>,
}

impl Man {
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        let mut command = crate::command();
        command.build();
        let page = match self.verb {
            None => Page::new(command),
            Some(verb) => {
                let found = command.get_subcommands().find(|known| known.get_name() == verb).cloned();
                let found = found.ok_or_else(|| Failure(format!("There is no command \"{verb}\".")))?;
                Page::new(found.display_name(format!("corsac-{verb}")))
            }
        };
        let mut text = Vec::new();
        page.render(&mut text).map_err(|error| Failure(format!("No manual page: {error}.")))?;
        Ok(Answer::new(String::from_utf8_lossy(&text), Status::Fine))
    }
}
