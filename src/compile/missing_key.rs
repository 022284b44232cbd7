//! The key that is missing before a list (L2): what a parser calls the missing end of a map.
//!
//! A list where a key belongs is put under a key that stands for any; whatever field of the message around it takes
//! such a list is the one that was lost. Leaves all other faults of syntax to the parser.

use std::rc::Rc;

use super::simple::{Object, Shape as SpecShape, language};
use crate::schema::{Kind, Message, Schema, Shape};
use crate::spec::{Diagnostic, Diagnostics, Edit, Line, Span, Text, Tree, Value, codes, parse_yaml};

/// Stands for the missing key while the text is read again. No field has such a name.
const UNKNOWN: &str = "the.missing.key";

/// A key that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingKey {
    /// Its name.
    pub name: String,
    /// The dash of the list that it belongs before.
    pub place: Span,
    /// Where its line begins, and the line.
    line: (u32, String),
}

/// The key that a text lacks, if its only fault of syntax is a list without one.
pub fn find(text: &Text, faults: &Diagnostics) -> Option<MissingKey> {
    let mut errors = faults.0.iter().filter(|it| it.code == codes::SYNTAX);
    let place = errors.next()?.labels.first()?.span?;
    if errors.next().is_some() {
        return None;
    }
    let line = Line::of(text, place.start)?;
    let indent = line.content().len() - line.content().trim_start_matches(' ').len();
    if !line.content()[indent..].starts_with("- ") {
        return None;
    }
    let with = |name: &str| (line.start(), format!("{:indent$}{name}:{}", "", line.ending()));
    let dash = line.start() + indent as u32;
    let place = Span { start: dash, end: dash + 1 };
    let found = MissingKey { name: UNKNOWN.to_owned(), place, line: with(UNKNOWN) };
    let mut again = Diagnostics::default();
    let trees = parse_yaml(&Text::new(text.name.clone(), found.mended(text)), &mut again);
    if again.0.iter().any(|it| it.code == codes::SYNTAX) {
        return None;
    }
    let name = trees.iter().find_map(of_document)?;
    Some(MissingKey { line: with(&name), name, ..found })
}

/// Says which key is missing, where the parser could not.
pub(super) fn name(text: &Text, faults: &mut Diagnostics) {
    if let Some(found) = find(text, faults)
        && let Some(fault) = faults.0.iter_mut().find(|it| it.code == codes::SYNTAX)
    {
        *fault = found.diagnostic(text);
    }
}

impl MissingKey {
    /// The text with it.
    pub fn mended(&self, text: &Text) -> String {
        let (before, behind) = text.content.split_at(self.line.0 as usize);
        format!("{before}{}{behind}", self.line.1)
    }

    /// What to tell the user.
    pub fn diagnostic(&self, text: &Text) -> Diagnostic {
        let message = format!("the key `{}:` is missing before this list", self.name);
        let edit = Edit { span: Span { start: self.line.0, end: self.line.0 }, text: self.line.1.clone() };
        let what = format!("put the line `{}:` before it, as far in as the list", self.name);
        Diagnostic::error(codes::SYNTAX, text, self.place, message).help(what.clone()).fix(what, vec![edit])
    }

    /// Brings the places of a diagnostic of the mended text back to the text that the user wrote.
    pub fn move_back(&self, diagnostic: &mut Diagnostic, text: &Text) {
        let (at, length) = (self.line.0, self.line.1.len() as u32);
        let back = |it: u32| if it >= at + length { it - length } else { it.min(at) };
        let back = |it: Span| Span { start: back(it.start), end: back(it.end) };
        for label in &mut diagnostic.labels {
            label.text = text.clone();
            label.span = label.span.map(back);
        }
        for edit in diagnostic.fix.iter_mut().flat_map(|it| &mut it.edits) {
            edit.span = back(edit.span);
        }
    }
}

fn of_document(tree: &Tree) -> Option<String> {
    if let Some(spec) = tree.at("spec") {
        return in_object(language(), tree).filter(|_| spec.value != Value::Null);
    }
    let schema = Schema::here();
    let discovery = tree.at("resources").and_then(|_| schema.named("envoy.service.discovery.v3.DiscoveryResponse"));
    let message = discovery.or_else(|| typed(&schema, tree)).or_else(|| schema.named(super::kind::BOOTSTRAP))?;
    in_message(&schema, &message, tree)
}

/// The message that a map says it is.
fn typed(schema: &Schema, tree: &Tree) -> Option<Rc<Message>> {
    let url = tree.at("@type")?.text()?;
    schema.named(url.rsplit('/').next().unwrap_or(url))
}

fn in_message(schema: &Schema, message: &Message, tree: &Tree) -> Option<String> {
    let inner = typed(schema, tree);
    let message = inner.as_deref().unwrap_or(message);
    if let Some(list) = tree.at(UNKNOWN) {
        let first = list.items().first()?;
        let fits = |it: &&crate::schema::Field| {
            it.shape == Shape::List && tree.at(&it.name).is_none() && element_fits(schema, &it.kind, first)
        };
        let mut fields = message.fields.iter().filter(fits);
        let only = fields.next()?;
        return fields.next().is_none().then(|| only.name.to_string());
    }
    tree.entries().iter().find_map(|entry| {
        let field = message.find(&entry.key.text).map(|it| &message.fields[it])?;
        let Kind::Message(reference) = &field.kind else { return None };
        let inner = schema.message(reference);
        let values = match (field.shape, &entry.value.value) {
            (Shape::Map, _) => {
                let Some(Kind::Message(reference)) = inner.fields.get(1).map(|it| &it.kind) else { return None };
                let value = schema.message(reference);
                return entry.value.entries().iter().find_map(|it| in_message(schema, &value, &it.value));
            }
            (_, Value::Sequence(items)) => items.as_slice(),
            _ => std::slice::from_ref(&entry.value),
        };
        values.iter().find_map(|it| in_message(schema, &inner, it))
    })
}

/// Whether an item could be an element of this kind.
fn element_fits(schema: &Schema, kind: &Kind, item: &Tree) -> bool {
    match (kind, &item.value) {
        (Kind::Message(reference), Value::Mapping(entries)) => {
            let message = schema.message(reference);
            !message.special.has_own_form() && entries.iter().all(|it| message.find(&it.key.text).is_some())
        }
        (Kind::Message(_), _) => false,
        (_, Value::Scalar(_)) => true,
        _ => false,
    }
}

fn in_object(object: &Object, tree: &Tree) -> Option<String> {
    if let Some(list) = tree.at(UNKNOWN) {
        let first = list.items().first()?;
        let fits = |it: &&super::simple::Key| match &it.shape {
            SpecShape::List(item) => tree.at(it.name).is_none() && item_fits(item, first),
            _ => false,
        };
        let mut keys = object.keys().filter(|it| fits(it));
        let only = keys.next()?;
        return keys.next().is_none().then(|| only.name.to_owned());
    }
    tree.entries().iter().find_map(|entry| {
        let key = object.keys().find(|it| *it.name == *entry.key.text)?;
        match (&key.shape, &entry.value.value) {
            (SpecShape::Object(inner) | SpecShape::Short(_, inner), _) => in_object(inner, &entry.value),
            (SpecShape::List(SpecShape::Object(inner) | SpecShape::Short(_, inner)), Value::Sequence(items)) => {
                items.iter().find_map(|it| in_object(inner, it))
            }
            _ => None,
        }
    })
}

fn item_fits(shape: &SpecShape, item: &Tree) -> bool {
    match (shape, &item.value) {
        (SpecShape::Object(inner) | SpecShape::Short(_, inner), Value::Mapping(entries)) => {
            entries.iter().all(|it| inner.keys().any(|key| *key.name == *it.key.text))
        }
        (SpecShape::Short(..) | SpecShape::Text | SpecShape::Integer, Value::Scalar(_)) => true,
        _ => false,
    }
}
