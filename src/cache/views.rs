//! What one stream sees of its node, and says for it.

use std::sync::Arc;

use tokio::sync::watch;

use super::Cache;
use crate::delivery::{Nack, Standing, StreamKey, View};
use crate::resource::Node;
use crate::snapshot::Claim;

/// One stream's watch on its node's view. The first [`Views::next`] returns at once.
#[derive(Debug)]
pub struct Views {
    pub(super) cache: Arc<Cache>,
    pub(super) node: Arc<Node>,
    pub(super) key: StreamKey,
    pub(super) receiver: watch::Receiver<View>,
}

impl Views {
    /// Waits for the next view; the first is there at once. Cancel-safe. Pending for ever once the cache is gone.
    pub async fn next(&mut self) -> View {
        if self.receiver.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.receiver.borrow_and_update().clone()
    }

    /// Tells what the node has of clusters, for which the stream asks only now. Returns the view if that changes it.
    pub fn claim(&mut self, claim: &Claim) -> Option<View> {
        self.cache.change(|it, now| it.claim(self.key, claim, now));
        self.receiver.has_changed().is_ok_and(|it| it).then(|| self.receiver.borrow_and_update().clone())
    }

    /// Tells how far the stream is.
    pub fn report(&self, standing: Standing) {
        self.cache.change(|it, now| it.report(self.key, standing, now));
    }

    /// Tells that the stream's client refused something of a generation.
    pub fn refuse(&self, generation: u64, nack: Nack) {
        self.cache.change(|it, now| it.refuse(self.key, generation, nack, now));
    }
}

impl Drop for Views {
    fn drop(&mut self) {
        self.cache.change_state(|state, now| {
            if let Some(entry) = state.nodes.get_mut(&self.node) {
                entry.streams -= 1;
                if entry.streams == 0 {
                    state.nodes.remove(&self.node);
                }
            }
            state.delivery.disconnect(self.key, now);
        });
    }
}
