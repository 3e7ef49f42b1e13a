//! Running other programs.

use std::{
    env,
    ffi::OsString,
    process::{Command, Stdio},
};

use crate::{Error, Result};

/// The cargo that runs this program, so that one toolchain builds everything.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

/// Runs a command in this terminal. `failure` begins the sentence if it fails.
///
/// # Errors
/// If the command does not start, or does not succeed.
pub fn run_to_end(command: &mut Command, failure: &str) -> Result<()> {
    match command.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Error::new(format!("{failure} ({status})."))),
        Err(error) => Err(Error::new(format!("{failure}: {error}."))),
    }
}

/// The first line that a command prints; `None` if it does not start or fails.
pub fn first_line(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.lines().next()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_fails_ends_in_the_callers_sentence() {
        let failed = run_to_end(cargo().arg("--no-such-flag").stderr(Stdio::null()), "it fails");
        assert!(failed.unwrap_err().to_string().starts_with("it fails ("));
        let absent = run_to_end(&mut Command::new("corsac-no-such-program"), "it is absent");
        assert!(absent.unwrap_err().to_string().starts_with("it is absent: "));
    }

    #[test]
    fn a_program_that_is_absent_prints_no_line() {
        assert_eq!(first_line(&mut Command::new("corsac-no-such-program")), None);
    }
}
