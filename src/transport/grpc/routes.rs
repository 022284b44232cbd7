//! The gRPC methods, made from the table of types: aggregated and singleton, state of the world, delta and fetch.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Request, Response, header};
use axum::middleware::Next;
use axum::routing::post;
use bytes::Bytes;
use http_body::Frame;

use super::driver::{self, Call};
use super::peers::OpenStream;
use super::response::DrivenBody;
use super::server::Shared;
use super::status::{Code, Status};
use crate::fleet::StreamId;
use crate::net::Origin;
use crate::resource::ResourceType;
use crate::subscription::{Protocol, Scope};

/// The aggregated service.
pub(super) const AGGREGATED: &str = "envoy.service.discovery.v3.AggregatedDiscoveryService";

/// How a method talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Stream(Protocol),
    /// One request, one response.
    Fetch,
}

/// All xDS methods. Anything else, v2 included, is `UNIMPLEMENTED` by the fallback (P24).
pub(super) fn routes(shared: &Arc<Shared>) -> Router {
    methods().into_iter().fold(Router::new(), |router, (path, style, scope)| {
        let shared = shared.clone();
        router.route(&path, post(move |request: Request<Body>| async move { call(&shared, style, &scope, request) }))
    })
}

/// Path, style and scope of each method (P1, P2).
fn methods() -> Vec<(String, Style, Scope)> {
    let (sotw, delta) = (Style::Stream(Protocol::Sotw), Style::Stream(Protocol::Delta));
    let mut methods = vec![
        (format!("/{AGGREGATED}/StreamAggregatedResources"), sotw, Scope::Aggregated),
        (format!("/{AGGREGATED}/DeltaAggregatedResources"), delta, Scope::Aggregated),
    ];
    for kind in ResourceType::all_known() {
        let rules = kind.rules();
        let scope = Scope::Only(kind.clone());
        methods.push((format!("/{}/{}", rules.service, rules.delta_method), delta, scope.clone()));
        if let Some(method) = rules.stream_method {
            methods.push((format!("/{}/{method}", rules.service), sotw, scope.clone()));
            let fetch = method.replacen("Stream", "Fetch", 1);
            methods.push((format!("/{}/{fetch}", rules.service), Style::Fetch, scope));
        }
    }
    methods
}

fn call(shared: &Arc<Shared>, style: Style, scope: &Scope, request: Request<Body>) -> Response<Body> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let peer = request.extensions().get::<Origin>().map(|it| it.peer);
    let open = match open(shared, &request) {
        Ok(open) => open,
        Err(status) => return ended(status),
    };
    let id = StreamId(NEXT.fetch_add(1, Ordering::Relaxed));
    let shared = shared.clone();
    let body = request.into_body();
    let scope = scope.clone();
    let driven = match style {
        Style::Stream(protocol) => {
            let call = Call { id, protocol, scope, peer, _open: open };
            DrivenBody::new(|outbox| driver::drive(shared, call, body, outbox))
        }
        Style::Fetch => {
            let call = Call { id, protocol: Protocol::Sotw, scope, peer, _open: open };
            DrivenBody::new(|outbox| driver::fetch(shared, call, body, outbox))
        }
    };
    grpc(Body::new(driven))
}

/// Counts a stream.
fn open(shared: &Shared, request: &Request<Body>) -> Result<Option<OpenStream>, Status> {
    let Some(origin) = request.extensions().get::<Origin>() else { return Ok(None) };
    let limit = shared.options.max_streams_per_peer;
    let open = shared.peers.open(origin, limit);
    let refused = || {
        let text = format!("{} has {limit} streams open, the most that one address may have", origin.peer.ip());
        Status::new(Code::ResourceExhausted, text)
    };
    open.ok_or_else(refused).map(Some)
}

/// Counts the calls of services that are not ours, health and reflection, as streams like any other.
pub(super) async fn count(State(shared): State<Arc<Shared>>, request: Request<Body>, next: Next) -> Response<Body> {
    match open(&shared, &request) {
        Ok(open) => next.run(request).await.map(|body| Body::new(CountedBody { body, _open: open })),
        Err(status) => ended(status),
    }
}

/// A body that keeps its stream counted.
#[derive(Debug)]
struct CountedBody {
    body: Body,
    _open: Option<OpenStream>,
}

impl http_body::Body for CountedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}

fn ended(status: Status) -> Response<Body> {
    let mut response = grpc(Body::empty());
    response.headers_mut().extend(status.trailers());
    response
}

fn grpc(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert("grpc-accept-encoding", HeaderValue::from_static("identity"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p2_every_method_of_envoys_discovery_services_has_a_route() {
        let pool = crate::resource::descriptors();
        let paths: Vec<String> = methods().into_iter().map(|(path, ..)| path).collect();
        let services = ResourceType::all_known().map(|it| it.rules().service).chain([AGGREGATED]);
        for service in services {
            let service = pool.get_service_by_name(service).unwrap();
            for method in service.methods() {
                let path = format!("/{}/{}", service.full_name(), method.name());
                assert!(paths.contains(&path), "{path}");
            }
        }
    }
}
