//! From what canaries do to what becomes of the generation.

use std::sync::Arc;
use std::time::Instant;

use super::command::{Command, NoTrial};
use super::goal::{Difference, difference};
use super::node::NodeState;
use super::notice::{Ending, Nack, Notice};
use super::state::{Delivery, StreamKey};
use super::trial::{Candidate, Group, GroupKey, NodeKey, Probation, Trial, Verdict, group_key};
use crate::resource::Node;
use crate::snapshot::Snapshot;
use crate::spec::{Canary, OnNack};

impl Delivery {
    /// A stream's client refused something of this generation.
    pub fn refuse(&mut self, stream: StreamKey, generation: u64, nack: Nack, now: Instant) {
        let Some(key) = self.key_of(stream) else { return };
        let course = self.nodes.get(&key).map(|it| &it.course);
        let is_of_goal = course.is_some_and(|it| it.is_of_goal(&nack.kind, &nack.names));
        self.notices.push_back(Notice::Nacked { generation, nack });
        if !is_of_goal {
            return;
        }
        match &self.trial {
            Some(trial) if trial.generation.number == generation => self.refuse_trial(key, now),
            _ => {
                let ignore = self.options.policy().on_nack == OnNack::Ignore;
                self.refuse_course(key, generation, ignore);
            }
        }
    }

    /// Whether a canary refuses what an earlier trial brought it, and this one brings too: then nothing is sent again
    /// that it could refuse.
    pub(super) fn refuses_trial(&self, key: NodeKey) -> bool {
        let group = self.group_of(key).and_then(|it| self.trial.as_ref()?.groups.get(&it));
        group.and_then(|it| it.canaries.get(&key)).is_some_and(|it| !it.refused_before && it.passed.is_none())
    }

    /// A node refuses what is on trial.
    pub(super) fn refuse_trial(&mut self, key: NodeKey, now: Instant) {
        let group = self.group_of(key);
        let Some(trial) = &mut self.trial else { return };
        let generation = trial.generation.number;
        let group = group.and_then(|it| trial.groups.get_mut(&it));
        let usual = || self.options.policy().on_nack;
        match group.as_ref().map_or_else(usual, |it| it.policy.on_nack) {
            OnNack::Rollback => self.take_back(Ending::RolledBack, now),
            OnNack::Hold => {
                trial.paused = true;
                self.refuse_course(key, generation, false);
            }
            OnNack::Ignore => {
                if let Some(canary) = group.and_then(|it| it.canaries.get_mut(&key)) {
                    canary.passed = Some(now);
                }
                self.refuse_course(key, generation, true);
                self.judge(now);
            }
        }
    }

    /// An operator decides. Returns the number of the generation on trial, or of the last good one.
    ///
    /// # Errors
    /// When nothing is on trial.
    pub fn command(&mut self, command: Command, now: Instant) -> Result<u64, NoTrial> {
        if command == Command::Retry {
            self.notices.push_back(Notice::Retried);
            return self.good.as_ref().map(|it| it.number).ok_or(NoTrial);
        }
        let trial = self.trial.as_mut().ok_or(NoTrial)?;
        let number = trial.generation.number;
        match command {
            Command::Pause => trial.paused = true,
            Command::Resume => {
                if std::mem::take(&mut trial.paused) {
                    trial.groups.values_mut().for_each(|it| it.resume(now));
                }
                self.judge(now);
            }
            Command::Promote => self.promote(now),
            Command::Abort => self.take_back(Ending::Aborted, now),
            Command::Retry => {}
        }
        Ok(number)
    }

    /// Everyone gets what is on trial.
    fn promote(&mut self, now: Instant) {
        let Some(trial) = self.trial.take() else { return };
        let (accepted, silent) = trial.counts();
        self.accept(trial.generation, accepted, silent, now);
    }

    /// Everyone gets the last good generation back.
    fn take_back(&mut self, ending: Ending, now: Instant) {
        let Some(trial) = self.trial.take() else { return };
        let number = trial.generation.number;
        self.end(number, ending);
        // Whom the last good one gives nothing goes no further on its way.
        self.each_node(|it, key| it.refuse_course(key, number, false));
        self.steer_all(now);
    }

    /// Sorts the connected nodes into groups; what an earlier trial has found out is kept where it still holds.
    pub(super) fn sort(&mut self, before: Option<Trial>, now: Instant) {
        self.each_node(Self::join);
        let (Some(before), Some(trial)) = (before, &mut self.trial) else { return };
        for (key, canary) in before.groups.values().flat_map(|it| &it.canaries) {
            let Some(node) = self.nodes.get(key).map(|it| &it.node) else { continue };
            let Some(new) = trial.generation.select(node).snapshot() else { continue };
            let old = before.generation.select(node).snapshot();
            let Some(group) = trial.groups.get_mut(&group_key(&new)) else { continue };
            // Fresh endpoints are no reason to begin again; anything else is, but with the same nodes.
            let same = old.is_some_and(|it| difference(&it, &new) != Difference::More);
            let fresh = Probation { since: now, passed: None, silent: false, refused_before: canary.refused_before };
            group.canaries.insert(*key, if same { *canary } else { fresh });
        }
    }

    /// Puts a node into the group that the trial changes something for.
    pub(super) fn join(&mut self, key: NodeKey) {
        let (Some(state), Some(good), Some(trial)) = (self.nodes.get(&key), &self.good, &mut self.trial) else {
            return;
        };
        let Some(new) = trial.generation.select(&state.node).snapshot() else { return };
        if good.select(&state.node).snapshot().is_some_and(|old| difference(&old, &new) != Difference::More) {
            return;
        }
        trial.group(&new, &self.options).exhausted = false;
    }

    /// A node is gone.
    pub(super) fn leave(&mut self, key: NodeKey, node: Arc<Node>, now: Instant) {
        let Some(trial) = &mut self.trial else { return };
        let generation = trial.generation.number;
        let lost = trial.groups.values_mut().filter_map(|it| it.leave(key, now).then(|| it.is_deadly()));
        if let Some(held) = lost.reduce(|a, b| a | b) {
            trial.paused |= held;
            self.notices.push_back(Notice::Lost { generation, node, held });
        }
        self.judge(now);
    }

    /// A node has all that it was to get.
    pub(super) fn pass(&mut self, key: NodeKey, now: Instant) {
        let goal = self.nodes.get(&key).and_then(|it| it.course.goal().cloned());
        let (Some(trial), Some(goal)) = (&mut self.trial, goal) else { return };
        let group = trial.groups.get_mut(&group_key(&goal));
        if let Some(canary) = group.and_then(|it| it.canaries.get_mut(&key)).filter(|it| it.passed.is_none()) {
            (canary.passed, canary.silent) = (Some(now), false);
        }
        self.judge(now);
    }

    /// Looks where the trial stands: who is silent, who is to be tried next, whether it is over.
    pub(super) fn judge(&mut self, now: Instant) {
        let Some(trial) = self.trial.as_mut().filter(|it| !it.paused) else { return };
        trial.judged = now;
        let number = trial.generation.number;
        let groups: Vec<_> = trial.groups.keys().copied().collect();
        let (mut silent, mut chosen) = (Vec::new(), Vec::new());
        for key in groups {
            silent.extend(self.group(key).map(|it| it.silence(now)).unwrap_or_default());
            chosen.extend(self.fill(key, now));
        }
        self.tell(number, &silent, &chosen);
        chosen.iter().for_each(|it| self.steer(*it, now));
        let awaited = |it: &Trial| self.awaited(it, now).is_some();
        let Some(trial) = self.trial.as_ref().filter(|it| !awaited(it)) else { return };
        let verdict = |it: &Group| it.verdict(trial.began, &self.options, now);
        if trial.groups.values().all(|it| verdict(it) == Verdict::Passed) {
            self.promote(now);
        }
    }

    /// Until when somebody who could try it is expected back from before a restart, if nobody is there.
    fn awaited(&self, trial: &Trial, now: Instant) -> Option<Instant> {
        self.expected.filter(|it| trial.groups.is_empty() && now < *it)
    }

    /// When a group's verdict changes by time alone.
    pub(super) fn next_verdict(&self) -> Option<Instant> {
        let trial = self.trial.as_ref().filter(|it| !it.paused)?;
        if let Some(until) = self.awaited(trial, trial.judged) {
            return Some(until);
        }
        let verdict = |it: &Group| it.verdict(trial.began, &self.options, trial.judged);
        let waits = trial.groups.values().map(verdict).filter_map(|it| match it {
            Verdict::Waits(due) => Some(due),
            Verdict::Passed => None,
        });
        let waits: Vec<_> = waits.collect();
        // Somebody came for whom there is no time left to wait: the whole is to be looked at again.
        if waits.is_empty() { Some(trial.judged) } else { waits.into_iter().flatten().min() }
    }

    /// Chooses canaries for a group that lacks some.
    fn fill(&mut self, key: GroupKey, now: Instant) -> Vec<NodeKey> {
        let Some(group) = self.group(key).filter(|it| !it.is_open() && !it.exhausted) else { return Vec::new() };
        let (snapshot, named) = (group.snapshot.clone(), group.policy.canary.clone());
        let candidates = self.candidates(&snapshot, &named);
        self.group(key).map(|it| it.fill(candidates, now)).unwrap_or_default()
    }

    fn candidates(&self, snapshot: &Arc<Snapshot>, canary: &Canary) -> Vec<Candidate> {
        let Some(trial) = &self.trial else { return Vec::new() };
        let get = |node: &Node| trial.generation.select(node).snapshot();
        let is_member = |node: &Node| get(node).is_some_and(|it| Arc::ptr_eq(&it, snapshot));
        let is_named = |node: &Node| match canary {
            Canary::Nodes(selectors) => selectors.iter().any(|it| it.matches(node)),
            Canary::Off | Canary::One | Canary::Share(_) => false,
        };
        let members = self.nodes.iter().filter(|(_, it)| is_member(&it.node));
        let candidate = |(key, it): (&NodeKey, &NodeState)| Candidate {
            key: *key,
            since: it.since,
            refuses: it.refuses(),
            behind: !it.course.is_done(),
            named: is_named(&it.node),
        };
        members.map(candidate).collect()
    }

    fn tell(&mut self, generation: u64, silent: &[NodeKey], chosen: &[NodeKey]) {
        let node = |it: &NodeKey| self.nodes.get(it).map(|it| it.node.clone());
        let mut next = chosen.iter().filter_map(node);
        let notices: Vec<_> =
            silent.iter().filter_map(node).map(|node| Notice::Silent { generation, node, next: next.next() }).collect();
        let canaries: Vec<_> = next.collect();
        self.notices.extend(notices);
        if !canaries.is_empty() {
            let groups = self.trial.as_ref().map_or(0, |it| it.groups.len());
            self.notices.push_back(Notice::Tried { generation, groups, canaries });
        }
    }

    fn group(&mut self, key: GroupKey) -> Option<&mut Group> {
        self.trial.as_mut()?.groups.get_mut(&key)
    }

    fn group_of(&self, key: NodeKey) -> Option<GroupKey> {
        let trial = self.trial.as_ref()?;
        Some(group_key(&trial.generation.select(&self.nodes.get(&key)?.node).snapshot()?))
    }
}
