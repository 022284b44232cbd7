//! Changes cut into responses of a bounded size, once for all clients that go the same way.
//!
//! A client that accepted a portion has a set of its own kind: the older set with what the portion changed. All clients
//! that are as far share it, and it knows what is left, so that a client's progress is one pointer however large the
//! portions are.

use std::sync::Arc;

use super::{Changes, Names, TypeSet};
use crate::resource::{Flavour, Resource};

/// The part of some changes that goes out first.
#[derive(Debug, Clone)]
pub struct Portion {
    /// What goes out.
    pub changes: Arc<Changes>,
    /// What a client has once it has accepted that.
    pub reaches: Arc<TypeSet>,
}

/// How responses are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Which protocol they are of.
    pub delta: bool,
    /// How resources refer to each other.
    pub flavour: Flavour,
    /// How many bytes of elements one response may have.
    pub room: usize,
}

/// What is left of the way to a set.
#[derive(Debug)]
pub(super) struct Onward {
    /// The set's number.
    target: u64,
    /// The number of the names that the way is for, if it is not for all.
    names: Option<u64>,
    rest: Arc<Changes>,
}

impl Cut {
    /// How many bytes a resource takes.
    pub fn of(&self, resource: &Resource) -> usize {
        if self.delta { resource.delta_element(self.flavour).len() } else { resource.sotw_element(self.flavour).len() }
    }

    /// How many bytes a name takes that is removed or said to be absent: at most, since some types write it twice.
    pub fn of_removal(&self, name: &str) -> usize {
        if self.delta { 2 * name.len() + 24 } else { 0 }
    }

    /// How many of these go first: as many as fit, and at least one. Removals go last, so that what takes the place of
    /// something is there before it goes (P118).
    pub fn first<'a>(
        &self,
        resources: impl Iterator<Item = &'a Arc<Resource>>,
        removals: impl Iterator<Item = &'a Arc<str>>,
    ) -> (usize, usize) {
        let (mut left, mut is_empty, mut sent) = (self.room, true, 0);
        let mut fits = |size: usize| {
            let fits = is_empty || size <= left;
            left = left.saturating_sub(size);
            is_empty = false;
            fits
        };
        for resource in resources {
            if !fits(self.of(resource)) {
                return (sent, 0);
            }
            sent += 1;
        }
        (sent, removals.take_while(|it| fits(self.of_removal(it))).count())
    }
}

impl TypeSet {
    /// The first portion of `changes`, which are those from `base` to this set, of these names or of all. `None` if there is no need
    /// to cut them, and where there are aliases: in a set on the way, one could be that of two resources.
    pub fn first_portion(&self, base: &Self, changes: &Changes, names: Option<&Names>, cut: Cut) -> Option<Portion> {
        if self.has_aliases() || base.has_aliases() {
            return None;
        }
        let names = names.map(Names::id);
        let portion = changes.portions.get_or_make(cut, || {
            let (sent, removed) = cut.first(changes.changed.iter(), changes.removed.iter());
            let (first, rest) = changes.split(sent, removed, names.is_some());
            let onward = |it| Onward { target: self.id(), names, rest: Arc::new(it) };
            (!rest.is_empty())
                .then(|| Portion { reaches: Arc::new(base.with(&first, onward(rest))), changes: Arc::new(first) })
        });
        Option::clone(&portion)
    }
}

impl Onward {
    /// What is left to the set with this number.
    pub(super) fn to(&self, target: u64, names: Option<u64>) -> Option<&Arc<Changes>> {
        (self.target == target && self.names == names).then_some(&self.rest)
    }
}
