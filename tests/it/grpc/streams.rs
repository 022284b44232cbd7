//! Streams on the wire: bytes decode as Envoy's messages, streams end with the right code, views arrive.

use std::net::SocketAddr;

use envoy_types::pb::envoy::config::core::v3::ControlPlane;
use envoy_types::pb::envoy::service::discovery::v3::aggregated_discovery_service_client::AggregatedDiscoveryServiceClient;
use envoy_types::pb::envoy::service::discovery::v3::{DeltaDiscoveryRequest, DiscoveryRequest};
use envoy_types::pb::envoy::service::endpoint::v3::endpoint_discovery_service_client::EndpointDiscoveryServiceClient;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::Code;

use super::world::{CDS, Client, EDS, LDS, LONG, VHDS, World, hello, node};

#[tokio::test]
async fn p1_state_of_the_world_and_delta_on_one_port() {
    let mut world = World::start().await;
    world.publish(&[("a", 0), ("b", 100_000)]);
    let mut sotw = world.ads().await;
    sotw.send(hello("n", CDS));
    assert_eq!(sotw.accept().await, ["a", "b"]);

    let (requests, receiver) = tokio::sync::mpsc::unbounded_channel();
    let mut client = AggregatedDiscoveryServiceClient::new(world.channel().await);
    let mut delta =
        client.delta_aggregated_resources(UnboundedReceiverStream::new(receiver)).await.unwrap().into_inner();
    let request =
        DeltaDiscoveryRequest { node: node("n"), type_url: CDS.to_owned(), ..DeltaDiscoveryRequest::default() };
    requests.send(request).unwrap();
    let response = delta.message().await.unwrap().unwrap();
    let named: Vec<_> = response.resources.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(named, ["a", "b"]);
    assert!(response.resources.iter().all(|it| it.version.len() == 16 && it.resource.is_some()));
    assert_eq!((response.type_url.as_str(), response.nonce.len()), (CDS, 16));

    let identifier = |it: Option<ControlPlane>| it.map(|it| it.identifier).unwrap_or_default();
    assert!(identifier(response.control_plane.clone()).starts_with("chancery/"), "P21");

    world.publish(&[("b", 100_000)]);
    assert_eq!(sotw.accept().await, ["b"]);
    let ack = DeltaDiscoveryRequest {
        type_url: CDS.to_owned(),
        response_nonce: response.nonce,
        ..DeltaDiscoveryRequest::default()
    };
    requests.send(ack).unwrap();
    let response = delta.message().await.unwrap().unwrap();
    assert_eq!((response.resources.len(), response.removed_resources), (0, vec!["a".to_owned()]));
}

/// Envoy withholds the ACK of its clusters until it has their endpoints, and does not ask for these again.
#[tokio::test]
async fn p84_p239_requests_sent_back_to_back_are_all_answered_without_an_ack() {
    let mut world = World::start().await;
    // Small and large: a message is handed to HTTP/2 in one piece or in three.
    for (number, size) in [0, 100_000].into_iter().enumerate() {
        world.publish(&[("a", size)]);
        let mut sotw = world.ads().await;
        sotw.send(hello(&format!("sotw-{number}"), CDS));
        sotw.send(DiscoveryRequest { type_url: LDS.to_owned(), ..DiscoveryRequest::default() });
        let answers = [sotw.next().await.unwrap().unwrap().type_url, sotw.next().await.unwrap().unwrap().type_url];
        assert_eq!(answers, [CDS, LDS]);

        let (requests, receiver) = tokio::sync::mpsc::unbounded_channel();
        let mut client = AggregatedDiscoveryServiceClient::new(world.channel().await);
        let mut delta =
            client.delta_aggregated_resources(UnboundedReceiverStream::new(receiver)).await.unwrap().into_inner();
        let request = |type_url: &str, names: &[&str]| DeltaDiscoveryRequest {
            node: node(&format!("delta-{number}")),
            type_url: type_url.to_owned(),
            resource_names_subscribe: names.iter().map(|it| (*it).to_owned()).collect(),
            ..DeltaDiscoveryRequest::default()
        };
        for (type_url, names) in [(CDS, [].as_slice()), (EDS, &["a"]), (LDS, &[]), (VHDS, &[])] {
            requests.send(request(type_url, names)).unwrap();
        }
        for type_url in [CDS, EDS, LDS, VHDS] {
            let answer = tokio::time::timeout(LONG, delta.message()).await.expect(type_url).unwrap().unwrap();
            assert_eq!(answer.type_url, type_url);
        }
    }
}

#[tokio::test]
async fn p5_p56_p109_p110_p112_responses_say_what_they_hold() {
    let mut world = World::start().await;
    world.publish(&[("a", 0)]);
    let mut sotw = world.ads().await;
    sotw.send(hello("n", CDS));
    let response = sotw.next().await.unwrap().unwrap();
    // P56: the version is the response's, and resources are not wrapped.
    assert_eq!((response.type_url.as_str(), response.resources[0].type_url.as_str()), (CDS, CDS));
    assert!(!response.version_info.is_empty() && !response.nonce.is_empty());

    let (requests, receiver) = tokio::sync::mpsc::unbounded_channel();
    let mut client = AggregatedDiscoveryServiceClient::new(world.channel().await);
    let mut delta =
        client.delta_aggregated_resources(UnboundedReceiverStream::new(receiver)).await.unwrap().into_inner();
    let request = DeltaDiscoveryRequest {
        node: node("n"),
        type_url: CDS.to_owned(),
        resource_names_subscribe: vec!["a".to_owned()],
        ..DeltaDiscoveryRequest::default()
    };
    requests.send(request).unwrap();
    let response = delta.message().await.unwrap().unwrap();
    let resource = &response.resources[0];
    assert_eq!((response.type_url.as_str(), resource.resource.as_ref().unwrap().type_url.as_str()), (CDS, CDS));
    assert_eq!(resource.name, "a");
    assert!(!resource.version.is_empty() && !response.nonce.is_empty() && !response.system_version_info.is_empty());
}

#[tokio::test]
async fn p9_p15_misuse_ends_its_own_stream_with_invalid_argument() {
    let mut world = World::start().await;
    world.publish(&[("a", 0)]);
    let channel = world.channel().await;
    let mut good = Client::ads(channel.clone()).await;
    for (request, word) in [
        (DiscoveryRequest { type_url: CDS.to_owned(), ..DiscoveryRequest::default() }, "node"),
        (hello("", CDS), "node.id"),
        (hello("n", ""), "type_url"),
    ] {
        let mut bad = Client::ads(channel.clone()).await;
        bad.send(request);
        let status = bad.end().await;
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().contains(word), "{status:?}");
    }
    good.send(hello("n", CDS));
    assert_eq!(good.accept().await, ["a"]);
}

#[tokio::test]
async fn p4_a_singleton_stream_carries_its_own_type_only() {
    let mut world = World::start().await;
    world.publish(&[("a", 0)]);
    let (requests, receiver) = tokio::sync::mpsc::unbounded_channel();
    let mut client = EndpointDiscoveryServiceClient::new(world.channel().await);
    let mut stream = client.stream_endpoints(UnboundedReceiverStream::new(receiver)).await.unwrap().into_inner();
    requests.send(hello("n", CDS)).unwrap();
    assert_eq!(stream.message().await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn p14_a_half_close_ends_the_stream_ok() {
    let world = World::start().await;
    let Client { requests, mut responses } = world.ads().await;
    requests.send(hello("n", CDS)).unwrap();
    drop(requests);
    assert!(responses.message().await.unwrap().is_none());
    world.events.until("disconnected", |it| matches!(it, chancery::fleet::Event::Disconnected { .. })).await;
}

#[tokio::test]
async fn p13_a_reset_frees_the_stream() {
    let world = World::start().await;
    let client = world.ads().await;
    client.send(hello("n", CDS));
    world.events.until("connected", |it| matches!(it, chancery::fleet::Event::Connected { .. })).await;
    drop(client);
    world.events.until("disconnected", |it| matches!(it, chancery::fleet::Event::Disconnected { .. })).await;
}

#[tokio::test]
async fn p19_a_stream_waits_for_its_first_configuration() {
    let mut world = World::start().await;
    let mut client = world.ads().await;
    client.send(hello("n", CDS));
    world.events.until("connected", |it| matches!(it, chancery::fleet::Event::Connected { .. })).await;
    world.publish(&[("a", 0)]);
    assert_eq!(client.accept().await, ["a"]);
}

#[tokio::test]
async fn p232_two_streams_of_one_node_are_independent() {
    let mut world = World::start().await;
    world.publish(&[("a", 0)]);
    let (mut first, mut second) = (world.ads().await, world.ads().await);
    first.send(hello("n", CDS));
    second.send(hello("n", CDS));
    assert_eq!(first.accept().await, ["a"]);
    assert_eq!(second.accept().await, ["a"]);
    drop(first);
    world.publish(&[("a", 0), ("b", 0)]);
    assert_eq!(second.accept().await, ["a", "b"]);
}

#[tokio::test]
async fn shutdown_ends_streams_with_unavailable_and_the_server_with_them() {
    let mut world = World::start().await;
    world.publish(&[("a", 0)]);
    let mut client = world.ads().await;
    client.send(hello("n", CDS));
    client.accept().await;
    world.trigger.start();
    assert_eq!(client.end().await.code(), Code::Unavailable);
    drop(client);
    tokio::time::timeout(LONG, world.server.join_next()).await.unwrap().unwrap().unwrap();
}

/// Bytes that are no HTTP/2, a preface and nothing more, a request cut off in a message: all are somebody's problem,
/// but nobody else's.
#[tokio::test]
async fn garbage_and_broken_connections_harm_no_one() {
    let mut world = World::start().await;
    world.publish(&[("a", 0)]);
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice();
    let settings = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00".as_slice();
    for bytes in [
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        vec![0xff; 10_000],
        preface.to_vec(),
        [preface, b"\xff\xff\xff\x00\x00\x00\x00\x00\x01"].concat(),
        [preface, settings, b"\x00\x00\x05\x00\x00\x00\x00\x00\x01junk!"].concat(),
    ] {
        raw(world.address, &bytes).await;
    }
    let mut good = world.ads().await;
    good.send(hello("n", CDS));
    assert_eq!(good.accept().await, ["a"]);
}

async fn raw(address: SocketAddr, bytes: &[u8]) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may hang up before it has read everything: that is its right.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(LONG, stream.read_to_end(&mut answer)).await.expect("the connection was not closed");
}
