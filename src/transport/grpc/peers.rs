//! How many streams each peer address has open, bounded (P253).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts open streams by address.
#[derive(Debug, Default)]
pub(super) struct Peers {
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// One open stream; closing it is dropping this.
#[derive(Debug)]
pub(super) struct OpenStream {
    peers: Arc<Peers>,
    address: IpAddr,
}

impl Peers {
    /// Counts one more stream of this address, unless it has `limit` already.
    pub(super) fn open(self: &Arc<Self>, address: IpAddr, limit: usize) -> Option<OpenStream> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(OpenStream { peers: self.clone(), address })
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.peers.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p253_streams_of_one_address_are_bounded_and_given_back() {
        let (peers, address) = (Arc::new(Peers::default()), IpAddr::from([127, 0, 0, 1]));
        let first = peers.open(address, 1).unwrap();
        assert!(peers.open(address, 1).is_none());
        assert!(peers.open(IpAddr::from([127, 0, 0, 2]), 1).is_some());
        drop(first);
        assert!(peers.open(address, 1).is_some());
        assert!(peers.open.lock().unwrap().is_empty());
    }
}
