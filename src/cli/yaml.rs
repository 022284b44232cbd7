//! Documents as YAML that can be read on a terminal too.

use serde_json::Value;

use crate::printable;

/// A value as YAML. One with characters that nobody would see is written as JSON, which YAML is as well: only there can
/// any of them be escaped.
pub(super) fn yaml(value: &Value) -> anyhow::Result<String> {
    let text = serde_saphyr::to_string(value)?;
    if !text.chars().any(|it| it != '\n' && printable::is_escaped(it)) {
        return Ok(text);
    }
    Ok(printable::json(format!("{value}\n")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::{Diagnostics, Text, parse_yaml};

    #[test]
    fn what_nobody_would_see_is_escaped_and_means_the_same() {
        assert_eq!(yaml(&json!({"a": "b"})).unwrap(), "a: b\n");
        let text = yaml(&json!([{"a": "x\u{202e}y\u{200b}"}])).unwrap();
        assert_eq!(text, "[{\"a\":\"x\\u202ey\\u200b\"}]\n");
        let trees = parse_yaml(&Text::new("a", text), &mut Diagnostics::default());
        assert!(format!("{trees:?}").contains("\"x\\u{202e}y\\u{200b}\""), "{trees:?}");
    }
}
