//! Requests that would fill the memory or the log: big and many nodes, headers, streams, messages without an end.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use envoy_types::pb::envoy::service::discovery::v3::DiscoveryRequest;
use envoy_types::pb::envoy::service::discovery::v3::aggregated_discovery_service_client::AggregatedDiscoveryServiceClient;
use http_body::Frame;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::{Code, Request};

use super::Size;
use super::daemon::Daemon;
use super::figures::{Before, Bounds};
use crate::grpc::world::{CDS, Client, hello};

const SOME: Bounds = Bounds { cpu: 50.0, memory: 200.0, log: 256.0 };

/// Nodes with an id of many megabytes, one after the other. What is remembered of them is bounded.
pub(super) async fn big_nodes(size: Size) {
    let mut daemon = Daemon::start(1_024, "").await;
    let mut client = daemon.client("good").await;
    let before = Before::of(&daemon);
    for number in 0..size.of(8, 40) {
        let mut attacker = Client::ads(daemon.channel().await).await;
        attacker.send(hello(&format!("{number}{}", "x".repeat(size.of(30_000_000, 60_000_000))), CDS));
        let status = attacker.end().await;
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    }
    before.hold("big node ids", size, &mut daemon, &mut client, SOME).await;
}

/// Thousands of nodes with ids as long as they may be, each for a moment.
pub(super) async fn many_nodes(size: Size) {
    let mut daemon = Daemon::start(4_096, "--canary off").await;
    let mut client = daemon.client("good").await;
    let before = Before::of(&daemon);
    let mut attackers = JoinSet::new();
    for attacker in 0..10 {
        let channel = daemon.channel().await;
        attackers.spawn(async move {
            for number in 0..size.of(50, 2_000) {
                let mut client = Client::ads(channel.clone()).await;
                client.send(hello(&format!("{attacker}-{number}-{}", "x".repeat(900)), CDS));
                client.next().await.unwrap();
            }
        });
    }
    attackers.join_all().await;
    // So many lines are written at most in some time: on a busy machine this takes longer, and more are written.
    let bounds = Bounds { log: 1_024.0, ..SOME };
    before.hold("many node ids", size, &mut daemon, &mut client, bounds).await;
}

/// Streams with as many headers as they may have, which say nothing more.
pub(super) async fn headers(size: Size) {
    let mut daemon = Daemon::start(4_096, "").await;
    let mut client = daemon.client("good").await;
    let before = Before::of(&daemon);
    let mut held = Vec::new();
    for _ in 0..10 {
        let channel = daemon.channel().await;
        for _ in 0..size.of(50, 1_900) {
            let (requests, receiver) = mpsc::unbounded_channel::<DiscoveryRequest>();
            let mut request = Request::new(UnboundedReceiverStream::new(receiver));
            for name in ["a", "b", "c", "d"] {
                request.metadata_mut().insert(name, "x".repeat(1_800).parse().unwrap());
            }
            let mut client = AggregatedDiscoveryServiceClient::new(channel.clone());
            held.push((requests, client.stream_aggregated_resources(request).await.unwrap()));
        }
    }
    let mut request = Request::new(tokio_stream::empty::<DiscoveryRequest>());
    request.metadata_mut().insert("a", "x".repeat(12 << 10).parse().unwrap());
    let mut over = AggregatedDiscoveryServiceClient::new(daemon.channel().await);
    // By an HTTP status, which tonic tells of with the first message.
    let refused = match over.stream_aggregated_resources(request).await {
        Ok(stream) => stream.into_inner().message().await.is_err(),
        Err(_) => true,
    };
    assert!(refused, "12 KiB of headers are refused");
    before.hold("headers", size, &mut daemon, &mut client, Bounds { memory: 150.0, ..SOME }).await;
}

/// As many streams of one node as it may have, which ask for everything; and one more.
pub(super) async fn streams(size: Size) {
    let most = size.of(300, 2_000);
    let mut daemon = Daemon::start(4_096, &format!("--canary off --max-streams-per-node {most}")).await;
    let mut client = daemon.client("good").await;
    let before = Before::of(&daemon);
    let mut held = Vec::new();
    let mut channel = daemon.channel().await;
    for number in 0..most {
        if number % 500 == 499 {
            channel = daemon.channel().await;
        }
        let mut client = Client::ads(channel.clone()).await;
        client.send(hello("one", CDS));
        client.accept().await;
        held.push(client);
    }
    let mut over = Client::ads(channel).await;
    over.send(hello("one", CDS));
    assert_eq!(over.end().await.code(), Code::ResourceExhausted);
    before.hold("streams of one node", size, &mut daemon, &mut client, Bounds { memory: 100.0, ..SOME }).await;
}

/// Requests of which the last byte never comes.
pub(super) async fn unfinished(size: Size) {
    let mut daemon = Daemon::start(4_096, "").await;
    let mut client = daemon.client("good").await;
    let before = Before::of(&daemon);
    let mut held = Vec::new();
    for _ in 0..size.of(12, 40) {
        held.push(unfinished_request(&daemon, 40 << 20).await);
    }
    // Until all of it has come.
    sleep(Duration::from_secs(size.of(3, 10))).await;
    before.hold("unfinished requests", size, &mut daemon, &mut client, Bounds { memory: 400.0, ..SOME }).await;
}

/// A stream whose one request announces a mebibyte more than ever comes.
async fn unfinished_request(daemon: &Daemon, bytes: usize) -> http::Response<Body> {
    let mut channel = daemon.channel().await;
    let announced = u32::try_from(bytes + (1 << 20)).unwrap();
    let head = [&[0], announced.to_be_bytes().as_slice()].concat();
    let body = Body::new(Unfinished { head: Some(head.into()), left: bytes });
    let path = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";
    let request = http::Request::post(format!("http://{}{path}", daemon.address));
    let request = request.header("content-type", "application/grpc").header("te", "trailers").body(body).unwrap();
    poll_fn(|cx| GrpcService::<Body>::poll_ready(&mut channel, cx)).await.unwrap();
    GrpcService::call(&mut channel, request).await.unwrap()
}

/// A body that stops before its end.
#[derive(Debug)]
struct Unfinished {
    head: Option<Bytes>,
    left: usize,
}

impl http_body::Body for Unfinished {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(head) = self.head.take() {
            return Poll::Ready(Some(Ok(Frame::data(head))));
        }
        if self.left == 0 {
            return Poll::Pending;
        }
        let chunk = self.left.min(64 << 10);
        self.left -= chunk;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![b'x'; chunk])))))
    }
}

#[tokio::test]
async fn big_nodes_are_refused_and_not_remembered() {
    big_nodes(Size::Short).await;
}

#[tokio::test]
async fn many_nodes_fill_neither_memory_nor_log() {
    many_nodes(Size::Short).await;
}

#[tokio::test]
async fn headers_are_not_kept() {
    headers(Size::Short).await;
}

#[tokio::test]
async fn streams_cost_little() {
    streams(Size::Short).await;
}

#[tokio::test]
async fn unfinished_requests_are_bounded_together() {
    unfinished(Size::Short).await;
}
