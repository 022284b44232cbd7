//! Discovery documents as protobuf, binary or text (S31): back to trees, and then as all others.

use std::sync::Arc;

use envoy_types::pb::envoy::service::discovery::v3::DiscoveryResponse;
use envoy_types::pb::google::protobuf::Any;
use prost::Message as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, ReflectMessage, Value as Dynamic};

use super::assemble::Parts;
use super::discovery;
use crate::resource::descriptors;
use crate::spec::{Diagnostic, Diagnostics, Entry, Key, RawFile, Scalar, Span, Text, Tree, Value, codes};

/// How deep messages may be nested, `Any` in `Any` included.
const DEPTH: usize = 100;

const RESPONSE: &str = "envoy.service.discovery.v3.DiscoveryResponse";

/// Nodes of a binary file have no place.
const NOWHERE: Span = Span { start: 0, end: 0 };

/// A `.pb` file.
pub(super) fn binary(file: &RawFile, out: &mut Diagnostics) -> Option<Parts> {
    match DiscoveryResponse::decode(&*file.content) {
        Ok(response) => parts(file, &response, out),
        Err(error) => refuse(file, out, codes::PROTO_FILE, &format!("not a binary `DiscoveryResponse`: {error}")),
    }
}

/// A `.pb_text` file.
pub(super) fn text(file: &RawFile, out: &mut Diagnostics) -> Option<Parts> {
    let Ok(content) = std::str::from_utf8(&file.content) else {
        return refuse(file, out, codes::NOT_TEXT, "the file is not UTF-8 text");
    };
    // The parser recurses without a bound of its own.
    if nesting(content) > DEPTH {
        return refuse(file, out, codes::TOO_DEEP, &format!("more than {DEPTH} levels of messages"));
    }
    let descriptor = descriptors().get_message_by_name(RESPONSE)?;
    match DynamicMessage::parse_text_format(descriptor, content) {
        Ok(message) => {
            let response = DiscoveryResponse::decode(message.encode_to_vec().as_slice()).ok()?;
            parts(file, &response, out)
        }
        Err(error) => {
            let message = format!("not a `DiscoveryResponse` in text format: {error}");
            // The place is in the error, but only its debug form tells it.
            let debug = format!("{error:?}");
            let span = debug.split_once("span: ").and_then(|it| it.1.split_once("..")).and_then(|it| it.0.parse().ok());
            out.push(match span {
                Some(start) => {
                    let text = Text::new(file.name.clone(), content);
                    let fault = Diagnostic::error(codes::PROTO_FILE, &text, Span { start, end: start + 1 }, message);
                    Diagnostic { redacted: true, ..fault }
                }
                None => Diagnostic::of_file(codes::PROTO_FILE, &file.name, message),
            });
            None
        }
    }
}

fn parts(file: &RawFile, response: &DiscoveryResponse, out: &mut Diagnostics) -> Option<Parts> {
    let text = Text::new(file.name.clone(), "");
    let mut trees = Vec::with_capacity(response.resources.len());
    for any in &response.resources {
        match any_tree(any, 0) {
            Ok(tree) => trees.push(tree),
            Err((code, message)) => out.push(Diagnostic::of_file(code, &file.name, message)),
        }
    }
    let resources = entry("resources", Tree::sequence(NOWHERE, trees));
    let document = Tree { span: NOWHERE, value: Value::Mapping(vec![resources]) };
    let label = Some(&*response.version_info).filter(|it| !it.is_empty()).map(Arc::from);
    Some(Parts { label, ..discovery::document(document, &text, out) })
}

fn refuse<T>(file: &RawFile, out: &mut Diagnostics, code: &'static str, message: &str) -> Option<T> {
    out.push(Diagnostic::of_file(code, &file.name, message));
    None
}

type Outcome = Result<Tree, (&'static str, String)>;

fn any_tree(any: &Any, depth: usize) -> Outcome {
    let name = any.type_url.rsplit('/').next().unwrap_or_default();
    let Some(descriptor) = descriptors().get_message_by_name(name) else {
        return Err((codes::UNKNOWN_TYPE, format!("no message has the type `{name}`")));
    };
    let message = DynamicMessage::decode(descriptor, &*any.value)
        .map_err(|error| (codes::PROTO_FILE, format!("a `{name}` cannot be read: {error}")))?;
    let kind = entry("@type", Tree::string(NOWHERE, &*any.type_url));
    let tree = message_tree(&message, depth + 1)?;
    let entries = match tree.value {
        Value::Mapping(entries) if !has_own_form(name) => std::iter::once(kind).chain(entries).collect(),
        value => vec![kind, entry("value", Tree { span: NOWHERE, value })],
    };
    Ok(Tree { span: NOWHERE, value: Value::Mapping(entries) })
}

fn has_own_form(name: &str) -> bool {
    name.starts_with("google.protobuf.") && name != "google.protobuf.Empty"
}

fn message_tree(message: &DynamicMessage, depth: usize) -> Outcome {
    if depth > DEPTH {
        return Err((codes::TOO_DEEP, format!("more than {DEPTH} levels of messages")));
    }
    let descriptor = message.descriptor();
    match descriptor.full_name() {
        "google.protobuf.Any" => {
            let any = Any::decode(message.encode_to_vec().as_slice());
            let any = any.map_err(|error| (codes::PROTO_FILE, error.to_string()))?;
            if any.type_url.is_empty() { Ok(Tree::mapping(NOWHERE, [])) } else { any_tree(&any, depth) }
        }
        name if has_own_form(name) => {
            let json = message.serialize_with_options(serde_json::value::Serializer, &Default::default());
            json.map(json_tree).map_err(|error| (codes::PROTO_FILE, format!("a `{name}` cannot be read: {error}")))
        }
        _ => {
            let fields =
                message.fields().map(|(field, value)| Ok(entry(field.name(), field_tree(&field, value, depth)?)));
            Ok(Tree { span: NOWHERE, value: Value::Mapping(fields.collect::<Result<_, _>>()?) })
        }
    }
}

fn field_tree(field: &FieldDescriptor, value: &Dynamic, depth: usize) -> Outcome {
    let kind = field.kind();
    match value {
        Dynamic::List(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|it| value_tree(&kind, it, depth)).collect();
            Ok(Tree::sequence(NOWHERE, items?))
        }
        Dynamic::Map(entries) => {
            let Kind::Message(map_entry) = kind else { return Ok(Tree::mapping(NOWHERE, [])) };
            let kind = map_entry.map_entry_value_field().kind();
            let entries =
                entries.iter().map(|(key, value)| Ok(entry(&key_text(key), value_tree(&kind, value, depth)?)));
            Ok(Tree { span: NOWHERE, value: Value::Mapping(entries.collect::<Result<_, _>>()?) })
        }
        _ => value_tree(&kind, value, depth),
    }
}

fn value_tree(kind: &Kind, value: &Dynamic, depth: usize) -> Outcome {
    Ok(match value {
        Dynamic::Message(it) => return message_tree(it, depth + 1),
        Dynamic::String(it) => Tree::string(NOWHERE, &**it),
        Dynamic::Bytes(it) => Tree::string(NOWHERE, base64(it)),
        Dynamic::EnumNumber(it) => match kind {
            Kind::Enum(known) if known.get_value(*it).is_some() => {
                Tree::plain(NOWHERE, known.get_value(*it).map_or_else(String::new, |it| it.name().to_owned()))
            }
            _ => Tree::plain(NOWHERE, it),
        },
        Dynamic::Bool(it) => Tree::plain(NOWHERE, it),
        Dynamic::I32(it) => Tree::plain(NOWHERE, it),
        Dynamic::I64(it) => Tree::plain(NOWHERE, it),
        Dynamic::U32(it) => Tree::plain(NOWHERE, it),
        Dynamic::U64(it) => Tree::plain(NOWHERE, it),
        Dynamic::F32(it) => Tree::plain(NOWHERE, float(f64::from(*it))),
        Dynamic::F64(it) => Tree::plain(NOWHERE, float(*it)),
        Dynamic::List(_) | Dynamic::Map(_) => Tree::mapping(NOWHERE, []),
    })
}

fn json_tree(json: serde_json::Value) -> Tree {
    use serde_json::Value as Json;
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(it) => return Tree::plain(NOWHERE, it),
        Json::Number(it) => return Tree::plain(NOWHERE, it),
        Json::String(it) => Value::Scalar(Scalar { text: it.into(), quoted: true }),
        Json::Array(items) => Value::Sequence(items.into_iter().map(json_tree).collect()),
        Json::Object(fields) => {
            Value::Mapping(fields.into_iter().map(|(key, it)| entry(&key, json_tree(it))).collect())
        }
    };
    Tree { span: NOWHERE, value }
}

fn entry(key: &str, value: Tree) -> Entry {
    Entry { key: Key { span: NOWHERE, text: key.into() }, value }
}

fn key_text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(it) => it.to_string(),
        MapKey::I32(it) => it.to_string(),
        MapKey::I64(it) => it.to_string(),
        MapKey::U32(it) => it.to_string(),
        MapKey::U64(it) => it.to_string(),
        MapKey::String(it) => it.clone(),
    }
}

fn float(value: f64) -> String {
    match value {
        _ if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        _ => format!("{value:e}"),
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len() / 3 * 4 + 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize]));
        }
    }
    text
}

/// How deep brackets are nested outside of strings and comments.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'<' | b'[' => depth += 1,
            b'}' | b'>' | b']' => depth = depth.saturating_sub(1),
            b'#' => _ = bytes.find(|it| *it == b'\n'),
            b'"' | b'\'' => {
                while let Some(inner) = bytes.next().filter(|it| *it != byte) {
                    if inner == b'\\' {
                        bytes.next();
                    }
                }
            }
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}
