//! What lies between two snapshots, and the mixtures in between.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::resource::{Resource, ResourceType};
use crate::snapshot::{Changes, Names, Need, Snapshot, TypeSet};

/// What a node has to be taken through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Way {
    /// Something that routes traffic is new, changed or gone.
    pub(super) routes: bool,
    /// Something is new that may be used by what routes, or a cluster has changed.
    pub(super) used: bool,
    /// Something is there that the goal no longer has.
    pub(super) leftovers: bool,
    /// Among them is what a cluster holds on to until it has changed: endpoints, or a secret.
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
            let is_new = |name: &str| shown.set(kind).is_none_or(|it| it.get(name).is_none());
            if rules.routes {
                way.routes |= !changes.changed.is_empty() || !rules.lingers && !changes.removed.is_empty();
            } else {
                // Who needs an endpoint or a secret can have its change at any time, but not its absence.
                way.bound |=
                    rules.full_state && changes.changed.iter().any(|it| holds_on(shown.set(kind), it, shown, goal));
                way.used |= changes.changed.iter().any(|it| rules.full_state || is_new(&it.name));
                way.slow |= changes.changed.iter().any(|it| it.warms_unseen && is_new(&it.name));
            }
        }
        way
    }
}

/// Whether a resource as it is shown needs something that is there, and that the goal no longer has.
fn holds_on(old: Option<&Arc<TypeSet>>, changed: &Resource, shown: &Snapshot, goal: &Snapshot) -> bool {
    let has = |snapshot: &Snapshot, kind: &ResourceType, name: &str| {
        snapshot.set(kind).is_some_and(|it| it.get(name).is_some())
    };
    let old = old.and_then(|it| it.get(&changed.name));
    old.is_some_and(|it| it.needs.iter().any(|(kind, name)| has(shown, kind, name) && !has(goal, kind, name)))
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
            Some(old) if rules.lingers => set.with_leftovers_of(old, None),
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

/// Names by type.
pub(super) type Uses = BTreeMap<ResourceType, BTreeSet<Arc<str>>>;

/// What connections may still use of what was shown, since the listeners that accepted them are replaced or taken away,
/// with all that it uses in turn. Routes that the goal still has are not among it: connections see the new ones.
pub(super) fn drained(before: &Snapshot, next: &Snapshot, goal: &Snapshot) -> Uses {
    let listeners = next.sets().filter(|it| it.kind().rules().routes && !it.kind().rules().lingers);
    let mut users: Vec<Arc<Resource>> = Vec::new();
    for set in listeners.filter(|it| before.tells_of(it.kind()) && next.tells_of(it.kind())) {
        let (Some(old), Some(changes)) = (before.set(set.kind()), changes(before, set)) else { continue };
        let names = changes.removed.iter().chain(changes.changed.iter().map(|it| &it.name));
        users.extend(names.filter_map(|it| old.get(it)).cloned());
    }
    let mut uses = Uses::new();
    follow(users, before, goal, &mut uses);
    uses
}

/// Adds what these resources need of a snapshot, and what that needs in turn.
fn follow(mut users: Vec<Arc<Resource>>, snapshot: &Snapshot, goal: &Snapshot, uses: &mut Uses) {
    while let Some(user) = users.pop() {
        for (kind, name) in &*user.needs {
            let old = snapshot.set(kind);
            let all = old.into_iter().flat_map(|it| it.resources()).filter(|_| **name == *"*");
            for used in all.chain(old.and_then(|it| it.get(name))) {
                let is_replaced = kind.rules().routes && goal.set(kind).is_some_and(|it| it.get(name).is_some());
                if !is_replaced && uses.entry(kind.clone()).or_default().insert(used.name.clone()) {
                    users.push(used.clone());
                }
            }
        }
    }
}

/// The goal and, of what is shown besides, these with all that they use by now.
pub(super) fn keeping(shown: &Snapshot, goal: &Snapshot, uses: &Uses) -> Option<Vec<Arc<TypeSet>>> {
    let known = uses.iter().flat_map(|(kind, names)| names.iter().filter_map(|it| shown.set(kind)?.get(it).cloned()));
    let mut uses = uses.clone();
    follow(known.collect(), shown, goal, &mut uses);
    let mut kept = false;
    let keep = |set: &Arc<TypeSet>| {
        let (old, names) = (shown.set(set.kind()), uses.get(set.kind()));
        let (Some(old), Some(names)) = (old.filter(|_| set.kind().rules().lingers), names) else { return set.clone() };
        let with = set.with_leftovers_of(old, Some(&Names::shared(names.iter().cloned().collect())));
        kept |= !Arc::ptr_eq(&with, set);
        with
    };
    let sets = goal.sets().map(keep).collect();
    kept.then_some(sets)
}

/// Whether what is needed is there, and who needs it is still what it was.
pub(super) fn is_there(snapshot: &Snapshot, need: &Need) -> bool {
    let (kind, user) = &need.user;
    let now = snapshot.set(kind).and_then(|it| it.get(&user.name));
    now.is_some_and(|it| it.version == user.version)
        && snapshot.set(&need.kind).is_some_and(|it| it.get(&need.name).is_some())
}
