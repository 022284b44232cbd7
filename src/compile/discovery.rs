//! Envoy's own discovery documents, and single resources: the list of resources inside them.
//!
//! Leaves to `assemble` what a resource's type and name are.

use std::sync::Arc;

use super::assemble::{Item, Parts};
use super::keys::{self, unknown_key};
use super::nodes::node_selectors;
use super::options::OPTIONS;
use crate::spec::{Diagnostic, Diagnostics, Entry, Key, Span, Text, Tree, Value, codes};

/// What a discovery document may hold. The first four are read, the rest belongs to a server's answer.
const KEYS: [&str; 12] = [
    "resources",
    "version_info",
    "nodes",
    "version",
    "name",
    "@type",
    "type_url",
    "nonce",
    "canary",
    "control_plane",
    "system_version_info",
    "resource_errors",
];

/// The same keys in camel case.
const KEYS_IN_JSON: [&str; 5] = ["versionInfo", "typeUrl", "controlPlane", "systemVersionInfo", "resourceErrors"];

/// Fields of `envoy.service.discovery.v3.Resource`.
const WRAPPER_KEYS: [&str; 9] =
    ["@type", "name", "aliases", "version", "resource", "ttl", "resource_name", "cache_control", "metadata"];

/// The message that gives a resource a name and aliases of its own.
pub(super) const WRAPPER: &str = "envoy.service.discovery.v3.Resource";

/// Whether a discovery document may have this key.
pub(super) fn has_key(key: &str) -> bool {
    KEYS.contains(&key) || KEYS_IN_JSON.contains(&key) || OPTIONS.contains(&key)
}

/// A document with `resources:`.
pub(super) fn document(tree: Tree, text: &Text, out: &mut Diagnostics) -> Parts {
    let mut parts = Parts::default();
    let Value::Mapping(entries) = tree.value else { return parts };
    for entry in entries {
        match &*entry.key.text {
            "resources" => parts.items = resources(entry.key, entry.value, text, out),
            "version_info" | "versionInfo" | "version" => parts.label = label(&entry, text, out),
            "nodes" => parts.nodes = node_selectors(&entry, text, out),
            key if has_key(key) => {}
            _ => out.push(unknown_key(text, &entry, "a discovery document", &[&KEYS[..4], &OPTIONS].concat())),
        }
    }
    parts
}

/// A document that is one resource.
pub(super) fn single(tree: Tree, text: &Text, out: &mut Diagnostics) -> Parts {
    Parts { items: element(tree, text, out).into_iter().collect(), ..Parts::default() }
}

fn resources(key: Key, tree: Tree, text: &Text, out: &mut Diagnostics) -> Vec<Item> {
    let list = match tree.value {
        Value::Sequence(items) => items,
        Value::Mapping(_) => {
            out.push(keys::single(codes::SINGLE_FOR_LIST, &key, &tree, "value", text));
            vec![tree]
        }
        _ => {
            wrong_type("resources", "a list", &tree, text, out);
            Vec::new()
        }
    };
    list.into_iter().filter_map(|it| element(it, text, out)).collect()
}

/// One element of `resources`: a typed message, wrapped or not.
pub(super) fn element(tree: Tree, text: &Text, out: &mut Diagnostics) -> Option<Item> {
    if !matches!(tree.value, Value::Mapping(_)) {
        wrong_type("resources", "maps with `@type`", &tree, text, out);
        return None;
    }
    let Some(kind) = tree.at("@type") else {
        // An element of a delta response is the wrapper itself, without a type.
        if matches!(tree.at("resource"), Some(Tree { value: Value::Mapping(_), .. })) {
            return wrapped(tree, text, out);
        }
        let fault = Diagnostic::error(codes::NO_TYPE, text, tree.span, "a resource lacks its `@type`");
        out.push(
            fault.help(
                "its first key says what it is: `\"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster`",
            ),
        );
        return None;
    };
    let Some(url) = kind.text().cloned() else {
        wrong_type("@type", "a type URL", kind, text, out);
        return None;
    };
    if url.rsplit('/').next() == Some(WRAPPER) {
        return wrapped(tree, text, out);
    }
    let url_span = kind.span;
    Some(Item { url, url_span, name: None, aliases: Vec::new(), tree })
}

fn wrapped(tree: Tree, text: &Text, out: &mut Diagnostics) -> Option<Item> {
    let (mut inner, mut name, mut aliases) = (None, None, Vec::new());
    let mut is_given = false;
    let span = tree.span;
    let Value::Mapping(entries) = tree.value else { return None };
    for entry in entries {
        match &*entry.key.text {
            // What is wrong with it is reported there.
            "resource" => (inner, is_given) = (element(entry.value, text, out), true),
            "name" => name = label(&entry, text, out).map(|it| (it, entry.value.span)),
            "aliases" => aliases = texts(&entry, text, out),
            "ttl" | "version" => {
                let message = format!("`{}` of a resource is not served yet", entry.key.text);
                out.push(Diagnostic::warning(codes::NOT_SERVED, text, entry.key.span, message));
            }
            "resourceName" | "cacheControl" => {}
            key if WRAPPER_KEYS.contains(&key) => {}
            _ => out.push(unknown_key(text, &entry, "`Resource`", &WRAPPER_KEYS[1..6])),
        }
    }
    if !is_given {
        missing_resource(span, text, out);
    }
    inner.map(|it| Item { name: name.or(it.name), aliases, ..it })
}

fn missing_resource(span: Span, text: &Text, out: &mut Diagnostics) {
    out.push(Diagnostic::error(codes::NO_TYPE, text, span, "the `Resource` holds no `resource`"));
}

fn label(entry: &Entry, text: &Text, out: &mut Diagnostics) -> Option<Arc<str>> {
    if entry.value.text().is_none() && entry.value.value != Value::Null {
        wrong_type(&entry.key.text, "a string", &entry.value, text, out);
    }
    entry.value.text().filter(|it| !it.is_empty()).cloned()
}

fn texts(entry: &Entry, text: &Text, out: &mut Diagnostics) -> Vec<Arc<str>> {
    let Value::Sequence(items) = &entry.value.value else {
        wrong_type(&entry.key.text, "a list of strings", &entry.value, text, out);
        return Vec::new();
    };
    for wrong in items.iter().filter(|it| it.text().is_none()) {
        wrong_type(&entry.key.text, "strings", wrong, text, out);
    }
    items.iter().filter_map(|it| it.text().cloned()).collect()
}

fn wrong_type(field: &str, expected: &str, tree: &Tree, text: &Text, out: &mut Diagnostics) {
    let message = format!("`{field}` takes {expected}, not {}", tree.kind());
    out.push(Diagnostic::error(codes::WRONG_TYPE, text, tree.span, message));
}
