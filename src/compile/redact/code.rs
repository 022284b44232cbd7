//! Programs and their settings inside a configuration. They are long, and often hold a password: a hash stands for them.
//! Leaves to `schema` which fields these are.

use serde_json::Value;

use crate::spec::from_base64;

/// Puts hashes in the place of texts; what names a file stays.
pub(super) fn hash(json: &mut Value) {
    match json {
        Value::Object(fields) if fields.contains_key("@type") => {
            let kind = fields.shift_remove("@type");
            let rest = Value::Object(std::mem::take(fields)).to_string();
            fields.extend(kind.map(|it| ("@type".to_owned(), it)));
            fields.insert("value".to_owned(), mark(rest.as_bytes()));
        }
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut().filter(|(name, _)| !super::PLACES.contains(&name.as_str())) {
                match value.as_str().filter(|_| name == "inline_bytes").and_then(from_base64) {
                    Some(bytes) => *value = mark(&bytes),
                    None => hash(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hash),
        Value::String(text) => *json = mark(text.as_bytes()),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Changes with the content, and tells nothing else but how long it is.
fn mark(content: &[u8]) -> Value {
    let hash = blake3::hash(content).to_hex();
    format!("[code: blake3 {}, {} bytes]", &hash.as_str()[..16], content.len()).into()
}
