//! The engine's own look-up, without the decision around it.

use corsac_policy::Policies;

/// Whether a single policy allows `origin`.
pub fn is_allowed(policies: &Policies, origin: &[u8]) -> bool {
    policies.check_origin("default", origin) == Some(Ok(()))
}

/// Compiles regexes to one table: without the proof that each of them is harmless, which is most of
/// a configuration's work.
pub fn table(regexes: &[String]) -> regular_language::Table {
    use regular_language::{Language, Limits, Table, syntax};
    let languages: Vec<Language> =
        regexes.iter().map(|regex| syntax::parse(regex).expect("a regex").language).collect();
    Table::compile(&languages, &Limits::default()).expect("within the limits")
}
