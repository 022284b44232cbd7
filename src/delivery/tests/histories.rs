//! Random histories: whatever happens, in whatever order, the laws hold, and in the end everyone has what is good.
//!
//! `SEED=n cargo test --lib delivery::tests::histories` tells one history step by step; `HISTORIES=100000` runs so many
//! (in CI, with optimisation: unoptimised code takes ten times as long).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use super::client::{Client, Habit};
use super::kit::{Kit, kind, rollout, start};
use super::world::World;
use crate::delivery::{Command, Options};
use crate::lifecycle::spread;
use crate::snapshot::Selection;
use crate::spec::{Canary, OnNack, Rollout};

/// So many if nobody says otherwise. Streams played by hand are fast; a twentieth as many have real ones,
/// which show what is on the wire.
const HISTORIES: u64 = 2_000;

#[test]
fn p131_p132_p139_no_history_breaks_the_order() {
    all(0..asked("HISTORIES").unwrap_or(HISTORIES), false, &staged);
}

#[test]
fn p131_p132_p139_no_history_breaks_the_order_on_the_wire() {
    all(0..asked("HISTORIES").unwrap_or(HISTORIES) / 20, true, &staged);
}

#[test]
fn everything_at_once_breaks_the_order() {
    let broken = (0..200).filter(|seed| History::new(Kit::new(), *seed, false, &|_| Options::direct()).run().is_err());
    let broken = broken.count();
    assert!(broken > 50, "the model has no teeth: {broken}");
}

#[expect(clippy::disallowed_methods, reason = "for whoever runs one history by hand")]
fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn staged(dice: &mut Dice) -> Options {
    let some = |dice: &mut Dice, options: &[&str]| match dice.below(options.len() + 1) {
        0 => Rollout::default(),
        at => rollout(options[at - 1]),
    };
    let canary = some(dice, &["canary=off", "canary=50%", "canary=n2", "canary=one"]);
    let nack = some(dice, &["nack=rollback", "nack=rollback", "nack=hold", "nack=ignore"]);
    let rollout = canary.within(&nack).within(&some(dice, &["bake=1s", "bake=15s"]));
    Options { rollout, silence_proceeds: dice.chance(80), ..Options::default() }
}

fn all(seeds: std::ops::Range<u64>, real: bool, options: &(dyn Fn(&mut Dice) -> Options + Sync)) {
    thread_local!(static KIT: RefCell<Option<Kit>> = const { RefCell::new(None) });
    if let Some(seed) = asked("SEED") {
        panic!("{}", tale(seed, real, options));
    }
    let fault = Mutex::new(None::<(u64, String)>);
    let piece = (seeds.end - seeds.start).div_ceil(64).max(1);
    spread(64, &|at| {
        let from = seeds.start + at as u64 * piece;
        let mut kit = KIT.take().unwrap_or_else(Kit::new);
        for seed in from..(from + piece).min(seeds.end) {
            let mut history = History::new(kit, seed, real, options);
            let outcome = history.run();
            kit = history.world.kit;
            let mut first = fault.lock().expect("no panic before");
            if let Err(fault) = outcome
                && first.as_ref().is_none_or(|it| seed < it.0)
            {
                *first = Some((seed, fault));
            }
            if first.is_some() {
                return;
            }
        }
        KIT.set(Some(kit));
    });
    if let Some((seed, fault)) = fault.into_inner().expect("no panic before") {
        panic!("seed {seed}: {fault}\n{}", tale(seed, real, options));
    }
}

/// What happened in one history, step by step.
fn tale(seed: u64, real: bool, options: &dyn Fn(&mut Dice) -> Options) -> String {
    let mut history = History::new(Kit::new(), seed, real, options);
    history.world.tale = Some(vec![format!("{:?}", history.world.options)]);
    let outcome = history.run();
    format!("{}\n{outcome:?}", history.world.tale.unwrap_or_default().join("\n"))
}

/// What happens in one history is decided by its seed alone (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((it ^ (it >> 31)) % bound as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// What the user writes: every reference is to something that exists.
#[derive(Debug, Default)]
struct Text {
    /// Content, whether it asks for endpoints and their content, whether it is slow.
    clusters: BTreeMap<&'static str, (usize, Option<usize>, bool)>,
    /// Content and clusters.
    routes: BTreeMap<&'static str, (usize, Vec<&'static str>)>,
    /// Content and the route or cluster.
    listeners: BTreeMap<&'static str, (usize, &'static str)>,
    bad: Option<&'static str>,
    label: Option<usize>,
    /// Whether n3 gets a document of its own besides, and when that was new last.
    extra: bool,
    anew: usize,
}

const CLUSTERS: [&str; 4] = ["c1", "c2", "c3", "c4"];
const ROUTES: [&str; 3] = ["r1", "r2", "r3"];
const LISTENERS: [&str; 2] = ["l1", "l2"];
const NODES: [&str; 3] = ["n1", "n2", "n3"];

impl Text {
    fn edit(&mut self, dice: &mut Dice, count: usize) {
        self.bad = None;
        match dice.below(12) {
            0 | 1 => return self.churn(dice, count),
            4 => {
                self.label = Some(count);
                return;
            }
            _ => {}
        }
        for _ in 0..=dice.below(3) {
            self.change(dice, count);
        }
        if dice.chance(12) {
            let names: Vec<_> =
                self.clusters.keys().chain(self.routes.keys()).chain(self.listeners.keys()).copied().collect();
            self.bad = (!names.is_empty()).then(|| dice.pick(&names));
            if let Some(bad) = self.bad {
                self.touch(bad, count);
            }
        }
        self.mend(dice);
    }

    fn churn(&mut self, dice: &mut Dice, count: usize) {
        let eds: Vec<_> = self.clusters.iter().filter(|it| it.1.1.is_some()).map(|it| *it.0).collect();
        if !eds.is_empty()
            && let Some(it) = self.clusters.get_mut(dice.pick(&eds))
        {
            it.1 = Some(count);
        }
    }

    fn touch(&mut self, name: &str, count: usize) {
        self.clusters.get_mut(name).into_iter().for_each(|it| it.0 = count);
        self.routes.get_mut(name).into_iter().for_each(|it| it.0 = count);
        self.listeners.get_mut(name).into_iter().for_each(|it| it.0 = count);
    }

    fn change(&mut self, dice: &mut Dice, count: usize) {
        let (cluster, route, listener) = (dice.pick(&CLUSTERS), dice.pick(&ROUTES), dice.pick(&LISTENERS));
        match dice.below(13) {
            // The usual way of a change: a new cluster in the place of an old one.
            10.. => {
                let old = self.routes.get(route).map(|it| it.1[0]);
                self.clusters.insert(cluster, (count, dice.chance(60).then_some(count), false));
                self.routes.insert(route, (count, vec![cluster]));
                old.filter(|it| *it != cluster).into_iter().for_each(|it| _ = self.clusters.remove(it));
            }
            0..=2 => {
                let old = dice.chance(30).then(|| dice.below(3));
                let endpoints = dice.chance(60).then_some(count);
                self.clusters.insert(cluster, (old.unwrap_or(count), endpoints, dice.chance(15)));
            }
            3 | 4 => drop(self.clusters.remove(cluster)),
            5 | 6 => {
                let uses = if dice.chance(30) { vec![cluster, dice.pick(&CLUSTERS)] } else { vec![cluster] };
                self.routes.insert(route, (count, uses));
            }
            7 => drop(self.routes.remove(route)),
            8 => drop(self.listeners.insert(listener, (count, if dice.chance(70) { route } else { cluster }))),
            _ => drop(self.listeners.remove(listener)),
        }
    }

    /// What refers to nothing refers to something else, or goes.
    fn mend(&mut self, dice: &mut Dice) {
        let clusters: Vec<_> = self.clusters.keys().copied().collect();
        if clusters.is_empty() {
            self.routes.clear();
            self.listeners.clear();
            return;
        }
        for (_, uses) in self.routes.values_mut() {
            for it in uses.iter_mut().filter(|it| !clusters.contains(*it)) {
                *it = dice.pick(&clusters);
            }
            uses.sort_unstable();
            uses.dedup();
        }
        let targets: Vec<_> = clusters.iter().chain(self.routes.keys()).copied().collect();
        for (_, uses) in self.listeners.values_mut().filter(|it| !targets.contains(&it.1)) {
            *uses = dice.pick(&targets);
        }
    }

    fn line(&self) -> String {
        let bad = |name: &str| if self.bad == Some(name) { "!" } else { "" };
        let mut line = self.label.map_or(String::new(), |it| format!("[v={it}]"));
        for (name, (content, endpoints, slow)) in &self.clusters {
            line += &format!(" {name}:{content}{}{}", if *slow { "~" } else { "" }, bad(name));
            line += &endpoints.map_or(String::new(), |it| format!(" e:{name}:{it}"));
        }
        for (name, (content, uses)) in &self.routes {
            line += &format!(" {name}:{content}{}>{}", bad(name), uses.join(","));
        }
        for (name, (content, uses)) in &self.listeners {
            line += &format!(" {name}:{content}{}>{uses}", bad(name));
        }
        if self.extra {
            let (content, anew) = (self.clusters.len() + self.anew, self.anew);
            line += &format!(" | [n3] c5:{content} r5:{anew}>c5 l5:{anew}>r5");
        }
        line
    }
}

fn is_willing(client: &Client) -> bool {
    !client.mute && !client.vetoes
}

struct History {
    dice: Dice,
    world: World,
    text: Text,
    real: bool,
    edits: usize,
}

impl History {
    fn new(kit: Kit, seed: u64, real: bool, options: &dyn Fn(&mut Dice) -> Options) -> Self {
        let mut dice = Dice(seed);
        let world = World::new(kit, options(&mut dice), start());
        let text = Text { extra: dice.chance(30), ..Text::default() };
        Self { dice, world, text, real, edits: 3 }
    }

    fn run(&mut self) -> Result<(), String> {
        self.text.clusters.insert("c1", (1, self.dice.chance(60).then_some(1), false));
        self.text.routes.insert("r1", (1, vec!["c1"]));
        self.text.listeners.insert("l1", (1, "r1"));
        for _ in 0..3 {
            let count = self.count();
            self.text.change(&mut self.dice, count);
        }
        self.text.mend(&mut self.dice);
        self.publish();
        for step in 0..40 {
            self.step();
            self.lawful().map_err(|it| format!("step {step}: {it}"))?;
        }
        self.finish().map_err(|it| format!("at the end: {it}"))
    }

    fn lawful(&mut self) -> Result<(), String> {
        let World { laws, delivery, clients, crashed, .. } = &mut self.world;
        laws.goes_on(delivery, clients, *crashed);
        laws.counts(delivery);
        self.world.laws.fault.take().map_or(Ok(()), Err)
    }

    fn count(&mut self) -> usize {
        self.edits += 1;
        self.edits
    }

    fn publish(&mut self) {
        let line = self.text.line();
        self.world.tell(|| format!("publish {line}"));
        self.world.publish(&line);
    }

    fn step(&mut self) {
        let clients = self.world.clients.len();
        if clients == 0 || clients < NODES.len() && self.dice.chance(10) {
            return self.come();
        }
        let client = self.dice.below(clients);
        match self.dice.below(40) {
            0..=5 => {
                let count = self.count();
                self.text.edit(&mut self.dice, count);
                self.publish();
            }
            6 => self.operate(),
            7..=9 => {
                let time = if self.dice.chance(70) { 50 + self.dice.below(600) } else { 1000 * self.dice.below(12) };
                self.world.tell(|| format!("+ {time}ms"));
                self.world.pass(Duration::from_millis(time as u64));
            }
            10 => self.blip(client),
            11 if self.dice.chance(30) => {
                self.world.tell(|| format!("{} mute or not", NODES[client]));
                self.world.clients[client].mute ^= true;
            }
            12 if self.dice.chance(20) => {
                self.world.tell(|| "the server restarts".into());
                self.world.restart();
                (0..clients).for_each(|it| self.world.come(it));
            }
            12 if self.dice.chance(20) && self.world.calm() && self.verify().is_ok() => {
                self.world.tell(|| "the server restarts with what was good before".into());
                let line = self.text.line();
                self.world.restart_behind(&line);
                (0..clients).for_each(|it| self.world.come(it));
            }
            24 if self.dice.chance(40) => self.reconnect(),
            25 if self.dice.chance(30) => {
                self.world.tell(|| format!("{} vetoes or not", NODES[client]));
                self.world.clients[client].vetoes ^= true;
            }
            13..=20 => {
                self.world.tell(|| format!("{} converses", NODES[client]));
                self.world.converse(client);
            }
            21..=23 => {
                self.world.tell(|| "all is calm".into());
                self.world.calm();
            }
            _ => self.one(client),
        }
    }

    /// One stream does one thing.
    fn one(&mut self, client: usize) {
        let peer = self.dice.below(self.world.clients[client].peers.len());
        let (what, at) = (self.dice.below(3), self.dice.below(4));
        self.world.tell(|| format!("{} stream {peer} {}", NODES[client], ["looks", "sends", "answers"][what]));
        match what {
            0 => self.world.look(client, peer),
            1 => drop(self.world.send(client, peer)),
            _ if self.world.clients[client].mute => {}
            _ => drop(self.world.answer(client, at)),
        }
    }

    fn come(&mut self) {
        let separate = self.dice.chance(40);
        let (delta, lean) = (self.dice.chance(50), self.dice.chance(15));
        let withholds = self.real && !separate && !lean && self.dice.chance(50);
        let habit = Habit { separate, delta, lean, real: self.real, deaf: false, withholds };
        let id = NODES[self.world.clients.len()];
        self.world.tell(|| format!("{id} comes, {habit:?}"));
        let client = self.world.add(id, habit);
        self.world.come(client);
    }

    fn blip(&mut self, client: usize) {
        let how = self.dice.below(4);
        self.world.tell(|| format!("{} {}", NODES[client], ["leaves", "restarts", "blips", "blips in part"][how]));
        match how {
            0 => self.world.leave(client),
            1 => {
                self.world.leave(client);
                self.world.clients[client].restart();
                self.world.come(client);
            }
            2 => {
                self.world.leave(client);
                self.world.come(client);
            }
            _ => {
                let peer = self.dice.below(self.world.clients[client].peers.len());
                self.world.close(client, peer);
                if self.dice.chance(50) {
                    self.world.open(client, peer);
                }
            }
        }
    }

    /// All streams end in one moment, and are opened again after a while, in an order of their own.
    fn reconnect(&mut self) {
        let (clients, time) = (self.world.clients.len(), self.dice.pick(&[0, 100, 1_000, 3_000, 20_000]));
        let first = self.dice.below(clients);
        self.world.tell(|| format!("everyone reconnects after {time}ms"));
        (0..clients).for_each(|it| self.world.leave((it + first) % clients));
        self.world.pass(Duration::from_millis(time));
        (0..clients).for_each(|it| self.world.come((it + first * 2) % clients));
    }

    fn operate(&mut self) {
        let command = self.dice.pick(&[Command::Pause, Command::Resume, Command::Promote, Command::Abort]);
        // Whoever promotes what was refused gets it everywhere: that is a wish, not a fault.
        self.world.tell(|| format!("{command:?}"));
        self.world.command(command);
    }

    /// Nothing is bad any more, everyone is there and answers, and time passes: soon nothing moves, and everyone has
    /// exactly what is good. Before that it reaches whoever answers in spite of those who refuse everything or are mute.
    fn finish(&mut self) -> Result<(), String> {
        self.world.tell(|| "the end".into());
        (0..self.world.clients.len()).for_each(|it| self.world.come(it));
        if self.has_willing() {
            self.reach_willing()?;
        }
        for client in &mut self.world.clients {
            (client.mute, client.vetoes) = (false, false);
        }
        self.publish_anew();
        self.world.command(Command::Resume);
        for _ in 0..60 {
            if !self.world.calm() {
                return Err("the streams find no rest".into());
            }
            self.lawful()?;
            let Some(due) = self.world.delivery.poll_timeout() else { return self.verify() };
            self.world.pass(due.saturating_duration_since(self.world.now));
            self.lawful()?;
        }
        Err(format!("the clock finds no rest: {:?}", self.world.delivery.report_all()))
    }

    /// Everything is new, and nothing is bad.
    fn publish_anew(&mut self) {
        let count = self.count();
        (self.text.bad, self.text.anew) = (None, count * 10);
        for name in CLUSTERS.iter().chain(&ROUTES).chain(&LISTENERS) {
            self.text.touch(name, count);
        }
        self.text.clusters.values_mut().filter(|it| it.1.is_some()).for_each(|it| it.1 = Some(count));
        self.text.mend(&mut self.dice);
        self.publish();
    }

    /// Whether in each group somebody answers and accepts, one node at most refuses everything, and nobody decides by hand:
    /// what a node refuses that `rollout:` names counts for all, and `hold` waits.
    fn has_willing(&self) -> bool {
        let rollout = &self.world.options.rollout;
        let is_free = !matches!(rollout.canary, Some(Canary::Nodes(_))) && rollout.on_nack != Some(OnNack::Hold);
        let is_free = is_free && self.world.options.silence_proceeds;
        let group_of = |it: &Client| self.text.extra && it.node.id == NODES[2];
        let clients = &self.world.clients;
        let is_free = is_free && clients.iter().filter(|it| it.vetoes).count() < 2;
        is_free
            && clients.iter().all(|it| clients.iter().any(|other| group_of(it) == group_of(other) && is_willing(other)))
    }

    fn reach_willing(&mut self) -> Result<(), String> {
        // The first refusals are believed: of each node that vetoes, in each group.
        for _ in 0..4 {
            self.publish_anew();
            for _ in 0..12 {
                if !self.world.calm() {
                    return Err("the streams find no rest".into());
                }
                self.world.pass(Duration::from_secs(5));
                self.lawful()?;
            }
        }
        let (report, number) = (self.world.delivery.report_all(), Some(self.world.number()));
        // Who refuses what was bad before is on its way while that lingers.
        let has =
            |it: &Client| report.nodes.iter().any(|node| node.node == it.node && (node.has == number || node.refuses));
        if report.good == number && self.world.clients.iter().filter(|it| is_willing(it)).all(has) {
            return Ok(());
        }
        Err(format!("beside some that refuse or are mute it does not arrive: {report:?}"))
    }

    fn verify(&self) -> Result<(), String> {
        let report = self.world.delivery.report_all();
        let good = self.world.delivery.good().ok_or("nothing is good")?;
        if report.trial.is_some() || good.number != self.world.number() {
            return Err(format!("the last generation was not promoted: {report:?}"));
        }
        for client in &self.world.clients {
            let Selection::Snapshot(goal) = good.select(&client.node) else { continue };
            let view = self.world.delivery.view(&client.node).ok_or("a node without a view")?;
            let shown = view.snapshot.ok_or("nothing is shown")?;
            for (at, sub) in client.subs.iter().enumerate() {
                let (set, is) = (goal.set(&kind(at)), shown.set(&kind(at)));
                if set.map(|it| it.version()) != is.map(|it| it.version()) {
                    return Err(format!("{} is shown {is:?}, not {set:?}: {report:?}", client.node));
                }
                let wanted = set.into_iter().flat_map(|it| it.resources()).filter(|it| sub.has(&it.name));
                let wanted: BTreeMap<_, _> = wanted.map(|it| (it.name.clone(), it.version)).collect();
                let held: BTreeMap<_, _> = sub.held.iter().map(|(name, it)| (name.clone(), it.version)).collect();
                if wanted != held {
                    return Err(format!("{} holds {held:?}, not {wanted:?}", client.node));
                }
            }
        }
        Ok(())
    }
}
