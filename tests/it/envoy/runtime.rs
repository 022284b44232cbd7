//! Runtime layers (RTDS): one that no document has does not keep an Envoy from starting (S138), and values arrive.

use std::time::Duration;

use chancery::envoy::{Mode, bootstrap};
use tokio::time::timeout;

use super::bench::{Bench, SOON, follower_options, free_port, until_served_by};
use super::daemon::{Chancery, Serve};
use super::settled::until_nothing_warms;
use super::upstream::Upstream;

/// Envoy waits 15 s for a layer that nobody answers for.
const SOONER_THAN_ENVOY_GIVES_UP: Duration = Duration::from_secs(10);

async fn check(mode: Mode) {
    let Some(bench) = Bench::open().await else { return };
    let upstream = Upstream::plain("one").await;
    let port = free_port();
    let text = format!(
        "spec:
  listeners:
  - {{name: http, address: 127.0.0.1, port: {port}, routes: [{{name: all, prefix: /, clusters: [web]}}]}}
  clusters:
  - {{name: web, endpoints: [{{address: 127.0.0.1, port: {}}}]}}
",
        upstream.port()
    );
    bench.write("config/web.yaml", &text);
    let chancery = Chancery::start(&bench, Serve::source(&bench.path("config"))).await;
    let mut options = follower_options("edge-1", mode, chancery.port());
    options.runtime_layer = Some("runtime-0".to_owned());
    let envoy = bench.envoy("edge-1", &bootstrap(&options)).await;
    let served = until_served_by(port, "/", "one");
    timeout(SOONER_THAN_ENVOY_GIVES_UP, served).await.expect("Envoy waits for a layer that does not exist");

    bench.write(
        "config/runtime.yaml",
        "spec:\n  runtime:\n  - {name: runtime-0, values: {health_check.min_interval: 7}}\n",
    );
    let arrived = |it: &str| it.contains("\"health_check.min_interval\"") && it.contains("\"7\"");
    envoy.admin().wait_until("/runtime", "the runtime value", SOON, arrived).await.unwrap();
    until_nothing_warms(&envoy).await;
    let rejected = envoy.admin().stats("update_rejected$").await.unwrap();
    assert_eq!(rejected.sum_of(".update_rejected"), 0, "{rejected:#?}");
}

#[tokio::test]
async fn s138_on_ads() {
    check(Mode::Ads).await;
}

#[tokio::test]
async fn s138_on_incremental_ads() {
    check(Mode::DeltaAds).await;
}

#[tokio::test]
async fn s138_on_separate_streams() {
    check(Mode::Grpc).await;
}
