//! Splits over several clusters, by weight or in equal shares; and subsets of a cluster.

use super::faults::Faults;
use super::headers;
use super::message::Message;
use super::read::first_of;
use super::shape::Object;
use super::tables::{TCP_CLUSTER, WEIGHTED_CLUSTER};
use crate::spec::codes::{BAD_WEIGHTS, NO_ACTION};
use crate::spec::{Entry, Tree, Value};

/// Sets a route's clusters.
pub(super) fn to_clusters(clusters: &Entry, route: &mut Message, faults: &mut Faults<'_>) {
    split(clusters, &WEIGHTED_CLUSTER, "route.", route, faults);
}

/// Sets a TCP proxy's clusters, which must be said exactly once.
pub(super) fn to_tcp_clusters(tcp: &Tree, proxy: &mut Message, faults: &mut Faults<'_>) {
    set_subset("metadata_match", tcp, proxy);
    match first_of(tcp, &["cluster", "clusters"]) {
        Some(entry) if &*entry.key.text == "cluster" => proxy.set("cluster", entry.value.clone()),
        Some(entry) => split(entry, &TCP_CLUSTER, "", proxy, faults),
        None => {
            faults.push(NO_ACTION, tcp.span, "tcp needs `cluster` or `clusters`", |it| it.help("for short: `tcp: web`"))
        }
    }
}

/// A map of metadata by which the load balancer picks a subset, under its own name in Envoy's metadata.
pub(super) fn set_subset(field: &str, tree: &Tree, message: &mut Message) {
    if let Some(subset) = tree.at("subset").filter(|it| it.value != Value::Null) {
        message.set(field, lb_metadata(subset));
    }
}

/// Envoy's `Metadata` with what the load balancer reads.
pub(super) fn lb_metadata(map: &Tree) -> Tree {
    let lb = Tree::mapping(map.span, [("envoy.lb", map.clone())]);
    Tree::mapping(map.span, [("filter_metadata", lb)])
}

fn split(clusters: &Entry, object: &Object, under: &str, message: &mut Message, faults: &mut Faults<'_>) {
    let all = clusters.value.items();
    let items: Vec<_> = all.iter().filter(|it| it.value != Value::Null).collect();
    if all.is_empty() && clusters.value.value != Value::Null {
        faults.push(NO_ACTION, clusters.key.span, "`clusters` names no cluster", |it| {
            it.help("name at least one: `clusters: [web]`")
        });
    }
    check_weights(clusters, &items, faults);
    let is_bare = |it: &Tree| it.entries().iter().all(|it| matches!(&*it.key.text, "name" | "weight"));
    match items.as_slice() {
        [] => {}
        [one] if is_bare(one) => message.set_some(&format!("{under}cluster"), one.at("name").cloned()),
        several => {
            let several = several.iter().map(|it| weighted(it, object)).collect::<Vec<_>>();
            message.set(&format!("{under}weighted_clusters.clusters"), Tree::sequence(clusters.value.span, several));
        }
    }
}

fn weighted(tree: &Tree, object: &Object) -> Tree {
    let mut weighted = Message::copy(object, tree);
    weighted.set_default("weight", Tree::plain(tree.span, 1));
    headers::set_edits(tree, &mut weighted);
    set_subset("metadata_match", tree, &mut weighted);
    weighted.finish(tree)
}

/// All have a weight, or none has; and they sum up to more than nothing.
fn check_weights(clusters: &Entry, items: &[&Tree], faults: &mut Faults<'_>) {
    let weights: Vec<_> = items.iter().filter_map(|it| it.at("weight")).collect();
    if weights.is_empty() {
        return;
    }
    for item in items.iter().filter(|it| it.at("weight").is_none()) {
        let name = item.at("name").and_then(Tree::text).cloned().unwrap_or_default();
        faults.push(BAD_WEIGHTS, item.span, format!("`{name}` has no weight, but another cluster has"), |it| {
            it.help("give each cluster a weight, or none of them for equal shares")
        });
    }
    // One cluster alone is written without its weight, so that nobody else looks at it.
    if let [weight] = weights[..]
        && items.len() == 1
        && let Some(text) = weight.text().filter(|it| it.parse::<u32>().is_err())
    {
        let message = format!("`weight` takes a whole number from 0 to 4294967295, not `{text}`");
        faults.push(BAD_WEIGHTS, weight.span, message, |it| it);
    }
    let is_zero = |it: &&Tree| it.text().is_some_and(|it| it.parse() == Ok(0));
    if weights.iter().all(is_zero) {
        faults.push(BAD_WEIGHTS, clusters.key.span, "all weights are zero", |it| {
            it.help("the sum of the weights must be above zero")
        });
    }
}
