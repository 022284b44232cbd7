//! What a bootstrap says beside its resources, for the bootstrap that the Envoy needs afterwards. Leaves its text to
//! `envoy::bootstrap`.

use serde_json::{Map, Value};

use super::leftover::{field, names, same_field};
use super::plain;
use crate::compile::is_bootstrap;
use crate::spec::{Diagnostics, Text, Tree, parse_yaml};

/// Parts that are said anew, or that only another server needs.
const OTHERS: &[&str] = &[
    "node",
    "admin",
    "dynamic_resources",
    "static_resources",
    "layered_runtime",
    "runtime",
    "nodes",
    "@type",
    "lints",
    "profile",
    "rollout",
];

/// A bootstrap's own part.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Carried {
    /// `node.id`.
    pub node_id: Option<String>,
    /// `node.cluster`.
    pub node_cluster: Option<String>,
    /// `node.locality` as `REGION/ZONE/SUB_ZONE`, as far as it is given.
    pub locality: Option<String>,
    /// `node.metadata`.
    pub metadata: Vec<(String, Value)>,
    /// The address and port of the admin interface.
    pub admin: Option<(String, u16)>,
    /// The layers of `layered_runtime` that no server hands out.
    pub layers: Vec<Value>,
    /// Clusters that the other parts name: they must be there when the Envoy starts.
    pub clusters: Vec<Value>,
    /// All else by its field, `bootstrap_extensions` and `stats_sinks` above all.
    pub parts: Map<String, Value>,
}

/// The own part of the first bootstrap in a text.
pub fn carried(text: &Text) -> Option<Carried> {
    let trees = parse_yaml(text, &mut Diagnostics::default());
    trees.iter().find(|it| is_bootstrap(it, text)).map(of_tree)
}

fn of_tree(tree: &Tree) -> Carried {
    let node = field(tree, "node");
    let of = |path: &str| path.split('.').try_fold(node?, field).and_then(Tree::text).map(|it| it.to_string());
    let place: Vec<_> =
        ["locality.region", "locality.zone", "locality.sub_zone"].iter().map_while(|it| of(it)).collect();
    let metadata = node.and_then(|it| field(it, "metadata")).map_or(&[][..], Tree::entries);
    let own = tree.entries().iter().filter(|it| !OTHERS.iter().any(|other| same_field(&it.key.text, other)));
    let own: Vec<_> = own.filter(|it| it.value.value != crate::spec::Value::Null).collect();
    let mut named = Vec::new();
    own.iter().for_each(|it| names(&it.value, &mut named));
    let list = field(tree, "static_resources").and_then(|it| field(it, "clusters")).map_or(&[][..], Tree::items);
    let is_named = |it: &&Tree| it.at("name").and_then(Tree::text).is_some_and(|it| named.iter().any(|n| **n == **it));
    let layers = field(tree, "layered_runtime").and_then(|it| field(it, "layers")).map_or(&[][..], Tree::items);
    Carried {
        node_id: of("id"),
        node_cluster: of("cluster"),
        locality: Some(place.join("/")).filter(|it| !it.is_empty()),
        metadata: metadata.iter().map(|it| (it.key.text.to_string(), plain::json(&it.value))).collect(),
        admin: admin(tree),
        layers: layers.iter().filter(|it| field(it, "rtds_layer").is_none()).map(plain::json).collect(),
        clusters: list.iter().filter(is_named).map(plain::json).collect(),
        parts: own.iter().map(|it| (it.key.text.to_string(), plain::json(&it.value))).collect(),
    }
}

fn admin(tree: &Tree) -> Option<(String, u16)> {
    let socket = ["admin", "address", "socket_address"].iter().try_fold(tree, |it, key| field(it, key))?;
    let port = field(socket, "port_value")?.text()?.parse().ok()?;
    Some((field(socket, "address")?.text()?.to_string(), port))
}

/// Whether a bootstrap's field is carried over, at least in part.
pub(super) fn is_carried(key: &str) -> bool {
    let said_anew = ["node", "admin", "layered_runtime"];
    said_anew.iter().any(|it| same_field(key, it)) || !OTHERS.iter().any(|it| same_field(key, it))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_but_resources_is_carried() {
        let text = "node: {id: e1, cluster: edge, locality: {region: eu}, metadata: {role: [a, 1]}}\n\
                    admin: {address: {socket_address: {address: 0.0.0.0, port_value: 9902}}}\n\
                    statsSinks: [{name: s, typed_config: {tcp_cluster_name: stats}}]\n\
                    layered_runtime: {layers: [{name: a, static_layer: {x: 1}}, {name: b, rtds_layer: {name: b}}]}\n\
                    dynamic_resources: {lds_config: {path: /a}}\n\
                    static_resources: {clusters: [{name: stats}, {name: web}]}\n";
        let carried = carried(&Text::new("envoy.yaml", text)).unwrap();
        assert_eq!((carried.node_id.as_deref(), carried.node_cluster.as_deref()), (Some("e1"), Some("edge")));
        assert_eq!((carried.locality.as_deref(), carried.admin), (Some("eu"), Some(("0.0.0.0".to_owned(), 9902))));
        assert_eq!(carried.metadata, [("role".to_owned(), json!(["a", 1]))]);
        assert_eq!(carried.layers, [json!({"name": "a", "static_layer": {"x": 1}})]);
        assert_eq!(carried.clusters, [json!({"name": "stats"})]);
        let sinks = json!({"statsSinks": [{"name": "s", "typed_config": {"tcp_cluster_name": "stats"}}]});
        assert_eq!(Value::Object(carried.parts), sinks);
    }
}
