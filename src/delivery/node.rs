//! One node: its streams together.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::StreamKey;
use super::course::{Answer, Course};
use super::tally::Tally;
use super::view::{Problem, Standing, View};
use crate::resource::{Node, ResourceType};
use crate::snapshot::{Marks, Snapshot};

/// How many names a report lists.
const NAMES: usize = 5;

/// Where it is known from what a node had when it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basis {
    /// It said nothing of what it has: it is new here.
    Nothing,
    /// It had a view of this process.
    View,
    /// It may have anything of what an earlier process left.
    Remnants,
    /// The same, of which it told what clusters it has.
    Claim,
}

/// What a node had when it came: what it may use, and whether it asks for all clusters and for all listeners.
pub(super) type Held = (Arc<Snapshot>, [bool; 2]);

/// A connected node.
#[derive(Debug)]
pub(super) struct NodeState {
    pub(super) node: Arc<Node>,
    pub(super) since: Instant,
    /// When it said something last.
    pub(super) heard: Instant,
    pub(super) basis: Basis,
    pub(super) course: Course,
    pub(super) problem: Option<Problem>,
    /// The newest generation that it has all of.
    pub(super) has: Option<u64>,
    /// Counts its views.
    pub(super) step: u64,
    streams: BTreeMap<StreamKey, Standing>,
    tally: Tally,
    /// Whether it ever asked for clusters, for listeners.
    pub(super) asks_for_all: [bool; 2],
    /// The deadline under which it is listed.
    pub(super) listed: Option<Instant>,
}

impl NodeState {
    /// A node that came with nothing.
    pub(super) fn new(node: Arc<Node>, now: Instant) -> Self {
        Self {
            node,
            since: now,
            heard: now,
            basis: Basis::Nothing,
            course: Course::default(),
            problem: None,
            has: None,
            step: 0,
            streams: BTreeMap::new(),
            tally: Tally::default(),
            asks_for_all: [false; 2],
            listed: None,
        }
    }

    /// Begins with what it has.
    pub(super) fn begin(&mut self, held: Held, basis: Basis) {
        (self.basis, self.has) = (basis, None);
        self.course = Course::begin(held);
    }

    pub(super) fn open(&mut self, stream: StreamKey) {
        self.replace(stream, Standing::default());
    }

    /// Returns what was told on it last, unless it was the last one.
    pub(super) fn close(&mut self, stream: StreamKey) -> Option<Standing> {
        let standing = self.streams.remove(&stream)?;
        self.tally.remove(&standing, self.step);
        Some(standing).filter(|_| !self.streams.is_empty())
    }

    pub(super) fn stand(&mut self, stream: StreamKey, standing: Standing, now: Instant) {
        self.heard = now;
        self.asks_for_all = [0, 1].map(|it| self.asks_for_all[it] || standing.asks_for_all[it]);
        self.replace(stream, standing);
    }

    fn replace(&mut self, stream: StreamKey, standing: Standing) {
        self.tally.add(&standing, self.step);
        if let Some(before) = self.streams.insert(stream, standing) {
            self.tally.remove(&before, self.step);
        }
    }

    /// Its view has changed.
    pub(super) fn advance(&mut self) {
        self.step += 1;
        self.tally.outdate();
    }

    pub(super) fn streams(&self) -> usize {
        self.streams.len()
    }

    /// Whether any stream refuses anything.
    pub(super) fn refuses(&self) -> bool {
        self.course.is_refused() || self.tally.refuses() != [false; 2]
    }

    pub(super) fn view(&self) -> View {
        let needs = self.course.needs().clone();
        View { snapshot: self.course.shown().cloned(), step: self.step, needs, problem: self.problem.clone() }
    }

    /// What the streams say together.
    pub(super) fn answer(&self) -> Answer {
        let settled = self.tally.settled(self.streams.len());
        Answer {
            settled,
            refuses: self.tally.refuses(),
            asks_for_routes: self.tally.asks_for_routes(),
            asks_for_all: self.tally.asks_for_all(),
            missing: if settled == [false; 2] { Vec::new() } else { self.lacks() },
        }
    }

    /// The indices of the needs that are asked for and not met. The one thing for which all streams are gone through.
    fn lacks(&self) -> Vec<u32> {
        if self.course.needs().is_empty() {
            return Vec::new();
        }
        let current = || self.streams.values().filter(|it| it.step == self.step);
        let (asks, has) = (Marks::union(current().map(|it| &it.asks)), Marks::union(current().map(|it| &it.has)));
        asks.iter().filter(|it| !has.has(*it)).collect()
    }

    /// The first few things that it has not asked for or not accepted.
    pub(super) fn missing(&self) -> Vec<(ResourceType, Arc<str>)> {
        let missing = self.lacks();
        let needs = missing.iter().filter_map(|it| self.course.needs().get(*it as usize));
        needs.take(NAMES).map(|it| (it.kind.clone(), it.name.clone())).collect()
    }

    /// The counts, counted anew.
    #[cfg(test)]
    pub(super) fn is_counted_right(&self) -> bool {
        let mut tally = Tally::default();
        self.streams.values().for_each(|it| tally.add(it, self.step));
        tally == self.tally
    }
}
