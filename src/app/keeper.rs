//! Generations to the state directory and back. Whatever goes wrong with it, serving goes on.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tracing::{error, info, warn};

use super::loader::Loader;
use super::{Isolation, unix_ms};
use crate::cache::Cache;
use crate::compile::Settings;
use crate::delivery::{Ending, KEPT, Left};
use crate::lifecycle::Worker;
use crate::snapshot::Generation;
use crate::spec::RawFile;
use crate::state::{History, Listing, Outcome, Record, StateError, Store, Summary};

/// Where generations are kept, and how many.
#[derive(Debug, Clone)]
pub struct StateOptions {
    /// The directory.
    pub dir: PathBuf,
    /// How many good generations.
    pub keep: usize,
}

/// For how long an edit waits until it is on disk. A disk that hangs must not keep it from the Envoys.
const PATIENCE: Duration = Duration::from_secs(1);

/// Writes generations down on a thread of its own, or does nothing where there is no directory.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    thread: Option<Worker<Piece, Result<(), StateError>>>,
    sources: Vec<String>,
    /// The verdict that was written last: often told more than once.
    settled: Option<(u64, Outcome)>,
}

#[derive(Debug)]
enum Piece {
    Write(Box<Record>),
    Settle(u64, Outcome),
}

impl Keeper {
    /// Opens the directory and takes up what was in service when the daemon last ran: returns the files of it.
    ///
    /// # Errors
    /// When another daemon has the directory.
    pub(super) fn open(
        options: &StateOptions,
        sources: &[PathBuf],
        loader: &mut Loader,
        cache: &Cache,
        settings: &Settings,
    ) -> anyhow::Result<(Self, Vec<RawFile>)> {
        let sources: Vec<_> = sources.iter().map(|it| it.display().to_string()).collect();
        let (store, listing) = match Store::open(&options.dir, options.keep) {
            Ok(store) => {
                let listing = store.listing().clone();
                (Some(store), listing)
            }
            Err(error @ StateError::Locked(_)) => return Err(error).context("--state-dir"),
            Err(error) => {
                warn!("{error}; going on without, nothing survives a restart");
                let listing = History::at(&options.dir).and_then(|it| it.list());
                (None, listing.unwrap_or_default())
            }
        };
        for damaged in &listing.damaged {
            warn!(path = %damaged.path.display(), reason = damaged.reason, "a stored generation is damaged; skipped");
        }
        loader.number_after(listing.newest_number());
        let files = Self::restore(&listing, options, &sources, loader, cache, settings);
        let thread = store.map(|mut store| {
            Worker::start("state", move |piece| match piece {
                Piece::Write(record) => store.write(&record),
                Piece::Settle(number, outcome) => store.settle(number, outcome),
            })
        });
        let thread = thread.transpose().context("cannot start a thread for the state directory")?;
        Ok((Self { thread, sources, settled: None }, files))
    }

    /// Serves the newest good generation that is still good, and remembers what else nodes may have.
    fn restore(
        listing: &Listing,
        options: &StateOptions,
        sources: &[String],
        loader: &mut Loader,
        cache: &Cache,
        settings: &Settings,
    ) -> Vec<RawFile> {
        let ours: Vec<_> = listing.generations.iter().filter(|it| it.sources == sources).collect();
        if ours.len() < listing.generations.len() {
            info!("the state directory has generations of other sources; those are left alone");
        }
        let load = |it: &Summary| History::at(&options.dir).and_then(|history| history.load(it.number));
        for (at, summary) in ours.iter().enumerate() {
            if !matches!(summary.outcome, Outcome::Good { .. }) {
                continue;
            }
            let record = match load(summary) {
                Ok(record) => record,
                Err(error) => {
                    warn!("{error}");
                    continue;
                }
            };
            let good = match loader.restore(record.number, record.files.clone()) {
                Ok(good) => good,
                Err(faults) => {
                    let first = faults.first().map(|it| format!("{}: {}", it.place(), it.message));
                    warn!(generation = record.number, first, "a stored generation is not good by today's rules");
                    continue;
                }
            };
            let compile = |it: &Summary| {
                let record = load(it).ok()?;
                Loader::new(settings.clone(), Isolation::Document).restore(record.number, record.files).ok()
            };
            let (shown, refused) = remnants(&ours, at);
            let compile = |it: Vec<&Summary>| it.into_iter().filter_map(compile).collect();
            let left = Left { shown: compile(shown), refused: compile(refused) };
            info!(generation = good.number, version = %good.version, "restored");
            cache.restore(good, left);
            return record.files;
        }
        Vec::new()
    }

    /// A generation is about to be shown to somebody.
    pub(super) async fn made(&self, generation: &Arc<Generation>, files: Vec<RawFile>) {
        if self.thread.is_none() {
            return;
        }
        let record = Record {
            number: generation.number,
            version: generation.version,
            at_ms: unix_ms(),
            outcome: Outcome::Trial,
            sources: self.sources.clone(),
            files,
        };
        self.write(Piece::Write(Box::new(record))).await;
    }

    /// What became of it. `reached` are nodes that have it, and nodes that have not said so yet.
    pub(super) async fn ended(&mut self, generation: u64, ending: &Ending, reason: String, reached: (u64, u64)) {
        let outcome = match ending {
            Ending::Promoted { .. } => Outcome::Good { acked: reached.0, refused: 0, silent: reached.1 },
            Ending::RolledBack => Outcome::Refused { reason },
            Ending::Aborted => Outcome::Refused { reason: "taken back by an operator".to_owned() },
            Ending::Superseded => Outcome::Superseded,
        };
        self.settle(generation, outcome).await;
    }

    /// Everyone has it, or has refused it.
    pub(super) async fn arrived(&mut self, generation: u64, acked: u64, refused: u64) {
        self.settle(generation, Outcome::Good { acked, refused, silent: 0 }).await;
    }

    async fn settle(&mut self, generation: u64, outcome: Outcome) {
        let verdict = (generation, outcome);
        if self.settled.as_ref() != Some(&verdict) && self.write(Piece::Settle(verdict.0, verdict.1.clone())).await {
            self.settled = Some(verdict);
        }
    }

    /// Returns whether it is written.
    async fn write(&self, piece: Piece) -> bool {
        let Some(thread) = &self.thread else { return false };
        match tokio::time::timeout(PATIENCE, thread.call(piece)).await {
            Ok(Ok(Ok(()))) => return true,
            // What could not be written has no verdict either: that was told.
            Ok(Ok(Err(StateError::Missing { .. }))) => {}
            Ok(Ok(Err(problem))) => warn!("{problem}; serving goes on"),
            Ok(Err(failure)) => error!("{failure}; nothing more is stored"),
            Err(_) => warn!("the state directory does not answer; serving goes on"),
        }
        false
    }
}

/// What nodes may have besides the good one at this place, newest first: what was on trial when the last daemon ended;
/// what was replaced so lately that somebody may have been away since; what was good before, if not everyone had got
/// this one. And apart from these what was refused lately.
fn remnants<'a>(ours: &[&'a Summary], good: usize) -> (Vec<&'a Summary>, Vec<&'a Summary>) {
    let (now, kept) = (u128::from(unix_ms()), KEPT.as_millis());
    let is_recent = |at: usize| at.checked_sub(1).is_some_and(|next| now < u128::from(ours[next].at_ms) + kept);
    let is_open = matches!(ours[good].outcome, Outcome::Good { silent: 1.., .. });
    let before = (good + 1..ours.len()).find(|it| matches!(ours[*it].outcome, Outcome::Good { .. }));
    let mut versions: HashSet<_> = HashSet::from([ours[good].version]);
    let is_left = |at: usize| at != good && (at < good || is_recent(at) || is_open && Some(at) == before);
    let is_refused = |it: &&Summary| matches!(it.outcome, Outcome::Refused { .. });
    let left = ours.iter().enumerate().filter(|it| is_left(it.0)).map(|it| *it.1);
    let (refused, mut shown): (Vec<_>, Vec<_>) = left.partition(is_refused);
    shown.retain(|it| versions.insert(it.version));
    (shown, refused.into_iter().filter(|it| versions.insert(it.version)).collect())
}
