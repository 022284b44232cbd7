//! Reading an Envoy's configuration dump: what it holds, under which version, however it came.

use std::collections::BTreeMap;

use serde_json::Value;

/// One resource that an Envoy holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Held {
    /// The version it came with; empty if it is the bootstrap's own.
    pub(super) version: String,
    /// The resource itself.
    pub(super) content: Value,
}

/// Where each section keeps its resources: section, list, wrapper, resource.
const PLACES: &[(&str, &str, &str, &str)] = &[
    ("ClustersConfigDump", "static_clusters", "", "cluster"),
    ("ClustersConfigDump", "dynamic_active_clusters", "", "cluster"),
    ("ListenersConfigDump", "static_listeners", "", "listener"),
    ("ListenersConfigDump", "dynamic_listeners", "active_state", "listener"),
    ("RoutesConfigDump", "dynamic_route_configs", "", "route_config"),
    ("EndpointsConfigDump", "dynamic_endpoint_configs", "", "endpoint_config"),
];

/// All clusters, listeners, dynamic routes and endpoints: `cluster/web`, `listener/http`, …
pub(super) fn held(dump: &Value) -> BTreeMap<String, Held> {
    let mut found = BTreeMap::new();
    for (section, list, wrapper, kind) in PLACES {
        for item in items(dump, section, list) {
            let item = if wrapper.is_empty() { item } else { &item[*wrapper] };
            let content = item[*kind].clone();
            let name = content["name"].as_str().or_else(|| content["cluster_name"].as_str()).unwrap_or_default();
            let version = item["version_info"].as_str().unwrap_or_default().to_owned();
            found.insert(format!("{kind}/{name}"), Held { version, content });
        }
    }
    found
}

/// The clusters in one list of the dump: `dynamic_active_clusters`, `dynamic_warming_clusters`.
pub(super) fn clusters<'a>(dump: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    items(dump, "ClustersConfigDump", list).map(|it| &it["cluster"])
}

/// The clusters and listeners that still warm, by name.
pub(super) fn warming(dump: &Value) -> Vec<String> {
    let clusters = clusters(dump, "dynamic_warming_clusters").map(|it| &it["name"]);
    let listeners = items(dump, "ListenersConfigDump", "dynamic_listeners");
    let listeners = listeners.map(|it| &it["warming_state"]["listener"]["name"]);
    clusters.chain(listeners).filter_map(Value::as_str).map(str::to_owned).collect()
}

fn items<'a>(dump: &'a Value, section: &'static str, list: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    let sections = dump["configs"].as_array().into_iter().flatten();
    let found = sections.filter(move |it| it["@type"].as_str().is_some_and(|it| it.ends_with(section)));
    let list = list.to_owned();
    found.flat_map(move |it| it[list.as_str()].as_array().into_iter().flatten())
}
