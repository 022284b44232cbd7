//! A tree as JSON: plain scalars as YAML's core schema types them.

use serde_json::{Map, Value};

use crate::spec::{Scalar, Tree, Value as Node};

/// The same as JSON.
pub(super) fn json(tree: &Tree) -> Value {
    match &tree.value {
        Node::Null | Node::ConfigSource => Value::Null,
        Node::Scalar(it) => scalar(it),
        Node::Sequence(items) => items.iter().map(json).collect(),
        Node::Mapping(entries) => {
            let entries = entries.iter().map(|it| (it.key.text.to_string(), json(&it.value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}

fn scalar(scalar: &Scalar) -> Value {
    let text = &*scalar.text;
    if scalar.quoted {
        return text.into();
    }
    let typed = match text {
        "true" | "True" | "TRUE" => Some(true.into()),
        "false" | "False" | "FALSE" => Some(false.into()),
        // Only what is written again as it stands: others are strings to us, and `007` must not become 7.
        _ => text.parse::<i64>().ok().filter(|it| it.to_string() == text).map(Value::from),
    };
    typed
        .or_else(|| text.parse::<f64>().ok().filter(|it| it.to_string() == text).map(Value::from))
        .unwrap_or_else(|| text.into())
}
