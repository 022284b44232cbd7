//! What holds at every step, whatever happened before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use super::client::{Client, Items};
use super::kit::{CDS, EDS, LDS, RDS, SHORTS, is_bad, kind};
use crate::delivery::goal::{Difference, difference};
use crate::delivery::{Delivery, Ending, Notice, View};
use crate::resource::{Node, Resource};
use crate::snapshot::{Claim, Generation, Selection, Snapshot};

#[derive(Debug, Default)]
pub(super) struct Laws {
    pub(super) fault: Option<String>,
    /// All generations, by number.
    generations: BTreeMap<u64, Arc<Generation>>,
    /// Which of them everyone may have.
    promoted: BTreeSet<u64>,
    /// Which of them were taken back.
    taken_back: BTreeSet<u64>,
    /// Which of them were on trial when the process ended. It is not known with whom, so whoever resumes may get what is
    /// in them besides.
    left_behind: BTreeSet<u64>,
    /// Who tried which.
    tried: BTreeSet<(u64, Arc<Node>)>,
    /// The clusters of each node's last view.
    offered: BTreeMap<Arc<Node>, BTreeSet<Arc<str>>>,
}

impl Laws {
    pub(super) fn fail(&mut self, fault: impl FnOnce() -> String) {
        if self.fault.is_none() {
            self.fault = Some(fault());
        }
    }

    /// A stream opens. Returns whether the client comes with nothing.
    pub(super) fn came(&mut self, client: &Client, claim: &Claim) -> bool {
        let is_fresh = matches!(claim, Claim::Nothing) && !client.is_connected();
        if is_fresh {
            self.offered.remove(&client.node);
        }
        is_fresh
    }

    /// A generation comes. Who tries the one that it ousts tries this one.
    pub(super) fn published(&mut self, generation: &Arc<Generation>, ousted: Option<u64>) {
        let heirs = self.tried.iter().filter(|it| Some(it.0) == ousted).map(|it| (generation.number, it.1.clone()));
        let heirs: Vec<_> = heirs.collect();
        self.tried.extend(heirs);
        self.generations.insert(generation.number, generation.clone());
    }

    pub(super) fn told(&mut self, notice: &Notice) {
        match notice {
            Notice::Tried { generation, canaries, .. } => {
                self.tried.extend(canaries.iter().map(|it| (*generation, it.clone())));
            }
            Notice::Silent { generation, next: Some(next), .. } => drop(self.tried.insert((*generation, next.clone()))),
            Notice::Ended { generation, ending: Ending::Promoted { .. } } => drop(self.promoted.insert(*generation)),
            Notice::Ended { generation, ending: Ending::RolledBack | Ending::Aborted } => {
                self.taken_back.insert(*generation);
            }
            _ => {}
        }
    }

    /// A clock that rings must have been heard: else it rings for ever.
    pub(super) fn rings(&mut self, next: Option<Instant>, now: Instant) {
        if next.is_some_and(|it| it <= now) {
            self.fail(|| "the clock rings again at once".into());
        }
    }

    /// A trial is not stopped by lost connections: once everyone is back with what it had, no loss counts.
    pub(super) fn goes_on(&mut self, delivery: &Delivery, clients: &[Client], crashed: bool) {
        let losses = delivery.trial.as_ref().map_or(0, |it| it.losses());
        if losses > 0 && !crashed && clients.iter().all(|it| it.peers.iter().all(|it| it.key.is_some())) {
            self.fail(|| format!("everyone is back, and {losses} losses count"));
        }
    }

    /// A view is whole in itself, brings no route to what was not offered before, and is nothing that is on trial with
    /// others, or was refused.
    pub(super) fn shown(&mut self, delivery: &Delivery, node: &Arc<Node>, view: &View) {
        let Some(snapshot) = &view.snapshot else { return };
        let offered: BTreeSet<_> = resources(snapshot, CDS).map(|it| it.name.clone()).collect();
        let before = self.offered.insert(node.clone(), offered.clone());
        for routing in [LDS, RDS].into_iter().flat_map(|at| resources(snapshot, at)) {
            for (needed, name) in routing.needs.iter() {
                if snapshot.set(needed).is_none_or(|it| it.get(name).is_none()) {
                    self.fail(|| format!("{node} is shown {} without {needed} {name}", routing.name));
                }
                let is_new = before.as_ref().is_some_and(|it| !it.contains(name));
                if *needed == kind(CDS) && is_new && delivery.options.staged {
                    self.fail(|| format!("{node} is shown {} together with cluster {name}", routing.name));
                }
            }
        }
        self.is_for(delivery, node, snapshot);
    }

    /// What others try, or tried and refused, is shown to nobody else.
    fn is_for(&mut self, delivery: &Delivery, node: &Arc<Node>, snapshot: &Snapshot) {
        let number = snapshot.generation;
        let tried = self.tried.iter().any(|it| it.0 == number && it.1 == *node) || self.promoted.contains(&number);
        let has_tried_some = self.tried.iter().any(|it| it.1 == *node);
        if !tried && !self.is_same_for(delivery, node, number) {
            self.fail(|| format!("{node} is shown generation {number}, which others try"));
        }
        let mut all = (0..SHORTS.len()).flat_map(|at| resources(snapshot, at));
        if !has_tried_some && let Some(bad) = all.find(|it| is_bad(it) && !self.is_everyones(it)) {
            self.fail(|| format!("{node} is shown {}, which others refuse", bad.name));
        }
    }

    /// Whether the generation is for this node what everyone gets, endpoints apart.
    fn is_same_for(&self, delivery: &Delivery, node: &Node, number: u64) -> bool {
        let (Some(good), Some(this)) = (delivery.good(), self.generations.get(&number)) else { return false };
        match (good.select(node), this.select(node)) {
            (Selection::Snapshot(good), Selection::Snapshot(this)) => difference(&good, &this) != Difference::More,
            _ => false,
        }
    }

    pub(super) fn is_promoted(&self, generation: u64) -> bool {
        self.promoted.contains(&generation)
    }

    pub(super) fn is_taken_back(&self, generation: u64) -> bool {
        self.taken_back.contains(&generation)
    }

    pub(super) fn left_behind(&mut self, tried: &[Arc<Generation>]) {
        self.left_behind.extend(tried.iter().map(|it| it.number));
    }

    /// Whether any generation that was promoted has it.
    fn is_everyones(&self, resource: &Resource) -> bool {
        let promoted = self.promoted.union(&self.left_behind).filter_map(|it| self.generations.get(it));
        let documents = promoted.flat_map(|it| it.documents()).flat_map(|it| &it.resources);
        documents.into_iter().any(|it| it.1.name == resource.name && it.1.version == resource.version)
    }

    /// Whoever has a cluster gets its newest endpoints at once, unless the cluster too is a newer one (P140).
    pub(super) fn endpoints_pass(&mut self, newest: &Generation, delivery: &Delivery, clients: &[Client]) {
        for client in clients {
            let Some(View { snapshot: Some(shown), problem: None, .. }) = delivery.view(&client.node) else { continue };
            let Selection::Snapshot(newest) = newest.select(&client.node) else { continue };
            let state = delivery.nodes.values().find(|it| it.node == client.node);
            let Some(goal) = state.and_then(|it| it.course.goal()) else { continue };
            // What it has only because it may still use it is on its way out.
            let stays = |it: &&Arc<Resource>| goal.set(&kind(EDS)).is_some_and(|set| set.get(&it.name).is_some());
            for old in resources(&shown, EDS).filter(stays) {
                let same = |at: usize| {
                    let (a, b) = (shown.set(&kind(at)), newest.set(&kind(at)));
                    Some(a?.get(&old.name)?.version == b?.get(&old.name)?.version)
                };
                if same(CDS) == Some(true) && same(EDS) == Some(false) {
                    self.fail(|| format!("P140: {} waits for endpoints of {}", client.node, old.name));
                }
            }
        }
    }

    /// Something is on the wire: no route to what the client has not accepted, no end of what it may still use.
    pub(super) fn sent(&mut self, client: &Client, at: usize) {
        let sub = &client.subs[at];
        // A client that said nothing about a stage in time gets the next one all the same, whatever that costs it; who
        // has nothing yet asks for everything in an order of its own.
        let (Some((next, _)), false) = (&sub.pending, client.late) else { return };
        let used = &client.may_use(at);
        match at {
            CDS | EDS => {
                let gone = sub.held.keys().filter(|it| !next.contains_key(*it) && used.contains(*it));
                let gone = gone.filter(|it| at == CDS || asks(&client.subs[CDS].held, it));
                if let Some(name) = gone.into_iter().next() {
                    self.fail(|| format!("P132: {} loses {} {name}, which it may use", client.node, SHORTS[at]));
                }
            }
            _ if !client.fresh && !client.habit.lean => self.is_ready(client, next, at, used),
            _ => {}
        }
    }

    fn is_ready(&mut self, client: &Client, next: &Items, at: usize, used: &BTreeSet<Arc<str>>) {
        let held = &client.subs[at].held;
        let new = next.values().filter(|it| held.get(&it.name).is_none_or(|old| old.version != it.version));
        for (routing, name) in new.flat_map(|it| it.needs.iter().map(move |need| (it, need))) {
            if name.0 != kind(CDS) || used.contains(&name.1) {
                continue;
            }
            let clusters = &client.subs[CDS].held;
            if !clusters.contains_key(&name.1) {
                self.fail(|| format!("P131: {} is sent {} before it accepted {}", client.node, routing.name, name.1));
            } else if !client.ready.contains(&name.1) {
                self.fail(|| format!("P131: {} is sent {} before endpoints of {}", client.node, routing.name, name.1));
            }
        }
    }

    /// What is kept of a node's streams as counts is what a fold over them gives.
    pub(super) fn counts(&mut self, delivery: &Delivery) {
        for state in delivery.nodes.values().filter(|it| !it.is_counted_right()) {
            self.fail(|| format!("{}: the counts of its streams are wrong", state.node));
        }
    }

    /// Whoever has settled has no excuse left.
    pub(super) fn settled(&mut self, delivery: &Delivery, client: &mut Client) {
        if !client.fresh && !client.late {
            return;
        }
        let state = delivery.nodes.values().find(|it| it.node == client.node);
        if state.is_some_and(|it| it.course.is_done() && !it.refuses()) && client.is_settled() {
            (client.fresh, client.late) = (false, false);
        }
    }
}

/// Whether a cluster of this name asks for endpoints.
fn asks(clusters: &Items, name: &str) -> bool {
    clusters.get(name).is_some_and(|it| it.endpoints.is_some())
}

fn resources(snapshot: &Snapshot, at: usize) -> impl Iterator<Item = &Arc<Resource>> {
    let set = snapshot.set(&kind(at)).filter(|_| snapshot.tells_of(&kind(at)));
    set.into_iter().flat_map(|it| it.resources())
}
