//! From what canaries do to what becomes of the generation.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use super::command::{Command, NoTrial};
use super::goal::{Difference, difference};
use super::node::NodeState;
use super::notice::{Ending, Nack, Notice};
use super::state::{Delivery, StreamKey};
use super::trial::{Candidate, Group, GroupKey, NodeKey, Probation, Trial, Verdict, group_key};
use crate::resource::Node;
use crate::snapshot::Claim;
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
                self.outvote(key, generation, now);
                let ignore = self.options.policy().on_nack == OnNack::Ignore;
                self.refuse_course(key, generation, ignore);
            }
        }
    }

    /// A node refuses what is good. If a canary of its group accepted that, the node is not believed alone next time.
    fn outvote(&mut self, key: NodeKey, generation: u64, now: Instant) {
        let Some(state) = self.nodes.get(&key) else { return };
        let goal = state.course.goal().filter(|it| it.generation == generation);
        if goal.is_some_and(|it| self.accepted.contains(&it.id())) {
            self.refusers.outvoted(&state.node, now);
        }
    }

    /// Whether a canary refuses what an earlier trial brought it, and this one brings too: then nothing is sent again
    /// that it could refuse.
    pub(super) fn refuses_trial(&self, key: NodeKey) -> bool {
        let group = self.group_of(key).and_then(|it| self.trial.as_ref()?.groups.get(&it));
        group.and_then(|it| it.canaries.get(&key)).is_some_and(|it| !it.refused_before && it.passed.is_none())
    }

    /// Whether a node is a canary that has not accepted everything yet.
    pub(super) fn is_on_probation(&self, key: NodeKey) -> bool {
        let group = self.group_of(key).and_then(|it| self.trial.as_ref()?.groups.get(&it));
        group.and_then(|it| it.canaries.get(&key)).is_some_and(|it| it.passed.is_none())
    }

    /// A node refuses what is on trial.
    pub(super) fn refuse_trial(&mut self, key: NodeKey, now: Instant) {
        let Some(node) = self.nodes.get(&key).map(|it| it.node.clone()) else { return };
        let group = self.group_of(key);
        let Some(trial) = &mut self.trial else { return };
        let generation = trial.generation.number;
        let group = group.and_then(|it| trial.groups.get_mut(&it));
        if group.as_ref().is_some_and(|it| it.doubted.iter().any(|it| it.0 == key)) {
            return;
        }
        let on_nack = group.as_ref().map_or_else(|| self.options.policy().on_nack, |it| it.policy.on_nack);
        if on_nack == OnNack::Ignore {
            if let Some(canary) = group.and_then(|it| it.canaries.get_mut(&key)) {
                canary.passed = Some(now);
            }
            self.refuse_course(key, generation, true);
            self.judge(now);
            return;
        }
        let is_outvoted = group.as_ref().is_some_and(|it| it.canaries.values().any(|it| it.passed.is_some()));
        let is_doubted = self.refusers.is_doubtful(&node, now) && group.is_some_and(|it| it.doubt(key, &node));
        self.refusers.refused(&node, now);
        if is_outvoted {
            self.refusers.outvoted(&node, now);
        }
        if is_doubted {
            self.notices.push_back(Notice::Doubted { generation, node });
            self.refuse_course(key, generation, false);
            self.steer(key, now);
            self.judge(now);
        } else {
            self.condemn(on_nack, Some(key), now);
        }
    }

    /// What is on trial is refused.
    fn condemn(&mut self, on_nack: OnNack, refuser: Option<NodeKey>, now: Instant) {
        let Some(trial) = &mut self.trial else { return };
        if on_nack != OnNack::Hold {
            return self.take_back(Ending::RolledBack, now);
        }
        trial.paused = true;
        let generation = trial.generation.number;
        refuser.into_iter().for_each(|it| self.refuse_course(it, generation, false));
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
        let has_passed = |it: &&Group| it.canaries.values().any(|it| it.passed.is_some());
        self.accepted = trial.groups.values().filter(has_passed).map(|it| it.snapshot.id()).collect();
        for (_, node) in trial.groups.values().filter(has_passed).flat_map(|it| &it.doubted) {
            self.refusers.outvoted(node, now);
        }
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
        trial.group(&new, &self.options).join(key);
        trial.group_of.insert(key, group_key(&new));
    }

    /// A node that may have been lost as a canary is there again. Returns whether it goes on as one.
    pub(super) fn come_back(&mut self, key: NodeKey, claim: &Claim, now: Instant) -> bool {
        let Some(state) = self.nodes.get(&key) else { return false };
        let (node, group) = (state.node.clone(), self.group_of(key));
        let Some(trial) = &mut self.trial else { return false };
        let Some(group) = group.and_then(|it| trial.groups.get_mut(&it)) else { return false };
        let (generation, was_deadly) = (trial.generation.number, group.losses.are_deadly());
        let back = group.losses.come_back(&node, !matches!(claim, Claim::Nothing));
        let goes_on = back.is_some_and(|it| group.resume_canary(key, it));
        let is_deadly = group.losses.are_deadly();
        let lost = group.losses.count();
        if was_deadly && !is_deadly {
            group.restart_clock(now);
        }
        if goes_on {
            self.notices.push_back(Notice::Returned { generation, node });
        }
        match (was_deadly, is_deadly) {
            (false, true) => self.notices.push_back(Notice::Stopped { generation, lost }),
            (true, false) => self.judge(now),
            _ => {}
        }
        goes_on
    }

    /// A node is gone.
    pub(super) fn leave(&mut self, key: NodeKey, node: Arc<Node>, now: Instant) {
        let Some(trial) = &mut self.trial else { return };
        let generation = trial.generation.number;
        let group = trial.group_of.remove(&key).and_then(|it| trial.groups.get_mut(&it));
        if group.is_some_and(|it| it.leave(key, &node, now)) {
            self.notices.push_back(Notice::Lost { generation, node });
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
        let Some(trial) = self.trial.as_mut().filter(|it| !it.is_held()) else { return };
        trial.judged = now;
        let number = trial.generation.number;
        let groups: Vec<_> = trial.groups.keys().copied().collect();
        let (mut silent, mut chosen) = (Vec::new(), Vec::new());
        for key in groups {
            silent.extend(self.group(key).map(|it| it.silence(now)).unwrap_or_default());
            self.judge_losses(key, now);
            chosen.extend(self.fill(key, now));
        }
        self.tell(number, &silent, &chosen);
        chosen.iter().for_each(|it| self.steer(*it, now));
        let awaited = |it: &Trial| self.awaited(it, now).is_some();
        let Some(trial) = self.trial.as_ref().filter(|it| !it.is_held() && !awaited(it)) else { return };
        let verdicts = || trial.groups.values().map(|it| (it, it.verdict(trial.began, &self.options, now)));
        if let Some((group, _)) = verdicts().find(|it| it.1 == Verdict::Refused) {
            self.condemn(group.policy.on_nack, None, now);
        } else if verdicts().all(|it| it.1 == Verdict::Passed) {
            self.promote(now);
        }
    }

    /// Judges the canaries of a group that were lost a moment ago.
    fn judge_losses(&mut self, key: GroupKey, now: Instant) {
        let Some(trial) = &mut self.trial else { return };
        let Some(group) = trial.groups.get_mut(&key) else { return };
        let Some(since) = group.losses.since().filter(|_| group.losses.settles().is_some_and(|it| now >= it)) else {
            return;
        };
        let is_older = |it: &NodeKey| self.nodes.get(it).is_some_and(|it| it.since <= since);
        let others = group.members.iter().filter(|it| !group.canaries.contains_key(it));
        let stayed = others.filter(|it| is_older(it)).count();
        group.losses.judge(stayed, group.canaries.len());
        if group.losses.are_deadly() {
            let (generation, lost) = (trial.generation.number, group.losses.count());
            self.notices.push_back(Notice::Stopped { generation, lost });
        }
    }

    /// Until when somebody who could try it is expected back from before a restart, if nobody is there.
    fn awaited(&self, trial: &Trial, now: Instant) -> Option<Instant> {
        self.expected.filter(|it| trial.groups.is_empty() && now < *it)
    }

    /// When a group's verdict changes by time alone.
    pub(super) fn next_verdict(&self) -> Option<Instant> {
        let trial = self.trial.as_ref().filter(|it| !it.is_held())?;
        if let Some(until) = self.awaited(trial, trial.judged) {
            return Some(until);
        }
        let verdict = |it: &Group| it.verdict(trial.began, &self.options, trial.judged);
        let waits = trial.groups.values().map(verdict).filter_map(|it| match it {
            Verdict::Waits(due) => Some(due),
            Verdict::Passed | Verdict::Refused => None,
        });
        let waits: Vec<_> = waits.collect();
        // Somebody came for whom there is no time left to wait: the whole is to be looked at again.
        if waits.is_empty() { Some(trial.judged) } else { waits.into_iter().flatten().min() }
    }

    /// Chooses canaries for a group that lacks some.
    fn fill(&mut self, key: GroupKey, now: Instant) -> Vec<NodeKey> {
        if self.trial.as_ref().is_none_or(Trial::is_held) {
            return Vec::new();
        }
        let named = self.named(key);
        let Some(group) = self.group(key) else { return Vec::new() };
        if group.want(named.len()) == 0 || !group.may_ask() {
            return Vec::new();
        }
        let candidates = self.candidates(key, &named, now);
        self.group(key).map(|it| it.fill(candidates, now)).unwrap_or_default()
    }

    /// The members of a group that `rollout:` names.
    fn named(&self, key: GroupKey) -> BTreeSet<NodeKey> {
        let group = self.trial.as_ref().and_then(|it| it.groups.get(&key));
        let Some((group, Canary::Nodes(selectors))) = group.map(|it| (it, &it.policy.canary)) else {
            return BTreeSet::new();
        };
        let is_named = |it: &NodeState| selectors.iter().any(|selector| selector.matches(&it.node));
        group.members.iter().copied().filter(|it| self.nodes.get(it).is_some_and(is_named)).collect()
    }

    fn candidates(&self, key: GroupKey, named: &BTreeSet<NodeKey>, now: Instant) -> Vec<Candidate> {
        let Some(group) = self.trial.as_ref().and_then(|it| it.groups.get(&key)) else { return Vec::new() };
        let is_fresh = |it: &&NodeKey| !group.canaries.contains_key(it) && !group.spent.contains(it);
        let members = group.members.iter().filter(is_fresh).filter_map(|it| Some((*it, self.nodes.get(it)?)));
        let candidate = |(key, it): (NodeKey, &NodeState)| Candidate {
            key,
            since: it.since,
            heard: it.heard,
            refusals: self.refusers.refusals(&it.node, now),
            refuses: it.refuses(),
            behind: !it.course.is_done(),
            named: named.contains(&key),
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
        self.trial.as_ref()?.group_of.get(&key).copied()
    }
}
