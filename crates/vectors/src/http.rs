//! Requests and responses, and their text form.
//!
//! The text is a plain form of HTTP/1.1: a first line (`GET /items`, or `200`), then one `name:
//! value` a line. A value may hold any byte: `\xNN` is that byte, and `\\` is a backslash.
//! `\[text*N]` repeats the text N times, and replaces each `#` in it with the running number, from
//! 1, with leading zeros to the width of N. Whitespace around a value is removed, as in every HTTP
//! parser.

use std::fmt::Write as _;

/// One header line: name and value, in the bytes that go on the wire.
pub type HeaderLine = (Vec<u8>, Vec<u8>);

/// A request as a client sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method; its case is kept.
    pub method: Vec<u8>,
    /// The request target with its query; `None` only for CONNECT, whose target is the authority.
    pub path: Option<Vec<u8>>,
    /// Header lines in order; `host` is the authority (`:authority` in HTTP/2).
    pub headers: Vec<HeaderLine>,
}

/// A response, as the upstream sends it or as the client must receive it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Header lines in order.
    pub headers: Vec<HeaderLine>,
}

impl HttpRequest {
    /// Reads the text form. The `Err` is a sentence for the author of the vector.
    pub fn from_text(text: &str) -> Result<Self, String> {
        let (first, headers) = split(text)?;
        let (method, path) = match first.split_once(' ') {
            Some((method, path)) => (method, Some(bytes(path.trim())?)),
            None => (first, None),
        };
        Ok(Self { method: bytes(method)?, path, headers })
    }

    /// The text form, with every repetition written out.
    pub fn to_text(&self) -> String {
        let mut text = printable(&self.method);
        if let Some(path) = &self.path {
            let _ = write!(text, " {}", printable(path));
        }
        text.push('\n');
        push_headers(&mut text, &self.headers);
        text
    }

    /// The value of the `host` line, if there is one.
    pub fn authority(&self) -> Option<&[u8]> {
        value(&self.headers, b"host")
    }
}

impl HttpResponse {
    /// Reads the text form. The `Err` is a sentence for the author of the vector.
    pub fn from_text(text: &str) -> Result<Self, String> {
        let (first, headers) = split(text)?;
        let status = first.parse().map_err(|_| format!("{first:?} is not a status code"))?;
        Ok(Self { status, headers })
    }

    /// The text form, with every repetition written out.
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n", self.status);
        push_headers(&mut text, &self.headers);
        text
    }
}

/// Bytes as the vectors write them: printable ASCII as it is, everything else as `\xNN`.
pub fn printable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'\\' => text.push_str(r"\\"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => {
                let _ = write!(text, r"\x{byte:02x}");
            }
        }
    }
    text
}

fn push_headers(text: &mut String, headers: &[HeaderLine]) {
    for (name, value) in headers {
        let _ = writeln!(text, "{}: {}", printable(name), printable(value));
    }
}

fn value<'a>(headers: &'a [HeaderLine], name: &[u8]) -> Option<&'a [u8]> {
    headers.iter().find(|(candidate, _)| candidate.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_slice())
}

/// The first line, and the header lines after it.
fn split(text: &str) -> Result<(&str, Vec<HeaderLine>), String> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().ok_or("the text is empty; its first line is missing")?;
    let headers = lines.map(header_line).collect::<Result<_, _>>()?;
    Ok((first, headers))
}

fn header_line(line: &str) -> Result<HeaderLine, String> {
    let (name, value) =
        line.split_once(':').ok_or_else(|| format!("{line:?} is not a header line; write `name: value`"))?;
    if name.is_empty() {
        return Err(format!("{line:?} has no header name"));
    }
    Ok((bytes(name)?, bytes(value.trim())?))
}

/// The bytes that an escaped text means.
fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.extend_from_slice(plain.as_bytes());
        rest = unescape(escape, &mut out)
            .ok_or_else(|| format!(r"`\{escape}` is not an escape; write `\xNN`, `\\` or `\[text*N]`"))?;
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}

/// Decodes what follows a backslash, and returns the rest after the escape.
fn unescape<'a>(escape: &'a str, out: &mut Vec<u8>) -> Option<&'a str> {
    if let Some(rest) = escape.strip_prefix('\\') {
        out.push(b'\\');
        return Some(rest);
    }
    if let Some(rest) = escape.strip_prefix('x') {
        let (digits, rest) = rest.split_at_checked(2)?;
        out.push(u8::from_str_radix(digits, 16).ok()?);
        return Some(rest);
    }
    let (inside, rest) = escape.strip_prefix('[')?.split_once(']')?;
    let (unit, count) = inside.rsplit_once('*')?;
    let width = count.len();
    for number in 1..=count.parse::<usize>().ok()? {
        out.extend(unit.replace('#', &format!("{number:0width$}")).into_bytes());
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_keeps_its_bytes_and_repeated_lines() {
        let text = "OPTIONS /a?b\nhost: api.test\norigin: \\xff\\\\\norigin:\n";
        let request = HttpRequest::from_text(text).unwrap();
        assert_eq!(request.path.as_deref(), Some(&b"/a?b"[..]));
        assert_eq!(request.headers[1].1, b"\xff\\");
        assert_eq!(request.headers[2].1, b"");
        assert_eq!(request.to_text(), "OPTIONS /a?b\nhost: api.test\norigin: \\xff\\\\\norigin: \n");
    }

    #[test]
    fn a_connect_has_no_path() {
        let request = HttpRequest::from_text("CONNECT\nhost: api.test:443").unwrap();
        assert_eq!(request.path, None);
        assert_eq!(request.authority(), Some(&b"api.test:443"[..]));
    }

    #[test]
    fn a_repetition_counts_with_leading_zeros() {
        assert_eq!(bytes(r"\[x-#, *10]y").unwrap(), b"x-01, x-02, x-03, x-04, x-05, x-06, x-07, x-08, x-09, x-10, y");
        assert_eq!(bytes(r"\[a*3]").unwrap(), b"aaa");
    }

    #[test]
    fn a_wrong_escape_is_an_error() {
        for text in [r"\", r"\x", r"\xg0", r"\n", r"\[a]", r"\[a*b]"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
