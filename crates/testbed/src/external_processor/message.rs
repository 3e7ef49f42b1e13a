//! The messages of an external processor, in protobuf's wire format: `ProcessingRequest` and
//! `ProcessingResponse` of `envoy/service/ext_proc/v3/external_processor.proto`.

/// The wire type of a varint.
const VARINT: u8 = 0;
/// The wire type of bytes with their length.
const SIZED: u8 = 2;
/// `HeaderValueOption.HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD`.
const OVERWRITE: usize = 2;

/// The phase of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The headers of the request.
    Request,
    /// The headers of the response.
    Response,
}

/// The headers that Envoy shows: a `HeaderMap`.
#[derive(Clone, Copy, Debug)]
pub struct HeaderBlock<'m>(&'m [u8]);

impl<'m> HeaderBlock<'m> {
    /// The value of the first line of that name, which is in lower case.
    pub fn get(&self, name: &str) -> Option<&'m [u8]> {
        fields(self.0).filter(|(number, _)| *number == 1).find_map(|(_, line)| {
            let part = |wanted| fields(line).find(|(number, _)| *number == wanted).map(|(_, bytes)| bytes);
            // `raw_value` (3), or `value` (2) in older versions of Envoy.
            (part(1)? == name.as_bytes()).then(|| part(3).or(part(2)).unwrap_or_default())
        })
    }
}

/// The changes of a header map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mutation<'v> {
    /// Headers that replace those of the same name.
    pub set: Vec<(&'v str, &'v [u8])>,
    /// The names of headers to remove.
    pub remove: Vec<&'v str>,
}

/// The phase and the headers of a `ProcessingRequest`; `None` if it shows no headers.
pub fn shown(message: &[u8]) -> Option<(Phase, HeaderBlock<'_>)> {
    fields(message).find_map(|(number, http_headers)| {
        let phase = match number {
            2 => Phase::Request,
            3 => Phase::Response,
            _ => return None,
        };
        let (_, map) = fields(http_headers).find(|(number, _)| *number == 1).unwrap_or_default();
        Some((phase, HeaderBlock(map)))
    })
}

/// The exchange goes on, with these changes.
pub fn go_on(phase: Phase, mutation: &Mutation<'_>) -> Vec<u8> {
    let changed = mutation.message();
    // `HeadersResponse.response` (1), `CommonResponse.header_mutation` (2).
    let response = if changed.is_empty() { Vec::new() } else { sized(1, &sized(2, &changed)) };
    sized(if phase == Phase::Request { 1 } else { 2 }, &response)
}

/// Envoy answers the client at once, with that status and these headers.
pub fn answer(status: u16, headers: &[(&str, &[u8])]) -> Vec<u8> {
    let code = sized(1, &varint_field(1, usize::from(status)));
    let mutation = Mutation { set: headers.to_vec(), remove: Vec::new() }.message();
    sized(7, &[code, if mutation.is_empty() { mutation } else { sized(2, &mutation) }].concat())
}

impl Mutation<'_> {
    /// A `HeaderMutation`.
    fn message(&self) -> Vec<u8> {
        let mut message = Vec::new();
        for (name, value) in &self.set {
            let header = [sized(1, name.as_bytes()), sized(3, value)].concat();
            message.extend(sized(1, &[sized(1, &header), varint_field(3, OVERWRITE)].concat()));
        }
        message.extend(self.remove.iter().flat_map(|name| sized(2, name.as_bytes())));
        message
    }
}

/// The fields of a message that have a length: their numbers and contents. Others are skipped.
fn fields(message: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut rest = message;
    std::iter::from_fn(move || {
        loop {
            let (tag, after) = read_varint(rest)?;
            // A varint, or the length of the content.
            let (number, after) = read_varint(after)?;
            rest = after;
            if tag & 7 != usize::from(VARINT) {
                let (content, next) = rest.split_at_checked(number)?;
                rest = next;
                return Some((tag >> 3, content));
            }
        }
    })
}

fn sized(number: u8, content: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | SIZED];
    write_varint(content.len(), &mut field);
    field.extend_from_slice(content);
    field
}

fn varint_field(number: u8, value: usize) -> Vec<u8> {
    let mut field = vec![number << 3 | VARINT];
    write_varint(value, &mut field);
    field
}

fn read_varint(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let last = bytes.iter().take(5).position(|byte| byte & 0x80 == 0)?;
    let (number, rest) = bytes.split_at(last + 1);
    Some((number.iter().rev().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f)), rest))
}

fn write_varint(mut value: usize, to: &mut Vec<u8>) {
    while value > 0x7f {
        to.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    to.extend(value.to_le_bytes().first());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_the_protobuf_of_envoys_api() {
        // `immediate_response` (7) with `status` (1) with `code` (1), a varint: 401.
        assert_eq!(answer(401, &[]), b"\x3a\x05\x0a\x03\x08\x91\x03");
        let allow: &[(&str, &[u8])] = &[("a", b"b")];
        assert_eq!(
            answer(204, allow),
            b"\x3a\x13\x0a\x03\x08\xcc\x01\x12\x0c\x0a\x0a\x0a\x06\x0a\x01a\x1a\x01b\x18\x02"
        );
    }

    #[test]
    fn an_exchange_goes_on_without_or_with_changes() {
        assert_eq!(go_on(Phase::Request, &Mutation::default()), b"\x0a\x00");
        let removed = Mutation { set: Vec::new(), remove: vec!["vary"] };
        assert_eq!(go_on(Phase::Response, &removed), b"\x12\x0a\x0a\x08\x12\x06\x12\x04vary");
    }

    #[test]
    fn shown_headers_are_found_by_name() {
        let line = |name: &str, value: &[u8]| sized(1, &[sized(1, name.as_bytes()), sized(3, value)].concat());
        let map = [line("a", b"1"), line("origin", &[b'x'; 300]), line("origin", b"second")].concat();
        // `end_of_stream` (3) comes after the headers; `async_mode` (1) comes first.
        let http_headers = [sized(1, &map), varint_field(3, 1)].concat();
        let message = [varint_field(1, 0), sized(2, &http_headers)].concat();
        let (phase, headers) = shown(&message).unwrap();
        assert_eq!((phase, headers.get("a"), headers.get("b")), (Phase::Request, Some(&b"1"[..]), None));
        assert_eq!(headers.get("origin"), Some(&[b'x'; 300][..]));
        assert!(shown(&sized(4, b"body")).is_none());
        assert!(shown(b"\xff").is_none());
    }
}
