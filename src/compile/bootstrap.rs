//! A bootstrap: its static resources, served (S86). The rest is for the Envoy that starts with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::assemble::{Item, Parts};
use super::encode::{Context, encode};
use super::json::message_to_json;
use super::kind::{BOOTSTRAP, Kind};
use super::nodes::node_selectors;
use super::options::OPTIONS;
use crate::resource::{Flavour, ResourceType, descriptors};
use crate::schema::Schema;
use crate::spec::{Diagnostic, Diagnostics, Entry, Span, Text, Tree, Value, codes, did_you_mean, parse_yaml};

/// The lists of `static_resources`, and the types of their elements.
const LISTS: [(&str, &str); 3] = [("listeners", "LDS"), ("clusters", "CDS"), ("secrets", "SDS")];

const STATIC: &str = "envoy.config.bootstrap.v3.Bootstrap.StaticResources";

/// What a bootstrap gives; `None` if it has no static resources to serve.
///
/// The clusters by which Envoy reaches its management server are its own: they cannot come from that server. `has_more`
/// tells that further resources of this bootstrap were read by [`element`].
pub(super) fn document(
    tree: Tree,
    management_cluster: &str,
    has_more: bool,
    text: &Text,
    out: &mut Diagnostics,
) -> Option<Parts> {
    let own = own_clusters(&tree, management_cluster);
    let mut parts = Parts::default();
    let mut ignored: Vec<Entry> = Vec::new();
    let mut faults = Diagnostics::default();
    let Value::Mapping(entries) = tree.value else { return Some(parts) };
    for entry in entries {
        match &*entry.key.text {
            "static_resources" | "staticResources" => parts.items = items(entry.value, &own, text, &mut faults),
            "nodes" => parts.nodes = node_selectors(&entry, text, &mut faults),
            "@type" => {}
            key if OPTIONS.contains(&key) => {}
            _ => {
                if check_key(&entry, BOOTSTRAP, text, &mut faults) {
                    ignored.push(entry);
                }
            }
        }
    }
    if parts.items.is_empty() && !has_more && !faults.has_errors() {
        return None;
    }
    faults.0.into_iter().for_each(|it| out.push(it));
    if let Some(first) = ignored.first() {
        let names: Vec<_> = ignored.iter().map(|it| format!("`{}`", it.key.text)).collect();
        let message = format!("of a bootstrap only static resources are served, not {}", names.join(", "));
        out.push(Diagnostic::warning(codes::IGNORED_BOOTSTRAP, text, first.key.span, message));
    }
    Some(parts)
}

/// Whether a document is a bootstrap.
pub fn is_bootstrap(tree: &Tree, text: &Text) -> bool {
    matches!(Kind::of(tree, text), Kind::Bootstrap)
}

/// The `bootstrap_extensions` of the bootstraps in a text, as proto JSON: their listeners may need them.
pub fn bootstrap_extensions(text: &Text) -> Vec<serde_json::Value> {
    let Some(message) = descriptors().get_message_by_name(BOOTSTRAP) else { return Vec::new() };
    let is_extensions = |it: &Entry| matches!(&*it.key.text, "bootstrap_extensions" | "bootstrapExtensions");
    let trees = parse_yaml(text, &mut Diagnostics::default());
    let mut found = Vec::new();
    for tree in trees.iter().filter(|it| is_bootstrap(it, text)) {
        let own = tree.entries().iter().filter(|it| is_extensions(it)).cloned().collect();
        let tree = Tree { span: tree.span, value: Value::Mapping(own) };
        let mut out = Diagnostics::default();
        let bytes = encode(&tree, &message, Context::new(text, ""), Flavour::Ads, &mut out);
        if let Ok(serde_json::Value::Object(mut fields)) = message_to_json(&message, &bytes)
            && let Some(serde_json::Value::Array(items)) = fields.remove("bootstrap_extensions")
        {
            found.extend(items);
        }
    }
    found
}

/// The bytes of a whole bootstrap, as Envoy would read it; our own keys are passed over.
pub fn encode_bootstrap(tree: &Tree, context: Context<'_>, out: &mut Diagnostics) -> Vec<u8> {
    let Some(message) = descriptors().get_message_by_name(BOOTSTRAP) else { return Vec::new() };
    let mut tree = tree.clone();
    if let Value::Mapping(entries) = &mut tree.value {
        entries.retain(|it| !matches!(&*it.key.text, "nodes" | "@type") && !OPTIONS.contains(&&*it.key.text));
    }
    encode(&tree, &message, context, Flavour::Ads, out)
}

fn items(tree: Tree, own: &BTreeSet<Arc<str>>, text: &Text, out: &mut Diagnostics) -> Vec<Item> {
    let mut items = Vec::new();
    let Value::Mapping(entries) = tree.value else {
        let message = format!("`static_resources` takes a map, not {}", tree.kind());
        out.push(Diagnostic::error(codes::WRONG_TYPE, text, tree.span, message));
        return items;
    };
    for entry in entries {
        check_key(&entry, STATIC, text, out);
        let (name, span) = (entry.key.text, entry.value.span);
        if LISTS.iter().any(|it| *it.0 == *name) {
            let trees = elements(&name, entry.value, text, out).into_iter();
            items.extend(trees.filter_map(|it| element(&name, it, span, own)));
        }
    }
    items
}

/// One element of a list of `static_resources`, unless it is a cluster of Envoy's own.
pub(super) fn element(list: &str, tree: Tree, span: Span, own: &BTreeSet<Arc<str>>) -> Option<Item> {
    let (_, short) = LISTS.iter().find(|it| it.0 == list)?;
    let kind = ResourceType::from_short(short)?;
    let is_own = *short == "CDS" && tree.at("name").and_then(Tree::text).is_some_and(|it| own.contains(it));
    (!is_own).then(|| Item { url: kind.url().into(), url_span: span, name: None, aliases: Vec::new(), tree })
}

fn elements(name: &str, tree: Tree, text: &Text, out: &mut Diagnostics) -> Vec<Tree> {
    match tree.value {
        Value::Sequence(items) => items,
        Value::Null => Vec::new(),
        _ => {
            let message = format!("`{name}` is a list, but a single value is given");
            let warning = Diagnostic::warning(codes::SINGLE_FOR_LIST, text, tree.span, message);
            out.push(warning.help("put `- ` before its first key"));
            vec![tree]
        }
    }
}

/// Whether the message has this field; if not, it is reported.
fn check_key(entry: &Entry, message: &str, text: &Text, out: &mut Diagnostics) -> bool {
    let Some(message) = Schema::here().named(message) else { return true };
    let key = &*entry.key.text;
    if message.find(key).is_some() {
        return true;
    }
    let words = format!("`{}` has no field `{key}`", message.short());
    let fault = Diagnostic::error(codes::UNKNOWN_FIELD, text, entry.key.span, words);
    out.push(match did_you_mean(key, message.fields.iter().map(|it| &*it.name)) {
        Some(near) => fault.remark(format!("did you mean `{near}`?")),
        None => fault,
    });
    false
}

/// The management cluster, and those that `dynamic_resources` names.
pub(super) fn own_clusters(tree: &Tree, management_cluster: &str) -> BTreeSet<Arc<str>> {
    let mut own = BTreeSet::from([management_cluster.into()]);
    for key in ["dynamic_resources", "dynamicResources"] {
        if let Some(dynamic) = tree.at(key) {
            collect_names(dynamic, &mut own);
        }
    }
    own
}

fn collect_names(tree: &Tree, into: &mut BTreeSet<Arc<str>>) {
    for entry in tree.entries() {
        if matches!(&*entry.key.text, "cluster_name" | "clusterName") {
            into.extend(entry.value.text().cloned());
        }
        if matches!(&*entry.key.text, "cluster_names" | "clusterNames") {
            into.extend(entry.value.items().iter().filter_map(|it| it.text().cloned()));
        }
        collect_names(&entry.value, into);
    }
    tree.items().iter().for_each(|it| collect_names(it, into));
}
