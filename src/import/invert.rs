//! The tables of the simple spec, read backwards: what a message says, under the language's keys.
//!
//! A key that is a plain copy of a field is taken from the message wherever its value can be said. What is left over
//! is for the caller: either it knows better, or it becomes `envoy:`. Nothing here needs to be right: all that is said
//! is rendered again and compared.

use serde_json::{Map, Value};

use crate::compile::simple::{Object, Shape, language};

/// An object of the language, by the keys that lead to it: `spec.clusters`.
pub(super) fn object(path: &str) -> &'static Object {
    path.split('.').fold(language(), |object, key| {
        let found = object.keys.iter().find(|it| it.name == key).and_then(|it| inner(&it.shape));
        found.unwrap_or(object)
    })
}

fn inner(shape: &'static Shape) -> Option<&'static Object> {
    match shape {
        Shape::Object(object) | Shape::Short(_, object) => Some(object),
        Shape::List(item) => inner(item),
        _ => None,
    }
}

/// Takes out of a message all that plain copies can say.
pub(super) fn take(object: &Object, message: &mut Map<String, Value>) -> Map<String, Value> {
    let mut said = Map::new();
    for key in object.keys.iter().filter(|it| !it.to.is_empty()) {
        let value = at(message, key.to).and_then(|it| say(&key.shape, it));
        if let Some(value) = value {
            remove(message, key.to);
            said.insert(key.name.to_owned(), value);
        }
    }
    said
}

/// A whole message as an object, with the rest under `envoy`; nothing if there is a rest and no place for it.
pub(super) fn whole(object: &Object, value: &Value) -> Option<Map<String, Value>> {
    let mut message = value.as_object()?.clone();
    let mut said = take(object, &mut message);
    if !message.is_empty() {
        if object.message.is_empty() {
            return None;
        }
        said.insert("envoy".to_owned(), Value::Object(message));
    }
    Some(said)
}

/// A value in the language's words.
fn say(shape: &Shape, value: &Value) -> Option<Value> {
    match shape {
        Shape::Text | Shape::Secret => value.is_string().then(|| value.clone()),
        Shape::Duration => value.as_str().filter(|it| it.ends_with('s') && !it.starts_with('-')).map(|_| value.clone()),
        Shape::Integer => (value.is_i64() || value.is_u64()).then(|| value.clone()),
        Shape::Number => value.is_number().then(|| value.clone()),
        Shape::Boolean => value.is_boolean().then(|| value.clone()),
        Shape::Choice(words) => {
            words.iter().find(|it| value.as_str() == Some(it.1)).map(|it| Value::String(it.0.to_owned()))
        }
        Shape::Object(object) | Shape::Short(_, object) => whole(object, value).map(Value::Object),
        Shape::List(item) => {
            value.as_array()?.iter().map(|it| say(item, it)).collect::<Option<Vec<_>>>().map(Value::Array)
        }
        Shape::Map(each) => {
            let fields = value.as_object()?.iter().map(|(key, it)| Some((key.clone(), say(each, it)?)));
            fields.collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        Shape::TextOrMap(_) | Shape::Raw(_) | Shape::Elsewhere(_) | Shape::Any => Some(value.clone()),
    }
}

/// The value at a path of keys with dots.
pub(super) fn at<'v>(message: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    let mut parts = path.split('.');
    let first = message.get(parts.next()?)?;
    parts.try_fold(first, |value, key| value.get(key))
}

/// Takes the value at a path away, and every message on the way that it leaves empty.
pub(super) fn remove(message: &mut Map<String, Value>, path: &str) -> Option<Value> {
    let Some((head, tail)) = path.split_once('.') else { return message.shift_remove(path) };
    let inner = message.get_mut(head)?.as_object_mut()?;
    let value = remove(inner, tail);
    if inner.is_empty() {
        message.shift_remove(head);
    }
    value
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_copies_come_back_as_keys() {
        let mut message = json!({"name": "a", "outlier_detection": {"interval": "5s", "split_external_local_origin_errors": true},
            "common_lb_config": {"healthy_panic_threshold": {"value": 20.0}}, "lb_policy": "MAGLEV"});
        let said = take(object("spec.clusters"), message.as_object_mut().unwrap());
        let expected = json!({"name": "a", "panic_threshold": 20.0,
            "outlier_detection": {"interval": "5s", "envoy": {"split_external_local_origin_errors": true}}});
        assert_eq!(Value::Object(said), expected);
        assert_eq!(message, json!({"lb_policy": "MAGLEV"}));
    }

    #[test]
    fn objects_are_found_by_their_keys() {
        for (path, name) in [
            ("spec.listeners.virtual_hosts.routes", "a route"),
            ("spec.clusters.endpoints", "an endpoint"),
            ("spec.listeners.http", "http"),
        ] {
            assert_eq!(object(path).name, name);
        }
    }
}
