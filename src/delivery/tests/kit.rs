//! Generations in one line, and what is in a view, in words.
//!
//! ```text
//! c1 c2:3 c3~ c4!     clusters; with content 3; one that warms unseen; one that clients refuse
//! e:c1 e:c1:2         endpoints of c1, which is then a cluster that asks for them
//! r1>c1,c2            a route configuration that uses clusters
//! l1>r1  l2>c1        a listener that uses a route configuration, or a cluster itself
//! [a* canary=off bake=5s ack=9s nack=hold v=7] c1 | [b*] c2
//!                     documents, each for the nodes of a glob; canary: off, one, 50%, or a glob; v: its label
//! ```

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::compile::Document;
use crate::resource::{Flavour, Node, Resource, ResourceParts, ResourceType};
use crate::snapshot::{Generation, Snapshot};
use crate::spec::{Canary, Glob, NodeSelector, OnNack, Rollout};

/// The types that there are here, in wire order.
pub(super) const CDS: usize = 0;
pub(super) const EDS: usize = 1;
pub(super) const LDS: usize = 2;
pub(super) const RDS: usize = 3;
pub(super) const SHORTS: [&str; 4] = ["CDS", "EDS", "LDS", "RDS"];

/// What clients refuse.
const BAD: char = '!';

/// Makes generations; equal tokens are one resource.
pub(super) struct Kit {
    known: HashMap<String, Arc<Resource>>,
    last: Option<Arc<Generation>>,
}

impl Kit {
    pub(super) fn new() -> Self {
        Self { known: HashMap::new(), last: None }
    }

    /// Forgets the generations, not the resources.
    pub(super) fn restart(&mut self) {
        self.last = None;
    }

    /// The resource whose value is this text.
    pub(super) fn by_value(&self, value: &str) -> Option<Arc<Resource>> {
        self.known.get(value).cloned()
    }

    pub(super) fn generation(&mut self, number: u64, line: &str) -> Arc<Generation> {
        let documents = line.split('|').zip(1..).map(|(it, at)| Arc::new(self.document(at, it.trim()))).collect();
        let made = Arc::new(Generation::new(number, documents, self.last.as_deref()));
        self.last = Some(made.clone());
        made
    }

    fn document(&mut self, at: usize, text: &str) -> Document {
        let (options, body) = match text.strip_prefix('[') {
            Some(rest) => rest.split_once(']').expect("a `]`"),
            None => ("", text),
        };
        let mut document = Document { name: format!("d{at}").into(), ..Document::default() };
        for option in options.split_whitespace() {
            match option.split_once('=') {
                None => document.nodes.push(selector(option)),
                Some(("v", label)) => document.label = Some(label.into()),
                Some(_) => document.rollout = document.rollout.within(&rollout(option)),
            }
        }
        let tokens: Vec<&str> = body.split_whitespace().collect();
        document.resources = tokens.iter().map(|it| self.resource(it, &tokens)).collect();
        document
    }

    fn resource(&mut self, token: &str, all: &[&str]) -> (ResourceType, Arc<Resource>) {
        let (at, rest) = match token.as_bytes() {
            [b'c', ..] => (CDS, token),
            [b'e', b':', ..] => (EDS, &token[2..]),
            [b'l', ..] => (LDS, token),
            _ => (RDS, token),
        };
        let name = name_of(rest);
        let has_endpoints = |it: &&str| it.strip_prefix("e:").is_some_and(|it| name_of(it) == name);
        let asks = at == CDS && all.iter().any(has_endpoints);
        let value = format!("{}{rest}{}", SHORTS[at], if asks { "@" } else { "" });
        let own = kind(at);
        if let Some(known) = self.known.get(&value) {
            return (own, known.clone());
        }
        let uses = rest.split_once('>').map_or("", |it| it.1).split(',').filter(|it| !it.is_empty());
        let target = |it: &str| if it.starts_with('c') { CDS } else { RDS };
        let mut needs: Vec<_> = uses.map(|it| (kind(target(it)), it.trim_end_matches(BAD).into())).collect();
        needs.extend(asks.then(|| (kind(EDS), name.into())));
        let parts = ResourceParts {
            name: name.into(),
            values: vec![Bytes::from(value.clone())],
            endpoints: asks.then(|| name.into()),
            needs,
            warms_unseen: rest.contains('~'),
            ..ResourceParts::default()
        };
        let made = Arc::new(Resource::new(&own, parts));
        self.known.insert(value, made.clone());
        (own, made)
    }
}

/// The type at this place.
pub(super) fn kind(at: usize) -> ResourceType {
    static PLACES: [OnceLock<ResourceType>; 4] = [const { OnceLock::new() }; 4];
    PLACES[at].get_or_init(|| ResourceType::from_short(SHORTS[at]).expect("a type of the table")).clone()
}

fn name_of(token: &str) -> &str {
    token.split([':', '~', BAD, '>']).next().unwrap_or(token)
}

fn value_of(resource: &Resource) -> String {
    String::from_utf8_lossy(&resource.value(Flavour::Ads)).into_owned()
}

/// Whether clients refuse it.
pub(super) fn is_bad(resource: &Resource) -> bool {
    resource.value(Flavour::Ads).contains(&(BAD as u8))
}

/// A resource as its token.
pub(super) fn token(at: usize, resource: &Resource) -> String {
    let value = value_of(resource);
    let value = value.trim_start_matches(SHORTS[at]).trim_end_matches('@');
    if at == EDS { format!("e:{value}") } else { value.to_owned() }
}

/// What a snapshot shows, as tokens in wire order; what it says nothing of is left out.
pub(super) fn tokens(snapshot: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for at in 0..SHORTS.len() {
        let kind = kind(at);
        let set = snapshot.set(&kind).filter(|_| snapshot.tells_of(&kind));
        found.extend(set.into_iter().flat_map(|it| it.resources()).map(|it| token(at, it)));
    }
    found
}

pub(super) fn selector(glob: &str) -> NodeSelector {
    NodeSelector { id: Some(Glob::new(glob)), ..NodeSelector::default() }
}

/// `canary=off`, `bake=5s`, `ack=10s`, `nack=hold`.
pub(super) fn rollout(option: &str) -> Rollout {
    let mut rollout = Rollout::default();
    match option.split_once('=').expect("key=value") {
        ("canary", it) => rollout.canary = Some(canary(it)),
        ("bake", it) => rollout.bake = Some(duration(it)),
        ("ack", it) => rollout.ack_timeout = Some(duration(it)),
        ("nack", "rollback") => rollout.on_nack = Some(OnNack::Rollback),
        ("nack", "hold") => rollout.on_nack = Some(OnNack::Hold),
        ("nack", "ignore") => rollout.on_nack = Some(OnNack::Ignore),
        it => panic!("no such option: {it:?}"),
    }
    rollout
}

fn canary(text: &str) -> Canary {
    match text {
        "off" => Canary::Off,
        "one" => Canary::One,
        _ => match text.strip_suffix('%') {
            Some(percent) => Canary::Share(percent.parse().expect("a number")),
            None => Canary::Nodes(vec![selector(text)]),
        },
    }
}

pub(super) fn duration(text: &str) -> Duration {
    let (number, unit) = text.split_at(text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len()));
    let number: u64 = number.parse().expect("a number");
    match unit {
        "s" => Duration::from_secs(number),
        "ms" => Duration::from_millis(number),
        _ => panic!("no such unit: {text}"),
    }
}

pub(super) fn node(id: &str) -> Arc<Node> {
    Arc::new(Node { id: id.into(), ..Node::default() })
}

/// Some moment: the only one that tests take from the clock.
#[expect(clippy::disallowed_methods, reason = "an `Instant` cannot be made from a number")]
pub(super) fn start() -> Instant {
    Instant::now()
}
