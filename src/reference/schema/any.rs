//! `Any`: a message of the type that its `@type` names, whose fields follow from it.

use prost_reflect::{DescriptorPool, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::{Definitions, scalar};
use crate::resource::TYPES;
use crate::schema::PREFIX;

/// Packages whose messages nobody writes into a document.
const NEVER: [&str; 22] = [
    "envoy.admin.",
    "envoy.annotations.",
    "envoy.data.",
    "envoy.service.",
    "google.api.",
    "google.rpc.",
    "cel.",
    "io.",
    "opencensus.",
    "opentelemetry.",
    "udpa.annotations.",
    "udpa.data.",
    "udpa.service.",
    "udpa.core.",
    "validate.",
    "xds.annotations.",
    "xds.data.",
    "xds.service.",
    "xds.core.",
    "google.longrunning.",
    "google.api_error.",
    "ratelimit.",
];

/// The message that gives a resource a name and aliases of its own.
const WRAPPER: &str = "envoy.service.discovery.v3.Resource";

/// Well-known messages that configure something.
const WELL_KNOWN: [&str; 8] =
    ["Any", "Empty", "Struct", "StringValue", "BoolValue", "UInt32Value", "Duration", "Value"];

/// Types of the v2 API, which the loader takes with a warning. What is inside is `chancery check`'s to judge.
const V2: &str = "/envoy\\.(api\\.v2|config\\..*v2(alpha)?[0-9]*|service\\..*v2)\\.";

/// A reference to the schema of an `Any`.
pub(super) fn any(definitions: &mut Definitions) -> Value {
    definitions.once("any", |definitions| {
        let pool = definitions.pool.clone();
        let types: Vec<_> = all(&pool).collect();
        typed(definitions, &types)
    })
}

/// Whether a message can be held by an `Any`, and so has an `@type` of its own there.
pub(super) fn is_held(message: &MessageDescriptor) -> bool {
    let name = message.full_name();
    let well_known = name.strip_prefix("google.protobuf.").map(|it| WELL_KNOWN.contains(&it));
    let is_resource = || TYPES.iter().any(|row| row.url.strip_prefix(PREFIX) == Some(name)) || name == WRAPPER;
    let is_written = || !NEVER.iter().any(|it| name.starts_with(it)) || is_resource();
    message.parent_message().is_none() && well_known.unwrap_or_else(is_written)
}

/// All messages that an `Any` may hold, by name.
pub(super) fn all(pool: &DescriptorPool) -> impl Iterator<Item = MessageDescriptor> {
    let mut held: Vec<_> = pool.all_messages().filter(is_held).collect();
    held.sort_by(|a, b| a.full_name().cmp(b.full_name()));
    held.into_iter()
}

/// A map with `@type`, which is one of these messages, and their fields.
pub(super) fn typed(definitions: &mut Definitions, types: &[MessageDescriptor]) -> Value {
    let urls: Vec<String> = types.iter().map(|it| format!("{PREFIX}{}", it.full_name())).collect();
    let branches: Vec<Value> = types.iter().zip(&urls).map(|(it, url)| branch(definitions, it, url)).collect();
    json!({
        "type": ["object", "null"],
        // The empty one is that of no type.
        "anyOf": [{ "required": ["@type"] }, { "maxProperties": 0 }],
        "properties": {
            "@type": {
                "description": "What this is: `type.googleapis.com/` and the name of a message",
                "anyOf": [
                    { "enum": urls, "errorMessage": "no message has this `@type`" },
                    { "type": "string", "pattern": V2 },
                ],
            },
        },
        "if": { "required": ["@type"] },
        "then": { "allOf": branches },
    })
}

fn branch(definitions: &mut Definitions, message: &MessageDescriptor, url: &str) -> Value {
    let then = match scalar::name_of(&prost_reflect::Kind::Message(message.clone())) {
        Some(name) => with_value(scalar::of(name)),
        None if message.package_name() == "google.protobuf" && message.name() != "Empty" => with_value(json!({})),
        None => definitions.message(message),
    };
    json!({ "if": { "properties": { "@type": { "const": url } } }, "then": then })
}

/// Messages with a JSON form of their own stand under `value`.
fn with_value(value: Value) -> Value {
    let properties: Map<String, Value> =
        [("@type".to_owned(), json!({})), ("value".to_owned(), value)].into_iter().collect();
    json!({ "properties": properties, "additionalProperties": false })
}
