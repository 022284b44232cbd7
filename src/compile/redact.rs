//! Secrets out of proto JSON, for all that is shown or handed out.
//!
//! Answers for: what may be a secret. Envoy's API marks such fields, but not all; what it forgot is known by name, as is
//! what stands in free-form structs and in headers. Where in doubt a value is hidden. What only names a place (a file, a
//! variable) stays: it is what people look for. Leaves to others: text that is no message (`cli::excerpt`).

use std::rc::Rc;

use serde_json::{Map, Value};

use crate::resource::ResourceType;
use crate::schema::{Field, Kind, Message, Schema, Shape, Special};

/// What stands in a secret's place.
pub const REDACTED: &str = "[redacted]";

/// Names of fields that hold secrets, in messages that do not say so and in structs.
const BY_NAME: &[&str] = &[
    "access_token",
    "api_key",
    "authorization_token",
    "client_secret",
    "google_refresh_token",
    "json_key",
    "passphrase",
    "password",
    "private_key",
    "refresh_token",
    "secret",
    "secret_access_key",
    "session_token",
    "token",
];

/// What a header's name has in it if its value is a credential.
const IN_HEADER: &[&str] = &["authorization", "cookie", "api-key", "apikey", "token", "secret", "password"];

/// Fields of a secret that name the place where it is kept.
const PLACES: &[&str] = &["@type", "environment_variable", "filename", "path", "watched_directory"];

/// Fields with which a message holds a text or bytes of any kind. Inside a `Secret` they are secret.
const INLINE: &[&str] = &["inline_bytes", "inline_string"];

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
    let Value::Object(fields) = json else { return };
    if header_is_secret(fields) {
        ["value", "raw_value"].iter().filter_map(|it| fields.get_mut(*it).map(hide)).for_each(drop);
    }
    let inside = inside || *message.name == *SECRET;
    for (name, value) in fields.iter_mut().filter(|(name, _)| *name != "@type") {
        let Some(field) = message.find(name).map(|it| &message.fields[it]) else {
            hide(value);
            continue;
        };
        let is_text = matches!(field.kind, Kind::String | Kind::Bytes);
        let named = BY_NAME.contains(&name.as_str()) && (is_text || is_data_source(schema, field));
        if field.sensitive || named || inside && INLINE.contains(&name.as_str()) {
            hide(value);
        } else if let Kind::Message(inner) = &field.kind {
            let inner = schema.message(inner);
            values(schema, field, &inner, value, inside);
        } else {
            private_key(value);
        }
    }
}

fn is_data_source(schema: &Rc<Schema>, field: &Field) -> bool {
    match &field.kind {
        Kind::Message(it) => schema.message(it).short() == "DataSource",
        _ => false,
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
            for value in entries.values_mut() {
                match &inner.fields[at].kind {
                    Kind::Message(it) => message_of(schema, &schema.message(it), value, inside),
                    _ => private_key(value),
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

/// Free-form JSON, which may stand for any message: all that its name gives away, and what is inline.
fn structure(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(structure),
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.to_ascii_lowercase().replace('-', "_");
                let secret = INLINE.contains(&&*name)
                    || BY_NAME.iter().any(|it| name == *it || name.ends_with(&format!("_{it}")));
                if secret && !value.is_object() { hide(value) } else { structure(value) }
            }
        }
        other => private_key(other),
    }
}

/// Whether this is a header, by its fields, whose value is a credential, by its name.
fn header_is_secret(fields: &Map<String, Value>) -> bool {
    let name = fields.get("key").and_then(Value::as_str).map(str::to_ascii_lowercase);
    name.is_some_and(|name| IN_HEADER.iter().any(|it| name.contains(it)))
}

/// Hides all leaves but those that name a place.
fn hide(json: &mut Value) {
    match json {
        Value::Null => {}
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Object(fields) => {
            fields.iter_mut().filter(|(name, _)| !PLACES.contains(&name.as_str())).for_each(|(_, it)| hide(it));
        }
        leaf => *leaf = REDACTED.into(),
    }
}

/// A private key is secret wherever it stands, also in a field for something else.
fn private_key(json: &mut Value) {
    match json {
        Value::String(text) if text.contains("PRIVATE KEY-----") => *json = REDACTED.into(),
        Value::Array(items) => items.iter_mut().for_each(private_key),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::compile::{Settings, compile, to_json};
    use crate::resource::Flavour;
    use crate::spec::RawFile;

    /// A YAML resource as it is shown.
    #[track_caller]
    fn shown(yaml: &str) -> Value {
        // What is no certificate and no password must be hidden all the same.
        let yaml = format!("lints: {{CH3503: allow, CH3801: allow}}\n{yaml}");
        let compiled = compile(&RawFile::new("t.yaml", yaml.as_bytes()), &Settings::default());
        assert!(!compiled.diagnostics.has_errors(), "{:?}", compiled.diagnostics);
        let (kind, resource) = &compiled.documents[0].resources[0];
        let mut json = to_json(kind, &resource.value(Flavour::Ads)).unwrap();
        redact(kind, &mut json);
        assert!(!json.to_string().contains("hush"), "{json:#}");
        json
    }

    const KEY: &str = "type.googleapis.com";

    #[test]
    fn what_a_secret_holds_is_hidden_and_where_it_is_kept_is_shown() {
        let json = shown(&format!(
            "resources:\n- \"@type\": {KEY}/{SECRET}\n  name: a\n  tls_certificate:\n    certificate_chain: {{inline_string: hush}}\n    \
             private_key: {{filename: /etc/key.pem}}\n    password: {{inline_string: hush}}\n"
        ));
        let certificate = json!({
            "certificate_chain": {"inline_string": REDACTED},
            "private_key": {"filename": "/etc/key.pem"},
            "password": {"inline_string": REDACTED},
        });
        assert_eq!((&json["name"], &json["tls_certificate"]), (&json!("a"), &certificate));
        shown(&format!(
            "resources:\n- \"@type\": {KEY}/{SECRET}\n  name: a\n  generic_secret: {{secrets: {{k: {{inline_string: hush}}}}}}\n"
        ));
    }

    #[test]
    fn headers_structs_and_forgotten_fields() {
        let route = shown(&format!(
            "resources:\n- \"@type\": {KEY}/envoy.config.route.v3.RouteConfiguration\n  name: a\n  request_headers_to_add:\n  \
             - header: {{key: Authorization, value: Bearer hush}}\n  - header: {{key: x-plain, value: seen}}\n  metadata:\n    \
             filter_metadata:\n      x: {{api-key: hush, plain: seen, deep: [{{db_password: hush}}, {{inline_string: hush}}]}}\n"
        ));
        assert_eq!(route["request_headers_to_add"][0]["header"], json!({"key": "Authorization", "value": REDACTED}));
        assert_eq!(route["request_headers_to_add"][1]["header"]["value"], "seen");
        assert_eq!(route["metadata"]["filter_metadata"]["x"]["plain"], "seen");
        let filter = "type.googleapis.com/envoy.extensions.filters.http.basic_auth.v3.BasicAuth";
        shown(&format!(
            "resources:\n- \"@type\": {KEY}/envoy.config.core.v3.TypedExtensionConfig\n  name: a\n  typed_config:\n    \
             \"@type\": {filter}\n    users: {{inline_string: hush}}\n"
        ));
    }

    /// Every field that Envoy's API marks, in a message of its own.
    #[test]
    fn every_marked_field_is_hidden() {
        let schema = Schema::here();
        let mut marked = 0;
        for descriptor in schema.pool.all_messages() {
            let message = schema.described(&descriptor);
            for field in message.fields.iter().filter(|it| it.sensitive) {
                let mut json = json!({ &*field.name: {"inline_string": "hush", "x": ["hush", {"y": "hush"}]} });
                message_of(&schema, &message, &mut json, false);
                assert!(!json.to_string().contains("hush"), "{} {}", message.name, field.name);
                marked += 1;
            }
        }
        assert!(marked > 20, "{marked}");
    }
}
