//! A client as the protocol describes one, of either variant: what it wants, what it has, what it says.

use std::collections::{BTreeMap, BTreeSet};

use super::script::{kind, name_of};
use crate::resource::Node;
use crate::subscription::*;

/// Contents that clients refuse.
pub(super) const BAD: &str = "bad";

/// What a client wants of one type.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Wants {
    pub(super) wildcard: bool,
    pub(super) names: BTreeSet<String>,
}

impl Wants {
    pub(super) fn has(&self, name: &str) -> bool {
        self.wildcard || self.names.contains(name)
    }
}

/// A request on its way, with what its sender wants and the nonce that it answers.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) request: Request,
    pub(super) short: &'static str,
    pub(super) wants: Wants,
}

/// A response on its way: `name:content`, `-removed`.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) short: &'static str,
    pub(super) nonce: String,
    pub(super) version: String,
    pub(super) items: BTreeSet<String>,
    /// Versions of the resources, by name, as delta sends them.
    pub(super) versions: BTreeMap<String, String>,
}

/// How a client takes a response with a bad resource in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Temper {
    /// Whether it uses the good ones all the same, as gRPC and Envoy's CDS do.
    pub(super) takes_the_good: bool,
    /// Whether it names the bad ones.
    pub(super) is_talkative: bool,
}

#[derive(Debug)]
pub(super) struct Client {
    pub(super) protocol: Protocol,
    pub(super) types: BTreeMap<&'static str, Memory>,
    is_introduced: bool,
}

#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) wants: Wants,
    /// Content and version by name.
    pub(super) state: BTreeMap<String, (String, String)>,
    /// Endpoints that a cluster waits for since it was added or changed (P84).
    pub(super) warming: BTreeSet<String>,
    nonce: String,
    accepted: String,
    pub(super) ever_named: bool,
    /// It uses something of a response that it refused.
    is_mixed: bool,
}

impl Client {
    pub(super) fn new(protocol: Protocol) -> Self {
        Self { protocol, types: BTreeMap::new(), is_introduced: false }
    }

    /// Changes what it wants; `again` are names to ask for once more. `legacy`: by a first
    /// request without names.
    pub(super) fn want(&mut self, short: &'static str, wants: Wants, again: &BTreeSet<String>, legacy: bool) -> Sent {
        let memory = self.types.entry(short).or_default();
        let old = std::mem::replace(&mut memory.wants, wants);
        let wants = &memory.wants;
        let is_legacy = legacy && wants.wildcard && wants.names.is_empty();
        if !old.wildcard || !wants.wildcard {
            memory.state.retain(|name, _| wants.has(name));
        }
        memory.warming.retain(|name| wants.names.contains(name));
        memory.ever_named |= !is_legacy && (wants.wildcard || !wants.names.is_empty());
        let body = match self.protocol {
            Protocol::Sotw => {
                Body::Sotw { version_info: memory.accepted.clone(), names: sotw_names(wants, memory.ever_named).into() }
            }
            Protocol::Delta => {
                let (star, drop_star) = (wants.wildcard && !old.wildcard, !wants.wildcard && old.wildcard);
                let again = again.intersection(&old.names).filter(|it| wants.names.contains(*it));
                let added: Vec<String> = wants.names.difference(&old.names).chain(again).cloned().collect();
                for name in &added {
                    memory.state.remove(name); // it has dropped them, as Envoy may
                }
                let star = (star && !is_legacy).then(|| "*".to_owned());
                let dropped = old.names.difference(&wants.names).cloned();
                Body::Delta {
                    subscribe: added.into_iter().chain(star).collect(),
                    unsubscribe: dropped.chain(drop_star.then(|| "*".to_owned())).collect(),
                    initial_versions: [].into(),
                }
            }
        };
        let nonce = if self.protocol == Protocol::Sotw { memory.nonce.clone() } else { String::new() };
        let wants = memory.wants.clone();
        self.send(short, wants, nonce, None, body)
    }

    /// Takes a response and answers it.
    pub(super) fn take(&mut self, response: &Received, temper: Temper) -> Result<Sent, String> {
        let is_full = response.short == "CDS" || response.short == "LDS";
        let memory = self.types.get_mut(response.short).ok_or("a type that was not asked for")?;
        let wants = memory.wants.clone();
        let is_bad = |it: &&String| it.contains(BAD);
        let bad: Vec<&str> = response.items.iter().filter(is_bad).map(|it| name_of(it)).collect();
        let mut clusters = Vec::new();
        if bad.is_empty() || temper.takes_the_good {
            if self.protocol == Protocol::Sotw && (is_full || wants.wildcard) && bad.is_empty() {
                let has = |name: &String| response.items.iter().any(|it| name_of(it) == name);
                memory.state.retain(|name, _| has(name));
            }
            for item in response.items.iter().filter(|it| !it.contains(BAD)) {
                let name = name_of(item).to_owned();
                if item.starts_with('-') {
                    memory.state.remove(&name);
                } else if wants.has(&name) {
                    let version = response.versions.get(&name).cloned().unwrap_or_default();
                    let old = memory.state.insert(name.clone(), (item.clone(), version));
                    clusters.extend((old.map(|it| it.0).as_ref() != Some(item)).then_some(name.clone()));
                }
                memory.warming.remove(&name);
            }
        }
        memory.nonce.clone_from(&response.nonce);
        memory.is_mixed = !bad.is_empty() && (memory.is_mixed || temper.takes_the_good);
        if bad.is_empty() {
            memory.accepted.clone_from(&response.version);
        }
        let body = match self.protocol {
            Protocol::Sotw => {
                let names = sotw_names(&wants, memory.ever_named).into();
                Body::Sotw { version_info: memory.accepted.clone(), names }
            }
            Protocol::Delta => Body::Delta { subscribe: vec![], unsubscribe: vec![], initial_versions: [].into() },
        };
        if response.short == "CDS"
            && let Some(endpoints) = self.types.get_mut("EDS")
        {
            // By name, as clients do: what a wildcard client still has is not sent again on a new stream (P104).
            let wanted = clusters.into_iter().filter(|it| endpoints.wants.names.contains(it));
            endpoints.warming.extend(wanted);
        }
        let message = if temper.is_talkative { format!("bad: \"{}\"", bad.join("\", \"")) } else { "no".into() };
        let error = (!bad.is_empty()).then_some(Refusal { code: 13, message });
        Ok(self.send(response.short, wants, response.nonce.clone(), error, body))
    }

    /// Asks for everything anew on a new stream, with what it still has.
    pub(super) fn reconnect(&mut self) -> Vec<Sent> {
        self.is_introduced = false;
        let mut sent = Vec::new();
        for short in self.types.keys().copied().collect::<Vec<_>>() {
            let Some(mut memory) = self.types.remove(short) else { continue };
            if memory.is_mixed {
                let Memory { wants, ever_named, .. } = memory;
                memory = Memory { wants, ever_named, ..Memory::default() };
            }
            let wants = std::mem::take(&mut memory.wants);
            if wants == Wants::default() {
                continue; // a request without names would be a wildcard
            }
            memory.warming.clear();
            let was_named = memory.ever_named;
            let versions = memory.state.iter().map(|(name, (_, version))| (name.clone(), version.clone())).collect();
            let (state, accepted) = (memory.state, memory.accepted);
            let old_nonce = memory.nonce;
            self.types.insert(short, Memory { accepted, ..Memory::default() });
            let mut first = self.want(short, wants, &BTreeSet::new(), !was_named);
            if let Body::Delta { initial_versions, .. } = &mut first.request.body {
                *initial_versions = versions;
            } else {
                first.request.nonce = old_nonce;
            }
            self.types.entry(short).or_default().state = state;
            sent.push(first);
        }
        sent
    }

    fn send(&mut self, short: &'static str, wants: Wants, nonce: String, error: Option<Refusal>, body: Body) -> Sent {
        let node = (!self.is_introduced).then(|| Node { id: "n1".into(), ..Node::default() });
        self.is_introduced = true;
        let type_url = kind(short).map(|it| it.url().to_owned()).unwrap_or_default();
        Sent { request: Request { type_url, node, nonce, error, body }, short, wants }
    }
}

fn sotw_names(wants: &Wants, ever_named: bool) -> Vec<String> {
    let star = (wants.wildcard && ever_named).then(|| "*".to_owned());
    wants.names.iter().cloned().chain(star).collect()
}
