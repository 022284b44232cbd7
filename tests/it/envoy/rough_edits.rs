//! Two hundred edits in a second, some broken: the last good one wins, and no Envoy ever had to refuse anything.

use std::time::Duration;

use chancery::envoy::{Mode, http};
use tokio::time::sleep;

use super::bench::{Bench, free_port, local, until_served_by};
use super::daemon::{Chancery, Serve, field};
use super::settled::until_nothing_warms;
use super::upstream::Upstream;

const EDITS: usize = 200;

fn good(listener: u16, upstream: u16, edit: usize) -> String {
    format!(
        "name: web
spec:
  listeners:
  - {{name: http, address: 127.0.0.1, port: {listener}, routes: [{{name: all, prefix: /edit-{edit}, clusters: [web-{parity}]}}]}}
  clusters:
  - {{name: web-{parity}, endpoints: [{{address: 127.0.0.1, port: {upstream}}}]}}
",
        parity = edit % 3
    )
}

/// The faults that people make: a half-written file, a route to nowhere, a typing error, a value out of range, nothing.
fn broken(text: &str, edit: usize) -> String {
    match edit / 7 % 5 {
        0 => text[..text.len() / 2].to_owned(),
        1 => text.replace("clusters: [web-", "clusters: [wbe-"),
        2 => text.replace("endpoints:", "endpionts:"),
        3 => text.replace("address: 127.0.0.1, port: ", "address: 127.0.0.1, port: 9"),
        _ => String::new(),
    }
}

async fn check(mode: Mode) {
    let Some(bench) = Bench::open().await else { return };
    let upstream = Upstream::plain("one").await;
    let port = free_port();
    let write = |text: &str| bench.write("config/web.yaml", text);
    write(&good(port, upstream.port(), 0));
    let chancery = Chancery::start(&bench, Serve::source(&bench.path("config"))).await;
    let envoy = bench.follower("edge-1", mode, chancery.port()).await;
    until_served_by(port, "/edit-0", "one").await;
    until_nothing_warms(&envoy).await;

    for edit in 1..EDITS {
        let text = good(port, upstream.port(), edit);
        write(&if edit % 7 == 0 { broken(&text, edit) } else { text });
        // A pace, not a wait: faster than anyone edits, slow enough that not all fall into one look.
        sleep(Duration::from_millis(5)).await;
    }
    let last = good(port, upstream.port(), EDITS);
    write(&last);
    let path = format!("/edit-{EDITS}");
    until_served_by(port, &path, "one").await;
    until_nothing_warms(&envoy).await;

    write(&last.replace("endpoints:", "nowhere:"));
    let named = |it: &serde_json::Value| field(it, "place").is_some_and(|it| it.ends_with("config/web.yaml:6:19"));
    chancery.log_line("the fault with its place in the log", named).await;
    until_served_by(port, &path, "one").await;
    until_nothing_warms(&envoy).await;
    let early = http::get(local(port), "/edit-1", &[]).await.unwrap();
    assert_eq!(early.status, 404);
    let rejected = envoy.admin().stats("update_rejected$").await.unwrap();
    assert_eq!(rejected.sum_of(".update_rejected"), 0, "{rejected:#?}");
}

#[tokio::test]
async fn the_last_good_one_wins_on_ads() {
    check(Mode::Ads).await;
}

#[tokio::test]
async fn the_last_good_one_wins_on_incremental_ads() {
    check(Mode::DeltaAds).await;
}

#[tokio::test]
async fn the_last_good_one_wins_on_separate_streams() {
    check(Mode::Grpc).await;
}
