//! Adds the messages of the tables to a descriptor set: new files, and fields that files of the set lack.
//!
//! Works on the bytes of the set, so that all else in it, options above all, stays as it is. A field of a table replaces
//! the one of the same number.

use std::collections::{BTreeSet, HashMap};

use crate::rules::Rules;
use crate::tables::{Enum, Field, File, Message, Shape, Table};
use crate::wire::{fields, for_each_field, number, put_bytes, put_number, text};

/// Scalar types and their numbers in `FieldDescriptorProto.Type`.
const SCALARS: [(&str, u64); 10] = [
    ("double", 1),
    ("float", 2),
    ("int64", 3),
    ("uint64", 4),
    ("int32", 5),
    ("bool", 8),
    ("string", 9),
    ("bytes", 12),
    ("uint32", 13),
    ("fixed32", 7),
];
const MESSAGE: u64 = 11;
const ENUM: u64 = 14;

/// Options of a field: the mark in the table, the option's number, and the file that declares it.
const MARKS: [(&str, u64, &str); 3] = [
    ("deprecated", 3, ""),
    ("disallowed", 189_503_207, "envoy/annotations/deprecation.proto"),
    ("sensitive", 76_569_463, "udpa/annotations/sensitive.proto"),
];
/// `validate.rules`, `validate.required`, and the file that declares them.
const VALIDATE: u64 = 1071;
const VALIDATE_FILE: &str = "validate/validate.proto";

/// Where a type is declared, and whether it is a message or an enum.
type Types = HashMap<String, (String, u64)>;

/// The set with the files of the table.
pub(crate) fn add(set: &[u8], table: &Table) -> Result<Vec<u8>, String> {
    let malformed = || "the descriptor set is malformed".to_owned();
    let mut known = fields(set, 1).ok_or_else(malformed)?;
    known.retain(|it| text(it, 1).is_none_or(|it| !table.dropped.contains(&it)));
    let mut types = Types::new();
    for file in &known {
        let (name, package) = (text(file, 1).ok_or_else(malformed)?, text(file, 2).ok_or_else(malformed)?);
        types_of(file, [4, 5], &package, &name, &mut types).ok_or_else(malformed)?;
    }
    for file in &table.files {
        for (path, kind) in
            file.messages.iter().map(|it| (&it.path, MESSAGE)).chain(file.enums.iter().map(|it| (&it.path, ENUM)))
        {
            types.insert(format!("{}.{path}", file.package), (file.name.clone(), kind));
        }
    }
    let rules = Rules::of(&known).ok_or_else(malformed)?;
    let adding = |file| Adding { file, types: &types, rules: &rules, dropped: &table.dropped };
    let mut out = Vec::new();
    let mut rest: Vec<&File> = table.files.iter().collect();
    for bytes in known {
        let name = text(bytes, 1).ok_or_else(malformed)?;
        let own = rest.iter().position(|it| it.name == name).map(|it| rest.remove(it));
        match own {
            Some(it) => put_bytes(1, &adding(it).to_file(bytes)?, &mut out),
            None => put_bytes(1, bytes, &mut out),
        }
    }
    for file in rest {
        let mut bytes = Vec::new();
        for (number, word) in [(1, file.name.as_str()), (2, &file.package), (12, "proto3")] {
            put_bytes(number, word.as_bytes(), &mut bytes);
        }
        put_bytes(1, &adding(file).to_file(&bytes)?, &mut out);
    }
    Ok(out)
}

/// The types that a file or message declares; `numbers` are those of its messages and enums.
fn types_of(bytes: &[u8], numbers: [u64; 2], scope: &str, file: &str, types: &mut Types) -> Option<()> {
    for (number, kind) in numbers.into_iter().zip([MESSAGE, ENUM]) {
        for inner in fields(bytes, number)? {
            let name = format!("{scope}.{}", text(inner, 1)?);
            if kind == MESSAGE {
                types_of(inner, [3, 4], &name, file, types)?;
            }
            types.insert(name, (file.to_owned(), kind));
        }
    }
    Some(())
}

/// One file of a table on its way into the set.
struct Adding<'a> {
    file: &'a File,
    types: &'a Types,
    rules: &'a Rules,
    dropped: &'a [String],
}

impl Adding<'_> {
    fn to_file(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let mut out = self.holding(bytes, [4, 5], "")?;
        let has: BTreeSet<_> = fields(bytes, 3).unwrap_or_default().into_iter().map(<[u8]>::to_vec).collect();
        let mut needs = BTreeSet::new();
        for field in self.file.messages.iter().flat_map(|it| &it.fields) {
            let marked = MARKS.iter().filter(|it| field.marks.iter().any(|mark| mark == it.0)).map(|it| it.2);
            needs.extend(marked);
            needs.extend((!field.rules.is_empty()).then_some(VALIDATE_FILE));
            if scalar(&field.kind).is_none() {
                needs.insert(self.type_of(field)?.1);
            }
        }
        if self.file.messages.iter().any(|it| !it.required_oneofs.is_empty()) {
            needs.insert(VALIDATE_FILE);
        }
        for it in needs.into_iter().filter(|it| !it.is_empty() && *it != self.file.name && !has.contains(it.as_bytes()))
        {
            put_bytes(3, it.as_bytes(), &mut out);
        }
        Ok(out)
    }

    /// A file or message with the messages and enums that the table adds inside it.
    fn holding(&self, bytes: &[u8], [messages, enums]: [u64; 2], scope: &str) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        let mut there = BTreeSet::new();
        let mut outcome = Ok(());
        for_each_field(bytes, |number, raw, payload| {
            if scope.is_empty() && number == 3 && self.dropped.iter().any(|it| it.as_bytes() == payload) {
                return;
            }
            let name = text(payload, 1).filter(|_| number == messages || number == enums);
            let path = name.map(|it| join(scope, &it));
            let inner = match &path {
                Some(path) if number == messages => Some(self.message(payload, path)),
                Some(path) => self.file.enums.iter().find(|it| it.path == *path).map(|it| Ok(of_enum(payload, it))),
                None => None,
            };
            there.extend(path);
            match inner {
                Some(Ok(inner)) => put_bytes(number, &inner, &mut out),
                Some(Err(error)) => outcome = Err(error),
                None => out.extend_from_slice(raw),
            }
        })
        .ok_or("a descriptor is malformed")?;
        outcome?;
        let is_new = |path: &str| !there.contains(path) && parent(path) == scope;
        for it in self.file.messages.iter().filter(|it| is_new(&it.path)) {
            put_bytes(messages, &self.message(&named(last(&it.path)), &it.path)?, &mut out);
        }
        for it in self.file.enums.iter().filter(|it| is_new(&it.path)) {
            put_bytes(enums, &of_enum(&named(last(&it.path)), it), &mut out);
        }
        Ok(out)
    }

    /// A message with the fields that the table gives it.
    fn message(&self, bytes: &[u8], path: &str) -> Result<Vec<u8>, String> {
        let mut out = self.holding(bytes, [3, 4], path)?;
        let Some(message) = self.file.messages.iter().find(|it| it.path == path) else { return Ok(out) };
        out = without(&out, &message.fields);
        let mut oneofs: Vec<String> = fields(&out, 8).unwrap_or_default().iter().filter_map(|it| text(it, 1)).collect();
        for field in &message.fields {
            let synthetic = (field.shape == Shape::Optional).then(|| format!("_{}", field.name));
            let oneof = field.oneof.clone().or(synthetic).map(|name| match oneofs.iter().position(|it| *it == name) {
                Some(it) => it,
                None => {
                    put_bytes(8, &of_oneof(&name, message), &mut out);
                    oneofs.push(name);
                    oneofs.len() - 1
                }
            });
            if let Shape::Map(key) = &field.shape {
                put_bytes(3, &self.map_entry(field, key)?, &mut out);
            }
            put_bytes(2, &self.field(field, path, oneof)?, &mut out);
        }
        Ok(out)
    }

    fn field(&self, field: &Field, path: &str, oneof: Option<usize>) -> Result<Vec<u8>, String> {
        let is_list = matches!(field.shape, Shape::Repeated | Shape::Map(_));
        let mut out = named(&field.name);
        put_number(3, field.number, &mut out);
        put_number(4, if is_list { 3 } else { 1 }, &mut out);
        match &field.shape {
            Shape::Map(_) => {
                put_number(5, MESSAGE, &mut out);
                let entry = format!(".{}.{path}.{}", self.file.package, entry_name(&field.name));
                put_bytes(6, entry.as_bytes(), &mut out);
            }
            _ => self.put_type(field, &mut out)?,
        }
        let mut options = Vec::new();
        for (_, number, _) in MARKS.iter().filter(|it| field.marks.iter().any(|mark| mark == it.0)) {
            put_number(*number, 1, &mut options);
        }
        if !field.rules.is_empty() {
            let rules = self.rules.encode(&field.rules).map_err(|it| at(field, &it))?;
            put_bytes(VALIDATE, &rules, &mut options);
        }
        if !options.is_empty() {
            put_bytes(8, &options, &mut out);
        }
        if let Some(oneof) = oneof {
            put_number(9, oneof as u64, &mut out);
        }
        put_bytes(10, camel(&field.name).as_bytes(), &mut out);
        if field.shape == Shape::Optional {
            put_number(17, 1, &mut out);
        }
        Ok(out)
    }

    /// The message behind a map: one entry.
    fn map_entry(&self, field: &Field, key: &str) -> Result<Vec<u8>, String> {
        let mut out = named(&entry_name(&field.name));
        let mut key_field = named("key");
        put_number(3, 1, &mut key_field);
        put_number(4, 1, &mut key_field);
        put_number(5, scalar(key).ok_or_else(|| at(field, "keys are scalars"))?, &mut key_field);
        put_bytes(2, &key_field, &mut out);
        let mut value_field = named("value");
        put_number(3, 2, &mut value_field);
        put_number(4, 1, &mut value_field);
        self.put_type(field, &mut value_field)?;
        put_bytes(2, &value_field, &mut out);
        // `MessageOptions.map_entry`.
        put_bytes(7, &[7 << 3, 1], &mut out);
        Ok(out)
    }

    fn put_type(&self, field: &Field, out: &mut Vec<u8>) -> Result<(), String> {
        if let Some(it) = scalar(&field.kind) {
            put_number(5, it, out);
            return Ok(());
        }
        let (name, _, kind) = self.type_of(field)?;
        put_number(5, kind, out);
        put_bytes(6, format!(".{name}").as_bytes(), out);
        Ok(())
    }

    /// The full name of a field's type, the file that declares it, and its kind.
    fn type_of(&self, field: &Field) -> Result<(String, &str, u64), String> {
        let inside = format!("{}.{}", self.file.package, field.kind);
        let found = [inside, field.kind.clone()].into_iter().find_map(|it| {
            let (file, kind) = self.types.get(&it)?;
            Some((it, file.as_str(), *kind))
        });
        found.ok_or_else(|| at(field, "no such type"))
    }
}

fn of_enum(bytes: &[u8], table: &Enum) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for (number, name) in &table.values {
        let mut value = named(name);
        put_number(2, *number, &mut value);
        put_bytes(2, &value, &mut out);
    }
    out
}

fn of_oneof(name: &str, message: &Message) -> Vec<u8> {
    let mut out = named(name);
    if message.required_oneofs.iter().any(|it| it == name) {
        let mut options = Vec::new();
        put_number(VALIDATE, 1, &mut options);
        put_bytes(2, &options, &mut out);
    }
    out
}

/// A message without the fields that are to be replaced.
fn without(bytes: &[u8], replaced: &[Field]) -> Vec<u8> {
    let mut out = Vec::new();
    for_each_field(bytes, |tag, raw, payload| {
        let number = if tag == 2 { number(payload, 3) } else { None };
        if !replaced.iter().any(|it| Some(it.number) == number) {
            out.extend_from_slice(raw);
        }
    });
    out
}

fn named(name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    put_bytes(1, name.as_bytes(), &mut out);
    out
}

fn at(field: &Field, what: &str) -> String {
    format!("line {}: `{}`: {what}", field.line, field.name)
}

fn scalar(name: &str) -> Option<u64> {
    SCALARS.iter().find(|it| it.0 == name).map(|it| it.1)
}

fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |it| it.0)
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// `request_cost` as `RequestCostEntry`, as protoc calls the message of a map's entry.
fn entry_name(field: &str) -> String {
    let name = camel(field);
    let mut letters = name.chars();
    let first = letters.next().map(|it| it.to_ascii_uppercase());
    first.into_iter().chain(letters).collect::<String>() + "Entry"
}

/// `request_cost` as `requestCost`.
fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut out, part| {
        let mut letters = part.chars();
        out.extend(letters.next().map(|it| it.to_ascii_uppercase()));
        out + letters.as_str()
    })
}
