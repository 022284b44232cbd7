//! Selectors as JSON: patterns as strings, texts that stand for themselves as `{"exact": …}`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::spec::{Glob, NodeSelector};

pub(super) fn to_json(selector: &NodeSelector) -> Value {
    let mut json = Map::new();
    for (name, part) in parts(selector) {
        json.extend(part.map(|it| (name.to_owned(), glob_to_json(it))));
    }
    if !selector.metadata.is_empty() {
        let metadata = selector.metadata.iter().map(|(path, it)| (path.clone(), glob_to_json(it)));
        json.insert("metadata".to_owned(), Value::Object(metadata.collect()));
    }
    Value::Object(json)
}

/// `None` for what [`to_json`] does not write: a selector that is only half understood would select the wrong nodes.
pub(super) fn from_json(json: &Value) -> Option<NodeSelector> {
    let mut selector = NodeSelector::default();
    for (name, value) in json.as_object()? {
        let part = match name.as_str() {
            "id" => &mut selector.id,
            "cluster" => &mut selector.cluster,
            "region" => &mut selector.region,
            "zone" => &mut selector.zone,
            "sub_zone" => &mut selector.sub_zone,
            "metadata" => {
                let paths = value.as_object()?.iter();
                let paths: Option<BTreeMap<_, _>> =
                    paths.map(|(path, it)| Some((path.clone(), glob_from_json(it)?))).collect();
                selector.metadata = paths?;
                continue;
            }
            _ => return None,
        };
        *part = Some(glob_from_json(value)?);
    }
    Some(selector)
}

fn parts(selector: &NodeSelector) -> [(&'static str, Option<&Glob>); 5] {
    [
        ("id", selector.id.as_ref()),
        ("cluster", selector.cluster.as_ref()),
        ("region", selector.region.as_ref()),
        ("zone", selector.zone.as_ref()),
        ("sub_zone", selector.sub_zone.as_ref()),
    ]
}

fn glob_to_json(glob: &Glob) -> Value {
    if glob.is_exact() { json!({ "exact": glob.as_str() }) } else { glob.as_str().into() }
}

fn glob_from_json(json: &Value) -> Option<Glob> {
    match json {
        Value::String(pattern) => Some(Glob::new(pattern)),
        _ => Some(Glob::exact(json.get("exact")?.as_str()?)),
    }
}
