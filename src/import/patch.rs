//! JSON merge patches (RFC 7396): what to merge over one message to have another. It is what `envoy:` takes.

use serde_json::{Map, Value};

/// The patch from one message to another; nothing if they are equal.
pub(super) fn diff(from: &Value, to: &Value) -> Option<Value> {
    if from == to {
        return None;
    }
    let (Value::Object(from), Value::Object(to)) = (from, to) else { return Some(to.clone()) };
    // A message of another type replaces the whole of the old one.
    if from.get("@type") != to.get("@type") {
        return Some(Value::Object(to.clone()));
    }
    let mut patch = Map::new();
    for key in from.keys().filter(|it| !to.contains_key(*it)) {
        patch.insert(key.clone(), Value::Null);
    }
    for (key, value) in to {
        let change = match from.get(key) {
            Some(old) => diff(old, value),
            None => Some(value.clone()),
        };
        if let Some(change) = change {
            patch.insert(key.clone(), change);
        }
    }
    Some(Value::Object(patch))
}

/// How many values a tree holds: its size, as people see it.
pub(super) fn leaves(value: &Value) -> usize {
    match value {
        Value::Object(fields) if !fields.is_empty() => fields.values().map(leaves).sum(),
        Value::Array(items) if !items.is_empty() => items.iter().map(leaves).sum(),
        _ => 1,
    }
}

/// The same of what stands under keys that take Envoy's own fields.
pub(super) fn raw_leaves(value: &Value) -> usize {
    const RAW: [&str; 6] =
        ["envoy", "load_assignment", "route_config", "http_filters", "network_filters", "listener_filters"];
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(key, it)| if RAW.contains(&&**key) { leaves(it) } else { raw_leaves(it) }).sum()
        }
        Value::Array(items) => items.iter().map(raw_leaves).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patches() {
        let from = json!({"a": 1, "b": {"c": [1], "d": 2}, "e": 3});
        let to = json!({"a": 1, "b": {"c": [2], "d": 2}, "f": null});
        assert_eq!(diff(&from, &to), Some(json!({"e": null, "b": {"c": [2]}, "f": null})));
        assert_eq!(diff(&from, &from), None);
        let any = json!({"@type": "x", "a": 1});
        assert_eq!(diff(&any, &json!({"@type": "y"})), Some(json!({"@type": "y"})));
        assert_eq!((leaves(&from), raw_leaves(&json!({"a": 1, "envoy": {"b": [1, 2]}}))), (4, 2));
    }
}
