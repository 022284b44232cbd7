//! The whole: nodes, the last good generation, the one on trial.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::course::At;
use super::departed::Departed;
use super::goal::{Difference, difference, with_endpoints_of};
use super::node::{Basis, Held, NodeState};
use super::notice::{Ending, Notice};
use super::options::Options;
use super::refusers::Refusers;
use super::remnants::{Left, Remnants};
use super::steps::Steps;
use super::trial::{NodeKey, Trial, group_key};
use super::view::{Problem, Standing, View};
use super::way;
use crate::resource::Node;
use crate::snapshot::{Claim, Extent, Generation, Selection, Snapshot};
use crate::spec::Canary;

/// For how long after its first stream a node may open those that it had before.
const COMING: Duration = Duration::from_secs(10);

/// A stream's number here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey(u64);

/// Decides what each node is shown. What happened goes in; changed views and notices are taken out by
/// [`poll_view`](Self::poll_view) and [`poll_notice`](Self::poll_notice), and time goes in by
/// [`elapse`](Self::elapse) at [`poll_timeout`](Self::poll_timeout).
#[derive(Debug, Default)]
pub struct Delivery {
    pub(super) options: Options,
    pub(super) nodes: HashMap<NodeKey, NodeState>,
    keys: HashMap<Arc<Node>, NodeKey>,
    streams: HashMap<StreamKey, NodeKey>,
    next_key: u64,
    /// What everyone gets, and newcomers in any case.
    pub(super) good: Option<Arc<Generation>>,
    pub(super) trial: Option<Trial>,
    /// The snapshots of the last good generation that a canary accepted, by id.
    pub(super) accepted: HashSet<u64>,
    pub(super) refusers: Refusers,
    steps: Steps,
    departed: Departed,
    /// Generations that nodes may have from before this process began, and until when those are expected back.
    remnants: Remnants,
    pub(super) expected: Option<Instant>,
    /// Who had not got the last good generation yet when it was accepted.
    arriving: BTreeSet<NodeKey>,
    /// When which node's stage goes on by itself.
    deadlines: BTreeSet<(Instant, NodeKey)>,
    changed: BTreeSet<NodeKey>,
    pub(super) notices: VecDeque<Notice>,
}

/// What a node is to be shown.
enum Aim {
    Snapshot(Arc<Snapshot>),
    /// What it is shown already, and why not the newest.
    Stay(Option<Problem>),
}

impl Delivery {
    /// Nobody is there, and there is nothing to show.
    pub fn new(options: Options) -> Self {
        Self { options, ..Self::default() }
    }

    /// Begins with the last good generation of an earlier process, and what else that left.
    pub fn restore(&mut self, good: Arc<Generation>, left: Left, now: Instant) {
        self.remnants = Remnants::new(left, good.clone(), now);
        self.good = Some(good);
        let policy = self.options.policy();
        self.expected = (policy.canary != Canary::Off).then(|| now + policy.ack_timeout);
        self.steer_all(now);
    }

    /// Takes a newer generation. The first one goes to everyone: nobody could get anything else.
    pub fn publish(&mut self, generation: Arc<Generation>, now: Instant) {
        self.remnants.forget(now);
        self.steps.clear();
        let before = self.trial.take();
        if let Some(trial) = &before {
            self.end(trial.generation.number, Ending::Superseded);
        }
        if self.good.is_none() {
            self.accept(generation, 0, 0, now);
            return;
        }
        self.trial = Some(Trial::new(generation, now));
        self.sort(before, now);
        self.steer_all(now);
        self.judge(now);
    }

    /// A stream of a node has come, and says this of what the node has.
    pub fn connect(&mut self, node: &Arc<Node>, claim: &Claim, now: Instant) -> StreamKey {
        let stream = StreamKey(self.next_key());
        let key = match self.keys.get(node).copied() {
            Some(key) => {
                self.recall(key, claim, now);
                self.tell_back(key, claim, now);
                key
            }
            None => self.arrive(node, claim, now),
        };
        self.streams.insert(stream, key);
        if let Some(state) = self.nodes.get_mut(&key) {
            state.open(stream);
        }
        stream
    }

    /// A stream that was there before asks for clusters only now, and says this of what the node has.
    pub fn claim(&mut self, stream: StreamKey, claim: &Claim, now: Instant) {
        if let Some(key) = self.key_of(stream) {
            self.recall(key, claim, now);
            self.tell_back(key, claim, now);
        }
    }

    /// A node that is there already says that it has something: if it was lost as a canary, it did not crash.
    fn tell_back(&mut self, key: NodeKey, claim: &Claim, now: Instant) {
        if !matches!(claim, Claim::Nothing) && self.come_back(key, claim, now) {
            self.steer(key, now);
        }
    }

    fn arrive(&mut self, node: &Arc<Node>, claim: &Claim, now: Instant) -> NodeKey {
        let key = self.next_key();
        let mut state = NodeState::new(node.clone(), now);
        if let Some((held, basis)) = self.held(node, claim, now) {
            state.begin(held, basis);
        }
        self.keys.insert(node.clone(), key);
        self.nodes.insert(key, state);
        self.join(key);
        self.come_back(key, claim, now);
        self.steer(key, now);
        key
    }

    /// A node's first streams did not say all of what it has, and this one does: the first to be opened again may have
    /// been for something new, or for endpoints alone. What it may have is offered beside what it was shown, or instead
    /// of all that it might have had; of its routes nothing is said meanwhile.
    fn recall(&mut self, key: NodeKey, claim: &Claim, now: Instant) {
        let Some(state) = self.nodes.get(&key) else { return };
        let is_late = now >= state.since + COMING;
        let (node, basis, shown) = (state.node.clone(), state.basis, state.course.shown().cloned());
        let adds = match basis {
            Basis::Remnants if claim.tells() => false,
            Basis::Nothing if !is_late => true,
            Basis::Claim if !is_late && claim.tells() => true,
            Basis::View | Basis::Remnants | Basis::Nothing | Basis::Claim => return,
        };
        let Some(((mut held, absent), basis)) = self.held(&node, claim, now) else { return };
        if let Some(shown) = shown.filter(|_| adds) {
            let both = Arc::new(shown.step(way::mixture(&held, &shown, false), Extent::Used));
            let is_known = shown.extent() == Extent::Used && !way::differs(&shown, &both, false);
            if is_known || difference(&held, &shown) == Difference::None {
                return;
            }
            held = both;
        }
        if let Some(state) = self.nodes.get_mut(&key) {
            state.begin((held, absent), basis);
        }
        self.steer(key, now);
    }

    /// What a node that comes back may have.
    fn held(&mut self, node: &Node, claim: &Claim, now: Instant) -> Option<(Held, Basis)> {
        if matches!(claim, Claim::Nothing) {
            return None;
        }
        if let Some(held) = self.departed.take(node, now) {
            return Some((held, Basis::View));
        }
        self.remnants.forget(now);
        let basis = if claim.tells() { Basis::Claim } else { Basis::Remnants };
        let trial = self.trial.as_ref().map(|it| &it.generation);
        Some(((self.remnants.of(node, claim, trial, self.good.as_ref()?)?, [true; 2]), basis))
    }

    /// A stream has ended.
    pub fn disconnect(&mut self, stream: StreamKey, now: Instant) {
        let Some(key) = self.streams.remove(&stream) else { return };
        let Some(state) = self.nodes.get_mut(&key) else { return };
        if let Some(ended) = state.close(stream) {
            let moved = state.course.part(&ended, &mut At { options: &self.options, steps: &mut self.steps, now });
            self.note(key, moved);
            self.hear(key, now);
            return;
        }
        let Some(state) = self.nodes.remove(&key) else { return };
        self.keys.remove(&state.node);
        if let Some(due) = state.listed {
            self.deadlines.remove(&(due, key));
        }
        self.changed.remove(&key);
        if let Some(shown) = state.course.shown() {
            self.departed.add(state.node.clone(), (shown.clone(), state.asks_for_all), now);
        }
        self.arrive_at_last(key);
        self.leave(key, state.node, now);
    }

    /// A stream says how far it is.
    pub fn report(&mut self, stream: StreamKey, standing: Standing, now: Instant) {
        let Some(key) = self.streams.get(&stream).copied() else { return };
        if let Some(state) = self.nodes.get_mut(&key) {
            state.stand(stream, standing, now);
        }
        self.hear(key, now);
    }

    fn hear(&mut self, key: NodeKey, now: Instant) {
        let Some(state) = self.nodes.get_mut(&key) else { return };
        let answer = state.answer();
        let was_done = state.course.is_done();
        let moved = state.course.hear(&answer, &mut At { options: &self.options, steps: &mut self.steps, now });
        let is_done = state.course.is_done();
        if is_done {
            state.has = state.course.goal().map(|it| it.generation);
        }
        let refuses = |tier: usize| answer.settled[tier] && answer.refuses[tier] && state.course.shows_goal(tier);
        let refuses = !moved && (refuses(0) || refuses(1));
        self.note(key, moved);
        if refuses && self.refuses_trial(key) {
            self.refuse_trial(key, now);
        } else if is_done && !was_done {
            self.reach(key);
            self.pass(key, now);
        }
    }

    /// A node has all that it was to get.
    fn reach(&mut self, key: NodeKey) {
        let Some(good) = self.good.as_ref().map(|it| it.number) else { return };
        if self.nodes.get(&key).and_then(|it| it.has).is_some_and(|it| it >= good) {
            self.arrive_at_last(key);
        }
    }

    /// A node is waited for no longer.
    fn arrive_at_last(&mut self, key: NodeKey) {
        let good = self.good.as_ref().map(|it| it.number);
        if self.arriving.remove(&key) && self.arriving.is_empty() {
            self.notices.extend(good.map(|generation| Notice::Arrived { generation }));
        }
    }

    /// Lets time pass.
    pub fn elapse(&mut self, now: Instant) {
        while let Some((due, key)) = self.deadlines.first().copied().filter(|it| it.0 <= now) {
            self.deadlines.remove(&(due, key));
            let Some(state) = self.nodes.get_mut(&key) else { continue };
            state.listed = None;
            let (answer, stage, missing) = (state.answer(), state.course.stage(), state.missing());
            let (moved, late) =
                state.course.elapse(&answer, &mut At { options: &self.options, steps: &mut self.steps, now });
            if late && let Some(goal) = state.course.goal() {
                let (node, generation) = (state.node.clone(), goal.generation);
                self.notices.push_back(Notice::Late { node, generation, stage, missing });
            }
            self.note(key, moved);
        }
        self.judge(now);
    }

    /// The earliest moment at which something happens by time alone.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let trial = self.next_verdict();
        [self.deadlines.first().map(|it| it.0), trial].into_iter().flatten().min()
    }

    /// A node whose view has changed, and its view.
    pub fn poll_view(&mut self) -> Option<(Arc<Node>, View)> {
        let state = self.nodes.get(&self.changed.pop_first()?)?;
        Some((state.node.clone(), state.view()))
    }

    /// Something worth telling.
    pub fn poll_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// What a connected node is shown.
    pub fn view(&self, node: &Node) -> Option<View> {
        Some(self.nodes.get(self.keys.get(node)?)?.view())
    }

    /// What everyone gets, but for those who try something newer.
    pub fn good(&self) -> Option<&Arc<Generation>> {
        self.good.as_ref()
    }

    /// Makes a generation the one that everyone gets.
    pub(super) fn accept(&mut self, generation: Arc<Generation>, accepted: usize, silent: usize, now: Instant) {
        let number = generation.number;
        self.good = Some(generation);
        self.trial = None;
        self.end(number, Ending::Promoted { accepted, silent });
        let lacks = self.nodes.iter().filter(|it| it.1.has.is_none_or(|has| has < number));
        self.arriving = lacks.map(|it| *it.0).collect();
        self.steer_all(now);
    }

    pub(super) fn end(&mut self, generation: u64, ending: Ending) {
        self.notices.push_back(Notice::Ended { generation, ending });
    }

    pub(super) fn each_node(&mut self, change: impl Fn(&mut Self, NodeKey)) {
        let keys: Vec<_> = self.nodes.keys().copied().collect();
        keys.into_iter().for_each(|it| change(self, it));
    }

    pub(super) fn steer_all(&mut self, now: Instant) {
        self.each_node(|it, key| it.steer(key, now));
    }

    /// Aims a node at what it should be shown now.
    pub(super) fn steer(&mut self, key: NodeKey, now: Instant) {
        let (aim, is_tested) = (self.aim(key), self.is_on_probation(key));
        let Some(state) = self.nodes.get_mut(&key) else { return };
        let moved = match aim {
            Aim::Snapshot(goal) => {
                state.course.test(is_tested);
                state.problem.take().is_some()
                    | state.course.aim(goal, &mut At { options: &self.options, steps: &mut self.steps, now })
            }
            Aim::Stay(problem) => {
                let moved = problem.is_some();
                state.problem = problem;
                moved
            }
        };
        self.note(key, moved);
    }

    fn aim(&mut self, key: NodeKey) -> Aim {
        let Some(state) = self.nodes.get(&key) else { return Aim::Stay(None) };
        let Some(good) = &self.good else { return Aim::Stay(None) };
        let old = good.select(&state.node);
        let Some(trial) = &mut self.trial else { return of_selection(old) };
        let new = match trial.generation.select(&state.node) {
            Selection::Snapshot(new) => new,
            _ if state.course.shown().is_none() => return of_selection(old),
            other => return of_selection(other),
        };
        let old = old.snapshot();
        if old.as_ref().is_some_and(|it| difference(it, &new) != Difference::More) {
            return Aim::Snapshot(new);
        }
        let Some(group) = trial.groups.get_mut(&group_key(&new)) else { return Aim::Snapshot(new) };
        if group.is_open() || group.canaries.contains_key(&key) {
            return Aim::Snapshot(new);
        }
        let Some(old) = old else { return Aim::Stay(None) };
        let meanwhile = group.meanwhile.entry(group_key(&old)).or_insert_with(|| with_endpoints_of(&old, &new));
        Aim::Snapshot(meanwhile.clone())
    }

    /// Keeps the books after a node's course may have changed.
    fn note(&mut self, key: NodeKey, moved: bool) {
        let Some(state) = self.nodes.get_mut(&key) else { return };
        if moved {
            state.advance();
            self.changed.insert(key);
        }
        let deadline = state.course.deadline();
        if state.listed != deadline {
            if let Some(old) = state.listed {
                self.deadlines.remove(&(old, key));
            }
            self.deadlines.extend(deadline.map(|it| (it, key)));
            state.listed = deadline;
        }
    }

    pub(super) fn key_of(&self, stream: StreamKey) -> Option<NodeKey> {
        self.streams.get(&stream).copied()
    }

    /// Stops a node on its way to this generation, or lets it go on.
    pub(super) fn refuse_course(&mut self, key: NodeKey, generation: u64, ignore: bool) {
        let Some(state) = self.nodes.get_mut(&key) else { return };
        if state.course.goal().is_some_and(|it| it.generation == generation) {
            state.course.refuse(ignore);
            self.note(key, false);
        }
    }

    fn next_key(&mut self) -> u64 {
        self.next_key += 1;
        self.next_key
    }
}

fn of_selection(selection: Selection) -> Aim {
    match selection {
        Selection::Snapshot(snapshot) => Aim::Snapshot(snapshot),
        Selection::Nothing { nearest } => Aim::Stay(Some(Problem::Unmatched(nearest))),
        Selection::Clash(clash) => Aim::Stay(Some(Problem::Clash(clash))),
    }
}
