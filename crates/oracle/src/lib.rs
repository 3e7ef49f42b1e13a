//! A second implementation of the policy's meaning, as naive as can be.
//!
//! It shares no code and no idea with the engine: origins are taken apart with
//! `split`, lists are walked, headers are vectors of strings, nothing is
//! precomputed. It is slow on purpose: where it and the engine disagree, one
//! reads it beside the contract and sees which of the two is wrong.
//!
//! It takes a configuration as plain data ([`config`]), judges origins
//! ([`origin`]), chooses a policy ([`choice`]) and answers a whole exchange
//! ([`answer`]). What it does not do: diagnostics, beyond which origins and
//! patterns are well-formed.
//!
//! [`engine`] plays the same data through the engine, for those who compare the two.

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
pub mod tenants;
pub mod wire;

#[cfg(test)]
mod origin_tests;
#[cfg(test)]
mod path_tests;
