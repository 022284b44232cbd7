//! `validate.rules` of the tables, encoded as the descriptors of `validate.proto` say.

use std::collections::HashMap;

use crate::tables::Rule;
use crate::wire::{fields, number, put_bytes, put_number, text};

/// The messages of rules: their fields by name, with number, type and type's name.
pub(crate) struct Rules(HashMap<String, HashMap<String, (u64, u64, String)>>);

impl Rules {
    /// Those that a set's files declare. `None` if it is malformed.
    pub(crate) fn of(files: &[&[u8]]) -> Option<Self> {
        let mut messages = HashMap::new();
        for file in files {
            let package = text(file, 2)?;
            if package != "validate" && package != "google.protobuf" {
                continue;
            }
            for message in fields(file, 4)? {
                let mut known = HashMap::new();
                for field in fields(message, 2)? {
                    known.insert(text(field, 1)?, (number(field, 3)?, number(field, 5)?, text(field, 6)?));
                }
                messages.insert(format!(".{package}.{}", text(message, 1)?), known);
            }
        }
        Some(Self(messages))
    }

    pub(crate) fn encode(&self, rules: &[Rule]) -> Result<Vec<u8>, String> {
        self.inside(rules, ".validate.FieldRules")
    }

    fn inside(&self, rules: &[Rule], message: &str) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        for rule in rules {
            let (Rule::Value(name, _) | Rule::Inside(name, _)) = rule;
            let found = self.0.get(message).and_then(|it| it.get(name));
            let (number, kind, kind_name) = found.ok_or_else(|| format!("{message} has no rule `{name}`"))?;
            match rule {
                Rule::Inside(_, rules) => put_bytes(*number, &self.inside(rules, kind_name)?, &mut out),
                Rule::Value(_, value) => put_value(*number, *kind, value, &mut out)?,
            }
        }
        Ok(out)
    }
}

/// A value of one of the types that rules have.
fn put_value(number: u64, kind: u64, value: &str, out: &mut Vec<u8>) -> Result<(), String> {
    let wrong = |_| format!("`{value}` is no number");
    match kind {
        1 => {
            put_number_key(number, 1, out);
            out.extend_from_slice(&value.parse::<f64>().map_err(|it| wrong(it.to_string()))?.to_le_bytes());
        }
        3 | 4 | 5 | 13 | 14 => {
            let value: i64 = value.parse().map_err(|it: std::num::ParseIntError| wrong(it.to_string()))?;
            put_number(number, value as u64, out);
        }
        8 => put_number(number, u64::from(value == "true"), out),
        9 => put_bytes(number, value.as_bytes(), out),
        _ => return Err(format!("rules of type {kind} are not written in tables")),
    }
    Ok(())
}

fn put_number_key(number: u64, wire_type: u64, out: &mut Vec<u8>) {
    crate::wire::put_varint(out, number << 3 | wire_type);
}
