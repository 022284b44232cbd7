//! Virtual hosts and routes in the simple spec.

use serde_json::{Map, Value, json};

use super::invert::{at, object, remove, take, whole};
use super::patch::diff;
use super::probe::Probe;

const ROUTE: &str = "spec.listeners.virtual_hosts.routes";
const HOST: &str = "spec.listeners.virtual_hosts";

/// The edits of headers: Envoy's word for what to do, and ours.
const EDITS: [(&str, &str); 3] =
    [("OVERWRITE_IF_EXISTS_OR_ADD", "set"), ("APPEND_IF_EXISTS_OR_ADD", "add"), ("ADD_IF_ABSENT", "add_if_absent")];

/// A route configuration's hosts; nothing if one of them cannot be said.
pub(super) fn hosts(configuration: &Value, probe: &Probe) -> Option<Vec<Value>> {
    let hosts = configuration.get("virtual_hosts")?.as_array()?;
    hosts.iter().map(|it| host(it, probe)).collect()
}

fn host(message: &Value, probe: &Probe) -> Option<Value> {
    let mut rest = message.as_object()?.clone();
    let routes = rest.shift_remove("routes").unwrap_or_else(|| json!([]));
    let mut said = take(object(HOST), &mut rest);
    header_edits(&mut rest, &mut said);
    if let Some(policy) = rest.get("retry_policy").and_then(retries) {
        said.insert("retries".to_owned(), policy);
    }
    let routes = routes.as_array()?.iter().map(|it| route(it, probe)).collect::<Option<Vec<_>>>()?;
    said.insert("routes".to_owned(), routes.into());
    patched(said, message, |said| probe.host(&said.clone().into()))
}

fn route(message: &Value, probe: &Probe) -> Option<Value> {
    let mut rest = message.as_object()?.clone();
    let mut said = take(object(ROUTE), &mut rest);
    header_edits(&mut rest, &mut said);
    matching(&rest, &mut said);
    action(&mut rest, &mut said);
    patched(said, message, |said| probe.route(&said.clone().into()))
}

/// The object with what it lacks under `envoy`.
fn patched(
    mut said: Map<String, Value>,
    message: &Value,
    render: impl Fn(&Map<String, Value>) -> Option<Value>,
) -> Option<Value> {
    let rendered = render(&said)?;
    if let Some(patch) = diff(&rendered, message) {
        said.insert("envoy".to_owned(), patch);
    }
    Some(said.into())
}

fn matching(rest: &Map<String, Value>, said: &mut Map<String, Value>) {
    for (field, key) in [("match.headers", "headers"), ("match.query_parameters", "query_parameters")] {
        let conditions = at(rest, field).and_then(Value::as_array);
        let table = object(&format!("{ROUTE}.{key}"));
        let each = |it: &Value| whole(table, it).map(Value::Object);
        if let Some(all) = conditions.and_then(|it| it.iter().map(each).collect::<Option<Vec<_>>>()) {
            said.insert(key.to_owned(), all.into());
        }
    }
    if at(rest, "match.grpc").is_some() {
        said.insert("grpc".to_owned(), true.into());
    }
}

fn action(rest: &mut Map<String, Value>, said: &mut Map<String, Value>) {
    for key in ["redirect", "direct_response"] {
        if let Some(it) = rest.get(key).and_then(|it| whole(object(&format!("{ROUTE}.{key}")), it)) {
            said.insert(key.to_owned(), it.into());
        }
    }
    if let Some(cluster) = at(rest, "route.cluster") {
        said.insert("cluster".to_owned(), cluster.clone());
    }
    let weighted = at(rest, "route.weighted_clusters.clusters").and_then(Value::as_array);
    if let Some(clusters) = weighted.and_then(|it| it.iter().map(weighted_cluster).collect::<Option<Vec<_>>>()) {
        said.insert("clusters".to_owned(), clusters.into());
    }
    if let Some(policy) = at(rest, "route.retry_policy").and_then(retries) {
        said.insert("retries".to_owned(), policy);
    }
    let host = take(object(&format!("{ROUTE}.host_rewrite")), rest);
    if !host.is_empty() {
        said.insert("host_rewrite".to_owned(), host.into());
    }
    let policies = at(rest, "route.hash_policy").and_then(Value::as_array);
    let table = object(&format!("{ROUTE}.hash_policy"));
    let each = |it: &Value| whole(table, it).map(Value::Object);
    if let Some(policies) = policies.and_then(|it| it.iter().map(each).collect::<Option<Vec<_>>>()) {
        said.insert("hash_policy".to_owned(), policies.into());
    }
    let upgrades = at(rest, "route.upgrade_configs");
    if upgrades.is_some_and(|it| *it == json!([{"upgrade_type": "websocket", "enabled": true}])) {
        said.insert("websocket".to_owned(), true.into());
    }
}

fn weighted_cluster(message: &Value) -> Option<Value> {
    let mut rest = message.as_object()?.clone();
    let mut said = take(object(&format!("{ROUTE}.clusters")), &mut rest);
    header_edits(&mut rest, &mut said);
    if !rest.is_empty() {
        said.insert("envoy".to_owned(), rest.into());
    }
    Some(said.into())
}

fn retries(message: &Value) -> Option<Value> {
    let mut rest = message.as_object()?.clone();
    let on = rest.shift_remove("retry_on")?;
    let words: Vec<Value> = on.as_str()?.split(',').map(|it| it.trim().into()).collect();
    let mut said = Map::from_iter([("on".to_owned(), words.into())]);
    said.extend(take(object(&format!("{ROUTE}.retries")), &mut rest));
    if !rest.is_empty() {
        said.insert("envoy".to_owned(), rest.into());
    }
    Some(said.into())
}

/// Headers to add and to remove, where each name is edited once; the order of kinds must be that of the rendering.
fn header_edits(rest: &mut Map<String, Value>, said: &mut Map<String, Value>) {
    for what in ["request_headers", "response_headers"] {
        let mut edits = Map::new();
        let added = format!("{what}_to_add");
        if let Some(grouped) = rest.get(&added).and_then(additions) {
            edits = grouped;
            rest.shift_remove(&added);
        }
        if let Some(names) = rest.shift_remove(&format!("{what}_to_remove")) {
            edits.insert("remove".to_owned(), names);
        }
        if !edits.is_empty() {
            said.insert(what.to_owned(), edits.into());
        }
    }
}

fn additions(list: &Value) -> Option<Map<String, Value>> {
    let mut edits: Map<String, Value> = Map::new();
    for addition in list.as_array()? {
        let fields = addition.as_object()?;
        let header = fields.get("header")?.as_object()?;
        if fields.keys().any(|it| it != "header" && it != "append_action")
            || header.keys().any(|it| it != "key" && it != "value")
        {
            return None;
        }
        // The first of the enum is not written.
        let action = fields.get("append_action").and_then(Value::as_str).unwrap_or("APPEND_IF_EXISTS_OR_ADD");
        let word = EDITS.iter().find(|it| it.0 == action)?.1;
        let group = edits.entry(word).or_insert_with(|| json!({})).as_object_mut()?;
        let value = header.get("value").cloned().unwrap_or_else(|| "".into());
        if group.insert(header.get("key")?.as_str()?.to_owned(), value).is_some() {
            return None;
        }
    }
    Some(edits)
}

/// A split of TCP connections, or its one cluster.
pub(super) fn tcp(message: &mut Map<String, Value>) -> Map<String, Value> {
    let mut said = Map::new();
    if let Some(cluster) = remove(message, "cluster") {
        said.insert("cluster".to_owned(), cluster);
    } else if let Some(clusters) = at(message, "weighted_clusters.clusters").and_then(Value::as_array) {
        let table = object("spec.listeners.tcp.clusters");
        let all = clusters.iter().map(|it| whole(table, it).map(Value::Object)).collect::<Option<Vec<_>>>();
        if let Some(all) = all {
            said.insert("clusters".to_owned(), all.into());
        }
    }
    said
}
