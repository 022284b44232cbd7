//! One endpoint of a thousand clusters is edited: on incremental ADS, Envoy hears of that one and of nothing else.

use std::fmt::Write;

use chancery::envoy::{Mode, Stats};

use super::bench::{Bench, SOON, free_port, until_served_by};
use super::daemon::{Chancery, Serve};
use super::settled::until_nothing_warms;
use super::upstream::Upstream;

const CLUSTERS: usize = 1000;
const EDITED: usize = 500;
/// All update counters of CDS, LDS, RDS and each cluster's EDS, and what follows from updates.
const UPDATES: &str = r"update_success$|cluster_(added|modified|removed)$|listener_(added|modified|removed)$";

fn documents(listener: u16, first: u16, edited: u16) -> String {
    let mut text = format!(
        "name: many
spec:
  listeners:
  - {{name: http, address: 127.0.0.1, port: {listener}, routes: [
      {{name: edited, prefix: /edited, clusters: [c{EDITED:04}]}}, {{name: all, prefix: /, clusters: [c0000]}}]}}
  clusters:\n"
    );
    for index in 0..CLUSTERS {
        let port = if index == EDITED { edited } else { first };
        let _ = writeln!(text, "  - {{name: c{index:04}, endpoints: [{{address: 127.0.0.1, port: {port}}}]}}");
    }
    text
}

#[tokio::test]
async fn one_edited_endpoint_is_one_update() {
    let Some(bench) = Bench::open().await else { return };
    let (one, two) = (Upstream::plain("one").await, Upstream::plain("two").await);
    let port = free_port();
    bench.write("config/many.yaml", &documents(port, one.port(), one.port()));
    let chancery = Chancery::start(&bench, Serve::source(&bench.path("config"))).await;
    let envoy = bench.follower("edge-1", Mode::DeltaAds, chancery.port()).await;
    let admin = envoy.admin();
    until_served_by(port, "/edited", "one").await;
    until_nothing_warms(&envoy).await;
    let warm = |it: &Stats| {
        it.count("cluster_manager.active_clusters") as usize > CLUSTERS
            && it.count("cluster_manager.warming_clusters") == 0
    };
    admin.wait_for_stats("^cluster_manager", "a thousand clusters", SOON, warm).await.unwrap();
    let before = admin.stats(UPDATES).await.unwrap();

    bench.write("config/many.yaml", &documents(port, one.port(), two.port()));
    until_served_by(port, "/edited", "two").await;
    until_nothing_warms(&envoy).await;
    let after = admin.stats(UPDATES).await.unwrap();
    let changed: Vec<_> = after.iter().filter(|(name, _)| before.count(name) != after.count(name)).collect();
    let name = format!("cluster.c{EDITED:04}.update_success");
    let once = (before.count(&name) + 1).to_string();
    assert_eq!(changed, [(name.as_str(), once.as_str())]);
}
