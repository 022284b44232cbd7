//! A generation on trial: who got it first, and what they made of it.
//!
//! Groups are nodes that get the same documents. Each group has a trial of its own, and the generation is promoted when
//! all of them have passed: it is one change, and is refused as one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::losses::Losses;
use super::options::{Options, Policy};
use crate::resource::Node;
use crate::snapshot::{Generation, Snapshot};
use crate::spec::{Canary, Rollout};

/// How often canaries are asked in one search, twice as many each time: nodes that never answer must not hold up a change
/// one after the other.
const ROUNDS: u32 = 3;

/// For how long a group whose canaries were lost is waited for when nobody of it is connected. Envoy tries to reconnect
/// every 30 seconds, or more often.
const COMEBACK: Duration = Duration::from_secs(60);

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
    /// The group of each node that it changes something for.
    pub(super) group_of: HashMap<NodeKey, GroupKey>,
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
    /// Connected nodes that the trial changes something for.
    pub(super) members: BTreeSet<NodeKey>,
    /// Who gets it first, and since when.
    pub(super) canaries: BTreeMap<NodeKey, Probation>,
    /// How many canaries have to accept it.
    wanted: usize,
    /// Who had it and refused it, or said nothing: not asked again.
    pub(super) spent: HashSet<NodeKey>,
    /// Who refused it, and is not believed alone.
    pub(super) doubted: Vec<(NodeKey, Arc<Node>)>,
    /// What the others are shown meanwhile, by the last good snapshot that they would get.
    pub(super) meanwhile: HashMap<GroupKey, Arc<Snapshot>>,
    /// The canaries that are gone, and when the last one left.
    pub(super) losses: Losses,
    left: Option<Instant>,
    /// When the search for a canary began, and how often some said nothing in it.
    search: Option<Instant>,
    round: u32,
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
    /// When it said something last.
    pub(super) heard: Instant,
    /// How often it refused a change lately.
    pub(super) refusals: u32,
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
    /// Nobody accepted it, and the only word is the refusal of a node that was not believed alone.
    Refused,
    /// Not yet; what happens next by time alone, if anything does.
    Waits(Option<Instant>),
}

impl Trial {
    pub(super) fn new(generation: Arc<Generation>, now: Instant) -> Self {
        Self { generation, began: now, judged: now, groups: HashMap::new(), group_of: HashMap::new(), paused: false }
    }

    /// Whether it goes no further: an operator, or a refusal under `on_nack: hold`, has stopped it, or too many canaries
    /// were lost.
    pub(super) fn is_held(&self) -> bool {
        self.paused || self.groups.values().any(|it| it.losses.are_deadly())
    }

    /// How many canaries were lost that count against it.
    pub(super) fn losses(&self) -> usize {
        self.groups.values().map(|it| it.losses.count()).sum()
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
            members: BTreeSet::new(),
            canaries: BTreeMap::new(),
            wanted: 1,
            spent: HashSet::new(),
            doubted: Vec::new(),
            meanwhile: HashMap::new(),
            losses: Losses::default(),
            left: None,
            search: None,
            round: 0,
            exhausted: false,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.policy.canary == Canary::Off
    }

    /// A node is there that the trial changes something for.
    pub(super) fn join(&mut self, key: NodeKey) {
        self.members.insert(key);
        self.exhausted = false;
        if self.round >= ROUNDS {
            (self.round, self.search) = (0, None);
        }
    }

    /// Decides how many canaries it takes: of the members, so many are named. Returns how many it lacks.
    pub(super) fn want(&mut self, named: usize) -> usize {
        self.wanted = match &self.policy.canary {
            Canary::Off => 0,
            Canary::One => 1,
            Canary::Share(percent) => (self.members.len() * usize::from(*percent)).div_ceil(100).max(1),
            Canary::Nodes(_) => named.max(1),
        };
        self.lacks()
    }

    fn lacks(&self) -> usize {
        self.wanted.saturating_sub(self.canaries.values().filter(|it| !it.silent).count())
    }

    /// Whether another canary may be asked now, if it takes one.
    pub(super) fn may_ask(&self) -> bool {
        !self.is_open() && !self.exhausted && self.round < ROUNDS && self.losses.settles().is_none()
    }

    /// Makes canaries of the steadiest of these, or, once some said nothing, of those that said something last; returns who
    /// they are.
    pub(super) fn fill(&mut self, mut candidates: Vec<Candidate>, now: Instant) -> Vec<NodeKey> {
        // Twice as many each time; who refused lately only if there are too few others.
        let lacks = self.lacks();
        let calm = candidates.iter().filter(|it| it.refusals == 0).count();
        let count = (lacks << self.round).min(calm.max(lacks));
        let heard = |it: &Candidate| (self.round > 0).then_some(Reverse(it.heard));
        candidates.sort_by_key(|it| (!it.named, it.refusals, it.refuses, it.behind, heard(it), it.since, it.key));
        candidates.truncate(count);
        let probation = |refused_before| Probation { since: now, passed: None, silent: false, refused_before };
        self.canaries.extend(candidates.iter().map(|it| (it.key, probation(it.refuses))));
        self.exhausted = candidates.len() < count;
        if !candidates.is_empty() {
            self.search.get_or_insert(now);
        }
        candidates.iter().map(|it| it.key).collect()
    }

    /// When the next canary is late that has not answered.
    fn due(&self) -> Option<Instant> {
        let timeout = self.policy.ack_timeout;
        let waiting = self.canaries.values().filter(|it| it.passed.is_none() && !it.silent);
        let first = waiting.map(|it| it.since).min()? + timeout;
        Some(self.search.map_or(first, |it| first.min(it + timeout * ROUNDS)))
    }

    /// Notes who said nothing in time: in its own, or in that of the whole search.
    pub(super) fn silence(&mut self, now: Instant) -> Vec<NodeKey> {
        let timeout = self.policy.ack_timeout;
        let is_over = self.search.is_some_and(|it| now >= it + timeout * ROUNDS);
        let late = self.canaries.iter_mut().filter(|(_, it)| it.passed.is_none() && !it.silent);
        let late = late.filter(|(_, it)| is_over || now >= it.since + timeout);
        let late: Vec<_> = late
            .map(|(key, it)| {
                it.silent = true;
                *key
            })
            .collect();
        if !late.is_empty() {
            self.exhausted = false;
            self.round = if is_over { ROUNDS } else { self.round + 1 };
        }
        self.spent.extend(&late);
        late
    }

    /// A node left: somebody else may have to be asked. Returns whether it was a canary.
    pub(super) fn leave(&mut self, key: NodeKey, node: &Arc<Node>, now: Instant) -> bool {
        self.members.remove(&key);
        self.spent.remove(&key);
        let Some(canary) = self.canaries.remove(&key) else {
            self.losses.other_left();
            return false;
        };
        self.left = Some(now);
        self.losses.add(node.clone(), canary, now);
        self.exhausted = false;
        if self.canaries.is_empty() {
            (self.round, self.search) = (0, None);
        }
        true
    }

    /// A canary that was lost is there again with what it had: it goes on, unless another took its place.
    pub(super) fn resume_canary(&mut self, key: NodeKey, probation: Probation) -> bool {
        let goes_on = self.lacks() > 0;
        if goes_on {
            self.canaries.insert(key, probation);
            self.spent.extend(probation.silent.then_some(key));
        }
        goes_on
    }

    /// A canary refused it, and another of the group is to be asked. Returns whether there is anybody.
    pub(super) fn doubt(&mut self, key: NodeKey, node: &Arc<Node>) -> bool {
        self.canaries.remove(&key);
        self.spent.insert(key);
        if self.doubted.iter().all(|it| it.0 != key) {
            self.doubted.push((key, node.clone()));
        }
        self.exhausted = false;
        let is_left = |it: &NodeKey| !self.spent.contains(it);
        self.canaries.values().any(|it| !it.silent) || self.members.iter().any(is_left)
    }

    /// After a pause nobody is silent yet, nor lost, and who was not believed is passed over.
    pub(super) fn resume(&mut self, now: Instant) {
        self.losses.clear();
        self.doubted.clear();
        self.restart_clock(now);
    }

    /// Time that passed while the trial was held counts for nobody.
    pub(super) fn restart_clock(&mut self, now: Instant) {
        self.search = self.search.map(|_| now);
        self.canaries.values_mut().filter(|it| it.passed.is_none()).for_each(|it| it.since = now);
    }

    pub(super) fn verdict(&self, began: Instant, options: &Options, now: Instant) -> Verdict {
        if self.is_open() {
            return Verdict::Passed;
        }
        let mut passed: Vec<_> = self.canaries.values().filter(|it| !it.silent).filter_map(|it| it.passed).collect();
        passed.sort_unstable();
        let enough = self.wanted.checked_sub(1).and_then(|it| passed.get(it));
        // A lost canary may be back in a moment.
        let waits = [self.due(), self.losses.settles()].into_iter().flatten().min();
        let due = match (enough, waits, passed.last()) {
            (Some(last), _, _) => *last + self.policy.bake,
            (None, Some(due), _) => return Verdict::Waits(Some(due)),
            (None, None, Some(last)) => *last + self.policy.bake,
            (None, None, None) if !self.doubted.is_empty() => return Verdict::Refused,
            (None, None, None) if self.canaries.is_empty() => match self.left {
                Some(left) => left + COMEBACK.max(self.policy.ack_timeout),
                None => began + self.policy.ack_timeout,
            },
            (None, None, None) if !options.silence_proceeds => return Verdict::Waits(None),
            (None, None, None) => now,
        };
        if now >= due { Verdict::Passed } else { Verdict::Waits(Some(due)) }
    }
}
