//! Responses that would be too large, sent in portions: one after the other, each as the ACK of the one before (P243).
//!
//! A portion is a response like any other, but for `Pending::completes`. What it leaves out is still lacking when it is
//! answered, so that what has changed in the meantime joins in by itself. Only resources can be put off: in state of the
//! world that is a matter of partial types, whose responses say nothing of what they leave out (P83).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::interest::Interest;
use super::lack::{Lack, Listing, Owed};
use super::message::Protocol;
use super::response::subset;
use crate::resource::{Flavour, Resource};
use crate::snapshot::TypeSet;

/// How large a response may become, and how it is counted.
#[derive(Debug)]
pub(super) struct Measure<'a> {
    pub(super) protocol: Protocol,
    pub(super) flavour: Flavour,
    pub(super) target: &'a TypeSet,
    /// Of a whole message.
    pub(super) limit: usize,
}

/// Keys and lengths of the fields around the elements, and the nonce.
const FRAME: usize = 48;

impl Measure<'_> {
    /// What is left for elements.
    fn room(&self) -> usize {
        let version = self.target.label().map_or(16, |it| it.len());
        self.limit.saturating_sub(FRAME + version + self.target.kind().url().len())
    }

    fn of(&self, resource: &Resource) -> usize {
        match self.protocol {
            Protocol::Sotw => resource.sotw_element(self.flavour).len(),
            Protocol::Delta => resource.delta_element(self.flavour).len(),
        }
    }

    /// Of a name to take away or to say absent: at most, since some types write it twice.
    fn of_removal(&self, name: &str) -> usize {
        if self.protocol == Protocol::Delta { 2 * name.len() + 24 } else { 0 }
    }

    /// Whether all of this is too large for one response.
    pub(super) fn is_over(&self, lack: &Lack) -> bool {
        let removals = || lack.removals().map(|it| self.of_removal(it)).sum::<usize>();
        let resources = match lack {
            // Counted once for all streams.
            Lack::Shared(changes) => changes.size_bound(),
            Lack::Listed(listing) => listing.send.values().map(|it| self.of(it)).sum(),
        };
        resources + removals() > self.room()
    }

    /// Whether all that these names select is too large for one response.
    pub(super) fn is_subset_over(&self, interest: &Interest) -> bool {
        let selected = subset(self.target, interest);
        selected.resources().iter().map(|it| self.of(it)).sum::<usize>() > self.room()
    }

    /// As much of this as fits, at least one resource; and whether that is not all. Removals go last, so that what
    /// takes the place of something is there before it goes (P118).
    pub(super) fn first_portion(&self, lack: &Lack) -> (Listing, bool) {
        let mut portion = Listing::default();
        let mut left = self.room();
        let mut is_empty = true;
        let mut fits = |size: usize| {
            let fits = is_empty || size <= left;
            left = left.saturating_sub(size);
            is_empty = false;
            fits
        };
        for resource in lack.resources() {
            if !fits(self.of(resource)) {
                return (portion, true);
            }
            portion.send.insert(resource.name.clone(), resource.clone());
        }
        for name in lack.removals() {
            if !fits(self.of_removal(name)) {
                return (portion, true);
            }
            let list = if lack.is_absent(name) { &mut portion.absent } else { &mut portion.removed };
            list.insert(name.clone());
        }
        (portion, false)
    }
}

impl Listing {
    /// What of that which was due is still due once this portion is accepted.
    pub(super) fn leaves(&self, owed: BTreeMap<Arc<str>, Owed>, target: &TypeSet) -> BTreeMap<Arc<str>, Owed> {
        let is_told = |name: &Arc<str>| match target.get(name) {
            Some(resource) => self.send.contains_key(&resource.name),
            None => self.removed.contains(name) || self.absent.contains(name),
        };
        owed.into_iter().filter(|(name, _)| !is_told(name)).collect()
    }
}
