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
        Kind::Bool => boolean(scalar),
        Kind::Enum(it) => enumeration(it, scalar),
        _ => number(kind, scalar),
    }
}

/// The key of a map field.
pub(super) fn read_key<'t>(kind: &Kind, key: &'t Key) -> Result<Wire<'t>, Fault> {
    match kind {
        Kind::String => Ok(Wire::Bytes(key.text.as_bytes().into())),
        Kind::Bool => boolean(&text_of(key)),
        _ => number(kind, &text_of(key)),
    }
}

/// A key is text to Envoy whatever it looks like.
fn text_of(key: &Key) -> Scalar {
    Scalar { text: key.text.clone(), quoted: true }
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

fn boolean<'t>(scalar: &Scalar) -> Result<Wire<'t>, Fault> {
    let value = scalar.boolean().ok_or_else(|| Fault::wrong_type(expected(&Kind::Bool)))?;
    Ok(Wire::Varint(value.into()))
}

/// The warning where other readers take a plain scalar for something else than Envoy does; the field is for any value
/// or a number.
pub(super) fn ambiguity(scalar: &Scalar, is_any: bool) -> Option<(String, String)> {
    let text = &*scalar.text;
    let decimal = || text.parse::<i64>().ok().map(i128::from);
    match (scalar.octal(), scalar.plain_boolean()) {
        (Some(octal), _) if Some(octal) != decimal() => {
            let decimal = text.replacen('0', "", 1);
            let message = format!("`{text}` is an octal number to Envoy, which is {octal}, not {decimal}");
            Some((message, format!("write `{octal}`, or `{decimal}` if that is meant")))
        }
        (None, Some(value)) if is_any && !matches!(&*text.to_ascii_lowercase(), "true" | "false") => Some((
            format!("`{text}` is the boolean {value} to Envoy, not the text"),
            format!("write `{value}`, or `\"{text}\"` if the text is meant"),
        )),
        _ => None,
    }
}

fn enumeration<'t>(kind: &std::rc::Rc<Enum>, scalar: &Scalar) -> Result<Wire<'t>, Fault> {
    let number = kind.find(&scalar.text).or_else(|| scalar.integer()?.try_into().ok());
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

fn number<'t>(kind: &Kind, scalar: &Scalar) -> Result<Wire<'t>, Fault> {
    if matches!(kind, Kind::Double | Kind::Float) {
        let value = scalar.float().ok_or_else(|| Fault::wrong_type(expected(kind)))?;
        if !matches!(kind, Kind::Float) {
            return Ok(Wire::Fixed64(value.to_bits()));
        }
        let short = value as f32;
        let fits = short.is_finite() || !value.is_finite();
        return fits
            .then_some(Wire::Fixed32(short.to_bits()))
            .ok_or_else(|| Fault::new(codes::OUT_OF_RANGE, "a number of 32 bits, whose size is at most 3.4e38"));
    }
    let value = scalar.whole().ok_or_else(|| Fault::wrong_type(expected(kind)))?;
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
