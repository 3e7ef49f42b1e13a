//! The head of an answer.

use std::io::Read;
use std::time::Instant;

use corsac_fetch::Response;

/// The longest head. Bytes.
const MOST_BYTES: usize = 64 * 1024;
/// The most header lines.
const MOST_LINES: usize = 256;

/// Reads one head, and not more than it.
pub(super) fn read(stream: &mut dyn Read, deadline: Instant) -> Result<Response, String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    // One byte at a time: after an interim response the next head follows at once.
    while !bytes.ends_with(b"\r\n\r\n") && !bytes.ends_with(b"\n\n") {
        if Instant::now() > deadline {
            return Err("The answer did not come in time.".to_owned());
        }
        if bytes.len() > MOST_BYTES {
            return Err(format!("The head of the answer is longer than {MOST_BYTES} bytes."));
        }
        match stream.read(&mut byte) {
            Ok(0) if bytes.is_empty() => return Err("The server closed the connection without an answer.".to_owned()),
            Ok(0) => return Err("The answer ends within its head.".to_owned()),
            Ok(_) => bytes.extend(byte),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(super::failure(error)),
        }
    }
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Result<Response, String> {
    let mut lines = [httparse::EMPTY_HEADER; MOST_LINES];
    let mut head = httparse::Response::new(&mut lines);
    // As browsers are: a blank before the colon, a line that goes on in the next one.
    let mut lenient = httparse::ParserConfig::default();
    lenient
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true);
    lenient.parse_response(&mut head, bytes).map_err(|error| format!("The answer is not HTTP/1.1: {error}."))?;
    let status = head.code.filter(|code| (100..600).contains(code)).ok_or("The answer has no status.")?;
    Ok(Response::new(status, head.headers.iter().map(|header| (header.name, header.value))))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn head(bytes: &[u8]) -> Result<Response, String> {
        read(&mut &*bytes, Instant::now() + Duration::from_mins(1))
    }

    #[test]
    fn every_line_is_kept_in_order() {
        let response = head(b"HTTP/1.1 204 No Content\r\nVary: a\r\nvary:  b \r\nX: \xff\r\n\r\nbody").unwrap();
        assert_eq!(response.status, 204);
        let lines: Vec<(&str, &[u8])> = response.headers.iter().collect();
        assert_eq!(lines, [("Vary", &b"a"[..]), ("vary", b"b"), ("X", b"\xff")]);
    }

    #[test]
    fn an_interim_response_leaves_the_next_one() {
        let mut stream = &b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.0 200 OK\n\n"[..];
        let deadline = Instant::now() + Duration::from_mins(1);
        assert_eq!(read(&mut stream, deadline).unwrap().status, 103);
        assert_eq!(read(&mut stream, deadline).unwrap().status, 200);
    }

    #[test]
    fn what_is_not_an_answer_is_a_sentence() {
        for bytes in [&b""[..], b"HTTP/1.1 200 OK\r\n", b"\x16\x03\x01\r\n\r\n", b"HTTP/1.1 999 X\r\n\r\n", b"\r\n\r\n"]
        {
            let error = head(bytes).unwrap_err();
            assert!(error.ends_with('.'), "{error}");
        }
        let long = [&b"HTTP/1.1 200 OK\r\nx: "[..], &vec![b'a'; MOST_BYTES]].concat();
        assert!(head(&long).unwrap_err().contains("longer"));
        let many = [&b"HTTP/1.1 200 OK\r\n"[..], &b"x: y\r\n".repeat(MOST_LINES + 1), b"\r\n"].concat();
        assert!(head(&many).is_err());
    }
}
