//! The pieces of a text that was cut, read one by one: see `spec::items` for what must hold, and is looked after here.

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};

use super::builder::{Builder, Keys};
use super::{parse, span_of};
use crate::spec::items::Cut;
use crate::spec::{Diagnostics, Span, Text, Tree, Value};

/// The tree of a text without the items that were cut from it: their lists are empty. `None` if the text must be read
/// as a whole.
pub fn parse_skeleton(text: &Text, cut: &Cut, paths: &[&[&str]]) -> Option<Tree> {
    let skeleton = Text::new(text.name.clone(), cut.skeleton.as_str());
    let mut faults = Diagnostics::default();
    let mut trees = parse(&skeleton, &mut faults);
    let mut tree = trees.pop().filter(|_| trees.is_empty() && faults.0.is_empty())?;
    for list in &cut.lists {
        let tree = at(&mut tree, paths.get(list.path)?)?;
        let [Tree { value: Value::Null, span }] = tree.items() else { return None };
        if span.start != list.substitute() {
            return None;
        }
        tree.value = Value::Sequence(Vec::new());
    }
    move_to_text(&mut tree, cut);
    Some(tree)
}

/// Sets where the last item of a list ends, and with it the list and what it is in.
pub fn stretch(tree: &mut Tree, path: &[&str], end: u32) {
    if let [key, rest @ ..] = path {
        if let Value::Mapping(entries) = &mut tree.value {
            if let Some(entry) = entries.iter_mut().find(|it| &*it.key.text == *key) {
                stretch(&mut entry.value, rest, end);
            }
            let last = entries.last().map_or(0, |it| it.value.span.end.max(it.key.span.end));
            tree.span.end = last.max(tree.span.start);
        }
    } else {
        tree.span.end = end.max(tree.span.start);
    }
}

/// One item of a list, from a text of its own; `outer` is how many collections the list is in. `None` if its text must
/// be read as a whole.
pub fn parse_item(text: &Text, outer: usize, keys: &mut Keys, out: &mut Diagnostics) -> Option<Tree> {
    let options = granit_parser::options! { emit_unresolved_aliases: true };
    let mut parser = Parser::new_from_str_with_options(&text.content, options);
    let mut builder = Builder::new(text, out).nested(outer, std::mem::take(keys));
    let mut tree = None;
    let mut is_first = true;
    let complete = loop {
        match parser.next_event() {
            None | Some(Ok((Event::StreamEnd, _))) => break true,
            Some(Ok((Event::StreamStart | Event::DocumentStart(..), _))) => {}
            Some(Ok((Event::DocumentEnd, _))) if tree.is_none() => tree = builder.finish_document(),
            Some(Ok((event, span))) => {
                let span = span_of(span);
                let is_good = tree.is_none() && stands_alone(&event, text, span);
                let is_good = is_good && (!is_first || is_block_list(&event));
                is_first = false;
                if !is_good || builder.accept(event, span).is_err() {
                    break false;
                }
            }
            Some(Err(_)) => break false,
        }
    };
    *keys = builder.into_keys();
    let Value::Sequence(mut items) = tree.filter(|_| complete)?.value else { return None };
    items.pop().filter(|_| items.is_empty())
}

fn is_block_list(event: &Event<'_>) -> bool {
    matches!(event, Event::SequenceStart(StructureStyle::Block, _, None))
}

/// Whether a node neither names itself for others nor is named elsewhere, and its place depends on nothing behind it.
fn stands_alone(event: &Event<'_>, text: &Text, span: Span) -> bool {
    match event {
        Event::Scalar(value, style, anchor, _) => {
            let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
            let has_place = match is_block {
                true => !value.trim().is_empty(),
                // Where nothing is written, it stands right behind the key's colon, or wherever the next word is.
                false => span.start < span.end || !follows_blank(text, span.start),
            };
            *anchor == 0 && has_place
        }
        Event::SequenceStart(_, anchor, _) | Event::MappingStart(_, anchor, _) => *anchor == 0,
        Event::SequenceEnd | Event::MappingEnd => true,
        _ => false,
    }
}

fn follows_blank(text: &Text, at: u32) -> bool {
    text.content.get(..at as usize).is_none_or(|it| it.ends_with(char::is_whitespace))
}

fn at<'t>(tree: &'t mut Tree, path: &[&str]) -> Option<&'t mut Tree> {
    let [key, rest @ ..] = path else { return Some(tree) };
    let Value::Mapping(entries) = &mut tree.value else { return None };
    at(&mut entries.iter_mut().find(|it| &*it.key.text == *key)?.value, rest)
}

fn move_to_text(tree: &mut Tree, cut: &Cut) {
    let to_text = |it: &mut Span| *it = Span { start: cut.in_text(it.start), end: cut.in_text(it.end) };
    to_text(&mut tree.span);
    match &mut tree.value {
        Value::Sequence(items) => items.iter_mut().for_each(|it| move_to_text(it, cut)),
        Value::Mapping(entries) => {
            for entry in entries {
                to_text(&mut entry.key.span);
                move_to_text(&mut entry.value, cut);
            }
        }
        _ => {}
    }
}
