//! A change that passes all checks but that Envoy refuses: it is heard once, not sent again, and holds up nobody else
//! (P27, P30, P32).

use chancery::envoy::Mode;

use super::bench::{Bench, SOON, free_port, until_served_by};
use super::daemon::{Chancery, Serve, field};
use super::upstream::Upstream;

fn document(port: u16, upstream: u16, tls: &str) -> String {
    format!(
        "spec:
  listeners:
  - {{name: http, address: 127.0.0.1, port: {port}, {tls}routes: [{{name: all, prefix: /, clusters: [web]}}]}}
  clusters:
  - {{name: web, endpoints: [{{address: 127.0.0.1, port: {upstream}}}]}}
"
    )
}

async fn check(mode: Mode) {
    let Some(bench) = Bench::open().await else { return };
    let (one, two) = (Upstream::plain("one").await, Upstream::plain("two").await);
    let port = free_port();
    let write = |upstream: u16, tls: &str| bench.write("config/web.yaml", &document(port, upstream, tls));
    let missing = "tls: {certificate: {cert_file: /nowhere.pem, key_file: /nowhere.key}}, ";
    write(one.port(), "");
    let chancery = Chancery::start(&bench, Serve::source(&bench.path("config"))).await;
    let envoy = bench.follower("edge-1", mode, chancery.port()).await;
    until_served_by(port, "/", "one").await;

    write(one.port(), missing);
    let refused = chancery.log_line("the refusal", |it| field(it, "message") == Some("refused")).await;
    assert_eq!((field(&refused, "node"), field(&refused, "type")), (Some("edge-1"), Some("LDS")), "{refused}");
    assert!(refused.to_string().contains("/nowhere.key"), "{refused}");

    // Other types go on, and what was refused is not tried again meanwhile.
    write(two.port(), missing);
    until_served_by(port, "/", "two").await;
    let rejected = envoy.admin().stats("update_rejected$").await.unwrap();
    assert_eq!(rejected.sum_of(".update_rejected"), 1, "{rejected:#?}");

    write(two.port(), "stat_prefix: mended, ");
    let mended = |it: &chancery::envoy::Stats| it.iter().any(|(name, _)| name.starts_with("http.mended."));
    envoy.admin().wait_for_stats("^http.mended", "the mended listener", SOON, mended).await.unwrap();
    let rejected = envoy.admin().stats("update_rejected$").await.unwrap();
    assert_eq!(rejected.sum_of(".update_rejected"), 1, "{rejected:#?}");
    until_served_by(port, "/", "two").await;
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
