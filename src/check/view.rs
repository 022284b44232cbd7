//! A message as its user wrote it, read by the names of its fields. Leaves to rules what it should be.
//!
//! Knows what the encoder accepts: both spellings of a field, one item where a list is meant, enum values in any case or
//! by number, types of the v2 API, bare extensions. So a rule sees what Envoy will see, at the places of the user.

use std::rc::Rc;
use std::sync::Arc;

use crate::schema::{Kind, Message, Schema, Special, bare_type, modern_name, v3_of};
use crate::spec::{Entry, Key, Scalar, Span, Tree, Value};

/// One message and the tree that says it.
#[derive(Clone)]
pub(crate) struct View<'t> {
    pub(crate) tree: &'t Tree,
    pub(crate) message: Rc<Message>,
}

impl<'t> View<'t> {
    pub(crate) fn new(tree: &'t Tree, message: Rc<Message>) -> Self {
        Self { tree, message }
    }

    /// The entry of a field. A field that is `null` is not there.
    pub(crate) fn entry(&self, field: &str) -> Option<&'t Entry> {
        let index = self.message.find(field)?;
        let is_field = |it: &&Entry| self.message.find(&it.key.text) == Some(index);
        self.tree.entries().iter().find(is_field).filter(|it| it.value.value != Value::Null)
    }

    /// The value of a field.
    pub(crate) fn value(&self, field: &str) -> Option<&'t Tree> {
        self.entry(field).map(|it| &it.value)
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.entry(field).is_some()
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, field: &str) -> Option<&'t Arc<str>> {
        self.value(field)?.text().filter(|it| !it.is_empty())
    }

    /// A number, wrapped or not.
    pub(crate) fn number(&self, field: &str) -> Option<f64> {
        self.value(field)?.scalar()?.float()
    }

    /// The seconds of a duration.
    pub(crate) fn seconds(&self, field: &str) -> Option<f64> {
        self.value(field)?.text()?.strip_suffix('s')?.parse().ok()
    }

    /// Whether a flag is set, wrapped or not.
    pub(crate) fn flag(&self, field: &str) -> bool {
        self.value(field).and_then(Tree::scalar).and_then(Scalar::boolean).unwrap_or_default()
    }

    /// The number of an enum's value; 0 if it is not given.
    pub(crate) fn choice(&self, field: &str) -> i32 {
        let number = || {
            let field = &self.message.fields[self.message.find(field)?];
            let Kind::Enum(kind) = &field.kind else { return None };
            let scalar = self.value(&field.name)?.scalar()?;
            kind.find(&scalar.text).or_else(|| scalar.integer()?.try_into().ok())
        };
        number().unwrap_or_default()
    }

    /// The message in a field.
    pub(crate) fn message(&self, field: &str) -> Option<Self> {
        let kind = self.kind(field)?;
        self.value(field).map(|it| View::new(it, kind))
    }

    /// The messages in a list.
    pub(crate) fn messages(&self, field: &str) -> Vec<Self> {
        let Some(kind) = self.kind(field) else { return Vec::new() };
        self.items(field).iter().map(|it| View::new(it, kind.clone())).collect()
    }

    /// The items of a list. A single value is a list of one.
    pub(crate) fn items(&self, field: &str) -> &'t [Tree] {
        match self.value(field) {
            Some(Tree { value: Value::Sequence(items), .. }) => items,
            Some(one) => std::slice::from_ref(one),
            None => &[],
        }
    }

    /// The entries of a map.
    pub(crate) fn entries(&self, field: &str) -> &'t [Entry] {
        self.value(field).map_or(&[], Tree::entries)
    }

    /// The messages in a map.
    pub(crate) fn map_messages(&self, field: &str) -> Vec<Self> {
        let kind = || match &self.kind(field)?.fields.last()?.kind {
            Kind::Message(reference) => Some(Schema::here().message(reference)),
            _ => None,
        };
        let Some(kind) = kind() else { return Vec::new() };
        self.entries(field).iter().map(|it| View::new(&it.value, kind.clone())).collect()
    }

    /// The message inside an `Any`, if its type is known.
    pub(crate) fn any(&self, field: &str) -> Option<Self> {
        open(self.value(field)?)
    }

    /// The messages inside the `Any`s of a map, with their keys.
    pub(crate) fn anys(&self, field: &str) -> Vec<(&'t Key, Self)> {
        self.entries(field).iter().filter_map(|it| Some((&it.key, open(&it.value)?))).collect()
    }

    /// The configuration of an extension: what `typed_config` says. `None` for a bare name, whose defaults are meant.
    pub(crate) fn config(&self) -> Option<Self> {
        self.any("typed_config")
    }

    /// The full name of the type of an extension's configuration; for a bare name that of its defaults.
    pub(crate) fn config_type(&self) -> Option<String> {
        if let Some(config) = self.config() {
            return Some(config.message.name.to_string());
        }
        let name = self.text("name").filter(|_| !self.has("typed_config"))?;
        bare_type(modern_name(name).unwrap_or(name)).map(str::to_owned)
    }

    /// The place of a field's value, or the message's if it is not there.
    pub(crate) fn span(&self, field: &str) -> Span {
        self.value(field).map_or(self.start(), |it| it.span)
    }

    /// The place of a field's key, or the message's if it is not there.
    pub(crate) fn key_span(&self, field: &str) -> Span {
        self.entry(field).map_or(self.start(), |it| it.key.span)
    }

    /// A place on the message's first line, not all of it.
    pub(crate) fn start(&self) -> Span {
        self.tree.entries().first().map_or(self.tree.span, |it| it.key.span)
    }

    /// The message that a `TypedStruct` stands for, if its type is known.
    fn inside_typed_struct(&self) -> Option<Self> {
        if self.message.special != Special::TypedStruct {
            return None;
        }
        let url = self.text("type_url")?;
        let message = Schema::here().named(url.rsplit('/').next().unwrap_or(url))?;
        Some(View::new(self.value("value")?, message))
    }

    /// The message type of a field.
    fn kind(&self, field: &str) -> Option<Rc<Message>> {
        match &self.message.fields[self.message.find(field)?].kind {
            Kind::Message(reference) => Some(Schema::here().message(reference)),
            _ => None,
        }
    }
}

/// The message inside an `Any`, or inside its `TypedStruct`; those with a JSON form of their own stand under `value`.
fn open(any: &Tree) -> Option<View<'_>> {
    let url = any.at("@type")?.text()?;
    let name = url.rsplit('/').next().unwrap_or(url);
    let schema = Schema::here();
    let message = schema.named(name).or_else(|| v3_of(name, |it| schema.named(it)))?;
    let tree = if message.special.has_own_form() { any.at("value")? } else { any };
    let view = View::new(tree, message);
    Some(view.inside_typed_struct().unwrap_or(view))
}
