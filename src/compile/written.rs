//! Faults of a simple spec under the user's own keys: the encoder knows only the fields that they were rewritten to.

use crate::spec::{Diagnostic, Span, Tree, Value};

/// Says the key that the user wrote in each fault that names a field which the user did not write.
pub(super) fn rename(tree: &Tree, faults: &mut [Diagnostic]) {
    for fault in faults {
        let Some(span) = fault.labels.first().and_then(|it| it.span) else { continue };
        let Some((field, rest)) = fault.message.strip_prefix('`').and_then(|it| it.split_once("` ")) else { continue };
        let is_about_a_value = rest.starts_with("takes ") || rest.starts_with("must ");
        let mut path = Vec::new();
        let is_key = keys_above(tree, span, &mut path);
        let is_written = path.iter().any(|it| *it == field || *it == "envoy");
        let Some(key) = path.last().filter(|_| is_about_a_value && !is_written) else { continue };
        fault.message = match is_key {
            true => format!("a key of `{key}` {rest}"),
            false => format!("`{key}` {rest}"),
        };
        // Where Envoy has the rule leads to a field that the user did not write either.
        fault.help.retain(|it| !it.starts_with("Envoy's API has this rule at"));
    }
}

/// The keys whose values hold this place, from the outermost. Whether the place is that of a key itself.
fn keys_above<'t>(tree: &'t Tree, place: Span, path: &mut Vec<&'t str>) -> bool {
    let holds = |it: &Tree| it.span.start <= place.start && place.end <= it.span.end;
    match &tree.value {
        Value::Mapping(entries) => {
            let Some(entry) = entries.iter().find(|it| holds(&it.value)) else {
                return entries.iter().any(|it| it.key.span == place);
            };
            path.push(&entry.key.text);
            keys_above(&entry.value, place, path)
        }
        Value::Sequence(items) => items.iter().find(|it| holds(it)).is_some_and(|it| keys_above(it, place, path)),
        _ => false,
    }
}
