//! Endpoints: addresses, weights, health, and the localities and priorities that they stand in.

use std::sync::Arc;

use super::address;
use super::faults::Faults;
use super::message::Message;
use super::read::first_of;
use super::split::lb_metadata;
use super::tables::{ENDPOINT, LOCALITY};
use crate::spec::{Span, Tree, Value};

/// A cluster's endpoints.
#[derive(Debug, Default)]
pub(super) struct Endpoints(Vec<Endpoint>);

/// One endpoint, rewritten, and what its cluster wants to know of it.
#[derive(Debug)]
struct Endpoint {
    message: Tree,
    host: Host,
    priority: Option<Tree>,
    locality: Option<Tree>,
}

#[derive(Debug)]
enum Host {
    Ip,
    Name(Tree),
    UnixSocket(Span),
    /// It was at fault.
    Unknown,
}

/// Reads a cluster's endpoints.
pub(super) fn read(cluster: &Tree, faults: &mut Faults<'_>) -> Endpoints {
    let items = cluster.at("endpoints").map_or(&[][..], Tree::items);
    let good = items.iter().filter(|it| it.value != Value::Null);
    Endpoints(good.map(|it| endpoint(it, faults)).collect())
}

impl Endpoints {
    /// The first host name.
    pub(super) fn first_name(&self) -> Option<&Tree> {
        self.names().next()
    }

    /// The place of the first unix socket.
    pub(super) fn first_path(&self) -> Option<Span> {
        self.0.iter().find_map(|it| if let Host::UnixSocket(span) = it.host { Some(span) } else { None })
    }

    /// The host name that all endpoints have.
    pub(super) fn common_host(&self) -> Option<&Tree> {
        let first = self.first_name()?;
        let is_same = self.names().count() == self.0.len() && self.names().all(|it| it.text() == first.text());
        is_same.then_some(first)
    }

    /// Envoy's `LocalityLbEndpoints`: one for each locality and priority, in the order of their first endpoints.
    pub(super) fn into_localities(self) -> Vec<Tree> {
        let mut groups: Vec<(Key, Vec<Endpoint>)> = Vec::new();
        for endpoint in self.0 {
            let key = endpoint.key();
            match groups.iter_mut().find(|it| it.0 == key) {
                Some((_, group)) => group.push(endpoint),
                None => groups.push((key, vec![endpoint])),
            }
        }
        groups.into_iter().map(|(_, group)| locality(group)).collect()
    }

    fn names(&self) -> impl Iterator<Item = &Tree> {
        self.0.iter().filter_map(|it| if let Host::Name(name) = &it.host { Some(name) } else { None })
    }
}

/// What keeps endpoints apart: priority, region, zone, sub-zone.
type Key = (Option<Arc<str>>, [Option<Arc<str>>; 3]);

impl Endpoint {
    fn key(&self) -> Key {
        let part = |key: &str| self.locality.as_ref().and_then(|it| it.at(key)).and_then(Tree::text).cloned();
        let priority = self.priority.as_ref().and_then(Tree::text).filter(|it| &***it != "0").cloned();
        (priority, [part("region"), part("zone"), part("sub_zone")])
    }
}

fn locality(group: Vec<Endpoint>) -> Tree {
    let span = group.first().map_or_else(Span::default, |it| it.message.span);
    let mut locality = Message::new(span);
    if let Some(first) = group.first() {
        // gRPC clients refuse endpoints whose locality is not there, empty or not (A27).
        locality.set("locality", first.locality.clone().unwrap_or_else(|| Tree::mapping(span, [])));
        locality.set_some("priority", first.priority.clone());
    }
    locality.set("load_balancing_weight", Tree::plain(span, weight(&group)));
    locality.set("lb_endpoints", Tree::sequence(span, group.into_iter().map(|it| it.message)));
    locality.into_tree()
}

/// The weight of a locality: that of all its endpoints. gRPC clients leave out a locality without one (A27), and with
/// this one spread requests evenly over endpoints, as Envoy does, which needs no weight and reads it only on request.
fn weight(group: &[Endpoint]) -> u64 {
    let of = |it: &Endpoint| it.message.at("load_balancing_weight")?.text()?.parse::<u32>().ok();
    group.iter().map(|it| u64::from(of(it).unwrap_or(1))).sum::<u64>().clamp(1, u64::from(u32::MAX))
}

fn endpoint(tree: &Tree, faults: &mut Faults<'_>) -> Endpoint {
    let mut message = Message::copy(&ENDPOINT, tree);
    let host = match address::unix_socket(tree, faults) {
        Some(pipe) => {
            let span = pipe.span;
            message.set("endpoint.address", pipe);
            Host::UnixSocket(span)
        }
        None => match address::host_and_port(tree, faults) {
            Some((host, port)) => {
                message.set_some("endpoint.address", address::socket(host.clone(), port));
                let is_ip = host.text().is_some_and(|it| address::is_ip(it));
                if is_ip { Host::Ip } else { Host::Name(host) }
            }
            None => Host::Unknown,
        },
    };
    if let Some(metadata) = tree.at("metadata").filter(|it| it.value != Value::Null) {
        message.set("metadata", lb_metadata(metadata));
    }
    let priority = tree.at("priority").filter(|it| it.value != Value::Null).cloned();
    Endpoint { message: message.finish(tree), host, priority, locality: where_it_stands(tree) }
}

/// `locality`, or `zone` for short.
fn where_it_stands(tree: &Tree) -> Option<Tree> {
    match first_of(tree, &["zone", "locality"]) {
        Some(entry) if entry.value.value == Value::Null => None,
        Some(entry) if &*entry.key.text == "zone" => {
            Some(Tree::mapping(entry.value.span, [("zone", entry.value.clone())]))
        }
        Some(entry) => Some(Message::copy(&LOCALITY, &entry.value).finish(&entry.value)),
        None => None,
    }
}
