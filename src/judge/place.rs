//! Where in a resource Envoy's words belong: the field that they name, or the value that they quote.
//!
//! Leaves to `words` what was said, and to `search` which resource it is about.

use std::rc::Rc;

use super::words::{Words, folded};
use crate::check::View;
use crate::schema::{Kind, Message, Schema, Shape, Special};
use crate::spec::{Entry, Span, Tree, Value};

/// The best place in a resource's tree; `None` if the words name none.
pub(super) fn place(root: &View<'_>, words: &Words) -> Option<Span> {
    let mut views = Vec::new();
    collect(root, &mut views, 0);
    by_field(&views, words)
        .or_else(|| by_oneof(&views, words))
        .or_else(|| by_extension_step(&views, words))
        .or_else(|| words.names().iter().find_map(|it| by_value(root.tree, it)))
}

/// All messages in a resource, outermost first.
fn collect<'t>(view: &View<'t>, into: &mut Vec<View<'t>>, depth: usize) {
    /// As deep as documents may be.
    const DEEPEST: usize = 200;
    if depth > DEEPEST || matches!(view.message.special, Special::Struct | Special::Value | Special::List) {
        return;
    }
    into.push(view.clone());
    for entry in view.tree.entries() {
        let Some(index) = view.message.find(&entry.key.text) else { continue };
        let field = &view.message.fields[index];
        let Kind::Message(reference) = &field.kind else { continue };
        let message = Schema::here().message(reference);
        for tree in values(entry, field.shape) {
            let inner = if message.special == Special::Any { opened(view, tree, &field.name) } else { None };
            collect(&inner.unwrap_or_else(|| View::new(tree, message.clone())), into, depth + 1);
        }
    }
}

fn values(entry: &Entry, shape: Shape) -> Vec<&Tree> {
    match (shape, &entry.value.value) {
        (Shape::Map, Value::Mapping(entries)) => entries.iter().map(|it| &it.value).collect(),
        (_, Value::Sequence(items)) => items.iter().collect(),
        _ => vec![&entry.value],
    }
}

/// The message inside an `Any`.
fn opened<'t>(view: &View<'t>, any: &'t Tree, field: &str) -> Option<View<'t>> {
    let single = view.any(field).filter(|it| it.tree.span == any.span);
    single.or_else(|| view.anys(field).into_iter().map(|it| it.1).find(|it| it.tree.span == any.span))
}

/// A rule of the API: the message type and field that were named last.
fn by_field(views: &[View<'_>], words: &Words) -> Option<Span> {
    let step = words.steps.last().filter(|_| words.oneof.is_none())?;
    let candidates: Vec<_> = views.iter().filter(|it| short_of(&it.message) == step.message).collect();
    let entry = |view: &View<'_>| view.tree.entries().iter().find(|it| folded(&it.key.text) == step.field).cloned();
    if words.reason.contains("required") {
        return candidates.iter().find(|it| entry(it).is_none()).or(candidates.first()).map(|it| it.start());
    }
    let values: Vec<_> = candidates.iter().filter_map(|it| entry(it)).collect();
    let broken = values.iter().find(|it| texts(&it.value).iter().any(|it| breaks(&words.reason, it) == Some(true)));
    let found = broken.or(values.first()).map(|it| it.value.span);
    // What is not there is empty: a name that is too short, a list without items.
    found.or_else(|| candidates.first().map(|it| it.start()))
}

/// The name in the code that Envoy generates from the API's messages.
fn short_of(message: &Message) -> &str {
    message.short()
}

/// A message that has none of a oneof's fields.
fn by_oneof(views: &[View<'_>], words: &Words) -> Option<Span> {
    let oneof = words.oneof.as_deref()?;
    let lacks = |view: &&View<'_>| {
        let index = view.message.oneofs.iter().position(|it| &**it == oneof);
        let fields = || view.message.fields.iter().filter(|it| it.oneof == index);
        index.is_some() && !fields().any(|it| view.has(&it.name))
    };
    views.iter().find(lacks).map(View::start)
}

/// The field on the way to a message that could not be found.
fn by_extension_step(views: &[View<'_>], words: &Words) -> Option<Span> {
    words.steps.iter().rev().find_map(|step| {
        let view = views.iter().find(|it| short_of(&it.message) == step.message)?;
        view.tree.entries().iter().find(|it| folded(&it.key.text) == step.field).map(|it| it.key.span)
    })
}

/// A scalar that is this text, or else one that holds it.
fn by_value(root: &Tree, text: &str) -> Option<Span> {
    let mut scalars = Vec::new();
    gather(root, &mut scalars, 0);
    let short = text.chars().count() < 2;
    let exact = scalars.iter().find(|it| &*it.0 == text);
    exact.or_else(|| scalars.iter().filter(|_| !short).find(|it| it.0.contains(text))).map(|it| it.1)
}

fn gather<'t>(tree: &'t Tree, into: &mut Vec<(&'t str, Span)>, depth: usize) {
    const DEEPEST: usize = 200;
    if depth > DEEPEST {
        return;
    }
    into.extend(tree.text().map(|it| (&**it, tree.span)));
    tree.items().iter().for_each(|it| gather(it, into, depth + 1));
    for entry in tree.entries() {
        if &*entry.key.text != "@type" {
            gather(&entry.value, into, depth + 1);
        }
        into.push((&entry.key.text, entry.key.span));
    }
}

fn texts(tree: &Tree) -> Vec<&str> {
    let items = tree.items().iter().filter_map(Tree::text);
    tree.text().into_iter().chain(items).map(|it| &**it).collect()
}

/// Whether a value breaks a rule, as far as Envoy's words for the rule are understood.
fn breaks(reason: &str, value: &str) -> Option<bool> {
    let after = |words: &str| reason.split_once(words).map(|it| it.1);
    let number = |text: &str| {
        let text = text.trim_end_matches(['s', ')', ']']);
        text.chars().take_while(|it| it.is_ascii_digit() || matches!(it, '.' | '-')).collect::<String>().parse::<f64>().ok()
    };
    let own = || number(value);
    if let Some(rest) = after("length must be at least ") {
        return Some((value.chars().count() as f64) < number(rest)?);
    }
    if let Some(rest) = after("length must be at most ") {
        return Some((value.chars().count() as f64) > number(rest)?);
    }
    if let Some(rest) = after("greater than or equal to ") {
        return Some(own()? < number(rest)?);
    }
    if let Some(rest) = after("less than or equal to ") {
        return Some(own()? > number(rest)?);
    }
    if let Some(rest) = after("greater than ") {
        return Some(own()? <= number(rest)?);
    }
    if let Some(rest) = after("less than ") {
        return Some(own()? >= number(rest)?);
    }
    let (low, high) = after("inside range ")?.split_once(", ")?;
    let (low, high) = (number(low.trim_start_matches(['[', '(']))?, number(high)?);
    Some(own()? < low || own()? > high)
}

/// A resource's root, if its type is known.
pub(super) fn root<'t>(tree: &'t Tree, message: &str) -> Option<View<'t>> {
    let message: Rc<Message> = Schema::here().named(message)?;
    Some(View::new(tree, message))
}
