//! What is wrong with the policies of a file, where, and what to write instead.
//!
//! The engine knows a policy as JSON. Here its diagnostics get their places in the file, JSON or
//! YAML, and its corrections are written into it.
//!
//! ```
//! let text = "allowOrigins:\n- https://App.example.com\n";
//! let policies = corsac_manifests::find(text).expect("a policy");
//! let findings = corsac_check::findings("policy.yaml", text, &policies);
//! assert_eq!((findings[0].code, findings[0].line), ("invalid-origin", 2));
//! let fixed = corsac_check::fix(text, &policies);
//! assert_eq!(corsac_check::fix_one(text, &findings[0]).as_ref(), Some(&fixed.text));
//! assert_eq!(fixed.text, "allowOrigins:\n- \"https://app.example.com\"\n");
//! ```
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::cast_possible_truncation,
        clippy::integer_division
    )
)]

pub mod codes;
mod engine;
mod finding;
mod fix;
mod policy_text;
mod team;

pub use engine::{compile, diagnose};
pub use finding::{Finding, document_name, findings};
pub use fix::{Correction, Fixed, fix, fix_one, rewritten};
pub use policy_text::pretty;
pub use team::without_ownership;
