//! What lies between two snapshots, and the mixtures in between.

use std::sync::Arc;

use crate::resource::ResourceType;
use crate::snapshot::{Changes, Need, Snapshot, TypeSet};

/// What a node has to be taken through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Way {
    /// Something that routes traffic is new, changed or gone.
    pub(super) routes: bool,
    /// Something is new that may be used by what routes, or a cluster has changed.
    pub(super) used: bool,
    /// Something is there that the goal no longer has.
    pub(super) leftovers: bool,
    /// Among them is what a cluster may hold on to until it has changed: its endpoints, its secrets.
    pub(super) bound: bool,
    /// A new cluster takes a while after it was accepted.
    pub(super) slow: bool,
}

impl Way {
    pub(super) fn between(shown: &Snapshot, goal: &Snapshot) -> Self {
        let mut way = Self::default();
        for set in goal.sets() {
            let (kind, rules) = (set.kind(), set.kind().rules());
            if !shown.tells_of(kind) {
                way.routes = true;
                continue;
            }
            let Some(changes) = changes(shown, set) else { continue };
            way.leftovers |= rules.lingers && !changes.removed.is_empty();
            way.bound |= rules.lingers && !rules.routes && !rules.full_state && !changes.removed.is_empty();
            let is_new = |name: &str| shown.set(kind).is_none_or(|it| it.get(name).is_none());
            if rules.routes {
                way.routes |= !changes.changed.is_empty() || !rules.lingers && !changes.removed.is_empty();
            } else {
                // Who needs an endpoint or a secret can have its change at any time, but not its absence.
                way.used |= changes.changed.iter().any(|it| rules.full_state || is_new(&it.name));
                way.slow |= changes.changed.iter().any(|it| it.warms_unseen && is_new(&it.name));
            }
        }
        way
    }
}

/// What one type has to go through; nothing if the sets are one.
fn changes(shown: &Snapshot, set: &Arc<TypeSet>) -> Option<Arc<Changes>> {
    match shown.set(set.kind()) {
        Some(old) if Arc::ptr_eq(old, set) => None,
        Some(old) => Some(set.changes_since(old)),
        None => Some(set.changes_since(&TypeSet::empty(set.kind()))),
    }
}

/// The sets of a step from what is shown to the goal: all that is used of both, by the goal's version; of what routes,
/// what is shown in the make, else the goal's, with what can stay beside it.
pub(super) fn mixture(shown: &Snapshot, goal: &Snapshot, make: bool) -> Vec<Arc<TypeSet>> {
    let mix = |set: &Arc<TypeSet>| {
        let rules = set.kind().rules();
        match shown.set(set.kind()).filter(|_| shown.tells_of(set.kind())) {
            Some(old) if rules.routes && make => old.clone(),
            Some(old) if rules.lingers => set.with_leftovers_of(old),
            None if rules.routes && make => TypeSet::empty(set.kind()),
            _ => set.clone(),
        }
    };
    let gone = shown.sets().filter(|it| goal.set(it.kind()).is_none() && shown.tells_of(it.kind()));
    goal.sets().map(mix).chain(gone.cloned()).collect()
}

/// Whether two snapshots differ in what routes, or in what is used.
pub(super) fn differs(before: &Snapshot, next: &Snapshot, routes: bool) -> bool {
    let version = |it: &Snapshot, kind: &ResourceType| {
        let told = it.set(kind).filter(|_| it.tells_of(kind));
        told.map(|it| (it.version(), it.label().cloned()))
    };
    let of_tier = |it: &&Arc<TypeSet>| it.kind().rules().routes == routes;
    let same =
        |it: &Arc<TypeSet>| before.set(it.kind()).is_some_and(|old| Arc::ptr_eq(old, it)) && before.tells_of(it.kind());
    next.sets().filter(of_tier).any(|it| !same(it) && version(before, it.kind()) != version(next, it.kind()))
}

/// Whether listeners are replaced or taken away, whose connections live on for a while.
pub(super) fn drains(before: &Snapshot, next: &Snapshot) -> bool {
    let listeners = next.sets().filter(|it| it.kind().rules().routes && !it.kind().rules().lingers);
    let told = listeners.filter(|it| before.tells_of(it.kind()) && next.tells_of(it.kind()));
    told.filter_map(|it| Some((before.set(it.kind())?, changes(before, it)?))).any(|(old, changes)| {
        !changes.removed.is_empty() || changes.changed.iter().any(|it| old.get(&it.name).is_some())
    })
}

/// Whether what is needed is there, and who needs it is still what it was.
pub(super) fn is_there(snapshot: &Snapshot, need: &Need) -> bool {
    let (kind, user) = &need.user;
    let now = snapshot.set(kind).and_then(|it| it.get(&user.name));
    now.is_some_and(|it| it.version == user.version)
        && snapshot.set(&need.kind).is_some_and(|it| it.get(&need.name).is_some())
}
