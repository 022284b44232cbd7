//! What a change means for a group of nodes, and what those who wait for its trial are shown meanwhile.

use std::collections::HashSet;
use std::sync::Arc;

use crate::resource::{Resource, ResourceType};
use crate::snapshot::{Extent, Snapshot, TypeSet};

/// How much two snapshots differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Difference {
    /// In nothing.
    None,
    /// In endpoints alone: whoever gets them is told at once (P140).
    Endpoints,
    /// In more than that.
    More,
}

pub(super) fn difference(old: &Snapshot, new: &Snapshot) -> Difference {
    let mut found = Difference::None;
    for set in new.sets() {
        let same = old.set(set.kind()).is_some_and(|it| Arc::ptr_eq(it, set) || is_equal(it, set));
        found = match same {
            true => found,
            false if is_endpoints(set.kind()) => found.max(Difference::Endpoints),
            false => return Difference::More,
        };
    }
    if old.sets().any(|it| new.set(it.kind()).is_none()) { Difference::More } else { found }
}

fn is_equal(old: &TypeSet, new: &TypeSet) -> bool {
    old.version() == new.version() && old.label() == new.label()
}

fn is_endpoints(kind: &ResourceType) -> bool {
    matches!(kind.rules().short, "EDS" | "LEDS")
}

/// The last good snapshot with the newest version of the endpoints that it has; but for those of clusters that change
/// too, which may not go with the old ones: another port, another protocol.
pub(super) fn with_endpoints_of(good: &Arc<Snapshot>, newer: &Snapshot) -> Arc<Snapshot> {
    let clusters = good.sets().filter_map(|it| Some((it, newer.set(it.kind())?)));
    let changed_clusters = clusters.filter(|(old, new)| !Arc::ptr_eq(old, new)).flat_map(|(old, new)| {
        let is_changed = |it: &&Arc<Resource>| new.get(&it.name).is_some_and(|new| new.version != it.version);
        old.resources().iter().filter(|it| it.endpoints.is_some()).filter(is_changed)
    });
    let bound: HashSet<&Arc<str>> = changed_clusters.filter_map(|it| it.endpoints.as_ref()).collect();
    let mut changed = false;
    let mut refresh = |set: &Arc<TypeSet>| {
        let Some(newer) = newer.set(set.kind()).filter(|it| is_endpoints(it.kind()) && !Arc::ptr_eq(it, set)) else {
            return set.clone();
        };
        let newest =
            |it: &Arc<Resource>| newer.get(&it.name).filter(|new| new.name == it.name && !bound.contains(&it.name));
        let fresh = set.resources().iter().map(|it| newest(it).unwrap_or(it));
        let resources: Vec<_> = fresh.cloned().collect();
        if resources.iter().zip(set.resources()).all(|(new, old)| new.version == old.version) {
            return set.clone();
        }
        changed = true;
        Arc::new(TypeSet::new(set.kind().clone(), resources, None))
    };
    let sets: Vec<_> = good.sets().map(&mut refresh).collect();
    if changed { Arc::new(good.step(sets, Extent::Whole)) } else { good.clone() }
}
