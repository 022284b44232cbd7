//! Limits on the wire: message sizes, streams, names.

use chancery::subscription::Limits;
use chancery::transport::grpc::Options;
use envoy_types::pb::envoy::service::discovery::v3::DiscoveryRequest;
use tonic::Code;
use tonic::codec::CompressionEncoding;

use super::world::{CDS, Client, EDS, World, hello};

fn names(count: usize) -> DiscoveryRequest {
    DiscoveryRequest {
        resource_names: (0..count).map(|it| format!("some-cluster-name-{it}")).collect(),
        ..hello("n", EDS)
    }
}

#[tokio::test]
async fn p244_a_request_of_more_than_4_mib_is_accepted() {
    let mut world = World::start().await;
    world.publish(&[("a", 0)]);
    let mut client = world.ads().await;
    let request = names(190_000);
    assert!(prost::Message::encoded_len(&request) > 4 << 20);
    client.send(request);
    client.send(DiscoveryRequest { type_url: CDS.to_owned(), ..DiscoveryRequest::default() });
    assert_eq!(client.accept().await, ["a"]);
}

#[tokio::test]
async fn p253_a_request_over_the_limit_is_refused_by_its_header() {
    let world = World::with(Options { max_message_size: 1000, ..Options::default() }).await;
    let mut client = world.ads().await;
    client.send(names(100));
    let status = client.end().await;
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.message().contains("over the limit of 1000 bytes"), "{status:?}");
}

#[tokio::test]
async fn p253_names_are_bounded() {
    let limits = Limits { max_names: 10, ..Limits::default() };
    let world = World::with(Options { limits, ..Options::default() }).await;
    let mut client = world.ads().await;
    client.send(names(11));
    assert_eq!(client.end().await.code(), Code::ResourceExhausted);
}

#[tokio::test]
async fn p253_streams_of_one_peer_are_bounded_and_come_free_again() {
    let world = World::with(Options { max_streams_per_peer: 2, ..Options::default() }).await;
    let first = world.ads().await;
    first.send(hello("n", CDS));
    let _second = world.ads().await;
    let mut third = refused(&world).await;
    assert_eq!(third.code(), Code::ResourceExhausted);
    assert!(third.message().contains("2 streams open"), "{third:?}");
    world.events.until("connected", |it| matches!(it, chancery::fleet::Event::Connected { .. })).await;
    drop(first);
    world.events.until("disconnected", |it| matches!(it, chancery::fleet::Event::Disconnected { .. })).await;
    third = refused(&world).await;
    assert_eq!(third.code(), Code::Ok, "{third:?}");
}

/// The status with which a new stream ends that is closed at once.
async fn refused(world: &World) -> tonic::Status {
    let (requests, receiver) = tokio::sync::mpsc::unbounded_channel::<DiscoveryRequest>();
    drop(requests);
    let mut client = envoy_types::pb::envoy::service::discovery::v3::aggregated_discovery_service_client::AggregatedDiscoveryServiceClient::new(world.channel().await);
    let stream = tokio_stream::wrappers::UnboundedReceiverStream::new(receiver);
    match client.stream_aggregated_resources(stream).await {
        Ok(response) => response.into_inner().message().await.err().unwrap_or_else(|| tonic::Status::ok("")),
        Err(status) => status,
    }
}

#[tokio::test]
async fn p145_p246_a_thousand_streams_on_one_connection() {
    let mut world = World::start().await;
    world.publish(&[("a", 0)]);
    let channel = world.channel().await;
    let mut clients = Vec::new();
    for _ in 0..1_100 {
        let client = Client::ads(channel.clone()).await;
        client.send(hello("n", CDS));
        clients.push(client);
    }
    for client in &mut clients {
        assert_eq!(client.accept().await, ["a"]);
    }
}

#[tokio::test]
async fn p255_compressed_requests_are_refused_in_grpcs_own_way() {
    let world = World::start().await;
    let (requests, receiver) = tokio::sync::mpsc::unbounded_channel();
    requests.send(hello("n", CDS)).unwrap();
    let client = envoy_types::pb::envoy::service::discovery::v3::aggregated_discovery_service_client::AggregatedDiscoveryServiceClient::new(world.channel().await);
    let mut client = client.send_compressed(CompressionEncoding::Gzip);
    let stream = tokio_stream::wrappers::UnboundedReceiverStream::new(receiver);
    let response = client.stream_aggregated_resources(stream).await.unwrap();
    assert_eq!(response.metadata().get("grpc-accept-encoding").unwrap(), "identity");
    assert_eq!(response.into_inner().message().await.unwrap_err().code(), Code::Unimplemented);
}
