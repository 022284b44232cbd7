//! What nodes had that are gone: who comes back may still use it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::node::Held;
use crate::resource::Node;

/// For how long it is known what a node had.
pub const KEPT: Duration = Duration::from_secs(300);

/// Of how many nodes it is known at most.
const MOST: usize = 10_000;

/// The last view of each node that left lately.
#[derive(Debug, Default)]
pub(super) struct Departed {
    by_node: HashMap<Arc<Node>, (Instant, Held)>,
    /// In the order in which they left; some have come back since, or left once more.
    order: VecDeque<(Instant, Arc<Node>)>,
}

impl Departed {
    pub(super) fn add(&mut self, node: Arc<Node>, left: Held, now: Instant) {
        self.by_node.insert(node.clone(), (now, left));
        self.order.push_back((now, node));
        self.forget(now);
    }

    pub(super) fn take(&mut self, node: &Node, now: Instant) -> Option<Held> {
        self.forget(now);
        self.by_node.remove(node).map(|it| it.1)
    }

    fn forget(&mut self, now: Instant) {
        while let Some((since, node)) = self.order.front()
            && (now >= *since + KEPT || self.order.len() > MOST)
        {
            if self.by_node.get(node).is_some_and(|it| it.0 == *since) {
                self.by_node.remove(node);
            }
            self.order.pop_front();
        }
    }
}
