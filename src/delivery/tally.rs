//! How many streams of a node say what: kept with each report, since a node may have thousands of streams, all of which
//! report with each step, and a fold over all of them for each report would hold up every other node.

use super::view::Standing;

/// Counts of standings.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// How many were given the newest view.
    current: usize,
    settled: [usize; 2],
    refuses: [usize; 2],
    asks_for_routes: usize,
    asks_for_all: [usize; 2],
}

impl Tally {
    /// Takes in one more.
    pub(super) fn add(&mut self, standing: &Standing, step: u64) {
        self.change(standing, step, 1);
    }

    /// Takes out one that was added.
    pub(super) fn remove(&mut self, standing: &Standing, step: u64) {
        self.change(standing, step, -1);
    }

    /// There is a newer view, which no stream was given yet.
    pub(super) fn outdate(&mut self) {
        self.current = 0;
    }

    fn change(&mut self, standing: &Standing, step: u64, by: isize) {
        let change = |count: &mut usize, is_it: bool| {
            if is_it {
                *count = count.saturating_add_signed(by);
            }
        };
        change(&mut self.current, standing.step == step);
        change(&mut self.asks_for_routes, standing.asks_for_routes);
        for tier in [0, 1] {
            change(&mut self.settled[tier], standing.settled[tier]);
            change(&mut self.refuses[tier], standing.refuses[tier]);
            change(&mut self.asks_for_all[tier], standing.asks_for_all[tier]);
        }
    }

    /// Whether all of so many streams were given the newest view and have nothing due or unanswered.
    pub(super) fn settled(&self, streams: usize) -> [bool; 2] {
        self.settled.map(|it| it == streams && self.current == streams)
    }

    pub(super) fn refuses(&self) -> [bool; 2] {
        self.refuses.map(|it| it > 0)
    }

    pub(super) fn asks_for_routes(&self) -> bool {
        self.asks_for_routes > 0
    }

    pub(super) fn asks_for_all(&self) -> [bool; 2] {
        self.asks_for_all.map(|it| it > 0)
    }
}
