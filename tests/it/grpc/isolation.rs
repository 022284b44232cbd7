//! One client's behaviour is nobody else's problem. Stuck readers are in `cli`, where the daemon's memory is its own.

use std::time::Duration;

use chancery::fleet::Event;
use chancery::subscription::Limits;
use chancery::transport::grpc::Options;
use envoy_types::pb::envoy::service::discovery::v3::aggregated_discovery_service_client::AggregatedDiscoveryServiceClient;
use envoy_types::pb::envoy::service::discovery::v3::{DeltaDiscoveryRequest, DiscoveryRequest};
use envoy_types::pb::google::rpc::Status;
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::world::{CDS, World, hello, node};

/// P252: requests without end are read no faster than they are handled, and another client is served meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p252_a_flood_of_requests_starves_nobody() {
    let mut world = World::start().await;
    world.publish(&[("a", 0)]);
    let flood = world.ads().await;
    let names: Vec<_> = (0..100).map(|it| format!("name-{it}")).collect();
    for _ in 0..5_000 {
        flood.send(DiscoveryRequest { resource_names: names.clone(), ..hello("flood", CDS) });
    }
    let mut healthy = world.ads().await;
    healthy.send(hello("healthy", CDS));
    let served = tokio::time::timeout(Duration::from_secs(10), healthy.accept()).await.unwrap();
    assert_eq!(served, ["a"]);
}

/// P101: who refuses several resources and then says no more is not waited for without end.
#[tokio::test]
async fn p101_a_search_in_a_client_that_falls_silent_ends_in_time() {
    let limits = Limits { isolation_bound: Duration::from_millis(200), ..Limits::default() };
    let mut world = World::with(Options { limits, ..Options::default() }).await;
    world.publish(&[("a", 0), ("b", 0)]);
    let (requests, receiver) = tokio::sync::mpsc::unbounded_channel();
    let mut client = AggregatedDiscoveryServiceClient::new(world.channel().await);
    let stream = client.delta_aggregated_resources(UnboundedReceiverStream::new(receiver));
    let first = DeltaDiscoveryRequest { node: node("n"), type_url: CDS.to_owned(), ..DeltaDiscoveryRequest::default() };
    requests.send(first).unwrap();
    let mut responses = stream.await.unwrap().into_inner();
    let response = responses.message().await.unwrap().unwrap();
    assert_eq!(response.resources.len(), 2);
    let refusal = Status { code: 13, message: "no".to_owned(), details: vec![] };
    let nack = DeltaDiscoveryRequest {
        type_url: CDS.to_owned(),
        response_nonce: response.nonce,
        error_detail: Some(refusal),
        ..DeltaDiscoveryRequest::default()
    };
    requests.send(nack).unwrap();
    assert_eq!(responses.message().await.unwrap().unwrap().resources.len(), 1);
    world.events.until("the search", |it| matches!(it, Event::Isolating { suspects: 2, .. })).await;
    let parked = |it: &Event| matches!(it, Event::Refused { names, .. } if names.len() == 2);
    world.events.until("its end", parked).await;
}
