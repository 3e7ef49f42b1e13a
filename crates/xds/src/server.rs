//! The gRPC server: one stream for each Envoy (`AggregatedDiscoveryService`).

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use corsac_testbed::{DEADLINE, Result, poll};
use envoy_types::pb::envoy::service::discovery::v3::aggregated_discovery_service_server::{
    AggregatedDiscoveryService, AggregatedDiscoveryServiceServer,
};
use envoy_types::pb::envoy::service::discovery::v3::{
    DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest, DiscoveryResponse,
};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tonic::codegen::tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::transport::{Server, server::TcpIncoming};
use tonic::{Request, Response, Status, Streaming};

use crate::state::State;
use crate::{Resource, Verdict, Version};

/// A running control plane. Dropping it ends its streams.
pub struct ControlPlane {
    address: SocketAddr,
    state: Arc<State>,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

impl ControlPlane {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// If no port is free.
    pub fn start() -> Result<Self> {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }

    /// Starts one on that address, such as the address of one that has ended.
    ///
    /// # Errors
    /// If the address is in use.
    pub fn start_at(address: SocketAddr) -> Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(address))?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::new());
        let service = AggregatedDiscoveryServiceServer::new(Service(Arc::clone(&state)));
        runtime.spawn(Server::builder().serve_with_incoming(service, TcpIncoming::from(listener)));
        Ok(Self { address, state, runtime: Some(runtime) })
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends a resource to a node, in place of its resource of that type and name. A node that
    /// subscribes later gets it then.
    pub fn push(&self, node: &str, resource: Resource) -> Version {
        self.state.set(node, resource)
    }

    /// Waits for Envoy's verdict on a change.
    ///
    /// # Errors
    /// If there is none in time.
    pub fn verdict(&self, version: Version) -> Result<Verdict> {
        poll(DEADLINE, &format!("Envoy accepts or refuses {version:?}"), || self.state.verdict(version))
    }

    /// Sends a resource to a node and waits for the verdict.
    ///
    /// # Errors
    /// If there is none in time.
    pub fn update(&self, node: &str, resource: Resource) -> Result<Verdict> {
        self.verdict(self.push(node, resource))
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(DEADLINE);
        }
    }
}

struct Service(Arc<State>);

type Reply<T> = std::result::Result<T, Status>;

#[tonic::async_trait]
impl AggregatedDiscoveryService for Service {
    type StreamAggregatedResourcesStream = ReceiverStream<Reply<DiscoveryResponse>>;
    type DeltaAggregatedResourcesStream = Pin<Box<dyn Stream<Item = Reply<DeltaDiscoveryResponse>> + Send>>;

    async fn stream_aggregated_resources(
        &self,
        requests: Request<Streaming<DiscoveryRequest>>,
    ) -> Reply<Response<Self::StreamAggregatedResourcesStream>> {
        let (responses, stream) = mpsc::channel(1);
        tokio::spawn(serve(Arc::clone(&self.0), requests.into_inner(), responses));
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    async fn delta_aggregated_resources(
        &self,
        _: Request<Streaming<DeltaDiscoveryRequest>>,
    ) -> Reply<Response<Self::DeltaAggregatedResourcesStream>> {
        Err(Status::unimplemented("subscribe to the state of the world"))
    }
}

/// What an Envoy has subscribed to, by type.
type Subscriptions = BTreeMap<String, Subscription>;

#[derive(Default)]
struct Subscription {
    /// Every resource, if there is none.
    names: Vec<String>,
    /// The version that the stream has sent last.
    sent: Option<u64>,
}

/// Serves one stream until Envoy or the control plane ends it.
async fn serve(
    state: Arc<State>,
    mut requests: Streaming<DiscoveryRequest>,
    responses: mpsc::Sender<Reply<DiscoveryResponse>>,
) {
    let mut changes = state.changes();
    let mut node = None;
    let mut subscriptions = Subscriptions::new();
    loop {
        tokio::select! {
            request = requests.message() => match request {
                Ok(Some(request)) => {
                    // Envoy may name itself in the first request only.
                    node = node.or_else(|| Some(request.node.as_ref()?.id.clone()));
                    read(request, &state, &mut subscriptions);
                }
                _ => return,
            },
            changed = changes.changed() => if changed.is_err() { return },
        }
        let Some(node) = &node else { continue };
        for (kind, subscription) in &mut subscriptions {
            let Some(response) = due(&state, node, kind, subscription) else { continue };
            if responses.send(Ok(response)).await.is_err() {
                return;
            }
        }
    }
}

/// A request is a subscription, and from the second on the verdict on the response with its nonce.
fn read(request: DiscoveryRequest, state: &State, subscriptions: &mut Subscriptions) {
    if let Ok(version) = request.response_nonce.parse() {
        let refusal = request.error_detail.map(|error| Verdict::Refused(error.message));
        state.note(version, refusal.unwrap_or(Verdict::Accepted));
    }
    let subscription = subscriptions.entry(request.type_url).or_default();
    if subscription.names != request.resource_names {
        *subscription = Subscription { names: request.resource_names, sent: None };
    }
}

/// The response that a subscription waits for, if there is one.
fn due(state: &State, node: &str, kind: &str, subscription: &mut Subscription) -> Option<DiscoveryResponse> {
    let snapshot = state.snapshot(node, kind)?;
    if subscription.sent == Some(snapshot.version) {
        return None;
    }
    subscription.sent = Some(snapshot.version);
    let is_wanted = |resource: &Resource| subscription.names.is_empty() || subscription.names.contains(&resource.name);
    Some(DiscoveryResponse {
        version_info: snapshot.version.to_string(),
        resources: snapshot.resources.into_iter().filter(is_wanted).map(|resource| resource.message).collect(),
        type_url: kind.to_owned(),
        nonce: snapshot.version.to_string(),
        ..DiscoveryResponse::default()
    })
}
