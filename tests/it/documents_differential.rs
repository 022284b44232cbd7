//! The encoder against prost-reflect's own JSON: on generated values of every message there is, and on the corpus.

use std::sync::Arc;

use chancery::compile::{Context, Document, Settings, compile, encode, resource_to_json, to_json};
use chancery::resource::{Flavour, ResourceType, descriptors};
use chancery::spec::{Diagnostics, RawFile, Severity, Text, Tree, Value, parse_yaml};
use prost_reflect::bytes::Bytes;
use prost_reflect::prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Syntax, Value as Dynamic};

/// A small generator of pseudo-random numbers: failures must come again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len() as u64) as usize]
    }
}

fn from_json(descriptor: MessageDescriptor, json: &str) -> DynamicMessage {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    DynamicMessage::deserialize(descriptor, &mut deserializer).expect(json)
}

/// A value for messages whose JSON has a form of its own.
fn well_known(name: &str, dice: &mut Dice) -> Option<&'static str> {
    Some(match name {
        "google.protobuf.Duration" => dice.pick(&["\"1.5s\"", "\"-0.000000001s\"", "\"0s\"", "\"315576000000s\""]),
        "google.protobuf.Timestamp" => dice.pick(&["\"2026-01-31T12:00:00Z\"", "\"1960-02-29T23:59:59.5Z\""]),
        "google.protobuf.FieldMask" => dice.pick(&["\"a.bC,dE\"", "\"\""]),
        "google.protobuf.Struct" => dice.pick(&["{}", "{\"a\": 1.5, \"b\": [true, null, {\"c\": \"1\"}]}"]),
        "google.protobuf.Value" => dice.pick(&["null", "\"true\"", "-2e-3", "[[]]", "{\"a\": {}}"]),
        "google.protobuf.ListValue" => dice.pick(&["[]", "[null, 1]"]),
        "google.protobuf.Any" => dice.pick(&[
            "{\"@type\": \"type.googleapis.com/google.protobuf.Duration\", \"value\": \"5s\"}",
            "{\"@type\": \"type.googleapis.com/google.protobuf.StringValue\", \"value\": \"\"}",
            "{\"@type\": \"type.googleapis.com/envoy.extensions.filters.http.router.v3.Router\", \"startChildSpan\": true}",
            "{\"@type\": \"type.googleapis.com/google.protobuf.Any\", \"value\": {\"@type\": \"type.googleapis.com/google.protobuf.BoolValue\", \"value\": true}}",
        ]),
        _ => return None,
    })
}

fn generate(descriptor: &MessageDescriptor, dice: &mut Dice, depth: u32) -> DynamicMessage {
    if let Some(json) = well_known(descriptor.full_name(), dice) {
        return from_json(descriptor.clone(), json);
    }
    let mut message = DynamicMessage::new(descriptor.clone());
    let mut fields: Vec<_> = descriptor.fields().collect();
    let rotation = dice.roll(fields.len().max(1) as u64) as usize;
    fields.rotate_left(rotation);
    for field in fields {
        let taken = field.containing_oneof().is_some_and(|it| it.fields().any(|it| message.has_field(&it)));
        if taken || dice.roll(3) == 0 || (depth == 0 && matches!(field.kind(), Kind::Message(_))) {
            continue;
        }
        let value = if field.is_map() {
            map(&field, dice, depth)
        } else if field.is_list() {
            Dynamic::List((0..dice.roll(3)).map(|_| single(&field.kind(), dice, depth)).collect())
        } else {
            single(&field.kind(), dice, depth)
        };
        message.set_field(&field, value);
    }
    message
}

fn map(field: &FieldDescriptor, dice: &mut Dice, depth: u32) -> Dynamic {
    let Kind::Message(entry) = field.kind() else { panic!("a map field holds entries") };
    let (key, value) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
    let mut entries = std::collections::HashMap::new();
    for number in 0..dice.roll(3) {
        let key = match key {
            Kind::String => MapKey::String(format!("k{number}")),
            Kind::Bool => MapKey::Bool(number == 0),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => MapKey::I32(number as i32 - 1),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => MapKey::I64(number as i64 - 1),
            Kind::Uint32 | Kind::Fixed32 => MapKey::U32(number as u32),
            _ => MapKey::U64(number),
        };
        entries.insert(key, single(&value, dice, depth));
    }
    Dynamic::Map(entries)
}

fn single(kind: &Kind, dice: &mut Dice, depth: u32) -> Dynamic {
    match kind {
        Kind::Double => Dynamic::F64(dice.pick(&[0.0, -1.5, 1e300, f64::INFINITY])),
        Kind::Float => Dynamic::F32(dice.pick(&[0.0, 0.1, -3.4e38, f32::NEG_INFINITY])),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Dynamic::I32(dice.pick(&[0, -1, i32::MIN, i32::MAX])),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Dynamic::I64(dice.pick(&[0, -1, i64::MIN, i64::MAX])),
        Kind::Uint32 | Kind::Fixed32 => Dynamic::U32(dice.pick(&[0, 80, u32::MAX])),
        Kind::Uint64 | Kind::Fixed64 => Dynamic::U64(dice.pick(&[0, 1, u64::MAX])),
        Kind::Bool => Dynamic::Bool(dice.roll(2) == 0),
        Kind::String => Dynamic::String(dice.pick(&["", "a", "true", "~", "ü\n\t\u{1}\"\\", "😀 : #x"]).to_owned()),
        Kind::Bytes => Dynamic::Bytes(dice.pick(&[&b""[..], b"\xff", b"\xfb\xff", b"abc"]).to_vec().into()),
        Kind::Enum(it) => {
            let numbers: Vec<_> = it.values().map(|it| it.number()).chain([12_345]).collect();
            Dynamic::EnumNumber(dice.pick(&numbers))
        }
        Kind::Message(it) => Dynamic::Message(generate(it, dice, depth.saturating_sub(1))),
    }
}

fn encoded(descriptor: &MessageDescriptor, text: &Text) -> (Vec<u8>, Diagnostics) {
    let mut out = Diagnostics::default();
    let trees = parse_yaml(text, &mut out);
    // An empty text of a message is what `null` stands for.
    let tree = trees.into_iter().next().unwrap_or_else(|| Tree::mapping(Default::default(), []));
    let context = Context::new(text, "xds_cluster");
    let bytes = encode(&tree, descriptor, context, Flavour::Ads, &mut out);
    out.0.retain(|it| it.severity == Severity::Error);
    (bytes, out)
}

#[test]
fn generated_values_of_every_message_encode_as_prost_reflect_reads_them() {
    let pool = descriptors();
    let mut dice = Dice(7);
    let messages = pool.all_messages().filter(|it| !it.is_map_entry() && it.parent_file().syntax() == Syntax::Proto3);
    let mut count = 0;
    for descriptor in messages.filter(|it| it.full_name() != "google.protobuf.Value") {
        for _ in 0..3 {
            let message = generate(&descriptor, &mut dice, 3);
            let json = serde_json::to_string(&message).unwrap();
            let (bytes, faults) = encoded(&descriptor, &Text::new("t", &*json));
            assert!(faults.0.is_empty(), "{}: {:?}\n{json}", descriptor.full_name(), faults.0);
            let expected = from_json(descriptor.clone(), &json);
            let found = DynamicMessage::decode(descriptor.clone(), bytes.as_slice()).unwrap();
            // The debug form of a message of a recursive type never ends.
            let wrong = || {
                format!(
                    "{}: {json}
{}",
                    descriptor.full_name(),
                    serde_json::to_string(&found).unwrap()
                )
            };
            assert!(found == expected, "{}", wrong());
            // Nothing superfluous: as long as the canonical encoding by others.
            assert_eq!(bytes.len(), expected.encode_to_vec().len(), "{}: {json}", descriptor.full_name());
            count += 1;
        }
    }
    assert!(count > 3_000, "{count}");
}

/// A tree as JSON, its plain scalars typed.
fn tree_json(tree: &Tree) -> serde_json::Value {
    match &tree.value {
        Value::Null | Value::ConfigSource => serde_json::Value::Null,
        Value::Scalar(it) if it.quoted => (*it.text).into(),
        Value::Scalar(it) => match serde_json::from_str(&it.text) {
            Ok(value @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_))) => value,
            _ => (*it.text).into(),
        },
        Value::Sequence(items) => items.iter().map(tree_json).collect(),
        Value::Mapping(entries) => entries.iter().map(|it| (it.key.text.to_string(), tree_json(&it.value))).collect(),
    }
}

#[test]
fn the_corpus_encodes_as_prost_reflect_reads_it() {
    let mut compared = 0;
    for path in super::documents::corpus("good") {
        let content = std::fs::read(&path).unwrap();
        let Ok(content) = std::str::from_utf8(&content) else { continue };
        let text = Text::new("t.yaml", content);
        for resource in parse_yaml(&text, &mut Diagnostics::default()).iter().filter_map(|it| it.at("resources")) {
            for tree in resource.items() {
                let Some(url) = tree.at("@type").and_then(Tree::text) else { continue };
                let kind = ResourceType::from_url(url);
                let Some(descriptor) = descriptors().get_message_by_name(kind.message()) else { continue };
                let mut json = tree_json(tree);
                json.as_object_mut().unwrap().remove("@type");
                // Where prost-reflect is stricter than Envoy there is nothing to compare.
                let Ok(expected) = DynamicMessage::deserialize(descriptor.clone(), &json) else { continue };
                let context = Context::new(&text, "xds_cluster");
                let mut out = Diagnostics::default();
                let bytes = encode(tree, &descriptor, context, Flavour::Ads, &mut out);
                let expected = to_json(&kind, &expected.encode_to_vec()).unwrap();
                let deprecated = out.0.iter().all(|it| it.code == "CH1105");
                assert!(!deprecated || to_json(&kind, &bytes).unwrap() == expected, "{}", path.display());
                compared += 1;
            }
        }
    }
    assert!(compared > 4, "{compared}");
}

/// Type, name and bytes of each resource.
fn elements(document: &Document) -> Vec<(ResourceType, Arc<str>, Bytes)> {
    let resources = document.resources.iter();
    resources.map(|(kind, it)| (kind.clone(), it.name.clone(), it.sotw_element(Flavour::Ads))).collect()
}

#[track_caller]
fn compiles_to(name: &str, content: Vec<u8>, document: &Document) {
    let again = compile(&RawFile::new(name, content), &Settings::default());
    assert!(!again.diagnostics.has_errors(), "{}: {:?}", document.name, again.diagnostics.0);
    assert_eq!(elements(&again.documents[0]), elements(document), "{}", document.name);
}

#[test]
fn what_is_rendered_compiles_to_the_same_resources() {
    for document in super::documents::corpus("good").iter().flat_map(|it| super::documents::compile_file(it).documents)
    {
        let json = document.resources.iter().map(|(kind, it)| resource_to_json(kind, it, Flavour::Ads).unwrap());
        let json = serde_json::json!({ "resources": json.collect::<Vec<_>>() });
        compiles_to("again.json", json.to_string().into_bytes(), &document);
    }
}

#[test]
fn s31_protobuf_files_give_the_same_resources() {
    let response = descriptors().get_message_by_name("envoy.service.discovery.v3.DiscoveryResponse").unwrap();
    for document in super::documents::corpus("good").iter().flat_map(|it| super::documents::compile_file(it).documents)
    {
        // A wrapper's name is not in these bytes.
        if document.resources.is_empty() || document.resources.iter().any(|it| it.0.rules().short == "other") {
            continue;
        }
        // Elements of a response, one after the other, are a response.
        let bytes: Vec<u8> = document.resources.iter().flat_map(|it| it.1.sotw_element(Flavour::Ads)).collect();
        let text = DynamicMessage::decode(response.clone(), bytes.as_slice()).unwrap().to_text_format();
        compiles_to("again.pb", bytes, &document);
        compiles_to("again.pb_text", text.into_bytes(), &document);
    }
}
