//! Edits of request and response headers; the fields are the same on virtual hosts, routes and clusters of a split.

use super::message::Message;
use crate::spec::{Entry, Tree, Value};

const ACTIONS: [(&str, &str); 3] =
    [("set", "OVERWRITE_IF_EXISTS_OR_ADD"), ("add", "APPEND_IF_EXISTS_OR_ADD"), ("add_if_absent", "ADD_IF_ABSENT")];

/// Sets all edits that an object asks for.
pub(super) fn set_edits(tree: &Tree, message: &mut Message) {
    for (key, to_add, to_remove) in [
        ("request_headers", "request_headers_to_add", "request_headers_to_remove"),
        ("response_headers", "response_headers_to_add", "response_headers_to_remove"),
    ] {
        let Some(edits) = tree.at(key) else { continue };
        let added: Vec<_> = edits.entries().iter().flat_map(additions).collect();
        if !added.is_empty() {
            message.set(to_add, Tree::sequence(edits.span, added));
        }
        message.set_some(to_remove, edits.at("remove").cloned());
    }
}

/// The headers of one kind of edit, in the document's order.
fn additions(edits: &Entry) -> Vec<Tree> {
    let Some((_, action)) = ACTIONS.iter().find(|(key, _)| *edits.key.text == **key) else { return Vec::new() };
    let good = edits.value.entries().iter().filter(|it| it.value.value != Value::Null);
    good.map(|it| addition(it, action)).collect()
}

fn addition(header: &Entry, action: &str) -> Tree {
    let span = header.value.span;
    let pair = [("key", Tree::string(header.key.span, header.key.text.clone())), ("value", header.value.clone())];
    let action = Tree::string(header.key.span, action);
    Tree::mapping(span, [("header", Tree::mapping(span, pair)), ("append_action", action)])
}
