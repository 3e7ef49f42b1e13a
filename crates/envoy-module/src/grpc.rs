//! Replies to gRPC requests. Envoy turns its local replies to them into gRPC's form: status 200,
//! and the reason in `grpc-status`. The module sends replies as response headers, so it does the
//! same.

use crate::host::Exchange;

/// The content type of a gRPC answer.
pub const CONTENT_TYPE: &[u8] = b"application/grpc";

/// Whether Envoy takes a request for gRPC: its content type is `application/grpc`, or a subtype of
/// it. gRPC-Web is none.
pub fn is_grpc(exchange: Exchange<'_>) -> bool {
    exchange.request().value("content-type").is_some_and(|value| is_grpc_type(&value))
}

fn is_grpc_type(value: &[u8]) -> bool {
    value.strip_prefix(CONTENT_TYPE).is_some_and(|rest| matches!(rest.first(), None | Some(b'+')))
}

/// gRPC's status for an HTTP status, as in gRPC's own table ("HTTP to gRPC Status Code Mapping")
/// for those that Corsac sends.
pub const fn status(http: u16) -> &'static [u8] {
    match http {
        403 => b"7",
        503 => b"14",
        _ => b"2",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_and_its_subtypes_are_grpc_and_grpc_web_is_not() {
        for grpc in ["application/grpc", "application/grpc+proto", "application/grpc+"] {
            assert!(is_grpc_type(grpc.as_bytes()), "{grpc}");
        }
        for other in ["", "application/grp", "application/grpc-web", "Application/grpc", "application/grpc; a=b"] {
            assert!(!is_grpc_type(other.as_bytes()), "{other}");
        }
    }
}
