//! What nodes may have from before this process began, by what was kept and by what they say themselves.
//!
//! Leaves to others: which generations are kept (`app`), what a request says (`subscription`), and how a node is taken on
//! from there (`course`).

use std::sync::Arc;
use std::time::Instant;

use super::departed::KEPT;
use super::goal::{Difference, difference};
use super::way;
use crate::resource::{Node, ResourceType};
use crate::snapshot::{Claim, Composition, Extent, Generation, KnownVersions, Names, Snapshot, TypeSet};

/// What an earlier process left besides the last good generation.
#[derive(Debug, Default)]
pub struct Left {
    /// Generations that nodes may have something of, the likeliest first: what everyone once got, then what some tried.
    pub shown: Vec<Arc<Generation>>,
    /// Some that were refused: who tried one may have some of it still, and nobody else should get any.
    pub refused: Vec<Arc<Generation>>,
}

/// What nodes of an earlier process may have, and until when.
#[derive(Debug, Default)]
pub(super) struct Remnants {
    /// The last good one among them.
    shown: Vec<Arc<Generation>>,
    refused: Vec<Arc<Generation>>,
    until: Option<Instant>,
}

impl Remnants {
    pub(super) fn new(left: Left, good: Arc<Generation>, now: Instant) -> Self {
        let Left { mut shown, refused } = left;
        shown.push(good);
        Self { shown, refused, until: Some(now + KEPT) }
    }

    /// Drops what nobody comes back with any more.
    pub(super) fn forget(&mut self, now: Instant) {
        if self.until.is_some_and(|it| now >= it) {
            *self = Self::default();
        }
    }

    /// All that a node may have of them, by what it says itself. Clusters that it has not are not among it: it would
    /// have to take them up, wait for their endpoints, and drop them again. What was refused, or is on trial here, counts
    /// for who tells what it has: what is on trial may have been good elsewhere, or before what was kept was lost. `None`
    /// if nothing is known of what it may have.
    pub(super) fn of(
        &self,
        node: &Node,
        claim: &Claim,
        trial: Option<&Arc<Generation>>,
        good: &Arc<Generation>,
    ) -> Option<Arc<Snapshot>> {
        let select = |it: &Arc<Generation>| it.select(node).snapshot();
        // Of what several have, this is the version to offer.
        let last = select(good)?;
        let differs = |it: &Arc<Snapshot>| difference(it, &last) != Difference::None;
        let mut all: Vec<_> = self.shown.iter().filter_map(select).collect();
        let tried: Vec<_> = self.refused.iter().chain(trial).filter_map(select).filter(differs).collect();
        if all.is_empty() && tried.is_empty() {
            return None;
        }
        all.retain(differs);
        if all.is_empty() && tried.is_empty() {
            return Some(last);
        }
        // From here on it may be anything that routes there, until it has said of all its clusters that it has them.
        let told = Told::by(claim, all.iter().chain(&tried).chain([&last]).filter_map(clusters));
        if told.is_some() {
            all.extend(tried);
        }
        let mut held = Arc::new(last.step(last.sets().cloned(), Extent::Used));
        for it in all {
            held = Arc::new(held.step(way::mixture(&it, &held, false), Extent::Used));
        }
        let Some((told, last, union)) = told.and_then(|it| Some((it, clusters(&last)?, clusters(&held)?))) else {
            return Some(held);
        };
        let changes = union.changes_since(last);
        let leftovers = changes.changed.iter().map(|it| &it.name).filter(|it| told.has(it));
        let clusters = last.with_leftovers_of(union, Some(&Names::shared(leftovers.cloned().collect())));
        let sets = held.sets().map(|it| if it.kind() == clusters.kind() { &clusters } else { it }).cloned();
        Some(Arc::new(held.step(sets, Extent::Used)))
    }
}

/// Which clusters a node has by what it tells.
enum Told<'a> {
    Names(&'a KnownVersions),
    /// Those of any of these sets, and leftovers.
    Sets(Vec<Arc<TypeSet>>, Option<Composition>),
}

impl<'a> Told<'a> {
    /// `None` if it tells nothing that says something to us, who know these sets.
    fn by<'s>(claim: &'a Claim, known: impl Iterator<Item = &'s Arc<TypeSet>>) -> Option<Self> {
        match claim {
            Claim::Nothing | Claim::Something => None,
            Claim::Names(names) => Some(Self::Names(names)),
            Claim::Version(version) => {
                let mixture = Composition::parse(version);
                let base = mixture.as_ref().map(|it| it.base);
                let is_it = |it: &&Arc<TypeSet>| base == Some(it.version()) || it.version_info() == *version;
                let sets: Vec<_> = known.filter(is_it).cloned().collect();
                (!sets.is_empty()).then_some(Self::Sets(sets, mixture))
            }
        }
    }

    fn has(&self, name: &str) -> bool {
        match self {
            Self::Names(names) => names.has(name),
            Self::Sets(sets, mixture) => {
                sets.iter().any(|it| it.get(name).is_some()) || mixture.as_ref().is_some_and(|it| it.has(name))
            }
        }
    }
}

fn clusters(snapshot: &Arc<Snapshot>) -> Option<&Arc<TypeSet>> {
    snapshot.sets().find(|it| is_clusters(it.kind()))
}

fn is_clusters(kind: &ResourceType) -> bool {
    kind.rules().short == "CDS"
}
