//! The daemon is killed at any moment, while documents change and a load runs through two Envoys: it is started again on
//! what it left, no request fails, and in the end all hold what the documents say.
//!
//! Both Envoys listen on the same ports, and the system shares connections out among them: they are one group, so that
//! one of them tries each change and the other waits. Load, changes and pictures are those of [`zero_drop`].
//! `crash_in_full` is the long form of the same: docs/development.md.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chancery::app::{Isolation, Loader};
use chancery::compile::Settings;
use chancery::envoy::{Admin, Envoy, Mode, bootstrap};
use chancery::spec::RawFile;
use chancery::state::{History, Outcome, Summary};
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::bench::{Bench, SOON, announce, follower_options, free_port, local};
use super::daemon::{Chancery, Serve};
use super::zero_drop::load::Load;
use super::zero_drop::picture;
use super::zero_drop::tally::Run;
use super::zero_drop::world::{self, Change, Dice, World};

/// Requests a second, through both Envoys.
const RATE: u32 = 400;
const SEED: u64 = 5;

/// When the daemon is killed, in milliseconds after an edit: before it is looked at; while it is read, stored, and given
/// to the first; while it goes from one Envoy to the next, or is settled; while leftovers linger and go.
const MOMENTS: [[usize; 2]; 4] = [[0, 30], [20, 60], [40, 250], [200, 1_500]];

/// Two Envoys, and so many kills.
#[derive(Debug, Clone, Copy)]
struct Script {
    modes: [Mode; 2],
    kills: usize,
    seed: u64,
}

/// The daemon, its documents and its followers.
struct Scene {
    world: World,
    chancery: Chancery,
    envoys: Vec<Envoy>,
    state: PathBuf,
    admin: u16,
}

impl Scene {
    async fn open(bench: &Bench, script: Script) -> Self {
        let world = World::new(bench, script.seed).await;
        world.write();
        let (state, admin) = (bench.path("state"), free_port());
        let options =
            ["--quiet-ms", "20", "--linger", "1s", "--ack-timeout", "3s", "--state-dir", state.to_str().unwrap()];
        let serve = Serve::source(&bench.path("config")).with(&options).with_admin(admin);
        let chancery = Chancery::start(bench, serve).await;
        let mut envoys = Vec::new();
        for (node, mode) in ["edge-1", "edge-2"].into_iter().zip(script.modes) {
            let bootstrap = bootstrap(&follower_options(node, mode, chancery.port()));
            envoys.push(bench.envoy_with(node, &bootstrap, &["--drain-strategy", "immediate"]).await);
        }
        Self { world, chancery, envoys, state, admin }
    }

    fn edit(&mut self, load: &Load, change: Change) {
        load.change(change);
        self.world.apply(change);
        self.world.write();
    }

    /// Waits until both Envoys hold what the documents say and nothing else, and the state directory says so too.
    async fn settle(&self, documents: &Path) -> Result<(), String> {
        let deadline = Instant::now() + SOON;
        loop {
            let Err(missing) = self.look(documents).await else { return Ok(()) };
            if Instant::now() > deadline {
                return Err(missing);
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn look(&self, documents: &Path) -> Result<(), String> {
        let wanted = self.world.picture();
        for (at, envoy) in self.envoys.iter().enumerate() {
            let held = picture::of(envoy.admin()).await;
            let differs = |key: &&String| held.get(*key) != wanted.get(*key);
            if let Some(key) = held.keys().chain(wanted.keys()).find(differs) {
                return Err(format!("edge-{}: {key} is {:?}, not {:?}", at + 1, held.get(key), wanted.get(key)));
            }
        }
        let listing = History::at(&self.state).and_then(|it| it.list()).map_err(|it| it.to_string())?;
        assert_eq!(listing.damaged, []);
        let is_good = |it: &&Summary| matches!(it.outcome, Outcome::Good { refused: 0, .. });
        let newest = listing.generations.iter().find(|it| matches!(it.outcome, Outcome::Good { .. }));
        let newest = newest.ok_or("no good generation")?;
        let wanted = version_of(documents);
        if newest.version.to_string() != wanted || !is_good(&newest) {
            return Err(format!("the newest good one is {newest:?}, not version {wanted}"));
        }
        let served = Admin::new(local(self.admin)).json("/rollout").await.map_err(|it| it.to_string())?;
        if served["good"] != newest.number {
            return Err(format!("{} is served, and {} stored as good", served["good"], newest.number));
        }
        Ok(())
    }
}

/// The version of what the documents say.
fn version_of(documents: &Path) -> String {
    let files = std::fs::read_dir(documents).unwrap().map(|it| it.unwrap().path());
    let read = |it: PathBuf| RawFile::new(it.to_str().unwrap(), std::fs::read(&it).unwrap());
    let mut files: Vec<_> = files.filter(|it| it.extension().is_some_and(|it| it == "yaml")).map(read).collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let mut loader = Loader::new(Settings::default(), Isolation::Document);
    loader.restore(1, files).unwrap().version.to_string()
}

async fn run(script: Script) -> Option<Run> {
    let Script { modes, kills, seed } = script;
    let bench = Bench::open().await?;
    let documents = bench.path("config");
    let mut scene = Scene::open(&bench, script).await;
    scene.settle(&documents).await.unwrap();
    let mut dice = Dice(seed);
    let mut changes = world::rotation(&Change::ALL, seed, 4 * kills).into_iter();
    let load = Load::start(&scene.world, RATE);
    let began = Instant::now();
    for kill in 0..kills {
        for _ in 0..[1, 1, 2][dice.below(3)] {
            scene.edit(&load, changes.next().unwrap());
            sleep(scene.world.pause()).await;
        }
        scene.edit(&load, changes.next().unwrap());
        let [from, to] = MOMENTS[kill % MOMENTS.len()];
        sleep(Duration::from_millis((from + dice.below(to - from)) as u64)).await;
        scene.chancery.kill().await;
        if dice.below(3) == 0 {
            scene.edit(&load, changes.next().unwrap());
        }
        scene.chancery.restart().await;
        // Every third time it is killed once more before all is quiet.
        if kill % 3 != 1 {
            if let Err(missing) = scene.settle(&documents).await {
                load.missing(format!("after kill {}: {missing}", kill + 1));
                break;
            }
        } else {
            sleep(Duration::from_millis(dice.below(600) as u64)).await;
        }
    }
    if let Err(missing) = scene.settle(&documents).await {
        load.missing(missing);
    }
    let took = began.elapsed();
    let tally = load.stop().await;
    let mut refused = 0;
    for envoy in &scene.envoys {
        refused += envoy.admin().stats("update_rejected$").await.unwrap().sum_of(".update_rejected");
    }
    let mode = format!("{} and {}, {kills} kills", modes[0].name(), modes[1].name());
    let run = Run { mode, delivery: "staged", seed, took, refused, tally };
    announce(&run.to_string());
    let history = ["history", "--format", "json", "--state-dir", scene.state.to_str().unwrap()];
    let listed = Command::new(env!("CARGO_BIN_EXE_chancery")).env_clear().args(history).output().await.unwrap();
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed["damaged"], serde_json::json!([]));
    assert!(run.is_clean(), "{run}");
    Some(run)
}

#[tokio::test]
async fn crash_on_incremental_ads_and_separate_streams() {
    run(Script { modes: [Mode::DeltaAds, Mode::Grpc], kills: 6, seed: SEED }).await;
}

#[tokio::test]
async fn crash_on_ads_and_separate_incremental_streams() {
    run(Script { modes: [Mode::Ads, Mode::Delta], kills: 6, seed: SEED + 1 }).await;
}

/// 200 kills. What can be set: docs/development.md.
#[tokio::test]
#[ignore = "takes minutes"]
async fn crash_in_full() {
    let number = |name: &str, default: u64| {
        let set = std::env::var_os(format!("CRASH_{name}"));
        set.map_or(default, |it| it.to_str().and_then(|it| it.parse().ok()).expect("a number"))
    };
    let (kills, seed) = (usize::try_from(number("KILLS", 200)).unwrap() / 2, number("SEED", SEED));
    for modes in [[Mode::DeltaAds, Mode::Grpc], [Mode::Ads, Mode::Delta]] {
        run(Script { modes, kills, seed }).await;
    }
}
