//! `corsac completions`: what a shell needs to complete the command line.

use clap_complete::Shell;

use crate::output::{Answer, Status};

/// Print completions for a shell
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsac completions bash > /etc/bash_completion.d/corsac
  corsac completions fish > ~/.config/fish/completions/corsac.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> Answer {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut crate::command(), "corsac", &mut script);
        Answer::new(String::from_utf8_lossy(&script), Status::Fine)
    }
}
