//! Renames: a resource that goes and one that comes, equal but for the name.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::Action;
use crate::compile::REDACTED;
use crate::statement::StatedResource;

type Sides = (Option<Arc<StatedResource>>, Option<Arc<StatedResource>>);

/// What becomes of each of these, all of one group. What holds secrets is never said to be renamed: nobody here knows
/// whether they are the same.
pub(super) fn pair_renamed(all: Vec<Sides>) -> Vec<(Action, Sides)> {
    let gone: Vec<_> = all.iter().filter(|it| it.1.is_none()).filter_map(|it| it.0.clone()).collect();
    let come: Vec<_> = all.iter().filter(|it| it.0.is_none()).filter_map(|it| it.1.clone()).collect();
    // Only with both is there anything to compare.
    let renamed = if gone.is_empty() || come.is_empty() { HashMap::new() } else { twins(&gone, &come) };
    let taken: HashSet<_> = renamed.values().map(Arc::as_ptr).collect();
    let action = |(old, new): Sides| match (&old, &new) {
        (Some(before), None) => match renamed.get(&Arc::as_ptr(before)) {
            Some(twin) => Some((Action::Rename, (old, Some(twin.clone())))),
            None => Some((Action::Remove, (old, None))),
        },
        (None, Some(after)) if taken.contains(&Arc::as_ptr(after)) => None,
        (None, _) => Some((Action::Add, (old, new))),
        (Some(_), Some(_)) => Some((Action::Change, (old, new))),
    };
    all.into_iter().filter_map(action).collect()
}

/// For what is gone, what came in its place.
fn twins(
    gone: &[Arc<StatedResource>],
    come: &[Arc<StatedResource>],
) -> HashMap<*const StatedResource, Arc<StatedResource>> {
    let mut by_content: HashMap<String, &Arc<StatedResource>> = HashMap::new();
    let side = Side::of(gone);
    for it in gone {
        if let Some(content) = side.content(it) {
            by_content.entry(content).or_insert(it);
        }
    }
    let side = Side::of(come);
    let twin = |it: &Arc<StatedResource>| Some((Arc::as_ptr(by_content.remove(&side.content(it)?)?), it.clone()));
    come.iter().filter_map(twin).collect()
}

/// What is gone, or what came.
struct Side<'a> {
    /// By their names.
    endpoints: HashMap<&'a str, &'a StatedResource>,
}

impl<'a> Side<'a> {
    fn of(resources: &'a [Arc<StatedResource>]) -> Self {
        let endpoints = resources.iter().filter(|it| it.kind.rules().short == "EDS").map(|it| (&*it.name, &**it));
        Self { endpoints: endpoints.collect() }
    }

    /// All of a resource but its name, wherever it says that, as text. Clusters whose endpoints come by EDS look alike:
    /// their endpoints tell them apart.
    fn content(&self, resource: &StatedResource) -> Option<String> {
        let json = resource.json();
        let endpoints = if json.get("type").is_some_and(|it| it == "EDS") && resource.kind.rules().short == "CDS" {
            let service = json.pointer("/eds_cluster_config/service_name").and_then(Value::as_str);
            Some(self.endpoints.get(service.unwrap_or(&resource.name))?.json())
        } else {
            None
        };
        let mut both = Value::Array([Some(json), endpoints].into_iter().flatten().collect());
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
