//! Who gets what: two Envoys under one name, and one that no document is for.

use chancery::envoy::{Envoy, Mode};

use super::bench::{Bench, SOON, free_port, until_served_by};
use super::daemon::{Chancery, Serve};
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
