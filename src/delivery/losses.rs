//! Canaries of one group that disconnected: whether the change may be the reason.
//!
//! A connection that ends says nothing by itself: a load balancer restarts, a network fails, Envoys are replaced. A loss
//! counts against the change if the other nodes of the group, which do not have the change, stayed, or if the node came
//! back with nothing, as after a crash. It no longer counts once the node comes back with the resources that it had.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::trial::Probation;
use crate::resource::Node;

/// After so many losses that count, the trial stops.
const DEADLY: usize = 3;

/// For how long after a loss no other canary is asked. Until then it shows whether others left too, and a short break is
/// over: Envoy reconnects after half a second.
pub(super) const SETTLE: Duration = Duration::from_secs(2);

/// The losses count for nothing if the others left a quarter as often as the canaries did, or more often.
const SHARE: usize = 4;

/// The canaries that are gone, and may have crashed.
#[derive(Debug, Default)]
pub(super) struct Losses {
    lost: Vec<Loss>,
    /// How many other nodes of the group left since the first loss.
    others_left: usize,
    /// When it is decided whether the latest losses count.
    settles: Option<Instant>,
}

#[derive(Debug)]
struct Loss {
    node: Arc<Node>,
    at: Instant,
    probation: Probation,
    /// Whether it counts against the change.
    counts: bool,
    /// Whether the node came back with nothing.
    restarted: bool,
}

impl Losses {
    /// A canary is gone.
    pub(super) fn add(&mut self, node: Arc<Node>, probation: Probation, now: Instant) {
        self.lost.push(Loss { node, at: now, probation, counts: false, restarted: false });
        self.settles.get_or_insert(now + SETTLE);
    }

    /// Another node of the group is gone.
    pub(super) fn other_left(&mut self) {
        self.others_left += usize::from(!self.lost.is_empty());
    }

    /// When the first one was lost of those that are still to be judged.
    pub(super) fn since(&self) -> Option<Instant> {
        self.lost.first().map(|it| it.at)
    }

    /// When the latest losses are to be judged.
    pub(super) fn settles(&self) -> Option<Instant> {
        self.settles
    }

    /// Judges the losses: so many others stayed since the first one, and so many canaries are left.
    pub(super) fn judge(&mut self, stayed: usize, canaries: usize) {
        self.settles = None;
        let (lost, all) = (self.lost.len(), self.lost.len() + canaries);
        // As shares: `others_left` of all others against a quarter of `lost` of all canaries.
        let left = self.others_left.saturating_mul(all).saturating_mul(SHARE);
        if self.others_left > 0 && left >= lost.saturating_mul(self.others_left + stayed) {
            self.clear();
            return;
        }
        // With nobody to compare with, only a node that restarted counts, until some loss has counted.
        let is_comparable = stayed > 0 || self.lost.iter().any(|it| it.counts);
        self.lost.iter_mut().for_each(|it| it.counts |= is_comparable || it.restarted);
    }

    /// A node that was lost is there again. If it has what it had, it did not crash: returns its probation.
    pub(super) fn come_back(&mut self, node: &Node, has_something: bool) -> Option<Probation> {
        if has_something {
            let at = self.lost.iter().rposition(|it| *it.node == *node)?;
            let back = self.lost.remove(at).probation;
            if self.lost.is_empty() {
                self.clear();
            }
            return Some(back);
        }
        let is_settled = self.settles.is_none();
        let loss = self.lost.iter_mut().rev().find(|it| *it.node == *node && !it.restarted)?;
        loss.restarted = true;
        loss.counts |= is_settled;
        None
    }

    /// How many losses count.
    pub(super) fn count(&self) -> usize {
        self.lost.iter().filter(|it| it.counts).count()
    }

    /// Whether so many canaries were lost that the change may be the reason.
    pub(super) fn are_deadly(&self) -> bool {
        self.count() >= DEADLY
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
