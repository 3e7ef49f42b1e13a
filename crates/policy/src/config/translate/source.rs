//! Where a translated document's values are in the document as written.

use std::collections::BTreeMap;

/// From the places of a translated document to those of the document as written. All of them are JSON Pointers.
#[derive(Default)]
pub(crate) struct Source {
    /// The value that was taken out of its wrappers, and how many diagnostics were about these.
    root: String,
    about_wrappers: usize,
    /// What a field was read from: more than one part, where lists became one.
    fields: BTreeMap<String, Vec<Part>>,
    /// Values inside entries.
    values: BTreeMap<String, String>,
}

/// A member as written that is a field now, or some entries of it.
struct Part {
    written: String,
    entries: usize,
    /// The entries were not a list: each is the member itself.
    is_lone: bool,
}

impl Source {
    pub(super) fn set_root(&mut self, root: String, about_wrappers: usize) {
        self.root = root;
        self.about_wrappers = about_wrappers;
    }

    /// `field` was read from `written`, these many entries of it.
    pub(super) fn add_field(&mut self, field: String, written: String, entries: usize, is_lone: bool) {
        self.fields.entry(field).or_default().push(Part { written, entries, is_lone });
    }

    /// The value at `read` was at `written`; both are places in a document whose fields are translated.
    pub(super) fn add_value(&mut self, read: String, written: String) {
        self.values.insert(read, written);
    }

    /// Whether it is known where the field was read from.
    pub(super) fn knows(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// The place as written. `number`: how many diagnostics came before this one.
    pub(crate) fn written(&self, pointer: String, number: usize) -> String {
        if number < self.about_wrappers {
            return pointer;
        }
        let pointer = self.values.get(&pointer).cloned().unwrap_or(pointer);
        let pointer = self.in_fields(&pointer).unwrap_or(pointer);
        if self.root.is_empty() { pointer } else { format!("{}{pointer}", self.root) }
    }

    fn in_fields(&self, pointer: &str) -> Option<String> {
        if self.fields.is_empty() {
            return None;
        }
        let mut ends = pointer.match_indices('/').skip(1).map(|(end, _)| end).chain([pointer.len()]);
        let (parts, rest) = ends.find_map(|end| {
            let (field, rest) = pointer.split_at_checked(end)?;
            Some((self.fields.get(field)?, rest))
        })?;
        let Some(entry) = rest.strip_prefix('/') else { return parts.first().map(|part| part.written.clone()) };
        let (index, inside) = entry.split_at_checked(entry.find('/').unwrap_or(entry.len()))?;
        let Ok(mut index) = index.parse::<usize>() else {
            return parts.first().map(|part| format!("{}{rest}", part.written));
        };
        for part in parts {
            match index.checked_sub(part.entries) {
                None if part.is_lone => return Some(part.written.clone()),
                None => return Some(format!("{}/{index}{inside}", part.written)),
                Some(next) => index = next,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_document_as_written() {
        let mut source = Source::default();
        source.set_root("/cors".to_owned(), 1);
        source.add_field("/allowOrigins".to_owned(), "/origins".to_owned(), 2, false);
        source.add_field("/allowOrigins".to_owned(), "/origin_regex".to_owned(), 1, true);
        source.add_value("/allowOrigins/0/regex".to_owned(), "/allowOrigins/0/safe_regex/regex".to_owned());
        for (read, written) in [
            ("", "/cors"),
            ("/maxAge", "/cors/maxAge"),
            ("/allowOrigins", "/cors/origins"),
            ("/allowOrigins/0/regex", "/cors/origins/0/safe_regex/regex"),
            ("/allowOrigins/1/exact", "/cors/origins/1/exact"),
            ("/allowOrigins/2/regex", "/cors/origin_regex"),
            ("/allowOriginsToo/2", "/cors/allowOriginsToo/2"),
        ] {
            assert_eq!(source.written(read.to_owned(), 1), written, "{read}");
        }
        assert_eq!(source.written("/cors".to_owned(), 0), "/cors");
    }
}
