//! Header lines in the ABI's form: the number of lines, the sizes of each name and value, then each
//! name and value, followed by a NUL. All numbers are 32 bits, little endian.

use corsac_policy::is_same;

/// A header list as it is sent, or as it was received.
pub struct HeaderLines(Vec<u8>);

impl HeaderLines {
    /// Lines to send.
    pub fn new<'n, 'h>(lines: impl Iterator<Item = (&'n str, &'h [u8])> + Clone) -> Self {
        let (mut count, mut text) = (0, 0);
        for (name, value) in lines.clone() {
            count += 1;
            text += name.len() + value.len();
        }
        let mut bytes = Vec::with_capacity(4 + count * 10 + text);
        bytes.extend_from_slice(&number(count));
        for (name, value) in lines.clone() {
            bytes.extend_from_slice(&number(name.len()));
            bytes.extend_from_slice(&number(value.len()));
        }
        for (name, value) in lines {
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(0);
            bytes.extend_from_slice(value);
            bytes.push(0);
        }
        Self(bytes)
    }

    /// The answer of a host call. It need not have this form.
    pub const fn received(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The name and value of each line, up to the first that does not have this form.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let (count, mut sizes, mut data) = self.parts().unwrap_or_default();
        (0..count).map_while(move |_| {
            let (name, value);
            (name, sizes) = take_number(sizes)?;
            (value, sizes) = take_number(sizes)?;
            Some((take_part(&mut data, name)?, take_part(&mut data, value)?))
        })
    }

    /// Whether these are a `:status` and then the lines of `sent`, in the same order, and nothing
    /// else.
    pub fn are_reply(&self, sent: &Self) -> bool {
        self.after_status().zip(sent.parts()).is_some_and(|((count, sizes, data), sent)| {
            count == sent.0 && is_same(sizes, sent.1) && is_same(data, sent.2)
        })
    }

    /// The number, sizes and text of the lines after the first, if that is `:status` with its three
    /// digits.
    fn after_status(&self) -> Option<(usize, &[u8], &[u8])> {
        let (count, sizes, data) = self.parts()?;
        let sizes = sizes.strip_prefix(b"\x07\0\0\0\x03\0\0\0")?;
        let (_digits, data) = data.strip_prefix(b":status\0")?.split_first_chunk::<4>()?;
        Some((count.checked_sub(1)?, sizes, data))
    }

    /// The number of lines, their sizes, and their text.
    fn parts(&self) -> Option<(usize, &[u8], &[u8])> {
        let (count, rest) = take_number(&self.0)?;
        let (sizes, data) = rest.split_at_checked(count.checked_mul(8)?)?;
        Some((count, sizes, data))
    }
}

fn number(number: usize) -> [u8; 4] {
    // A size in a 32-bit memory always fits.
    u32::try_from(number).unwrap_or_default().to_le_bytes()
}

fn take_number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((usize::try_from(u32::from_le_bytes(*number)).ok()?, rest))
}

fn take_part<'b>(data: &mut &'b [u8], size: usize) -> Option<&'b [u8]> {
    let (part, rest) = data.split_at_checked(size)?;
    let (_nul, rest) = rest.split_first()?;
    *data = rest;
    Some(part)
}
