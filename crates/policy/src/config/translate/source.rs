//! Where a translated document's values are in the document as written.

use std::collections::BTreeSet;

/// From the places of a translated document to those of the document as written. All of them are
/// JSON Pointers.
#[derive(Default)]
pub(crate) struct Source {
    /// The value that was taken out of its wrappers, and how many diagnostics were about these.
    root: String,
    about_wrappers: usize,
    /// The parts of each place that was read from elsewhere, as [`key`] spells them. Sets of byte
    /// strings are what the module holds anyway.
    parts: BTreeSet<Vec<u8>>,
}

/// A member as written, or some entries of it.
struct Part<'s> {
    number: u32,
    written: &'s str,
    /// The entries that it has in the translated list; none for a value that is no list.
    entries: u32,
    /// The entries were not a list: each is the member itself.
    is_lone: bool,
}

/// How the parts of a place are spelt, in their order: no byte of a place is 255, so that no place
/// is the beginning of another.
fn key(place: &str, number: u32) -> Vec<u8> {
    [place.as_bytes(), &[255], &number.to_be_bytes()].concat()
}

impl Source {
    pub(super) fn set_root(&mut self, root: String, about_wrappers: usize) {
        self.root = root;
        self.about_wrappers = about_wrappers;
    }

    /// The place was read from `written`: a further part of it, with these many entries.
    pub(super) fn add(&mut self, place: &str, written: &str, entries: usize, is_lone: bool) {
        let number = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
        let entries = u32::try_from(entries).unwrap_or(u32::MAX).to_be_bytes();
        self.parts.insert([&key(place, number), &entries[..], &[u8::from(is_lone)], written.as_bytes()].concat());
    }

    /// Whether it is known where the place was read from.
    pub(super) fn knows(&self, place: &str) -> bool {
        self.part(place, 0).is_some()
    }

    /// The first part of a place from this number on.
    #[cold]
    #[inline(never)]
    fn part(&self, place: &str, number: u32) -> Option<Part<'_>> {
        let part = self.parts.range(key(place, number)..).next()?;
        let (number, rest) = part.strip_prefix(place.as_bytes())?.strip_prefix(&[255])?.split_first_chunk()?;
        let (entries, rest) = rest.split_first_chunk()?;
        let (is_lone, written) = rest.split_first()?;
        let written = str::from_utf8(written).ok()?;
        let (number, entries) = (u32::from_be_bytes(*number), u32::from_be_bytes(*entries));
        Some(Part { number, written, entries, is_lone: *is_lone != 0 })
    }

    /// The place as written. `number`: how many diagnostics came before this one.
    #[inline(never)]
    pub(crate) fn written(&self, pointer: String, number: usize) -> String {
        if number < self.about_wrappers || (self.parts.is_empty() && self.root.is_empty()) {
            return pointer;
        }
        // A value in an entry first, and then the list of the entry.
        let pointer = self.moved(&pointer).unwrap_or(pointer);
        let pointer = self.moved(&pointer).unwrap_or(pointer);
        [self.root.as_str(), &pointer].concat()
    }

    /// Where the longest beginning of the pointer that was read from elsewhere was written, and
    /// what comes after it.
    #[cold]
    #[inline(never)]
    fn moved(&self, pointer: &str) -> Option<String> {
        let mut end = pointer.len();
        while !self.knows(pointer.get(..end)?) {
            end = pointer.get(..end)?.rfind('/')?;
        }
        let (place, rest) = pointer.split_at_checked(end)?;
        let mut steps = rest.splitn(3, '/').skip(1);
        let index = steps.next().and_then(|index| index.parse::<u32>().ok());
        let inside = steps.next().map_or(String::new(), |inside| ["/", inside].concat());
        let Some(mut index) = index else {
            return self.part(place, 0).map(|part| [part.written, rest].concat());
        };
        let mut number = 0;
        loop {
            let part = self.part(place, number)?;
            match index.checked_sub(part.entries) {
                Some(next) => (index, number) = (next, part.number.saturating_add(1)),
                None if part.is_lone => return Some(part.written.to_owned()),
                None => return Some([part.written, "/", &index.to_string(), &inside].concat()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_document_as_written() {
        let mut source = Source::default();
        source.set_root("/cors".to_owned(), 1);
        source.add("/allowOrigins", "/origins", 2, false);
        source.add("/allowOrigins", "/origin_regex", 1, true);
        source.add("/allowOrigins/0/regex", "/allowOrigins/0/safe_regex/regex", 0, false);
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
