//! Builds the trees of Envoy's messages: fields by path, plain copies by the table, and `envoy:` merged on top.

use std::sync::Arc;

use super::shape::{Object, Shape};
use crate::spec::{Entry, Key, Span, Tree, Value};

/// A message under construction.
#[derive(Debug, Clone)]
pub(super) struct Message {
    span: Span,
    entries: Vec<Entry>,
}

impl Message {
    /// An empty message for what stands at this place.
    pub(super) fn new(span: Span) -> Self {
        Self { span, entries: Vec::new() }
    }

    /// An empty message inside an `Any`.
    pub(super) fn any(span: Span, message: &str) -> Self {
        let mut it = Self::new(span);
        it.entry("@type", Tree::string(span, format!("type.googleapis.com/{message}")));
        it
    }

    /// A message with all fields that the table says are plain copies.
    pub(super) fn copy(object: &Object, tree: &Tree) -> Self {
        Self::new(tree.span).with_copies(object, tree)
    }

    /// The same, inside an `Any`.
    pub(super) fn copy_any(object: &Object, tree: &Tree) -> Self {
        Self::any(tree.span, object.message).with_copies(object, tree)
    }

    fn with_copies(mut self, object: &Object, tree: &Tree) -> Self {
        self.merge_copies(object, tree);
        self
    }

    /// Sets all fields of this message that the table of another object copies to.
    pub(super) fn merge_copies(&mut self, object: &Object, tree: &Tree) {
        for entry in tree.entries() {
            if let Some(key) = object.key(&entry.key.text).filter(|it| !it.to.is_empty()) {
                self.set_at(key.to, entry.key.span, lower(&key.shape, &entry.value));
            }
        }
    }

    /// Sets a field, by its path of field names with dots. Nothing is set where the user's value was at fault.
    pub(super) fn set(&mut self, path: &str, value: Tree) {
        self.set_at(path, value.span, value);
    }

    /// Sets a field if there is something to set.
    pub(super) fn set_some(&mut self, path: &str, value: Option<Tree>) {
        if let Some(value) = value {
            self.set(path, value);
        }
    }

    /// Sets a default: only if nothing was set.
    pub(super) fn set_default(&mut self, path: &str, value: Tree) {
        if !self.has(path) {
            self.set(path, value);
        }
    }

    /// Sets one entry whose key may have dots.
    pub(super) fn entry(&mut self, key: &str, value: Tree) {
        put(&mut self.entries, Key { span: value.span, text: key.into() }, value);
    }

    /// Takes a field of the message itself away.
    pub(super) fn unset(&mut self, field: &str) {
        self.entries.retain(|it| &*it.key.text != field);
    }

    /// Whether a field is set.
    pub(super) fn has(&self, path: &str) -> bool {
        let mut entries = self.entries.as_slice();
        let mut found = false;
        for part in path.split('.') {
            let entry = entries.iter().find(|it| &*it.key.text == part);
            found = entry.is_some();
            entries = entry.map_or(&[], |it| it.value.entries());
        }
        found
    }

    /// The finished message, with the user's `envoy:` merged over it.
    pub(super) fn finish(self, tree: &Tree) -> Tree {
        let message = self.into_tree();
        match tree.at("envoy") {
            Some(over) => merge(message, over),
            None => message,
        }
    }

    /// The message as it stands.
    pub(super) fn into_tree(self) -> Tree {
        Tree { span: self.span, value: Value::Mapping(self.entries) }
    }

    fn set_at(&mut self, path: &str, key: Span, value: Tree) {
        if value.value == Value::Null {
            return;
        }
        set_in(&mut self.entries, path, key, value);
    }
}

/// A value in Envoy's form: objects inside are copied by their own tables.
fn lower(shape: &Shape, tree: &Tree) -> Tree {
    match (shape, &tree.value) {
        (Shape::Object(object) | Shape::Short(_, object), Value::Mapping(_)) => {
            Message::copy(object, tree).finish(tree)
        }
        (Shape::List(item), Value::Sequence(items)) => {
            let good = items.iter().filter(|it| it.value != Value::Null);
            Tree::sequence(tree.span, good.map(|it| lower(item, it)).collect::<Vec<_>>())
        }
        _ => tree.clone(),
    }
}

/// Sets a field by its path; messages on the way are made if need be.
fn set_in(entries: &mut Vec<Entry>, path: &str, key: Span, value: Tree) {
    let Some((head, tail)) = path.split_once('.') else {
        return put(entries, Key { span: key, text: path.into() }, value);
    };
    let span = value.span;
    let old = entries.iter_mut().find(|it| &*it.key.text == head).map(|it| &mut it.value.value);
    if let Some(Value::Mapping(nested)) = old {
        return set_in(nested, tail, key, value);
    }
    let mut nested = Vec::new();
    set_in(&mut nested, tail, key, value);
    put(entries, Key { span: key, text: head.into() }, Tree { span, value: Value::Mapping(nested) });
}

fn put(entries: &mut Vec<Entry>, key: Key, value: Tree) {
    match entries.iter_mut().find(|it| it.key.text == key.text) {
        Some(entry) => entry.value = value,
        None => entries.push(Entry { key, value }),
    }
}

/// Merges the user's proto JSON over a generated message, as in JSON Merge Patch (RFC 7396): maps merge, `null` removes,
/// everything else replaces. A nested `Any` of another type replaces the whole of the old one.
pub(super) fn merge(below: Tree, over: &Tree) -> Tree {
    let (Value::Mapping(mut entries), Value::Mapping(edits)) = (below.value, &over.value) else {
        return over.clone();
    };
    let is_other =
        |old: &Entry| &*old.key.text == "@type" && over.at("@type").is_some_and(|it| it.text() != old.value.text());
    if entries.iter().any(is_other) {
        return over.clone();
    }
    for edit in edits {
        let at = position(&entries, &edit.key.text);
        match (at, &edit.value.value) {
            (Some(at), Value::Null) => drop(entries.remove(at)),
            (None, Value::Null) => {}
            (Some(at), _) => {
                let old = entries.remove(at);
                let key = Key { span: edit.key.span, text: old.key.text };
                entries.insert(at, Entry { key, value: merge(old.value, &edit.value) });
            }
            (None, _) => entries.push(edit.clone()),
        }
    }
    Tree { span: below.span, value: Value::Mapping(entries) }
}

/// Where a key stands; proto JSON also allows `lowerCamelCase` for each field.
fn position(entries: &[Entry], key: &Arc<str>) -> Option<usize> {
    let exact = entries.iter().position(|it| it.key.text == *key);
    exact.or_else(|| {
        let snake = snake_case(key);
        entries.iter().position(|it| *it.key.text == *snake)
    })
}

fn snake_case(key: &str) -> String {
    let mut snake = String::with_capacity(key.len() + 4);
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}
