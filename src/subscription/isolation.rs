//! The search for the bad ones among resources that were refused together, without a word of which (P101).
//!
//! What was refused goes out again in halves, one after the other: an accepted half is held, a refused one is halved
//! again, and who is refused alone is bad. What the client names on the way is believed. Meanwhile the set is parked as
//! after any refusal (`refusal`), and the halves are portions of it (`portion`). Removals are told when the search is
//! over, so that nothing goes before what takes its place.
//! A search ends when no suspect is left, at the bounds of [`Limits`], or when a newer set takes its place. What it
//! found is told at its end and not before: who hears of a refusal may answer it with another set.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::held::Holding;
use super::lack::{Listing, Owed};
use super::message::{Event, Limits, Protocol, Refusal};
use super::per_type::{Pending, Subscription};
use super::refusal::bounded_names;
use super::response::partial_answer;
use crate::resource::{Resource, ResourceType};

/// A search under way.
#[derive(Debug)]
pub(super) struct Search {
    /// Each holds a bad one, as far as is known. The last one goes out next.
    groups: Vec<Vec<Arc<Resource>>>,
    /// When the first response was refused.
    since: Instant,
    /// How many responses it took.
    sent: usize,
    /// Whether it was a portion that was refused: then the other portions go on, whatever is found.
    of_portion: bool,
    /// The last refusal that told nothing.
    last: Nack,
    found: Vec<Event>,
}

/// A refusal and what it refused.
#[derive(Debug)]
pub(super) struct Nack {
    kind: ResourceType,
    nonce: String,
    version: String,
    generation: u64,
    refusal: Refusal,
}

impl Nack {
    pub(super) fn new(kind: &ResourceType, pending: &Pending, refusal: Refusal) -> Self {
        let (nonce, version) = (pending.nonce.to_string(), pending.version_info.clone());
        Self { kind: kind.clone(), nonce, version, generation: pending.generation, refusal }
    }

    pub(super) fn refused(self, names: Vec<Arc<str>>) -> Event {
        let Self { kind, nonce, version, generation, refusal } = self;
        Event::Refused { kind, nonce, version, generation, names, refusal }
    }

    pub(super) fn isolating(&self, suspects: usize) -> Event {
        Event::Isolating { kind: self.kind.clone(), suspects, refusal: self.refusal.clone() }
    }
}

impl Search {
    /// What goes out next.
    pub(super) fn next(&mut self) -> Option<Listing> {
        let group = self.groups.pop()?;
        self.sent += 1;
        let send = group.into_iter().map(|it| (it.name.clone(), it)).collect();
        Some(Listing { send, ..Listing::default() })
    }

    pub(super) fn into_found(self) -> Vec<Event> {
        self.found
    }

    fn halve(&mut self, mut group: Vec<Arc<Resource>>) {
        let second = group.split_off(group.len() / 2);
        self.groups.extend([second, group]);
    }
}

impl Subscription {
    pub(super) fn is_searching(&self) -> bool {
        self.refused.as_ref().is_some_and(|it| it.search.is_some())
    }

    /// Until when a search may last.
    pub(super) fn search_deadline(&self, limits: &Limits) -> Option<Instant> {
        self.refused.as_ref()?.search.as_ref()?.since.checked_add(limits.isolation_bound)
    }

    /// Whether this refusal, which names nobody, is worth a search. What holds the whole state cannot be halved.
    pub(super) fn can_search(&self, pending: &Pending, limits: &Limits) -> bool {
        let is_partial = self.protocol == Protocol::Delta || !self.is_full_state();
        let is_new = self.refused.is_none() && !pending.is_last_try;
        is_new && is_partial && limits.max_isolation > 0 && pending.lack.resources().nth(1).is_some()
    }

    /// A refusal that begins a search, or one on the way. The event, unless it found somebody: that is told at the end.
    pub(super) fn isolate(
        &mut self,
        pending: &Pending,
        bad: &[Arc<Resource>],
        lost: BTreeMap<Arc<str>, Owed>,
        nack: Nack,
        now: Instant,
    ) -> Option<Event> {
        let mut suspects: Vec<_> = pending.lack.resources().cloned().collect();
        let found = if suspects.len() == 1 { suspects.clone() } else { bad.to_vec() };
        self.bad.extend(found.iter().map(|it| (it.name.clone(), it.version)));
        let of_portion = pending.continues && lost.is_empty();
        let refused = self.park(pending, lost);
        let event = found.is_empty().then(|| nack.isolating(suspects.len()));
        let Some(search) = &mut refused.search else {
            let mut search = Search { groups: vec![], since: now, sent: 0, of_portion, last: nack, found: vec![] };
            search.halve(suspects);
            refused.search = Some(search);
            return event;
        };
        if found.is_empty() {
            search.last = nack;
            search.halve(suspects);
        } else {
            // Without the bad ones the others deserve a try together.
            suspects.retain(|it| !found.iter().any(|bad| bad.name == it.name));
            search.groups.push(suspects);
            search.found.push(nack.refused(bounded_names(found.iter().map(|it| &it.name))));
        }
        event
    }

    /// Passes over what is no longer suspect, and ends the search if nothing is left or a bound is reached.
    pub(super) fn advance(&mut self, now: Instant, limits: &Limits) {
        let Some(mut search) = self.refused.as_mut().and_then(|it| it.search.take()) else { return };
        while let Some(group) = search.groups.last_mut() {
            group.retain(|it| self.is_suspect(it));
            if !group.is_empty() {
                break;
            }
            search.groups.pop();
        }
        let is_answered = self.pending.is_none();
        let is_late = now.saturating_duration_since(search.since) >= limits.isolation_bound;
        if is_answered && search.groups.is_empty() {
            self.conclude(search);
        } else if is_late || is_answered && search.sent >= limits.max_isolation {
            self.give_up(search);
        } else if let Some(refused) = &mut self.refused {
            refused.search = Some(search);
        }
    }

    /// Whether the client may want this resource and has neither accepted it nor refused it alone.
    fn is_suspect(&self, resource: &Resource) -> bool {
        self.interest.covers(resource)
            && self.bad.get(&resource.name) != Some(&resource.version)
            && self.held.of(&resource.name, &self.interest) != Holding::Exactly(resource.version)
    }

    /// All suspects are cleared or convicted: what else is due follows.
    fn conclude(&mut self, search: Search) {
        self.told.extend(search.found);
        let Some(target) = self.target.clone() else { return };
        let by_label = self.protocol == Protocol::Sotw;
        let is_outdated = self.refused.as_ref().is_some_and(|it| it.is_outdated(&target, &self.interest, by_label));
        self.release();
        if by_label && !is_outdated {
            let lack = self.comparison(&target).lack(&self.owed);
            // Or else the label, which the halves had too, would be a reason to send them all together once more.
            if partial_answer(&target, &self.interest, &lack, self.flavour).is_none() {
                self.held.settle(&target, lack.withheld());
            }
        }
    }

    /// The rest is parked, as it would be without a search.
    fn give_up(&mut self, search: Search) {
        let Search { groups, of_portion, last, found, .. } = search;
        self.told.extend(found);
        let unanswered = self.pending.iter().flat_map(|it| it.lack.resources()).cloned();
        let suspects = unanswered.chain(groups.into_iter().rev().flatten());
        let rest: Vec<_> = suspects.filter(|it| self.is_suspect(it)).collect();
        self.told.push(last.refused(bounded_names(rest.iter().map(|it| &it.name))));
        if let Some(pending) = &mut self.pending {
            pending.is_last_try = true;
        }
        self.unexamined = true;
        if let Some(refused) = self.refused.as_ref().filter(|_| of_portion) {
            self.parked.add(refused.set.label(), &rest);
            self.release();
        }
    }
}
