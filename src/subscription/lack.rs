//! What a client lacks: the way from what it holds to what it should have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::dues::Dues;
use super::held::{Held, Holding, exact};
use super::interest::Interest;
use super::refusal::Parked;
use crate::resource::{Resource, Version};
use crate::snapshot::{Changes, TypeSet};

/// Why a name is due although the client may have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owed {
    /// The client may need it once more: sent if it exists (P66, P84).
    Resend,
    /// The client says that it has it: sent if that is not so, and its absence is told (P104).
    Confirm,
    /// The client asked: sent, changed or not, and its absence is told (P94, P95, P97).
    Answer,
}

/// What the next response is about.
#[derive(Debug)]
pub(super) enum Lack {
    /// Exactly what changed since a set: shared with all streams that are as far, with its bytes.
    Shared(Arc<Changes>),
    /// This client's own.
    Listed(Listing),
}

/// What one client lacks, name by name. No name is in two of the lists (P113).
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// To send, by canonical name.
    pub(super) send: BTreeMap<Arc<str>, Arc<Resource>>,
    /// To take away: it has them.
    pub(super) removed: BTreeSet<Arc<str>>,
    /// Asked for, and not there.
    pub(super) absent: BTreeSet<Arc<str>>,
    /// Not sent again since the client refused just these versions (P100).
    pub(super) withheld: BTreeMap<Arc<str>, Holding>,
}

/// From how many names on an interest is compared by what changed rather than by its names.
const FEW_NAMES: usize = 64;

/// Everything that decides what is lacking.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    pub(super) interest: &'a Interest,
    pub(super) held: &'a Held,
    pub(super) bad: &'a BTreeMap<Arc<str>, Version>,
    pub(super) parked: &'a Parked,
    pub(super) target: &'a TypeSet,
}

impl Comparison<'_> {
    /// All that the client lacks.
    pub(super) fn lack(&self, owed: &Dues) -> Lack {
        if let Some(changes) = self.shared(owed) {
            return Lack::Shared(changes);
        }
        let mut listing = Listing::default();
        if !std::ptr::eq(self.target, &raw const **self.held.base()) {
            self.compare_base(&mut listing);
        }
        for (name, holding) in self.held.exceptions() {
            match exact(self.target, name) {
                Some(resource) => self.compare(resource, &mut listing),
                None if *holding != Holding::Nothing => drop(listing.removed.insert(name.clone())),
                None => {}
            }
        }
        for (name, why) in owed.iter() {
            match self.target.get(name) {
                Some(resource) if why == Owed::Answer => listing.send(resource),
                Some(resource) if why == Owed::Resend && !self.is_bad(resource) => listing.send(resource),
                Some(_) => {}
                None => self.miss(name, why, &mut listing),
            }
        }
        Lack::Listed(listing)
    }

    /// What changed since the base, where that is all: nothing sets this client apart from others with the same base and
    /// the same interest.
    fn shared(&self, owed: &Dues) -> Option<Arc<Changes>> {
        let base = self.held.base();
        // What is due and exists is lacking anyway, unless the client has it.
        let is_lacking = |(name, why): (&Arc<str>, Owed)| {
            let has_nothing = base.resources().is_empty();
            let is_asked = |it: &Resource| matches!(owed, Dues::Listed(..)) || self.interest.covers(it);
            let is_lacking = |it: &Resource| is_asked(it) && (has_nothing || !self.has(it));
            self.target.get(name).is_some_and(|it| why == Owed::Confirm || is_lacking(it))
        };
        if !self.held.exceptions().is_empty() || self.withholds() || !owed.iter().all(is_lacking) {
            return None;
        }
        if self.interest.is_wildcard() {
            return Some(self.target.changes_since(base));
        }
        self.interest.shared_names().map(|names| self.target.named_changes_since(base, names))
    }

    /// Only what the client asked for since it refused this set, and what it had accepted before (P30, P100).
    /// What is owed besides comes back, to be sent when the set has changed.
    pub(super) fn demanded(&self, owed: &Dues) -> (Listing, BTreeMap<Arc<str>, Owed>) {
        let (mut listing, mut later) = (Listing::default(), BTreeMap::new());
        for (name, why) in owed.iter() {
            match self.target.get(name) {
                Some(resource) if why == Owed::Answer || self.has(resource) => listing.send(resource),
                Some(_) => drop(later.insert(name.clone(), why)),
                None => self.miss(name, why, &mut listing),
            }
        }
        (listing, later)
    }

    /// Finds what differs between the base and the target, by whichever is the shorter list.
    fn compare_base(&self, listing: &mut Listing) {
        let base = self.held.base();
        let names = self.interest.names();
        if self.interest.is_wildcard() || names.len() > FEW_NAMES && !base.resources().is_empty() {
            let changes = self.target.changes_since(base);
            for resource in &changes.changed {
                self.compare(resource, listing);
            }
            for name in &changes.removed {
                self.compare_removed(name, listing);
            }
            return;
        }
        for name in names.iter() {
            if let Some(resource) = self.target.get(name) {
                self.compare(resource, listing);
            }
            if let Some(old) = base.get(name) {
                match exact(self.target, &old.name) {
                    Some(resource) => self.compare(resource, listing),
                    None => self.compare_removed(&old.name, listing),
                }
            }
        }
    }

    fn compare(&self, resource: &Arc<Resource>, listing: &mut Listing) {
        let holding = self.held.of(&resource.name, self.interest);
        if !self.interest.covers(resource) {
            // It lost the alias by which the client asked for it.
            if holding != Holding::Nothing {
                listing.removed.insert(resource.name.clone());
            }
        } else if holding == Holding::Exactly(resource.version) {
        } else if self.is_bad(resource) {
            listing.withheld.insert(resource.name.clone(), holding);
        } else {
            listing.send(resource);
        }
    }

    fn compare_removed(&self, name: &Arc<str>, listing: &mut Listing) {
        if self.held.of(name, self.interest) != Holding::Nothing {
            listing.removed.insert(name.clone());
        }
    }

    fn miss(&self, name: &Arc<str>, why: Owed, listing: &mut Listing) {
        if self.held.of(name, self.interest) != Holding::Nothing {
            listing.removed.insert(name.clone());
        } else if why != Owed::Resend && !listing.removed.contains(name) {
            listing.absent.insert(name.clone());
        }
    }

    fn is_bad(&self, resource: &Resource) -> bool {
        self.bad.get(&resource.name) == Some(&resource.version) || self.parked.has(resource)
    }

    fn withholds(&self) -> bool {
        !self.bad.is_empty() || !self.parked.is_empty()
    }

    fn has(&self, resource: &Resource) -> bool {
        self.held.of(&resource.name, self.interest) == Holding::Exactly(resource.version)
    }
}

impl Listing {
    fn send(&mut self, resource: &Arc<Resource>) {
        self.send.insert(resource.name.clone(), resource.clone());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.send.is_empty() && self.removed.is_empty() && self.absent.is_empty()
    }
}

impl Lack {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Shared(changes) => changes.is_empty(),
            Self::Listed(listing) => listing.is_empty(),
        }
    }

    /// Whether it tells what there is to tell of this name.
    pub(super) fn tells(&self, name: &Arc<str>, target: &TypeSet) -> bool {
        match (target.get(name), self) {
            (Some(resource), _) => self.find(&resource.name).is_some(),
            (None, Self::Shared(changes)) => changes.removed.binary_search(name).is_ok(),
            (None, Self::Listed(listing)) => listing.removed.contains(name) || listing.absent.contains(name),
        }
    }

    /// Whether it is empty, and nothing is withheld either.
    pub(super) fn is_nothing(&self) -> bool {
        self.is_empty() && !matches!(self, Self::Listed(listing) if !listing.withheld.is_empty())
    }

    /// The resources that are new to the client, or due once more.
    pub(super) fn resources(&self) -> impl Iterator<Item = &Arc<Resource>> {
        let (shared, own) = match self {
            Self::Shared(changes) => (Some(changes.changed.iter()), None),
            Self::Listed(listing) => (None, Some(listing.send.values())),
        };
        shared.into_iter().flatten().chain(own.into_iter().flatten())
    }

    /// The names to take away, or to say absent.
    pub(super) fn removals(&self) -> impl Iterator<Item = &Arc<str>> {
        let (shared, own) = match self {
            Self::Shared(changes) => (Some(changes.removed.iter()), None),
            Self::Listed(listing) => (None, Some(listing.removed.iter().chain(&listing.absent))),
        };
        shared.into_iter().flatten().chain(own.into_iter().flatten())
    }

    /// Whether this one of the removals is something that the client never had.
    pub(super) fn is_absent(&self, name: &str) -> bool {
        matches!(self, Self::Listed(listing) if listing.absent.contains(name))
    }

    /// The resource of this name, if it is in here.
    pub(super) fn find(&self, name: &str) -> Option<&Arc<Resource>> {
        match self {
            Self::Shared(changes) => {
                let at = changes.changed.binary_search_by(|it| (*it.name).cmp(name)).ok()?;
                changes.changed.get(at)
            }
            Self::Listed(listing) => listing.send.get(name),
        }
    }

    pub(super) fn withheld(self) -> BTreeMap<Arc<str>, Holding> {
        match self {
            Self::Shared(_) => BTreeMap::new(),
            Self::Listed(listing) => listing.withheld,
        }
    }
}
