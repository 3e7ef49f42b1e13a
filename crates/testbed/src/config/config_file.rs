//! A configuration file that is written for people, and that a test or the demo changes for itself.

use std::{collections::HashMap, fs, path::Path};

use serde_json::Value;

use crate::{Error, Result};

/// The content of a configuration file.
pub struct ConfigFile {
    name: String,
    /// All of it, to be changed.
    pub value: Value,
}

impl ConfigFile {
    /// Reads a YAML file.
    ///
    /// # Errors
    /// If it cannot be read, or is not YAML.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(Error::when(path.display()))?;
        Self::parse(path.display().to_string(), &text)
    }

    /// Reads YAML text. Errors call it `name`.
    ///
    /// # Errors
    /// If it is not YAML.
    pub fn parse(name: impl Into<String>, text: &str) -> Result<Self> {
        let name = name.into();
        let value = serde_norway::from_str(text).map_err(Error::when(format!("{name} is not YAML")))?;
        Ok(Self { name, value })
    }

    /// The value at a JSON Pointer.
    ///
    /// # Errors
    /// If there is none.
    pub fn at(&mut self, pointer: &str) -> Result<&mut Value> {
        let missing = || Error::new(format!("{} has nothing to change at {pointer}.", self.name));
        self.value.pointer_mut(pointer).ok_or_else(missing)
    }

    /// Adds an item to the list at a JSON Pointer.
    ///
    /// # Errors
    /// If there is no list.
    pub fn push(&mut self, pointer: &str, item: Value) -> Result<()> {
        let missing = format!("{} has no list at {pointer} to add to.", self.name);
        self.at(pointer)?.as_array_mut().ok_or_else(|| Error::new(missing))?.push(item);
        Ok(())
    }

    /// Sets the port of the address at a JSON Pointer.
    ///
    /// # Errors
    /// If there is no address.
    pub fn set_port(&mut self, address: &str, port: u16) -> Result<()> {
        *self.at(&format!("{address}/socket_address/port_value"))? = port.into();
        Ok(())
    }

    /// Replaces every port in the file; `ports` maps each written port to another.
    ///
    /// # Errors
    /// If the file has a port that `ports` does not map.
    pub fn move_ports(&mut self, ports: &HashMap<u16, u16>) -> Result<()> {
        let mut unmapped = None;
        each(&mut self.value, &mut |key, value| {
            if key == "port_value" {
                let other = value.as_u64().and_then(|port| ports.get(&u16::try_from(port).ok()?));
                match other {
                    Some(other) => *value = (*other).into(),
                    None => unmapped = Some(value.clone()),
                }
            }
        });
        match unmapped {
            Some(port) => Err(Error::new(format!("{} has the port {port}, which has no replacement.", self.name))),
            None => Ok(()),
        }
    }

    /// Replaces every string that is exactly `text` by `other`.
    ///
    /// # Errors
    /// If there is none.
    pub fn replace(&mut self, text: &str, other: &str) -> Result<()> {
        let mut found = false;
        each(&mut self.value, &mut |_, value| {
            if value.as_str() == Some(text) {
                *value = other.into();
                found = true;
            }
        });
        if found { Ok(()) } else { Err(Error::new(format!("{} has no string {text}.", self.name))) }
    }
}

/// Calls `change` with every value under `value`, and with its name if it has one.
fn each(value: &mut Value, change: &mut impl FnMut(&str, &mut Value)) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                change(key, value);
                each(value, change);
            }
        }
        Value::Array(items) => {
            for item in items {
                change("", item);
                each(item, change);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file() -> ConfigFile {
        ConfigFile::parse("a.yaml", "a: { socket_address: { port_value: 1 } }\nb: [{ port_value: 2 }, here]").unwrap()
    }

    #[test]
    fn every_port_is_replaced_or_the_error_names_it() {
        let mut all = file();
        all.move_ports(&HashMap::from([(1, 11), (2, 12)])).unwrap();
        assert_eq!(
            all.value,
            json!({ "a": { "socket_address": { "port_value": 11 } }, "b": [{ "port_value": 12 }, "here"] })
        );
        let error = file().move_ports(&HashMap::from([(1, 11)])).unwrap_err().to_string();
        assert_eq!(error, "a.yaml has the port 2, which has no replacement.");
    }

    #[test]
    fn only_values_that_are_there_can_be_changed() {
        let mut file = file();
        file.set_port("/a", 7).unwrap();
        file.push("/b", json!("there")).unwrap();
        file.replace("here", "elsewhere").unwrap();
        assert_eq!(file.value["b"], json!([{ "port_value": 2 }, "elsewhere", "there"]));
        let error = file.set_port("/c", 7).unwrap_err().to_string();
        assert_eq!(error, "a.yaml has nothing to change at /c/socket_address/port_value.");
        assert_eq!(file.push("/a", json!(1)).unwrap_err().to_string(), "a.yaml has no list at /a to add to.");
        assert_eq!(file.replace("here", "").unwrap_err().to_string(), "a.yaml has no string here.");
    }
}
