//! An external processor (`envoy.service.ext_proc.v3.ExternalProcessor`): a gRPC server that Envoy
//! asks about the headers of every exchange.
//!
//! It is written with `h2` alone. The few messages that it needs are in [`message`], so tonic and
//! Envoy's generated protobuf types need not be compiled.

pub mod message;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread;

use h2::{RecvStream, SendStream, server::SendResponse};
use http::{HeaderMap, HeaderValue, Response};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::sync::oneshot;

use self::message::{HeaderBlock, Phase};
use crate::{Result, config::grpc_cluster};

/// The name of the server's only thread, by which its processor time can be measured.
pub const THREAD: &str = "ext-proc";

/// The bytes of a message; `h2` leaves their type open.
type Bytes = std::io::Cursor<Vec<u8>>;

/// The processor's reaction to the headers of a request or a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Sends this message ([`message::go_on`] or [`message::answer`]).
    Send(Vec<u8>),
    /// Ends its stream with an error.
    Fail,
    /// Sends nothing, until Envoy ends the stream.
    Keep,
}

/// One exchange: it sees the headers of the request, then those of the response.
pub trait Exchange: Send + 'static {
    /// The reaction to the headers of that phase.
    fn react(&mut self, phase: Phase, headers: &HeaderBlock<'_>) -> Reaction;
}

/// A running processor. Dropping it ends it.
pub struct ExternalProcessor {
    address: SocketAddr,
    #[expect(dead_code, reason = "the server ends when this is dropped")]
    end: oneshot::Sender<()>,
}

impl ExternalProcessor {
    /// Starts a processor on a free port. `begin` makes the state of an exchange.
    ///
    /// # Errors
    /// If there is no free port, or no thread.
    pub fn start<E: Exchange>(begin: impl Fn() -> E + Send + Sync + 'static) -> Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (end, ended) = oneshot::channel::<()>();
        let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
        let listener = runtime.block_on(async { TcpListener::from_std(listener) })?;
        thread::Builder::new().name(THREAD.to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::spawn(accept(listener, Arc::new(begin)));
                // The only message says that the processor was dropped.
                let _ = ended.await;
            });
        })?;
        Ok(Self { address, end })
    }

    /// The cluster through which Envoy reaches it.
    pub fn cluster(&self, name: &str) -> Value {
        grpc_cluster(name, self.address)
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

async fn accept<E: Exchange>(listener: TcpListener, begin: Arc<impl Fn() -> E + Send + Sync + 'static>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, Arc::clone(&begin)));
    }
}

/// Serves one connection. An error only means that Envoy disconnected.
async fn serve<E: Exchange>(
    stream: TcpStream,
    begin: Arc<impl Fn() -> E + Send + Sync + 'static>,
) -> std::result::Result<(), h2::Error> {
    // A message must not wait for the acknowledgement of the one before.
    drop(stream.set_nodelay(true));
    let mut connection = h2::server::Builder::new().handshake::<_, Bytes>(stream).await?;
    while let Some(accepted) = connection.accept().await {
        let (request, respond) = accepted?;
        tokio::spawn(process(request.into_body(), respond, begin()));
    }
    Ok(())
}

/// Serves one exchange: a stream of messages, with an answer to each.
async fn process(
    mut body: RecvStream,
    mut respond: SendResponse<Bytes>,
    mut exchange: impl Exchange,
) -> std::result::Result<(), h2::Error> {
    let head = Response::builder().header("content-type", "application/grpc").body(()).expect("a sound response");
    let mut answers = respond.send_response(head, false)?;
    let mut received = Vec::new();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        received.extend_from_slice(&data);
        while let Some(message) = take_message(&mut received) {
            let Some((phase, headers)) = message::shown(&message) else { continue };
            match exchange.react(phase, &headers) {
                Reaction::Send(reply) => answers.send_data(framed(&reply), false)?,
                Reaction::Fail => return end(&mut answers, "13"),
                Reaction::Keep => {}
            }
        }
    }
    end(&mut answers, "0")
}

fn end(answers: &mut SendStream<Bytes>, status: &'static str) -> std::result::Result<(), h2::Error> {
    let status = HeaderValue::from_static(status);
    answers.send_trailers(HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), status)]))
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
