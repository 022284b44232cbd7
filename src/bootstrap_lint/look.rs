//! Reading a bootstrap's tree by the names of Envoy's fields, in either spelling, wherever they stand.

use std::rc::Rc;

use crate::schema::{Kind, Message, Schema, Shape, Special};
use crate::spec::{Entry, Tree, Value};

/// The field of this name.
pub(super) fn entry<'t>(tree: &'t Tree, name: &str) -> Option<&'t Entry> {
    tree.entries().iter().find(|it| is_named(&it.key.text, name) && it.value.value != Value::Null)
}

/// The value at a path of names with dots.
pub(super) fn at<'t>(tree: &'t Tree, path: &str) -> Option<&'t Tree> {
    path.split('.').try_fold(tree, |tree, name| entry(tree, name).map(|it| &it.value))
}

/// The text at a path; nothing for an empty one.
pub(super) fn text<'t>(tree: &'t Tree, path: &str) -> Option<&'t str> {
    at(tree, path).and_then(Tree::text).map(|it| &**it).filter(|it| !it.is_empty())
}

/// The items at a path; one value is a list of one, as for Envoy.
pub(super) fn items<'t>(tree: &'t Tree, path: &str) -> &'t [Tree] {
    match at(tree, path) {
        Some(Tree { value: Value::Sequence(items), .. }) => items,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}

/// Whether a key is this field, written as in the `.proto` file or as in JSON.
fn is_named(key: &str, name: &str) -> bool {
    if key == name {
        return true;
    }
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        match c {
            '_' => upper = true,
            c if std::mem::take(&mut upper) => camel.push(c.to_ascii_uppercase()),
            c => camel.push(c),
        }
    }
    key == camel
}

/// All fields of a message type in a tree, at any depth and inside `Any`s.
pub(super) fn fields_of_type<'t>(tree: &'t Tree, message: &str, wanted: &str) -> Vec<&'t Entry> {
    let schema = Schema::here();
    let mut found = Vec::new();
    if let Some(message) = schema.named(message) {
        Walk { schema, wanted, found: &mut found }.message(tree, &message);
    }
    found
}

struct Walk<'a, 't> {
    schema: Rc<Schema>,
    wanted: &'a str,
    found: &'a mut Vec<&'t Entry>,
}

impl<'t> Walk<'_, 't> {
    fn message(&mut self, tree: &'t Tree, message: &Message) {
        let inner = match message.special {
            Special::Any => {
                let url = tree.at("@type").and_then(Tree::text);
                url.and_then(|it| self.schema.named(it.rsplit('/').next().unwrap_or(it)))
            }
            _ => None,
        };
        let message = inner.as_deref().unwrap_or(message);
        for entry in tree.entries() {
            let Some(field) = message.find(&entry.key.text).map(|it| &message.fields[it]) else { continue };
            let Kind::Message(reference) = &field.kind else { continue };
            let inner = self.schema.message(reference);
            if &*inner.name == self.wanted {
                self.found.push(entry);
            }
            match (field.shape, &entry.value.value) {
                (Shape::Map, _) => {
                    // The second field of a map's entry is its value.
                    let value = inner.fields.get(1).map(|it| &it.kind);
                    let Some(Kind::Message(reference)) = value else { continue };
                    let value = self.schema.message(reference);
                    entry.value.entries().iter().for_each(|it| self.message(&it.value, &value));
                }
                (_, Value::Sequence(items)) => items.iter().for_each(|it| self.message(it, &inner)),
                _ => self.message(&entry.value, &inner),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_named;

    #[test]
    fn names_in_both_spellings() {
        assert!(is_named("lds_config", "lds_config") && is_named("ldsConfig", "lds_config"));
        assert!(!is_named("ldsconfig", "lds_config") && !is_named("LdsConfig", "lds_config"));
    }
}
