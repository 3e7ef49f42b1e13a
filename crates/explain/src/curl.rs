//! A pasted `curl` command.

use crate::question::Question;

/// The request that the command makes, as a page would make it. `page`: the page's origin, where the
/// command's own `Origin` does not count or is missing.
///
/// # Errors
/// A sentence that says what cannot be read, or that the origin is missing.
pub fn parse(command: &str, page: Option<&str>) -> Result<Question, String> {
    Err(format!("not written yet: {command} {page:?}"))
}
