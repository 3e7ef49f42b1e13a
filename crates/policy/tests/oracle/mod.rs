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

pub mod answer;
pub mod choice;
pub mod config;
pub mod lists;
pub mod origin;
mod origin_tests;
mod path_tests;
mod preflight;
pub mod wire;
