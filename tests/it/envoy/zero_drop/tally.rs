//! What a load met: requests, failures by kind, by lane and by the change that was under way.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

use super::load::Lane;
use super::world::Change;

/// One failed request.
#[derive(Debug, Clone)]
struct Failure {
    what: String,
    lane: Lane,
    /// The place of the latest change that this lane could feel, and the time since it was written.
    change: Option<usize>,
    since: Duration,
}

/// What happened to all requests so far.
#[derive(Debug, Default)]
pub(in crate::envoy) struct Tally {
    requests: usize,
    held_back: usize,
    connections: usize,
    changes: Vec<(Change, Instant)>,
    missing: Vec<(Change, String)>,
    failures: Vec<Failure>,
}

impl Tally {
    /// A change begins.
    pub(in crate::envoy) fn change(&mut self, change: Change) {
        self.changes.push((change, Instant::now()));
    }

    /// A request was answered well.
    pub(in crate::envoy) fn answered(&mut self) {
        self.requests += 1;
    }

    /// A request failed.
    pub(in crate::envoy) fn failed(&mut self, lane: Lane, what: String) {
        self.requests += 1;
        let change = self.changes.iter().rposition(|(it, _)| it.is_felt_by(lane));
        let since = change.map_or(Duration::ZERO, |it| self.changes[it].1.elapsed());
        self.failures.push(Failure { what, lane, change, since });
    }

    /// The latest change did not arrive.
    pub(in crate::envoy) fn missing(&mut self, what: String) {
        let (change, _) = self.changes.last().unwrap();
        self.missing.push((*change, what));
    }

    /// A connection was made.
    pub(in crate::envoy) fn connected(&mut self) {
        self.connections += 1;
    }

    /// A request was not made, since too many were waiting.
    pub(in crate::envoy) fn held_back(&mut self) {
        self.held_back += 1;
    }

    /// How many requests failed.
    pub(in crate::envoy) fn failures(&self) -> usize {
        self.failures.len()
    }

    fn by(&self, key: impl Fn(&Failure) -> String) -> String {
        let mut counts = BTreeMap::<String, usize>::new();
        for it in &self.failures {
            *counts.entry(key(it)).or_default() += 1;
        }
        counts.iter().map(|(key, count)| format!("{key} {count}")).collect::<Vec<_>>().join(", ")
    }

    /// For each kind of change: failures, and in how many of how many changes there were any.
    fn by_change(&self) -> String {
        let line = |kind: &Change| {
            let of_kind = |at: &usize| self.changes[*at].0 == *kind;
            let met: Vec<_> = self.failures.iter().filter_map(|it| it.change).filter(of_kind).collect();
            let changes = met.iter().collect::<BTreeSet<_>>().len();
            let all = self.changes.iter().filter(|(it, _)| it == kind).count();
            format!("{kind:?} {} ({changes}/{all})", met.len())
        };
        Change::ALL.iter().map(line).collect::<Vec<_>>().join(", ")
    }
}

/// A run and its outcome.
pub(in crate::envoy) struct Run {
    pub(in crate::envoy) mode: String,
    pub(in crate::envoy) delivery: &'static str,
    pub(in crate::envoy) seed: u64,
    pub(in crate::envoy) took: Duration,
    /// Updates that Envoy refused.
    pub(in crate::envoy) refused: u64,
    pub(in crate::envoy) tally: Tally,
}

impl Run {
    /// No request failed, each change arrived, and Envoy refused none.
    pub(in crate::envoy) fn is_clean(&self) -> bool {
        self.tally.failures.is_empty() && self.tally.missing.is_empty() && self.refused == 0
    }
}

impl fmt::Display for Run {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mode, delivery, seed, took, refused, tally } = self;
        let seconds = took.as_secs_f64();
        write!(
            out,
            "zero drop, {mode}, {delivery}: {} failures of {} requests ({:.0}/s, {} held back, {} connections) in {} \
             changes ({seconds:.1} s, seed {seed}), {} of which never arrived, {refused} updates refused",
            tally.failures.len(),
            tally.requests,
            tally.requests as f64 / seconds,
            tally.held_back,
            tally.connections,
            tally.changes.len(),
            tally.missing.len(),
        )?;
        if let Some((change, what)) = tally.missing.first() {
            write!(out, "\n  the first that did not arrive: {change:?}: {what}")?;
        }
        let latest = tally.failures.iter().map(|it| it.since).max();
        let Some(latest) = latest else { return Ok(()) };
        write!(
            out,
            "\n  kinds: {}\n  lanes: {}\n  changes: {}\n  the latest {} ms after its change",
            tally.by(|it| it.what.clone()),
            tally.by(|it| format!("{:?}", it.lane)),
            tally.by_change(),
            latest.as_millis(),
        )
    }
}
