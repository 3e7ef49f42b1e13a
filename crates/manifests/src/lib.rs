//! What people have: other systems' CORS configurations, and the manifests that carry a policy.
//!
//! * [`import`] reads another system's configuration and writes a policy, with a note for every
//!   difference.
//! * [`find`] finds the policies in a file: a policy alone, or inside a manifest.
//! * [`render`] writes a manifest around a policy.
//! * [`CAPABILITIES`] lists what Envoy has to allow the filter.
//!
//! There is no I/O here, nothing panics, and the work is bounded whatever the text holds.
//!
//! ```
//! let text = "
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: { name: api }
//! spec:
//!   hosts: ['*']
//!   http:
//!   - corsPolicy:
//!       allowOrigins: [{ exact: https://app.example.com }]
//!       allowMethods: [GET]
//! ";
//! let import = corsac_manifests::import(None, text).expect("a corsPolicy");
//! assert_eq!(import.document["allowOrigins"][0], "https://app.example.com");
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

mod capabilities;
mod find;
mod import;
mod render;
mod source;

pub use capabilities::{CAPABILITIES, SOURCE_CAPABILITIES, capabilities_for, capability_restriction};
pub use find::{Found, Spot, find, text};
pub use import::{Format, Import, Note, Refusal, import};
pub use render::{Target, render};
