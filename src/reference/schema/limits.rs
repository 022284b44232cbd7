//! Envoy's `validate.rules` as words of JSON Schema, where they mean exactly the same.

use prost_reflect::Value as RuleValue;
use serde_json::{Map, Value};

use crate::reference::rules::Rules;

/// Rules about numbers.
const RANGES: [(&str, &str); 4] =
    [("gte", "minimum"), ("gt", "exclusiveMinimum"), ("lte", "maximum"), ("lt", "exclusiveMaximum")];

/// Rules about lengths of strings, which both count in characters.
const LENGTHS: [(&str, &str); 2] = [("min_len", "minLength"), ("max_len", "maxLength")];

/// Rules about lists.
const COUNTS: [(&str, &str); 2] = [("min_items", "minItems"), ("max_items", "maxItems")];

/// What regular expressions of RE2 have, and those of JavaScript lack or read otherwise.
const FOREIGN: [&str; 9] = ["(?", "[[:", "\\A", "\\z", "\\C", "\\Q", "\\p", "\\P", "\\x"];

/// The words for one value of a shared kind.
pub(super) fn of_value(rules: &Rules, kind: &str) -> Map<String, Value> {
    let mut words = Map::new();
    if rules.ignores_empty() {
        return words;
    }
    let mut add = |pairs: &[(&str, &str)]| {
        for (rule, word) in pairs {
            words.extend(rules.value(rule).and_then(|it| number(&it)).map(|it| ((*word).to_owned(), it)));
        }
    };
    match kind {
        "string" => {
            add(&LENGTHS);
            // One byte is one character at least, and no other number of bytes says anything about characters.
            if rules.value("min_bytes").is_some_and(|it| it.as_u64() == Some(1)) {
                words.insert("minLength".to_owned(), 1.into());
            }
            let pattern = rules.value("pattern").and_then(|it| it.as_str().map(str::to_owned));
            words.extend(pattern.filter(|it| is_plain(it)).map(|it| ("pattern".to_owned(), it.into())));
        }
        "int32" | "uint32" | "int64" | "uint64" | "double" => add(&RANGES),
        _ => {}
    }
    if is_contrary(&words) { Map::new() } else { words }
}

/// The words for a list as a whole.
pub(super) fn of_list(rules: &Rules) -> Map<String, Value> {
    if rules.ignores_empty() {
        return Map::new();
    }
    let words = COUNTS.iter().filter_map(|(rule, word)| Some(((*word).to_owned(), number(&rules.value(rule)?)?)));
    words.collect()
}

/// Whether least and most are the wrong way round: then the values between them are those that are not allowed.
fn is_contrary(words: &Map<String, Value>) -> bool {
    let bound = |names: [&str; 2]| names.iter().find_map(|it| words.get(*it).and_then(Value::as_f64));
    let (least, most) = (bound(["minimum", "exclusiveMinimum"]), bound(["maximum", "exclusiveMaximum"]));
    matches!((least, most), (Some(least), Some(most)) if least > most)
}

fn is_plain(pattern: &str) -> bool {
    pattern.is_ascii() && !FOREIGN.iter().any(|it| pattern.contains(it))
}

fn number(value: &RuleValue) -> Option<Value> {
    Some(match value {
        RuleValue::I32(it) => (*it).into(),
        RuleValue::I64(it) => (*it).into(),
        RuleValue::U32(it) => (*it).into(),
        RuleValue::U64(it) => (*it).into(),
        RuleValue::F32(it) => serde_json::Number::from_f64(f64::from(*it))?.into(),
        RuleValue::F64(it) => serde_json::Number::from_f64(*it)?.into(),
        _ => return None,
    })
}
