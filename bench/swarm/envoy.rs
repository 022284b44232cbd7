//! What an Envoy says on its ADS stream, as a value: clusters first, then their endpoints, then listeners, each response
//! ACKed at once.

use std::rc::Rc;

use anyhow::{Result, bail};
use envoy_types::pb::envoy::config::core::v3::Node;

use crate::known::Known;
use crate::request::Protocol;
use crate::skim::Response;

/// The types asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Clusters,
    Endpoints,
    Listeners,
}

impl Kind {
    pub(crate) fn url(self) -> &'static str {
        match self {
            Self::Clusters => "type.googleapis.com/envoy.config.cluster.v3.Cluster",
            Self::Endpoints => "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
            Self::Listeners => "type.googleapis.com/envoy.config.listener.v3.Listener",
        }
    }
}

/// What every Envoy of a swarm does alike.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) protocol: Protocol,
    /// What to ask for, each after the one before has been answered.
    pub(crate) kinds: Vec<Kind>,
    /// The names of the endpoints, encoded by [`Protocol::names`].
    pub(crate) endpoint_names: Vec<u8>,
    /// The node, but for its id.
    pub(crate) node: Node,
    /// How many resources of each kind make it whole, at least.
    pub(crate) expected: Vec<usize>,
    /// What it has from an earlier stream. Then all kinds are asked for at once, as Envoy does.
    pub(crate) known: Option<Known>,
}

impl Plan {
    fn names(&self, kind: Kind) -> &[u8] {
        if kind == Kind::Endpoints { &self.endpoint_names } else { &[] }
    }

    fn subscribe(&self, kind: Kind, node: Option<Node>, stream: usize) -> Vec<u8> {
        let known = self.known.as_ref().map_or([&[] as &[u8]; 2], |it| it.of(kind, stream));
        self.protocol.subscribe(kind.url(), node, self.names(kind), known)
    }
}

/// One Envoy's stream.
#[derive(Debug)]
pub(crate) struct Envoy {
    plan: Rc<Plan>,
    /// How many of the plan's kinds have been asked for.
    asked: usize,
    /// How many of them have been answered.
    answered: usize,
    /// How many resources came of each.
    received: Vec<usize>,
}

impl Envoy {
    /// The Envoy with this number and its first requests, the first of which names the node.
    pub(crate) fn new(plan: Rc<Plan>, stream: usize) -> (Self, Vec<u8>) {
        let mut node = Some(Node { id: format!("swarm-{stream:05}"), ..plan.node.clone() });
        let asked = if plan.known.is_some() { plan.kinds.len() } else { 1 };
        let first = plan.kinds[..asked].iter().flat_map(|it| plan.subscribe(*it, node.take(), stream)).collect();
        let received = vec![0; plan.kinds.len()];
        (Self { plan, asked, answered: 0, received }, first)
    }

    /// The type of a response, and what to say to it.
    pub(crate) fn handle(&mut self, response: &Response) -> Result<(Kind, Vec<Vec<u8>>)> {
        let asked = &self.plan.kinds[..self.asked];
        let Some(at) = asked.iter().position(|kind| kind.url() == response.type_url) else {
            bail!("a response of a type that was not asked for: `{}`", response.type_url);
        };
        if response.nonce.is_empty() {
            bail!("a response without a nonce");
        }
        let kind = asked[at];
        let mut requests = vec![self.plan.protocol.ack(response, self.plan.names(kind))];
        self.answered = self.answered.max(at + 1);
        self.received[at] += response.resources;
        if let Some(next) = self.plan.kinds.get(self.asked).filter(|_| self.answered == self.asked) {
            requests.push(self.plan.subscribe(*next, None, 0));
            self.asked += 1;
        }
        Ok((kind, requests))
    }

    /// Whether everything asked for has come at least once. Who comes back may have nothing to get.
    pub(crate) fn is_synced(&self) -> bool {
        let is_whole = self.received.iter().zip(&self.plan.expected).all(|(received, expected)| received >= expected);
        is_whole && (self.answered == self.plan.kinds.len() || self.plan.known.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_clusters_then_endpoints_then_listeners() {
        let kinds = vec![Kind::Clusters, Kind::Endpoints, Kind::Listeners];
        let protocol = Protocol::Sotw;
        let (endpoint_names, expected) = (Vec::new(), vec![0, 1, 0]);
        let (node, known) = (Node::default(), None);
        let plan = Plan { protocol, kinds: kinds.clone(), endpoint_names, node, expected, known };
        let (mut envoy, first) = Envoy::new(Rc::new(plan), 0);
        assert!(!first.is_empty());
        for (at, kind) in kinds.iter().enumerate() {
            assert!(!envoy.is_synced());
            let (type_url, nonce) = (kind.url().into(), "1".into());
            let response = Response { type_url, nonce, resources: 1, ..Response::default() };
            let (seen, requests) = envoy.handle(&response).unwrap();
            assert_eq!((seen, requests.len()), (*kind, if at < 2 { 2 } else { 1 }));
            assert_eq!(envoy.handle(&response).unwrap().1.len(), 1, "a second response is ACKed, no more");
        }
        assert!(envoy.is_synced());
    }
}
