//! Two daemons on the same documents: an Envoy that moves from one to the other builds nothing anew.

use chancery::envoy::{Mode, Stats, bootstrap};

use super::bench::{Bench, SOON, adapt, follower_options, free_port, until_served_by};
use super::daemon::{Chancery, Serve, field};
use super::settled::until_nothing_warms;
use super::upstream::Upstream;

/// What an Envoy counts when it builds, changes or drops something.
const BUILT: &str = r"^(cluster_manager\.cluster_|listener_manager\.listener_)(added|modified|removed|in_place_updated)$|warming|update_rejected$|config_reload$";

async fn check(mode: Mode, state: bool) {
    let Some(bench) = Bench::open().await else { return };
    let upstream = Upstream::plain("one").await;
    let (port, ports) = (free_port(), [free_port(), free_port()]);
    let (name, to) = ("{name: web, endpoints", upstream.port());
    let document = format!(
        "spec:
  listeners:
  - {{name: http, address: 127.0.0.1, port: {port}, routes: [{{name: all, prefix: /, clusters: [web]}}]}}
  clusters:
  - {name}: [{{address: 127.0.0.1, port: {to}}}]}}
"
    );
    bench.write("config/web.yaml", &document);
    let serve = |at: usize| {
        let dir = bench.path(&format!("state-{at}")).display().to_string();
        let options: &[&str] = if state { &["--state-dir", &dir] } else { &[] };
        Serve::source(&bench.path("config")).on_port(ports[at]).with(&["--log-level", "debug"]).with(options)
    };
    let mut first = Chancery::start(&bench, serve(0)).await;
    let text = bootstrap(&follower_options("edge-1", mode, ports[0]));
    let line = format!(
        "        - endpoint:
            address:
              socket_address: {{address: 127.0.0.1, port_value: {}}}
",
        ports[0]
    );
    let line = if text.contains(&line) { line } else { line.replace("127.0.0.1", "\"127.0.0.1\"") };
    let both = line
        .replace("        - endpoint", "      - lb_endpoints:\n        - endpoint")
        .replace(&ports[0].to_string(), &ports[1].to_string());
    let envoy = bench
        .envoy("edge-1", &adapt(&text, &[(&line, &format!("{line}{}", both.replace("      - lb_endpoints:\n", "")))]))
        .await;
    until_served_by(port, "/", "one").await;
    until_nothing_warms(&envoy).await;
    let before = envoy.admin().stats(BUILT).await.unwrap();
    let sent = |lines: Vec<serde_json::Value>| lines.into_iter().filter(|it| field(it, "message") == Some("sent"));
    let versions = |lines| {
        sent(lines).map(|it| format!("{} {}", it["type"], it["version"])).collect::<std::collections::BTreeSet<_>>()
    };
    let told = versions(first.log_lines());

    let second = Chancery::start(&bench, serve(1)).await;
    first.kill().await;
    let moved = second.log_lines().len();
    let back = |it: &Stats| it.iter().any(|(_, count)| count == "1");
    second.log_line("the Envoy to come", |it| field(it, "message") == Some("connected")).await;
    envoy.admin().wait_for_stats("connected_state$", "a stream again", SOON, back).await.unwrap();
    // The edit that follows is the proof that all before it was heard.
    let other = Upstream::plain("two").await;
    bench.write("config/web.yaml", &document.replace(&to.to_string(), &other.port().to_string()));
    until_served_by(port, "/", "two").await;
    until_nothing_warms(&envoy).await;
    let all = second.log_lines();
    let edited =
        all.iter().position(|it| field(it, "message") == Some("generation published") && it["generation"] == 2);
    let edited = all.len().min(edited.unwrap_or(all.len()));
    let again = versions(all[moved.min(edited)..edited].to_vec());
    let resent: Vec<_> = sent(all[moved.min(edited)..edited].to_vec()).collect();
    assert!(again.is_subset(&told), "{again:?} {told:?}");
    // Endpoints and routes are asked for by name, and may come again (P106); nothing is built anew for it.
    let is_new = |it: &&serde_json::Value| it["resources"] != 0 || it["removed"] != 0;
    let allowed = |it: &serde_json::Value| match mode {
        Mode::Ads => it["removed"] == 0,
        Mode::DeltaAds | Mode::Delta | Mode::Grpc => it["type"] == "EDS" || it["type"] == "RDS",
    };
    assert!(resent.iter().filter(is_new).all(allowed), "{resent:?}");
    assert_eq!(envoy.admin().stats(BUILT).await.unwrap(), before);
}

#[tokio::test]
async fn p48_an_envoy_that_moves_between_replicas_on_incremental_ads_builds_nothing_anew() {
    check(Mode::DeltaAds, false).await;
}

#[tokio::test]
async fn p48_an_envoy_that_moves_between_replicas_on_separate_incremental_streams_builds_nothing_anew() {
    check(Mode::Delta, true).await;
}

#[tokio::test]
async fn p259_an_envoy_that_moves_between_replicas_on_ads_builds_nothing_anew() {
    check(Mode::Ads, true).await;
}

#[tokio::test]
async fn p259_an_envoy_that_moves_between_replicas_on_separate_streams_builds_nothing_anew() {
    check(Mode::Grpc, false).await;
}
