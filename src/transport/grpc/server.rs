//! The gRPC server: binding, HTTP/2 settings, health and reflection, shutdown.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::{TcpListener, TcpSocket};
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use super::connections::Incoming;
use super::frames::MessageLimits;
use super::peers::Peers;
use super::{reflection, routes};
use crate::cache::Cache;
use crate::fleet::{Event, Observer};
use crate::lifecycle::Drain;
use crate::snapshot::control_plane_field;
use crate::subscription::Limits;

/// Connections that may wait to be accepted: a whole fleet reconnects at once after a restart.
const BACKLOG: u32 = 4096;

/// Bytes of one call's headers. Credentials in them are a few kilobytes at most.
const MAX_HEADERS: u32 = 8 << 10;

/// How much a client may send unread, on a stream and on a connection. 64 KiB, the default, makes a request with 10⁵
/// names slow over a distance (P245).
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;

/// Limits and timings of the server.
#[derive(Debug, Clone)]
pub struct Options {
    /// The most connections in all (P253). What is over it is closed at once.
    pub max_connections: usize,
    /// The most connections from one address; half of all if `None`.
    pub max_connections_per_address: Option<usize>,
    /// How long a connection may take to begin as HTTP/2 does.
    pub handshake: Duration,
    /// How long a connection may be without a stream.
    pub idle: Duration,
    /// The largest request, in bytes. A reconnecting Envoy with 10⁵ names is over the usual 4 MiB (P244).
    pub max_message_size: usize,
    /// The most streams that one address may have open (P253).
    pub max_streams_per_peer: usize,
    /// The most streams that one node may have open.
    pub max_streams_per_node: usize,
    /// `SETTINGS_MAX_CONCURRENT_STREAMS`: separate EDS streams come by the hundreds (P145, P246).
    pub max_streams_per_connection: u32,
    /// How often HTTP/2 pings go out to find dead peers behind NAT, and how long to wait for an answer (P247).
    pub keepalive: (Duration, Duration),
    /// Limits of each stream.
    pub limits: Limits,
    /// `control_plane.identifier`: which instance and build answers (P21).
    pub identifier: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_connections: 20_000,
            max_connections_per_address: None,
            handshake: Duration::from_secs(10),
            idle: Duration::from_secs(300),
            max_message_size: 64 << 20,
            max_streams_per_peer: 20_000,
            max_streams_per_node: 2_000,
            max_streams_per_connection: 2_000,
            keepalive: (Duration::from_secs(30), Duration::from_secs(10)),
            limits: Limits::default(),
            identifier: concat!("chancery/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl Options {
    /// The most connections from one address. By default it cannot have all.
    pub fn connections_per_address(&self) -> usize {
        let usual = self.max_connections.div_ceil(2);
        self.max_connections_per_address.unwrap_or(usual).min(self.max_connections)
    }
}

/// What all streams share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) cache: Arc<Cache>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) options: Options,
    pub(super) drain: Drain,
    pub(super) peers: Arc<Peers>,
    pub(super) messages: Arc<MessageLimits>,
    /// The `control_plane` field of state-of-the-world and delta responses.
    pub(super) control_plane: [Bytes; 2],
}

impl Shared {
    pub(super) fn observe(&self, event: Event) {
        self.observer.observe(event);
    }
}

/// A bound server that does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    health: HealthReporter,
    health_service: Routes,
}

impl Server {
    /// Binds the address. A taken port fails here, before anything else runs.
    pub async fn bind(
        address: SocketAddr,
        cache: Arc<Cache>,
        observer: Arc<dyn Observer>,
        options: Options,
        drain: Drain,
    ) -> io::Result<Self> {
        let listener = listen(address)?;
        let address = listener.local_addr()?;
        let (health, service) = tonic_health::server::health_reporter();
        health.set_service_status("", ServingStatus::NotServing).await;
        let control_plane = [false, true].map(|delta| control_plane_field(delta, &options.identifier));
        let messages = Arc::new(MessageLimits::new(options.max_message_size, options.idle));
        let shared = Shared { cache, observer, options, drain, peers: Arc::default(), messages, control_plane };
        Ok(Self { listener, address, shared: Arc::new(shared), health, health_service: Routes::new(service) })
    }

    /// The bound address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The most connections, in all and from one address.
    pub fn max_connections(&self) -> (usize, usize) {
        (self.shared.options.max_connections, self.shared.options.connections_per_address())
    }

    /// Tells health checks whether this server is ready (P258).
    pub fn health(&self) -> Health {
        Health(self.health.clone())
    }

    /// Serves until drained: then no new streams, GOAWAY, and each stream ends with `UNAVAILABLE`.
    pub async fn run(self) -> Result<(), tonic::transport::Error> {
        let options = &self.shared.options;
        let files = reflection::files();
        // The set was read from our own descriptors: if it cannot be read again, reflection is simply not offered.
        let reflection = || tonic_reflection::server::Builder::configure().register_encoded_file_descriptor_set(&files);
        let mut services = self.health_service;
        if let Ok(service) = reflection().build_v1() {
            services = services.add_service(service);
        }
        if let Ok(service) = reflection().build_v1alpha() {
            services = services.add_service(service);
        }
        let counted = axum::middleware::from_fn_with_state(self.shared.clone(), routes::count);
        let router = services.prepare().into_axum_router().layer(counted).merge(routes::routes(&self.shared));
        let drain = self.shared.drain.clone();
        let incoming = Incoming::new(self.listener, options);
        tonic::transport::Server::builder()
            .http2_keepalive_interval(Some(options.keepalive.0))
            .http2_keepalive_timeout(Some(options.keepalive.1))
            .initial_stream_window_size(Some(STREAM_WINDOW))
            .initial_connection_window_size(Some(CONNECTION_WINDOW))
            .max_concurrent_streams(Some(options.max_streams_per_connection))
            .http2_max_header_list_size(Some(MAX_HEADERS))
            .add_routes(Routes::from(router))
            .serve_with_incoming_shutdown(incoming, async move {
                drain.signalled().await;
            })
            .await
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// The switch of the health service.
#[derive(Debug, Clone)]
pub struct Health(HealthReporter);

impl Health {
    /// Serving or not.
    pub async fn set(&self, ready: bool) {
        let status = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
        self.0.set_service_status("", status).await;
    }
}
