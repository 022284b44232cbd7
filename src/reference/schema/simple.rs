//! The simple spec, from its tables.

use serde_json::{Map, Value, json};

use super::message::in_any_case;
use super::{Definitions, described, document, reference};
use crate::compile::simple::{Key, Object, Shape};
use crate::reference::simple;

/// Durations as people write them: largest unit first, each at most once.
const DURATION: &str = "^(?=.)([0-9]+(\\.[0-9]{1,9})?d)?([0-9]+(\\.[0-9]{1,9})?h)?([0-9]+(\\.[0-9]{1,9})?m)?\
                        ([0-9]+(\\.[0-9]{1,9})?s)?([0-9]+(\\.[0-9]{1,9})?ms)?([0-9]+(\\.[0-9]{1,9})?[uµ]s)?\
                        ([0-9]+(\\.[0-9]{1,9})?ns)?$";

/// A reference to an object, which is defined if it is not yet.
pub(super) fn object(definitions: &mut Definitions, object: &'static Object) -> Value {
    let name = name_of(object);
    definitions.once(&name, |definitions| definition(definitions, object))
}

/// The name of its definition: objects of one name are numbered.
fn name_of(object: &'static Object) -> String {
    let called = simple::called(object);
    let same: Vec<_> = simple::objects().into_iter().filter(|it| simple::called(it) == called).collect();
    let index = same.iter().position(|it| std::ptr::eq(*it, object)).unwrap_or(0);
    let number = if index == 0 { String::new() } else { format!("-{}", index + 1) };
    format!("simple.{}{number}", called.replace(|it: char| !it.is_ascii_alphanumeric(), "-"))
}

fn definition(definitions: &mut Definitions, object: &'static Object) -> Value {
    let mut properties = Map::new();
    for key in object.keys() {
        let inner = document::special(definitions, key.name, &key.shape);
        let inner = inner.unwrap_or_else(|| value_of(definitions, object, key));
        properties.insert(key.name.to_owned(), described(key.doc, inner));
    }
    let required: Vec<&str> = object.keys.iter().filter(|it| it.required).map(|it| it.name).collect();
    let mut out = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        out["required"] = required.into();
    }
    let exclusions = exclusions(object);
    if !exclusions.is_empty() {
        out["dependencies"] = Value::Object(exclusions);
    }
    out
}

fn value_of(definitions: &mut Definitions, object: &'static Object, key: &'static Key) -> Value {
    match key.name {
        "envoy" if !object.message.is_empty() => definitions.message_named(object.message),
        _ => shape(definitions, &key.shape),
    }
}

/// Keys that exclude each other: each leaves no room for those after it.
fn exclusions(object: &Object) -> Map<String, Value> {
    let mut out = Map::new();
    for group in object.exclusive {
        for (index, name) in group.iter().enumerate() {
            let others: Map<String, Value> =
                group[index + 1..].iter().map(|it| ((*it).to_owned(), false.into())).collect();
            if !others.is_empty() {
                out.insert((*name).to_owned(), json!({ "properties": others }));
            }
        }
    }
    out
}

fn shape(definitions: &mut Definitions, of: &'static Shape) -> Value {
    match of {
        Shape::Text | Shape::Secret => json!({ "type": ["string", "number", "boolean"] }),
        Shape::Integer => json!({ "type": ["integer", "string"], "pattern": "^[+-]?[0-9]+$" }),
        Shape::Number => json!({ "type": ["number", "string"], "pattern": "^[+-]?[0-9.]+([eE][+-]?[0-9]+)?$" }),
        Shape::Boolean => json!({ "type": ["boolean", "string"], "pattern": "^(true|false)$" }),
        Shape::Duration => json!({
            "type": "string",
            "pattern": DURATION,
            "patternErrorMessage": "a duration with units, largest first: `250ms`, `5s`, `1m30s`",
        }),
        Shape::Choice(words) => choice(words),
        Shape::Object(inner) | Shape::Elsewhere(inner) => {
            json!({ "anyOf": [object(definitions, inner), { "type": "null" }] })
        }
        Shape::Short(key, inner) => {
            let alone = inner.keys.iter().find(|it| it.name == *key).map(|it| shape(definitions, &it.shape));
            json!({ "anyOf": [object(definitions, inner), alone.unwrap_or_default()] })
        }
        Shape::List(item) => {
            let item = shape(definitions, item);
            json!({ "anyOf": [{ "type": ["array", "null"], "items": item }, item] })
        }
        Shape::TextOrMap(each) => {
            let map = json!({ "type": "object", "additionalProperties": shape(definitions, each) });
            json!({ "anyOf": [{ "type": ["string", "number", "boolean"] }, map] })
        }
        Shape::Map(each) => json!({ "type": ["object", "null"], "additionalProperties": shape(definitions, each) }),
        Shape::Raw(message) => definitions.message_named(message),
        Shape::Any => json!({}),
    }
}

/// Words in any case, and Envoy's own for them.
fn choice(words: &[(&str, &str)]) -> Value {
    let mut values: Vec<Value> = Vec::new();
    for (word, _) in words {
        // A word that YAML reads as a number is one.
        let number = word.parse::<i64>().map(Value::from).or_else(|_| word.parse::<f64>().map(Value::from));
        values.extend(number.ok());
        values.push((*word).into());
    }
    let pattern = in_any_case(words.iter().flat_map(|it| [it.0, it.1]));
    json!({ "anyOf": [{ "enum": values }, { "type": "string", "pattern": pattern }] })
}

/// What a key of the document itself holds.
pub(super) fn key_of_document(definitions: &mut Definitions, name: &str) -> Option<Value> {
    let key = crate::compile::simple::language().keys.iter().find(|it| it.name == name)?;
    Some(shape(definitions, &key.shape))
}

/// The whole document of the language.
pub(super) fn document(definitions: &mut Definitions) -> Value {
    object(definitions, crate::compile::simple::language());
    reference(&name_of(crate::compile::simple::language()))
}
