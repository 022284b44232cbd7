//! `nodes:`: who gets a document. One reading for all kinds of documents.

use std::collections::BTreeMap;

use super::keys::{single, unknown_key};
use crate::spec::{Diagnostic, Diagnostics, Entry, Glob, NodeSelector, Text, Tree, Value, codes};

/// Reads a list of selectors; a single one is taken with a warning.
///
/// An empty list would be nobody, which is never meant: it is an error.
pub fn node_selectors(entry: &Entry, text: &Text, out: &mut Diagnostics) -> Vec<NodeSelector> {
    let tree = &entry.value;
    match &tree.value {
        Value::Null => Vec::new(),
        Value::Sequence(items) if items.is_empty() => {
            let fault =
                Diagnostic::error(codes::WRONG_TYPE, text, tree.span, "`nodes` is empty, so nobody is selected");
            out.push(fault.help("leave `nodes` out to select every node"));
            Vec::new()
        }
        Value::Sequence(items) => items.iter().map(|it| selector("nodes", it, text, out)).collect(),
        Value::Mapping(_) => {
            out.push(single(codes::SINGLE_NODE, &entry.key, tree, "selector", text));
            vec![selector("nodes", tree, text, out)]
        }
        _ => {
            wrong_type(tree, "nodes", "a list of selectors such as `{id: \"edge-*\"}`", text, out);
            Vec::new()
        }
    }
}

/// One selector of the list under a key.
pub(super) fn selector(key: &str, tree: &Tree, text: &Text, out: &mut Diagnostics) -> NodeSelector {
    let mut selector = NodeSelector::default();
    let Some(entries) = mapping(tree, key, text, out) else { return selector };
    let what = format!("a selector in `{key}`");
    if entries.is_empty() {
        let fault = Diagnostic::error(codes::WRONG_TYPE, text, tree.span, format!("{what} is empty"));
        out.push(fault.help("say at least one of `id`, `cluster`, `locality`, `metadata`"));
    }
    for entry in entries {
        match &*entry.key.text {
            "id" => selector.id = glob(entry, text, out),
            "cluster" => selector.cluster = glob(entry, text, out),
            "locality" => locality(&entry.value, &mut selector, text, out),
            "metadata" => metadata(&entry.value, &mut String::new(), &mut selector.metadata, text, out),
            _ => out.push(unknown_key(text, entry, &what, &["id", "cluster", "locality", "metadata"])),
        }
    }
    selector
}

fn locality(tree: &Tree, selector: &mut NodeSelector, text: &Text, out: &mut Diagnostics) {
    for entry in mapping(tree, "locality", text, out).unwrap_or_default() {
        match &*entry.key.text {
            "region" => selector.region = glob(entry, text, out),
            "zone" => selector.zone = glob(entry, text, out),
            "sub_zone" | "subZone" => selector.sub_zone = glob(entry, text, out),
            _ => out.push(unknown_key(text, entry, "`locality`", &["region", "zone", "sub_zone"])),
        }
    }
}

/// Flattens nested maps: the path of each leaf with dots between keys.
fn metadata(tree: &Tree, path: &mut String, into: &mut BTreeMap<String, Glob>, text: &Text, out: &mut Diagnostics) {
    for entry in mapping(tree, "metadata", text, out).unwrap_or_default() {
        let outer = path.len();
        if outer > 0 {
            path.push('.');
        }
        path.push_str(&entry.key.text);
        if matches!(entry.value.value, Value::Mapping(_)) {
            metadata(&entry.value, path, into, text, out);
        } else if let Some(glob) = glob(entry, text, out) {
            into.insert(path.clone(), glob);
        }
        path.truncate(outer);
    }
}

fn glob(entry: &Entry, text: &Text, out: &mut Diagnostics) -> Option<Glob> {
    match entry.value.text() {
        Some(it) => Some(Glob::new(&**it)),
        None => {
            wrong_type(&entry.value, &entry.key.text, "a pattern such as `edge-*`", text, out);
            None
        }
    }
}

fn mapping<'t>(tree: &'t Tree, field: &str, text: &Text, out: &mut Diagnostics) -> Option<&'t [Entry]> {
    match &tree.value {
        Value::Mapping(entries) => Some(entries),
        _ => {
            wrong_type(tree, field, "a map", text, out);
            None
        }
    }
}

fn wrong_type(tree: &Tree, field: &str, expected: &str, text: &Text, out: &mut Diagnostics) {
    let message = format!("`{field}` takes {expected}, not {}", tree.kind());
    out.push(Diagnostic::error(codes::WRONG_TYPE, text, tree.span, message));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> (Vec<NodeSelector>, Vec<String>) {
        let text = Text::new("t", yaml);
        let mut out = Diagnostics::default();
        let trees = crate::spec::parse_yaml(&text, &mut out);
        let selectors = node_selectors(&trees[0].entries()[0], &text, &mut out);
        (selectors, out.0.iter().map(|it| format!("{} {}", it.place(), it.code)).collect())
    }

    #[test]
    fn all_parts() {
        let yaml =
            "nodes:\n- {id: 'a*', cluster: b, locality: {region: r, zone: z, sub_zone: s}, metadata: {x: {y: 1}}}";
        let (selectors, faults) = read(yaml);
        assert!(faults.is_empty(), "{faults:?}");
        let expected = NodeSelector {
            id: Some(Glob::new("a*")),
            cluster: Some(Glob::new("b")),
            region: Some(Glob::new("r")),
            zone: Some(Glob::new("z")),
            sub_zone: Some(Glob::new("s")),
            metadata: [("x.y".to_owned(), Glob::new("1"))].into(),
        };
        assert_eq!(selectors, [expected]);
    }

    #[test]
    fn faults() {
        for (yaml, expected) in [
            ("nodes: {id: a}", "t:1:8 CH1108"),
            ("nodes: []", "t:1:8 CH1004"),
            ("nodes: [{}]", "t:1:9 CH1004"),
            ("nodes: a", "t:1:8 CH1004"),
            ("nodes: [{clutser: a}]", "t:1:10 CH1003"),
            ("nodes: [{id: [a]}]", "t:1:14 CH1004"),
            ("nodes: [{locality: {regoin: a}}]", "t:1:21 CH1003"),
        ] {
            assert_eq!(read(yaml).1, [expected], "{yaml}");
        }
    }
}
