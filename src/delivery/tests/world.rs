//! A delivery and its clients: everything that can happen, one step at a time, with the laws looked after (`laws`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::client::{Client, Habit, Sub};
use super::kit::{CDS, Kit, SHORTS, node, token, tokens};
use super::laws::Laws;
use super::wire::{Wire, refusal};
use crate::delivery::{Command, Delivery, Left, Nack, Notice, Options};
use crate::resource::Node;
use crate::snapshot::{Claim, Generation};
use crate::spec::OnNack;

pub(super) struct World {
    pub(super) kit: Kit,
    pub(super) options: Options,
    pub(super) delivery: Delivery,
    pub(super) clients: Vec<Client>,
    pub(super) now: Instant,
    pub(super) laws: Laws,
    /// Whether a client came with nothing since the last generation was published: it may have crashed.
    pub(super) crashed: bool,
    /// Since somebody asked.
    pub(super) notices: Vec<Notice>,
    /// What happened, for whoever asks.
    pub(super) tale: Option<Vec<String>>,
    number: u64,
    streams: u32,
    /// The newest generations, good or not.
    lately: Vec<Arc<Generation>>,
}

impl World {
    pub(super) fn new(mut kit: Kit, options: Options, now: Instant) -> Self {
        kit.restart();
        Self {
            kit,
            delivery: Delivery::new(options.clone()),
            options,
            clients: Vec::new(),
            now,
            laws: Laws::default(),
            crashed: false,
            notices: Vec::new(),
            tale: None,
            number: 0,
            streams: 0,
            lately: Vec::new(),
        }
    }

    /// The number of the newest generation.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn client(&self, id: &str) -> Option<usize> {
        self.clients.iter().position(|it| it.node.id == id)
    }

    pub(super) fn publish(&mut self, line: &str) {
        self.number += 1;
        self.crashed = false;
        let generation = self.kit.generation(self.number, line);
        self.lately.push(generation.clone());
        let before = self.delivery.trial.as_ref().map(|it| it.generation.number);
        self.laws.published(&generation, before);
        self.delivery.publish(generation.clone(), self.now);
        self.take_out();
        self.laws.endpoints_pass(&generation, &self.delivery, &self.clients);
    }

    /// Another process takes over with what was kept; all streams end.
    pub(super) fn restart(&mut self) {
        let Some(good) = self.delivery.good().cloned() else { return };
        for client in 0..self.clients.len() {
            self.leave(client);
        }
        let remnants: Vec<_> = self.lately.iter().rev().filter(|it| it.number != good.number).cloned().collect();
        let (promoted, tried): (Vec<_>, Vec<_>) = remnants.into_iter().partition(|it| self.laws.is_promoted(it.number));
        self.laws.left_behind(&tried);
        let (refused, tried): (Vec<_>, Vec<_>) = tried.into_iter().partition(|it| self.laws.is_taken_back(it.number));
        let shown = promoted.into_iter().chain(tried).collect();
        self.delivery = Delivery::new(self.options.clone());
        self.delivery.restore(good, Left { shown, refused }, self.now);
        self.take_out();
    }

    /// The same, where the newest was not kept: the documents are read again before anybody comes.
    pub(super) fn restart_behind(&mut self, line: &str) {
        let before = self.lately.iter().rev().skip(1).find(|it| self.laws.is_promoted(it.number)).cloned();
        let Some(before) = before else { return };
        for client in 0..self.clients.len() {
            self.leave(client);
        }
        self.delivery = Delivery::new(self.options.clone());
        self.delivery.restore(before, Left::default(), self.now);
        self.take_out();
        self.publish(line);
    }

    /// A client that comes for the first time; none of its streams is open.
    pub(super) fn add(&mut self, id: &str, habit: Habit) -> usize {
        self.clients.push(Client::new(node(id), habit));
        self.clients.len() - 1
    }

    /// Opens all streams that are not open, as far as the client asks for something on them.
    pub(super) fn come(&mut self, client: usize) {
        for peer in 0..self.clients[client].peers.len() {
            self.open(client, peer);
        }
    }

    /// Opens a stream, if the client asks for anything on it.
    pub(super) fn open(&mut self, client: usize, peer: usize) {
        let it = &mut self.clients[client];
        let types = it.peers[peer].types.clone();
        let Some(first) = types.clone().find(|at| it.subs[*at].wants.is_some()) else { return };
        if it.peers[peer].key.is_some() {
            return;
        }
        if it.habit.real {
            self.streams += 1;
            it.peers[peer].wire = Some(Box::new(Wire::new(self.streams, it.habit, peer)));
            self.ask(client, peer);
        } else {
            let claim = claim(first, &it.subs[first]);
            let is_fresh = self.laws.came(it, &claim);
            (it.fresh, self.crashed) = (it.fresh | is_fresh, self.crashed | is_fresh);
            let key = self.delivery.connect(&it.node, &claim, self.now);
            self.clients[client].peers[peer].key = Some(key);
        }
        self.take_out();
        self.look(client, peer);
    }

    /// The client's requests for what it newly asks for, by a real stream.
    fn ask(&mut self, client: usize, peer: usize) {
        let it = &mut self.clients[client];
        let Some(mut wire) = it.peers[peer].wire.take() else { return };
        for at in it.peers[peer].types.clone() {
            let Some(request) = wire.ask(at, &it.subs[at], &it.node) else { continue };
            let claim = wire.stream.claim(&request);
            wire.stream.handle_request(request, self.now).expect("a good request");
            match it.peers[peer].key {
                Some(key) if claim.tells() => self.delivery.claim(key, &claim, self.now),
                Some(_) => {}
                None => {
                    let is_fresh = self.laws.came(it, &claim);
                    (it.fresh, self.crashed) = (it.fresh | is_fresh, self.crashed | is_fresh);
                    it.peers[peer].key = Some(self.delivery.connect(&it.node, &claim, self.now));
                }
            }
        }
        it.peers[peer].wire = Some(wire);
    }

    pub(super) fn leave(&mut self, client: usize) {
        for peer in 0..self.clients[client].peers.len() {
            self.close(client, peer);
        }
    }

    pub(super) fn close(&mut self, client: usize, peer: usize) {
        if let Some(key) = self.clients[client].close(peer) {
            self.delivery.disconnect(key, self.now);
            self.take_out();
        }
    }

    /// A stream takes in the newest view.
    pub(super) fn look(&mut self, client: usize, peer: usize) {
        let it = &mut self.clients[client];
        if it.peers[peer].key.is_none() {
            return;
        }
        let view = self.delivery.view(&it.node).unwrap_or_default();
        it.look(peer, view);
        self.report(client, peer);
    }

    /// A stream sends its next response, if there is any.
    pub(super) fn send(&mut self, client: usize, peer: usize) -> bool {
        let it = &mut self.clients[client];
        if it.peers[peer].key.is_none() {
            return false;
        }
        let sent = it.send(peer, &self.kit, self.now);
        if let Some(at) = sent {
            self.laws.sent(&self.clients[client], at);
            let items = self.clients[client].subs[at].pending.iter().flat_map(|it| it.0.values());
            let items = items.map(|it| token(at, it));
            if let Some(tale) = &mut self.tale {
                tale.push(format!("    {} is sent {} {}", client + 1, SHORTS[at], items.collect::<Vec<_>>().join(" ")));
            }
        }
        self.report(client, peer);
        sent.is_some()
    }

    /// The client answers what is on its way of a type: it refuses what it must, and accepts the rest.
    pub(super) fn answer(&mut self, client: usize, at: usize) -> bool {
        let it = &mut self.clients[client];
        if it.subs[at].pending.is_none() {
            return false;
        }
        let peer = it.peer_of(at);
        let refused = if it.is_refusable(at) { it.reject(at) } else { None };
        let mut told = refused.clone();
        if let Some(tale) = &mut self.tale {
            tale.push(format!(
                "    {} {} {}",
                client + 1,
                if refused.is_some() { "refuses" } else { "accepts" },
                SHORTS[at]
            ));
        }
        if let Some(mut wire) = it.peers[peer].wire.take() {
            let names = refused.as_ref().map(|it| it.1.as_slice());
            let request = wire.answer(at, &mut it.subs[at], &it.node, names);
            let events = wire.stream.handle_request(request, self.now).expect("a good request");
            told = refusal(&events);
            it.peers[peer].wire = Some(wire);
        }
        if refused.is_none() {
            it.accept(at);
        }
        // What is ignored is what the operator wants.
        it.late |= refused.is_some() && self.options.rollout.on_nack == Some(OnNack::Ignore);
        if let (Some((generation, names)), Some(key)) = (told, it.peers[peer].key) {
            let nack = Nack { node: it.node.clone(), kind: super::kit::kind(at), names, message: "no".into() };
            self.delivery.refuse(key, generation, nack, self.now);
        }
        self.take_out();
        for peer in 0..self.clients[client].peers.len() {
            // What it accepted may make it ask for more, on other streams too.
            self.ask(client, peer);
            self.open(client, peer);
            self.report(client, peer);
        }
        true
    }

    fn report(&mut self, client: usize, peer: usize) {
        let it = &mut self.clients[client];
        let Some(key) = it.peers[peer].key else { return };
        let standing = it.standing(peer);
        if standing != it.peers[peer].said {
            it.peers[peer].said = standing.clone();
            self.delivery.report(key, standing, self.now);
            self.take_out();
        }
        self.laws.settled(&self.delivery, &mut self.clients[client]);
    }

    pub(super) fn command(&mut self, command: Command) -> bool {
        let done = self.delivery.command(command, self.now).is_ok();
        self.take_out();
        done
    }

    /// Lets time pass, with everything that is due on the way.
    pub(super) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.delivery.poll_timeout().filter(|it| *it <= until) {
            self.now = due.max(self.now);
            self.delivery.elapse(self.now);
            self.take_out();
            self.laws.rings(self.delivery.poll_timeout(), self.now);
            if self.laws.fault.is_some() {
                return;
            }
        }
        self.now = until;
    }

    pub(super) fn tell(&mut self, what: impl FnOnce() -> String) {
        if let Some(tale) = &mut self.tale {
            tale.push(what());
        }
    }

    /// Takes views and notices out, and looks whether they are lawful.
    fn take_out(&mut self) {
        while let Some(notice) = self.delivery.poll_notice() {
            if let Notice::Late { node, .. } = &notice
                && let Some(client) = self.clients.iter_mut().find(|it| it.node == *node)
            {
                client.late = true;
            }
            self.laws.told(&notice);
            self.tell(|| format!("    {}", word(&notice)));
            self.notices.push(notice);
        }
        while let Some((node, view)) = self.delivery.poll_view() {
            self.laws.shown(&self.delivery, &node, &view);
            if let Some(tale) = &mut self.tale {
                let stage = self.delivery.nodes.values().find(|it| it.node == node).map(|it| it.course.stage());
                let shown = view.snapshot.map_or_else(String::new, |it| tokens(&it).join(" "));
                tale.push(format!("    {node} sees {stage:?} {shown}"));
            }
        }
    }

    /// Everyone looks, sends and answers until nothing moves; returns whether that came to an end.
    pub(super) fn calm(&mut self) -> bool {
        for _ in 0..200 {
            let mut moved = false;
            for client in 0..self.clients.len() {
                moved |= self.converse(client);
            }
            if !moved {
                return true;
            }
        }
        false
    }

    /// One client looks, and sends and answers what there is.
    pub(super) fn converse(&mut self, client: usize) -> bool {
        let mut moved = false;
        for peer in 0..self.clients[client].peers.len() {
            let step = self.clients[client].peers[peer].step;
            self.look(client, peer);
            moved |= self.clients[client].peers[peer].step != step;
            moved |= self.send(client, peer);
        }
        if !self.clients[client].mute {
            for at in 0..4 {
                moved |= self.answer(client, at);
            }
        }
        moved
    }
}

/// A notice in one line.
pub(super) fn word(notice: &Notice) -> String {
    let ids = |nodes: &[Arc<Node>]| nodes.iter().map(|it| it.id.clone()).collect::<Vec<_>>().join(" ");
    match notice {
        Notice::Tried { generation, groups, canaries } => format!("tried {generation} {groups} {}", ids(canaries)),
        Notice::Silent { generation, node, next } => {
            format!("silent {generation} {} {}", node.id, next.as_ref().map_or("-", |it| &it.id))
        }
        Notice::Ended { generation, ending } => format!("ended {generation} {ending:?}"),
        Notice::Nacked { generation, nack } => {
            format!("nacked {generation} {} {} {}", nack.node.id, nack.kind, nack.names.join(" "))
        }
        Notice::Retried => "retried".to_owned(),
        Notice::Arrived { generation } => format!("arrived {generation}"),
        Notice::Lost { generation, node } => format!("lost {generation} {}", node.id),
        Notice::Returned { generation, node } => format!("returned {generation} {}", node.id),
        Notice::Stopped { generation, lost } => format!("stopped {generation} {lost}"),
        Notice::Doubted { generation, node } => format!("doubted {generation} {}", node.id),
        Notice::Late { node, generation, stage, missing } => {
            let missing = missing.iter().map(|(kind, name)| format!(" {kind}/{name}"));
            format!("late {generation} {} {stage:?}{}", node.id, missing.collect::<String>())
        }
    }
}

/// What a stream that is played by hand says first of what its client has.
fn claim(first: usize, sub: &Sub) -> Claim {
    match first {
        _ if sub.held.is_empty() => Claim::Nothing,
        CDS => Claim::Names(sub.held.values().map(|it| (it.name.to_string(), it.version.to_string())).collect()),
        _ => Claim::Something,
    }
}
