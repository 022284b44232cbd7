//! Random histories: a SotW and a delta client with the same wishes must both end with what is selected (P127).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::dice::Dice;
use super::model::{BAD, Client, Received, Sent, Temper, Wants};
use super::script::{kind, name_of, read, resource, start};
use crate::resource::ResourceType;
use crate::snapshot::{Snapshot, TypeSet};
use crate::subscription::*;

const TYPES: [&str; 5] = ["CDS", "EDS", "LDS", "SRDS", "RDS"];
const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

#[test]
fn p127_both_protocols_end_with_what_is_selected() {
    for seed in 0..2_000 {
        if let Err(fault) = History::new(seed).run() {
            panic!("seed {seed}: {fault}");
        }
    }
}

fn pick(dice: &mut Dice, names: &[&'static str]) -> &'static str {
    names[dice.below(names.len())]
}

fn some_names(dice: &mut Dice) -> BTreeSet<String> {
    NAMES.iter().filter(|_| dice.chance(40)).map(|it| (*it).to_owned()).collect()
}

/// A client, its stream, and the wire between them.
struct Pair {
    client: Client,
    stream: Stream,
    limits: Limits,
    to_server: VecDeque<Sent>,
    to_client: VecDeque<Received>,
    /// Whether the client says nothing of clusters while one of them waits for its endpoints, as Envoy does.
    withholds: bool,
    /// What it did not send for that reason.
    withheld: VecDeque<Sent>,
    /// What the server has been told.
    known: BTreeMap<&'static str, Wants>,
    /// The nonce and time of each type's unanswered response.
    unanswered: BTreeMap<&'static str, (String, Instant)>,
    inputs: usize,
    responses: usize,
}

struct History {
    dice: Dice,
    now: Instant,
    /// Content by type and name.
    contents: BTreeMap<&'static str, BTreeMap<&'static str, String>>,
    labels: BTreeMap<&'static str, usize>,
    sets: BTreeMap<&'static str, Arc<TypeSet>>,
    view: Option<Arc<Snapshot>>,
    generation: u64,
    edits: usize,
    has_ever_named: BTreeSet<&'static str>,
    pairs: [Pair; 2],
}

type Outcome = Result<(), String>;

impl Pair {
    fn new(protocol: Protocol, id: u32, limits: Limits, withholds: bool) -> Self {
        Self {
            client: Client::new(protocol),
            stream: Stream::new(id, protocol, Scope::Aggregated, limits.clone()),
            limits,
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            withholds,
            withheld: VecDeque::new(),
            known: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            inputs: 0,
            responses: 0,
        }
    }

    /// The client sends a request, or withholds it.
    fn send(&mut self, sent: Sent) {
        let queue = if self.withholds && sent.short == "CDS" { &mut self.withheld } else { &mut self.to_server };
        queue.push_back(sent);
    }

    /// Sends what was withheld, unless a cluster waits for endpoints that exist.
    fn release(&mut self, contents: &BTreeMap<&'static str, BTreeMap<&'static str, String>>) {
        let warming = self.client.types.get("EDS").map(|it| &it.warming);
        if !warming.into_iter().flatten().any(|it| contents["EDS"].contains_key(it.as_str())) {
            self.to_server.append(&mut self.withheld);
        }
    }

    /// The server takes a request.
    fn deliver(&mut self, now: Instant) -> Outcome {
        let Some(sent) = self.to_server.pop_front() else { return Ok(()) };
        self.inputs += 1;
        if self.unanswered.get(sent.short).is_some_and(|(nonce, _)| *nonce == sent.request.nonce) {
            self.unanswered.remove(sent.short);
        }
        self.known.insert(sent.short, sent.wants);
        self.stream.handle_request(sent.request, now).map_err(|it| format!("misuse: {it}")).map(drop)
    }

    /// The server writes a response.
    fn write(&mut self, now: Instant) -> Result<bool, String> {
        let Some(response) = self.stream.poll_response(now) else {
            return if self.stream.has_output(now) { Err("output is announced, not given".into()) } else { Ok(false) };
        };
        self.responses += 1;
        let protocol = self.client.protocol;
        let short = response.kind.rules().short;
        let items = read(protocol, &response)?;
        let size = response.head.len() + response.tail.len();
        let is_whole = protocol == Protocol::Sotw && (matches!(short, "CDS" | "LDS") || self.known[short].wildcard);
        if response.oversize != (size > self.limits.max_response) || response.oversize && !is_whole && items.len() > 1 {
            return Err(format!("P243: {short} {items:?} of {size} bytes"));
        }
        let wants = self.known.get(short).ok_or("a type that was not asked for")?;
        let strangers = items.iter().filter(|it| !it.starts_with('-') && !wants.has(name_of(it)));
        if let Some(item) = strangers.into_iter().next() {
            return Err(format!("P75: {short} {item} was not asked for"));
        }
        if let Some((_, since)) = self.unanswered.insert(short, (response.nonce.clone(), now))
            && now < since + Limits::default().unanswered_bound
        {
            return Err(format!("P239: {short} has two responses out"));
        }
        let versions = items.iter().filter(|it| !it.starts_with('-')).map(|it| {
            let token = token(short, name_of(it), it.split_once(':').map_or("", |(_, content)| content));
            (name_of(it).to_owned(), resource(&response.kind, &token).version.to_string())
        });
        let versions = versions.collect();
        let version = response.version_info.clone();
        self.to_client.push_back(Received { short, nonce: response.nonce, version, items, versions });
        Ok(true)
    }

    /// The client takes a response.
    fn read(&mut self, temper: Temper) -> Outcome {
        let Some(received) = self.to_client.pop_front() else { return Ok(()) };
        let sent = self.client.take(&received, temper)?;
        self.send(sent);
        Ok(())
    }

    fn reconnect(&mut self, id: u32, view: Option<&Arc<Snapshot>>) {
        self.stream = Stream::new(id, self.client.protocol, Scope::Aggregated, self.limits.clone());
        if let Some(view) = view {
            self.stream.handle_view(view.clone());
        }
        self.to_client.clear();
        self.withheld.clear();
        self.known.clear();
        self.unanswered.clear();
        self.to_server = self.client.reconnect().into();
    }

    /// Compares what the client has with what it should have.
    fn verify(&self, contents: &BTreeMap<&'static str, BTreeMap<&'static str, String>>, generation: u64) -> Outcome {
        let protocol = self.client.protocol;
        if !self.withheld.is_empty() {
            return Err(format!("P84: {protocol:?}: the ACK of clusters that wait for endpoints is still withheld"));
        }
        for (short, memory) in &self.client.types {
            let all = contents.get(short).into_iter().flatten();
            let wanted = all.filter(|(name, _)| memory.wants.has(name));
            let expected: BTreeMap<&str, String> =
                wanted.map(|(name, content)| (*name, format!("{name}:{content}"))).collect();
            // A partial type has no words for removal in SotW: the client keeps what is gone.
            let is_partial = protocol == Protocol::Sotw && !matches!(*short, "CDS" | "LDS") && !memory.wants.wildcard;
            let has = memory.state.iter().filter(|(name, _)| !is_partial || expected.contains_key(name.as_str()));
            let has: BTreeMap<&str, String> = has.map(|(name, (item, _))| (name.as_str(), item.clone())).collect();
            if has != expected {
                return Err(format!(
                    "{protocol:?} {short}: has {has:?}, should have {expected:?} of {:?}",
                    memory.wants
                ));
            }
            let cold = memory.warming.iter().find(|it| expected.contains_key(it.as_str()));
            if let Some(name) = cold {
                return Err(format!("P84: {protocol:?}: cluster {name} still waits for its endpoints"));
            }
        }
        if self.stream.settled() != Some(generation) || self.stream.refused() {
            return Err(format!("{protocol:?}: not settled"));
        }
        Ok(())
    }
}

/// A cluster's endpoints have its name.
fn token(short: &str, name: &str, content: &str) -> String {
    if short == "CDS" { format!("{name}:{content}>{name}") } else { format!("{name}:{content}") }
}

impl History {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        // Mostly room for one to three resources.
        let tiny = Limits { max_response: 160 + dice.below(300), ..Limits::default() };
        let limits = if dice.chance(50) { tiny } else { Limits::default() };
        let withholds = dice.chance(50);
        let pair = |protocol, id| Pair::new(protocol, id, limits.clone(), withholds);
        let pairs = [pair(Protocol::Sotw, 1), pair(Protocol::Delta, 2)];
        Self {
            dice,
            now: start(),
            contents: TYPES.iter().map(|it| (*it, BTreeMap::new())).collect(),
            labels: BTreeMap::new(),
            sets: BTreeMap::new(),
            view: None,
            generation: 0,
            edits: 0,
            has_ever_named: BTreeSet::new(),
            pairs,
        }
    }

    fn run(&mut self) -> Outcome {
        for step in 0..120 {
            self.step().map_err(|it| format!("step {step}: {it}"))?;
        }
        self.finish()?;
        let views = self.generation as usize;
        for pair in &self.pairs {
            // Each input may be followed by one response of its type, and one more of endpoints; a view by all.
            // In portions it may be as many as there are names.
            let portions = if pair.limits == Limits::default() { 1 } else { NAMES.len() };
            let bound = portions * (2 * pair.inputs + 2 * TYPES.len() * views);
            if pair.responses > bound {
                return Err(format!("{} responses to {} inputs and {views} views", pair.responses, pair.inputs));
            }
            pair.verify(&self.contents, self.generation)?;
        }
        Ok(())
    }

    fn step(&mut self) -> Outcome {
        let side = self.dice.below(2);
        match self.dice.below(20) {
            0 | 1 => self.edit(),
            2 | 3 => self.want(),
            4 => {
                self.now += Duration::from_millis(self.dice.below(1_500) as u64);
                for pair in &mut self.pairs {
                    pair.stream.handle_time(self.now);
                }
            }
            5 if self.dice.chance(15) => {
                let id = 10 + self.dice.below(1 << 20) as u32;
                // Both at once: what a client wants from then on says the same in both protocols.
                for pair in &mut self.pairs {
                    pair.reconnect(id, self.view.as_ref());
                }
                let types = self.pairs[0].client.types.iter();
                self.has_ever_named = types.filter(|(_, it)| it.ever_named).map(|(short, _)| *short).collect();
            }
            5..=9 => self.pairs[side].deliver(self.now)?,
            10..=14 => drop(self.pairs[side].write(self.now)?),
            _ => {
                let temper = self.temper();
                self.pairs[side].read(temper)?;
            }
        }
        self.pairs.iter_mut().for_each(|it| it.release(&self.contents));
        Ok(())
    }

    fn temper(&mut self) -> Temper {
        Temper { takes_the_good: self.dice.chance(50), is_talkative: self.dice.chance(50) }
    }

    /// A new view.
    fn edit(&mut self) {
        for _ in 0..=self.dice.below(3) {
            let (short, name) = (pick(&mut self.dice, &TYPES), pick(&mut self.dice, &NAMES));
            self.edits += 1;
            let is_bad = self.dice.chance(15);
            let old = self.dice.chance(20).then(|| self.dice.below(3)); // back to what was
            let number = old.unwrap_or(self.edits);
            let content = if is_bad { format!("{BAD}{number}") } else { number.to_string() };
            let contents = self.contents.entry(short).or_default();
            if self.dice.chance(25) {
                contents.remove(name);
            } else {
                contents.insert(name, content);
            }
            if self.dice.chance(5) {
                *self.labels.entry(short).or_default() += 1;
            }
            self.rebuild(short);
        }
        self.publish();
    }

    fn rebuild(&mut self, short: &'static str) {
        let Some(kind): Option<ResourceType> = kind(short) else { return };
        let contents = self.contents.get(short).into_iter().flatten();
        let resources = contents.map(|(name, content)| resource(&kind, &token(short, name, content))).collect();
        let label = self.labels.get(short).map(|it| it.to_string().into());
        self.sets.insert(short, Arc::new(TypeSet::new(kind, resources, label)));
    }

    fn publish(&mut self) {
        self.generation += 1;
        let view = Arc::new(Snapshot::new(self.generation, self.sets.values().cloned()));
        for pair in &mut self.pairs {
            pair.stream.handle_view(view.clone());
        }
        self.view = Some(view);
    }

    /// Both clients want something else.
    fn want(&mut self) {
        let short = pick(&mut self.dice, &TYPES);
        let mut wants = Wants { wildcard: self.dice.chance(40), names: some_names(&mut self.dice) };
        if short == "CDS" && self.pairs[0].withholds {
            // As Envoy, which withholds its ACK, asks for clusters.
            wants = Wants { wildcard: true, names: BTreeSet::new() };
        }
        let again = some_names(&mut self.dice);
        let has_legacy = matches!(short, "CDS" | "LDS" | "SRDS");
        let known = self.pairs[0].client.types.get(short).map(|it| it.wants.clone());
        let is_empty = wants == Wants::default();
        // In SotW an empty list ends nothing before a name was named, and as a first request it would be a wildcard.
        if is_empty && (known.is_none() || !self.has_ever_named.contains(short)) {
            return;
        }
        let is_legacy = has_legacy && known.is_none() && wants.wildcard && wants.names.is_empty();
        if !is_legacy {
            self.has_ever_named.insert(short);
        }
        for pair in &mut self.pairs {
            // A legacy wildcard goes on in delta and must be named in SotW: the wishes are the same.
            let sent = pair.client.want(short, wants.clone(), &again, is_legacy);
            pair.send(sent);
        }
    }

    /// Nothing is bad any more, and all is delivered.
    fn finish(&mut self) -> Outcome {
        self.edits += 1;
        for short in TYPES {
            for content in self.contents.entry(short).or_default().values_mut().filter(|it| it.contains(BAD)) {
                *content = format!("good{}", self.edits);
            }
            self.rebuild(short);
        }
        self.publish();
        let temper = self.temper();
        for pair in &mut self.pairs {
            let mut messages = 0;
            loop {
                pair.release(&self.contents);
                let is_quiet = pair.to_server.is_empty() && pair.to_client.is_empty();
                pair.deliver(self.now)?;
                let has_written = pair.write(self.now)?;
                pair.read(temper)?;
                if is_quiet && !has_written {
                    break;
                }
                messages += 1;
                if messages > 500 {
                    return Err(format!("{:?}: a storm of responses", pair.client.protocol));
                }
            }
        }
        Ok(())
    }
}
