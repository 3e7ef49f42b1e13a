//! An external processor (`envoy.service.ext_proc.v3.ExternalProcessor`): a gRPC server that treats
//! every exchange the same way.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread;

use h2::{RecvStream, SendStream, server::SendResponse};
use http::{HeaderMap, HeaderValue, Response};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::sync::oneshot;

/// The bytes of a message; `h2` leaves their type open.
type Bytes = std::io::Cursor<Vec<u8>>;

/// The processor's reaction to headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Lets the exchange go on.
    Continue,
    /// Answers the client with 401.
    Answer,
    /// Ends its stream with an error.
    Fail,
    /// Sends nothing, until Envoy ends the stream.
    Keep,
}

/// The processor's reactions to the headers of a request and of its response.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    pub request: Step,
    pub response: Step,
}

/// A running processor. Dropping it ends it.
pub struct ExternalProcessor {
    address: SocketAddr,
    #[expect(dead_code, reason = "the server ends when this is dropped")]
    end: oneshot::Sender<()>,
}

impl ExternalProcessor {
    /// Starts a processor on a free port.
    pub fn start(steps: Steps) -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (end, ended) = oneshot::channel::<()>();
        let runtime = runtime::Builder::new_current_thread().enable_io().build().unwrap();
        thread::spawn(move || {
            runtime.block_on(async {
                tokio::spawn(accept(TcpListener::from_std(listener).unwrap(), steps));
                // The only message says that the processor was dropped.
                let _ = ended.await;
            });
        });
        Self { address, end }
    }

    /// The cluster through which Envoy reaches it.
    pub fn cluster(&self, name: &str) -> Value {
        let http2 = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
        let address = json!({ "address": self.address.ip().to_string(), "port_value": self.address.port() });
        json!({
            "name": name,
            "type": "STATIC",
            "typed_extension_protocol_options": { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": http2, "explicit_http_config": { "http2_protocol_options": {} },
            } },
            "load_assignment": { "cluster_name": name, "endpoints": [{
                "lb_endpoints": [{ "endpoint": { "address": { "socket_address": address } } }],
            }] },
        })
    }
}

/// The filter that shows exchanges to the processor of that cluster, and waits for an answer up to
/// `timeout`.
pub fn filter(cluster: &str, timeout: &str) -> Value {
    json!({ "name": "ext_proc", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor",
        "grpc_service": { "envoy_grpc": { "cluster_name": cluster } },
        "message_timeout": timeout,
    } })
}

async fn accept(listener: TcpListener, steps: Steps) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, steps));
    }
}

/// Serves one connection. An error only means that Envoy disconnected.
async fn serve(stream: TcpStream, steps: Steps) -> Result<(), h2::Error> {
    let mut connection = h2::server::Builder::new().handshake::<_, Bytes>(stream).await?;
    while let Some(accepted) = connection.accept().await {
        let (request, respond) = accepted?;
        tokio::spawn(process(request.into_body(), respond, steps));
    }
    Ok(())
}

/// Serves one exchange: a stream of messages, with an answer to each.
async fn process(mut body: RecvStream, mut respond: SendResponse<Bytes>, steps: Steps) -> Result<(), h2::Error> {
    let head = Response::builder().header("content-type", "application/grpc").body(()).expect("a sound response");
    let mut answers = respond.send_response(head, false)?;
    let mut received = Vec::new();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        received.extend_from_slice(&data);
        while let Some(message) = take_message(&mut received) {
            let (step, go_on) = match shown(&message) {
                Some(Shown::Request) => (steps.request, GO_ON_WITH_REQUEST),
                Some(Shown::Response) => (steps.response, GO_ON_WITH_RESPONSE),
                None => continue,
            };
            match step {
                Step::Continue => answers.send_data(framed(go_on), false)?,
                Step::Answer => answers.send_data(framed(ANSWER_401), false)?,
                Step::Fail => return end(&mut answers, "13"),
                Step::Keep => {}
            }
        }
    }
    end(&mut answers, "0")
}

fn end(answers: &mut SendStream<Bytes>, status: &'static str) -> Result<(), h2::Error> {
    let status = HeaderValue::from_static(status);
    answers.send_trailers(HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), status)]))
}

// `ProcessingResponse` in protobuf's wire format: a tag (field number, wire type 2), a length, and
// the message of the field.
/// `request_headers` (1): an empty `HeadersResponse`, which changes nothing.
const GO_ON_WITH_REQUEST: &[u8] = b"\x0a\x00";
/// `response_headers` (2): the same.
const GO_ON_WITH_RESPONSE: &[u8] = b"\x12\x00";
/// `immediate_response` (7) with `status` (1) with `code` (1), a varint: 401.
const ANSWER_401: &[u8] = b"\x3a\x05\x0a\x03\x08\x91\x03";

/// The subject of a `ProcessingRequest`.
enum Shown {
    Request,
    Response,
}

/// Finds `request_headers` (2) or `response_headers` (3) among the fields, which all have a length.
fn shown(message: &[u8]) -> Option<Shown> {
    let mut rest = message;
    while let Some((&tag, field)) = rest.split_first() {
        match tag {
            0x12 => return Some(Shown::Request),
            0x1a => return Some(Shown::Response),
            _ => {}
        }
        let (length, field) = varint(field)?;
        rest = field.get(length..)?;
    }
    None
}

fn varint(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let last = bytes.iter().position(|byte| byte & 0x80 == 0)?;
    let (number, rest) = bytes.split_at(last + 1);
    Some((number.iter().rev().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f)), rest))
}

/// Takes the next message of a gRPC stream: a flag, a length of four bytes, the message.
fn take_message(received: &mut Vec<u8>) -> Option<Vec<u8>> {
    let length = received.get(1..5)?.try_into().ok().map(u32::from_be_bytes)?;
    let end = 5 + usize::try_from(length).ok()?;
    let message = received.get(5..end)?.to_vec();
    received.drain(..end);
    Some(message)
}

fn framed(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).expect("a short message").to_be_bytes();
    Bytes::new([&[0], &length[..], message].concat())
}
