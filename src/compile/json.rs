//! Resources back to JSON, for people to read. Leaves to `cli` how it is printed.

use prost_reflect::{DynamicMessage, SerializeOptions};
use serde_json::{Map, Value};

use super::discovery::WRAPPER;
use super::encode::EMPTY;
use crate::resource::{Flavour, Resource, ResourceType, descriptors};
use crate::schema::PREFIX;

/// A resource's bytes as proto JSON with `@type` and the field names of the `.proto` files, or why they are none.
pub fn to_json(kind: &ResourceType, value: &[u8]) -> Result<Value, String> {
    let message = kind.message();
    let descriptor = descriptors().get_message_by_name(message).ok_or_else(|| format!("{message} is not known"))?;
    let message = DynamicMessage::decode(descriptor, value).map_err(|it| it.to_string())?;
    let options = SerializeOptions::new().use_proto_field_name(true).stringify_64_bit_integers(false);
    let mut json =
        message.serialize_with_options(serde_json::value::Serializer, &options).map_err(|it| it.to_string())?;
    bare_empties(&mut json);
    let kind = ("@type".to_owned(), Value::String(format!("{PREFIX}{}", kind.message())));
    Ok(match json {
        Value::Object(fields) => Value::Object([kind].into_iter().chain(fields).collect()),
        other => Value::Object(Map::from_iter([kind, ("value".to_owned(), other)])),
    })
}

/// A resource as the clients of a flavour get it; wrapped where its name or aliases are not inside it.
pub fn resource_to_json(kind: &ResourceType, resource: &Resource, flavour: Flavour) -> Result<Value, String> {
    let json = to_json(kind, &resource.value(flavour))?;
    let is_named = json.get(kind.rules().name_field).and_then(Value::as_str) == Some(&*resource.name);
    if is_named && resource.aliases.is_empty() {
        return Ok(json);
    }
    let aliases: Vec<&str> = resource.aliases.iter().map(|it| &**it).collect();
    let mut wrapper = serde_json::json!({ "@type": format!("{PREFIX}{WRAPPER}"), "name": &*resource.name });
    if !aliases.is_empty() {
        wrapper["aliases"] = aliases.into();
    }
    wrapper["resource"] = json;
    Ok(wrapper)
}

/// Takes the `value` from each `Empty` inside an `Any`: only some libraries have one there, and Envoy refuses it.
fn bare_empties(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(bare_empties),
        Value::Object(fields) => {
            let kind = fields.get("@type").and_then(Value::as_str);
            if kind.is_some_and(|it| it.ends_with(EMPTY)) {
                fields.remove("value");
            }
            fields.values_mut().for_each(bare_empties);
        }
        _ => {}
    }
}
