//! A change that passes all checks but that Envoy refuses: it is heard once, taken back, told at the user's line, not
//! sent again until it changes, and holds up no other document (P27, P30, P32).

use chancery::envoy::{Mode, bootstrap};
use serde_json::Value;

use super::bench::{Bench, SOON, follower_options, free_port, until_served_by};
use super::daemon::{Chancery, Serve, field};
use super::settled::until_nothing_warms;
use super::upstream::Upstream;

fn document(name: &str, port: u16, upstream: u16, more: &str) -> String {
    format!(
        "spec:
  listeners:
  - {{name: {name}, address: 127.0.0.1, port: {port}, {more}routes: [{{name: all, prefix: /, clusters: [{name}]}}]}}
  clusters:
  - {{name: {name}, endpoints: [{{address: 127.0.0.1, port: {upstream}}}]}}
"
    )
}

async fn check(mode: Mode) {
    let Some(bench) = Bench::open().await else { return };
    let (one, two) = (Upstream::plain("one").await, Upstream::plain("two").await);
    let (port, other_port) = (free_port(), free_port());
    let write = |upstream: u16, more: &str| bench.write("config/web.yaml", &document("web", port, upstream, more));
    let write_other = |upstream: u16, more: &str| {
        bench.write("config/other.yaml", &document("other", other_port, upstream, more));
    };
    let missing = "tls: {certificate: {cert_file: /nowhere.pem, key_file: /nowhere.key}}, ";
    write(one.port(), "");
    write_other(one.port(), "");
    let chancery = Chancery::start(&bench, Serve::source(&bench.path("config"))).await;
    let envoy = bench.follower("edge-1", mode, chancery.port()).await;
    until_served_by(port, "/", "one").await;
    until_nothing_warms(&envoy).await;
    until_served_by(other_port, "/", "one").await;
    until_nothing_warms(&envoy).await;
    let rejected = async || envoy.admin().stats("update_rejected$").await.unwrap().sum_of(".update_rejected");

    write(one.port(), missing);
    let refused = chancery.log_line("the refusal", |it| field(it, "message") == Some("refused")).await;
    assert_eq!((field(&refused, "node"), field(&refused, "type")), (Some("edge-1"), Some("LDS")), "{refused}");
    let is_told = |it: &Value| field(it, "code") == Some("CH5004");
    let told = chancery.log_line("the diagnostic", is_told).await;
    let listener = document("web", port, one.port(), missing);
    let column = 1 + listener.lines().nth(2).unwrap().find("/nowhere.key").unwrap();
    assert!(field(&told, "place").unwrap().ends_with(&format!("config/web.yaml:3:{column}")), "{told}");
    let message = field(&told, "message").unwrap();
    assert!(message.starts_with("Envoy edge-1 refuses LDS `web`: ") && message.contains("/nowhere.key"), "{told}");
    chancery.log_line("the way back", |it| field(it, "message") == Some("refused and taken back")).await;

    // What was refused stays as it is: its document is held as a whole, and the log says so. The others go on.
    write(two.port(), missing);
    let is_held = |it: &Value| is_told(it) && it.to_string().contains("it has not changed since");
    chancery.log_line("why the document is held", is_held).await;
    write_other(two.port(), "stat_prefix: fresh, ");
    let fresh = |it: &chancery::envoy::Stats| it.iter().any(|(name, _)| name.starts_with("http.fresh."));
    envoy.admin().wait_for_stats("^http.fresh", "the other listener", SOON, fresh).await.unwrap();
    until_nothing_warms(&envoy).await;
    until_served_by(other_port, "/", "two").await;
    until_nothing_warms(&envoy).await;
    until_served_by(port, "/", "one").await;
    until_nothing_warms(&envoy).await;
    assert_eq!(rejected().await, 1);

    write(two.port(), "stat_prefix: mended, ");
    let mended = |it: &chancery::envoy::Stats| it.iter().any(|(name, _)| name.starts_with("http.mended."));
    envoy.admin().wait_for_stats("^http.mended", "the mended listener", SOON, mended).await.unwrap();
    until_nothing_warms(&envoy).await;
    until_served_by(port, "/", "two").await;
    until_nothing_warms(&envoy).await;
    assert_eq!(rejected().await, 1);
}

#[tokio::test]
async fn p30_on_ads() {
    check(Mode::Ads).await;
}

#[tokio::test]
async fn p30_on_incremental_ads() {
    check(Mode::DeltaAds).await;
}

#[tokio::test]
async fn p30_on_separate_streams() {
    check(Mode::Grpc).await;
}

#[tokio::test]
async fn p30_on_separate_incremental_streams() {
    check(Mode::Delta).await;
}

/// An Envoy that is told to take no deprecated field refuses the whole response and says nothing of whose fault it is
/// (P101). Of most other faults it names the resource.
#[tokio::test]
async fn p101_one_bad_cluster_of_many_that_envoy_does_not_name_is_found_and_the_others_arrive() {
    let Some(bench) = Bench::open().await else { return };
    // A document each: what one that is held has beside it is held too.
    let write = |names: &[&str], bad: &str| {
        for name in names {
            let deprecated = if *name == bad { ", http2_protocol_options: {}" } else { "" };
            let kind = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
            let cluster = format!("{{'@type': {kind}, name: {name}, type: STATIC, connect_timeout: 1s{deprecated}}}");
            bench.write(&format!("config/{name}.yaml"), &format!("resources: [{cluster}]\n"));
        }
    };
    write(&["one"], "");
    let chancery = Chancery::start(&bench, Serve::source(&bench.path("config"))).await;
    let follower = bootstrap(&follower_options("edge-1", Mode::DeltaAds, chancery.port()));
    let strict = "layered_runtime:
  layers:
  - {name: strict, static_layer: {envoy.features.fail_on_any_deprecated_feature: true}}
";
    let envoy = bench.envoy("edge-1", &format!("{follower}{strict}")).await;
    let has = |name: &'static str| {
        move |it: &chancery::envoy::Stats| it.iter().any(|(stat, _)| stat.starts_with(&format!("cluster.{name}.")))
    };
    envoy.admin().wait_for_stats("^cluster", "the first cluster", SOON, has("one")).await.unwrap();
    until_nothing_warms(&envoy).await;

    let names = ["two", "three", "four", "five", "six", "seven", "eight"];
    std::fs::remove_file(bench.path("config/one.yaml")).unwrap();
    write(&names, "five");
    let began = chancery.log_line("the search", |it| field(it, "message") == Some("refused, naming none")).await;
    assert!(began["fields"]["suspects"] == 7 || began["suspects"] == 7, "{began}");
    let refused = chancery.log_line("the refusal", |it| field(it, "message") == Some("refused")).await;
    assert_eq!((field(&refused, "type"), field(&refused, "names")), (Some("CDS"), Some("[\"five\"]")), "{refused}");
    for name in names.into_iter().filter(|it| *it != "five") {
        envoy.admin().wait_for_stats("^cluster", name, SOON, has(name)).await.unwrap();
        until_nothing_warms(&envoy).await;
    }
    let gone = |it: &chancery::envoy::Stats| !has("one")(it);
    envoy.admin().wait_for_stats("^cluster", "the removal", SOON, gone).await.unwrap();
    until_nothing_warms(&envoy).await;
    let stats = envoy.admin().stats("update_rejected$|^cluster").await.unwrap();
    assert!(!has("five")(&stats), "{stats:#?}");
    // All seven; eight, five and four; five and four; five.
    assert_eq!(stats.sum_of("cds.update_rejected"), 4, "{stats:#?}");

    write(&names, "");
    envoy.admin().wait_for_stats("^cluster", "the mended cluster", SOON, has("five")).await.unwrap();
    until_nothing_warms(&envoy).await;
}
