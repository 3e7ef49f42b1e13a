//! A second implementation of the policy's meaning, as naive as possible.
//!
//! It shares no code and no idea with the engine. It splits origins with `split`, walks lists,
//! keeps headers in vectors of strings, and precomputes nothing. It is slow on purpose. Where it
//! and the engine disagree, read it beside the contract, and see which of the two is wrong.
//!
//! It takes a configuration as plain data ([`config`]), judges origins ([`origin`]), chooses a
//! policy ([`choice`]) and answers a whole exchange ([`answer`]). It makes no diagnostics; it only
//! says which origins and patterns are well-formed.
//!
//! [`engine`] runs the engine on the same data, for tests that compare the two.

#![allow(missing_docs, reason = "plain data, named as docs/configuration.md names it")]
#![allow(clippy::missing_panics_doc, reason = "an oracle that cannot answer must stop its test")]

pub mod answer;
pub mod choice;
pub mod config;
pub mod engine;
pub mod lists;
pub mod origin;
mod preflight;
pub mod readings;
mod reply;
pub mod tenants;
pub mod wire;

#[cfg(test)]
mod origin_tests;
#[cfg(test)]
mod path_tests;
