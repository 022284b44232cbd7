//! Zero drop: a load runs through a real Envoy while documents change, and each request that fails is counted.
//!
//! Parts: [`world`] (what the documents say, and each kind of change), [`picture`] (what Envoy says it holds, to wait
//! for), [`load`] (the clients), [`tally`] (what they met).
//! With `--delivery staged` nothing may fail. With `--delivery direct` something must: otherwise the load or the
//! changes are too tame, and the first figure proves nothing. `zero_drop_in_full` is the long form of the same:
//! docs/development.md.
//!
//! Envoy keeps its default of ten minutes to drain, so within a run it ends no connection by force, and whatever is
//! cut is a failure. It drains by `--drain-strategy immediate`: the next answer on a connection says that it is the last.
//! By the default strategy it says so only at some answer within those ten minutes, and until then what the connection's
//! listener used must stay: `--linger` would have to be as long.

pub(crate) mod load;
pub(crate) mod picture;
pub(crate) mod tally;
pub(crate) mod world;

use std::collections::BTreeSet;
use std::time::Duration;

use chancery::envoy::{Admin, Mode, bootstrap};
use tokio::time::{Instant, sleep};

use self::load::{Lane, Load};
use self::tally::Run;
use self::world::{Change, World};
use super::bench::{Bench, SOON, announce, follower_options, until_served_by};
use super::daemon::{Chancery, Serve};

/// How the daemon brings a change to an Envoy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivery {
    /// Make before break.
    Staged,
    /// All at once.
    Direct,
}

impl Delivery {
    fn name(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Direct => "direct",
        }
    }

    /// How long a change may take to arrive. Direct delivery has Envoy refuse some: they never do.
    fn patience(self) -> Duration {
        match self {
            Self::Staged => SOON,
            Self::Direct => Duration::from_secs(2),
        }
    }

    /// What `serve` is told. No connection of the load is idle for as long as a second, so leftovers need not stay
    /// longer.
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Staged => &["--delivery", "staged", "--linger", "1s"],
            Self::Direct => &["--delivery", "direct"],
        }
    }
}

/// Requests a second, the proof's 500 with something to spare.
const RATE: u32 = 600;
const SEED: u64 = 4;
/// After a change has arrived, so that requests also meet the state after it.
const REST: Duration = Duration::from_millis(60);
/// Every so often a few changes come without a wait for the one before.
const BURST_EVERY: usize = 8;
const BURST: usize = 3;

/// A load, and so many changes of these kinds.
#[derive(Debug, Clone)]
struct Script {
    mode: Mode,
    delivery: Delivery,
    kinds: Vec<Change>,
    changes: usize,
    seed: u64,
}

impl Script {
    /// The script of CI.
    fn short(mode: Mode, delivery: Delivery) -> Self {
        Self { mode, delivery, kinds: Change::ALL.to_vec(), changes: 2 * Change::ALL.len(), seed: SEED }
    }
}

/// Runs a script, and tells what it met.
async fn run(script: Script) -> Option<Run> {
    let Script { mode, delivery, kinds, changes, seed } = script;
    let bench = Bench::open().await?;
    let mut world = World::new(&bench, seed).await;
    world.write();
    let serve = Serve::source(&bench.path("config")).with(&["--quiet-ms", "20"]).with(delivery.arguments());
    let chancery = Chancery::start(&bench, serve).await;
    let bootstrap = bootstrap(&follower_options("edge-1", mode, chancery.port()));
    let envoy = bench.envoy_with("edge-1", &bootstrap, &["--drain-strategy", "immediate"]).await;
    until_served_by(world.port(Lane::One), "/one", "one-a").await;
    let mut arrivals = Arrivals { admin: envoy.admin(), patience: delivery.patience(), missing: BTreeSet::new() };
    arrivals.wait(&world).await.unwrap();

    let load = Load::start(&world, RATE);
    sleep(REST).await;
    let began = Instant::now();
    for (at, change) in world::rotation(&kinds, seed, changes).into_iter().enumerate() {
        load.change(change);
        world.apply(change);
        world.write();
        if at % BURST_EVERY < BURST && at + 1 < changes {
            sleep(world.pause()).await;
        } else {
            if let Err(missing) = arrivals.wait(&world).await {
                load.missing(missing);
            }
            sleep(REST).await;
        }
    }
    let took = began.elapsed();
    let tally = load.stop().await;
    let refused = envoy.admin().stats("update_rejected$").await.unwrap().sum_of(".update_rejected");
    let run = Run { mode: mode.name().to_owned(), delivery: delivery.name(), seed, took, refused, tally };
    announce(&run.to_string());
    Some(run)
}

/// Waits for changes to arrive.
struct Arrivals<'a> {
    admin: &'a Admin,
    patience: Duration,
    /// What was given up on, and is not waited for again.
    missing: BTreeSet<String>,
}

impl Arrivals<'_> {
    /// Waits until Envoy holds what the documents say, and nothing more; or tells the first difference.
    async fn wait(&mut self, world: &World) -> Result<(), String> {
        let wanted = world.picture();
        let deadline = Instant::now() + self.patience;
        loop {
            let held = picture::of(self.admin).await;
            let differs = |key: &&String| held.get(*key) != wanted.get(*key);
            let missing: BTreeSet<_> = held.keys().chain(wanted.keys()).filter(differs).cloned().collect();
            if missing.is_subset(&self.missing) {
                self.missing = missing;
                return Ok(());
            }
            if Instant::now() > deadline {
                let key = missing.difference(&self.missing).next().unwrap();
                let told = format!("{key} is {:?}, not {:?}", held.get(key), wanted.get(key));
                self.missing = missing;
                return Err(told);
            }
            sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Runs a script, and demands what its delivery promises.
async fn hold(script: Script) {
    let clean = match script.delivery {
        Delivery::Staged => true,
        Delivery::Direct => !script.kinds.iter().any(|it| it.moves_traffic()),
    };
    let Some(run) = run(script).await else { return };
    if clean {
        assert!(run.is_clean(), "{run}");
    } else {
        assert!(run.tally.failures() > 0, "the load met nothing, so it proves nothing: {run}");
    }
}

/// Both deliveries with the same script: nothing may fail, and something must.
async fn compare(mode: Mode) {
    hold(Script::short(mode, Delivery::Staged)).await;
    hold(Script::short(mode, Delivery::Direct)).await;
}

#[tokio::test]
async fn zero_drop_on_ads() {
    compare(Mode::Ads).await;
}

#[tokio::test]
async fn zero_drop_on_incremental_ads() {
    compare(Mode::DeltaAds).await;
}

#[tokio::test]
async fn zero_drop_on_separate_streams() {
    compare(Mode::Grpc).await;
}

#[tokio::test]
async fn zero_drop_on_separate_incremental_streams() {
    compare(Mode::Delta).await;
}

/// The load by itself makes no failures: these changes have nothing that an order could save.
#[tokio::test]
async fn zero_drop_by_changes_that_move_no_traffic() {
    let mut script = Script::short(Mode::Delta, Delivery::Direct);
    script.kinds.retain(|it| !it.moves_traffic());
    hold(script).await;
}

/// All modes one after the other, by 300 changes. What can be set: docs/development.md.
#[tokio::test]
#[ignore = "takes minutes"]
async fn zero_drop_in_full() {
    let set = |name: &str| Some(std::env::var_os(format!("ZERO_DROP_{name}"))?.into_string().unwrap());
    let number = |name: &str, default: u64| set(name).map_or(default, |it| it.parse().expect(name));
    let kinds = set("KINDS").map_or(Change::ALL.to_vec(), |it| it.split(',').map(Change::named).collect());
    for (name, mode) in Mode::ALL {
        if set("MODE").is_none_or(|it| it == name) {
            let changes = usize::try_from(number("CHANGES", 300)).unwrap();
            for delivery in [Delivery::Staged, Delivery::Direct] {
                let short = Script::short(mode, delivery);
                hold(Script { kinds: kinds.clone(), changes, seed: number("SEED", SEED), ..short }).await;
            }
        }
    }
}
