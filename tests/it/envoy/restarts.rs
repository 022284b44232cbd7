//! The daemon restarts with unchanged documents: no Envoy builds anything anew.

use chancery::envoy::{Mode, Stats};

use super::bench::{Bench, SOON, free_port, until_served_by};
use super::daemon::{Chancery, Serve};
use super::settled::until_nothing_warms;
use super::upstream::Upstream;

/// What an Envoy counts when it builds, changes or drops something.
const BUILT: &str = r"^(cluster_manager\.cluster_|listener_manager\.listener_)(added|modified|removed|in_place_updated)$|warming|update_rejected$|config_reload$";

fn document(listener: u16, upstream: u16) -> String {
    format!(
        "name: web
spec:
  listeners:
  - {{name: http, address: 127.0.0.1, port: {listener}, routes: [{{name: all, prefix: /, clusters: [web]}}]}}
  clusters:
  - {{name: web, endpoints: [{{address: 127.0.0.1, port: {upstream}}}]}}
"
    )
}

async fn check(mode: Mode) {
    let Some(bench) = Bench::open().await else { return };
    let (one, two) = (Upstream::plain("one").await, Upstream::plain("two").await);
    let port = free_port();
    bench.write("config/web.yaml", &document(port, one.port()));
    let mut chancery = Chancery::start(&bench, Serve::source(&bench.path("config"))).await;
    let envoy = bench.follower("edge-1", mode, chancery.port()).await;
    let admin = envoy.admin();
    until_served_by(port, "/", "one").await;
    let before = admin.stats(BUILT).await.unwrap();
    assert_eq!(before.count("listener_manager.listener_added"), 1);

    chancery.kill().await;
    // On separate streams each type counts its own connection.
    let connected = |it: &Stats| it.iter().filter(|(_, count)| *count == "1").count();
    let cut = |it: &Stats| connected(it) == 0;
    admin.wait_for_stats("connected_state$", "the streams to end", SOON, cut).await.unwrap();
    until_served_by(port, "/", "one").await;
    chancery.restart().await;
    let back = |it: &Stats| connected(it) > 0;
    admin.wait_for_stats("connected_state$", "a stream again", SOON, back).await.unwrap();

    // The edit that follows is the proof that all before it was heard: endpoints come after clusters on each stream.
    bench.write("config/web.yaml", &document(port, two.port()));
    until_served_by(port, "/", "two").await;
    until_nothing_warms(&envoy).await;
    assert_eq!(admin.stats(BUILT).await.unwrap(), before);
}

#[tokio::test]
async fn nothing_is_rebuilt_on_ads() {
    check(Mode::Ads).await;
}

#[tokio::test]
async fn nothing_is_rebuilt_on_incremental_ads() {
    check(Mode::DeltaAds).await;
}

#[tokio::test]
async fn nothing_is_rebuilt_on_separate_streams() {
    check(Mode::Grpc).await;
}

#[tokio::test]
async fn nothing_is_rebuilt_on_separate_incremental_streams() {
    check(Mode::Delta).await;
}
