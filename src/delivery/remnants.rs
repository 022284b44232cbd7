//! What nodes may have from before this process began.

use std::sync::Arc;

use super::goal::{Difference, difference};
use super::way;
use crate::resource::{Node, ResourceType};
use crate::snapshot::{Claim, Extent, Generation, Names, Snapshot, TypeSet};

/// The generations of an earlier process that somebody may have something of. The last is the last good one.
#[derive(Debug, Default)]
pub(super) struct Remnants(Vec<Arc<Generation>>);

impl Remnants {
    pub(super) fn new(others: Vec<Arc<Generation>>, good: Arc<Generation>) -> Self {
        Self(others.into_iter().chain([good]).collect())
    }

    /// All that a node may have of them, by what it says itself. Clusters that it has not are not among it: it would
    /// have to take them up, wait for their endpoints, and drop them again.
    pub(super) fn of(&self, node: &Node, claim: &Claim) -> Option<Arc<Snapshot>> {
        // Of what several have, the last one's version is the one to offer.
        let mut all: Vec<_> = self.0.iter().filter_map(|it| it.select(node).snapshot()).collect();
        let last = all.pop()?;
        all.retain(|it| difference(it, &last) != Difference::None);
        if all.is_empty() {
            return Some(last);
        }
        let is_claimed = |it: &Arc<Snapshot>| match (claim, clusters(it)) {
            (Claim::Version(version), Some(set)) => *set.version_info() == **version,
            _ => false,
        };
        if is_claimed(&last) || all.iter().any(is_claimed) {
            all.retain(is_claimed);
        }
        let base = Arc::new(last.step(last.sets().cloned(), Extent::Used));
        let union = all
            .into_iter()
            .fold(base, |union, it| Arc::new(union.step(way::mixture(&it, &union, false), Extent::Used)));
        let Claim::Names(names) = claim else { return Some(union) };
        let names = Names::shared(names.iter().map(|it| it.0.as_str().into()).collect());
        let held = |set: &Arc<TypeSet>| match last.set(set.kind()).filter(|_| is_clusters(set.kind())) {
            Some(last) => last.with_leftovers_of(set, Some(&names)),
            None => set.clone(),
        };
        Some(Arc::new(union.step(union.sets().map(held), Extent::Used)))
    }
}

fn clusters(snapshot: &Snapshot) -> Option<&Arc<TypeSet>> {
    snapshot.sets().find(|it| is_clusters(it.kind()))
}

fn is_clusters(kind: &ResourceType) -> bool {
    kind.rules().short == "CDS"
}
