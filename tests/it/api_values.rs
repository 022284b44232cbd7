//! Values that keep the rules of Envoy's API, and values that break one: made from the descriptors alone, so that they
//! are a second opinion on how the rules are read.

use chancery::resource::descriptors;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor, Value};
use serde_json::{Map, Value as Json, json};

/// A message whose rules are all kept but one.
pub(crate) struct Violation {
    /// The full name of the field, or of the oneof.
    pub(crate) field: String,
    pub(crate) code: &'static str,
    /// The message as proto JSON.
    pub(crate) message: Map<String, Json>,
    /// The key under which the fault stands; none if it is that the key is missing.
    pub(crate) key: Option<String>,
}

/// Enough for all required messages, but no circles.
const DEPTH: usize = 8;

/// The patterns in Envoy's API, with a text that matches and one that does not.
const PATTERNS: &[(&str, &str, &str)] = &[
    (r"^$|^.*\.mmdb$", "a.mmdb", "a.txt"),
    (r"^[^/]*$", "a", "a/b"),
    (r"^[^?#]+[^?#/]$", "/a", "/a/"),
    (r"^[a-fA-F0-9]{64}", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "a"),
    (r"^[^\s,]+$", "a", "a b"),
    (r"^[^\x00-\x1f\x7f]*$", "a", "a\u{1}"),
    (r"^[0-9a-zA-Z_\-\.~:]+$", "a", "a b"),
    (r"^[0-9a-zA-Z_\-\./~:]+$", "a", "a b"),
    (r#"^$|^/[^\x00-\x1f\x7f ",;<>\\]*$"#, "/a", "a"),
    (r#"^$|^[^\x00-\x1f\x7f ",;<>\\]+$"#, "a", "a;b"),
];

/// The rules of a field as proto JSON: `{"string": {"minLen": "1"}}`.
fn rules(field: &FieldDescriptor) -> Json {
    let extension = descriptors().get_extension_by_name("validate.rules").unwrap();
    let options = field.options();
    if !options.has_extension(&extension) {
        return Json::Null;
    }
    match &*options.get_extension(&extension) {
        Value::Message(it) => serde_json::to_value(it).unwrap(),
        _ => Json::Null,
    }
}

pub(crate) fn is_required(oneof: &OneofDescriptor) -> bool {
    let extension = descriptors().get_extension_by_name("validate.required").unwrap();
    *oneof.options().get_extension(&extension) == Value::Bool(true)
}

/// A message that keeps its rules, with as little as possible.
pub(crate) fn conforming(message: &MessageDescriptor, depth: usize) -> Option<Map<String, Json>> {
    let mut out = Map::new();
    let depth = depth.checked_sub(1)?;
    for field in message.fields().filter(|it| it.containing_oneof().is_none()) {
        let rules = rules(&field);
        if wants(&field, &rules) {
            out.insert(field.name().to_owned(), value(&field, &rules, depth)?);
        }
    }
    for oneof in message.oneofs().filter(is_required) {
        let mut members: Vec<_> = oneof.fields().collect();
        members.sort_by_key(|it| (matches!(it.kind(), Kind::Message(_)), it.number()));
        let (name, value) =
            members.iter().find_map(|it| Some((it.name().to_owned(), value(it, &self::rules(it), depth)?)))?;
        out.insert(name, value);
    }
    Some(out)
}

/// Whether leaving the field out breaks a rule.
fn wants(field: &FieldDescriptor, rules: &Json) -> bool {
    let (kind, own) = own_rules(rules);
    if rules["message"]["required"] == true || own["required"] == true {
        return true;
    }
    if field.supports_presence() || own["ignoreEmpty"] == true {
        return false;
    }
    let at_least = |name: &str| number(&own[name]).is_some_and(|it| it > 0.0);
    match kind {
        "repeated" => at_least("minItems"),
        "map" => at_least("minPairs"),
        "string" | "bytes" => {
            at_least("minLen")
                || at_least("minBytes")
                || own.get("prefix").is_some()
                || own["wellKnownRegex"] == "HTTP_HEADER_NAME" && own["strict"] != false
                || in_list(own, &json!("")) == Some(false)
                || own["pattern"]
                    .as_str()
                    .is_some_and(|it| !(it.starts_with("^$|") || it.starts_with("^[^") && it.ends_with("]*$")))
        }
        "bool" => own["const"] == true,
        "enum" => {
            own["notIn"].as_array().is_some_and(|it| it.contains(&json!(0)))
                || own["const"].as_i64().is_some_and(|it| it != 0)
        }
        "" => false,
        _ => at_least("gte") || number(&own["gt"]).is_some_and(|it| it >= 0.0),
    }
}

fn in_list(own: &Json, value: &Json) -> Option<bool> {
    own["in"].as_array().map(|it| it.contains(value))
}

/// The kind of a field's rules, and they.
fn own_rules(rules: &Json) -> (&str, &Json) {
    let own = rules.as_object().and_then(|it| it.iter().find(|it| it.0 != "message"));
    own.map_or(("", &Json::Null), |it| (it.0, it.1))
}

/// A number of the rules, which may be a string; durations in seconds.
fn number(value: &Json) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim_end_matches('s').parse().ok())
}

/// A value that keeps the rules.
fn value(field: &FieldDescriptor, rules: &Json, depth: usize) -> Option<Json> {
    let (kind, own) = own_rules(rules);
    if field.is_map() {
        let Kind::Message(entry) = field.kind() else { return None };
        let pairs = if kind == "map" { number(&own["minPairs"]).unwrap_or(0.0) as usize } else { 0 };
        let mut out = Map::new();
        for at in 0..pairs {
            let value = single(&entry.map_entry_value_field().kind(), &own["values"], depth)?;
            out.insert(key(&entry, at), value);
        }
        return Some(Json::Object(out));
    }
    if field.is_list() {
        let count = if kind == "repeated" { number(&own["minItems"]).unwrap_or(0.0) as usize } else { 0 };
        return (0..count).map(|_| single(&field.kind(), &own["items"], depth)).collect();
    }
    single(&field.kind(), rules, depth)
}

fn key(entry: &MessageDescriptor, at: usize) -> String {
    match entry.map_entry_key_field().kind() {
        Kind::String => format!("k{at}"),
        Kind::Bool => (at == 0).to_string(),
        _ => (at + 1).to_string(),
    }
}

fn single(kind: &Kind, rules: &Json, depth: usize) -> Option<Json> {
    let (of, own) = own_rules(rules);
    Some(match of {
        "string" => text(own),
        "bytes" => json!("YWFh"),
        "bool" => json!(own["const"] != false),
        "enum" => enumerated(kind, own),
        "duration" => json!(format!("{}s", amount(own, 0.001))),
        "float" | "double" => json!(amount(own, 0.5)),
        "" | "any" | "timestamp" => return plain(kind, depth),
        _ => json!(amount(own, 1.0) as i64),
    })
}

fn amount(own: &Json, step: f64) -> f64 {
    let lower = number(&own["gte"]).or_else(|| number(&own["gt"]).map(|it| it + step));
    let upper = number(&own["lte"]).or_else(|| number(&own["lt"]).map(|it| it - step));
    lower.filter(|it| *it >= 0.0).or(upper).unwrap_or(step)
}

fn text(own: &Json) -> Json {
    if let Some(first) = own["in"].as_array().and_then(|it| it.first()) {
        return first.clone();
    }
    if let Some(pattern) = own["pattern"].as_str() {
        return json!(PATTERNS.iter().find(|it| it.0 == pattern).expect(pattern).1);
    }
    let least = number(&own["minLen"]).or_else(|| number(&own["minBytes"])).unwrap_or(1.0) as usize;
    let part = |name: &str| own[name].as_str().unwrap_or_default();
    json!(format!("{}{}{}", part("prefix"), "x".repeat(least.max(1)), part("suffix")))
}

fn enumerated(kind: &Kind, own: &Json) -> Json {
    let Kind::Enum(kind) = kind else { panic!("rules of an enum for {kind:?}") };
    let excluded = |it: &i32| own["notIn"].as_array().is_some_and(|list| list.contains(&json!(it)));
    json!(kind.values().map(|it| it.number()).find(|it| !excluded(it) && in_list(own, &json!(it)) != Some(false)))
}

/// A value of a field without rules.
fn plain(kind: &Kind, depth: usize) -> Option<Json> {
    Some(match kind {
        Kind::String => json!("x"),
        Kind::Bytes => json!("YWFh"),
        Kind::Bool => json!(true),
        Kind::Double | Kind::Float => json!(1.0),
        Kind::Enum(it) => json!(it.default_value().number()),
        Kind::Message(it) => match it.full_name() {
            "google.protobuf.Any" => json!({"@type": "type.googleapis.com/google.protobuf.Empty"}),
            "google.protobuf.Duration" => json!("1s"),
            "google.protobuf.Timestamp" => json!("2026-01-31T12:00:00Z"),
            "google.protobuf.FieldMask" => json!("a"),
            "google.protobuf.Value" => json!("x"),
            "google.protobuf.ListValue" => json!([]),
            "google.protobuf.StringValue" => json!("x"),
            "google.protobuf.BytesValue" => json!("YWFh"),
            "google.protobuf.BoolValue" => json!(true),
            name if name.starts_with("google.protobuf.") && name.ends_with("Value") => json!(1),
            _ => Json::Object(conforming(it, depth)?),
        },
        _ => json!(1),
    })
}

/// All ways that are known here to break one rule of a message.
pub(crate) fn violations(message: &MessageDescriptor) -> Vec<Violation> {
    let Some(good) = conforming(message, DEPTH) else { return Vec::new() };
    let mut out = Vec::new();
    for field in message.fields() {
        let rules = rules(&field);
        for (value, code) in wrong_values(&field, &rules) {
            let mut message = good.clone();
            if let Some(oneof) = field.containing_oneof() {
                oneof.fields().for_each(|it| drop(message.remove(it.name())));
            }
            let key = Some(field.name().to_owned());
            message.insert(field.name().to_owned(), value);
            out.push(Violation { field: field.full_name().to_owned(), code, message, key });
        }
        if field.containing_oneof().is_none() && wants(&field, &rules) {
            let mut message = good.clone();
            message.remove(field.name());
            out.push(Violation { field: field.full_name().to_owned(), code: "CH1201", message, key: None });
        }
    }
    for oneof in message.oneofs().filter(is_required) {
        let mut message = good.clone();
        oneof.fields().for_each(|it| drop(message.remove(it.name())));
        out.push(Violation { field: oneof.full_name().to_owned(), code: "CH1207", message, key: None });
    }
    out
}

fn wrong_values(field: &FieldDescriptor, rules: &Json) -> Vec<(Json, &'static str)> {
    let (kind, own) = own_rules(rules);
    let item = |nested: &str| single(&field.kind(), &own[nested], DEPTH);
    let mut out = Vec::new();
    match kind {
        "repeated" => {
            if let Some(least) = number(&own["minItems"]).filter(|it| *it > 0.0 && own["ignoreEmpty"] != true) {
                out.extend(
                    (1..least as usize).map(|_| item("items")).collect::<Option<Json>>().map(|it| (it, "CH1206")),
                );
            }
            if let (Some(most), Some(item)) = (number(&own["maxItems"]).filter(|it| *it < 1e3), item("items")) {
                out.push((Json::Array(vec![item; most as usize + 1]), "CH1206"));
            }
            if let (true, Some(item)) = (own["unique"] == true, item("items")) {
                out.push((json!([item, item]), "CH1206"));
            }
            if number(&own["minItems"]).unwrap_or(0.0) <= 1.0 {
                out.extend(wrong_singles(&field.kind(), &own["items"]).into_iter().map(|it| (json!([it.0]), it.1)));
            }
        }
        "map" => {
            let Kind::Message(entry) = field.kind() else { panic!("a map holds entries") };
            if number(&own["minPairs"]).is_some_and(|it| it > 0.0) {
                out.push((json!({}), "CH1206"));
            }
            let wrong = wrong_singles(&entry.map_entry_value_field().kind(), &own["values"]);
            out.extend(
                wrong.into_iter().map(|(it, code)| (Json::Object([(key(&entry, 0), it)].into_iter().collect()), code)),
            );
            if own["keys"]["string"]["minLen"] == "1" {
                let value = single(&entry.map_entry_value_field().kind(), &own["values"], DEPTH);
                out.push((json!({"": value}), "CH1203"));
            }
        }
        _ => out = wrong_singles(&field.kind(), rules),
    }
    out
}

fn wrong_singles(kind: &Kind, rules: &Json) -> Vec<(Json, &'static str)> {
    let (of, own) = own_rules(rules);
    match of {
        "string" => wrong_texts(own),
        "bytes" => match number(&own["minLen"]).filter(|it| *it > 0.0) {
            Some(_) => vec![(json!(""), "CH1203")],
            None => vec![],
        },
        "bool" => vec![(json!(own["const"] == false), "CH1205")],
        "enum" => {
            let mut out = Vec::new();
            out.extend((own["definedOnly"] == true).then(|| (json!(12_345), "CH1205")));
            out.extend(own["notIn"].as_array().into_iter().flatten().map(|it| (it.clone(), "CH1205")));
            out
        }
        "duration" => beyond(own, 1e-9, f64::MIN).into_iter().map(|it| (json!(seconds(it)), "CH1202")).collect(),
        "float" | "double" => beyond(own, 0.25, f64::MIN).into_iter().map(|it| (json!(it), "CH1202")).collect(),
        "" | "any" | "timestamp" => vec![],
        _ => {
            let bits = match kind {
                Kind::Uint32 => (0.0, f64::from(u32::MAX)),
                Kind::Int32 => (f64::from(i32::MIN), f64::from(i32::MAX)),
                Kind::Int64 => (-1e15, 1e15),
                Kind::Message(it) if it.full_name() == "google.protobuf.UInt32Value" => (0.0, f64::from(u32::MAX)),
                _ => (0.0, 1e15),
            };
            let fits = |it: &f64| *it >= bits.0 && *it <= bits.1;
            beyond(own, 1.0, bits.0).into_iter().filter(fits).map(|it| (json!(it as i64), "CH1202")).collect()
        }
    }
}

/// Numbers just outside the range.
fn beyond(own: &Json, step: f64, least: f64) -> Vec<f64> {
    let below = number(&own["gt"]).or_else(|| number(&own["gte"]).map(|it| it - step));
    let above = number(&own["lt"]).or_else(|| number(&own["lte"]).map(|it| it + step));
    let ignored = |it: &f64| own["ignoreEmpty"] == true && *it == 0.0;
    below.into_iter().chain(above).filter(|it| *it >= least && !ignored(it)).collect()
}

fn seconds(value: f64) -> String {
    let text = format!("{value:.9}");
    format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
}

fn wrong_texts(own: &Json) -> Vec<(Json, &'static str)> {
    let mut out = Vec::new();
    let ignores_empty = own["ignoreEmpty"] == true;
    let least = number(&own["minLen"]).or_else(|| number(&own["minBytes"])).unwrap_or(0.0) as usize;
    if least > 1 || least == 1 && !ignores_empty {
        out.push((json!("x".repeat(least - 1)), "CH1203"));
    }
    if let Some(most) = number(&own["maxLen"]) {
        out.push((json!("x".repeat(most as usize + 1)), "CH1203"));
    }
    if let Some(most) = number(&own["maxBytes"]) {
        out.push((json!("é".repeat(most as usize / 2 + 1)), "CH1203"));
    }
    if let Some(pattern) = own["pattern"].as_str() {
        out.push((json!(PATTERNS.iter().find(|it| it.0 == pattern).expect(pattern).2), "CH1204"));
    }
    if own["wellKnownRegex"].is_string() {
        out.push((json!("x\n"), "CH1204"));
        if own["strict"] != false {
            out.push((json!("x\u{1}"), "CH1204"));
        }
    }
    for part in ["prefix", "suffix"] {
        out.extend(own[part].as_str().map(|_| (json!("xxx"), "CH1204")));
    }
    if own["in"].is_array() {
        out.push((json!("zzz"), "CH1205"));
    }
    out
}
