//! A client's real stream: what it says is a request of the protocol, and what it gets is what is on the wire.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use envoy_types::pb::envoy::service::discovery::v3::{DeltaDiscoveryResponse, DiscoveryResponse};
use prost::Message;

use super::client::{Habit, Items, Sub, Wants};
use super::kit::{CDS, EDS, Kit, LDS, SHORTS, kind};
use crate::delivery::Standing;
use crate::resource::Node;
use crate::snapshot::Need;
use crate::subscription::{Body, Event, Limits, Protocol, Refusal, Request, Response, Scope, Stream};

#[derive(Debug)]
pub(super) struct Wire {
    pub(super) stream: Stream,
    delta: bool,
    /// What the server was told, by type.
    asked: [Option<Wants>; 4],
    nonces: [String; 4],
    /// Of the last response that was answered: a request with the nonce of one that was not would be its answer.
    answered: [String; 4],
    versions: [String; 4],
    /// The endpoints in the last response of their type.
    endpoints: BTreeSet<Arc<str>>,
    /// Endpoints that clusters wait for, and the ACK that waits with them.
    awaited: BTreeSet<Arc<str>>,
    withheld: Option<Request>,
}

impl Wire {
    pub(super) fn new(id: u32, habit: Habit, peer: usize) -> Self {
        let protocol = if habit.delta { Protocol::Delta } else { Protocol::Sotw };
        let scope = if habit.separate { Scope::Only(kind(peer)) } else { Scope::Aggregated };
        let stream = Stream::new(id, protocol, scope, Limits::default());
        Self {
            stream,
            delta: habit.delta,
            asked: Default::default(),
            nonces: Default::default(),
            answered: Default::default(),
            versions: Default::default(),
            endpoints: BTreeSet::new(),
            awaited: BTreeSet::new(),
            withheld: None,
        }
    }

    /// Withholds the ACK of clusters that wait for these endpoints.
    pub(super) fn withhold(&mut self, ack: Request, awaited: BTreeSet<Arc<str>>) {
        self.awaited.extend(awaited);
        self.withheld = Some(ack);
    }

    /// The last endpoints that were sent have been accepted.
    pub(super) fn warmed(&mut self) {
        self.awaited.retain(|it| !self.endpoints.contains(it));
    }

    /// The ACK that was withheld, if none of the endpoints that it waited for is awaited any more.
    pub(super) fn warm(&mut self, is_awaited: impl Fn(&str) -> bool) -> Option<Request> {
        self.awaited.retain(|it| is_awaited(it));
        if self.awaited.is_empty() { self.withheld.take() } else { None }
    }

    /// Tells what the client asks for of a type, if that is new.
    pub(super) fn ask(&mut self, at: usize, sub: &Sub, node: &Node) -> Option<Request> {
        if self.asked[at] == sub.wants {
            return None;
        }
        let before = std::mem::replace(&mut self.asked[at], sub.wants.clone());
        let names = |wants: Option<&Wants>| match wants {
            Some(Wants::Names(names)) => names.clone(),
            Some(Wants::All) | None => BTreeSet::new(),
        };
        let (old, new) = (names(before.as_ref()), names(sub.wants.as_ref()));
        let list = |names: &mut dyn Iterator<Item = &Arc<str>>| names.map(|it| it.to_string()).collect::<Vec<_>>();
        let is_first_by_name = before.is_none() && sub.wants != Some(Wants::All);
        let body = match self.delta {
            delta if new.is_empty() && is_first_by_name && (!delta || at == CDS || at == LDS) => {
                self.asked[at] = None; // a first request without names would be a wildcard
                return None;
            }
            false => Body::Sotw { version_info: sub.accepted.clone(), names: list(&mut new.iter()).into() },
            true => {
                let held = sub.held.values().filter(|_| before.is_none());
                Body::Delta {
                    subscribe: list(&mut new.difference(&old)),
                    unsubscribe: list(&mut old.difference(&new)),
                    initial_versions: held.map(|it| (it.name.to_string(), it.version.to_string())).collect(),
                }
            }
        };
        let nonce = if self.delta { String::new() } else { self.answered[at].clone() };
        Some(self.request(at, node, nonce, None, body))
    }

    /// Answers the last response of a type.
    pub(super) fn answer(&mut self, at: usize, sub: &mut Sub, node: &Node, refused: Option<&[Arc<str>]>) -> Request {
        self.answered[at].clone_from(&self.nonces[at]);
        if refused.is_none() {
            sub.accepted.clone_from(&self.versions[at]);
        }
        let names = match &self.asked[at] {
            Some(Wants::Names(names)) => names.iter().map(|it| it.to_string()).collect(),
            Some(Wants::All) | None => Vec::new(),
        };
        let body = match self.delta {
            false => Body::Sotw { version_info: sub.accepted.clone(), names: names.into() },
            true => Body::Delta { subscribe: vec![], unsubscribe: vec![], initial_versions: [].into() },
        };
        let error = refused.map(|names| Refusal { code: 13, message: format!("bad: \"{}\"", names.join("\", \"")) });
        self.request(at, node, self.nonces[at].clone(), error, body)
    }

    fn request(&self, at: usize, node: &Node, nonce: String, error: Option<Refusal>, body: Body) -> Request {
        let node = self.stream.node().is_none().then(|| node.clone());
        Request { type_url: kind(at).url().to_owned(), node, nonce, error, body }
    }

    /// The next response: its type, what the client will hold if it accepts, and its generation.
    pub(super) fn send(&mut self, subs: &[Sub; 4], kit: &Kit, now: Instant) -> Option<(usize, Items, u64)> {
        let response = self.stream.poll_response(now)?;
        let at = SHORTS.iter().position(|it| *it == response.kind.rules().short)?;
        (self.nonces[at], self.versions[at]) = (response.nonce.clone(), response.version_info.clone());
        Some((at, self.items(at, &subs[at], &response, kit), response.generation))
    }

    fn items(&mut self, at: usize, sub: &Sub, response: &Response, kit: &Kit) -> Items {
        let bytes = Bytes::from([response.head.as_ref(), response.tail.as_ref()].concat());
        let resource = |value: &[u8]| {
            let value = std::str::from_utf8(value).expect("the kit's values are text");
            let resource = kit.by_value(value).expect("the kit made it");
            (resource.name.clone(), resource)
        };
        let mut items = sub.held.clone();
        let brought: Items;
        if self.delta {
            let message = DeltaDiscoveryResponse::decode(bytes).expect("a response");
            brought = message.resources.into_iter().filter_map(|it| Some(resource(&it.resource?.value))).collect();
            items.extend(brought.clone());
            items.retain(|name, _| !message.removed_resources.iter().any(|it| **it == **name));
        } else {
            let message = DiscoveryResponse::decode(bytes).expect("a response");
            if at == CDS || at == LDS {
                items.clear();
            }
            brought = message.resources.into_iter().map(|it| resource(&it.value)).collect();
            items.extend(brought.clone());
        }
        if at == EDS {
            self.endpoints = brought.into_keys().collect();
        }
        items.retain(|name, _| sub.has(name));
        items
    }

    /// As the driver of a stream tells it.
    pub(super) fn standing(&self, step: u64, needs: &[Need]) -> Standing {
        let (asks, has) = self.stream.weigh(needs);
        Standing {
            step,
            settled: [false, true].map(|it| self.stream.is_settled_in(it)),
            refuses: [false, true].map(|it| self.stream.refuses_in(it)),
            asks_for_routes: self.stream.asks_for_routes(),
            asks_for_all: [false, true].map(|it| self.stream.asks_for_all(it)),
            asks,
            has,
        }
    }
}

/// The generation of which something was refused, and what.
pub(super) fn refusal(events: &[Event]) -> Option<(u64, Vec<Arc<str>>)> {
    events.iter().find_map(|it| match it {
        Event::Refused { generation, names, .. } => Some((*generation, names.clone())),
        _ => None,
    })
}
