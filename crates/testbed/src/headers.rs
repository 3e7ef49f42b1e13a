//! Header lines, as sent or received.

use std::fmt;

/// Header lines in order, with repeated names. Names and values are bytes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(pub Vec<(Vec<u8>, Vec<u8>)>);

impl Headers {
    /// Adds a line at the end.
    pub fn push(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.0.push((name.as_ref().to_vec(), value.as_ref().to_vec()));
    }

    /// The values of all lines of that name, in order; ASCII case is ignored.
    pub fn lines(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let name = name.as_bytes().to_vec();
        self.0.iter().filter(move |line| line.0.eq_ignore_ascii_case(&name)).map(|line| line.1.as_slice())
    }

    /// Whether there is a line of that name.
    pub fn has(&self, name: &str) -> bool {
        self.lines(name).next().is_some()
    }

    /// The values of that name, joined by `,` (RFC 9110 §5.3); `None` if there is none.
    pub fn joined(&self, name: &str) -> Option<Vec<u8>> {
        let lines: Vec<&[u8]> = self.lines(name).collect();
        (!lines.is_empty()).then(|| lines.join(&b','))
    }

    /// The lines whose name satisfies `wanted`, in order.
    #[must_use]
    pub fn select(&self, wanted: impl Fn(&str) -> bool) -> Headers {
        let named = |line: &&(Vec<u8>, Vec<u8>)| wanted(&String::from_utf8_lossy(&line.0).to_ascii_lowercase());
        Headers(self.0.iter().filter(named).cloned().collect())
    }

    /// The same lines, sorted by name and value, for comparisons that ignore the order.
    #[must_use]
    pub fn sorted(mut self) -> Headers {
        self.0.sort();
        self
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// One `name: value` per line; bytes outside printable ASCII as `\xNN`.
impl fmt::Display for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.0 {
            writeln!(f, "{}: {}", name.escape_ascii(), value.escape_ascii())?;
        }
        Ok(())
    }
}
