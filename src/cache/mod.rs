//! Each node's view of the current generation, behind a narrow watch.
//!
//! Answers for: which snapshot each connected node should have now, and waking its streams when that changes. "None
//! yet" is not "empty": a stream whose node has no view waits (P19, P20). A node that loses its selection, or whose
//! documents contradict each other, keeps the view that it has.
//! Leaves to others: what a stream sends for a view (`subscription`), when a new view may be shown (`delivery`, later).
//! No lock here is held while anything is sent (P242): publishing replaces one value for each node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::resource::Node;
use crate::snapshot::{Clash, Generation, Selection, Snapshot};

/// What a node's streams see. The newest state wins; nothing queues behind a slow reader.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// The resources, once there are any for this node.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Why the newest generation is not what the node sees.
    pub problem: Option<Problem>,
}

/// Why a node sees nothing, or nothing new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// No document selects it; the text names the nearest selector.
    Unmatched(Option<String>),
    /// Documents that contradict each other for this node.
    Clash(Arc<Clash>),
}

/// The views of all connected nodes.
#[derive(Debug, Default)]
pub struct Cache {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    generation: Option<Arc<Generation>>,
    nodes: HashMap<Arc<Node>, Entry>,
}

#[derive(Debug)]
struct Entry {
    views: watch::Sender<View>,
    /// Streams that hold a [`Views`] of this node; the entry goes with the last one (P235).
    streams: usize,
}

/// One stream's watch on its node's view. The first [`Views::next`] returns at once.
#[derive(Debug)]
pub struct Views {
    cache: Arc<Cache>,
    node: Arc<Node>,
    receiver: watch::Receiver<View>,
}

impl Cache {
    /// Makes this generation current and gives every connected node its view of it.
    pub fn publish(&self, generation: Arc<Generation>) {
        self.lock(|state| {
            for (node, entry) in &state.nodes {
                let current = entry.views.borrow().clone();
                entry.views.send_replace(view(&generation, node, current));
            }
            state.generation = Some(generation);
        });
    }

    /// The current generation, once there is one.
    pub fn generation(&self) -> Option<Arc<Generation>> {
        self.lock(|state| state.generation.clone())
    }

    /// Watches the view of a node. Subscribing and reading happen under one lock, so that no change is lost (P238).
    pub fn watch(self: &Arc<Self>, node: &Arc<Node>) -> Views {
        self.lock(|state| {
            let node = state.nodes.get_key_value(node).map_or_else(|| node.clone(), |(known, _)| known.clone());
            let generation = state.generation.clone();
            let entry = state.nodes.entry(node.clone()).or_insert_with(|| {
                let first = generation.map_or_else(View::default, |it| view(&it, &node, View::default()));
                Entry { views: watch::Sender::new(first), streams: 0 }
            });
            entry.streams += 1;
            let mut receiver = entry.views.subscribe();
            receiver.mark_changed();
            Views { cache: self.clone(), node, receiver }
        })
    }

    fn lock<T>(&self, use_it: impl FnOnce(&mut State) -> T) -> T {
        use_it(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Views {
    /// Waits for the next view; the first is there at once. Cancel-safe. Pending for ever once the cache is gone.
    pub async fn next(&mut self) -> View {
        if self.receiver.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.receiver.borrow_and_update().clone()
    }
}

impl Drop for Views {
    fn drop(&mut self) {
        self.cache.lock(|state| {
            if let Some(entry) = state.nodes.get_mut(&self.node) {
                entry.streams -= 1;
                if entry.streams == 0 {
                    state.nodes.remove(&self.node);
                }
            }
        });
    }
}

fn view(generation: &Generation, node: &Node, current: View) -> View {
    match generation.select(node) {
        Selection::Snapshot(snapshot) => View { snapshot: Some(snapshot), problem: None },
        Selection::Nothing { nearest } => View { problem: Some(Problem::Unmatched(nearest)), ..current },
        Selection::Clash(clash) => View { problem: Some(Problem::Clash(clash)), ..current },
    }
}

#[cfg(test)]
mod tests;
