//! Google's well-known messages, whose JSON is not a map of their fields. `Any` has its own file.

use prost_reflect::prost_types::Timestamp;

use super::fault::Fault;
use super::wire::{Wire, put_nested, put_text, put_varint};
use super::{scalar, time};
use crate::schema::Message;
use crate::spec::{Entry, Scalar, Tree, Value, codes};

type Outcome = Result<(), Fault>;

/// Integers beyond this lose digits as JSON numbers, so Envoy keeps them as strings in a `Struct`.
const SAFE: i128 = 1 << 53;

pub(super) fn duration(tree: &Tree, buffer: &mut Vec<u8>) -> Outcome {
    let text = tree.text().map_or("", |it| it);
    let Some((seconds, nanos)) = time::of(tree) else {
        let code = if tree.text().is_some() { codes::FORMAT } else { codes::WRONG_TYPE };
        let fault = Fault::new(code, "a duration in seconds, such as `0.25s`");
        return Err(match time::spell(text) {
            Some(it) => fault.meant(&it, format!("write `{it}`")),
            None => fault,
        });
    };
    put_varint(1, seconds, buffer);
    put_varint(2, nanos.into(), buffer);
    Ok(())
}

pub(super) fn timestamp(tree: &Tree, buffer: &mut Vec<u8>) -> Outcome {
    let time: Option<Timestamp> = tree.text().filter(|it| it.len() <= 64).and_then(|it| it.parse().ok());
    let time = time.ok_or_else(|| Fault::new(codes::FORMAT, "a time such as `2026-01-31T12:00:00Z`"))?;
    put_varint(1, time.seconds, buffer);
    put_varint(2, time.nanos.into(), buffer);
    Ok(())
}

pub(super) fn field_mask(tree: &Tree, buffer: &mut Vec<u8>) -> Outcome {
    let expected = || Fault::wrong_type("a string of field names with commas between");
    let text = tree.text().ok_or_else(expected)?;
    for path in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
        let mut snake = String::with_capacity(path.len() + 4);
        for c in path.chars() {
            if c.is_ascii_uppercase() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        }
        put_text(1, &snake, buffer);
    }
    Ok(())
}

pub(super) fn structure(tree: &Tree, buffer: &mut Vec<u8>) -> Outcome {
    let Value::Mapping(entries) = &tree.value else {
        return Err(Fault::wrong_type("a map").at(tree));
    };
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by(|a, b| a.key.text.cmp(&b.key.text));
    for entry in sorted {
        put_nested(1, buffer, |buffer| {
            Wire::Bytes(entry.key.text.as_bytes().into()).put(1, buffer);
            put_nested(2, buffer, |it| value(&entry.value, it))
        })?;
    }
    Ok(())
}

pub(super) fn list(tree: &Tree, buffer: &mut Vec<u8>) -> Outcome {
    let Value::Sequence(items) = &tree.value else {
        return Err(Fault::wrong_type("a list").at(tree));
    };
    items.iter().try_for_each(|item| put_nested(1, buffer, |it| value(item, it)))
}

/// Any JSON value; plain scalars are typed as Envoy's YAML types them, but fractions stay numbers.
pub(super) fn value(tree: &Tree, buffer: &mut Vec<u8>) -> Outcome {
    match &tree.value {
        Value::Null => Wire::Varint(0).put(1, buffer),
        Value::Scalar(it) => plain(it, buffer),
        Value::Mapping(_) => return put_nested(5, buffer, |it| structure(tree, it)),
        Value::Sequence(_) => return put_nested(6, buffer, |it| list(tree, it)),
        Value::ConfigSource => return Err(Fault::wrong_type("a plain value").at(tree)),
    }
    Ok(())
}

fn plain(scalar: &Scalar, buffer: &mut Vec<u8>) {
    let number = || match scalar.whole() {
        Some(it) => Some(it as f64).filter(|_| it.abs() <= SAFE),
        // JSON has no word for what is not finite, so neither has a `Value`.
        None => scalar.float().filter(|it| it.is_finite()),
    };
    match scalar.plain_boolean() {
        Some(it) => Wire::Varint(it.into()).put(4, buffer),
        // `08` is no octal number, and no decimal one where nobody asks for a number.
        None => match Some(()).filter(|()| !scalar.quoted && !scalar.is_padded()).and_then(|()| number()) {
            Some(it) => Wire::Fixed64(it.to_bits()).put(2, buffer),
            None => Wire::Bytes(scalar.text.as_bytes().into()).put(3, buffer),
        },
    }
}

/// A bare scalar where the message wraps one.
pub(super) fn wrapper(tree: &Tree, message: &Message, buffer: &mut Vec<u8>) -> Outcome {
    let [field] = &*message.fields else { return Ok(()) };
    let wire = scalar::read(&field.kind, tree).map_err(|fault| match tree.at("value") {
        Some(_) => fault.help("write the bare value, without `value:`"),
        None => fault,
    })?;
    if !wire.is_default() {
        wire.put(field.number, buffer);
    }
    Ok(())
}
