//! The services around the streams: fetch, health, reflection, unknown methods.

use envoy_types::pb::envoy::service::cluster::v3::cluster_discovery_service_client::ClusterDiscoveryServiceClient;
use envoy_types::pb::envoy::service::discovery::v3::DiscoveryRequest;
use envoy_types::pb::envoy::service::endpoint::v3::endpoint_discovery_service_client::EndpointDiscoveryServiceClient;
use http::uri::PathAndQuery;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use super::world::{EDS, World, hello, names};

#[tokio::test]
async fn p2_fetch_answers_once_and_is_unavailable_before_the_first_configuration() {
    let mut world = World::start().await;
    let mut client = ClusterDiscoveryServiceClient::new(world.channel().await);
    let status = client.fetch_clusters(hello("n", "")).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    world.publish(&[("a", 0), ("b", 0)]);
    let response = client.fetch_clusters(hello("n", "")).await.unwrap().into_inner();
    assert_eq!(names(&response), ["a", "b"]);
    let mut client = EndpointDiscoveryServiceClient::new(world.channel().await);
    let request = DiscoveryRequest { resource_names: vec!["none".to_owned()], ..hello("n", EDS) };
    let response = client.fetch_endpoints(request).await.unwrap().into_inner();
    assert_eq!((response.type_url.as_str(), response.resources.len()), (EDS, 0));
}

#[tokio::test]
async fn p258_health_says_whether_it_is_ready() {
    let world = World::start().await;
    let mut client = HealthClient::new(world.channel().await);
    let mut status = async || client.check(HealthCheckRequest::default()).await.unwrap().into_inner().status();
    assert_eq!(status().await, ServingStatus::NotServing);
    world.health.set(true).await;
    assert_eq!(status().await, ServingStatus::Serving);
}

#[tokio::test]
async fn reflection_lists_every_discovery_service_and_describes_them() {
    let world = World::start().await;
    let mut client = ServerReflectionClient::new(world.channel().await);
    let (requests, receiver) = tokio::sync::mpsc::unbounded_channel();
    let ask = |it| requests.send(ServerReflectionRequest { message_request: Some(it), ..Default::default() }).unwrap();
    ask(MessageRequest::ListServices(String::new()));
    ask(MessageRequest::FileContainingSymbol("envoy.service.discovery.v3.DiscoveryRequest".to_owned()));
    let mut answers = client.server_reflection_info(UnboundedReceiverStream::new(receiver)).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(list) = answer else { panic!("{answer:?}") };
    let listed: Vec<_> = list.service.iter().map(|it| it.name.as_str()).collect();
    for service in
        ["envoy.service.discovery.v3.AggregatedDiscoveryService", "envoy.service.secret.v3.SecretDiscoveryService"]
    {
        assert!(listed.contains(&service), "{listed:?}");
    }
    let answer = answers.message().await.unwrap().unwrap().message_response.unwrap();
    assert!(matches!(answer, MessageResponse::FileDescriptorResponse(_)), "{answer:?}");
}

#[tokio::test]
async fn p24_a_call_to_v2_is_unimplemented() {
    let world = World::start().await;
    let mut grpc = tonic::client::Grpc::new(world.channel().await);
    for path in [
        "/envoy.service.discovery.v2.AggregatedDiscoveryService/StreamAggregatedResources",
        "/envoy.api.v2.ClusterDiscoveryService/FetchClusters",
    ] {
        grpc.ready().await.unwrap();
        let codec = tonic_prost::ProstCodec::<DiscoveryRequest, DiscoveryRequest>::default();
        let status =
            grpc.unary(tonic::Request::new(hello("n", "")), PathAndQuery::from_static(path), codec).await.unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented, "{path}");
    }
}
