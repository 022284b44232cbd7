//! `chancery rollout` and `chancery wait` against a real daemon and scripted clients: who waits is told the truth.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::timeout;

use super::world::{Daemon, Ended, World, cluster};
use crate::grpc::world::{CDS, Client, LONG, hello};

/// A document for a client that asks for clusters only: its endpoints are in it.
fn document(name: &str) -> String {
    cluster(name).replace("127.0.0.1:80", "web.internal:80")
}

/// A daemon with generation 1, and clients that have taken it in.
async fn start(world: &World, flags: &str, ids: &[&str]) -> (Daemon, Vec<Client>) {
    world.write("a.yaml", document("a"));
    let line = format!("serve a.yaml --listen 127.0.0.1:0 --quiet-ms 20 --poll-ms 200 --log json {flags}");
    let mut daemon = world.start(&line).await;
    daemon.published().await;
    let mut clients = Vec::new();
    for id in ids {
        let mut client = daemon.ads().await;
        client.send(hello(id, CDS));
        assert_eq!(client.accept().await, ["a"]);
        clients.push(client);
    }
    (daemon, clients)
}

/// The next generation is published, and on trial unless it is good at once.
async fn edit(world: &World, daemon: &mut Daemon, name: &str) {
    world.write("a.yaml", document(name));
    daemon.said("generation published").await;
}

async fn wait(world: &World, daemon: &Daemon, flags: &str) -> Ended {
    let ended = world.run(&format!("wait --admin {} {flags}", daemon.admin())).await;
    assert!(ended.out.is_empty() && !ended.err.contains(['\u{1b}', '\r']), "{ended:?}");
    ended
}

async fn rollout(world: &World, daemon: &Daemon, act: &str) -> Ended {
    world.run(&format!("rollout {act} --admin {}", daemon.admin())).await
}

async fn status(world: &World, daemon: &Daemon) -> Value {
    serde_json::from_str(&rollout(world, daemon, "status --format json").await.out).unwrap()
}

#[tokio::test]
async fn a_wait_ends_when_all_have_it() {
    let world = World::new();
    let (mut daemon, mut clients) = start(&world, "", &["edge-1", "edge-2"]).await;
    let first = wait(&world, &daemon, "").await;
    assert_eq!((first.code, first.err.lines().last()), (Some(0), Some("2/2 nodes have generation 1")), "{first:?}");
    edit(&world, &mut daemon, "b").await;
    let accept = async {
        // The canary first, and the other only then.
        for client in &mut clients {
            assert_eq!(client.accept().await, ["b"]);
        }
    };
    let (ended, ()) = tokio::join!(wait(&world, &daemon, "--generation 2 --nodes id=edge-*"), accept);
    assert_eq!((ended.code, ended.err.lines().last()), (Some(0), Some("2/2 nodes have generation 2")), "{ended:?}");
    let text = rollout(&world, &daemon, "").await.out;
    assert!(text.starts_with("on trial   nothing\ngood       generation 2: "), "{text}");
    assert!(text.contains("    2  good ") && text.contains("canaries: 1 accepted, 0 silent"), "{text}");
}

#[tokio::test]
async fn a_mute_client_is_named_when_time_runs_out() {
    let world = World::new();
    let (mut daemon, mut clients) = start(&world, "--canary off", &["edge-1", "mute"]).await;
    edit(&world, &mut daemon, "b").await;
    assert_eq!(clients[0].accept().await, ["b"]);
    let ended = wait(&world, &daemon, "--timeout 1s").await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.err.contains("\n  mute: has generation 1, stage "), "{ended:?}");
    assert!(ended.err.contains("chancery: out of time: 1/2 nodes have generation 2, after 1s\n"), "{ended:?}");
    assert!(!ended.err.contains("edge-1"), "{ended:?}");
    for flags in ["--share 50%", "--nodes id=edge-1", "--nodes id=nobody --share 0%", "--generation 1"] {
        assert_eq!(wait(&world, &daemon, flags).await.code, Some(0), "{flags}");
    }
    let nobody = wait(&world, &daemon, "--nodes id=nobody --timeout 500ms").await;
    assert_eq!(nobody.code, Some(3), "{nobody:?}");
    assert!(nobody.err.contains("0/0 nodes have generation 2; no node is connected that it concerns"), "{nobody:?}");
    assert_eq!(wait(&world, &daemon, "--nodes id=edge-1 --timeout 0s").await.code, Some(0), "one look is always taken");
    assert_eq!(wait(&world, &daemon, "--generation 3 --timeout 500ms").await.code, Some(3), "it is not there yet");

    // Who accepts a cluster and never asks for its endpoints does not have it.
    world.write("a.yaml", cluster("c"));
    daemon.said("generation published").await;
    assert_eq!(clients[0].accept().await, ["c"]);
    let lacks = wait(&world, &daemon, "--nodes id=edge-1 --timeout 500ms").await;
    assert_eq!(lacks.code, Some(3), "{lacks:?}");
    assert!(lacks.err.contains("edge-1: has generation 2, stage last, lacks EDS c\n"), "{lacks:?}");
}

#[tokio::test]
async fn a_paused_trial_is_waited_for_until_it_is_promoted() {
    let world = World::new();
    let (mut daemon, mut clients) = start(&world, "--bake 1h", &["edge-1", "edge-2"]).await;
    edit(&world, &mut daemon, "b").await;
    assert_eq!(clients[0].accept().await, ["b"]);
    let paused = rollout(&world, &daemon, "pause").await;
    assert!(paused.code == Some(0) && paused.out.starts_with("generation 2 is paused"), "{paused:?}");
    let text = rollout(&world, &daemon, "status").await.out;
    assert!(text.contains("on trial   generation 2 for ") && text.contains(", paused\n"), "{text}");
    let late = wait(&world, &daemon, "--timeout 500ms").await;
    assert_eq!(late.code, Some(3), "{late:?}");
    assert!(late.err.contains("1/2 nodes have generation 2; its trial is paused"), "{late:?}");

    let line = format!("wait --admin {} --timeout 20s", daemon.admin());
    let mut waiting = world.command(&line).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(waiting.stderr.take().unwrap()).lines();
    let mut heard = async || timeout(LONG, lines.next_line()).await.unwrap().unwrap();
    assert_eq!(heard().await.as_deref(), Some("1/2 nodes have generation 2; its trial is paused"));
    assert_eq!(rollout(&world, &daemon, "promote").await.code, Some(0));
    assert_eq!(clients[1].accept().await, ["b"]);
    let mut last = None;
    while let Some(line) = heard().await {
        last = Some(line);
    }
    assert_eq!(last.as_deref(), Some("2/2 nodes have generation 2"));
    assert_eq!(waiting.wait().await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn an_abort_ends_a_wait_with_1_and_a_newer_generation_does_not() {
    let world = World::new();
    let (mut daemon, mut clients) = start(&world, "--bake 1h", &["edge-1"]).await;
    edit(&world, &mut daemon, "b").await;
    let abort = async {
        // Once it is under way; the client has not answered.
        let paused = rollout(&world, &daemon, "pause").await;
        assert_eq!(paused.code, Some(0), "{paused:?}");
        assert_eq!(rollout(&world, &daemon, "abort").await.code, Some(0));
    };
    let (ended, ()) = tokio::join!(wait(&world, &daemon, "--generation 2"), abort);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.ends_with("chancery: generation 2 was taken back by an operator\n"), "{ended:?}");
    let nothing = rollout(&world, &daemon, "abort").await;
    assert!(nothing.code == Some(1) && nothing.err.contains("there is nothing to abort"), "{nothing:?}");

    assert_eq!(clients[0].accept().await, ["b"]);
    assert_eq!(clients[0].accept().await, ["a"]);
    edit(&world, &mut daemon, "c").await;
    edit(&world, &mut daemon, "d").await;
    let accept = async { while clients[0].accept().await != ["d"] {} };
    let (ended, ()) = tokio::join!(wait(&world, &daemon, "--generation 3"), accept);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.err.contains("1/1 node has generation 3 or 4, which took its place"), "{ended:?}");
    assert_eq!(status(&world, &daemon).await["verdicts"][1]["verdict"], "superseded");
}

#[tokio::test]
async fn a_refusal_ends_a_wait_with_1_and_the_clients_words() {
    let world = World::new();
    let (mut daemon, mut clients) = start(&world, "", &["edge-1", "edge-2"]).await;
    edit(&world, &mut daemon, "b").await;
    let refuse = async {
        let response = clients[0].next().await.unwrap().unwrap();
        clients[0].refuse(&response, "no room for b\u{1b}[31m");
    };
    let (ended, ()) = tokio::join!(wait(&world, &daemon, "--generation 2"), refuse);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("edge-1 refused CDS b"), "{ended:?}");
    assert!(ended.err.contains("no room for b\\u{1b}[31m"), "{ended:?}");
    assert!(ended.err.ends_with("chancery: generation 2 was refused\n"), "{ended:?}");
    // Who asks later hears the same.
    assert_eq!(wait(&world, &daemon, "").await.code, Some(1));
    let text = rollout(&world, &daemon, "").await.out;
    assert!(text.contains("good       generation 1") && text.contains("    2  refused "), "{text}");
}

#[tokio::test]
async fn nodes_that_come_meanwhile_count_and_those_that_no_document_is_for_do_not() {
    let world = World::new();
    let (mut daemon, _clients) = start(&world, "", &[]).await;
    world.write("a.yaml", format!("nodes: [{{id: \"edge-*\"}}]\n{}", document("b")));
    daemon.said("generation published").await;
    let stranger = daemon.ads().await;
    stranger.send(hello("other", CDS));
    daemon.said("waiting").await;
    let none = wait(&world, &daemon, "--generation 2 --timeout 500ms").await;
    assert_eq!(none.code, Some(3), "{none:?}");
    let come = async {
        let mut client = daemon.ads().await;
        client.send(hello("edge-1", CDS));
        assert_eq!(client.accept().await, ["b"]);
        client
    };
    let (ended, _client) = tokio::join!(wait(&world, &daemon, "--generation 2"), come);
    assert_eq!((ended.code, ended.err.lines().last()), (Some(0), Some("1/1 node has generation 2")), "{ended:?}");
}

#[tokio::test]
async fn a_wait_before_the_first_generation_waits_for_it() {
    let world = World::new();
    let mut daemon = world.serve("later.yaml").await;
    daemon.said("CH0001").await;
    let late = wait(&world, &daemon, "--timeout 300ms").await;
    assert_eq!(late.code, Some(3), "{late:?}");
    assert!(late.err.contains("no generation yet") && late.err.contains("out of time"), "{late:?}");
    let write = async { world.write("later.yaml", document("a")) };
    let (ended, ()) = tokio::join!(wait(&world, &daemon, "--share 0%"), write);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[tokio::test]
async fn absent_daemons_and_other_servers_are_1_with_the_next_step() {
    let world = World::new();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for line in ["wait", "rollout", "rollout pause"] {
        let ended = world.check(&format!("{line} --admin {nobody}"), 1).await;
        assert!(ended.err.contains("no daemon answers at") && ended.err.contains("--admin"), "{ended:?}");
    }
    let (daemon, _clients) = start(&world, "", &[]).await;
    let ended = world.check(&format!("wait --admin {}", daemon.address), 1).await;
    assert!(ended.err.contains("--admin"), "{ended:?}");
}

/// The daemon goes away under a wait, and comes back as another process.
#[tokio::test]
async fn a_daemon_that_is_started_anew_ends_a_wait() {
    let world = World::new();
    let port = crate::envoy::bench::free_port();
    let flags = format!("--admin-listen 127.0.0.1:{port}");
    let (mut daemon, mut clients) = start(&world, &flags, &["edge-1"]).await;
    edit(&world, &mut daemon, "b").await;
    assert_eq!(clients[0].accept().await, ["b"]);
    let line = format!("wait --admin 127.0.0.1:{port} --generation 3 --timeout 20s");
    let mut waiting = world.command(&line).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(waiting.stderr.take().unwrap()).lines();
    let mut heard = async |text: &str| {
        let found = async { while !lines.next_line().await.unwrap().expect("it ended").contains(text) {} };
        timeout(LONG, found).await.unwrap_or_else(|_| panic!("not said: {text}"));
    };
    heard("0/1 node has generation 3; it is not there yet").await;
    daemon.kill().await;
    heard("no daemon answers at").await;
    let (_daemon, _clients) = start(&world, &flags, &[]).await;
    heard("started anew").await;
    assert_eq!(waiting.wait().await.unwrap().code(), Some(1));
}
