//! How many streams each address and each node has open, bounded (P253); and which connection they are on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::net::{Busy, Network, Origin};
use crate::resource::Node;

/// Counts open streams by address.
#[derive(Debug, Default)]
pub(super) struct Peers {
    open: Mutex<HashMap<Network, usize>>,
    of_nodes: Mutex<HashMap<Arc<Node>, usize>>,
}

/// One open stream of a node. Each change of a node's view goes to all of them, and each of them answers.
#[derive(Debug)]
pub(super) struct NodeStream {
    peers: Arc<Peers>,
    node: Arc<Node>,
}

/// One open stream; closing it is dropping this.
#[derive(Debug)]
pub(super) struct OpenStream {
    peers: Arc<Peers>,
    network: Network,
    /// Its connection is not silent while it lasts.
    _busy: Busy,
}

impl Peers {
    /// Counts one more stream of this address, unless it has `limit` already.
    pub(super) fn open(self: &Arc<Self>, origin: &Origin, limit: usize) -> Option<OpenStream> {
        let network = Network::from(origin.peer.ip());
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(network).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(OpenStream { peers: self.clone(), network, _busy: origin.place.busy() })
    }
}

impl Peers {
    /// Counts one more stream of this node, unless it has `limit` already.
    pub(super) fn open_of_node(self: &Arc<Self>, node: &Arc<Node>, limit: usize) -> Option<NodeStream> {
        let mut of_nodes = self.of_nodes.lock().unwrap_or_else(PoisonError::into_inner);
        let count = of_nodes.entry(node.clone()).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(NodeStream { peers: self.clone(), node: node.clone() })
    }
}

impl Drop for NodeStream {
    fn drop(&mut self) {
        let mut of_nodes = self.peers.of_nodes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = of_nodes.get_mut(&self.node) {
            *count -= 1;
            if *count == 0 {
                of_nodes.remove(&self.node);
            }
        }
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.peers.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::net::Places;

    #[test]
    fn p253_streams_of_one_address_are_bounded_and_given_back() {
        let places = Places::new(2, 2);
        let held =
            [[127, 0, 0, 1], [127, 0, 0, 2]].map(|it| (SocketAddr::from((it, 1)), places.take(it.into()).unwrap()));
        let [one, other] = held.each_ref().map(|(peer, place)| Origin { peer: *peer, place: place.handle() });
        let peers = Arc::new(Peers::default());
        let first = peers.open(&one, 1).unwrap();
        assert!(peers.open(&one, 1).is_none());
        assert!(peers.open(&other, 1).is_some());
        drop(first);
        assert!(peers.open(&one, 1).is_some());
        assert!(peers.open.lock().unwrap().is_empty());
    }

    #[test]
    fn streams_of_one_node_are_bounded_and_given_back() {
        let node = |id: &str| Arc::new(Node { id: id.to_owned(), ..Node::default() });
        let peers = Arc::new(Peers::default());
        let first = peers.open_of_node(&node("a"), 1).unwrap();
        assert!(peers.open_of_node(&node("a"), 1).is_none());
        assert!(peers.open_of_node(&node("b"), 1).is_some());
        drop(first);
        assert!(peers.open_of_node(&node("a"), 1).is_some());
        assert!(peers.of_nodes.lock().unwrap().is_empty());
    }
}
