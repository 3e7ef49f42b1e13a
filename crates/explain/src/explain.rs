//! The join of the engine and the browser.

use crate::explanation::Explanation;
use crate::question::{Problem, Question, Routing, Upstream};

/// Explains one request of one page under a configuration, JSON text.
///
/// # Errors
/// [`Problem`] where there is nothing to explain.
pub fn explain(
    configuration: &[u8],
    question: &Question,
    upstream: &Upstream,
    routing: &Routing,
) -> Result<Explanation, Problem> {
    let _ = (configuration, question, upstream, routing);
    Err(Problem::Page("not written yet".to_owned()))
}
