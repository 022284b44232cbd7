//! Which nodes refused a change lately: one node must not hold up every change for all.
//!
//! A node that refused is not asked first again. A node that refused what another of its group accepted is not believed
//! alone. Both are forgotten with time: a longer memory for who refuses often.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::resource::{Node, Version};

/// How many nodes are remembered.
const MOST: usize = 1_000;
/// After this time a refusal counts half: the counts are whole numbers, so that one refusal is forgotten then.
const HALVED: Duration = Duration::from_secs(24 * 60 * 60);
/// The highest count: forgotten after four days.
const HIGHEST: u32 = 8;

/// By the hash of the node's id, whose length the client decides.
#[derive(Debug, Default)]
pub(super) struct Refusers {
    by_id: HashMap<Version, Record>,
}

#[derive(Debug, Clone, Copy)]
struct Record {
    refused: u32,
    /// How often another of the group accepted what this one refused.
    outvoted: u32,
    at: Instant,
}

impl Record {
    fn at(self, now: Instant) -> Self {
        let halvings = now.saturating_duration_since(self.at).as_secs() / HALVED.as_secs();
        let halved = |it: u32| u32::try_from(halvings).ok().and_then(|by| it.checked_shr(by)).unwrap_or_default();
        Self { refused: halved(self.refused), outvoted: halved(self.outvoted), at: now }
    }
}

impl Refusers {
    /// A node refused a change.
    pub(super) fn refused(&mut self, node: &Node, now: Instant) {
        let record = self.record(node, now);
        record.refused = (record.refused + 1).min(HIGHEST);
    }

    /// A node refused a change that another of its group accepted.
    pub(super) fn outvoted(&mut self, node: &Node, now: Instant) {
        let record = self.record(node, now);
        record.outvoted = (record.outvoted + 1).min(HIGHEST);
    }

    /// How often a node refused a change lately.
    pub(super) fn refusals(&self, node: &Node, now: Instant) -> u32 {
        self.find(node, now).map_or(0, |it| it.refused.max(it.outvoted))
    }

    /// Whether a node lately refused what others accepted.
    pub(super) fn is_doubtful(&self, node: &Node, now: Instant) -> bool {
        self.find(node, now).is_some_and(|it| it.outvoted > 0)
    }

    fn find(&self, node: &Node, now: Instant) -> Option<Record> {
        if self.by_id.is_empty() {
            return None;
        }
        self.by_id.get(&key(node)).map(|it| it.at(now))
    }

    fn record(&mut self, node: &Node, now: Instant) -> &mut Record {
        let key = key(node);
        if self.by_id.len() >= MOST && !self.by_id.contains_key(&key) {
            let oldest = self.by_id.iter().min_by_key(|it| it.1.at).map(|it| *it.0);
            oldest.map(|it| self.by_id.remove(&it));
        }
        let record = self.by_id.entry(key).or_insert(Record { refused: 0, outvoted: 0, at: now });
        *record = record.at(now);
        record
    }
}

fn key(node: &Node) -> Version {
    Version::of([node.id.as_bytes()])
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "some instant to begin with")]

    use super::*;

    fn node(id: usize) -> Node {
        Node { id: id.to_string(), ..Node::default() }
    }

    #[test]
    fn a_refusal_is_forgotten_after_a_day_and_eight_or_more_after_four() {
        let (mut refusers, now, day) = (Refusers::default(), Instant::now(), HALVED);
        refusers.refused(&node(1), now);
        (0..100).for_each(|_| refusers.outvoted(&node(2), now));
        let counts = |days: u32| [1, 2].map(|it| refusers.refusals(&node(it), now + day * days));
        assert_eq!([counts(0), counts(1), counts(3), counts(4)], [[1, 8], [0, 4], [0, 1], [0, 0]]);
        assert!(!refusers.is_doubtful(&node(1), now) && refusers.is_doubtful(&node(2), now + day * 3));
    }

    #[test]
    fn whatever_clients_do_it_stays_small_and_the_latest_are_remembered() {
        let (mut refusers, now) = (Refusers::default(), Instant::now());
        for at in 0..3_000 {
            refusers.refused(&node(at), now + Duration::from_millis(at as u64));
        }
        let later = now + Duration::from_secs(3);
        assert_eq!(refusers.by_id.len(), MOST);
        assert!((2_000..3_000).all(|it| refusers.refusals(&node(it), later) == 1));
    }
}
