//! Values of what is named like a credential: headers, parameters, cookies, keys of metadata.
//!
//! A message is known by its fields: one that names something, beside one that holds its value or is matched with it. So
//! messages that Envoy's API gains later are known, too. Leaves to `schema` which names these are.

use serde_json::{Map, Value};

use super::{REDACTED, hide};
use crate::schema::{is_credential, is_naming, is_value};

/// Fields that name what their message is about by a whole message or a path of keys.
const NAMING_DEEP: &[&str] = &["input", "metadata_key", "path"];

/// Hides the values of what is named like a credential: `{name: authorization, string_match: {exact: …}}`.
pub(super) fn hide_named_values(fields: &mut Map<String, Value>) {
    let has_values = fields.keys().any(|it| is_value(it));
    if !has_values || !names_credential(fields) {
        return;
    }
    for (name, value) in fields.iter_mut().filter(|(name, _)| is_value(name)) {
        match value.get_mut("map").and_then(Value::as_object_mut) {
            // What is matched are the keys; their values say what is done then.
            Some(map) if name.ends_with("_map") => hide_keys(map),
            _ => hide(value),
        }
    }
}

/// Whether a message names a credential, in a field of its own or in one that leads to the value.
fn names_credential(fields: &Map<String, Value>) -> bool {
    let direct = |(name, value): (&String, &Value)| is_naming(name) && value.as_str().is_some_and(is_credential);
    let deep = |(name, value): (&String, &Value)| NAMING_DEEP.contains(&name.as_str()) && mentions_credential(value);
    fields.iter().any(direct) || fields.iter().any(deep)
}

fn mentions_credential(json: &Value) -> bool {
    match json {
        Value::Array(items) => items.iter().any(mentions_credential),
        Value::Object(fields) => {
            // The name of an extension is one, too, but says what it is, not what it is about.
            let own = |(name, value): (&String, &Value)| {
                name != "name" && is_naming(name) && value.as_str().is_some_and(is_credential)
            };
            fields.iter().any(own) || fields.values().any(mentions_credential)
        }
        _ => false,
    }
}

/// The same map under keys that tell nothing.
fn hide_keys(map: &mut Map<String, Value>) {
    let values = std::mem::take(map).into_iter().map(|it| it.1).enumerate();
    map.extend(
        values.map(|(at, value)| (if at == 0 { REDACTED.to_owned() } else { format!("{REDACTED} {at}") }, value)),
    );
}
