//! A team's policy: an ordinary one with two members that only `corsac merge` reads.

use serde_json::Value as Json;

/// The member that names the team.
const TEAM: &str = "team";
/// The member that lists the hosts and paths that are the team's.
const OWNS: &str = "owns";

/// The policy of a document that says what a team owns, without that; `None` for any other.
pub fn without_ownership(policy: &str) -> Option<Json> {
    if !policy.contains(OWNS) {
        return None;
    }
    let mut policy: Json = serde_json::from_str(policy).ok()?;
    let members = policy.as_object_mut()?;
    members.remove(OWNS)?;
    members.remove(TEAM);
    Some(policy)
}
