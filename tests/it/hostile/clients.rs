//! Clients that speak the protocol and mean harm, or only come all at once: mute, vetoing, a fleet that reconnects.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::Size;
use super::daemon::Daemon;
use super::figures::{Before, Bounds, tell};
use crate::grpc::world::{CDS, Client, hello, names};

const SOME: Bounds = Bounds { cpu: 50.0, memory: 200.0, log: 256.0 };

/// How many attackers share a connection.
const SHARED: usize = 100;

/// What a client does with each response.
#[derive(Debug, Clone, Copy)]
enum Manner {
    Accepts,
    Refuses,
    SaysNothing,
}

/// Clients that behave alike, until they are dropped.
struct Fleet {
    _clients: JoinSet<()>,
    /// What each was sent last.
    last: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Fleet {
    /// Waits until each was sent this, or anything at all.
    async fn has(&self, what: Option<&str>) {
        let is_it = |it: &Vec<String>| what.map_or(!it.is_empty(), |what| it.iter().any(|it| it == what));
        let all = async {
            while !self.last.lock().unwrap().iter().all(is_it) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(60), all).await.expect("all of the fleet is served");
    }
}

/// Connects clients, and returns once each has had a response.
async fn fleet(daemon: &Daemon, name: &str, count: usize, manner: Manner) -> Fleet {
    let mut clients = JoinSet::new();
    let last = Arc::new(Mutex::new(vec![Vec::new(); count]));
    let mut channel = daemon.channel().await;
    for number in 0..count {
        if number % SHARED == 0 {
            channel = daemon.channel().await;
        }
        let (channel, last, id) = (channel.clone(), last.clone(), format!("{name}-{number}"));
        clients.spawn(async move {
            let mut client = Client::ads(channel).await;
            client.send(hello(&id, CDS));
            let mut is_first = true;
            while let Ok(Some(response)) = client.responses.message().await {
                match manner {
                    Manner::Accepts => client.acknowledge(&response),
                    // What it was given first it keeps: only changes are refused.
                    Manner::Refuses if is_first => client.acknowledge(&response),
                    Manner::Refuses => client.refuse(&response, "no"),
                    Manner::SaysNothing => {}
                }
                is_first = false;
                last.lock().unwrap()[number] = names(&response);
            }
        });
    }
    let fleet = Fleet { _clients: clients, last };
    fleet.has(None).await;
    fleet
}

/// Clients that are there before everyone else and never answer.
pub(super) async fn mute(size: Size) {
    let mut daemon = Daemon::start(4_096, "--ack-timeout 1s --stage-timeout 1s").await;
    let _mute = fleet(&daemon, "a", size.of(20, 500), Manner::SaysNothing).await;
    let mut client = daemon.client("good").await;
    let before = Before::of(&daemon);
    before.hold("mute clients", size, &mut daemon, &mut client, SOME).await;
}

/// A few clients that refuse every change, among many that accept them. Each may stop one change, not all.
pub(super) async fn vetoing(size: Size) {
    let mut daemon = Daemon::start(4_096, "--ack-timeout 1s --stage-timeout 1s").await;
    let count = size.of(3, 20);
    let _vetoing = fleet(&daemon, "a", count, Manner::Refuses).await;
    let _others = fleet(&daemon, "b", size.of(30, 500), Manner::Accepts).await;
    let mut client = daemon.client("good").await;
    let before = Before::of(&daemon);
    let mut stopped = 0;
    while daemon.try_edit(&mut client, Duration::from_secs(5)).await.is_none() {
        stopped += 1;
        assert!(stopped <= count, "{count} clients stop every change");
    }
    tell(&format!("vetoing: {count} clients stopped {stopped} changes"));
    before.hold("vetoing clients", size, &mut daemon, &mut client, SOME).await;
}

/// A whole fleet reconnects while a change is on trial, and all of it gets the change.
pub(super) async fn reconnect(size: Size) {
    let mut daemon = Daemon::start(4_096, "--bake 2s --ack-timeout 5s").await;
    let count = size.of(100, 1_000);
    let all = fleet(&daemon, "a", count, Manner::Accepts).await;
    let mut client = daemon.client("good").await;
    let before = Before::of(&daemon);
    daemon.write_edit();
    daemon.said("canaries get it first").await;
    let begun = Instant::now();
    drop(all);
    let all = fleet(&daemon, "a", count, Manner::Accepts).await;
    let connected = begun.elapsed().as_millis();
    daemon.ready().await;
    daemon.reaches(&mut client, Duration::from_secs(30)).await.expect("the change reaches everyone after its trial");
    all.has(Some("edit-1")).await;
    let all_have_it = begun.elapsed().as_millis();
    tell(&format!("reconnect: {count} clients in {connected} ms, all had the change in {all_have_it} ms"));
    sleep(Duration::from_secs(1)).await;
    before.hold("a fleet that reconnects", size, &mut daemon, &mut client, Bounds { log: 512.0, ..SOME }).await;
    drop(all);
}

#[tokio::test]
async fn mute_clients_stop_no_change() {
    mute(Size::Short).await;
}

#[tokio::test]
async fn a_few_clients_cannot_veto_every_change() {
    vetoing(Size::Short).await;
}

#[tokio::test]
async fn a_fleet_that_reconnects_during_a_trial_gets_the_change() {
    reconnect(Size::Short).await;
}
