//! Resources back to JSON, for people to read. Leaves to `cli` how it is printed.

use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage, SerializeOptions, Value as Dynamic};
use serde_json::{Map, Value};

use super::discovery::WRAPPER;
use super::encode::EMPTY;
use crate::resource::{Flavour, Resource, ResourceType, descriptors};
use crate::schema::PREFIX;

/// Stands for the type of an `Any` that has none while it is made JSON: the library refuses to print one.
const NO_TYPE: &str = "none/google.protobuf.Empty";

/// A resource's bytes as proto JSON with `@type` and the field names of the `.proto` files, or why they are none.
pub fn to_json(kind: &ResourceType, value: &[u8]) -> Result<Value, String> {
    let message = kind.message();
    let descriptor = descriptors().get_message_by_name(message).ok_or_else(|| format!("{message} is not known"))?;
    let json = message_to_json(&descriptor, value)?;
    let kind = ("@type".to_owned(), Value::String(format!("{PREFIX}{}", kind.message())));
    Ok(match json {
        Value::Object(fields) => Value::Object([kind].into_iter().chain(fields).collect()),
        other => Value::Object(Map::from_iter([kind, ("value".to_owned(), other)])),
    })
}

/// A message's bytes as proto JSON with the field names of the `.proto` files.
pub(super) fn message_to_json(descriptor: &MessageDescriptor, value: &[u8]) -> Result<Value, String> {
    let mut message = DynamicMessage::decode(descriptor.clone(), value).map_err(|it| it.to_string())?;
    let options = SerializeOptions::new().use_proto_field_name(true).stringify_64_bit_integers(false);
    let as_json = |it: &DynamicMessage| it.serialize_with_options(serde_json::value::Serializer, &options);
    let mut json = match as_json(&message) {
        Ok(json) => json,
        Err(_) => {
            mark_untyped(&mut message)?;
            as_json(&message).map_err(|it| it.to_string())?
        }
    };
    bare_empties(&mut json);
    Ok(json)
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

/// Gives each `Any` without a type, at any depth, the type [`NO_TYPE`]. Says whether there was one.
fn mark_untyped(message: &mut DynamicMessage) -> Result<bool, String> {
    if message.descriptor().full_name() != "google.protobuf.Any" {
        let mut found = false;
        for (_, value) in message.fields_mut() {
            found |= mark_untyped_in(value)?;
        }
        return Ok(found);
    }
    let url = message.get_field_by_number(1).and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default();
    if url.is_empty() {
        message.set_field_by_number(1, Dynamic::String(NO_TYPE.to_owned()));
        return Ok(true);
    }
    // Messages inside are bytes here: they are made anew only if there is something to mark.
    let kind = descriptors().get_message_by_name(url.rsplit('/').next().unwrap_or_default());
    let Some(kind) = kind else { return Ok(false) };
    let bytes = message.get_field_by_number(2).and_then(|it| it.as_bytes().cloned()).unwrap_or_default();
    let mut inner = DynamicMessage::decode(kind, bytes).map_err(|it| it.to_string())?;
    let found = mark_untyped(&mut inner)?;
    if found {
        message.set_field_by_number(2, Dynamic::Bytes(inner.encode_to_vec().into()));
    }
    Ok(found)
}

fn mark_untyped_in(value: &mut Dynamic) -> Result<bool, String> {
    let mut found = false;
    match value {
        Dynamic::Message(it) => found = mark_untyped(it)?,
        Dynamic::List(items) => {
            for item in items {
                found |= mark_untyped_in(item)?;
            }
        }
        Dynamic::Map(entries) => {
            for item in entries.values_mut() {
                found |= mark_untyped_in(item)?;
            }
        }
        _ => {}
    }
    Ok(found)
}

/// Takes the `value` from each `Empty` inside an `Any`: only some libraries have one there, and Envoy refuses it.
fn bare_empties(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(bare_empties),
        Value::Object(fields) => {
            let kind = fields.get("@type").and_then(Value::as_str);
            match kind {
                Some(NO_TYPE) => fields.clear(),
                Some(it) if it.ends_with(EMPTY) => _ = fields.remove("value"),
                _ => {}
            }
            fields.values_mut().for_each(bare_empties);
        }
        _ => {}
    }
}
