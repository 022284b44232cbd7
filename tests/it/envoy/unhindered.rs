//! Rollouts that nobody has to help: beside a client that refuses every change, and while all Envoys lose their connection
//! in the middle of a trial.

use std::sync::Arc;
use std::time::Duration;

use chancery::envoy::{Mode, Stats};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::bench::{SOON, announce};
use super::daemon::field;
use super::mute::Stage;

const EDITS: usize = 8;

fn says(line: &Value, message: &str) -> bool {
    field(line, "message") == Some(message)
}

fn count(stage: &Stage, message: &str) -> usize {
    stage.chancery.log_lines().iter().filter(|it| says(it, message)).count()
}

/// It has been connected longest, and accepts nothing after the first generation.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_refuses_every_change_holds_up_one_and_then_itself() {
    let Some(stage) = Stage::set(&[]).await else { return };
    let mut client = stage.falls_mute("vetoes").await;
    let mut veto = JoinSet::new();
    veto.spawn(async move {
        while let Ok(Some(response)) = client.responses.message().await {
            client.refuse(&response, "I refuse everything");
        }
    });
    let envoys = stage.envoys().await;
    stage.edit("edit0");
    stage.chancery.log_line("the first change to be refused", |it| says(it, "refused and taken back")).await;
    let mut took = Vec::new();
    for edit in 1..EDITS {
        took.push(stage.change(&format!("edit{edit}"), &envoys).await);
    }
    let refused = count(&stage, "refused and taken back");
    announce(&format!("unhindered: {refused} of {EDITS} changes refused for all; the others took {took:.0?}"));
    assert_eq!(refused, 1);
}

/// What stands between the Envoys and the daemon, and can drop all connections in one moment.
struct Relay {
    port: u16,
    cut: Arc<Notify>,
    _task: JoinSet<()>,
}

impl Relay {
    async fn start(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (port, cut) = (listener.local_addr().unwrap().port(), Arc::new(Notify::new()));
        let (mut task, heard) = (JoinSet::new(), cut.clone());
        task.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let (mut client, _) = accepted.unwrap();
                        connections.spawn(async move {
                            let mut upstream = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                            let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
                        });
                    }
                    () = heard.notified() => connections.abort_all(),
                }
            }
        });
        Self { port, cut, _task: task }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_all_envoys_lose_their_connection_in_a_trial_it_goes_on_by_itself() {
    let Some(stage) = Stage::set(&["--bake", "8s"]).await else { return };
    let relay = Relay::start(stage.chancery.port()).await;
    let mut envoys = Vec::new();
    for (at, mode) in [Mode::Ads, Mode::DeltaAds, Mode::Grpc, Mode::Delta, Mode::Ads].into_iter().enumerate() {
        envoys.push(stage.bench.follower(&format!("edge-{at}"), mode, relay.port).await);
    }
    stage.change("first", &envoys).await;
    let began = stage.edit("second");
    stage.chancery.log_line("the trial", |it| says(it, "canaries get it first")).await;
    for _ in 0..3 {
        sleep(Duration::from_millis(1500)).await;
        relay.cut.notify_one();
    }
    let has = |it: &Stats| it.iter().any(|it| it.0.starts_with("http.second."));
    for envoy in &envoys {
        envoy.admin().wait_for_stats("^http.second", "second", SOON * 3, has).await.unwrap();
    }
    let (lost, back) =
        (count(&stage, "the canary disconnected"), count(&stage, "the canary is back with what it had, and goes on"));
    announce(&format!(
        "unhindered: five Envoys lost all connections three times; {lost} canaries lost, {back} back; everyone has the change {:.1?} after the edit, 8 s of it bake",
        began.elapsed()
    ));
    assert!(lost > 0, "no canary lost its connection");
}
