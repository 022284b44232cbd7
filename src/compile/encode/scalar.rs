//! Scalars: numbers, booleans, strings, bytes, enums, from text to the wire.
//!
//! Strings take every plain scalar as written, which is wider than Envoy: `version: 2` has one meaning only.

use std::borrow::Cow;

use super::fault::Fault;
use super::wire::Wire;
use crate::schema::{Enum, Kind};
use crate::spec::{Key, Scalar, Tree, Value, codes, did_you_mean, from_base64};

/// How many enum values are listed.
const FEW: usize = 24;

/// The value of a scalar field.
pub(super) fn read<'t>(kind: &Kind, tree: &'t Tree) -> Result<Wire<'t>, Fault> {
    let scalar = match (&tree.value, kind) {
        (Value::Scalar(it), _) => it,
        (Value::Null, Kind::Enum(it)) if it.is_null() => return Ok(Wire::Varint(0)),
        _ => return Err(Fault::wrong_type(expected(kind))),
    };
    match kind {
        Kind::String => Ok(Wire::Bytes(scalar.text.as_bytes().into())),
        Kind::Bytes => from_base64(&scalar.text).map(|it| Wire::Bytes(Cow::Owned(it))).ok_or_else(|| {
            Fault::new(codes::FORMAT, expected(kind))
                .help("for plain text, use `inline_string` where the message has it")
        }),
        Kind::Bool => boolean(scalar).map(|it| Wire::Varint(it.into())),
        Kind::Enum(it) => enumeration(it, scalar),
        _ => number(kind, &scalar.text),
    }
}

/// The key of a map field.
pub(super) fn read_key<'t>(kind: &Kind, key: &'t Key) -> Result<Wire<'t>, Fault> {
    match kind {
        Kind::String => Ok(Wire::Bytes(key.text.as_bytes().into())),
        Kind::Bool => boolean(&Scalar { text: key.text.clone(), quoted: false }).map(|it| Wire::Varint(it.into())),
        _ => number(kind, &key.text),
    }
}

/// The order of map keys: numbers by size, text by bytes.
pub(super) fn order(kind: &Kind, key: &Wire<'_>) -> (i128, Vec<u8>) {
    let signed = matches!(kind, Kind::Int32 | Kind::Int64 | Kind::Sfixed32 | Kind::Sfixed64);
    match key {
        Wire::Bytes(it) => (0, it.to_vec()),
        Wire::Varint(it) | Wire::Fixed64(it) if signed => (i128::from(*it as i64), Vec::new()),
        Wire::Fixed32(it) if signed => (i128::from(*it as i32), Vec::new()),
        Wire::Varint(it) if matches!(kind, Kind::Sint32 | Kind::Sint64) => {
            (i128::from((it >> 1) as i64 ^ -((it & 1) as i64)), Vec::new())
        }
        Wire::Varint(it) | Wire::Fixed64(it) => (i128::from(*it), Vec::new()),
        Wire::Fixed32(it) => (i128::from(*it), Vec::new()),
    }
}

fn expected(kind: &Kind) -> String {
    match kind {
        Kind::Double | Kind::Float => "a number".to_owned(),
        Kind::Bool => "`true` or `false`".to_owned(),
        Kind::String => "a string".to_owned(),
        Kind::Bytes => "bytes in base64".to_owned(),
        Kind::Enum(it) => format!("a value of `{}`", it.name.rsplit('.').next().unwrap_or(&it.name)),
        Kind::Message(_) => "a map".to_owned(),
        _ => "a whole number".to_owned(),
    }
}

/// Booleans as Envoy's YAML reads them: plain `yes` and `on` too, but no other words in quotes.
fn boolean(scalar: &Scalar) -> Result<bool, Fault> {
    let text = &*scalar.text;
    let cased = [text.to_ascii_lowercase(), text.to_ascii_uppercase()];
    let capital = text.starts_with(|it: char| it.is_ascii_uppercase()) && text[1..] == cased[0][1..];
    let plain = !scalar.quoted && (cased.iter().any(|it| it == text) || capital);
    match cased[0].as_str() {
        "true" if plain || text == "true" => Ok(true),
        "false" if plain || text == "false" => Ok(false),
        "yes" | "on" | "y" if plain => Ok(true),
        "no" | "off" | "n" if plain => Ok(false),
        _ => Err(Fault::wrong_type(expected(&Kind::Bool))),
    }
}

fn enumeration<'t>(kind: &std::rc::Rc<Enum>, scalar: &Scalar) -> Result<Wire<'t>, Fault> {
    let number = kind.find(&scalar.text).or_else(|| scalar.text.parse().ok());
    if let Some(number) = number {
        return Ok(Wire::Varint(i64::from(number) as u64));
    }
    let mut fault = Fault::new(codes::UNKNOWN_ENUM, expected(&Kind::Enum(kind.clone())));
    let names = kind.values.iter().map(|it| &*it.0);
    if let Some(near) = did_you_mean(&scalar.text, names.clone()) {
        fault = fault.meant(near, format!("did you mean `{near}`?"));
    }
    if kind.values.len() <= FEW {
        fault = fault.help(format!("its values are: {}", names.collect::<Vec<_>>().join(", ")));
    }
    Err(fault)
}

fn number<'t>(kind: &Kind, text: &str) -> Result<Wire<'t>, Fault> {
    if matches!(kind, Kind::Double | Kind::Float) {
        let value = float(text).ok_or_else(|| Fault::wrong_type(expected(kind)))?;
        if !matches!(kind, Kind::Float) {
            return Ok(Wire::Fixed64(value.to_bits()));
        }
        let short = value as f32;
        let fits = short.is_finite() || !value.is_finite();
        return fits
            .then_some(Wire::Fixed32(short.to_bits()))
            .ok_or_else(|| Fault::new(codes::OUT_OF_RANGE, "a number of 32 bits, whose size is at most 3.4e38"));
    }
    let value = whole(text).ok_or_else(|| Fault::wrong_type(expected(kind)))?;
    let (least, most): (i128, i128) = match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => (i32::MIN.into(), i32::MAX.into()),
        Kind::Uint32 | Kind::Fixed32 => (0, u32::MAX.into()),
        Kind::Uint64 | Kind::Fixed64 => (0, u64::MAX.into()),
        _ => (i64::MIN.into(), i64::MAX.into()),
    };
    if value < least || value > most {
        return Err(Fault::new(codes::OUT_OF_RANGE, format!("a whole number from {least} to {most}")));
    }
    let value = value as i64;
    Ok(match kind {
        Kind::Sint32 | Kind::Sint64 => Wire::Varint(((value << 1) ^ (value >> 63)) as u64),
        Kind::Fixed32 | Kind::Sfixed32 => Wire::Fixed32(value as u32),
        Kind::Fixed64 | Kind::Sfixed64 => Wire::Fixed64(value as u64),
        _ => Wire::Varint(value as u64),
    })
}

/// A whole number: decimal, hexadecimal, octal, or a float without fraction, as proto JSON allows.
pub(super) fn whole(text: &str) -> Option<i128> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+')).map(i128::from);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u64::from_str_radix(digits, 8).ok().filter(|_| !digits.starts_with('+')).map(i128::from);
    }
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    // Beyond 2^64 a float is out of range anyway; up to there the conversion is exact enough to say so.
    let value = float(text).filter(|it| it.fract() == 0.0 && it.abs() < 1e30)?;
    Some(value as i128)
}

/// A floating-point number, with the names that proto JSON and YAML have for what is none.
pub(super) fn float(text: &str) -> Option<f64> {
    match text {
        "NaN" | ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        "Infinity" | ".inf" | ".Inf" | ".INF" | "+.inf" => Some(f64::INFINITY),
        "-Infinity" | "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        // Rust also reads words such as `inf`.
        _ if !text.bytes().all(|it| it.is_ascii_digit() || b"+-.eE".contains(&it)) => None,
        _ => text.parse().ok().filter(|it: &f64| it.is_finite()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers() {
        for (text, expected) in [
            ("80", Some(80)),
            ("-1", Some(-1)),
            ("+5", Some(5)),
            ("0x1F", Some(31)),
            ("0o17", Some(15)),
            ("1e3", Some(1000)),
            ("10.0", Some(10)),
            ("18446744073709551615", Some(u64::MAX.into())),
            ("1.5", None),
            ("", None),
            ("http", None),
            ("inf", None),
            ("0x", None),
            ("0x+1", None),
        ] {
            assert_eq!(whole(text), expected, "{text}");
        }
    }
}
