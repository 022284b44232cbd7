//! Whole documents: which kind one is follows from its keys, as in `compile`.

use serde_json::{Map, Value, json};

use super::{Definitions, any, described, message, reference, simple};
use crate::compile::simple::Shape;
use crate::resource::TYPES;
use crate::schema::PREFIX;
use crate::spec::codes::{self, Level, WORDS};

const BOOTSTRAP: &str = "envoy.config.bootstrap.v3.Bootstrap";
const WRAPPER: &str = "envoy.service.discovery.v3.Resource";

/// The keys that a document may begin with, offered where nothing is written yet.
const FIRST: [(&str, &str); 11] = [
    ("spec", "The simple spec: listeners, clusters, secrets, runtime layers"),
    ("resources", "Envoy's own resources, each with its `@type`"),
    ("static_resources", "A bootstrap, whose static resources are served"),
    ("dynamic_resources", "A bootstrap"),
    ("name", "A label for people"),
    ("version", "A label for this version; without it the version is a hash of the content"),
    ("nodes", "Who gets this document; without it, every node"),
    ("lints", "Levels of lints for what is found in this document"),
    ("profile", "Who the clients are"),
    ("rollout", "How its changes are rolled out"),
    ("@type", "The type of the one resource that the document is"),
];

/// Keys of ours, which say nothing about the kind of document.
const OPTIONS: [&str; 4] = ["nodes", "lints", "profile", "rollout"];

/// Keys of a discovery document that belong to a server's answer.
const ANSWER: [&str; 11] = [
    "type_url",
    "typeUrl",
    "nonce",
    "canary",
    "control_plane",
    "controlPlane",
    "system_version_info",
    "systemVersionInfo",
    "resource_errors",
    "resourceErrors",
    "name",
];

/// The schema's root without its definitions.
pub(super) fn root(definitions: &mut Definitions) -> Map<String, Value> {
    let simple = simple::document(definitions);
    let mut out = Map::new();
    out.insert("$schema".to_owned(), "http://json-schema.org/draft-07/schema#".into());
    out.insert("title".to_owned(), "A document of Chancery".into());
    if definitions.simple_only {
        out.insert("allOf".to_owned(), json!([simple]));
        return out;
    }
    let discovery = discovery(definitions);
    let resource = single(definitions);
    let bootstrap = bootstrap(definitions);
    let first: Map<String, Value> =
        FIRST.iter().map(|(key, text)| ((*key).to_owned(), json!({ "description": text }))).collect();
    let ours: Vec<&str> = ["name", "version"].into_iter().chain(OPTIONS).collect();
    out.insert("type".to_owned(), "object".into());
    out.insert("properties".to_owned(), Value::Object(first));
    out.insert("if".to_owned(), json!({ "required": ["spec"] }));
    out.insert("then".to_owned(), simple);
    let is_bootstrap = json!({ "properties": { "@type": { "pattern": format!("{BOOTSTRAP}$") } } });
    let rest = json!({
        "if": { "propertyNames": { "enum": ours } },
        "then": { "required": ["spec"] },
        "else": bootstrap,
    });
    let typed = json!({ "if": is_bootstrap, "then": bootstrap, "else": resource });
    let other = json!({ "if": { "required": ["@type"] }, "then": typed, "else": rest });
    out.insert("else".to_owned(), json!({ "if": { "required": ["resources"] }, "then": discovery, "else": other }));
    out
}

/// Keys whose table says `Any`, but whose reading is more particular.
pub(super) fn special(definitions: &mut Definitions, key: &str, shape: &Shape) -> Option<Value> {
    matches!((key, shape), (_, Shape::Any)).then(|| option(definitions, key))?
}

/// One of the keys of ours.
fn option(definitions: &mut Definitions, key: &str) -> Option<Value> {
    match key {
        "nodes" => Some(definitions.once("nodes", nodes)),
        "lints" => Some(definitions.once("lints", |_| lints())),
        "profile" => Some(json!({ "enum": ["envoy", "grpc", null] })),
        "rollout" => simple::key_of_document(definitions, key),
        "canary" => Some(canary(definitions)),
        _ => None,
    }
}

/// Who gets a change first: a word, a share, or selectors.
fn canary(definitions: &mut Definitions) -> Value {
    let selector = definitions.once("selector", |_| selector());
    let words = json!({ "enum": ["one", "off"] });
    let share = json!({ "type": "string", "pattern": "^([oO][nN][eE]|[oO][fF][fF]|0*([1-9][0-9]?|100)%)$" });
    let list = json!({ "type": "array", "minItems": 1, "items": selector });
    json!({ "anyOf": [words, share, selector, list] })
}

fn nodes(definitions: &mut Definitions) -> Value {
    let selector = definitions.once("selector", |_| selector());
    json!({ "type": ["array", "null"], "minItems": 1, "items": selector })
}

fn selector() -> Value {
    let glob = |text: &str| json!({ "description": text, "type": ["string", "number", "boolean"] });
    let region = json!({
        "type": "object",
        "properties": { "region": glob("The region"), "zone": glob("The zone"), "sub_zone": glob("The part of the zone") },
        "patternProperties": { "^subZone$": {} },
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "minProperties": 1,
        "properties": {
            "id": glob("`node.id`; `*` stands for any text"),
            "cluster": glob("`node.cluster`"),
            "locality": region,
            "metadata": { "description": "`node.metadata`: leaves by their keys", "type": "object" },
        },
        "additionalProperties": false,
    })
}

fn lints() -> Value {
    let words: Vec<&str> = WORDS.iter().map(|it| it.0).collect();
    let lint = |it: &codes::Code| (it.code.to_owned(), json!({ "description": it.title, "enum": words }));
    let lints: Map<String, Value> = codes::all().filter(|it| it.level != Level::Error).map(lint).collect();
    json!({ "type": ["object", "null"], "properties": lints, "additionalProperties": false })
}

/// The options, each with its description.
fn options(definitions: &mut Definitions) -> Map<String, Value> {
    let about = |key: &str| FIRST.iter().find(|it| it.0 == key).map_or("", |it| it.1);
    let described = |key: &str| Some((key.to_owned(), described(about(key), option(definitions, key)?)));
    OPTIONS.into_iter().filter_map(described).collect()
}

/// A document with `resources`.
fn discovery(definitions: &mut Definitions) -> Value {
    let item = resource(definitions);
    let mut properties = options(definitions);
    let label = json!({ "description": FIRST[5].1, "type": ["string", "number", "boolean", "null"] });
    properties.insert("resources".to_owned(), json!({ "description": FIRST[1].1, "type": "array", "items": item }));
    properties.insert("version_info".to_owned(), label.clone());
    let label = described("The same as `version_info`", label);
    properties.insert("version".to_owned(), label);
    let others = ANSWER.iter().chain(&["versionInfo", "@type"]);
    let others: Map<String, Value> = others.map(|it| (format!("^{it}$"), json!({}))).collect();
    let schema = json!({ "properties": properties, "patternProperties": others, "additionalProperties": false });
    definitions.once("document.discovery", |_| schema)
}

/// One element of `resources`: a resource, or one in a `Resource`, which may lack its type.
fn resource(definitions: &mut Definitions) -> Value {
    definitions.once("resource", |definitions| {
        let plain = resource_types(definitions, true);
        let wrapper = definitions.message_named(WRAPPER);
        json!({ "if": { "required": ["resource"] }, "then": wrapper, "else": plain })
    })
}

fn resource_types(definitions: &mut Definitions, wrapped: bool) -> Value {
    let names = TYPES.iter().filter(|row| !row.name_field.is_empty()).filter_map(|row| row.url.strip_prefix(PREFIX));
    let names: Vec<&str> = names.chain(wrapped.then_some(WRAPPER)).collect();
    let types: Vec<_> = names.into_iter().filter_map(|it| definitions.pool.get_message_by_name(it)).collect();
    any::typed(definitions, &types)
}

/// A document that is one resource.
fn single(definitions: &mut Definitions) -> Value {
    definitions.once("document.resource", |definitions| resource_types(definitions, true))
}

/// A bootstrap, with the keys of ours.
fn bootstrap(definitions: &mut Definitions) -> Value {
    let Some(descriptor) = definitions.pool.get_message_by_name(BOOTSTRAP) else { return json!({}) };
    definitions.message(&descriptor);
    definitions.once("document.bootstrap", |definitions| {
        let mut schema = message::object(definitions, &descriptor);
        let options = options(definitions);
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.extend(options);
        }
        Value::Object(schema)
    });
    reference("document.bootstrap")
}
