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

/// How many bytes their descriptions of themselves may have together.
const MOST_BYTES: usize = 32 << 20;

/// The last view of each node that left lately.
#[derive(Debug, Default)]
pub(super) struct Departed {
    by_node: HashMap<Arc<Node>, (Instant, Held)>,
    /// In the order in which they left; some have come back since, or left once more.
    order: VecDeque<(Instant, Arc<Node>)>,
    /// Of all nodes in `order`.
    bytes: usize,
}

impl Departed {
    pub(super) fn add(&mut self, node: Arc<Node>, left: Held, now: Instant) {
        self.by_node.insert(node.clone(), (now, left));
        self.bytes += node.bytes();
        self.order.push_back((now, node));
        self.forget(now);
    }

    pub(super) fn take(&mut self, node: &Node, now: Instant) -> Option<Held> {
        self.forget(now);
        self.by_node.remove(node).map(|it| it.1)
    }

    fn forget(&mut self, now: Instant) {
        while let Some((since, node)) = self.order.front()
            && (now >= *since + KEPT || self.order.len() > MOST || self.bytes > MOST_BYTES)
        {
            if self.by_node.get(node).is_some_and(|it| it.0 == *since) {
                self.by_node.remove(node);
            }
            self.bytes -= node.bytes();
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Snapshot;

    fn held() -> Held {
        (Arc::new(Snapshot::new(0, [])), [false; 2])
    }

    fn node(id: &str, bytes: usize) -> Arc<Node> {
        Arc::new(Node { id: id.to_owned(), cluster: "x".repeat(bytes), ..Node::default() })
    }

    #[test]
    fn what_is_remembered_is_bounded_in_bytes() {
        let (mut departed, begun) = (Departed::default(), tokio::time::Instant::now().into_std());
        let now = begun + Duration::from_secs(20);
        // The last node again and again counts again: each time it described itself anew.
        for number in 0..13 {
            let (id, at) = (number.min(9).to_string(), begun + Duration::from_secs(number));
            departed.add(node(&id, MOST_BYTES / 4), held(), at);
        }
        assert!(departed.bytes <= MOST_BYTES && departed.order.len() == 3);
        assert!(departed.take(&node("8", MOST_BYTES / 4), now).is_none());
        assert!(departed.take(&node("9", MOST_BYTES / 4), now).is_some());
        assert!(departed.take(&node("9", 1), now + KEPT).is_none());
        assert_eq!((departed.bytes, departed.by_node.len()), (0, 0));
    }
}
