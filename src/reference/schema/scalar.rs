//! Plain values: as wide as the loader reads them.

use prost_reflect::Kind;
use serde_json::{Value, json};

use super::{Definitions, reference};

/// Whole numbers in a string, as proto JSON writes those of 64 bits.
const WHOLE: &str = "^[+-]?(0x[0-9a-fA-F]+|[0-9]+(\\.0*)?([eE][+-]?[0-9]+)?)$";

/// Numbers in a string.
const DECIMAL: &str = "^([+-]?[0-9.]+([eE][+-]?[0-9]+)?|NaN|-?Infinity)$";

/// A duration of proto JSON.
const SECONDS: &str = "^-?[0-9]+(\\.[0-9]{1,9})?s$";

/// The kinds that many fields share.
const SHARED: [&str; 12] =
    ["string", "boolean", "int32", "uint32", "int64", "uint64", "double", "bytes", "duration", "time", "map", "list"];

/// Defines the shared kinds.
pub(super) fn define(definitions: &mut Definitions) {
    for name in SHARED {
        definitions.named.insert(name.to_owned(), shared(name));
    }
}

/// A kind as it stands, `null` included, which is the same as no field at all.
fn shared(name: &str) -> Value {
    let whole = |least: Value, most: Value| json!({ "type": ["integer", "string", "null"], "minimum": least, "maximum": most, "pattern": WHOLE });
    match name {
        "string" => json!({ "type": ["string", "number", "boolean", "null"] }),
        "boolean" => json!({ "type": ["boolean", "string", "null"], "pattern": "^(true|false)$" }),
        "int32" => whole(i32::MIN.into(), i32::MAX.into()),
        "uint32" => whole(0.into(), u32::MAX.into()),
        "int64" => whole(i64::MIN.into(), i64::MAX.into()),
        "uint64" => whole(0.into(), u64::MAX.into()),
        "double" => json!({ "type": ["number", "string", "null"], "pattern": DECIMAL }),
        "bytes" => json!({ "type": ["string", "null"], "pattern": "^[A-Za-z0-9+/_=\\s-]*$" }),
        "duration" => json!({
            "type": ["string", "null"],
            "pattern": SECONDS,
            "patternErrorMessage": "a duration in seconds, such as `0.25s`",
        }),
        "time" => json!({ "type": ["string", "null"], "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]" }),
        "map" => json!({ "type": ["object", "null"] }),
        _ => json!({ "type": ["array", "null"] }),
    }
}

/// The shared kind of a field's kind, if it has one.
pub(super) fn name_of(kind: &Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::String => "string",
        Kind::Bool => "boolean",
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => "int32",
        Kind::Uint32 | Kind::Fixed32 => "uint32",
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => "int64",
        Kind::Uint64 | Kind::Fixed64 => "uint64",
        Kind::Double | Kind::Float => "double",
        Kind::Bytes => "bytes",
        Kind::Enum(_) => return None,
        Kind::Message(it) if it.package_name() == "google.protobuf" => match it.name() {
            "Duration" => "duration",
            "Timestamp" => "time",
            "FieldMask" => "string",
            "Struct" => "map",
            "ListValue" => "list",
            name if name.ends_with("Value") && name != "Value" => {
                return name_of(&it.get_field_by_name("value")?.kind());
            }
            _ => return None,
        },
        Kind::Message(_) => return None,
    })
}

/// A reference to a shared kind.
pub(super) fn of(name: &str) -> Value {
    reference(name)
}

/// A shared kind written out, to be narrowed.
pub(super) fn written_out(name: &str) -> Value {
    shared(name)
}
