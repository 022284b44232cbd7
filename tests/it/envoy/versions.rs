//! One story, told to each version of Envoy in each mode: every kind of edit arrives, and nothing is left warming.
//!
//! `envoy_versions_in_full` tells it to all versions (docs/development.md), the other tests to the usual one.

use std::path::{Path, PathBuf};

use chancery::envoy::{Envoy, Mode, VERSIONS, fetch};
use serde_json::Value;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::Instant;

use super::bench::{Bench, announce, eventually, free_port, until_served_by};
use super::daemon::{Chancery, Serve, field};
use super::dump::held;
use super::settled::{until_active, until_nothing_warms};
use super::upstream::Upstream;

/// A listener that needs a certificate that is not there: all checks pass, Envoy refuses it.
const REFUSED: &str = "tls: {certificate: {cert_file: /nowhere.pem, key_file: /nowhere.key}}, ";

/// What the document says. An edit changes a part, and writes it.
#[derive(Debug, Clone)]
struct Document {
    port: u16,
    /// More of the listener.
    listener: &'static str,
    timeout: u8,
    web: u16,
    /// The endpoint of a second cluster with a route of its own.
    extra: Option<u16>,
}

impl Document {
    fn text(&self) -> String {
        let Self { port, listener, timeout, web, extra } = self;
        let (route, cluster) = extra.map_or_else(Default::default, |it| {
            ("{prefix: /extra, cluster: extra}, ", format!("  - {{name: extra, endpoints: [\"127.0.0.1:{it}\"]}}\n"))
        });
        format!(
            "spec:
  listeners:
  - {{name: http, address: 127.0.0.1, port: {port}, {listener}routes: [{route}{{prefix: /, cluster: web}}]}}
  clusters:
  - {{name: web, connect_timeout: {timeout}s, endpoints: [\"127.0.0.1:{web}\"]}}
{cluster}"
        )
    }

    /// Whether a cluster of Envoy's is `web` as it stands here.
    fn is_web(&self) -> impl Fn(&Value) -> bool + use<> {
        let timeout = format!("{}s", self.timeout);
        move |cluster| cluster["connect_timeout"] == *timeout
    }
}

/// The actors.
struct Stage {
    bench: Bench,
    chancery: Chancery,
    envoy: Envoy,
    document: Document,
    one: Upstream,
    two: Upstream,
}

impl Stage {
    async fn set(bench: Bench, mode: Mode) -> Self {
        let (one, two) = (Upstream::plain("one").await, Upstream::plain("two").await);
        let document = Document { port: free_port(), listener: "", timeout: 1, web: one.port(), extra: None };
        bench.write("config/web.yaml", &document.text());
        let serve = Serve::source(&bench.path("config")).with(&["--quiet-ms", "20", "--linger", "200ms"]);
        let chancery = Chancery::start(&bench, serve).await;
        let envoy = bench.follower("edge-1", mode, chancery.port()).await;
        Self { bench, chancery, envoy, document, one, two }
    }

    /// Makes an edit.
    fn edit(&mut self, change: impl FnOnce(&mut Document)) {
        change(&mut self.document);
        self.bench.write("config/web.yaml", &self.document.text());
    }

    /// Waits until `web` is active as it stands in the document, served by that upstream, and nothing warms.
    async fn arrives(&self, upstream: &str) {
        let (port, wanted) = (self.document.port, self.document.is_web());
        eventually("the edit of `web` to reach Envoy", async || {
            let dump = self.envoy.admin().config_dump().await.ok()?;
            let lists = ["dynamic_active_clusters", "dynamic_warming_clusters"];
            let held = lists.iter().flat_map(|it| super::dump::clusters(&dump, it));
            held.into_iter().any(|it| it["name"] == "web" && wanted(it)).then_some(())
        })
        .await;
        until_active(&self.envoy, "web", &wanted).await;
        until_served_by(port, "/", upstream).await;
        until_nothing_warms(&self.envoy).await;
    }
}

/// The story, from the first start to an edit behind the daemon's back.
async fn tell(bench: Bench, mode: Mode) {
    let mut stage = Stage::set(bench, mode).await;
    let (one, two) = (stage.one.port(), stage.two.port());
    stage.arrives("one").await;

    stage.edit(|it| it.timeout = 2);
    stage.arrives("one").await;
    stage.edit(|it| it.web = two);
    stage.arrives("two").await;
    stage.edit(|it| (it.timeout, it.web) = (3, one));
    stage.arrives("one").await;

    stage.edit(|it| it.extra = Some(two));
    until_served_by(stage.document.port, "/extra", "two").await;
    stage.arrives("one").await;
    stage.edit(|it| it.extra = None);
    until_served_by(stage.document.port, "/extra", "one").await;
    eventually("the removed cluster to go", async || {
        let dump = stage.envoy.admin().config_dump().await.ok()?;
        (!held(&dump).contains_key("cluster/extra")).then_some(())
    })
    .await;
    stage.arrives("one").await;

    refuse(&mut stage).await;
    restart(&mut stage).await;
}

/// An edit that Envoy refuses is taken back, and goes through once it is mended.
async fn refuse(stage: &mut Stage) {
    stage.edit(|it| (it.listener, it.timeout) = (REFUSED, 4));
    stage.chancery.log_line("the way back", |it| field(it, "message") == Some("refused and taken back")).await;
    until_served_by(stage.document.port, "/", "one").await;
    until_nothing_warms(&stage.envoy).await;
    stage.edit(|it| (it.listener, it.timeout) = ("", 5));
    stage.arrives("one").await;
}

/// The daemon restarts: with the same documents, and with an edit that was made while it was down.
async fn restart(stage: &mut Stage) {
    stage.chancery.kill().await;
    stage.chancery.restart().await;
    stage.edit(|it| it.timeout = 6);
    stage.arrives("one").await;
    stage.chancery.kill().await;
    let two = stage.two.port();
    stage.edit(|it| (it.timeout, it.web) = (7, two));
    stage.chancery.restart().await;
    stage.arrives("two").await;
}

/// Tells the story to the usual Envoy.
async fn usual(mode: Mode) {
    let Some(bench) = Bench::open().await else { return };
    tell(bench, mode).await;
}

#[tokio::test]
async fn every_edit_arrives_on_ads() {
    usual(Mode::Ads).await;
}

#[tokio::test]
async fn every_edit_arrives_on_incremental_ads() {
    usual(Mode::DeltaAds).await;
}

#[tokio::test]
async fn every_edit_arrives_on_separate_streams() {
    usual(Mode::Grpc).await;
}

#[tokio::test]
async fn every_edit_arrives_on_separate_incremental_streams() {
    usual(Mode::Delta).await;
}

/// The Envoy of that version, fetched once.
async fn envoy(version: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    fetch(version, &target, announce).await.unwrap_or_else(|error| panic!("{error}\nnext: {}", error.hint()))
}

/// All versions in all modes, one after the other. What can be set: docs/development.md.
#[tokio::test]
#[ignore = "fetches four more Envoys"]
async fn envoy_versions_in_full() {
    let set = |name: &str| Some(std::env::var_os(format!("ENVOY_VERSIONS_{name}"))?.into_string().unwrap());
    let (only, mode) = (set("ONLY"), set("MODE"));
    let is_wanted = |it: &&&str| only.as_ref().is_none_or(|only| only.split(',').any(|only| only == **it));
    let mut failed = Vec::new();
    for version in VERSIONS.iter().filter(is_wanted) {
        for (name, mode) in Mode::ALL.into_iter().filter(|(name, _)| mode.as_ref().is_none_or(|it| it == name)) {
            let bench = Bench::with(envoy(version).await).await;
            let began = Instant::now();
            // A task of its own, so that a failure leaves the others to be told.
            let (local, mut story) = (LocalSet::new(), JoinSet::new());
            story.spawn_local_on(tell(bench, mode), &local);
            let is_good = local.run_until(story.join_next()).await.is_some_and(|it| it.is_ok());
            let word = if is_good { "good" } else { "FAILED" };
            announce(&format!("Envoy {version}, {name}: {word} after {:.1} s", began.elapsed().as_secs_f32()));
            if !is_good {
                failed.push(format!("{version} {name}"));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}
