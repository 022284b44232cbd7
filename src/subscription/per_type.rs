//! One type on one stream: what is asked for, held, unanswered, refused, and whether a response is due.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::dues::Dues;
use super::held::{Held, Holding};
use super::interest::Interest;
use super::isolation::Search;
use super::lack::{Comparison, Lack, Listing, Owed};
use super::message::{Event, Limits, Protocol, Response};
use super::nonce::{Nonce, Nonces};
use super::portion::Measure;
use super::refusal::{Parked, Refused};
use super::response::{self, Answer};
use crate::resource::{Flavour, ResourceType, Version};
use crate::snapshot::{TypeSet, nonce_field};

/// The subscription of one type on one stream: nearly all protocol state lives here (P26, P141).
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) kind: ResourceType,
    pub(super) protocol: Protocol,
    pub(super) flavour: Flavour,
    pub(super) interest: Interest,
    pub(super) held: Held,
    /// What is due whatever the client holds.
    pub(super) owed: Dues,
    /// The next response goes out even if it is empty (P69, P108).
    pub(super) must_reply: bool,
    /// Among what is due is something that the client newly asked for, which need not wait for ever (P240).
    pub(super) demanded: bool,
    /// The version that a reconnecting SotW client says it has of the whole set (P53).
    pub(super) claimed: Option<Version>,
    /// The one response without an answer (P239).
    pub(super) pending: Option<Pending>,
    pub(super) refused: Option<Refused>,
    pub(super) parked: Parked,
    /// Versions that the client named in its NACKs or refused alone: not sent again, the others are (P100, P101).
    pub(super) bad: BTreeMap<Arc<str>, Version>,
    /// What searches found and nobody has heard yet.
    pub(super) told: Vec<Event>,
    /// What the client should have; `None` before the first view (P19, P20).
    pub(super) target: Option<Arc<TypeSet>>,
    generation: u64,
    pub(super) last_nonce: Option<Nonce>,
    /// Whether any request came already: what is allowed in a first request only is judged by it.
    pub(super) heard: bool,
    /// Whether something may be due: found out by `poll`, so that nothing is computed for who cannot take it.
    pub(super) unexamined: bool,
}

/// A response on its way.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) nonce: Nonce,
    pub(super) since: Instant,
    pub(super) target: Arc<TypeSet>,
    pub(super) generation: u64,
    pub(super) version_info: String,
    pub(super) lack: Lack,
    /// The set of which the client has all that it wants once it accepts: `target`, or for a portion that is shared a set
    /// on the way there. Without one it has what it had, and what is in `lack`.
    pub(super) reaches: Option<Arc<TypeSet>>,
    /// Whether it is a portion, and the next one follows when it is answered (P243).
    pub(super) continues: bool,
    /// Whether the search that it was a part of is over: then its refusal begins no other (P101).
    pub(super) is_last_try: bool,
    /// What this response, and those given up before it, brought by names that were dropped since: should the client
    /// want it again by a wildcard before it reads them, it will have it.
    pub(super) given_up: BTreeSet<Arc<str>>,
}

/// What goes out next.
struct Due {
    lack: Lack,
    /// As in [`Pending`].
    reaches: Option<Arc<TypeSet>>,
    continues: bool,
}

/// Whether a type may send now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readiness {
    /// Nothing is due, or the client has been silent for too long to wait for it.
    Idle,
    /// A response may be due.
    Ready,
    /// A response may be due, but an earlier one is unanswered: until then it waits, and keeps later types waiting.
    Waiting,
}

impl Subscription {
    pub(super) fn new(kind: ResourceType, protocol: Protocol, flavour: Flavour) -> Self {
        Self {
            held: Held::nothing(&kind),
            kind,
            protocol,
            flavour,
            interest: Interest::default(),
            owed: Dues::default(),
            must_reply: false,
            demanded: false,
            claimed: None,
            pending: None,
            refused: None,
            parked: Parked::default(),
            bad: BTreeMap::new(),
            told: Vec::new(),
            target: None,
            generation: 0,
            last_nonce: None,
            heard: false,
            unexamined: false,
        }
    }

    /// Gives a newer set; `None` if the view has none of this type.
    pub(super) fn handle_set(&mut self, set: Option<&Arc<TypeSet>>, generation: u64) {
        self.generation = generation;
        let known = self.target.as_ref();
        let is_same = match (known, set) {
            (Some(known), Some(set)) => Arc::ptr_eq(known, set),
            (Some(known), None) => known.resources().is_empty() && known.label().is_none(),
            (None, _) => false,
        };
        if !is_same {
            // The user's wish to send once more.
            if self.protocol == Protocol::Sotw && known.and_then(|it| it.label()) != set.and_then(|it| it.label()) {
                self.bad.clear();
            }
            self.target = Some(set.cloned().unwrap_or_else(|| TypeSet::empty(&self.kind)));
            self.unexamined = true;
        }
    }

    pub(super) fn readiness(&self, now: Instant, bound: Duration) -> Readiness {
        if self.target.is_none() || !self.unexamined {
            return Readiness::Idle;
        }
        match &self.pending {
            None => Readiness::Ready,
            Some(pending) if now.saturating_duration_since(pending.since) < bound => Readiness::Waiting,
            Some(_) if self.demanded => Readiness::Ready,
            Some(_) => Readiness::Idle,
        }
    }

    /// Whether nothing is unanswered or due. A refused set that waits for a change is at rest.
    pub(super) fn is_settled(&self) -> bool {
        self.pending.is_none() && !self.unexamined
    }

    /// Whether the client lacks something that it refused.
    pub(super) fn refuses(&self) -> bool {
        self.refused.is_some() || !self.bad.is_empty() || !self.parked.is_empty()
    }

    /// Whether the client accepted the resource of this name or alias as it should be.
    pub(super) fn has(&self, name: &str) -> bool {
        let Some(target) = self.target.as_ref().filter(|_| !self.held.is_nothing()) else { return false };
        let has_all = Arc::ptr_eq(target, self.held.base()) && self.held.exceptions().is_empty();
        target.get(name).is_some_and(|it| match has_all {
            true => self.interest.covers(it),
            false => self.held.of(&it.name, &self.interest) == Holding::Exactly(it.version),
        })
    }

    /// Makes this name due, whatever the client holds.
    pub(super) fn owe(&mut self, name: Arc<str>, why: Owed) {
        self.unexamined = true;
        // In SotW a partial type says nothing of what is absent: that is no reason to send all the rest again (P78).
        let answerable = self.tells_absence() || self.target.as_ref().is_none_or(|it| it.get(&name).is_some());
        self.demanded |= answerable && why == Owed::Answer;
        let owed = self.owed.own().entry(name).or_insert(why);
        *owed = why.max(*owed);
    }

    /// Makes those of these names due that exist and are asked for, whatever the client holds.
    pub(super) fn owe_once_more(&mut self, names: Vec<Arc<str>>) {
        let Some(target) = self.target.clone() else { return };
        for name in names {
            if target.get(&name).is_some_and(|it| self.interest.covers(it)) {
                self.owe(name, Owed::Resend);
            }
        }
    }

    /// Whether the client has nothing, is about to get nothing, and never refused anything.
    pub(super) fn has_nothing(&self) -> bool {
        let is_clean =
            self.pending.is_none() && self.refused.is_none() && self.bad.is_empty() && self.parked.is_empty();
        is_clean && self.held.is_nothing()
    }

    /// Whether each SotW response holds all that the client asks for (P67).
    pub(super) fn is_full_state(&self) -> bool {
        self.kind.rules().full_state || self.interest.is_wildcard()
    }

    /// Whether a response can say that something does not exist.
    pub(super) fn tells_absence(&self) -> bool {
        self.protocol == Protocol::Delta || self.is_full_state() || self.kind.rules().empty_if_absent
    }

    /// The next response, if one is due after all.
    pub(super) fn poll(&mut self, now: Instant, nonces: &mut Nonces, limits: &Limits) -> Option<Response> {
        let target = self.target.clone()?;
        let given_up = self.replace_unanswered(&target)?;
        // A push costs by what changes in it: by then it pays to find out who else has the same names.
        if !Arc::ptr_eq(self.held.base(), &target) {
            self.interest.share();
        }
        self.take_claim(&target);
        self.unpark(&target);
        self.bad.retain(|name, version| target.get(name).is_some_and(|it| it.version == *version));
        self.advance(now, limits);
        let is_asked = self.owed.has_any(Owed::Answer);
        let Due { lack, reaches, continues } = self.take_due(&target, limits);
        let Some(answer) = self.answer(&target, &lack, is_asked) else {
            self.rest(&target, lack);
            return None;
        };
        let nonce = nonces.next();
        if reaches.is_some() {
            self.refused = None;
        }
        self.pending = Some(Pending {
            nonce,
            since: now,
            target,
            generation: self.generation,
            version_info: answer.version_info.clone(),
            lack,
            reaches,
            continues,
            is_last_try: false,
            given_up,
        });
        self.last_nonce = Some(nonce);
        // A portion keeps later types waiting for all the others (P136).
        (self.must_reply, self.demanded, self.unexamined) = (false, false, continues);
        Some(self.response(answer, nonce, limits))
    }

    /// Clears the way for a response. An unanswered one is given up only for something that the client asked for since
    /// (P240), and then nobody will tell what became of it: all that it brought goes out again. Returns what it brought
    /// that is not asked for any more.
    fn replace_unanswered(&mut self, target: &TypeSet) -> Option<BTreeSet<Arc<str>>> {
        let Some(mut pending) = self.pending.take() else { return Some(BTreeSet::new()) };
        let tells_absence = self.tells_absence();
        let is_due = |name: &str| tells_absence || target.get(name).is_some();
        self.demanded = self.must_reply || self.owed.iter().any(|(name, why)| why == Owed::Answer && is_due(name));
        if !self.demanded {
            self.pending = Some(pending);
            return None;
        }
        let lost = self.doubt(&pending);
        if !lost.is_empty() {
            self.owed.own().extend(lost);
        }
        let unwanted = pending.lack.resources().filter(|it| !self.interest.covers(it));
        pending.given_up.extend(unwanted.map(|it| it.name.clone()));
        Some(pending.given_up)
    }

    /// A reconnecting client whose version is that of the whole set has the whole set (P53): if it never asked for
    /// less, in which case it would have dropped some of what it accepted.
    fn take_claim(&mut self, target: &Arc<TypeSet>) {
        let claimed = self.claimed.take();
        if claimed == Some(target.version()) && target.label().is_none() && self.interest.is_pure_legacy() {
            self.held.settle(target, BTreeMap::new());
            self.must_reply = false;
        }
    }

    /// Ends the refusal if something in the set has changed, or must be answered at all costs (P32, P100).
    fn unpark(&mut self, target: &Arc<TypeSet>) {
        let by_label = self.protocol == Protocol::Sotw;
        let is_outdated = |it: &Refused| it.is_outdated(target, &self.interest, by_label);
        if self.must_reply
            || self.refused.as_ref().is_some_and(is_outdated)
            || self.parked.is_outdated(target, by_label)
        {
            self.unrefuse();
        } else if let Some(refused) = &mut self.refused {
            refused.set = target.clone();
        }
    }

    /// Gives what was refused another try.
    pub(super) fn unrefuse(&mut self) {
        self.unexamined |= !self.parked.is_empty();
        self.parked = Parked::default();
        self.release();
    }

    /// The set is parked no longer; what its portions parked is.
    pub(super) fn release(&mut self) {
        if let Some(refused) = self.refused.take() {
            self.told.extend(refused.search.into_iter().flat_map(Search::into_found));
            for (name, why) in refused.owed {
                self.owed.own().entry(name).or_insert(why);
            }
            self.unexamined = true;
        }
    }

    /// Marks all that a response brought as unknown, so that it goes out again with whatever is next (P33); returns the
    /// absences that it told, which are due again too.
    pub(super) fn doubt(&mut self, pending: &Pending) -> BTreeMap<Arc<str>, Owed> {
        for resource in pending.lack.resources().filter(|it| self.interest.covers(it)) {
            self.held.note(resource.name.clone(), Holding::Unknown);
        }
        let is_wanted = |name: &Arc<str>| self.interest.is_wildcard() || self.interest.names().contains(name);
        let told = pending.lack.removals().filter(|it| is_wanted(it));
        told.map(|it| (it.clone(), Owed::Answer)).collect()
    }

    pub(super) fn comparison<'a>(&'a self, target: &'a TypeSet) -> Comparison<'a> {
        Comparison { interest: &self.interest, held: &self.held, bad: &self.bad, parked: &self.parked, target }
    }

    /// What the next response is about: what is lacking, or as much of it as may go at once.
    fn take_due(&mut self, target: &Arc<TypeSet>, limits: &Limits) -> Due {
        let mut owed = std::mem::take(&mut self.owed);
        let is_partial = self.protocol == Protocol::Delta || !self.is_full_state();
        let completes = self.refused.is_none() || !is_partial;
        let measure = Measure::new(self.protocol, self.flavour, target, limits.max_response);
        let lack = if completes {
            let lack = self.comparison(target).lack(&owed);
            if is_partial
                && lack.is_empty()
                && self.is_relabelled(target)
                && measure.is_subset_over(target, &self.interest)
            {
                // The same once more, for its label alone: like anything that is due once more, it can be divided.
                owed.own().extend(self.interest.names().iter().map(|it| (it.clone(), Owed::Resend)));
                self.comparison(target).lack(&owed)
            } else {
                lack
            }
        } else {
            let (listing, later) = self.comparison(target).demanded(&owed);
            owed.retain(|name| !later.contains_key(name));
            let mut probe = None;
            if let Some(refused) = &mut self.refused {
                refused.owed.extend(later);
                let search = refused.search.as_mut().filter(|_| listing.is_empty());
                probe = search.and_then(Search::next);
            }
            Lack::Listed(probe.unwrap_or(listing))
        };
        if is_partial && measure.is_over(&lack) {
            let shared = measure.shared_portion(&lack, &self.comparison(target));
            let shared = shared.map(|it| (Lack::Shared(it.changes), Some(it.reaches)));
            if let Some((portion, reaches)) =
                shared.or_else(|| Some((Lack::Listed(measure.first_portion(&lack)?), None)))
            {
                // What is left out of it is still due once it is accepted.
                owed.retain(|name| !portion.tells(name, target));
                self.owed = owed;
                return Due { lack: portion, reaches, continues: true };
            }
        }
        Due { lack, reaches: completes.then(|| target.clone()), continues: self.is_searching() }
    }

    /// A new label on equal content is sent once in SotW: users bump versions to have it sent.
    fn is_relabelled(&self, target: &TypeSet) -> bool {
        let is_clean = self.refused.is_none() && self.bad.is_empty();
        self.protocol == Protocol::Sotw && is_clean && self.held.base().label() != target.label()
    }

    /// The response's bytes, if one is due. `is_asked`: the client asked for something by name.
    fn answer(&self, target: &TypeSet, lack: &Lack, is_asked: bool) -> Option<Answer> {
        let (interest, flavour) = (&self.interest, self.flavour);
        if self.protocol == Protocol::Delta {
            let is_due = self.must_reply || !lack.is_empty();
            return is_due.then(|| response::delta_answer(target, lack, flavour));
        }
        if interest.is_empty() {
            return None;
        }
        let is_relabelled = self.is_relabelled(target);
        if self.is_full_state() {
            let lacks = self.refused.is_none() && !lack.is_empty();
            let is_due = self.must_reply || is_asked || lacks || is_relabelled;
            return is_due.then(|| response::full_answer(target, interest, flavour));
        }
        let relabelled = || {
            (is_relabelled && interest.selects_any(target)).then(|| response::full_answer(target, interest, flavour))
        };
        response::partial_answer(target, interest, lack, flavour).or_else(relabelled)
    }

    /// Nothing is due: the client is where it should be, or refuses to be.
    fn rest(&mut self, target: &Arc<TypeSet>, lack: Lack) {
        if self.refused.is_none() {
            self.held.settle(target, lack.withheld());
        } else if self.refused.as_ref().is_some_and(|it| it.owed.is_empty())
            && self.comparison(target).lack(&Dues::default()).is_nothing()
        {
            // Asked for one by one, all that was refused has been accepted in the end.
            self.refused = None;
            self.held.settle(target, BTreeMap::new());
        }
        (self.demanded, self.unexamined) = (false, false);
    }

    fn response(&self, answer: Answer, nonce: Nonce, limits: &Limits) -> Response {
        let nonce = nonce.to_string();
        let tail = nonce_field(&nonce);
        Response {
            kind: self.kind.clone(),
            version_info: answer.version_info,
            oversize: answer.head.len() + tail.len() > limits.max_response,
            tail,
            nonce,
            generation: self.generation,
            head: answer.head,
            resources: answer.resources,
            removed: answer.removed,
        }
    }
}

impl Pending {
    /// Reduces what it will have delivered to what the client asked for by name (P65).
    pub(super) fn narrow(&mut self, interest: &Interest) {
        let (named, unnamed): (Vec<_>, Vec<_>) = self.lack.resources().partition(|it| interest.names_resource(it));
        self.given_up.extend(unnamed.into_iter().map(|it| it.name.clone()));
        let send = named.into_iter().map(|it| (it.name.clone(), it.clone())).collect();
        let removed = self.lack.removals().filter(|it| interest.names().contains(it)).cloned().collect();
        self.lack = Lack::Listed(Listing { send, removed, ..Listing::default() });
        self.reaches = None;
    }
}
