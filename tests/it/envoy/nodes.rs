//! Who gets what: two Envoys under one name, and one that no document is for.

use chancery::envoy::{Envoy, Mode, bootstrap};

use super::bench::{Bench, SOON, adapt, follower_options, free_port, until_served_by};
use super::daemon::{Chancery, Serve};
use super::dump::held;
use super::settled::until_nothing_warms;
use super::upstream::Upstream;

fn document(selector: &str, listener: u16, upstream: u16) -> String {
    format!(
        "name: web
nodes:
- {{id: \"{selector}\"}}
spec:
  listeners:
  - {{name: http, address: 127.0.0.1, port: {listener}, routes: [{{name: all, prefix: /, clusters: [web]}}]}}
  clusters:
  - {{name: web, endpoints: [{{address: 127.0.0.1, port: {upstream}}}]}}
"
    )
}

async fn until_endpoint(envoy: &Envoy, port: u16) {
    let endpoint = format!("web::127.0.0.1:{port}::");
    let what = format!("endpoint {endpoint}");
    envoy.admin().wait_until("/clusters", &what, SOON, |it| it.contains(&endpoint)).await.unwrap();
    until_nothing_warms(envoy).await;
}

#[tokio::test]
async fn two_envoys_with_one_node_id_both_follow() {
    let Some(bench) = Bench::open().await else { return };
    let (one, two) = (Upstream::plain("one").await, Upstream::plain("two").await);
    let port = free_port();
    bench.write("config/web.yaml", &document("edge-*", port, one.port()));
    let chancery = Chancery::start(&bench, Serve::source(&bench.path("config"))).await;
    // Both listen on one port, which the kernel shares between them.
    let first = bench.named_follower("first", "edge-1", Mode::Ads, chancery.port()).await;
    let second = bench.named_follower("second", "edge-1", Mode::DeltaAds, chancery.port()).await;
    for envoy in [&first, &second] {
        until_endpoint(envoy, one.port()).await;
        let listening = |it: &str| it.contains(&format!("127.0.0.1:{port}"));
        envoy.admin().wait_until("/listeners", "the listener", SOON, listening).await.unwrap();
    }
    until_served_by(port, "/", "one").await;

    bench.write("config/web.yaml", &document("edge-*", port, two.port()));
    until_endpoint(&first, two.port()).await;
    until_endpoint(&second, two.port()).await;
    first.kill().await.unwrap();
    until_served_by(port, "/", "two").await;
    bench.write("config/web.yaml", &document("edge-*", port, one.port()));
    until_endpoint(&second, one.port()).await;
}

#[tokio::test]
async fn a_node_that_matches_nothing_waits_and_is_named() {
    let Some(bench) = Bench::open().await else { return };
    let upstream = Upstream::plain("one").await;
    let port = free_port();
    bench.write("config/web.yaml", &document("edge-*", port, upstream.port()));
    let chancery = Chancery::start(&bench, Serve::source(&bench.path("config"))).await;
    let lonely = bench.follower("lonely", Mode::DeltaAds, chancery.port()).await;
    let said = chancery.log_line("the log to name the node", |it| it.to_string().contains("lonely")).await;
    assert!(["INFO", "WARN"].contains(&said["level"].as_str().unwrap()), "{said}");
    assert_eq!(lonely.admin().listeners().await.unwrap(), "");

    bench.write("config/web.yaml", &document("lone*", port, upstream.port()));
    until_served_by(port, "/", "one").await;
}

/// S111: one spec serves clusters on a stream of their own and listeners on ADS, to one Envoy: each reference is
/// spelled for the stream on which it was asked for.
#[tokio::test]
async fn s111_one_envoy_mixes_an_aggregated_and_a_separate_stream() {
    let Some(bench) = Bench::open().await else { return };
    let (one, two) = (Upstream::plain("one").await, Upstream::plain("two").await);
    let port = free_port();
    bench.write("config/web.yaml", &document("edge-*", port, one.port()));
    let chancery = Chancery::start(&bench, Serve::source(&bench.path("config"))).await;
    let aggregated = bootstrap(&follower_options("edge-1", Mode::Ads, chancery.port()));
    let own = "cds_config:
    resource_api_version: V3
    api_config_source:
      api_type: DELTA_GRPC
      transport_api_version: V3
      grpc_services: [{envoy_grpc: {cluster_name: xds_cluster}}]
";
    let on_ads = "cds_config:\n    resource_api_version: V3\n    ads: {}\n";
    let envoy = bench.envoy("mixed", &adapt(&aggregated, &[(on_ads, own)])).await;
    until_served_by(port, "/", "one").await;
    bench.write("config/web.yaml", &document("edge-*", port, two.port()));
    until_served_by(port, "/", "two").await;
    let dump = held(&envoy.admin().config_dump().await.unwrap());
    let eds = &dump["cluster/web"].content["eds_cluster_config"]["eds_config"];
    assert_eq!(eds["api_config_source"]["api_type"], "DELTA_GRPC", "{eds}");
    let listener = dump["listener/http"].content.to_string();
    assert!(listener.contains("\"ads\":{}"), "{listener}");
    assert_eq!(envoy.admin().stats("update_rejected$").await.unwrap().sum_of(".update_rejected"), 0);
}
