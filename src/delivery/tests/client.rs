//! A client as Envoys and gRPC libraries are: what it asks for, what it holds, what it may still use.
//!
//! Its streams are played by hand here (a stream that sends what the view has and the client has not), or are the real
//! ones (`wire`): what is sent is judged in the same way.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use super::kit::{CDS, EDS, Kit, LDS, RDS, is_bad, kind};
use super::wire::Wire;
use crate::delivery::{Standing, StreamKey, View};
use crate::resource::{Node, Resource, ResourceType, Version};
use crate::snapshot::{Need, Snapshot, TypeSet};

pub(super) type Items = BTreeMap<Arc<str>, Arc<Resource>>;

/// How a client behaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Habit {
    /// A stream for each type; if not, one for all.
    pub(super) separate: bool,
    pub(super) delta: bool,
    /// Asks for all clusters and listeners, and for nothing that they need.
    pub(super) deaf: bool,
    /// Asks for a listener by name, then for what that uses, as gRPC does; if not, for all clusters and listeners.
    pub(super) lean: bool,
    /// Its streams are real ones.
    pub(super) real: bool,
}

#[derive(Debug)]
pub(super) struct Client {
    pub(super) node: Arc<Node>,
    pub(super) habit: Habit,
    pub(super) subs: [Sub; 4],
    pub(super) peers: Vec<Peer>,
    /// Clusters that take traffic: they have their endpoints, or are still what they were before they asked for some.
    pub(super) ready: BTreeSet<Arc<str>>,
    /// It answers nothing.
    pub(super) mute: bool,
    /// It refuses whatever it has not accepted before.
    pub(super) vetoes: bool,
    /// It began with nothing and has not settled yet: it asks for things in its own order.
    pub(super) fresh: bool,
    /// A stage went on without its answer since it settled last: then it may get a route before it has said that it has
    /// the clusters, and lose what it says nothing about.
    pub(super) late: bool,
}

/// One type: what is asked for, and what came of it.
#[derive(Debug, Default)]
pub(super) struct Sub {
    pub(super) wants: Option<Wants>,
    pub(super) held: Items,
    /// All that it ever accepted.
    had: HashSet<(Arc<str>, Version)>,
    /// What it will hold if it accepts the response that is on its way, and of which generation that is.
    pub(super) pending: Option<(Items, u64)>,
    /// By hand: what the client refused, by name in delta, and the whole set otherwise.
    bad: BTreeMap<Arc<str>, Version>,
    refused: Option<Version>,
    sent: Option<Version>,
    /// With real streams: the version that it accepted last.
    pub(super) accepted: String,
    /// By hand: what the stream was told last that the client should have.
    target: Option<Arc<TypeSet>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wants {
    All,
    Names(BTreeSet<Arc<str>>),
}

/// One stream.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) key: Option<StreamKey>,
    pub(super) types: Range<usize>,
    pub(super) view: Option<Arc<Snapshot>>,
    pub(super) step: u64,
    pub(super) needs: Arc<[Need]>,
    /// What was told last.
    pub(super) said: Standing,
    pub(super) wire: Option<Box<Wire>>,
}

impl Wants {
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Names(names) => names.contains(name),
        }
    }
}

impl Sub {
    pub(super) fn has(&self, name: &str) -> bool {
        self.wants.as_ref().is_some_and(|it| it.has(name))
    }

    fn is_asked(&self) -> bool {
        match &self.wants {
            Some(Wants::Names(names)) => !names.is_empty(),
            Some(Wants::All) => true,
            None => false,
        }
    }

    /// Whether the stream would send anything now.
    fn is_due(&self, at: usize, habit: Habit) -> bool {
        let (Some(wants), Some(target)) = (&self.wants, &self.target) else { return false };
        if self.refused == Some(target.version()) {
            return false;
        }
        if !self.bad.is_empty() {
            return self.due(at, habit).is_some();
        }
        let mut same = 0;
        for it in target.resources().iter().filter(|it| wants.has(&it.name)) {
            match self.held.get(&it.name) {
                Some(held) if held.version == it.version => same += 1,
                _ => return true,
            }
        }
        same != self.held.len() && (habit.delta || at == CDS || at == LDS)
    }

    /// What the stream would send now, if anything.
    fn due(&self, at: usize, habit: Habit) -> Option<Items> {
        let (wants, target) = (self.wants.as_ref()?, self.target.as_ref()?);
        if self.refused == Some(target.version()) {
            return None;
        }
        let wanted = target.resources().iter().filter(|it| wants.has(&it.name));
        let mut next: Items = wanted.map(|it| (it.name.clone(), it.clone())).collect();
        for (name, version) in &self.bad {
            if next.get(name).is_some_and(|it| it.version == *version) {
                next.remove(name);
                next.extend(self.held.get(name).map(|it| (name.clone(), it.clone())));
            }
        }
        if !habit.delta && (at == EDS || at == RDS) {
            // There are no words for absence: the client keeps what it has.
            next = self.held.clone().into_iter().chain(next).collect();
        }
        (!is_same(&next, &self.held)).then_some(next)
    }

    fn refuses(&self) -> bool {
        let target = self.target.as_ref();
        self.refused.is_some_and(|it| target.is_some_and(|target| target.version() == it))
            || self.bad.iter().any(|(name, it)| {
                target.and_then(|target| target.get(name)).is_some_and(|target| target.version == *it)
            })
    }
}

/// Whether the client refuses a resource.
fn is_refused(sub: &Sub, resource: &Resource, vetoes: bool) -> bool {
    is_bad(resource) || vetoes && !sub.had.contains(&(resource.name.clone(), resource.version))
}

fn is_same(a: &Items, b: &Items) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && a.1.version == b.1.version)
}

impl Peer {
    fn new(types: Range<usize>) -> Self {
        let (needs, said) = (Arc::default(), Standing::default());
        Self { key: None, types, view: None, step: 0, needs, said, wire: None }
    }
}

impl Client {
    pub(super) fn new(node: Arc<Node>, habit: Habit) -> Self {
        let peers =
            if habit.separate { (0..4).map(|it| Peer::new(it..it + 1)).collect() } else { vec![Peer::new(0..4)] };
        let mut client = Self {
            node,
            habit,
            subs: Default::default(),
            peers,
            ready: BTreeSet::new(),
            mute: false,
            vetoes: false,
            fresh: true,
            late: false,
        };
        client.begin();
        client
    }

    /// Asks for what it asks for with nothing.
    fn begin(&mut self) {
        if self.habit.lean {
            self.subs[LDS].wants = Some(Wants::Names([Arc::from("l1")].into()));
        } else {
            (self.subs[CDS].wants, self.subs[LDS].wants) = (Some(Wants::All), Some(Wants::All));
        }
    }

    /// Forgets everything, as after a restart.
    pub(super) fn restart(&mut self) {
        (self.subs, self.fresh, self.late) = (Default::default(), true, false);
        self.ready.clear();
        self.begin();
    }

    pub(super) fn is_connected(&self) -> bool {
        self.peers.iter().any(|it| it.key.is_some())
    }

    pub(super) fn peer_of(&self, at: usize) -> usize {
        if self.habit.separate { at } else { 0 }
    }

    /// A stream ends: what was on its way is lost.
    pub(super) fn close(&mut self, peer: usize) -> Option<StreamKey> {
        for at in self.peers[peer].types.clone() {
            let sub = &mut self.subs[at];
            (sub.pending, sub.refused, sub.target) = (None, None, None);
            sub.bad.clear();
        }
        let types = self.peers[peer].types.clone();
        std::mem::replace(&mut self.peers[peer], Peer::new(types)).key
    }

    /// Takes a view, as the driver of a stream does.
    pub(super) fn look(&mut self, peer: usize, view: View) {
        let it = &mut self.peers[peer];
        (it.step, it.needs) = (view.step, view.needs);
        let Some(snapshot) = view.snapshot else { return };
        if let Some(wire) = &mut it.wire {
            wire.stream.handle_view(snapshot.clone());
        } else {
            for at in it.types.clone() {
                let kind = kind(at);
                if snapshot.tells_of(&kind) {
                    self.subs[at].target = Some(snapshot.set(&kind).cloned().unwrap_or_else(|| TypeSet::empty(&kind)));
                }
            }
        }
        it.view = Some(snapshot);
    }

    /// The next response of a stream: of which type, and what the client will hold if it accepts.
    pub(super) fn send(&mut self, peer: usize, kit: &Kit, now: Instant) -> Option<usize> {
        if let Some(mut wire) = self.peers[peer].wire.take() {
            let sent = wire.send(&self.subs, kit, now);
            self.peers[peer].wire = Some(wire);
            let (at, items, generation) = sent?;
            self.subs[at].pending = Some((items, generation));
            return Some(at);
        }
        let view = self.peers[peer].view.clone()?;
        for at in self.peers[peer].types.clone() {
            let sub = &mut self.subs[at];
            if !sub.is_due(at, self.habit) {
                continue;
            }
            if sub.pending.is_some() {
                return None; // P136
            }
            let Some(due) = sub.due(at, self.habit) else { continue };
            (sub.pending, sub.sent) =
                (Some((due, view.generation_of(&kind(at)))), sub.target.as_ref().map(|it| it.version()));
            return Some(at);
        }
        None
    }

    /// Whether the response that is on its way has anything new that the client refuses.
    pub(super) fn is_refusable(&self, at: usize) -> bool {
        let sub = &self.subs[at];
        let new = |it: &&Arc<Resource>| sub.held.get(&it.name).is_none_or(|old| old.version != it.version);
        let vetoes = self.vetoes;
        sub.pending.as_ref().is_some_and(|it| it.0.values().filter(new).any(|it| is_refused(sub, it, vetoes)))
    }

    /// Accepts; what it asks for may change.
    pub(super) fn accept(&mut self, at: usize) {
        let sub = &mut self.subs[at];
        let Some((items, _)) = sub.pending.take() else { return };
        sub.had.extend(items.values().map(|it| (it.name.clone(), it.version)));
        sub.held = items;
        sub.bad.retain(|name, version| {
            sub.target.as_ref().and_then(|it| it.get(name)).is_some_and(|it| it.version == *version)
        });
        sub.refused = None;
        self.want();
        let (clusters, endpoints) = (&self.subs[CDS].held, &self.subs[EDS].held);
        let is_warm = |it: &&Arc<Resource>| it.endpoints.as_ref().is_none_or(|it| endpoints.contains_key(it));
        self.ready.retain(|it| clusters.contains_key(it));
        self.ready.extend(clusters.values().filter(is_warm).map(|it| it.name.clone()));
    }

    /// Refuses; returns the generation and the names.
    pub(super) fn reject(&mut self, at: usize) -> Option<(u64, Vec<Arc<str>>)> {
        let (delta, vetoes) = (self.habit.delta, self.vetoes);
        let sub = &mut self.subs[at];
        let (items, generation) = sub.pending.take()?;
        let bad: Vec<_> = items.values().filter(|it| is_refused(sub, it, vetoes)).collect();
        let bad = bad.into_iter();
        let names = bad.clone().map(|it| it.name.clone()).collect();
        if delta {
            sub.bad.extend(bad.map(|it| (it.name.clone(), it.version)));
        } else {
            sub.refused = sub.sent;
        }
        Some((generation, names))
    }

    /// Works out what it asks for from what it holds.
    pub(super) fn want(&mut self) {
        let needed = |sub: &Sub, at: usize| -> BTreeSet<Arc<str>> {
            let kind = kind(at);
            let needs = sub.held.values().flat_map(|it| it.needs.iter());
            needs.filter(|it| it.0 == kind).map(|it| it.1.clone()).collect()
        };
        if self.habit.deaf {
            return;
        }
        let routes = needed(&self.subs[LDS], RDS);
        self.ask(RDS, routes);
        if self.habit.lean {
            let clusters = [LDS, RDS].into_iter().flat_map(|it| needed(&self.subs[it], CDS)).collect();
            self.ask(CDS, clusters);
        }
        let endpoints = needed(&self.subs[CDS], EDS);
        self.ask(EDS, endpoints);
    }

    fn ask(&mut self, at: usize, names: BTreeSet<Arc<str>>) {
        let sub = &mut self.subs[at];
        if sub.wants.is_none() && names.is_empty() {
            return;
        }
        sub.held.retain(|name, _| names.contains(name));
        if let Some((items, _)) = sub.pending.as_mut().filter(|_| !self.habit.real) {
            items.retain(|name, _| names.contains(name));
        }
        sub.wants = Some(Wants::Names(names));
    }

    /// What a stream tells the delivery.
    pub(super) fn standing(&self, peer: usize) -> Standing {
        let it = &self.peers[peer];
        if let Some(wire) = &it.wire {
            return wire.standing(it.step, &it.needs);
        }
        let of_tier =
            |routes: bool| it.types.clone().filter(move |at| (*at >= LDS) == routes).map(|at| (at, &self.subs[at]));
        let at_rest = |(at, sub): (usize, &Sub)| sub.pending.is_none() && !sub.is_due(at, self.habit);
        let here = |of: &ResourceType| it.types.clone().find(|at| kind(*at) == *of).map(|at| &self.subs[at]);
        let asks = |it: &Need| here(&it.user.0).is_some_and(|sub| sub.has(&it.user.1.name));
        let has = |it: &Need| {
            here(&it.kind).is_some_and(|sub| {
                let target = sub.target.as_ref().and_then(|target| target.get(&it.name));
                target.is_some_and(|target| sub.held.get(&it.name).is_some_and(|it| it.version == target.version))
            })
        };
        let those = |test: &dyn Fn(&Need) -> bool| {
            it.needs.iter().zip(0..).filter(|(it, _)| test(it)).map(|(_, at)| at).collect()
        };
        Standing {
            step: it.step,
            settled: [false, true].map(|routes| of_tier(routes).all(at_rest)),
            refuses: [false, true].map(|routes| of_tier(routes).any(|(_, sub)| sub.refuses())),
            asks_for_routes: of_tier(true).any(|(_, sub)| sub.is_asked()),
            asks_for_all: [CDS, LDS].map(|at| it.types.contains(&at) && self.subs[at].is_asked()),
            asks: those(&asks),
            has: those(&has),
        }
    }

    /// Whether nothing is due or unanswered.
    pub(super) fn is_settled(&self) -> bool {
        (0..self.peers.len()).all(|it| self.peers[it].key.is_some() && self.standing(it).settled == [true; 2])
    }

    /// The clusters that requests may be sent to: by the listeners and routes that it holds, or was sent, but for what is
    /// on its way of one type.
    pub(super) fn may_use(&self, but: usize) -> BTreeSet<Arc<str>> {
        let clusters = kind(CDS);
        let all = [LDS, RDS].into_iter().flat_map(|at| {
            let sub = &self.subs[at];
            let pending = sub.pending.iter().filter(move |_| at != but);
            sub.held.values().chain(pending.flat_map(|it| it.0.values()))
        });
        all.flat_map(|it| it.needs.iter()).filter(|it| it.0 == clusters).map(|it| it.1.clone()).collect()
    }
}
