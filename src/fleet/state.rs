//! The fold: events in, the state of all streams and now and then a milestone out.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Event, StreamId, Transport};
use crate::resource::{Node, ResourceType};

/// All connected streams and the progress of the newest generation.
#[derive(Debug, Default)]
pub struct Fleet {
    streams: BTreeMap<StreamId, StreamState>,
    /// How many streams each address has open for each node id.
    peers: HashMap<String, BTreeMap<IpAddr, usize>>,
    newest: Option<Progress>,
}

/// One stream as reported so far.
#[derive(Debug)]
pub struct StreamState {
    /// The client.
    pub node: Arc<Node>,
    /// Its address.
    pub peer: Option<SocketAddr>,
    /// How it talks.
    pub transport: Transport,
    /// When it connected.
    pub since: Instant,
    /// By type: what was sent, accepted, refused.
    pub types: BTreeMap<ResourceType, TypeState>,
    /// The generation for which nothing is due, and whether some of it was refused.
    pub settled: Option<(u64, bool)>,
    /// Whether it sees any generation; a stream that matches no document holds nobody up.
    shown: bool,
}

/// One type on one stream.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct TypeState {
    /// The version sent last.
    pub sent: Option<String>,
    /// The version accepted last.
    pub acked: Option<String>,
    /// The version refused last and the client's words, until something is accepted again.
    pub refused: Option<(String, String)>,
    /// Whether the response sent last was over the limit that gRPC libraries have.
    pub oversize: bool,
}

#[derive(Debug)]
struct Progress {
    generation: u64,
    changed_at: Instant,
    /// Streams that see some generation but have not settled on this one.
    waiting: BTreeSet<StreamId>,
    done: bool,
}

/// Something worth a word that follows from an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The newest generation has arrived everywhere.
    Milestone(Milestone),
    /// The last node that sees anything left before it had the newest generation. Those that come are waited for.
    Deserted {
        /// The generation's number.
        generation: u64,
    },
    /// Different machines claim one node id at once. Both are served; their operator may not know (P234).
    Duplicate(Vec<IpAddr>),
}

/// Every connected node has the newest generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestone {
    /// Its number.
    pub generation: u64,
    /// Nodes that have all of it.
    pub acked: usize,
    /// All connected nodes that see it.
    pub nodes: usize,
    /// From the edit to the last ACK.
    pub after: Duration,
}

impl Fleet {
    /// Takes in one event.
    pub fn apply(&mut self, event: &Event, now: Instant) -> Option<Notice> {
        match event {
            Event::Published { generation, changed } => self.publish(*generation, now.checked_sub(*changed)?),
            Event::Withdrawn { generation } => {
                self.newest = self.newest.take().filter(|it| it.generation != *generation)
            }
            Event::Connected { stream, node, peer, transport } => {
                let state = StreamState {
                    node: node.clone(),
                    peer: *peer,
                    transport: transport.clone(),
                    since: now,
                    types: BTreeMap::new(),
                    settled: None,
                    shown: false,
                };
                self.streams.insert(*stream, state);
                return self.count(&node.id, peer.map(|it| it.ip())?).map(Notice::Duplicate);
            }
            Event::Shown { stream, generation } => self.show(*stream, *generation),
            Event::Sent { stream, kind, version, oversize, .. } => self.with_type(*stream, kind, |it| {
                it.sent = Some(version.clone());
                it.oversize = *oversize;
            }),
            Event::Acked { stream, kind, version, .. } => self.with_type(*stream, kind, |it| {
                it.acked = Some(version.clone());
                it.refused = None;
            }),
            Event::Refused { stream, kind, version, message, .. } => {
                self.with_type(*stream, kind, |it| it.refused = Some((version.clone(), message.clone())));
            }
            Event::Settled { stream, generation, refused } => {
                if let Some(state) = self.streams.get_mut(stream) {
                    state.settled = Some((*generation, *refused));
                }
                return self.settle(*stream, Some((*generation, *refused)), now);
            }
            Event::Disconnected { stream, .. } => {
                if let Some(state) = self.streams.remove(stream) {
                    self.discount(&state);
                }
                return self.settle(*stream, None, now);
            }
            Event::Waiting { .. } | Event::Isolating { .. } | Event::Asked { .. } => {}
        }
        None
    }

    /// All streams.
    pub fn streams(&self) -> &BTreeMap<StreamId, StreamState> {
        &self.streams
    }

    /// Counts a stream. Returns all addresses of the node id if this one is new and not the only one.
    fn count(&mut self, id: &str, address: IpAddr) -> Option<Vec<IpAddr>> {
        let peers = self.peers.entry(id.to_owned()).or_default();
        let count = peers.entry(address).or_default();
        *count += 1;
        (*count == 1 && peers.len() > 1).then(|| peers.keys().copied().collect())
    }

    fn discount(&mut self, state: &StreamState) {
        let (Some(peer), Some(peers)) = (state.peer, self.peers.get_mut(&state.node.id)) else { return };
        if let Some(count) = peers.get_mut(&peer.ip()) {
            *count -= 1;
            if *count == 0 {
                peers.remove(&peer.ip());
            }
        }
        if peers.is_empty() {
            self.peers.remove(&state.node.id);
        }
    }

    fn with_type(&mut self, stream: StreamId, kind: &ResourceType, change: impl FnOnce(&mut TypeState)) {
        if let Some(state) = self.streams.get_mut(&stream) {
            change(state.types.entry(kind.clone()).or_default());
        }
    }

    /// A stream that sees the newest generation, or the one before until it gets it, is waited for, also when it came only
    /// now, until the milestone is out.
    fn show(&mut self, stream: StreamId, generation: u64) {
        let Some(state) = self.streams.get_mut(&stream) else { return };
        state.shown = true;
        if let Some(progress) = &mut self.newest
            && progress.generation >= generation
            && !progress.done
            && state.settled.is_none_or(|(at, _)| at < progress.generation)
        {
            progress.waiting.insert(stream);
        }
    }

    fn publish(&mut self, generation: u64, changed_at: Instant) {
        let waiting = self.streams.iter().filter(|(_, it)| it.shown).map(|(id, _)| *id).collect();
        self.newest = Some(Progress { generation, changed_at, waiting, done: false });
    }

    /// One stream is no longer waited for. The milestone is reported once, when the last one is through.
    fn settle(&mut self, stream: StreamId, settled: Option<(u64, bool)>, now: Instant) -> Option<Notice> {
        let progress = self.newest.as_mut()?;
        if settled.is_some_and(|(generation, _)| generation < progress.generation) || progress.done {
            return None;
        }
        let was_waiting = progress.waiting.remove(&stream);
        if !was_waiting || !progress.waiting.is_empty() {
            return None;
        }
        if !self.streams.values().any(|it| it.shown) {
            return Some(Notice::Deserted { generation: progress.generation });
        }
        progress.done = true;
        let (generation, after) = (progress.generation, now.saturating_duration_since(progress.changed_at));
        let nodes = |only_acked: bool| {
            let mut ids = BTreeMap::<&str, bool>::new();
            for state in self.streams.values().filter(|it| it.shown) {
                let acked = state.settled.is_some_and(|(at, refused)| at >= generation && !refused);
                *ids.entry(&state.node.id).or_insert(true) &= acked;
            }
            ids.values().filter(|acked| !only_acked || **acked).count()
        };
        Some(Notice::Milestone(Milestone { generation, acked: nodes(true), nodes: nodes(false), after }))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "some instant to begin with")]

    use super::*;

    /// Connects streams 1..=n, each a node of its own, at this instant.
    fn connected(n: u32, now: Instant) -> Fleet {
        let mut fleet = Fleet::default();
        for id in 1..=n {
            let node = Arc::new(Node { id: id.to_string(), ..Node::default() });
            let transport = Transport { delta: true, only: None };
            fleet.apply(&Event::Connected { stream: StreamId(id), node, peer: None, transport }, now);
        }
        fleet
    }

    fn published(generation: u64) -> Event {
        Event::Published { generation, changed: Duration::from_millis(5) }
    }

    fn shown(id: u32, generation: u64) -> Event {
        Event::Shown { stream: StreamId(id), generation }
    }

    fn settled(id: u32, generation: u64, refused: bool) -> Event {
        Event::Settled { stream: StreamId(id), generation, refused }
    }

    #[test]
    fn the_milestone_comes_once_with_the_last_stream() {
        let now = Instant::now();
        let mut fleet = connected(3, now);
        for event in [published(1), shown(1, 1), shown(2, 1)] {
            assert_eq!(fleet.apply(&event, now), None);
        }
        assert_eq!(fleet.apply(&settled(1, 1, false), now), None);
        let later = now + Duration::from_millis(10);
        let milestone = Milestone { generation: 1, acked: 2, nodes: 2, after: Duration::from_millis(15) };
        let expected = Some(Notice::Milestone(milestone));
        assert_eq!(fleet.apply(&settled(2, 1, false), later), expected, "stream 3 sees nothing");
        assert_eq!(fleet.apply(&shown(3, 1), later), None);
        assert_eq!(fleet.apply(&settled(3, 1, false), later), None);
    }

    #[test]
    fn a_refusal_counts_as_an_answer_but_not_as_acked_and_who_leaves_is_not_waited_for() {
        let now = Instant::now();
        let mut fleet = connected(3, now);
        for event in [shown(1, 1), shown(2, 1), shown(3, 1), published(2), settled(1, 2, true), settled(2, 1, false)] {
            assert_eq!(fleet.apply(&event, now), None);
        }
        assert_eq!(fleet.apply(&settled(2, 2, false), now), None);
        let gone = Event::Disconnected { stream: StreamId(3), reason: String::new() };
        let Some(Notice::Milestone(milestone)) = fleet.apply(&gone, now) else { panic!() };
        assert_eq!((milestone.acked, milestone.nodes), (1, 2));
        assert_eq!(fleet.streams().len(), 2);
    }

    #[test]
    fn when_everyone_leaves_nothing_is_reported_as_accepted_and_who_comes_back_is_waited_for() {
        let now = Instant::now();
        let mut fleet = connected(2, now);
        for event in [shown(1, 1), shown(2, 1), published(2)] {
            assert_eq!(fleet.apply(&event, now), None);
        }
        let gone = |id: u32| Event::Disconnected { stream: StreamId(id), reason: String::new() };
        assert_eq!(fleet.apply(&gone(1), now), None);
        assert_eq!(fleet.apply(&gone(2), now), Some(Notice::Deserted { generation: 2 }));
        let node = Arc::new(Node { id: "1".to_owned(), ..Node::default() });
        let transport = Transport { delta: true, only: None };
        fleet.apply(&Event::Connected { stream: StreamId(3), node, peer: None, transport }, now);
        assert_eq!(fleet.apply(&shown(3, 2), now), None);
        let milestone = Milestone { generation: 2, acked: 1, nodes: 1, after: Duration::from_millis(5) };
        assert_eq!(fleet.apply(&settled(3, 2, false), now), Some(Notice::Milestone(milestone)));
    }

    #[test]
    fn p234_p235_streams_of_a_node_are_listed_and_two_machines_with_one_id_are_noticed() {
        let now = Instant::now();
        let mut fleet = Fleet::default();
        let mut connect = |id: u32, peer: [u8; 4]| {
            let node = Arc::new(Node { id: "edge".to_owned(), ..Node::default() });
            let (transport, peer) = (Transport { delta: false, only: None }, Some(SocketAddr::from((peer, 1000))));
            fleet.apply(&Event::Connected { stream: StreamId(id), node, peer, transport }, now)
        };
        let (one, other) = ([10, 0, 0, 1], [10, 0, 0, 2]);
        assert_eq!(connect(1, one), None);
        assert_eq!(connect(2, one), None, "separate streams of one Envoy");
        let both = vec![IpAddr::from(one), IpAddr::from(other)];
        assert_eq!(connect(3, other), Some(Notice::Duplicate(both)));
        assert_eq!(connect(4, other), None, "noticed once");
        let since: Vec<_> = fleet.streams().values().map(|it| (it.node.id.as_str(), it.since)).collect();
        assert_eq!(since, [("edge", now); 4]);
        for id in 1..=4 {
            fleet.apply(&Event::Disconnected { stream: StreamId(id), reason: String::new() }, now);
        }
        assert!(fleet.streams.is_empty() && fleet.peers.is_empty());
    }
}
