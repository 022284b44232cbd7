//! Secrets out of proto JSON, for all that is shown or handed out.
//!
//! Answers for: what may be a secret. By kind: fields that Envoy's API marks, or that are named like a secret (`schema`
//! says which); values of headers, parameters and keys that are named like a credential, also where they are only
//! matched; programs and their settings, of which a hash is shown (`code`); secrets inside a text (`text`); all that
//! stands inline in a `Secret`. Where in doubt a value is hidden. What only names a place (a file, a variable) stays: it
//! is what people look for. Leaves to others: text that is no message (`cli::excerpt`).

mod code;
mod named;
mod text;

use std::rc::Rc;

use serde_json::Value;

use self::named::hide_named_values;
use crate::resource::ResourceType;
use crate::schema::{Field, Kind, Message, Schema, Shape, Special, is_credential};
use crate::spec::from_base64;

/// What stands in a secret's place.
pub const REDACTED: &str = "[redacted]";

/// Fields of a secret that name the place where it is kept.
const PLACES: &[&str] = &["@type", "environment_variable", "filename", "path", "watched_directory"];

/// Fields with which a message holds a text or bytes of any kind. Inside a `Secret` they are secret.
const INLINE: &[&str] = &["inline_bytes", "inline_string"];

/// The private parts of a key in a set of keys (RFC 7518, section 6).
const PRIVATE_PARTS: &[&str] = &["d", "dp", "dq", "k", "oth", "p", "q", "qi"];

const SECRET: &str = "envoy.extensions.transport_sockets.tls.v3.Secret";

/// Takes the secrets out of a resource's JSON, which has the field names of the `.proto` files.
pub fn redact(kind: &ResourceType, json: &mut Value) {
    let schema = Schema::here();
    match schema.named(kind.message()) {
        Some(message) => message_of(&schema, &message, json, *kind.message() == *SECRET),
        None => hide(json),
    }
}

/// Goes through a message. `inside` a `Secret` all that is inline is hidden.
fn message_of(schema: &Rc<Schema>, message: &Rc<Message>, json: &mut Value, inside: bool) {
    match message.special {
        Special::Any => return any(schema, json, inside),
        Special::Struct | Special::Value | Special::List => return structure(json),
        _ => {}
    }
    let Value::Object(fields) = json else { return plain(json) };
    let inside = inside || *message.name == *SECRET;
    hide_named_values(fields);
    for (name, value) in fields.iter_mut().filter(|(name, _)| *name != "@type") {
        let Some(field) = message.find(name).map(|it| &message.fields[it]) else {
            hide(value);
            continue;
        };
        if field.sensitive || inside && INLINE.contains(&name.as_str()) {
            hide(value);
        } else if field.code {
            code::hash(value);
        } else if let Kind::Message(inner) = &field.kind {
            let inner = schema.message(inner);
            values(schema, field, &inner, value, inside);
        } else if name == "inline_bytes" {
            bytes(value);
        } else {
            plain(value);
        }
    }
}

/// Each value of a field that holds messages.
fn values(schema: &Rc<Schema>, field: &Field, inner: &Rc<Message>, value: &mut Value, inside: bool) {
    match (field.shape, value) {
        (Shape::List | Shape::Packed, Value::Array(items)) => {
            items.iter_mut().for_each(|it| message_of(schema, inner, it, inside));
        }
        (Shape::Map, Value::Object(entries)) => {
            // The message of a map is its entry: key and value.
            let Some(at) = inner.find("value") else { return entries.values_mut().for_each(hide) };
            for (key, value) in entries {
                match &inner.fields[at].kind {
                    Kind::Message(it) => message_of(schema, &schema.message(it), value, inside),
                    _ if is_credential(key) => hide(value),
                    _ => plain(value),
                }
            }
        }
        (_, value) => message_of(schema, inner, value, inside),
    }
}

fn any(schema: &Rc<Schema>, json: &mut Value, inside: bool) {
    let name = json.get("@type").and_then(Value::as_str).and_then(|it| it.rsplit('/').next());
    match name.and_then(|it| schema.named(it)) {
        // Messages with a form of their own stand in `value`.
        Some(message) if message.special.has_own_form() => {
            if let Some(value) = json.get_mut("value") {
                message_of(schema, &message, value, inside);
            }
        }
        Some(message) => message_of(schema, &message, json, inside),
        None => hide(json),
    }
}

/// Free-form JSON, which may stand for any message: all that its names give away, and what is inline.
fn structure(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(structure),
        Value::Object(fields) => {
            hide_named_values(fields);
            let is_key = fields.contains_key("kty");
            for (name, value) in fields {
                let secret = INLINE.contains(&name.as_str()) || is_key && PRIVATE_PARTS.contains(&name.as_str());
                if secret || is_credential(name) && !value.is_object() { hide(value) } else { structure(value) }
            }
        }
        other => plain(other),
    }
}

/// Hides all leaves but those that name a place, and but yes and no.
fn hide(json: &mut Value) {
    match json {
        Value::Null | Value::Bool(_) => {}
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Object(fields) => {
            fields.iter_mut().filter(|(name, _)| !PLACES.contains(&name.as_str())).for_each(|(_, it)| hide(it));
        }
        leaf => *leaf = REDACTED.into(),
    }
}

/// A value that is not secret as a whole, but may have a secret in it.
fn plain(json: &mut Value) {
    match json {
        Value::String(text) => {
            if let Some(shown) = text::without_secrets(text) {
                *text = shown;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}

/// Bytes, in base64: if there is a secret in them, all of them are hidden.
fn bytes(json: &mut Value) {
    let content = json.as_str().and_then(from_base64).and_then(|it| String::from_utf8(it).ok());
    if content.is_some_and(|it| text::without_secrets(&it).is_some()) {
        hide(json);
    }
}

#[cfg(test)]
mod tests;
