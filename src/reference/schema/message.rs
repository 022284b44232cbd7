//! Envoy's messages and enums.
//!
//! Nothing is required here: a message may be a part that is merged over a generated one (`envoy:`), and an absent field
//! is `chancery check`'s to find. Fields in `lowerCamelCase` are accepted by pattern, so that they are checked, but not
//! offered.

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::{Definitions, any, described, limits, reference, scalar};
use crate::reference::comments::comment;
use crate::reference::envoy::{element, is_deprecated, said_default, value_name};
use crate::reference::names;
use crate::reference::prose;
use crate::reference::rules::Rules;

/// The longest description, in characters. All of a comment is what `explain` is for.
const DESCRIPTION: usize = 280;

/// The schema of a message.
pub(super) fn definition(definitions: &mut Definitions, message: &MessageDescriptor) -> Value {
    Value::Object(object(definitions, message))
}

/// The same, to be added to.
pub(super) fn object(definitions: &mut Definitions, message: &MessageDescriptor) -> Map<String, Value> {
    let (mut properties, mut patterns) = (Map::new(), Map::new());
    let mut fields: Vec<_> = message.fields().collect();
    fields.sort_by(|a, b| a.path().cmp(b.path()));
    for field in &fields {
        properties.insert(field.name().to_owned(), property(definitions, field));
        if field.json_name() != field.name() {
            let to = format!("{}/properties/{}", message.full_name(), field.name());
            patterns.insert(format!("^{}$", field.json_name()), reference(&to));
        }
    }
    if any::is_held(message) {
        patterns.insert("^@type$".to_owned(), json!({}));
    }
    let mut out = Map::new();
    let text = first_paragraph(comment(message.full_name()));
    if !text.is_empty() {
        out.insert("description".to_owned(), text.into());
    }
    out.insert("type".to_owned(), json!(["object", "null"]));
    out.insert("properties".to_owned(), Value::Object(properties));
    if !patterns.is_empty() {
        out.insert("patternProperties".to_owned(), Value::Object(patterns));
    }
    out.insert("additionalProperties".to_owned(), false.into());
    let exclusions = exclusions(message);
    if !exclusions.is_empty() {
        out.insert("dependencies".to_owned(), Value::Object(exclusions));
    }
    out
}

/// A field with its description.
fn property(definitions: &mut Definitions, field: &FieldDescriptor) -> Value {
    let about = comment(field.full_name());
    let mut words = Map::new();
    let text = description(field, about);
    if !text.is_empty() {
        words.insert("description".to_owned(), text.into());
    }
    if is_deprecated(field) {
        words.insert("deprecationMessage".to_owned(), format!("`{}` is deprecated", field.name()).into());
    } else if prose::is_hidden(about) {
        words.insert("doNotSuggest".to_owned(), true.into());
    }
    let schema = match extension_names(field) {
        Some(names) => json!({ "anyOf": [{ "enum": names }, shape(definitions, field)] }),
        None => shape(definitions, field),
    };
    if let Value::Object(schema) = schema {
        words.extend(schema);
    }
    Value::Object(words)
}

/// The names of the extensions that a message may configure, to be offered for its field `name`.
fn extension_names(field: &FieldDescriptor) -> Option<Vec<&'static str>> {
    let config = field.parent_message().get_field_by_name("typed_config").filter(|_| field.name() == "name")?;
    Some(names::of_category(comment(config.full_name()))).filter(|it| !it.is_empty())
}

fn shape(definitions: &mut Definitions, field: &FieldDescriptor) -> Value {
    let rules = Rules::of(field);
    if !field.is_list() && !field.is_map() {
        return value(definitions, &field.kind(), rules.as_ref());
    }
    let part = if field.is_map() { "values" } else { "items" };
    let inner = value(definitions, &element(field), rules.as_ref().and_then(|it| it.parts(part)).as_ref());
    if field.is_map() {
        return json!({ "type": ["object", "null"], "additionalProperties": inner });
    }
    let mut list = json!({ "type": ["array", "null"], "items": inner });
    if let (Some(rules), Some(list)) = (rules, list.as_object_mut()) {
        list.extend(limits::of_list(&rules));
    }
    list
}

fn value(definitions: &mut Definitions, kind: &Kind, rules: Option<&Rules>) -> Value {
    if let Some(name) = scalar::name_of(kind) {
        let limits = rules.map(|it| limits::of_value(it, name)).unwrap_or_default();
        if limits.is_empty() {
            return scalar::of(name);
        }
        let mut narrowed = scalar::written_out(name);
        if let Some(words) = narrowed.as_object_mut() {
            words.extend(limits);
        }
        return narrowed;
    }
    match kind {
        Kind::Enum(it) if it.full_name() == "google.protobuf.NullValue" => json!({}),
        Kind::Enum(it) => definitions.enumeration(it),
        Kind::Message(it) => match it.full_name() {
            "google.protobuf.Any" => any::any(definitions),
            "google.protobuf.Value" => json!({}),
            _ => definitions.message(it),
        },
        _ => json!({}),
    }
}

/// Members of a oneof, each of which leaves no room for those after it, unless it is `null`.
fn exclusions(message: &MessageDescriptor) -> Map<String, Value> {
    let mut out = Map::new();
    for oneof in message.oneofs().filter(|it| !it.is_synthetic()) {
        let names: Vec<String> = oneof.fields().map(|it| it.name().to_owned()).collect();
        for (index, name) in names.iter().enumerate() {
            let others: Map<String, Value> = names[index + 1..].iter().map(|it| (it.clone(), false.into())).collect();
            if !others.is_empty() {
                let is_null: Map<String, Value> = [(name.clone(), json!({ "type": "null" }))].into_iter().collect();
                let rule = json!({ "if": { "properties": is_null }, "else": { "properties": others } });
                out.insert(name.clone(), rule);
            }
        }
    }
    out
}

/// An enum: its names to choose from, in any case, or a number.
pub(super) fn enumeration(of: &EnumDescriptor) -> Value {
    let names: Vec<String> = of.values().map(|it| it.name().to_owned()).collect();
    let texts: Vec<String> = of.values().map(|it| first_paragraph(comment(&value_name(&it)))).collect();
    let mut choice = json!({ "enum": names });
    if texts.iter().any(|it| !it.is_empty()) {
        choice["enumDescriptions"] = texts.into();
    }
    let pattern = in_any_case(names.iter().map(String::as_str));
    let schema =
        json!({ "anyOf": [choice, { "type": ["integer", "null"] }, { "type": "string", "pattern": pattern }] });
    described(&first_paragraph(comment(of.full_name())), schema)
}

/// A pattern for these words in upper or lower case, or any mix of them.
pub(super) fn in_any_case<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let letter = |c: char| match c {
        _ if c.is_ascii_alphabetic() => format!("[{}{}]", c.to_ascii_uppercase(), c.to_ascii_lowercase()),
        '.' => "\\.".to_owned(),
        _ => c.to_string(),
    };
    let words: Vec<String> = words.map(|it| it.chars().map(letter).collect()).collect();
    format!("^({})$", words.join("|"))
}

/// What a field is about, its default and its rules.
fn description(field: &FieldDescriptor, about: &str) -> String {
    let mut text = first_paragraph(about);
    let rules = Rules::of(field).map(|it| it.words(&element(field))).unwrap_or_default();
    let is_said = text.to_ascii_lowercase().contains("default");
    let default = if is_said { None } else { said_default(about) };
    let facts = default.map(|it| format!("default: {it}")).into_iter();
    let facts: Vec<String> = facts.chain((!rules.is_empty()).then(|| rules.join("; "))).collect();
    if !facts.is_empty() {
        text.push_str(if text.is_empty() { "" } else { "\n\n" });
        text.push_str(&facts.join(" · "));
    }
    text
}

/// The first paragraph of a comment, shortened.
fn first_paragraph(about: &str) -> String {
    let first = prose::blocks(about).into_iter().find(|it| it.form == prose::Form::Text);
    first.map(|it| prose::shortened(&it.text, DESCRIPTION)).unwrap_or_default()
}
