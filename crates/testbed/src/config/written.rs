//! A configuration that is written for people, of which a test or the demo makes its own variant.

use std::{collections::HashMap, fs, path::Path};

use serde_json::Value;

use crate::{Error, Result};

/// Envoy's configuration as a file has it.
pub struct Written {
    name: String,
    /// The whole of it, to be changed.
    pub value: Value,
}

impl Written {
    /// Reads a file of YAML.
    ///
    /// # Errors
    /// When it cannot be read, or is no YAML.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(Error::when(path.display()))?;
        Self::parse(path.display().to_string(), &text)
    }

    /// Reads text of YAML; `name` is what errors call it.
    ///
    /// # Errors
    /// When it is no YAML.
    pub fn parse(name: impl Into<String>, text: &str) -> Result<Self> {
        let name = name.into();
        let value = serde_norway::from_str(text).map_err(Error::when(format!("{name} is no YAML")))?;
        Ok(Self { name, value })
    }

    /// The value at a JSON Pointer.
    ///
    /// # Errors
    /// When there is none.
    pub fn at(&mut self, pointer: &str) -> Result<&mut Value> {
        let missing = || Error::new(format!("{} has nothing at {pointer}, which is to be changed.", self.name));
        self.value.pointer_mut(pointer).ok_or_else(missing)
    }

    /// Adds an item to the list at a JSON Pointer.
    ///
    /// # Errors
    /// When there is no list.
    pub fn push(&mut self, pointer: &str, item: Value) -> Result<()> {
        let missing = format!("{} has no list at {pointer}, which is to grow.", self.name);
        self.at(pointer)?.as_array_mut().ok_or_else(|| Error::new(missing))?.push(item);
        Ok(())
    }

    /// Sets the port of the address at a JSON Pointer.
    ///
    /// # Errors
    /// When there is no address.
    pub fn set_port(&mut self, address: &str, port: u16) -> Result<()> {
        *self.at(&format!("{address}/socket_address/port_value"))? = port.into();
        Ok(())
    }

    /// Puts other ports in the place of all that are written; `ports`: written -> other.
    ///
    /// # Errors
    /// When one is written for which there is no other.
    pub fn move_ports(&mut self, ports: &HashMap<u16, u16>) -> Result<()> {
        let mut strange = None;
        each(&mut self.value, &mut |key, value| {
            if key == "port_value" {
                let other = value.as_u64().and_then(|port| ports.get(&u16::try_from(port).ok()?));
                match other {
                    Some(other) => *value = (*other).into(),
                    None => strange = Some(value.clone()),
                }
            }
        });
        match strange {
            Some(port) => Err(Error::new(format!("{} has the port {port}, which nobody moves.", self.name))),
            None => Ok(()),
        }
    }

    /// Puts `other` in the place of every string that is exactly `text`.
    ///
    /// # Errors
    /// When there is none.
    pub fn replace(&mut self, text: &str, other: &str) -> Result<()> {
        let mut found = false;
        each(&mut self.value, &mut |_, value| {
            if value.as_str() == Some(text) {
                *value = other.into();
                found = true;
            }
        });
        if found { Ok(()) } else { Err(Error::new(format!("{} nowhere says {text}.", self.name))) }
    }
}

/// Every value under `value`, with its name where it has one.
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

    fn written() -> Written {
        Written::parse("a.yaml", "a: { socket_address: { port_value: 1 } }\nb: [{ port_value: 2 }, here]").unwrap()
    }

    #[test]
    fn every_port_is_moved_or_the_error_names_it() {
        let mut all = written();
        all.move_ports(&HashMap::from([(1, 11), (2, 12)])).unwrap();
        assert_eq!(
            all.value,
            json!({ "a": { "socket_address": { "port_value": 11 } }, "b": [{ "port_value": 12 }, "here"] })
        );
        let error = written().move_ports(&HashMap::from([(1, 11)])).unwrap_err().to_string();
        assert_eq!(error, "a.yaml has the port 2, which nobody moves.");
    }

    #[test]
    fn what_is_to_be_changed_has_to_be_there() {
        let mut written = written();
        written.set_port("/a", 7).unwrap();
        written.push("/b", json!("there")).unwrap();
        written.replace("here", "elsewhere").unwrap();
        assert_eq!(written.value["b"], json!([{ "port_value": 2 }, "elsewhere", "there"]));
        let error = written.set_port("/c", 7).unwrap_err().to_string();
        assert_eq!(error, "a.yaml has nothing at /c/socket_address/port_value, which is to be changed.");
        assert_eq!(
            written.push("/a", json!(1)).unwrap_err().to_string(),
            "a.yaml has no list at /a, which is to grow."
        );
        assert_eq!(written.replace("here", "").unwrap_err().to_string(), "a.yaml nowhere says here.");
    }
}
