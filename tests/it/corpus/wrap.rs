//! From a document to the bootstrap that Envoy is asked about, past our own encoder: its faults must reach Envoy.

use std::collections::HashSet;
use std::sync::Arc;

use chancery::compile::simple::desugar;
use chancery::compile::{Member, StaticBootstrap};
use chancery::resource::{Origin, ResourceType};
use chancery::spec::{Diagnostics, Text, Tree, parse_yaml};
use serde_json::{Value, json};

use crate::simple::to_json;

/// A bootstrap is asked about as it is; all else in one that holds its resources.
pub(super) fn bootstrap(name: &str, yaml: &str) -> Value {
    let text = Text::new(name, yaml);
    let mut out = Diagnostics::default();
    let trees = parse_yaml(&text, &mut out);
    assert!(out.0.is_empty() && !trees.is_empty(), "{name}: {out:?}");
    if is_bootstrap(&trees[0]) {
        return to_json(&trees[0]);
    }
    let mut members: Vec<_> = trees.iter().flat_map(|it| members(it, &text)).collect();
    add_users(&mut members);
    StaticBootstrap::new(members).value()
}

fn is_bootstrap(tree: &Tree) -> bool {
    ["static_resources", "staticResources", "dynamic_resources"].iter().any(|it| tree.at(it).is_some())
}

fn members(tree: &Tree, text: &Text) -> Vec<Member> {
    if tree.at("spec").is_some() {
        let desugared = desugar(tree, text, &mut Diagnostics::default());
        return desugared.resources.iter().map(|(kind, tree)| member(kind.clone(), to_json(tree))).collect();
    }
    let resources = tree.at("resources").map_or(std::slice::from_ref(tree), Tree::items);
    resources.iter().map(|it| unwrapped(to_json(it))).collect()
}

/// A resource with its `@type`, wrapped or not.
fn unwrapped(mut json: Value) -> Member {
    if let Some(inner) = json.get_mut("resource") {
        json = inner.take();
    }
    let url = json["@type"].as_str().unwrap().to_owned();
    json.as_object_mut().unwrap().remove("@type");
    member(ResourceType::from_url(&url), json)
}

fn member(kind: ResourceType, json: Value) -> Member {
    let Value::Object(fields) = snake(json) else { panic!("{kind} is no map") };
    let name: Arc<str> = fields.get(kind.rules().name_field).and_then(Value::as_str).unwrap_or_default().into();
    Member { kind, name, origin: Origin::default(), fields }
}

/// Fields under the names that `StaticBootstrap` looks for; Envoy takes both spellings.
fn snake(json: Value) -> Value {
    match json {
        Value::Object(fields) => fields.into_iter().map(|(key, it)| (snake_key(&key), snake(it))).collect(),
        Value::Array(items) => items.into_iter().map(snake).collect(),
        other => other,
    }
}

fn snake_key(key: &str) -> String {
    // Keys of maps, which are no fields, are not in camel case anywhere in the corpus.
    let is_camel = key.starts_with(|it: char| it.is_lowercase()) && key.chars().all(char::is_alphanumeric);
    let each =
        |it: char| if it.is_uppercase() && is_camel { format!("_{}", it.to_lowercase()) } else { it.to_string() };
    key.chars().map(each).collect()
}

/// Routes and endpoints that nothing in the document asks for get somebody who does.
fn add_users(members: &mut Vec<Member>) {
    let asked = asked_for(members);
    let lonely = |it: &&Member| matches!(it.kind.rules().short, "RDS" | "EDS") && !asked.contains(&*it.name);
    let users: Vec<_> = members.iter().filter(lonely).enumerate().map(|(at, it)| user(at, it)).collect();
    members.extend(users);
}

fn asked_for(members: &[Member]) -> HashSet<String> {
    fn names(value: &Value, into: &mut HashSet<String>) {
        match value {
            Value::Object(fields) => {
                for (key, it) in fields {
                    if matches!(&**key, "route_config_name" | "service_name" | "route_configuration_name") {
                        into.extend(it.as_str().map(str::to_owned));
                    }
                    names(it, into);
                }
            }
            Value::Array(items) => items.iter().for_each(|it| names(it, into)),
            _ => {}
        }
    }
    let mut asked = HashSet::new();
    for member in members {
        names(&Value::Object(member.fields.clone()), &mut asked);
        if member.kind.rules().short == "CDS" {
            asked.insert(member.name.to_string());
        }
    }
    asked
}

fn user(at: usize, of: &Member) -> Member {
    let prefix = "type.googleapis.com/envoy.extensions.filters";
    if of.kind.rules().short == "EDS" {
        let cluster = json!({"name": format!("user-{at}"), "type": "EDS",
            "eds_cluster_config": {"service_name": &*of.name, "eds_config": {"ads": {}}}});
        return member(ResourceType::from_short("CDS").unwrap(), cluster);
    }
    let manager = json!({
        "@type": format!("{prefix}.network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": "user",
        "rds": {"route_config_name": &*of.name, "config_source": {"ads": {}}},
        "http_filters": [{"name": "router", "typed_config": {"@type": format!("{prefix}.http.router.v3.Router")}}],
    });
    let listener = json!({
        "name": format!("user-{at}"),
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": 40_000 + at}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    });
    member(ResourceType::from_short("LDS").unwrap(), listener)
}
