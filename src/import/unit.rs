//! One thing of the language, with the resources that it stands for: said, rendered again, and compared.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::invert::{object, whole};
use super::patch::{diff, leaves, raw_leaves};
use super::probe::{Probe, Resources, find, message};
use super::{cluster, listener};
use crate::resource::{Resource, ResourceType};

/// What is to come out again.
pub(super) struct Target<'a> {
    pub(super) kind: &'a ResourceType,
    pub(super) resource: &'a Arc<Resource>,
    /// Another message than the resource's own, where the language says it otherwise.
    pub(super) instead: Option<Value>,
}

/// One object of the language, and where it belongs: `clusters`.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) list: &'static str,
    pub(super) object: Value,
}

impl Target<'_> {
    fn message(&self) -> Option<Value> {
        self.instead.clone().or_else(|| message(self.kind, self.resource))
    }

    /// Whether this is what was rendered: the same bytes, or the same message where there are no bytes to compare.
    fn is(&self, rendered: &Resources) -> bool {
        let short = self.kind.rules().short;
        let found = rendered.iter().find(|(kind, it)| kind.rules().short == short && it.name == self.resource.name);
        let Some((_, found)) = found else { return false };
        match &self.instead {
            Some(instead) => find(rendered, short, &found.name).as_ref() == Some(instead),
            None => found.version == self.resource.version,
        }
    }
}

/// Whether a spec gives these resources and no others.
fn gives(probe: &Probe, list: &str, object: &Map<String, Value>, targets: &[&Target<'_>]) -> bool {
    let rendered = probe.render(&json!({ list: [object] }));
    rendered.is_some_and(|it| it.len() == targets.len() && targets.iter().all(|target| target.is(&it)))
}

/// A cluster, with its endpoints if they are a resource beside it.
pub(super) fn cluster(cds: &Target<'_>, eds: Option<&Target<'_>>, probe: &Probe) -> Option<Said> {
    let message = untyped(cds.message()?);
    let assignment = eds.and_then(Target::message).map(untyped);
    let said = cluster::cluster(&message, assignment.as_ref())?;
    let targets: Vec<_> = std::iter::once(cds).chain(eds).collect();
    let name = &*cds.resource.name;
    // A config source may have to be given, though it looks like what would be generated on one stream.
    for given in [None, message.get("eds_cluster_config")] {
        let mut said = said.clone();
        let rendered = probe.render(&json!({ "clusters": [said] }))?;
        let mut patch = diff(&untyped(find(&rendered, "CDS", name)?), &message).unwrap_or_else(|| json!({}));
        if let Some(given) = given {
            patch["eds_cluster_config"] = given.clone();
        }
        if patch.as_object().is_some_and(|it| !it.is_empty()) {
            said.insert("envoy".to_owned(), patch);
        }
        if let Some(assignment) = &assignment
            && let Some(patch) = diff(&untyped(find(&rendered, "EDS", name)?), assignment)
        {
            let over = said.entry("load_assignment").or_insert_with(|| json!({}));
            merge(over, patch);
        }
        if gives(probe, "clusters", &said, &targets) {
            return Some(Said { list: "clusters", object: shortest("clusters", said, &targets, probe) });
        }
    }
    None
}

/// A listener, with its route configuration if that has its name.
pub(super) fn listener(lds: &Target<'_>, rds: Option<&Target<'_>>, probe: &Probe) -> Option<Said> {
    let message = untyped(lds.message()?);
    let routes = rds.and_then(Target::message).map(untyped);
    let (said, under) = listener::listener(&message, routes.as_ref(), probe)?;
    let targets: Vec<_> = std::iter::once(lds).chain(rds).collect();
    let name = &*lds.resource.name;
    let source = listener::last_filter(&message).and_then(|it| it.get("rds")?.get("config_source")).cloned();
    for given in [None, source] {
        let mut said = said.clone();
        let rendered = untyped(find(&probe.render(&json!({ "listeners": [said] }))?, "LDS", name)?);
        let mut patch = diff(listener::last_filter(&rendered)?, listener::last_filter(&message)?);
        if let Some(given) = given {
            patch.get_or_insert_with(|| json!({}))["rds"]["config_source"] = given;
        }
        if let Some(patch) = patch {
            said.entry(under).or_insert_with(|| json!({}))["envoy"] = patch;
        }
        if let (Some(old), Some(new)) = (listener::tls_context(&rendered), listener::tls_context(&message))
            && let Some(patch) = diff(old, new)
        {
            said.entry("tls").or_insert_with(|| json!({}))["envoy"] = patch;
        }
        let rendered = probe.render(&json!({ "listeners": [said] }))?;
        if let Some(patch) = diff(&untyped(find(&rendered, "LDS", name)?), &message) {
            said.insert("envoy".to_owned(), patch);
        }
        if let Some(routes) = &routes
            && let Some(patch) = diff(&untyped(find(&rendered, "RDS", name)?), routes)
        {
            said.insert("route_config".to_owned(), patch);
        }
        if gives(probe, "listeners", &said, &targets) {
            let said = one_host(said, &targets, probe);
            return Some(Said { list: "listeners", object: shortest("listeners", said, &targets, probe) });
        }
    }
    None
}

/// A secret or a runtime layer.
pub(super) fn other(target: &Target<'_>, list: &'static str, probe: &Probe) -> Option<Said> {
    let message = untyped(target.message()?);
    let mut rest = message.as_object()?.clone();
    let table = object(&format!("spec.{list}"));
    let mut said = super::invert::take(table, &mut rest);
    for (field, key) in [("tls_certificate", "certificate"), ("validation_context", "ca")] {
        let inner = rest.get(field).and_then(|it| whole(object(&format!("spec.{list}.{key}")), it));
        if let (Some(inner), "secrets") = (inner, list) {
            said.insert(key.to_owned(), inner.into());
            rest.shift_remove(field);
        }
    }
    if !rest.is_empty() {
        said.insert("envoy".to_owned(), rest.into());
    }
    gives(probe, list, &said, &[target]).then(|| Said { list, object: said.into() })
}

/// `routes` for one virtual host that takes every domain.
fn one_host(said: Map<String, Value>, targets: &[&Target<'_>], probe: &Probe) -> Map<String, Value> {
    let routes = said.get("virtual_hosts").and_then(|it| it.get(0)?.get("routes")).cloned();
    let Some(routes) = routes else { return said };
    let mut shorter = said.clone();
    shorter.shift_remove("virtual_hosts");
    shorter.insert("routes".to_owned(), routes);
    if gives(probe, "listeners", &shorter, targets) { shorter } else { said }
}

/// Without keys that say only what is understood anyway.
fn shortest(list: &str, mut said: Map<String, Value>, targets: &[&Target<'_>], probe: &Probe) -> Value {
    let keys: Vec<_> = said.keys().filter(|it| *it != "name").cloned().collect();
    for key in keys {
        let mut shorter = said.clone();
        shorter.shift_remove(&key);
        if gives(probe, list, &shorter, targets) {
            said = shorter;
        }
    }
    said.into()
}

/// Whether what had to be said in Envoy's own fields is the smaller part.
pub(super) fn is_simple(said: &Said, targets: &[&Target<'_>]) -> bool {
    let whole: usize = targets.iter().filter_map(|it| it.message()).map(|it| leaves(&it)).sum();
    raw_leaves(&said.object) * 2 <= whole
}

fn untyped(mut message: Value) -> Value {
    if let Some(fields) = message.as_object_mut() {
        fields.shift_remove("@type");
    }
    message
}

fn merge(into: &mut Value, patch: Value) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, patch) => *into = patch,
    }
}
