//! Requests with bytes that no browser sends.

use crate::{client::Request, random::Random};

/// The places where a client can put a value.
pub const FIELDS: [&str; 6] =
    ["origin", "access-control-request-method", "access-control-request-headers", "sec-fetch-site", "host", "path"];

/// A preflight or an actual request with `value` in `field`.
pub fn request(field: &str, value: &[u8], preflight: bool, host: &str) -> Request {
    let mut lines: Vec<(&str, &[u8])> = vec![("origin", b"https://app.example")];
    if preflight {
        lines.extend([("access-control-request-method", &b"PUT"[..]), ("access-control-request-headers", b"x-a")]);
    }
    let mut request = Request::new(if preflight { "OPTIONS" } else { "GET" }, "/v1/a").host(host);
    for (name, usual) in lines {
        request = request.header(name, if name == field { value } else { usual });
    }
    match field {
        "host" => request.host(value),
        "path" => {
            request.path = Some([b"/v1/", value].concat());
            request
        }
        "sec-fetch-site" => request.header(field, value),
        _ => request,
    }
}

/// 0 to 63 bytes of any value, except the two that would end the line.
pub fn value(random: &mut Random) -> Vec<u8> {
    let length = random.below(64);
    let bytes = (0..length).map(|_| random.byte());
    bytes.map(|byte| if byte == b'\r' || byte == b'\n' { 0xff } else { byte }).collect()
}
