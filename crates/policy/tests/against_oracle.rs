//! The engine against a naive second implementation (`crates/oracle`): random configurations and
//! requests, look-alikes and near misses must get the same answer from both.
//!
//! `CORSAC_ORACLE_EFFORT=20 cargo test -p corsac-policy --test against_oracle` runs twenty times as
//! many cases.

#![cfg(not(target_family = "wasm"))] // proptest needs files, threads and time

mod against_oracle {
    mod configurations;
    mod document;
    mod exchanges;
    mod generate;
    mod lists;
    mod origins;
    mod patterns;
    mod regexes;
    mod risks;
    mod rules;
    mod sources;
    mod tenants;
}
