//! One node's way from what it is shown to what it should be shown: make, switch, break.
//!
//! Nothing is remembered of where the way began. What the node was shown last holds all that it may still use, since
//! nothing is taken away before all that may use it has been replaced; so a newer goal in the middle simply begins a
//! new course from there (P137).

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Options;
use super::node::Held;
use super::steps::Steps;
use super::view::Standing;
use super::way::{self, Uses};
use crate::resource::ResourceType;
use crate::snapshot::{Extent, Need, Snapshot, TypeSet};

/// While listeners go on changing, leftovers are kept for drained connections so many times the usual stay at most.
const STAYS: u32 = 6;

/// For how long a node that comes back is waited for to ask for its clusters. While Envoy has clusters that wait for their
/// endpoints it asks for no clusters on an aggregated stream, and it waits 15 seconds for endpoints that do not exist.
const WARMING: Duration = Duration::from_secs(20);

/// What is happening to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// It is shown all of its goal, and nothing else.
    #[default]
    Last,
    /// It gets what will be used, and keeps all that is used (P131).
    Make,
    /// It accepted what will be used; some of it is not in use at once, and nothing tells when it is (P44).
    Warm,
    /// It gets what uses it, and keeps all that was used (P132).
    Switch,
    /// It has all of its goal; what drained connections may use stays a little longer.
    Linger,
}

/// What all streams of a node say together about its view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// As in `Standing`, of all streams; false while any stream was not given the newest view.
    pub(super) settled: [bool; 2],
    /// Whether any stream refuses something: of what is used, of what routes.
    pub(super) refuses: [bool; 2],
    /// Whether any stream asks for anything that routes.
    pub(super) asks_for_routes: bool,
    /// Whether any stream asks for the type of all clusters, of all listeners.
    pub(super) asks_for_all: [bool; 2],
    /// The needs that are not met, by their indices; only told once either half is settled.
    pub(super) missing: Vec<u32>,
}

/// What a course goes by, besides its node.
pub(super) struct At<'a> {
    pub(super) options: &'a Options,
    pub(super) steps: &'a mut Steps,
    pub(super) now: Instant,
}

/// The way of one node.
#[derive(Debug, Default)]
pub(super) struct Course {
    shown: Option<Arc<Snapshot>>,
    goal: Option<Arc<Snapshot>>,
    stage: Stage,
    /// Whether the node may not have accepted all that it was shown: of what is used, of what routes.
    unproven: [bool; 2],
    /// Whether its streams have nothing unanswered of the view, in the same order.
    answered: [bool; 2],
    /// What it will ask for, and so has to be there, before what is used, or what routes, counts as accepted.
    needs: Arc<[Need]>,
    /// When the stage goes on by itself; none when it does not.
    deadline: Option<Instant>,
    /// Whether new clusters were shown that take a while before they take traffic, and until when they are given it.
    slow: bool,
    warm_until: Option<Instant>,
    /// Whether there is something shown that a cluster holds on to until it has changed.
    bound: bool,
    /// What connections of listeners may use that are about to be replaced, and of those that are, with since and until
    /// when it stays for them.
    draining: Uses,
    drained: Uses,
    lingering: Option<(Instant, Instant)>,
    /// Whether the node refused something on this course: then it goes no further.
    refused: bool,
    /// Whether it refused some of what is used, and goes on all the same.
    ignores: bool,
    /// Whether the node is a canary: it is done only when it has asked for all that its resources need.
    is_tested: bool,
    /// Whether it is known to have asked for all of that: not at first, nor after a stage that went on without an answer.
    is_proven: bool,
    /// Whether it came with something from before, or lost a stream, and may not have said yet that it asks for what
    /// routes.
    resumed: bool,
    /// For the same reasons: whether it is not known what it accepted, and whether nobody may speak of all clusters or
    /// listeners.
    vague: [bool; 2],
    absent: [bool; 2],
}

impl Course {
    /// The way of a node that comes back with something.
    pub(super) fn begin((held, absent): Held) -> Self {
        // Where it is not known which listeners it has, their connections may use anything.
        let all = held.sets().filter(|it| held.extent() == Extent::Used && it.kind().rules().lingers);
        let names = |it: &Arc<TypeSet>| it.resources().iter().map(|it| it.name.clone()).collect();
        let draining = all.map(|it| (it.kind().clone(), names(it))).collect();
        Self {
            shown: Some(held),
            unproven: [true; 2],
            vague: [true; 2],
            absent,
            resumed: true,
            bound: true,
            draining,
            ..Self::default()
        }
    }

    /// One of several streams ended, and will be opened again: what was told on it is not to be relied on (P139). Returns
    /// whether the view changes.
    pub(super) fn part(&mut self, ended: &Standing, at: &mut At<'_>) -> bool {
        self.resumed |= ended.asks_for_routes;
        self.vague = [true; 2];
        self.absent = [0, 1].map(|it| self.absent[it] || ended.asks_for_all[it]);
        let Some(shown) = self.shown.clone().filter(|_| !self.refused && self.unproven != [false; 2]) else {
            return false;
        };
        self.show(shown, self.stage, self.deadline, at);
        true
    }

    pub(super) fn shown(&self) -> Option<&Arc<Snapshot>> {
        self.shown.as_ref()
    }

    pub(super) fn goal(&self) -> Option<&Arc<Snapshot>> {
        self.goal.as_ref()
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    pub(super) fn needs(&self) -> &Arc<[Need]> {
        &self.needs
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Whether the node is a canary from its next goal on.
    pub(super) fn test(&mut self, is_tested: bool) {
        self.is_tested = is_tested;
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refused
    }

    /// Whether the node was shown all of its goal, and answered without a refusal.
    pub(super) fn is_done(&self) -> bool {
        let is_shown = self.goal.is_some() && !matches!(self.stage, Stage::Make | Stage::Warm);
        is_shown && self.answered == [true; 2] && !self.refused
    }

    /// Whether what it is shown of what is used (0) or of what routes (1) is what the goal has, and nothing of before: if
    /// not, what it refuses may be what the goal mends.
    pub(super) fn shows_goal(&self, tier: usize) -> bool {
        let both = self.shown.as_ref().zip(self.goal.as_ref());
        both.is_some_and(|(shown, goal)| !way::differs(shown, goal, tier == 1))
    }

    /// Whether a refusal of these names says something of the goal: not if it has none of them.
    pub(super) fn is_of_goal(&self, kind: &ResourceType, names: &[Arc<str>]) -> bool {
        let set = self.goal.as_ref().and_then(|it| it.set(kind));
        names.is_empty() || set.is_some_and(|set| names.iter().any(|it| set.get(it).is_some()))
    }

    /// Aims at another goal. Returns whether the view changes.
    pub(super) fn aim(&mut self, goal: Arc<Snapshot>, at: &mut At<'_>) -> bool {
        if self.goal.as_ref().is_some_and(|it| Arc::ptr_eq(it, &goal)) {
            return false;
        }
        self.goal = Some(goal);
        (self.refused, self.ignores) = (false, false);
        self.plan(at);
        true
    }

    /// Takes in what the streams say. Returns whether the view changes.
    pub(super) fn hear(&mut self, answer: &Answer, at: &mut At<'_>) -> bool {
        let is_missing = |routes: bool| {
            let mut missing = answer.missing.iter().filter_map(|it| self.needs.get(*it as usize));
            missing.any(|it| it.user.0.rules().routes == routes)
        };
        // Who comes back with separate streams opens them one by one: its routes are in use before we hear of them.
        if self.absent[0] && answer.asks_for_all[0] && self.stage == Stage::Make {
            self.deadline = self.deadline.map(|it| it.min(at.now + at.options.stage_timeout));
        }
        self.absent = [0, 1].map(|it| self.absent[it] && !answer.asks_for_all[it]);
        let is_heard = [!self.absent[0], !self.absent[1] && (answer.asks_for_routes || !self.resumed)];
        self.answered = [false, true].map(|routes| {
            let tier = usize::from(routes);
            answer.settled[tier] && is_heard[tier] && !is_missing(routes)
        });
        if self.refused {
            return false;
        }
        // What routes goes only after a while to who refuses a cluster (P134); what it refused to replace is in use.
        let refuses = [answer.refuses[0] && !self.ignores, answer.refuses[1]];
        for tier in [0, 1] {
            self.prove(tier, self.answered[tier] && !refuses[tier], at);
        }
        match self.stage {
            Stage::Make if !self.unproven[0] => self.plan(at),
            Stage::Switch if !self.unproven[1] => self.plan(at),
            Stage::Last if self.answered == [true; 2] => {
                self.is_proven |= self.is_tested;
                self.deadline = None;
                self.needs = Arc::default();
                return false;
            }
            _ => return false,
        }
        true
    }

    /// The node refused something. It goes no further, unless refusals are to be ignored: then it goes on once it has
    /// answered the rest, but never to the break (P134).
    pub(super) fn refuse(&mut self, ignore: bool) {
        self.ignores |= ignore;
        if !ignore {
            self.refused = true;
            self.deadline = None;
        }
    }

    /// The deadline may have passed. Returns whether the view changes, and whether an answer was missing.
    pub(super) fn elapse(&mut self, answer: &Answer, at: &mut At<'_>) -> (bool, bool) {
        if self.deadline.is_none_or(|it| at.now < it) {
            return (false, false);
        }
        self.deadline = None;
        let late = match self.stage {
            Stage::Last => return (false, self.answered != [true; 2]),
            // What it refuses may be a leftover that is in nobody's way but its own.
            Stage::Switch if answer.refuses[1] && !self.shows_goal(1) => return (self.drop_routes(at), true),
            // What it refused to replace is in use, however long that lasts.
            Stage::Switch if answer.refuses[1] => return (false, true),
            Stage::Make => {
                (self.absent[0], self.is_proven) = (false, false);
                self.prove(0, true, at);
                true
            }
            Stage::Switch => {
                (self.resumed, self.absent[1], self.is_proven) = (false, false, false);
                self.prove(1, true, at);
                true
            }
            Stage::Warm | Stage::Linger => false,
        };
        self.plan(at);
        (true, late)
    }

    /// Takes away what routes and is left over, but nothing that it may use.
    fn drop_routes(&mut self, at: &mut At<'_>) -> bool {
        let Some((shown, goal)) = self.shown.clone().zip(self.goal.clone()) else { return false };
        let sets = way::mixture(&shown, &goal, false).into_iter();
        let sets =
            sets.map(|it| if it.kind().rules().routes { goal.set(it.kind()).cloned().unwrap_or(it) } else { it });
        self.show(Arc::new(goal.step(sets, Extent::Step)), Stage::Switch, None, at);
        true
    }

    /// Takes note that all that was shown of what is used (0) or of what routes (1) has been accepted, if so.
    fn prove(&mut self, tier: usize, accepted: bool, at: &mut At<'_>) {
        if !accepted || !std::mem::take(&mut self.unproven[tier]) {
            return;
        }
        self.vague[tier] = false;
        if tier == 0 && std::mem::take(&mut self.slow) {
            self.warm_until = Some(at.now + at.options.warm_up);
        }
        if tier == 1 {
            self.resumed = false;
            if !self.draining.is_empty() {
                for (kind, names) in std::mem::take(&mut self.draining) {
                    self.drained.entry(kind).or_default().extend(names);
                }
                let since = self.lingering.filter(|it| at.now < it.1).map_or(at.now, |it| it.0);
                let until = (at.now + at.options.linger).min(since + at.options.linger * STAYS);
                self.lingering = Some((since, until));
            }
        }
    }

    /// Finds what is next on the way from what is shown to the goal, and shows it.
    fn plan(&mut self, at: &mut At<'_>) {
        let Some(goal) = self.goal.clone() else { return };
        let shown = self.shown.clone().filter(|_| at.options.staged);
        let Some(shown) = shown else { return self.show(goal, Stage::Last, None, at) };
        let way = at.steps.way(&shown, &goal);
        self.slow |= way.slow;
        if self.lingering.is_some_and(|it| at.now >= it.1) {
            self.lingering = None;
            self.drained.clear();
        }
        // What a cluster held on to stays until its new version was accepted, though a newer goal came in between.
        self.bound = way.bound || self.bound && self.unproven[0] && way.leftovers;
        let is_warming = self.warm_until.is_some_and(|it| at.now < it);
        let (stage, deadline) = if (way.routes || self.bound) && (way.used || self.unproven[0]) {
            (Stage::Make, None)
        } else if way.routes && is_warming {
            (Stage::Warm, self.warm_until)
        } else if (way.routes || self.unproven[1]) && way.leftovers {
            (Stage::Switch, None)
        } else if let Some(sets) = way::keeping(&shown, &goal, &self.drained).filter(|_| self.lingering.is_some()) {
            let until = self.lingering.map(|it| it.1);
            return self.show(Arc::new(goal.step(sets, Extent::Whole)), Stage::Linger, until, at);
        } else {
            return self.show(goal, Stage::Last, None, at);
        };
        let next = at.steps.step(&shown, &goal, matches!(stage, Stage::Make | Stage::Warm));
        self.show(next, stage, deadline, at);
    }

    fn show(&mut self, next: Arc<Snapshot>, stage: Stage, deadline: Option<Instant>, at: &mut At<'_>) {
        let before = self.shown.replace(next.clone());
        // Nearly always one list, which is then the same for all who go this way.
        let mut wanted: Vec<Arc<[Need]>> = Vec::new();
        for routes in [false, true] {
            let unproven = &mut self.unproven[usize::from(routes)];
            let differs = before.as_ref().is_none_or(|it| way::differs(it, &next, routes));
            let is_told = next.extent() != Extent::Used || !routes;
            if self.vague[usize::from(routes)] {
                // It may have anything of what it was shown, and may not have come with all of its streams yet.
                wanted.extend(is_told.then(|| at.steps.needs(None, &next, routes)));
            } else {
                if *unproven {
                    let waiting = self.needs.iter().filter(|it| it.user.0.rules().routes == routes);
                    wanted.push(waiting.filter(|it| way::is_there(&next, it)).cloned().collect());
                }
                // Who has nothing yet asks for everything in its own order, and for no more than we could wait for.
                if differs && before.is_some() && is_told {
                    wanted.push(at.steps.needs(before.as_deref(), &next, routes));
                }
            }
            *unproven |= differs;
        }
        let goal = self.goal.as_ref().unwrap_or(&next);
        for (kind, names) in before.map(|it| way::drained(&it, &next, goal)).unwrap_or_default() {
            self.draining.entry(kind).or_default().extend(names);
        }
        if self.is_tested && !self.is_proven && matches!(stage, Stage::Last | Stage::Linger) {
            wanted = vec![at.steps.all_needs(&next)];
        }
        wanted.retain(|it| !it.is_empty());
        self.needs = match &wanted[..] {
            [one] => one.clone(),
            all => all.iter().flat_map(|it| it.iter()).cloned().collect(),
        };
        self.answered = [false; 2];
        // A newer goal in the middle of a stage does not make it longer: constant change must not hold routes up (P137).
        let is_awaited = stage == Stage::Make && self.absent[0];
        let patience = if is_awaited { at.options.stage_timeout.max(WARMING) } else { at.options.stage_timeout };
        let goes_on = self.stage == stage && matches!(stage, Stage::Make | Stage::Switch);
        let usual = if goes_on { self.deadline } else { None }.unwrap_or(at.now + patience);
        self.deadline = Some(deadline.unwrap_or(usual));
        self.stage = stage;
    }
}
