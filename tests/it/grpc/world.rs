//! A server on a free port with hand-made generations, and clients for it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chancery::cache::Cache;
use chancery::compile::Document;
use chancery::fleet::{Event, Observer};
use chancery::lifecycle::{DrainTrigger, drain};
use chancery::resource::{Resource, ResourceParts, ResourceType};
use chancery::snapshot::Generation;
use chancery::transport::grpc::{Health, Options, Server};
use envoy_types::pb::envoy::config::cluster::v3::Cluster;
use envoy_types::pb::envoy::config::core::v3::Node;
use envoy_types::pb::envoy::service::discovery::v3::aggregated_discovery_service_client::AggregatedDiscoveryServiceClient;
use envoy_types::pb::envoy::service::discovery::v3::{DiscoveryRequest, DiscoveryResponse};
use envoy_types::pb::google::rpc::Status as RpcStatus;
use prost::Message;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::transport::{Channel, Endpoint};
use tonic::{Status, Streaming};

/// Nothing in these tests takes this long unless it hangs.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) const CDS: &str = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
pub(crate) const EDS: &str = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
pub(crate) const LDS: &str = "type.googleapis.com/envoy.config.listener.v3.Listener";
pub(crate) const VHDS: &str = "type.googleapis.com/envoy.config.route.v3.VirtualHost";

/// A running server.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) health: Health,
    pub(crate) events: Arc<Events>,
    pub(crate) trigger: DrainTrigger,
    pub(crate) server: JoinSet<()>,
    cache: Arc<Cache>,
    number: u64,
}

/// What the server reported.
#[derive(Debug, Default)]
pub(crate) struct Events {
    seen: Mutex<Vec<Event>>,
    news: Notify,
}

impl Observer for Events {
    fn observe(&self, event: Event) {
        self.seen.lock().unwrap().push(event);
        self.news.notify_waiters();
    }
}

impl Events {
    /// Waits until an event like this has happened.
    pub(crate) async fn until(&self, what: &str, matches: impl Fn(&Event) -> bool) {
        let wait = async {
            loop {
                let news = self.news.notified();
                if self.seen.lock().unwrap().iter().any(&matches) {
                    return;
                }
                news.await;
            }
        };
        tokio::time::timeout(LONG, wait).await.unwrap_or_else(|_| panic!("{what}: {:#?}", self.seen.lock().unwrap()));
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let (cache, events) = (Arc::new(Cache::default()), Arc::new(Events::default()));
        let (trigger, drain) = drain();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::bind(any, cache.clone(), events.clone(), options, drain).await.unwrap();
        let (address, health) = (server.address(), server.health());
        let mut running = JoinSet::new();
        running.spawn(async move { server.run().await.unwrap() });
        Self { address, health, events, trigger, server: running, cache, number: 0 }
    }

    /// Makes these clusters, each padded to a size, all that there is.
    pub(crate) fn publish(&mut self, clusters: &[(&str, usize)]) {
        let kind = ResourceType::from_short("CDS").unwrap();
        let resources = clusters.iter().map(|(name, size)| {
            let cluster = Cluster { name: (*name).to_owned(), alt_stat_name: "x".repeat(*size), ..Cluster::default() };
            let parts = ResourceParts {
                name: (*name).into(),
                values: vec![Bytes::from(cluster.encode_to_vec())],
                ..ResourceParts::default()
            };
            (kind.clone(), Arc::new(Resource::new(&kind, parts)))
        });
        let document = Document { name: "test".into(), resources: resources.collect(), ..Document::default() };
        self.number += 1;
        self.cache.publish(Arc::new(Generation::new(self.number, vec![Arc::new(document)], None)));
    }

    pub(crate) async fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        endpoint.connect().await.unwrap()
    }

    /// A new ADS stream on a connection of its own.
    pub(crate) async fn ads(&self) -> Client {
        Client::ads(self.channel().await).await
    }
}

/// One state-of-the-world stream.
pub(crate) struct Client {
    pub(crate) requests: mpsc::UnboundedSender<DiscoveryRequest>,
    pub(crate) responses: Streaming<DiscoveryResponse>,
}

impl Client {
    pub(crate) async fn ads(channel: Channel) -> Self {
        let (requests, receiver) = mpsc::unbounded_channel();
        let mut client = AggregatedDiscoveryServiceClient::new(channel).max_decoding_message_size(usize::MAX);
        let stream = client.stream_aggregated_resources(UnboundedReceiverStream::new(receiver));
        let responses = tokio::time::timeout(LONG, stream).await.unwrap().unwrap().into_inner();
        Self { requests, responses }
    }

    pub(crate) fn send(&self, request: DiscoveryRequest) {
        self.requests.send(request).unwrap();
    }

    pub(crate) async fn next(&mut self) -> Result<Option<DiscoveryResponse>, Status> {
        tokio::time::timeout(LONG, self.responses.message()).await.expect("the server is silent")
    }

    /// The next response, acknowledged: the names in it.
    pub(crate) async fn accept(&mut self) -> Vec<String> {
        let response = self.next().await.unwrap().unwrap();
        self.send(DiscoveryRequest {
            type_url: response.type_url.clone(),
            response_nonce: response.nonce.clone(),
            version_info: response.version_info.clone(),
            ..DiscoveryRequest::default()
        });
        names(&response)
    }

    /// Refuses a response.
    pub(crate) fn refuse(&self, response: &DiscoveryResponse, why: &str) {
        self.send(DiscoveryRequest {
            type_url: response.type_url.clone(),
            response_nonce: response.nonce.clone(),
            error_detail: Some(RpcStatus { code: 13, message: why.to_owned(), ..RpcStatus::default() }),
            ..DiscoveryRequest::default()
        });
    }

    /// The status with which the stream ends.
    pub(crate) async fn end(&mut self) -> Status {
        loop {
            match self.next().await {
                Ok(Some(_)) => {}
                Ok(None) => return Status::ok(""),
                Err(status) => return status,
            }
        }
    }
}

pub(crate) fn names(response: &DiscoveryResponse) -> Vec<String> {
    response.resources.iter().map(|it| Cluster::decode(it.value.as_slice()).unwrap().name).collect()
}

pub(crate) fn node(id: &str) -> Option<Node> {
    Some(Node { id: id.to_owned(), ..Node::default() })
}

/// The first request of a stream: a node and a type, everything of it.
pub(crate) fn hello(id: &str, type_url: &str) -> DiscoveryRequest {
    DiscoveryRequest { node: node(id), type_url: type_url.to_owned(), ..DiscoveryRequest::default() }
}
