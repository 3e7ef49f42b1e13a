//! What changes between two policies.

use corsac_diff::{Side, changes, widens};
use serde_json::{Value as Json, json};

use crate::document::{policy, unsound};

pub(crate) fn diff(old: &str, new: &str) -> Result<Json, String> {
    let side = |text: &str, name: &str| {
        let found = policy(text, 0).map_err(|problem| format!("{name}: {problem}"))?;
        Side::read(&found.policy).map_err(|rejected| format!("{name}: {}", unsound(&rejected.diagnostics)))
    };
    let changes = changes(&side(old, "The policy in force")?, &side(new, "The policy to come")?);
    Ok(json!({ "widening": widens(&changes), "changes": changes }))
}
