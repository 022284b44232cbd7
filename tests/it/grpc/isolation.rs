//! One client's behaviour is nobody else's problem. Stuck readers are in `cli`, where the daemon's memory is its own.

use std::time::Duration;

use envoy_types::pb::envoy::service::discovery::v3::DiscoveryRequest;

use super::world::{CDS, World, hello};

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
