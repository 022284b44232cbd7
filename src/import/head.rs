//! What stands above a document's content: its version and who it is for.

use serde_json::{Map, Value};

use crate::compile::Document;
use crate::spec::{Glob, NodeSelector};

/// A document with what stands above its content.
pub(super) fn with_head(document: &Document, body: Value) -> Value {
    let mut head = Map::new();
    if let Some(label) = &document.label {
        let key = if body.get("spec").is_some() { "version" } else { "version_info" };
        head.insert(key.to_owned(), (&**label).into());
    }
    if !document.nodes.is_empty() {
        head.insert("nodes".to_owned(), document.nodes.iter().map(selector).collect());
    }
    if let Value::Object(body) = body {
        head.extend(body);
    }
    head.into()
}

/// A selector as it is written in a document.
fn selector(selector: &NodeSelector) -> Value {
    let mut map = Map::new();
    let put = |map: &mut Map<String, Value>, key: &str, glob: &Option<Glob>| {
        map.extend(glob.as_ref().map(|it| (key.to_owned(), it.as_str().into())));
    };
    put(&mut map, "id", &selector.id);
    put(&mut map, "cluster", &selector.cluster);
    let mut locality = Map::new();
    put(&mut locality, "region", &selector.region);
    put(&mut locality, "zone", &selector.zone);
    put(&mut locality, "sub_zone", &selector.sub_zone);
    if !locality.is_empty() {
        map.insert("locality".to_owned(), locality.into());
    }
    if !selector.metadata.is_empty() {
        let leaves = selector.metadata.iter().map(|(path, glob)| (path.clone(), Value::from(glob.as_str())));
        map.insert("metadata".to_owned(), Value::Object(leaves.collect()));
    }
    map.into()
}
