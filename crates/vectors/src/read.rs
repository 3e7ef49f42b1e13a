//! Reads the vectors from the files, and collects every mistake.

use std::collections::{BTreeMap, HashSet};

use toml::{Table, Value};

use crate::{Problem, Problems, Vectors, diagnosis::DiagnosisToml, exchange::ExchangeToml};

/// Reads vector files, given by name and text.
pub fn parse(files: &[(&'static str, &str)]) -> Result<Vectors, Problems> {
    let mut reading = Reading::default();
    for &(file, text) in files {
        reading.file(file, text);
    }
    if reading.problems.is_empty() { Ok(reading.vectors) } else { Err(Problems(reading.problems)) }
}

#[derive(Default)]
struct Reading {
    vectors: Vectors,
    names: HashSet<String>,
    problems: Vec<Problem>,
}

impl Reading {
    fn file(&mut self, file: &'static str, text: &str) {
        let mut table = match text.parse::<Table>() {
            Ok(table) => table,
            Err(error) => return self.problem(file, None, error.to_string()),
        };
        let policies = match table.remove("policies").map_or(Ok(BTreeMap::new()), Value::try_into) {
            Ok(policies) => policies,
            Err(error) => return self.problem(file, None, format!("[policies]: {}", error.message())),
        };
        for (name, value) in self.entries(file, &mut table, "exchange") {
            match value.try_into::<ExchangeToml>().map_err(|error| error.message().to_owned()) {
                Ok(written) => match written.read(file, &policies) {
                    Ok(vector) => self.vectors.exchanges.push(vector),
                    Err(what) => self.problem(file, name, what),
                },
                Err(what) => self.problem(file, name, what),
            }
        }
        for (name, value) in self.entries(file, &mut table, "diagnosis") {
            match value.try_into::<DiagnosisToml>() {
                Ok(written) => self.vectors.diagnoses.push(written.read(file)),
                Err(error) => self.problem(file, name, error.message().to_owned()),
            }
        }
        for key in table.keys() {
            self.problem(file, None, format!("unknown table {key:?}; write [policies], [[exchange]] or [[diagnosis]]"));
        }
    }

    /// The entries of an array of tables, each with its name, which must be unique.
    fn entries(&mut self, file: &str, table: &mut Table, key: &str) -> Vec<(Option<String>, Value)> {
        let entries = match table.remove(key) {
            Some(Value::Array(entries)) => entries,
            Some(_) => {
                self.problem(file, None, format!("{key:?} is not an array of tables; write [[{key}]]"));
                return Vec::new();
            }
            None => return Vec::new(),
        };
        let mut named = Vec::with_capacity(entries.len());
        for entry in entries {
            let name = entry.get("name").and_then(Value::as_str).map(str::to_owned);
            if let Some(name) = &name
                && !self.names.insert(name.clone())
            {
                self.problem(file, Some(name.clone()), "another vector has the same name".to_owned());
            }
            named.push((name, entry));
        }
        named
    }

    fn problem(&mut self, file: &str, vector: Option<String>, what: String) {
        self.problems.push(Problem { file: file.to_owned(), vector, what });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        parse(&[("a.toml", text)]).unwrap_err().to_string()
    }

    #[test]
    fn a_mistake_names_the_file_and_the_vector() {
        let text = "[[exchange]]\nname = 'n'\nlaw = 'l'\npolicy = 'p'\nrequest = 'GET /'\nexpect = '200'\n";
        assert_eq!(problem(text), "a.toml: \"n\": there is no policy \"p\" in [policies]\n");
        assert!(
            problem("[[exchange]]\nname = 'n'\nnonsense = 1").starts_with("a.toml: \"n\": unknown field `nonsense`")
        );
        assert!(problem("[[exchange]").starts_with("a.toml: "));
        assert!(problem("[[exchanges]]\n").contains("unknown table"));
    }

    #[test]
    fn two_vectors_of_one_name_are_refused() {
        let one = "[[diagnosis]]\nname = 'n'\nlaw = 'l'\npolicy = ''\nreport = []\n";
        assert!(problem(&format!("{one}{one}")).contains("another vector has the same name"));
    }

    #[test]
    fn every_committed_file_is_readable() {
        if let Err(problems) = crate::all() {
            panic!("{problems}");
        }
    }
}
