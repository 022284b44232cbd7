//! What a request does to the subscription of its type, in either protocol.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::held::{Holding, exact};
use super::interest::Shift;
use super::isolation::Nack;
use super::lack::Owed;
use super::message::{Event, Limits, Misuse, Refusal};
use super::name_list::NameList;
use super::nonce::Nonces;
use super::per_type::{Pending, Subscription};
use super::refusal::{Refused, names_of};
use crate::resource::Version;

/// What the stream knows about a request besides its names.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) nonce: &'a str,
    pub(super) error: Option<Refusal>,
    pub(super) now: Instant,
    pub(super) nonces: &'a Nonces,
    pub(super) limits: &'a Limits,
    /// Whether this client means all resources by a first request without names (P63).
    pub(super) has_legacy_wildcard: bool,
}

/// The names of a delta request.
#[derive(Debug)]
pub(super) struct DeltaNames<'a> {
    pub(super) subscribe: &'a [String],
    pub(super) unsubscribe: &'a [String],
    pub(super) initial_versions: &'a [(String, String)],
}

/// What a request says by its nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// The first of its type on this stream, whatever nonce it carries from an older one (P39).
    First,
    /// Nothing about a response.
    Unrelated,
    /// An ACK or a NACK, which has been dealt with.
    Answer,
    /// A further request at a nonce that is answered already (P42).
    Again,
}

impl Subscription {
    /// Takes a state-of-the-world request. The names count whatever the nonce says (P34, P36–P38).
    pub(super) fn handle_sotw(
        &mut self,
        context: Context<'_>,
        version_info: &str,
        names: NameList,
    ) -> Result<Vec<Event>, Misuse> {
        let fingerprint = names.fingerprint();
        let names = if self.interest.is_repeated(fingerprint) { None } else { Some(self.read(names, context.limits)?) };
        let mut events = Vec::new();
        let is_refusal = context.error.is_some();
        if let Some(pending) = &self.pending
            && !is_refusal
            && pending.nonce.is(context.nonce)
            && pending.version_info != version_info
        {
            let (sent, claimed) = (pending.version_info.clone(), version_info.chars().take(64).collect());
            events.push(Event::VersionMismatch { kind: self.kind.clone(), sent, claimed });
        }
        if context.nonce.is_empty() && self.last_nonce.is_some() {
            events.push(Event::Stale { kind: self.kind.clone() });
        }
        let has_legacy_wildcard = context.has_legacy_wildcard;
        let meaning = self.correlate(context, &mut events);
        let shift = match names {
            None => Shift::default(),
            Some(names) if meaning == Meaning::First && names.is_empty() && has_legacy_wildcard => {
                self.interest.begin_legacy_wildcard()
            }
            Some(names) => {
                let target = self.target.clone();
                self.interest.replace(&names, fingerprint, |name| intern(target.as_deref(), name))
            }
        };
        if meaning == Meaning::First && self.kind.rules().full_state && self.interest.is_pure_legacy() {
            // Of a mixture, what it is made of follows.
            self.claimed = version_info.split('/').next().and_then(|it| it.parse().ok());
        }
        if meaning == Meaning::Again && !is_refusal && shift.is_empty() {
            self.renew(&mut events);
        }
        let is_full_state = self.is_full_state();
        self.must_reply |= is_full_state && meaning == Meaning::First && !self.interest.is_empty();
        self.follow(shift, meaning, &mut events);
        Ok(events)
    }

    /// The names of a list that is not the last one.
    fn read(&self, names: NameList, limits: &Limits) -> Result<Vec<String>, Misuse> {
        let kind = &self.kind;
        let names = names.read().map_err(|it| Misuse::invalid(format!("{kind}: resource_names: {it}")))?;
        limits.check(&kind.to_string(), names.len(), &names)?;
        Ok(names)
    }

    /// Takes a delta request. The names count whatever the nonce says (P91).
    pub(super) fn handle_delta(&mut self, context: Context<'_>, names: &DeltaNames<'_>) -> Result<Vec<Event>, Misuse> {
        let DeltaNames { subscribe, unsubscribe, initial_versions } = names;
        let kind = self.kind.to_string();
        let limits = context.limits;
        limits.check(&kind, subscribe.len(), *subscribe)?;
        limits.check(&kind, initial_versions.len(), initial_versions.iter().map(|(name, _)| name))?;
        let mut events = Vec::new();
        let has_legacy_wildcard = context.has_legacy_wildcard;
        let meaning = self.correlate(context, &mut events);
        let is_first = meaning == Meaning::First;
        let shift = if is_first && has_legacy_wildcard && subscribe.is_empty() && unsubscribe.is_empty() {
            self.interest.begin_legacy_wildcard()
        } else {
            let target = self.target.clone();
            self.interest.amend(subscribe, unsubscribe, |name| intern(target.as_deref(), name))
        };
        limits.check(&kind, self.interest.names().len(), [])?;
        self.follow(shift, meaning, &mut events);
        // Also if it names nothing: Envoy's first request for virtual hosts does, and its listener waits for the answer.
        self.must_reply |= is_first;
        self.unexamined |= is_first;
        if is_first {
            self.take_initial_versions(initial_versions);
        }
        Ok(events)
    }

    /// Finds out what the nonce says, and deals with an ACK or NACK.
    fn correlate(&mut self, context: Context<'_>, events: &mut Vec<Event>) -> Meaning {
        if !std::mem::replace(&mut self.heard, true) {
            return Meaning::First;
        }
        if context.nonce.is_empty() {
            return Meaning::Unrelated;
        }
        if !self.last_nonce.is_some_and(|it| it.is(context.nonce)) {
            let kind = self.kind.clone();
            let is_ours = context.nonces.has_sent(context.nonce);
            events.push(if is_ours { Event::Stale { kind } } else { Event::UnknownNonce { kind } });
            return Meaning::Unrelated;
        }
        let Some(pending) = self.pending.take() else { return Meaning::Again };
        events.extend(match context.error {
            Some(refusal) => self.refuse(pending, refusal.bounded(), context.now, context.limits),
            None => Some(self.accept(pending, context.now)),
        });
        self.advance(context.now, context.limits);
        events.append(&mut self.told);
        Meaning::Answer
    }

    /// An ACK: what was sent is held (P28).
    fn accept(&mut self, pending: Pending, now: Instant) -> Event {
        let event = Event::Acked {
            kind: self.kind.clone(),
            nonce: pending.nonce.to_string(),
            version: pending.version_info,
            generation: pending.generation,
            after: now.saturating_duration_since(pending.since),
        };
        let is_current = self.target.as_ref().is_some_and(|it| Arc::ptr_eq(it, &pending.target));
        self.unexamined |= !is_current || !self.owed.is_empty() || self.refused.is_some();
        if pending.completes {
            let mut exceptions = pending.lack.withheld();
            exceptions.retain(|name, _| exact(&pending.target, name).is_some_and(|it| self.interest.covers(it)));
            self.held.settle(&pending.target, exceptions);
        } else {
            for resource in pending.lack.resources().filter(|it| self.interest.covers(it)) {
                self.held.note(resource.name.clone(), Holding::Exactly(resource.version));
                self.parked.remove(&resource.name);
            }
            for name in pending.lack.removals() {
                self.held.lacks(name);
            }
        }
        // What was asked for after the response was written is not answered by it (P72, P73).
        for (name, _) in self.owed.iter().filter(|(_, why)| **why == Owed::Answer) {
            self.held.lacks(name);
        }
        event
    }

    /// A NACK: what was sent is parked until something in it changes (P30), or tried again in portions (P101).
    fn refuse(&mut self, pending: Pending, refusal: Refusal, now: Instant, limits: &Limits) -> Option<Event> {
        let bad = refusal.bad_resources(&pending);
        let lost = self.doubt(&pending);
        self.unexamined = true;
        // What the client no longer asks for may have been the reason: then the rest deserves another try.
        let is_same = pending.lack.resources().all(|it| self.interest.covers(it));
        let is_searched = self.is_searching() || bad.is_empty() && self.can_search(&pending, limits);
        let names = names_of(&pending, &bad);
        let nack = Nack::new(&self.kind, &pending, refusal);
        if is_searched && is_same {
            return self.isolate(&pending, &bad, lost, nack, now);
        }
        if self.protocol == super::Protocol::Delta {
            self.bad.extend(bad.iter().map(|it| (it.name.clone(), it.version)));
        }
        if pending.continues && lost.is_empty() && self.refused.is_none() {
            self.parked.add(pending.target.label(), pending.lack.resources());
        } else {
            self.park(&pending, lost);
        }
        if !is_same {
            self.unrefuse();
        }
        let count = pending.lack.resources().count();
        Some(if is_searched && bad.is_empty() { nack.isolating(count) } else { nack.refused(names) })
    }

    /// Keeps back the whole set.
    pub(super) fn park(&mut self, pending: &Pending, lost: BTreeMap<Arc<str>, Owed>) -> &mut Refused {
        let refused = self.refused.get_or_insert_with(|| Refused::of(&pending.target));
        refused.set = pending.target.clone();
        refused.owed.extend(lost);
        refused
    }

    /// A warming client asks again for what it has (P66). Types that it gets whole, or by wildcard, need no such thing.
    fn renew(&mut self, events: &mut Vec<Event>) {
        if self.is_full_state() || self.interest.is_empty() {
            return;
        }
        for name in self.interest.names().clone().iter() {
            self.owe(name.clone(), Owed::Resend);
        }
        events.push(Event::Renewed { kind: self.kind.clone() });
    }

    /// Lets what is held and owed follow the interest.
    fn follow(&mut self, shift: Shift, meaning: Meaning, events: &mut Vec<Event>) {
        if shift.is_empty() && meaning != Meaning::First {
            return;
        }
        events.push(Event::Subscribed {
            kind: self.kind.clone(),
            wildcard: self.interest.is_wildcard(),
            names: self.interest.names().len(),
            added: shift.added.len() + shift.renewed.len(),
            dropped: shift.dropped.len(),
        });
        self.must_reply &= !self.interest.is_empty();
        self.unexamined |= self.must_reply;
        let had_wildcard = !shift.widened && self.interest.is_wildcard();
        for name in &shift.dropped {
            self.drop_name(name);
        }
        if shift.narrowed {
            self.drop_unnamed();
        }
        // Who has nothing lacks whatever exists, without a mark at each name; of the rest these types say nothing.
        let lacks_all = !self.tells_absence() && self.has_nothing();
        self.unexamined |= lacks_all && !shift.added.is_empty();
        for name in shift.added.into_iter().filter(|_| !lacks_all) {
            if !had_wildcard {
                self.held.lacks(&name);
            }
            self.ask(name);
        }
        for name in shift.renewed {
            self.ask(name);
        }
        if shift.widened {
            self.widen();
        }
    }

    /// The client asks for this name: it is answered, refused before or not (P72, P94).
    fn ask(&mut self, name: Arc<str>) {
        let canonical = self.target.as_ref().and_then(|it| it.get(&name)).map(|it| it.name.clone());
        self.bad.remove(canonical.as_ref().unwrap_or(&name));
        self.parked.remove(canonical.as_ref().unwrap_or(&name));
        self.owe(name, Owed::Answer);
    }

    /// Forgets a name that is no longer asked for (P73, P96); under a wildcard it is answered once more (P97).
    fn drop_name(&mut self, name: &Arc<str>) {
        if self.interest.is_wildcard() {
            if self.protocol == super::Protocol::Delta {
                self.ask(name.clone());
            }
            return;
        }
        self.owed.remove(name);
        if let Some(refused) = &mut self.refused {
            refused.owed.remove(name);
        }
        // It may have been the reason of the refusal: the rest deserves another try.
        let canonical = self.held.base().get(name).or_else(|| self.target.as_ref()?.get(name)).map(|it| &it.name);
        if self.held.of(canonical.unwrap_or(name), &self.interest) == Holding::Unknown {
            self.unrefuse();
        }
        let pending = self.pending.as_ref().map(|it| &it.target);
        let sets = [Some(self.held.base()), self.target.as_ref(), pending];
        let resources: Vec<_> = sets.into_iter().flatten().filter_map(|set| set.get(name)).cloned().collect();
        for resource in resources.iter().filter(|it| !self.interest.covers(it)) {
            self.held.forget(&resource.name);
            self.bad.remove(&resource.name);
        }
        if resources.is_empty() {
            self.held.forget(name);
            self.bad.remove(name);
        }
    }

    /// The wildcard ended: what came only by it is forgotten (P65).
    fn drop_unnamed(&mut self) {
        self.unrefuse();
        let names = self.interest.names();
        self.owed.retain(|name, _| names.contains(name));
        let sets = [Some(self.held.base().clone()), self.target.clone()];
        let is_wanted = |name: &str| {
            let mut resources = sets.iter().flatten().filter_map(|set| exact(set, name));
            names.contains(name) || resources.any(|it| self.interest.covers(it))
        };
        self.held.retain(is_wanted);
        self.bad.retain(|name, _| is_wanted(name));
    }

    /// A wildcard begins: what is held is known by name from here on, all else is lacking, and an answer is due even
    /// if there is nothing, so that the client's start does not wait for it.
    fn widen(&mut self) {
        self.held.enumerate(&self.interest);
        if let Some(pending) = &mut self.pending {
            pending.narrow(&self.interest);
            for name in &pending.given_up {
                self.held.note(name.clone(), Holding::Unknown);
            }
        }
        if self.is_full_state() && self.protocol == super::Protocol::Sotw {
            // Each response holds all from now on.
            self.bad.clear();
        }
        (self.must_reply, self.unexamined) = (true, true);
    }

    /// Takes what a reconnecting delta client still has. That subscribes to nothing (P102, P107).
    fn take_initial_versions(&mut self, initial_versions: &[(String, String)]) {
        let rules = self.kind.rules();
        let is_wildcard = self.interest.is_wildcard();
        for (name, version) in initial_versions {
            // A resource got by alias is known here by its own name only: whether it is still wanted, the set will tell.
            if !is_wildcard && !rules.by_alias && !self.interest.names().contains(name) {
                continue;
            }
            let name = intern(self.target.as_deref(), name);
            // Clusters and listeners that are equal are not sent again, others are: who asks by name may be warming
            // (P104, P106).
            if rules.full_state && self.owed.get(&name) == Some(&Owed::Answer) {
                self.owed.insert(name.clone(), Owed::Confirm);
            }
            let holding = version.parse::<Version>().map_or(Holding::Unknown, Holding::Exactly);
            self.held.note(name, holding);
        }
    }
}

impl Limits {
    /// Checks the size of one type's list of names (P253).
    fn check<'a>(&self, kind: &str, count: usize, names: impl IntoIterator<Item = &'a String>) -> Result<(), Misuse> {
        if count > self.max_names {
            return Err(Misuse::exhausted(format!(
                "{kind}: {count} names, of which at most {} are allowed",
                self.max_names
            )));
        }
        match names.into_iter().map(String::len).max() {
            Some(len) if len > self.max_name_len => Err(Misuse::exhausted(format!(
                "{kind}: a name of {len} bytes, of which at most {} are allowed",
                self.max_name_len
            ))),
            _ => Ok(()),
        }
    }
}

/// The name as the set has it, so that streams with equal names share the text.
fn intern(set: Option<&crate::snapshot::TypeSet>, name: &str) -> Arc<str> {
    let resource = set.and_then(|it| it.get(name));
    let known = resource.and_then(|it| std::iter::once(&it.name).chain(&it.aliases).find(|it| ***it == *name));
    known.cloned().unwrap_or_else(|| name.into())
}
