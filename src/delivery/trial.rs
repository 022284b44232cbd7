//! A generation on trial: who got it first, and what they made of it.
//!
//! Groups are nodes that get the same documents. Each group has a trial of its own, and the generation is promoted when
//! all of them have passed: it is one change, and is refused as one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use super::options::{Options, Policy};
use crate::snapshot::{Generation, Snapshot};
use crate::spec::{Canary, Rollout};

/// An Envoy that a change crashes starts again, with the last good one, and is a candidate again. After so many of a
/// group's canaries were lost nobody is given it any more.
const DEADLY: u32 = 3;

/// A node's number in `Delivery`.
pub(super) type NodeKey = u64;

/// A generation on trial.
#[derive(Debug)]
pub(super) struct Trial {
    pub(super) generation: Arc<Generation>,
    pub(super) began: Instant,
    /// When it was looked at last.
    pub(super) judged: Instant,
    /// By the snapshot that the group would get.
    pub(super) groups: HashMap<GroupKey, Group>,
    /// Whether an operator, or a refusal under `on_nack: hold`, has stopped it.
    pub(super) paused: bool,
}

/// The address of a group's snapshot, which the group keeps alive.
pub(super) type GroupKey = usize;

pub(super) fn group_key(snapshot: &Arc<Snapshot>) -> GroupKey {
    Arc::as_ptr(snapshot).addr()
}

/// One group of nodes.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) policy: Policy,
    /// Who gets it first, and since when.
    pub(super) canaries: BTreeMap<NodeKey, Probation>,
    /// Who had it and left, or said nothing: not asked again.
    pub(super) spent: HashSet<NodeKey>,
    /// What the others are shown meanwhile, by the last good snapshot that they would get.
    pub(super) meanwhile: HashMap<GroupKey, Arc<Snapshot>>,
    /// When a canary was lost last, and how many were.
    pub(super) left: Option<Instant>,
    pub(super) losses: u32,
    /// Whether nobody else can be a canary, as far as is known.
    pub(super) exhausted: bool,
}

/// One canary.
#[derive(Debug, Clone, Copy)]
pub(super) struct Probation {
    pub(super) since: Instant,
    /// When it accepted all of it.
    pub(super) passed: Option<Instant>,
    /// Whether it said nothing in time.
    pub(super) silent: bool,
    /// Whether it refused something already when it was chosen.
    pub(super) refused_before: bool,
}

/// Somebody who could be a canary.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) key: NodeKey,
    pub(super) since: Instant,
    /// Whether it refuses something already.
    pub(super) refuses: bool,
    /// Whether it has not answered what it was shown before: it only came, or says nothing for long.
    pub(super) behind: bool,
    /// Whether `rollout:` names it.
    pub(super) named: bool,
}

/// Where a group stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Passed.
    Passed,
    /// Not yet; what happens next by time alone, if anything does.
    Waits(Option<Instant>),
}

impl Trial {
    pub(super) fn new(generation: Arc<Generation>, now: Instant) -> Self {
        Self { generation, began: now, judged: now, groups: HashMap::new(), paused: false }
    }

    /// The group of this snapshot, made when it is first met.
    pub(super) fn group(&mut self, snapshot: &Arc<Snapshot>, options: &Options) -> &mut Group {
        let generation = &self.generation;
        self.groups.entry(group_key(snapshot)).or_insert_with(|| Group::new(snapshot, generation, options))
    }

    /// How many canaries accepted it, and how many said nothing.
    pub(super) fn counts(&self) -> (usize, usize) {
        let canaries = || self.groups.values().flat_map(|it| it.canaries.values());
        (canaries().filter(|it| it.passed.is_some()).count(), canaries().filter(|it| it.silent).count())
    }
}

impl Group {
    fn new(snapshot: &Arc<Snapshot>, generation: &Generation, options: &Options) -> Self {
        // What a document says first of each thing, in the order of documents.
        let names: HashSet<_> = snapshot.documents.iter().collect();
        let documents = generation.documents().iter().filter(|it| names.contains(&it.name));
        let said = documents.fold(Rollout::default(), |said, it| said.within(&it.rollout));
        Self {
            snapshot: snapshot.clone(),
            policy: Policy::of(&said.within(&options.rollout)),
            canaries: BTreeMap::new(),
            spent: HashSet::new(),
            meanwhile: HashMap::new(),
            left: None,
            losses: 0,
            exhausted: false,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.policy.canary == Canary::Off
    }

    /// How many more canaries it takes, of a group of so many nodes.
    fn lacks(&self, nodes: usize, named: usize) -> usize {
        let wanted = match &self.policy.canary {
            Canary::Off => 0,
            Canary::One => 1,
            Canary::Share(percent) => (nodes * usize::from(*percent)).div_ceil(100).max(1),
            Canary::Nodes(_) => named.max(1),
        };
        wanted.saturating_sub(self.canaries.values().filter(|it| !it.silent).count())
    }

    /// Makes canaries of the steadiest of these; returns who they are.
    pub(super) fn fill(&mut self, mut candidates: Vec<Candidate>, now: Instant) -> Vec<NodeKey> {
        let (nodes, named) = (candidates.len(), candidates.iter().filter(|it| it.named).count());
        let lacks = self.lacks(nodes, named);
        candidates.retain(|it| !self.canaries.contains_key(&it.key) && !self.spent.contains(&it.key));
        candidates.sort_by_key(|it| (!it.named, it.refuses, it.behind, it.since, it.key));
        candidates.truncate(lacks);
        let probation = |refused_before| Probation { since: now, passed: None, silent: false, refused_before };
        self.canaries.extend(candidates.iter().map(|it| (it.key, probation(it.refuses))));
        self.exhausted = candidates.len() < lacks;
        candidates.iter().map(|it| it.key).collect()
    }

    /// Notes who said nothing in time.
    pub(super) fn silence(&mut self, now: Instant) -> Vec<NodeKey> {
        let timeout = self.policy.ack_timeout;
        let late = self.canaries.iter_mut().filter(|(_, it)| it.passed.is_none() && !it.silent);
        let late = late.filter(|(_, it)| now >= it.since + timeout);
        let late: Vec<_> = late
            .map(|(key, it)| {
                it.silent = true;
                *key
            })
            .collect();
        self.exhausted &= late.is_empty();
        self.spent.extend(&late);
        late
    }

    /// A node left: somebody else has to be asked. Returns whether it was a canary.
    pub(super) fn leave(&mut self, key: NodeKey, now: Instant) -> bool {
        let Some(canary) = self.canaries.remove(&key) else { return false };
        self.left = Some(now);
        self.losses += 1;
        self.exhausted &= canary.passed.is_some();
        true
    }

    /// Whether so many canaries were lost that what they tried may be the reason.
    pub(super) fn is_deadly(&self) -> bool {
        self.losses >= DEADLY
    }

    /// After a pause nobody is silent yet, nor lost.
    pub(super) fn resume(&mut self, now: Instant) {
        self.losses = 0;
        self.canaries.values_mut().filter(|it| it.passed.is_none()).for_each(|it| it.since = now);
    }

    pub(super) fn verdict(&self, began: Instant, options: &Options, now: Instant) -> Verdict {
        if self.is_open() {
            return Verdict::Passed;
        }
        let heard = || self.canaries.values().filter(|it| !it.silent);
        let timeout = self.policy.ack_timeout;
        if let Some(first) = heard().filter(|it| it.passed.is_none()).map(|it| it.since).min() {
            return Verdict::Waits(Some(first + timeout));
        }
        let due = match heard().filter_map(|it| it.passed).max() {
            Some(last) => last + self.policy.bake,
            None if !self.canaries.is_empty() && !options.silence_proceeds => return Verdict::Waits(None),
            // Whoever crashed by it, or is just being restarted, has this long to come back.
            None => match (self.left, self.canaries.is_empty()) {
                (Some(left), _) => left.max(began) + timeout,
                (None, true) => began + timeout,
                (None, false) => now,
            },
        };
        if now >= due { Verdict::Passed } else { Verdict::Waits(Some(due)) }
    }
}
