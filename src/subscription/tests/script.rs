//! The script language of protocol tests: the only place that touches the API.
//!
//! ```text
//! sotw                       a stream: sotw or delta, aggregated
//! delta EDS                  a second stream, singleton; its lines begin with its number: `2> EDS +a`
//! node n2 cluster=c          the node in the stream's next request (by itself the first has n1); `node -`: none
//! = 1 CDS@v7 a b:2>e | …     generation 1: clusters a, and b with content 2 and endpoints e; label v7. `c~x,y` has
//!                            aliases. `r!` has its virtual hosts by VHDS. `url:example.com/a.B` is a type. Types that are not named stay as they were.
//! > EDS a b                  a SotW request with these names, at the latest nonce, whatever that means
//! > EDS                      the same with no names
//! > EDS ack                  at the latest nonce and version, with the names as before
//! > EDS nack code=0 a : text a NACK
//! > EDS +a -b ack            a delta request; without `ack` or `nack` it has no nonce
//!                            further: nonce=N (empty, or a name given by `nonce=` in a response), version=V,
//!                            irv=a:2,b:? (the version of a with content 2; one of another server)
//! < EDS a b:2 -c ?d @e       the next response: exactly these resources, removed names, one without a body, an empty one;
//!                            further: v=VERSION (v=$x is whatever v=$x was first), gen=N, nonce=NAME
//! <                          silence
//! + 500ms                    time passes
//! * acked EDS                an event of the last request begins so;  *! for: none does
//! ! INVALID_ARGUMENT text    the last request ended the stream so
//! settled 1 / settled no     refused yes / refused no     timeout 2s / timeout none     deadline 2s / deadline none
//! ```
//! A script ends in silence.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use envoy_types::pb::envoy::service::discovery::v3::{DeltaDiscoveryResponse, DiscoveryResponse};
use prost::Message;

use crate::resource::{Node, Resource, ResourceParts, ResourceType};
use crate::snapshot::{Snapshot, TypeSet};
use crate::subscription::*;

/// Runs a script.
#[track_caller]
pub(super) fn check(script: &str) {
    check_with(Limits::default(), script);
}

/// Runs a script without a search for who is bad: what was refused stays together (P100).
#[track_caller]
pub(super) fn check_parked(script: &str) {
    check_with(Limits { max_isolation: 0, ..Limits::default() }, script);
}

/// Runs a script under limits of its own.
#[track_caller]
pub(super) fn check_with(limits: Limits, script: &str) {
    let mut run = Run::new(limits);
    for line in script.lines().map(|it| it.split("//").next().unwrap_or("").trim()).filter(|it| !it.is_empty()) {
        if let Err(fault) = run.step(line) {
            panic!("at `{line}`: {fault}\n{script}");
        }
    }
    for number in 0..run.peers.len() {
        if let Err(fault) = run.peers[number].expect("", run.now, &mut run.versions) {
            panic!("at the end, stream {}: {fault}\n{script}", number + 1);
        }
    }
}

type Outcome = Result<(), String>;

/// A resource from `name:content>endpoints~alias,alias`; the value is `name:content` for a test to read back.
pub(super) fn resource(kind: &ResourceType, token: &str) -> Arc<Resource> {
    let (token, vhds) = token.strip_suffix('!').map_or((token, false), |it| (it, true));
    let (token, aliases) = token.split_once('~').unwrap_or((token, ""));
    let (token, endpoints) = token.split_once('>').map_or((token, None), |(a, b)| (a, Some(b.into())));
    let (name, content) = token.split_once(':').unwrap_or((token, "1"));
    let aliases = aliases.split(',').filter(|it| !it.is_empty()).map(Into::into).collect();
    let values = vec![Bytes::from(format!("{name}:{content}"))];
    Arc::new(Resource::new(
        kind,
        ResourceParts { name: name.into(), values, aliases, endpoints, vhds, ..ResourceParts::default() },
    ))
}

/// Some moment: the only one that tests take from the clock.
#[expect(clippy::disallowed_methods, reason = "an `Instant` cannot be made from a number")]
pub(super) fn start() -> Instant {
    Instant::now()
}

/// A type by its short name or `url:…`.
pub(super) fn kind(token: &str) -> Option<ResourceType> {
    token.strip_prefix("url:").map(ResourceType::from_url).or_else(|| ResourceType::from_short(token))
}

struct Run {
    limits: Limits,
    now: Instant,
    sets: BTreeMap<ResourceType, Arc<TypeSet>>,
    view: Option<Arc<Snapshot>>,
    peers: Vec<Peer>,
    /// Versions by the names that scripts give them.
    versions: BTreeMap<String, String>,
}

/// A stream and its client's memory.
struct Peer {
    stream: Stream,
    protocol: Protocol,
    node: Option<Node>,
    types: BTreeMap<ResourceType, Memory>,
    nonces: BTreeMap<String, String>,
    seen: HashSet<String>,
    last: Result<Vec<String>, Misuse>,
}

#[derive(Default)]
struct Memory {
    names: Vec<String>,
    nonce: String,
    received: String,
    accepted: String,
}

impl Run {
    fn new(limits: Limits) -> Self {
        Self { limits, now: start(), sets: BTreeMap::new(), view: None, peers: Vec::new(), versions: BTreeMap::new() }
    }

    fn step(&mut self, line: &str) -> Outcome {
        let (number, line) = match line.chars().next().and_then(|it| it.to_digit(10)) {
            Some(digit) => (digit as usize, line[1..].trim_start()),
            None => (1, line),
        };
        let (verb, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        match verb {
            "sotw" => self.open(Protocol::Sotw, rest),
            "delta" => self.open(Protocol::Delta, rest),
            "=" => self.view(rest),
            "+" => {
                self.now += duration(rest)?;
                self.peers.iter_mut().for_each(|it| it.take_time(self.now));
                Ok(())
            }
            _ => {
                let now = self.now;
                let peer = self.peers.get_mut(number - 1).ok_or("no such stream")?;
                peer.step(verb, rest, now, &mut self.versions)
            }
        }
    }

    fn open(&mut self, protocol: Protocol, only: &str) -> Outcome {
        let scope = if only.is_empty() { Scope::Aggregated } else { Scope::Only(kind(only).ok_or("no such type")?) };
        let id = 0xab + self.peers.len() as u32;
        let mut stream = Stream::new(id, protocol, scope, self.limits.clone());
        if let Some(view) = &self.view {
            stream.handle_view(view.clone());
        }
        let node = Some(Node { id: "n1".into(), ..Node::default() });
        let types = BTreeMap::new();
        let (nonces, seen) = (BTreeMap::new(), HashSet::new());
        self.peers.push(Peer { stream, protocol, node, types, nonces, seen, last: Ok(Vec::new()) });
        Ok(())
    }

    fn view(&mut self, rest: &str) -> Outcome {
        let (generation, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        for part in rest.split('|').filter(|it| !it.trim().is_empty()) {
            let mut tokens = part.split_whitespace();
            let (short, label) = split_label(tokens.next().unwrap_or(""));
            let kind = kind(short).ok_or("no such type")?;
            let resources = tokens.map(|it| resource(&kind, it)).collect();
            self.sets.insert(kind.clone(), Arc::new(TypeSet::new(kind, resources, label.map(Into::into))));
        }
        let generation = generation.parse().map_err(|_| "no generation")?;
        let view = Arc::new(Snapshot::new(generation, self.sets.values().cloned()));
        for peer in &mut self.peers {
            peer.stream.handle_view(view.clone());
        }
        self.view = Some(view);
        Ok(())
    }
}

impl Peer {
    fn step(&mut self, verb: &str, rest: &str, now: Instant, versions: &mut BTreeMap<String, String>) -> Outcome {
        if !matches!(verb, "!" | "*" | "*!" | "node")
            && let Err(misuse) = &self.last
        {
            return Err(format!("the stream had ended: {misuse}"));
        }
        match verb {
            ">" => self.request(rest, now),
            "<" => self.expect(rest, now, versions),
            "node" => {
                self.node = node(rest);
                Ok(())
            }
            "!" => {
                let last = std::mem::replace(&mut self.last, Ok(Vec::new()));
                let Err(misuse) = last else { return Err("the request was fine".into()) };
                let code = match misuse.code {
                    MisuseCode::InvalidArgument => "INVALID_ARGUMENT",
                    MisuseCode::ResourceExhausted => "RESOURCE_EXHAUSTED",
                };
                let (want, text) = rest.split_once(' ').unwrap_or((rest, ""));
                claim(code == want && misuse.message.contains(text), &misuse)
            }
            "*" => {
                let events = self.last.as_ref().map_err(ToString::to_string)?;
                claim(events.iter().any(|it| it.starts_with(rest)), &events)
            }
            "*!" => {
                let events = self.last.as_ref().map_err(ToString::to_string)?;
                claim(!events.iter().any(|it| it.starts_with(rest)), &events)
            }
            "settled" => claim(self.stream.settled() == rest.parse().ok(), &self.stream.settled()),
            "refused" => claim(self.stream.refused() == (rest == "yes"), &self.stream.refused()),
            "timeout" | "deadline" => {
                let is_search = verb == "deadline";
                let until = if is_search { self.stream.search_deadline() } else { self.stream.poll_timeout() };
                let left = until.map(|it| it - now);
                claim(left == if rest == "none" { None } else { Some(duration(rest)?) }, &left)
            }
            _ => Err("no such verb".into()),
        }
    }

    /// What comes to light without a request is looked for with `*` too.
    fn take_time(&mut self, now: Instant) {
        let events = self.stream.handle_time(now);
        if let Ok(last) = &mut self.last {
            last.extend(events.iter().map(describe));
        }
    }

    fn request(&mut self, rest: &str, now: Instant) -> Outcome {
        let (head, text) = rest.split_once(" : ").unwrap_or((rest, "it is bad"));
        let mut tokens = head.split_whitespace();
        let short = tokens.next().unwrap_or("");
        let kind = kind(short).ok_or("no such type")?;
        let memory = self.types.entry(kind.clone()).or_default();
        let (mut nonce, mut version, mut error, mut code, mut names) = (None, None, None, 13, None);
        let (mut subscribe, mut unsubscribe, mut irv, mut is_answer) = (vec![], vec![], vec![], false);
        for token in tokens {
            match token.split_once('=').unwrap_or((token, "")) {
                ("ack", _) => is_answer = true,
                ("nack", _) => (is_answer, error) = (true, Some(text.to_owned())),
                ("nonce", it) => nonce = Some(self.nonces.get(it).cloned().unwrap_or(it.to_owned())),
                ("version", it) => version = Some(it.to_owned()),
                ("code", it) => code = it.parse().map_err(|_| "no code")?,
                ("irv", it) => irv = it.split(',').map(|it| initial_version(&kind, it)).collect(),
                _ if self.protocol == Protocol::Sotw => names.get_or_insert(vec![]).push(token.to_owned()),
                _ if token.starts_with('+') => subscribe.push(token[1..].to_owned()),
                _ => unsubscribe.push(token.trim_start_matches('-').to_owned()),
            }
        }
        let is_sotw = self.protocol == Protocol::Sotw;
        if error.is_none() && (is_answer || is_sotw) {
            memory.accepted.clone_from(&memory.received);
        }
        if is_sotw && (names.is_some() || !is_answer) {
            memory.names = names.unwrap_or_default();
        }
        let body = match self.protocol {
            Protocol::Sotw => Body::Sotw {
                version_info: version.unwrap_or_else(|| memory.accepted.clone()),
                names: memory.names.clone().into(),
            },
            Protocol::Delta => Body::Delta { subscribe, unsubscribe, initial_versions: irv.into() },
        };
        let default_nonce = if is_answer || is_sotw { memory.nonce.clone() } else { String::new() };
        let request = Request {
            type_url: kind.url().to_owned(),
            node: self.node.take(),
            nonce: nonce.unwrap_or(default_nonce),
            error: error.map(|message| Refusal { code, message }),
            body,
        };
        let outcome = self.stream.handle_request(request, now);
        self.last = outcome.map(|events| events.iter().map(describe).collect());
        Ok(())
    }

    fn expect(&mut self, rest: &str, now: Instant, versions: &mut BTreeMap<String, String>) -> Outcome {
        let was_announced = self.stream.has_output(now);
        let response = self.stream.poll_response(now);
        self.take_time(now);
        if self.stream.has_output(now) && response.is_none() {
            return Err("there is output and there is none".into());
        }
        let mut tokens = rest.split_whitespace();
        let (Some(response), Some(short)) = (&response, tokens.next()) else {
            let text = response.as_ref().map(|it| self.read(it)).transpose()?;
            return claim(response.is_none() && rest.is_empty(), &text);
        };
        claim(was_announced, &"has_output was false")?;
        let got = self.read(response)?;
        let (mut items, mut wants) = (BTreeSet::new(), BTreeMap::new());
        for token in tokens {
            match token.split_once('=') {
                Some((key, value)) => drop(wants.insert(key, value)),
                None => drop(items.insert(token.to_owned())),
            }
        }
        let plain = |it: &String| items.contains(it) || items.contains(it.split(':').next().unwrap_or(""));
        let fits = kind(short).as_ref() == Some(&response.kind) && got.len() == items.len() && got.iter().all(plain);
        claim(fits, &(&response.kind, &got))?;
        if let Some(version) = wants.get("v") {
            let wanted = match version.strip_prefix('$') {
                Some(name) => versions.entry(name.to_owned()).or_insert_with(|| response.version_info.clone()),
                None => &mut (*version).to_owned(),
            };
            claim(response.version_info == *wanted, &response.version_info)?;
        }
        if let Some(generation) = wants.get("gen") {
            claim(response.generation.to_string() == *generation, &response.generation)?;
        }
        if let Some(name) = wants.get("nonce") {
            self.nonces.insert((*name).to_owned(), response.nonce.clone());
        }
        let memory = self.types.entry(response.kind.clone()).or_default();
        memory.nonce.clone_from(&response.nonce);
        memory.received.clone_from(&response.version_info);
        Ok(())
    }

    /// Decodes a response as a client would, and checks what holds for every one of them.
    fn read(&mut self, response: &Response) -> Result<BTreeSet<String>, String> {
        if response.nonce.is_empty() || !self.seen.insert(response.nonce.clone()) {
            return Err(format!("P25: nonce {} is used twice", response.nonce));
        }
        read(self.protocol, response)
    }
}

/// Decodes a response into `name:content`, `-removed`, `?stub` and `@empty`.
pub(super) fn read(protocol: Protocol, response: &Response) -> Result<BTreeSet<String>, String> {
    let url = response.kind.url();
    let mut bytes = BytesMut::from(&response.head[..]);
    bytes.extend_from_slice(&response.tail);
    let mut items = Vec::new();
    let (version, type_url, nonce) = match protocol {
        Protocol::Sotw => {
            let message = DiscoveryResponse::decode(bytes.freeze()).map_err(|it| it.to_string())?;
            for any in message.resources {
                claim(any.type_url == url, &"P5")?;
                items.push(match any.value.as_slice() {
                    // A message with only its field 1: P186.
                    [0x0a, _, name @ ..] => format!("@{}", String::from_utf8_lossy(name)),
                    value => String::from_utf8_lossy(value).into_owned(),
                });
            }
            (message.version_info, message.type_url, message.nonce)
        }
        Protocol::Delta => {
            let message = DeltaDiscoveryResponse::decode(bytes.freeze()).map_err(|it| it.to_string())?;
            for it in message.resources {
                claim(!it.version.is_empty() && it.version.len() <= 64, &"P109, P55")?;
                items.push(match it.resource {
                    Some(any) => {
                        let value = String::from_utf8_lossy(&any.value).into_owned();
                        claim(any.type_url == url && value.starts_with(&it.name), &"P5, P110")?;
                        value
                    }
                    None => {
                        claim(it.aliases == [it.name.clone()], &"P121")?;
                        format!("?{}", it.name)
                    }
                });
            }
            items.extend(message.removed_resources.into_iter().map(|it| format!("-{it}")));
            (message.system_version_info, message.type_url, message.nonce)
        }
    };
    claim(type_url == url && version == response.version_info && nonce == response.nonce, &"P5, P112")?;
    claim(response.resources + response.removed == items.len(), &"counts")?;
    let names: BTreeSet<_> = items.iter().map(|it| name_of(it)).collect();
    claim(names.len() == items.len(), &("P60, P113: a name twice", &items))?;
    Ok(items.into_iter().collect())
}

/// The name in an item that `read` gave.
pub(super) fn name_of(item: &str) -> &str {
    item.trim_start_matches(['-', '?', '@']).split(':').next().unwrap_or("")
}

fn claim(holds: bool, got: &dyn std::fmt::Debug) -> Outcome {
    if holds { Ok(()) } else { Err(format!("got {got:?}")) }
}

fn split_label(token: &str) -> (&str, Option<&str>) {
    token.split_once('@').map_or((token, None), |(short, label)| (short, Some(label)))
}

fn initial_version(kind: &ResourceType, token: &str) -> (String, String) {
    let (name, content) = token.split_once(':').unwrap_or((token, "1"));
    let version = if content == "?" { "v12".into() } else { resource(kind, token).version.to_string() };
    (name.to_owned(), version)
}

fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len()));
    let number: u64 = number.parse().map_err(|_| "no duration")?;
    match unit {
        "s" => Ok(Duration::from_secs(number)),
        "ms" => Ok(Duration::from_millis(number)),
        _ => Err("no duration".into()),
    }
}

fn node(text: &str) -> Option<Node> {
    let mut node = Node::default();
    for token in text.split_whitespace() {
        match token.split_once('=') {
            Some(("cluster", it)) => node.cluster = it.into(),
            Some(("agent", it)) => node.user_agent = it.into(),
            Some((key, it)) => drop(node.metadata.insert(key.into(), it.into())),
            None if token == "-" => return None,
            None => node.id = token.into(),
        }
    }
    Some(node)
}

fn describe(event: &Event) -> String {
    match event {
        Event::Subscribed { kind, wildcard, names, added, dropped } => {
            format!("subscribed {kind} {}{names} +{added} -{dropped}", if *wildcard { "*" } else { "" })
        }
        Event::Acked { kind, nonce: _, version: _, generation, after } => {
            format!("acked {kind} g{generation} after {after:?}")
        }
        Event::Isolating { kind, suspects, refusal } => format!("isolating {kind} {suspects}: {}", refusal.message),
        Event::Refused { kind, nonce: _, version: _, generation, names, refusal } => {
            format!("refused {kind} g{generation} {} {}: {}", names.join(","), refusal.code, refusal.message)
        }
        Event::Stale { kind } => format!("stale {kind}"),
        Event::UnknownNonce { kind } => format!("unknown-nonce {kind}"),
        Event::UnknownType { url } => format!("unknown-type {url}"),
        Event::NodeChanged => "node-changed".into(),
        Event::Renewed { kind } => format!("renewed {kind}"),
        Event::VersionMismatch { kind, sent, claimed } => format!("version-mismatch {kind} {sent} {claimed}"),
    }
}
