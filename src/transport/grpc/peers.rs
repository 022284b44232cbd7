//! How many streams each address has open, bounded (P253); and which connection they are on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::net::{Busy, Network, Origin};

/// Counts open streams by address.
#[derive(Debug, Default)]
pub(super) struct Peers {
    open: Mutex<HashMap<Network, usize>>,
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
}
