//! What an Envoy says on its ADS stream, as a value: clusters first, then their endpoints, then listeners, each response
//! ACKed at once.

use std::rc::Rc;

use anyhow::{Result, bail};
use envoy_types::pb::envoy::config::core::v3::Node;

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
}

impl Plan {
    fn names(&self, kind: Kind) -> &[u8] {
        if kind == Kind::Endpoints { &self.endpoint_names } else { &[] }
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
}

impl Envoy {
    /// An Envoy and its first request, the only one that names the node.
    pub(crate) fn new(plan: Rc<Plan>, id: String) -> (Self, Vec<u8>) {
        let node = Node { id, ..plan.node.clone() };
        let first = plan
            .kinds
            .first()
            .map_or_else(Vec::new, |kind| plan.protocol.subscribe(kind.url(), Some(node), plan.names(*kind)));
        (Self { plan, asked: 1, answered: 0 }, first)
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
        if let Some(next) = self.plan.kinds.get(self.asked).filter(|_| self.answered == self.asked) {
            requests.push(self.plan.protocol.subscribe(next.url(), None, self.plan.names(*next)));
            self.asked += 1;
        }
        Ok((kind, requests))
    }

    /// Whether everything asked for has come at least once.
    pub(crate) fn is_synced(&self) -> bool {
        self.answered == self.plan.kinds.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_clusters_then_endpoints_then_listeners() {
        let kinds = vec![Kind::Clusters, Kind::Endpoints, Kind::Listeners];
        let protocol = Protocol::Sotw;
        let plan = Plan { protocol, kinds: kinds.clone(), endpoint_names: Vec::new(), node: Node::default() };
        let (mut envoy, first) = Envoy::new(Rc::new(plan), "a".into());
        assert!(!first.is_empty());
        for (at, kind) in kinds.iter().enumerate() {
            assert!(!envoy.is_synced());
            let response = Response { type_url: kind.url().into(), nonce: "1".into(), ..Response::default() };
            let (seen, requests) = envoy.handle(&response).unwrap();
            assert_eq!((seen, requests.len()), (*kind, if at < 2 { 2 } else { 1 }));
            assert_eq!(envoy.handle(&response).unwrap().1.len(), 1, "a second response is ACKed, no more");
        }
        assert!(envoy.is_synced());
    }
}
