//! One gRPC stream: its node, its types, and whose turn it is to send.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::lack::Owed;
use super::message::{Body, Event, Limits, Misuse, Protocol, Request, Response, Scope};
use super::nonce::Nonces;
use super::per_type::{Readiness, Subscription};
use super::request::{Context, DeltaNames};
use crate::resource::{Flavour, Node, Resource, ResourceType};
use crate::snapshot::{Claim, Extent, Marks, Need, Snapshot};

/// Everything on one gRPC stream, all types.
///
/// A pure value: [`handle_request`](Self::handle_request) and [`handle_view`](Self::handle_view) take what came in,
/// [`poll_response`](Self::poll_response) gives what should go out, [`poll_timeout`](Self::poll_timeout) tells when to
/// ask again though nothing came. An error from `handle_request` ends the stream (P15).
#[derive(Debug)]
pub struct Stream {
    protocol: Protocol,
    scope: Scope,
    limits: Limits,
    nonces: Nonces,
    node: Option<Arc<Node>>,
    view: Option<Arc<Snapshot>>,
    /// In wire order (P129).
    pub(super) types: BTreeMap<ResourceType, Subscription>,
}

impl Stream {
    /// A stream on which nothing has happened yet. `id` must be unique in the process.
    pub fn new(id: u32, protocol: Protocol, scope: Scope, limits: Limits) -> Self {
        let nonces = Nonces::new(id);
        Self { protocol, scope, limits, nonces, node: None, view: None, types: BTreeMap::new() }
    }

    /// Takes a request. The first one must name the node (P7–P9).
    pub fn handle_request(&mut self, request: Request, now: Instant) -> Result<Vec<Event>, Misuse> {
        let mut events = self.take_node(request.node)?;
        let kind = self.kind_of(&request.type_url)?;
        let is_new = !self.types.contains_key(&kind);
        if is_new && self.types.len() >= self.limits.max_types {
            return Err(Misuse::exhausted(format!("more than {} types on one stream", self.limits.max_types)));
        }
        if is_new && !self.knows(&kind) {
            events.push(Event::UnknownType { url: kind.url().to_owned() });
        }
        let is_grpc = self.node.as_ref().is_some_and(|it| it.user_agent.to_ascii_lowercase().contains("grpc"));
        let (protocol, flavour, view) = (self.protocol, self.flavour(), self.view.as_ref());
        let subscription = self.types.entry(kind).or_insert_with_key(|kind| {
            let mut subscription = Subscription::new(kind.clone(), protocol, flavour);
            if let Some(view) = view.filter(|it| it.tells_of(kind)) {
                subscription.handle_set(view.set(kind), view.generation_of(kind));
            }
            subscription
        });
        let context = Context {
            nonce: &request.nonce,
            error: request.error,
            now,
            nonces: &self.nonces,
            limits: &self.limits,
            has_legacy_wildcard: subscription.kind.rules().legacy_wildcard && !is_grpc,
        };
        events.extend(match (request.body, protocol) {
            (Body::Sotw { version_info, names }, Protocol::Sotw) => {
                subscription.handle_sotw(context, &version_info, names)?
            }
            (Body::Delta { subscribe, unsubscribe, initial_versions }, Protocol::Delta) => {
                let names = DeltaNames {
                    subscribe: &subscribe,
                    unsubscribe: &unsubscribe,
                    initial_versions: &initial_versions,
                };
                subscription.handle_delta(context, &names)?
            }
            _ => return Err(Misuse::invalid("a request of the other protocol variant")),
        });
        if is_new {
            self.open_virtual_hosts();
        }
        Ok(events)
    }

    /// What a request that is about to be taken says of what the client has from before: the first one of each type may,
    /// whatever nonce it brings along from there.
    pub fn claim(&self, request: &Request) -> Claim {
        let kind = self.kind_of(&request.type_url).ok();
        let kind = kind.filter(|it| self.types.get(it).is_none_or(|it| !it.heard));
        kind.map_or(Claim::Nothing, |it| request.claim(&it))
    }

    /// Takes what the node should have now, all types at once (P135). Until the first one nothing is ever sent (P20), nor
    /// of types of which the view tells nothing.
    pub fn handle_view(&mut self, view: Arc<Snapshot>) {
        for (kind, subscription) in self.types.iter_mut().filter(|(kind, _)| view.tells_of(kind)) {
            subscription.handle_set(view.set(kind), view.generation_of(kind));
        }
        self.view = Some(view);
        self.open_virtual_hosts();
    }

    /// Takes the time, and tells what came to light by it or by a view: to be called after
    /// [`poll_response`](Self::poll_response) and at [`search_deadline`](Self::search_deadline) (P101).
    pub fn handle_time(&mut self, now: Instant) -> Vec<Event> {
        let mut events = Vec::new();
        for subscription in self.types.values_mut() {
            subscription.advance(now, &self.limits);
            events.append(&mut subscription.told);
        }
        events
    }

    /// When the first search for bad resources has lasted for long enough.
    pub fn search_deadline(&self) -> Option<Instant> {
        self.types.values().filter_map(|it| it.search_deadline(&self.limits)).min()
    }

    /// Whether [`poll_response`](Self::poll_response) is worth a call: it may still find that nothing is due.
    pub fn has_output(&self, now: Instant) -> bool {
        self.next_ready(now).is_some()
    }

    /// The next response, in wire order (P129), at most one unanswered of each type (P239).
    pub fn poll_response(&mut self, now: Instant) -> Option<Response> {
        while let Some(kind) = self.next_ready(now).cloned() {
            let response = self.types.get_mut(&kind)?.poll(now, &mut self.nonces, &self.limits);
            if response.is_some() {
                self.renew_endpoints(&kind);
                self.renew_virtual_hosts(&kind);
                return response;
            }
        }
        None
    }

    /// The earliest moment at which something may become due by time alone (P240). To be heeded only while
    /// [`has_output`](Self::has_output) is false.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let mut earliest: Option<Instant> = None;
        // A type that waits for its ACK keeps later routing types waiting (P136); its deadline matters only to those.
        let mut waiting: Option<Instant> = None;
        for subscription in self.types.values() {
            let holding = waiting.filter(|_| subscription.kind.rules().routes);
            let until = subscription.pending.as_ref().and_then(|it| it.since.checked_add(self.limits.unanswered_bound));
            let is_due = subscription.unexamined && subscription.target.is_some();
            let released = match until {
                _ if !is_due => continue,
                Some(until) if subscription.demanded => Some(until),
                _ if subscription.pending.is_some() => None,
                _ => holding,
            };
            earliest = [earliest, released.max(holding.filter(|_| released.is_some()))].into_iter().flatten().min();
            if is_known(&subscription.kind) {
                waiting = waiting.max(until);
            }
        }
        earliest
    }

    /// The node, once the first request has named it.
    pub fn node(&self) -> Option<&Arc<Node>> {
        self.node.as_ref()
    }

    /// How resources on this stream refer to other resources.
    pub fn flavour(&self) -> Flavour {
        match (&self.scope, self.protocol) {
            (Scope::Aggregated, _) => Flavour::Ads,
            (Scope::Only(_), Protocol::Sotw) => Flavour::Grpc,
            (Scope::Only(_), Protocol::Delta) => Flavour::DeltaGrpc,
        }
    }

    /// The generation of the last view, if it shows all of it and nothing is unanswered or due for it. What the client
    /// refused and will not get again as it is counts as done; [`refused`](Self::refused) tells.
    pub fn settled(&self) -> Option<u64> {
        let view = self.view.as_ref().filter(|it| it.extent() == Extent::Whole)?;
        self.types.values().all(Subscription::is_settled).then_some(view.generation)
    }

    /// Whether nothing is unanswered or due of the types that route traffic, or of the others. Types that the client may
    /// not even know are not waited for (P46).
    pub fn is_settled_in(&self, routes: bool) -> bool {
        self.known(routes).all(Subscription::is_settled)
    }

    /// Whether the client lacks something that it refused, of the types that route traffic, or of the others.
    pub fn refuses_in(&self, routes: bool) -> bool {
        self.known(routes).any(Subscription::refuses)
    }

    /// Whether the client asks for anything of the types that route traffic.
    pub fn asks_for_routes(&self) -> bool {
        self.known(true).any(|it| !it.interest.is_empty())
    }

    /// Whether the client asks for a type that clients get whole, of those that route traffic, or of the others.
    pub fn asks_for_all(&self, routes: bool) -> bool {
        self.known(routes).any(|it| it.kind.rules().full_state && !it.interest.is_empty())
    }

    /// Which of these needs arise from what the client asks for here, and which are met here, by their indices.
    pub fn weigh(&self, needs: &[Need]) -> (Marks, Marks) {
        let asks = |it: &Need| self.types.get(&it.user.0).is_some_and(|types| types.interest.covers(&it.user.1));
        let has = |it: &Need| self.types.get(&it.kind).is_some_and(|types| types.has(&it.name));
        let those = |test: &dyn Fn(&Need) -> bool| {
            let found = needs.iter().zip(0..).filter(|(it, _)| test(it));
            found.map(|(_, at)| at).collect()
        };
        (those(&asks), those(&has))
    }

    fn known(&self, routes: bool) -> impl Iterator<Item = &Subscription> {
        self.types.values().filter(move |it| is_known(&it.kind) && it.kind.rules().routes == routes)
    }

    /// Whether the client lacks something that it refused.
    pub fn refused(&self) -> bool {
        self.types.values().any(Subscription::refuses)
    }

    /// Takes the node of a request (P7–P10).
    fn take_node(&mut self, node: Option<Node>) -> Result<Vec<Event>, Misuse> {
        let node = node.filter(|it| self.node.is_none() || *it != Node::default());
        let Some(known) = &self.node else {
            let node = node.ok_or_else(|| Misuse::invalid("node: the first request of a stream must have it"))?;
            if node.id.is_empty() {
                return Err(Misuse::invalid("node.id: must not be empty"));
            }
            self.node = Some(Arc::new(node));
            return Ok(Vec::new());
        };
        match node {
            None => Ok(Vec::new()),
            Some(node) if node.id != known.id => Err(Misuse::invalid("node.id: differs from the first request's")),
            Some(node) if node.cluster != known.cluster => {
                Err(Misuse::invalid("node.cluster: differs from the first request's"))
            }
            Some(node) if node != **known => Ok(vec![Event::NodeChanged]),
            Some(_) => Ok(Vec::new()),
        }
    }

    fn kind_of(&self, type_url: &str) -> Result<ResourceType, Misuse> {
        match &self.scope {
            Scope::Only(kind) if type_url.is_empty() || type_url == kind.url() => Ok(kind.clone()),
            Scope::Only(kind) => Err(Misuse::invalid(format!("type_url: this service has {} only", kind.url()))),
            Scope::Aggregated if type_url.is_empty() => {
                Err(Misuse::invalid("type_url: must not be empty on an aggregated stream"))
            }
            Scope::Aggregated => match ResourceType::from_url(type_url) {
                ResourceType::Other(url) if url.len() > self.limits.max_name_len => {
                    Err(Misuse::exhausted(format!("type_url: longer than {} bytes", self.limits.max_name_len)))
                }
                kind => Ok(kind),
            },
        }
    }

    fn knows(&self, kind: &ResourceType) -> bool {
        is_known(kind) || self.view.as_ref().is_some_and(|it| it.set(kind).is_some())
    }

    /// The first type in wire order that may send. A type with something due that waits for an ACK keeps back the types
    /// after it that route traffic, so that routes do not overtake the clusters of their generation (P136); not for
    /// longer than the bound (P137), and types that the client may not even know keep back nothing (P46).
    ///
    /// Endpoints and secrets are never kept back: Envoy withholds the ACK of a cluster until it has them.
    fn next_ready(&self, now: Instant) -> Option<&ResourceType> {
        let mut is_waiting = false;
        for (kind, subscription) in &self.types {
            if is_waiting && kind.rules().routes {
                continue;
            }
            match subscription.readiness(now, self.limits.unanswered_bound) {
                Readiness::Ready => return Some(kind),
                Readiness::Waiting => is_waiting |= is_known(kind),
                Readiness::Idle => {}
            }
        }
        None
    }

    /// Clusters were sent: their endpoints are due once more, also unchanged ones and those on their way (P84).
    fn renew_endpoints(&mut self, kind: &ResourceType) {
        let Some(eds) = ResourceType::from_short("EDS").filter(|it| self.types.contains_key(it)) else { return };
        let sent = self.types.get(kind).and_then(|it| it.pending.as_ref());
        let clusters = sent.into_iter().flat_map(|it| it.lack.resources());
        let names: Vec<Arc<str>> = clusters.filter_map(|it| it.endpoints.clone()).collect();
        if let Some(subscription) = self.types.get_mut(&eds) {
            subscription.owe_once_more(names);
        }
    }
}

/// Virtual hosts on demand.
impl Stream {
    /// Until the first answer about virtual hosts: the client waits for those of the route configurations that it has.
    fn open_virtual_hosts(&mut self) {
        let Some((rds, vhds)) = self.routes_and_hosts() else { return };
        if self.types.get(&vhds).is_none_or(|it| it.last_nonce.is_some()) {
            return;
        }
        let Some(set) = self.view.as_ref().and_then(|it| it.set(&rds)) else { return };
        let asked = self.types.get(&rds).map(|it| &it.interest);
        let has = |it: &&Arc<Resource>| match self.scope {
            Scope::Aggregated => asked.is_some_and(|interest| interest.covers(it)),
            // On a stream of its own nothing is known of the routes.
            Scope::Only(_) => true,
        };
        let names: Vec<_> = set.resources().iter().filter(|it| it.vhds).filter(has).map(|it| it.name.clone()).collect();
        self.tell_no_host(&vhds, names);
    }

    /// Route configurations were sent: the client waits for the virtual hosts of each, though it asks for none (P195).
    fn renew_virtual_hosts(&mut self, kind: &ResourceType) {
        if kind.rules().short != "RDS" {
            return;
        }
        let Some((rds, vhds)) = self.routes_and_hosts() else { return };
        let sent = self.types.get(&rds).and_then(|it| it.pending.as_ref());
        let sent = sent.into_iter().flat_map(|it| it.lack.resources());
        let names = sent.filter(|it| it.vhds).map(|it| it.name.clone()).collect();
        self.tell_no_host(&vhds, names);
    }

    /// Says of each route configuration that it has no virtual host with an empty name. Envoy hears only what is about a
    /// name below the route configuration's, so an answer about nothing would not end its wait.
    fn tell_no_host(&mut self, vhds: &ResourceType, route_configurations: Vec<Arc<str>>) {
        let Some(subscription) = self.types.get_mut(vhds) else { return };
        for name in route_configurations {
            subscription.owe(format!("{name}/").into(), Owed::Answer);
        }
    }

    fn routes_and_hosts(&self) -> Option<(ResourceType, ResourceType)> {
        ResourceType::from_short("RDS").zip(ResourceType::from_short("VHDS"))
    }
}

fn is_known(kind: &ResourceType) -> bool {
    matches!(kind, ResourceType::Known(_))
}
