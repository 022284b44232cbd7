//! The daemon starts again on what it stored, whatever happened to the documents or to the directory meanwhile.

use std::process::Stdio;

use chancery::envoy::{Admin, Mode};
use chancery::state::{History, Listing, Outcome};
use serde_json::Value;
use tokio::process::Command;

use super::bench::{Bench, eventually, free_port, local, served_by, until_served_by};
use super::daemon::{Chancery, Serve, field};
use super::settled::until_nothing_warms;
use super::upstream::Upstream;

fn document(listener: u16, cluster: &str, upstream: u16) -> String {
    format!(
        "spec:
  listeners:
  - {{name: http, address: 127.0.0.1, port: {listener}, routes: [{{name: all, prefix: /, clusters: [{cluster}]}}]}}
  clusters:
  - {{name: {cluster}, endpoints: [{{address: 127.0.0.1, port: {upstream}}}]}}
"
    )
}

/// A daemon with a state directory, and an Envoy's port.
struct Scene {
    chancery: Chancery,
    admin: u16,
    port: u16,
    upstreams: [Upstream; 2],
}

impl Scene {
    async fn open(bench: &Bench, state: &str) -> Self {
        let upstreams = [Upstream::plain("one").await, Upstream::plain("two").await];
        let (admin, port) = (free_port(), free_port());
        bench.write("config/web.yaml", &document(port, "web-1", upstreams[0].port()));
        let options = ["--quiet-ms", "20", "--linger", "1s", "--ack-timeout", "1s", "--state-dir"];
        let state = bench.path(state).display().to_string();
        let serve = Serve::source(&bench.path("config")).with(&options).with(&[&state]).with_admin(admin);
        Self { chancery: Chancery::start(bench, serve).await, admin, port, upstreams }
    }

    fn write(&self, bench: &Bench, cluster: &str, upstream: usize) {
        bench.write("config/web.yaml", &document(self.port, cluster, self.upstreams[upstream].port()));
    }

    async fn is_ready(&self) {
        assert_eq!(Admin::new(local(self.admin)).text("/ready").await.unwrap().trim(), "ready");
    }

    async fn log(&self, message: &str) {
        let has = |it: &str| it.contains(message);
        self.chancery.log_line(message, |it| field(it, "message").is_some_and(has)).await;
    }
}

fn listing(bench: &Bench) -> Listing {
    History::at(&bench.path("state")).and_then(|it| it.list()).unwrap_or_default()
}

/// Waits until so many generations are good.
async fn until_good(bench: &Bench, wanted: usize) {
    let is_good = |it: &Outcome| matches!(it, Outcome::Good { .. });
    eventually("generations to be good", async || {
        let goods = listing(bench).generations.iter().filter(|it| is_good(&it.outcome)).count();
        (goods == wanted).then_some(())
    })
    .await;
}

#[tokio::test]
async fn broken_documents_at_the_start_leave_the_last_good_generation_in_service() {
    let Some(bench) = Bench::open().await else { return };
    let mut scene = Scene::open(&bench, "state").await;
    until_good(&bench, 1).await;
    for (at, broken) in [
        Some("spec: ["),
        Some("spec: {listeners: [{name: http, port: 1, routes: [{prefix: /, cluster: nowhere}]}]}\n"),
        None,
    ]
    .into_iter()
    .enumerate()
    {
        let cluster = at + 1;
        scene.chancery.kill().await;
        let told = scene.chancery.log_lines().len();
        match broken {
            Some(text) => drop(bench.write("config/web.yaml", text)),
            None => std::fs::remove_dir_all(bench.path("config")).unwrap(),
        }
        scene.chancery.restart().await;
        scene.is_ready().await;
        let is_fault = |it: &Value| matches!(field(it, "level"), Some("WARN" | "ERROR"));
        eventually("a fault to be told", async || {
            scene.chancery.log_lines()[told..].iter().find(|it| is_fault(it)).cloned()
        })
        .await;
        let envoy = bench.follower(&format!("edge-{at}"), Mode::Ads, scene.chancery.port()).await;
        until_served_by(scene.port, "/", ["one", "two"][at % 2]).await;
        until_nothing_warms(&envoy).await;
        scene.write(&bench, &format!("web-{}", cluster + 1), cluster % 2);
        until_served_by(scene.port, "/", ["one", "two"][cluster % 2]).await;
        until_nothing_warms(&envoy).await;
        until_good(&bench, cluster + 1).await;
        scene.log("canaries accepted it").await;
        drop(envoy);
    }
}

#[tokio::test]
async fn a_damaged_generation_is_named_and_the_one_before_it_is_served() {
    let Some(bench) = Bench::open().await else { return };
    let mut scene = Scene::open(&bench, "state").await;
    until_good(&bench, 1).await;
    scene.write(&bench, "web-2", 1);
    until_good(&bench, 2).await;
    scene.chancery.kill().await;
    let newest = bench.path(&format!("state/generation-{}", listing(&bench).newest_number()));
    let bytes = std::fs::read(&newest).unwrap();
    std::fs::write(&newest, &bytes[..bytes.len() / 2]).unwrap();
    bench.write("config/web.yaml", "spec: [");
    scene.chancery.restart().await;
    scene.log("a stored generation is damaged; skipped").await;
    let envoy = bench.follower("edge-1", Mode::Delta, scene.chancery.port()).await;
    until_served_by(scene.port, "/", "one").await;
    until_nothing_warms(&envoy).await;
    scene.write(&bench, "web-3", 1);
    until_served_by(scene.port, "/", "two").await;
    until_nothing_warms(&envoy).await;
    until_good(&bench, 2).await;
}

/// The disk was full for a while, or somebody put an older copy in place: what Envoys have is newer than what is kept.
#[tokio::test]
async fn what_is_newer_at_an_envoy_than_in_the_directory_is_not_taken_from_it() {
    let Some(bench) = Bench::open().await else { return };
    let bench = &bench;
    for mode in [Mode::Ads, Mode::DeltaAds, Mode::Grpc, Mode::Delta] {
        let _ = std::fs::remove_dir_all(bench.path("state"));
        let mut scene = Scene::open(bench, "state").await;
        until_good(bench, 1).await;
        let envoy = bench.follower(mode.name(), mode, scene.chancery.port()).await;
        until_served_by(scene.port, "/", "one").await;
        until_nothing_warms(&envoy).await;
        let record = |it: u64| bench.path(&format!("state/generation-{it}"));
        scene.write(bench, "web-2", 1);
        until_served_by(scene.port, "/", "two").await;
        until_nothing_warms(&envoy).await;
        until_good(bench, 2).await;
        // Its leftovers are gone too.
        eventually("web-1 to go", async || {
            let clusters = envoy.admin().text("/clusters").await.unwrap();
            (!clusters.contains("web-1")).then_some(())
        })
        .await;
        scene.chancery.kill().await;
        let newest = listing(bench).newest_number();
        std::fs::remove_file(record(newest)).unwrap();
        let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
        let (port, told) = (scene.port, scene.chancery.log_lines().len());
        let load = async {
            let mut served = Vec::new();
            while stopped.try_recv().is_err() {
                served.push(served_by(port, "/").await);
            }
            served
        };
        let restart = async {
            scene.chancery.restart().await;
            // Numbers count on from what is kept.
            let is_it = |it: &Value| {
                field(it, "message") == Some("all nodes acked") && it["generation"].as_u64() == Some(newest)
            };
            eventually("it to arrive once more", async || {
                scene.chancery.log_lines()[told..].iter().any(is_it).then_some(())
            })
            .await;
            until_served_by(port, "/", "two").await;
            stop.send(()).unwrap();
        };
        let (served, ()) = tokio::join!(load, restart);
        assert!(served.iter().all(Option::is_some) && served.len() > 5, "{}: {served:?}", mode.name());
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_told_and_edits_go_on() {
    let Some(bench) = Bench::open().await else { return };
    bench.write("file", "");
    let scene = Scene::open(&bench, "file/state").await;
    scene.log("going on without, nothing survives a restart").await;
    let envoy = bench.follower("edge-1", Mode::DeltaAds, scene.chancery.port()).await;
    until_served_by(scene.port, "/", "one").await;
    until_nothing_warms(&envoy).await;
    scene.write(&bench, "web-2", 1);
    until_served_by(scene.port, "/", "two").await;
    until_nothing_warms(&envoy).await;
}

#[tokio::test]
async fn a_directory_that_another_daemon_has_keeps_a_second_one_from_starting() {
    let Some(bench) = Bench::open().await else { return };
    let _scene = Scene::open(&bench, "state").await;
    until_good(&bench, 1).await;
    let mut second = Command::new(env!("CARGO_BIN_EXE_chancery"));
    second.env_clear().args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "off", "--state-dir"]);
    second.args([bench.path("state"), bench.path("config")]).stdin(Stdio::null()).kill_on_drop(true);
    let ended = second.output().await.unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("--state-dir") && said.contains("another"), "{said}");
}

#[tokio::test]
async fn generations_of_other_sources_are_left_alone() {
    let Some(bench) = Bench::open().await else { return };
    let mut scene = Scene::open(&bench, "state").await;
    until_good(&bench, 1).await;
    scene.chancery.kill().await;
    bench.write("other/web.yaml", &document(scene.port, "web-2", scene.upstreams[1].port()));
    let state = bench.path("state").display().to_string();
    scene.chancery = Chancery::start(&bench, Serve::source(&bench.path("other")).with(&["--state-dir", &state])).await;
    scene.log("generations of other sources; those are left alone").await;
    let envoy = bench.follower("edge-1", Mode::Ads, scene.chancery.port()).await;
    until_served_by(scene.port, "/", "two").await;
    until_nothing_warms(&envoy).await;
    until_good(&bench, 2).await;
}
