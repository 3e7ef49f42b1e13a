//! A JSON value with its place, so that an error can name it.

use std::borrow::Cow;

use corsac_policy::json::Value;

use crate::Error;

/// One step from a value to a value in it.
#[derive(Clone, Copy)]
enum Step {
    Member(&'static str),
    Item(usize),
}

/// A value, and the way to it. The way is only spelled for an error.
#[derive(Clone, Copy)]
pub(crate) struct Place<'p, 'v, 'b> {
    pub(crate) value: &'v Value<'b>,
    way: Option<(&'p Place<'p, 'v, 'b>, Step)>,
}

impl<'v, 'b> Place<'_, 'v, 'b> {
    /// The whole document.
    pub(crate) fn document(value: &'v Value<'b>) -> Self {
        Self { value, way: None }
    }

    /// The items of an array, each handed over with its place.
    pub(crate) fn each(&self, mut item: impl FnMut(Place<'_, 'v, 'b>) -> Result<(), Error>) -> Result<(), Error> {
        let Value::Array(items) = self.value else { return Err(self.expected("a list")) };
        for (index, value) in items.iter().enumerate() {
            item(Place { value, way: Some((self, Step::Item(index))) })?;
        }
        Ok(())
    }

    /// A member of an object, if it is there and not `null`.
    pub(crate) fn member(&self, name: &'static str) -> Result<Option<Place<'_, 'v, 'b>>, Error> {
        let Value::Object(members) = self.value else { return Err(self.expected("an object")) };
        let mut found = members.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
        let Some(value) = found.next() else { return Ok(None) };
        if found.next().is_some() {
            return Err(Error::Duplicate { pointer: self.pointer(), member: name });
        }
        Ok((*value != Value::Null).then_some(Place { value, way: Some((self, Step::Member(name))) }))
    }

    /// A member that has to be there.
    pub(crate) fn needed(&self, name: &'static str, expected: &'static str) -> Result<Place<'_, 'v, 'b>, Error> {
        self.member(name)?.ok_or_else(|| {
            let missing = Place { value: self.value, way: Some((self, Step::Member(name))) };
            Error::Value { pointer: missing.pointer(), expected, found: "nothing" }
        })
    }

    /// Whether an object has a member, `null` included.
    pub(crate) fn has(&self, name: &str) -> bool {
        matches!(self.value, Value::Object(members) if members.iter().any(|(key, _)| key == name))
    }

    pub(crate) fn string(&self) -> Result<&'v Cow<'b, str>, Error> {
        match self.value {
            Value::String(text) => Ok(text),
            _ => Err(self.expected("a string")),
        }
    }

    pub(crate) fn boolean(&self) -> Result<bool, Error> {
        match self.value {
            Value::Bool(value) => Ok(*value),
            _ => Err(self.expected("true or false")),
        }
    }

    fn expected(&self, expected: &'static str) -> Error {
        Error::Value { pointer: self.pointer(), expected, found: self.value.kind() }
    }

    /// The JSON Pointer. The names of members are ours, and hold nothing to escape.
    fn pointer(&self) -> String {
        let Some((parent, step)) = self.way else { return String::new() };
        let mut pointer = parent.pointer();
        pointer.push('/');
        match step {
            Step::Member(name) => pointer.push_str(name),
            Step::Item(index) => pointer.push_str(&index.to_string()),
        }
        pointer
    }
}
