//! Clients that say or were sent the same share it, so that what a stream keeps does not grow with the snapshot (P251).

use std::sync::Arc;

use bytes::Bytes;

use super::script::{kind, resource, start};
use crate::resource::{Node, ResourceType};
use crate::snapshot::{KnownVersions, Snapshot, TypeSet};
use crate::subscription::*;

const COUNT: usize = 200;

/// One client and its stream.
struct Peer {
    stream: Stream,
    protocol: Protocol,
    kind: ResourceType,
    /// Asked for by name; nothing means all.
    names: Vec<String>,
}

impl Peer {
    fn new(protocol: Protocol, short: &str, names: Vec<String>, limits: Limits) -> Self {
        let stream = Stream::new(rand_id(), protocol, Scope::Aggregated, limits);
        Self { stream, protocol, kind: kind(short).unwrap(), names }
    }

    fn first(&mut self, initial_versions: KnownVersions) {
        let names = self.names.clone();
        self.request(String::new(), names, initial_versions);
    }

    fn ack(&mut self, response: &Response) {
        let names = if self.protocol == Protocol::Sotw { self.names.clone() } else { Vec::new() };
        self.request(response.nonce.clone(), names, KnownVersions::default());
    }

    fn request(&mut self, nonce: String, names: Vec<String>, initial_versions: KnownVersions) {
        let body = match self.protocol {
            Protocol::Sotw => Body::Sotw { version_info: String::new(), names: names.into() },
            Protocol::Delta => Body::Delta { subscribe: names, unsubscribe: Vec::new(), initial_versions },
        };
        let node = Some(Node { id: "n1".into(), ..Node::default() });
        let request = Request { type_url: self.kind.url().into(), node, nonce, error: None, body };
        self.stream.handle_request(request, start()).unwrap();
    }

    fn base(&self) -> &Arc<TypeSet> {
        self.stream.types[&self.kind].held.base()
    }

    /// That there is nothing which grows with the number of resources.
    fn assert_shares_with(&self, other: &Self) {
        let own = &self.stream.types[&self.kind];
        assert!(own.held.exceptions().is_empty());
        assert!(own.owed.is_empty() || matches!(own.owed, crate::subscription::dues::Dues::Listed(..)));
        assert!(own.interest.names().is_empty() || own.interest.shared_names().is_some());
        assert!(Arc::ptr_eq(self.base(), other.base()));
        if let Some(pending) = &own.pending {
            assert!(matches!(pending.lack, crate::subscription::lack::Lack::Shared(_)));
        }
    }
}

/// A number of its own for each stream.
fn rand_id() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn names() -> Vec<String> {
    (0..COUNT).map(|it| format!("r{it:04}")).collect()
}

fn view(short: &str, generation: u64, content: u64) -> Arc<Snapshot> {
    let kind = kind(short).unwrap();
    let resources = names().iter().map(|it| resource(&kind, &format!("{it}:{content}"))).collect();
    Arc::new(Snapshot::new(generation, [Arc::new(TypeSet::new(kind, resources, None))]))
}

/// What clients with this view's resources say, in this order or in the other one.
fn known(view: &Snapshot, short: &str, is_reversed: bool) -> KnownVersions {
    let set = view.set(&kind(short).unwrap()).unwrap();
    let mut entries: Vec<_> = set.resources().iter().map(|it| (it.name.to_string(), it.version.to_string())).collect();
    if is_reversed {
        entries.reverse();
    }
    entries.into()
}

#[test]
fn p251_clients_that_are_as_far_in_their_portions_share_it() {
    for (protocol, short, names) in
        [(Protocol::Delta, "CDS", Vec::new()), (Protocol::Delta, "EDS", names()), (Protocol::Sotw, "EDS", names())]
    {
        let limits = Limits { max_response: 4_000, ..Limits::default() };
        let mut peers = [0, 1].map(|_| Peer::new(protocol, short, names.clone(), limits.clone()));
        peers.iter_mut().for_each(|it| it.first(KnownVersions::default()));
        peers[0].assert_shares_with(&peers[1]);
        for content in 1..=2 {
            let view = view(short, content, content);
            peers.iter_mut().for_each(|it| it.stream.handle_view(view.clone()));
            let mut sent = [0, 0];
            let mut bytes: Vec<Bytes> = Vec::new();
            loop {
                let responses: Vec<_> = peers.iter_mut().filter_map(|it| it.stream.poll_response(start())).collect();
                let [a, b] = responses.as_slice() else { break };
                assert!(!a.oversize && a.resources > 0);
                assert_eq!(a.head.as_ptr(), b.head.as_ptr(), "{protocol:?} {short}: {} portions", bytes.len());
                assert!(bytes.iter().all(|it| *it != a.head), "a portion is sent twice");
                bytes.push(a.head.clone());
                peers[0].assert_shares_with(&peers[1]);
                for (at, response) in responses.iter().enumerate() {
                    sent[at] += response.resources;
                    peers[at].ack(response);
                }
                peers[0].assert_shares_with(&peers[1]);
            }
            assert_eq!(sent, [COUNT, COUNT]);
            assert!(bytes.len() > 3);
            assert!(Arc::ptr_eq(peers[0].base(), view.set(&peers[0].kind).unwrap()));
        }
    }
}

#[test]
fn p102_p251_clients_that_come_back_with_the_same_share_it() {
    let [old, new] = [1, 2].map(|it| view("CDS", it, it));
    for (target, resources) in [(&old, 0), (&new, COUNT)] {
        for view_comes_first in [false, true] {
            let mut peers = [0, 1].map(|_| Peer::new(Protocol::Delta, "CDS", Vec::new(), Limits::default()));
            for (at, peer) in peers.iter_mut().enumerate() {
                if view_comes_first {
                    peer.stream.handle_view(target.clone());
                }
                peer.first(known(&old, "CDS", at == 1));
            }
            peers[0].assert_shares_with(&peers[1]);
            assert_eq!(peers[0].base().resources().len(), COUNT, "what they said");
            for peer in &mut peers {
                peer.stream.handle_view(target.clone());
            }
            let responses = peers.each_mut().map(|it| it.stream.poll_response(start()).unwrap());
            assert_eq!(responses[0].resources, resources);
            assert_eq!(responses[0].head.as_ptr(), responses[1].head.as_ptr());
            peers[0].assert_shares_with(&peers[1]);
            for (peer, response) in peers.iter_mut().zip(&responses) {
                peer.ack(response);
                assert!(Arc::ptr_eq(peer.base(), target.set(&peer.kind).unwrap()));
            }
            peers[0].assert_shares_with(&peers[1]);
        }
    }
}

#[test]
fn p102_endpoints_that_are_sent_again_whatever_the_client_has_are_shared_too() {
    let view = view("EDS", 1, 1);
    let mut peers = [0, 1].map(|_| Peer::new(Protocol::Delta, "EDS", names(), Limits::default()));
    peers.iter_mut().for_each(|it| it.first(known(&view, "EDS", false)));
    peers[0].assert_shares_with(&peers[1]);
    peers.iter_mut().for_each(|it| it.stream.handle_view(view.clone()));
    let responses = peers.each_mut().map(|it| it.stream.poll_response(start()).unwrap());
    assert_eq!(responses[0].resources, COUNT);
    assert_eq!(responses[0].head.as_ptr(), responses[1].head.as_ptr());
    peers[0].assert_shares_with(&peers[1]);
}
