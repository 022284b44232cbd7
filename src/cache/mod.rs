//! Each node's view behind a narrow watch: `delivery` for many streams at once.
//!
//! Answers for: waking a node's streams when what it is shown changes, handing their answers on, and telling the time.
//! "None yet" is not "empty": a stream whose node has no view waits (P19, P20). A node that loses its selection, or whose
//! documents contradict each other, keeps the view that it has.
//! Leaves to others: what a node is shown and when (`delivery`), what a stream sends for a view (`subscription`).
//! No lock here is held while anything is sent (P242): a change replaces one value for each node that it concerns.

mod views;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{Notify, mpsc, watch};

pub use self::views::Views;
pub use crate::delivery::{Problem, Standing, View};

use crate::delivery::{Command, Delivery, Left, NoTrial, Notice, Options, Report};
use crate::resource::Node;
use crate::snapshot::{Claim, Generation};

/// The views of all connected nodes.
#[derive(Debug, Default)]
pub struct Cache {
    state: Mutex<State>,
    /// Something is due earlier than before.
    earlier: Notify,
}

#[derive(Debug, Default)]
struct State {
    delivery: Delivery,
    nodes: HashMap<Arc<Node>, Entry>,
    notices: Option<mpsc::UnboundedSender<Notice>>,
    /// When the clock will ring.
    due: Option<Instant>,
}

#[derive(Debug)]
struct Entry {
    views: watch::Sender<View>,
    /// Streams that hold a [`Views`] of this node; the entry goes with the last one (P235).
    streams: usize,
}

impl Cache {
    /// No node and no generation yet.
    pub fn new(options: Options) -> Self {
        let state = State { delivery: Delivery::new(options), ..State::default() };
        Self { state: Mutex::new(state), earlier: Notify::new() }
    }

    /// Begins with what an earlier process left (see [`Delivery::restore`]).
    pub fn restore(&self, good: Arc<Generation>, left: Left) {
        self.change(|it, now| it.restore(good, left, now));
    }

    /// Takes a newer generation.
    pub fn publish(&self, generation: Arc<Generation>) {
        self.change(|it, now| it.publish(generation, now));
    }

    /// The generation that everyone gets, once there is one.
    pub fn generation(&self) -> Option<Arc<Generation>> {
        self.lock(|state| state.delivery.good().cloned())
    }

    /// Does what an operator wants with the generation on trial; returns its number.
    ///
    /// # Errors
    /// When nothing is on trial.
    pub fn command(&self, command: Command) -> Result<u64, NoTrial> {
        self.change(|it, now| it.command(command, now))
    }

    /// Where everyone is.
    pub fn report(&self) -> Report {
        self.lock(|state| state.delivery.report_all())
    }

    /// All notices from now on. They wait here without a bound: there is one for each thing that somebody has to hear of.
    pub fn notices(&self) -> mpsc::UnboundedReceiver<Notice> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.lock(|state| state.notices = Some(sender));
        receiver
    }

    /// Lets time pass for as long as this is polled.
    pub async fn run(&self) {
        loop {
            let due = self.lock(|state| {
                state.due = state.delivery.poll_timeout();
                state.due
            });
            tokio::select! {
                () = until(due) => self.change(Delivery::elapse),
                () = self.earlier.notified() => {}
            }
        }
    }

    /// Watches the view of a node. `claim`: what the stream says that the node has already. Subscribing and reading happen
    /// under one lock, so that no change is lost (P238).
    pub fn watch(self: &Arc<Self>, node: &Arc<Node>, claim: &Claim) -> Views {
        self.change_state(|state, now| {
            let node = state.nodes.get_key_value(node).map_or_else(|| node.clone(), |(known, _)| known.clone());
            let key = state.delivery.connect(&node, claim, now);
            let delivery = &state.delivery;
            let entry = state.nodes.entry(node.clone()).or_insert_with(|| Entry {
                views: watch::Sender::new(delivery.view(&node).unwrap_or_default()),
                streams: 0,
            });
            entry.streams += 1;
            let mut receiver = entry.views.subscribe();
            receiver.mark_changed();
            Views { cache: self.clone(), node, key, receiver }
        })
    }

    fn change<T>(&self, make: impl FnOnce(&mut Delivery, Instant) -> T) -> T {
        self.change_state(|state, now| make(&mut state.delivery, now))
    }

    /// Makes a change, and hands on what follows from it.
    fn change_state<T>(&self, make: impl FnOnce(&mut State, Instant) -> T) -> T {
        let now = tokio::time::Instant::now().into_std();
        self.lock(|state| {
            let result = make(state, now);
            while let Some((node, view)) = state.delivery.poll_view() {
                if let Some(entry) = state.nodes.get(&node) {
                    entry.views.send_replace(view);
                }
            }
            while let Some(notice) = state.delivery.poll_notice() {
                // Nobody listens: in tests, or at the end.
                let _ = state.notices.as_ref().map(|it| it.send(notice));
            }
            let due = state.delivery.poll_timeout();
            if due.is_some_and(|due| state.due.is_none_or(|it| due < it)) {
                self.earlier.notify_one();
            }
            result
        })
    }

    fn lock<T>(&self, use_it: impl FnOnce(&mut State) -> T) -> T {
        use_it(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
