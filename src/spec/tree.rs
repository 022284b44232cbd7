//! The spanned tree: a YAML or JSON document in which every key and value knows its place.
//!
//! Simple specs are rewritten into the trees of the Envoy messages that they stand for, and each rewritten node keeps
//! the span of the user's node that it came from. So one encoder and one set of rules serve all kinds of documents,
//! and every fault is reported at the line that the user wrote.

use std::sync::Arc;

use super::Span;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// Where it stands in the document's text.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// What a [`Tree`] can be.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// Any other scalar. Its meaning depends on the field that it is for, so its text is kept.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Tree>),
    /// A map, in the document's order, without duplicate keys.
    Mapping(Vec<Entry>),
    /// A generated reference to another resource, spelled differently in each flavour (see `resource::Flavour`).
    ConfigSource,
}

/// A scalar as written, unescaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text.
    pub text: Arc<str>,
    /// Whether it stood in quotes or a block, and so can only be a string.
    pub quoted: bool,
}

/// One `key: value` of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Tree,
}

/// A mapping's key. Keys that are not scalars are refused by the parser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Where it stands.
    pub span: Span,
    /// Its text.
    pub text: Arc<str>,
}

impl Tree {
    /// A string made by us, at the place that it was made for.
    pub fn string(span: Span, text: impl Into<Arc<str>>) -> Self {
        Self { span, value: Value::Scalar(Scalar { text: text.into(), quoted: true }) }
    }

    /// A number, boolean or other plain scalar made by us.
    pub fn plain(span: Span, text: impl ToString) -> Self {
        Self { span, value: Value::Scalar(Scalar { text: text.to_string().into(), quoted: false }) }
    }

    /// A list made by us.
    pub fn sequence(span: Span, items: impl IntoIterator<Item = Self>) -> Self {
        Self { span, value: Value::Sequence(items.into_iter().collect()) }
    }

    /// A map made by us; each key has the place of its value.
    pub fn mapping(span: Span, entries: impl IntoIterator<Item = (&'static str, Self)>) -> Self {
        let entries =
            entries.into_iter().map(|(key, value)| Entry { key: Key { span: value.span, text: key.into() }, value });
        Self { span, value: Value::Mapping(entries.collect()) }
    }

    /// The value of a key, if this is a mapping that has it.
    pub fn at(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|it| &*it.key.text == key).map(|it| &it.value)
    }

    /// The entries of a mapping; nothing for any other value.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a sequence; nothing for any other value.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }

    /// A scalar.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&Arc<str>> {
        self.scalar().map(|it| &it.text)
    }

    /// What this is, in a user's words.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Scalar(Scalar { quoted: true, .. }) => "a string",
            Value::Scalar(_) => "a plain value",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a map",
            Value::ConfigSource => "a config source",
        }
    }
}
