//! What was found out of the way between two snapshots: once for all nodes that go the same way. A change of a thousand
//! clusters for a thousand nodes is a thousand comparisons, not a million.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use super::way::{self, Way};
use crate::snapshot::{Extent, Need, Snapshot, needs};

/// How many ways are remembered. With more than that, all are found out anew.
const MOST: usize = 4_096;

/// By the snapshots' ids. A snapshot that nobody is shown any more is not kept.
#[derive(Debug, Default)]
pub(super) struct Steps {
    ways: HashMap<(u64, u64), Way>,
    steps: HashMap<(u64, u64, bool), Weak<Snapshot>>,
    needs: HashMap<(u64, u64, bool), Arc<[Need]>>,
}

impl Steps {
    /// Forgets what no node goes through any more.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn bound(&mut self) {
        if self.ways.len() + self.steps.len() + self.needs.len() >= MOST {
            self.clear();
        }
    }

    /// What lies between.
    pub(super) fn way(&mut self, shown: &Snapshot, goal: &Snapshot) -> Way {
        self.bound();
        *self.ways.entry((shown.id(), goal.id())).or_insert_with(|| Way::between(shown, goal))
    }

    /// The mixture that comes next: with the routes as they are shown, or with the goal's.
    pub(super) fn step(&mut self, shown: &Snapshot, goal: &Snapshot, keeps_routes: bool) -> Arc<Snapshot> {
        let key = (shown.id(), goal.id(), keeps_routes);
        if let Some(known) = self.steps.get(&key).and_then(Weak::upgrade) {
            return known;
        }
        let extent = if keeps_routes && shown.extent() == Extent::Used { Extent::Used } else { Extent::Step };
        let next = goal.step(way::mixture(shown, goal, keeps_routes), extent);
        let next = Arc::new(if keeps_routes { next.with_routes_of(shown) } else { next });
        self.bound();
        self.steps.insert(key, Arc::downgrade(&next));
        next
    }

    /// What a node that has `base` will ask for once it is shown `next` (see [`needs`]).
    pub(super) fn needs(&mut self, base: Option<&Snapshot>, next: &Snapshot, routes: bool) -> Arc<[Need]> {
        self.bound();
        let key = (base.map_or(0, Snapshot::id), next.id(), routes);
        self.needs.entry(key).or_insert_with(|| needs(base, next, routes).into()).clone()
    }

    /// What a node that is shown this asks for if it asks for all that its resources need.
    pub(super) fn all_needs(&mut self, shown: &Snapshot) -> Arc<[Need]> {
        let all = [false, true].map(|routes| self.needs(None, shown, routes));
        all.iter().flat_map(|it| it.iter()).cloned().collect()
    }
}
