//! Renames: a resource that goes and one that comes, equal but for the name.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::Action;
use crate::compile::REDACTED;
use crate::statement::StatedResource;

/// What is gone, by its address, with what came in its place.
type Renamed = HashMap<*const StatedResource, (Arc<StatedResource>, Arc<StatedResource>)>;
type Sides = (Option<Arc<StatedResource>>, Option<Arc<StatedResource>>);

/// What becomes of each of these, all of one group. What holds secrets is never said to be renamed: nobody here knows
/// whether they are the same.
pub(super) fn pair_renamed(all: Vec<Sides>) -> Vec<(Action, Sides)> {
    let gone: Vec<_> = all.iter().filter(|it| it.1.is_none()).filter_map(|it| it.0.clone()).collect();
    let come: Vec<_> = all.iter().filter(|it| it.0.is_none()).filter_map(|it| it.1.clone()).collect();
    // Only with both is there anything to compare.
    let mut renamed = if gone.is_empty() || come.is_empty() { HashMap::new() } else { twins(&gone, &come) };
    keep_moved(&mut renamed, &all);
    let taken: HashSet<_> = renamed.values().map(|(_, new)| Arc::as_ptr(new)).collect();
    let action = |(old, new): Sides| match (&old, &new) {
        (Some(before), None) => match renamed.get(&Arc::as_ptr(before)) {
            Some((_, new)) => Some((Action::Rename, (old, Some(new.clone())))),
            None => Some((Action::Remove, (old, None))),
        },
        (None, Some(after)) if taken.contains(&Arc::as_ptr(after)) => None,
        (None, _) => Some((Action::Add, (old, new))),
        (Some(_), Some(_)) => Some((Action::Change, (old, new))),
    };
    all.into_iter().filter_map(action).collect()
}

/// Endpoints are renamed only when a cluster takes the new ones in place of the old: two clusters that have nothing else
/// in common may well have the same endpoints.
fn keep_moved(renamed: &mut Renamed, all: &[Sides]) {
    if !renamed.values().any(|(old, _)| is(old, "EDS")) {
        return;
    }
    let by_name = all.iter().filter_map(|(old, new)| Some((old.clone()?, new.clone()?)));
    let pairs = by_name.chain(all.iter().filter_map(|(old, _)| {
        let old = old.clone()?;
        let new = renamed.get(&Arc::as_ptr(&old))?.1.clone();
        Some((old, new))
    }));
    let moved: HashSet<_> = pairs.filter_map(|(old, new)| Some((service(&old)?, service(&new)?))).collect();
    renamed.retain(|_, (old, new)| !is(old, "EDS") || moved.contains(&(old.name.to_string(), new.name.to_string())));
}

fn is(resource: &StatedResource, short: &str) -> bool {
    resource.kind.rules().short == short
}

/// By which name a cluster asks for its endpoints, if it does.
fn service(cluster: &StatedResource) -> Option<String> {
    if !is(cluster, "CDS") {
        return None;
    }
    let json = cluster.json();
    json.get("type").filter(|it| *it == "EDS")?;
    let service = json.pointer("/eds_cluster_config/service_name").and_then(Value::as_str);
    Some(service.unwrap_or(&cluster.name).to_owned())
}

/// For what is gone, what came in its place.
fn twins(gone: &[Arc<StatedResource>], come: &[Arc<StatedResource>]) -> Renamed {
    let mut by_content: HashMap<String, &Arc<StatedResource>> = HashMap::new();
    let side = Side::of(gone);
    for it in gone {
        if let Some(content) = side.content(it) {
            by_content.entry(content).or_insert(it);
        }
    }
    let side = Side::of(come);
    let twin = |new: &Arc<StatedResource>| {
        let old = by_content.remove(&side.content(new)?)?;
        Some((Arc::as_ptr(old), (old.clone(), new.clone())))
    };
    come.iter().filter_map(twin).collect()
}

/// What is gone, or what came.
struct Side<'a> {
    /// By their names.
    endpoints: HashMap<&'a str, &'a StatedResource>,
}

impl<'a> Side<'a> {
    fn of(resources: &'a [Arc<StatedResource>]) -> Self {
        let endpoints = resources.iter().filter(|it| is(it, "EDS")).map(|it| (&*it.name, &**it));
        Self { endpoints: endpoints.collect() }
    }

    /// All of a resource but its name, wherever it says that, as text. Clusters whose endpoints come by EDS look alike:
    /// their endpoints tell them apart.
    fn content(&self, resource: &StatedResource) -> Option<String> {
        let endpoints = match service(resource) {
            Some(service) => Some(self.endpoints.get(&*service)?.json()),
            None => None,
        };
        let mut both = Value::Array([Some(resource.json()), endpoints].into_iter().flatten().collect());
        without(&resource.name, &mut both);
        let text = both.to_string();
        (!text.contains(REDACTED)).then(|| format!("{} {text}", resource.kind.url()))
    }
}

fn without(name: &str, json: &mut Value) {
    match json {
        Value::String(text) if text == name => *json = Value::Null,
        Value::Array(items) => items.iter_mut().for_each(|it| without(name, it)),
        Value::Object(fields) => fields.values_mut().for_each(|it| without(name, it)),
        _ => {}
    }
}
