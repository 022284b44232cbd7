//! Who the Envoy says it is, and whether any document is for it.

use super::look;
use super::sources::Sources;
use super::{Lint, start_of};
use crate::resource::Node;
use crate::snapshot::Selection;
use crate::spec::{Span, Tree, Value, codes};

/// Reports a node without a name (L13), and one that no document selects.
pub(super) fn check(lint: &mut Lint<'_>, sources: &Sources<'_>) {
    let entry = look::entry(lint.tree, "node");
    let node = entry.map(|it| &it.value);
    let missing: Vec<_> =
        ["id", "cluster"].into_iter().filter(|it| node.and_then(|node| look::text(node, it)).is_none()).collect();
    let place = entry.map_or_else(|| start_of(lint.tree), |it| it.key.span);
    if let (false, true) = (missing.is_empty(), sources.asks) {
        let message = match entry {
            None => "there is no `node`: a management server must know who asks".to_owned(),
            Some(_) => format!("`node` has no `{}`", missing.join("` and no `")),
        };
        lint.push(codes::NO_NODE, place, message, |it| {
            it.help("add `node: {id: edge-1, cluster: edge}`, with names of your own")
                .help("`envoy --service-node ID --service-cluster NAME` says the same on the command line")
        });
    }
    if let (Some(node), true) = (node, missing.is_empty()) {
        selected(lint, node, place);
    }
}

/// Whether a document is for this node.
fn selected(lint: &mut Lint<'_>, tree: &Tree, place: Span) {
    let Some(generation) = lint.expected.documents else { return };
    let node = node_of(tree);
    let name = node.to_string();
    match generation.select(&node) {
        Selection::Snapshot(_) => {}
        Selection::Nothing { nearest } => {
            let message = format!("no document is for the node \"{name}\"");
            lint.push(codes::SELECTED_BY_NOTHING, place, message, |it| match nearest {
                Some(nearest) => it.help(format!("nearest is {nearest}")),
                None => it.help("there is no document at all"),
            });
        }
        Selection::Clash(clash) => {
            lint.push(codes::SELECTED_BY_NOTHING, place, clash.to_string(), |it| {
                it.help("until they agree, this node gets nothing")
            });
        }
    }
}

/// The node that the Envoy will say it is.
pub(super) fn node_of(tree: &Tree) -> Node {
    let text = |path: &str| look::text(tree, path).unwrap_or_default().to_owned();
    let mut node = Node {
        id: text("id"),
        cluster: text("cluster"),
        region: text("locality.region"),
        zone: text("locality.zone"),
        sub_zone: text("locality.sub_zone"),
        ..Node::default()
    };
    if let Some(metadata) = look::at(tree, "metadata") {
        flatten(metadata, &mut String::new(), &mut |path, value| {
            node.metadata.insert(path.to_owned(), value.to_owned());
        });
    }
    node
}

/// The leaves of nested maps, each with its path.
fn flatten(tree: &Tree, path: &mut String, put: &mut impl FnMut(&str, &str)) {
    for entry in tree.entries() {
        let outer = path.len();
        if outer > 0 {
            path.push('.');
        }
        path.push_str(&entry.key.text);
        match &entry.value.value {
            Value::Mapping(_) => flatten(&entry.value, path, put),
            Value::Scalar(it) => put(path, &it.text),
            _ => {}
        }
        path.truncate(outer);
    }
}
