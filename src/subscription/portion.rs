//! Responses that would be too large, sent in portions: one after the other, each as the ACK of the one before (P243).
//!
//! A portion is a response like any other, but for `Pending::reaches`. What it leaves out is still lacking when it is
//! answered, so that what has changed in the meantime joins in by itself. Only resources can be put off: in state of the
//! world that is a matter of partial types, whose responses say nothing of what they leave out (P83).

use super::interest::Interest;
use super::lack::{Comparison, Lack, Listing};
use super::message::Protocol;
use super::response::subset;
use crate::resource::Flavour;
use crate::snapshot::{Cut, Portion, TypeSet};

/// How large a response may become, and how it is counted.
#[derive(Debug)]
pub(super) struct Measure {
    cut: Cut,
}

/// Keys and lengths of the fields around the elements, and the nonce.
const FRAME: usize = 48;

impl Measure {
    /// `limit` is of a whole message.
    pub(super) fn new(protocol: Protocol, flavour: Flavour, target: &TypeSet, limit: usize) -> Self {
        let version = target.label().map_or(16, |it| it.len());
        // What is left for elements.
        let room = limit.saturating_sub(FRAME + version + target.kind().url().len());
        Self { cut: Cut { delta: protocol == Protocol::Delta, flavour, room } }
    }

    /// Whether all of this is too large for one response.
    pub(super) fn is_over(&self, lack: &Lack) -> bool {
        let size = match lack {
            // Counted once for all streams.
            Lack::Shared(changes) => changes.size(&self.cut),
            Lack::Listed(listing) => {
                let removals = lack.removals().map(|it| self.cut.of_removal(it));
                listing.send.values().map(|it| self.cut.of(it)).chain(removals).sum()
            }
        };
        size > self.cut.room
    }

    /// Whether all that these names select is too large for one response.
    pub(super) fn is_subset_over(&self, target: &TypeSet, interest: &Interest) -> bool {
        let selected = subset(target, interest);
        selected.resources().iter().map(|it| self.cut.of(it)).sum::<usize>() > self.cut.room
    }

    /// The first portion of what is shared, which is shared too.
    pub(super) fn shared_portion(&self, lack: &Lack, comparison: &Comparison<'_>) -> Option<Portion> {
        let Lack::Shared(changes) = lack else { return None };
        let names = comparison.interest.shared_names();
        comparison.target.first_portion(comparison.held.base(), changes, names.map(|it| &**it), self.cut)
    }

    /// As much of this as fits, at least one resource; `None` if that is all.
    pub(super) fn first_portion(&self, lack: &Lack) -> Option<Listing> {
        let (sent, told) = self.cut.first(lack.resources(), lack.removals());
        if lack.resources().nth(sent).is_none() && lack.removals().nth(told).is_none() {
            return None;
        }
        let mut portion = Listing::default();
        portion.send.extend(lack.resources().take(sent).map(|it| (it.name.clone(), it.clone())));
        for name in lack.removals().take(told) {
            let list = if lack.is_absent(name) { &mut portion.absent } else { &mut portion.removed };
            list.insert(name.clone());
        }
        Some(portion)
    }
}
