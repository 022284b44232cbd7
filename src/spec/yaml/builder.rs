//! From parser events to one tree: a stack of open collections. Leaves the text's grammar to the parser.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use granit_parser::{Event, ScalarStyle, ScanError, StructureStyle, Tag};

use super::anchors::{Anchors, Refusal};
use super::{DEPTH, error, looks_secret, syntax};
use crate::spec::{Diagnostic, Diagnostics, Entry, Key, Scalar, Span, Text, Tree, Value, codes, template};

/// Builds the tree of the current document.
pub(super) struct Builder<'a> {
    text: &'a Text,
    out: &'a mut Diagnostics,
    open: Vec<Open>,
    root: Option<Tree>,
    anchors: Anchors,
    /// How many collections the text's root is in.
    outer: usize,
    keys: Keys,
}

/// Keys recur: one text for all that are equal.
#[derive(Debug, Default)]
pub struct Keys(HashSet<Arc<str>>);

/// The document is given up.
#[derive(Debug)]
pub(super) struct Abandoned;

/// A collection whose end has not come yet.
struct Open {
    start: u32,
    /// Whether it has a closing bracket of its own.
    flow: bool,
    anchor: usize,
    kind: Kind,
}

enum Kind {
    Sequence(Vec<Tree>),
    Mapping { entries: Vec<Entry>, key: Pending, merges: Vec<(Span, Tree)> },
}

/// What the next node of a mapping is.
enum Pending {
    /// A key.
    None,
    /// The value of this key.
    Key(Key),
    /// The value of a merge key.
    Merge(Span),
    /// The value of a key that was refused, or that is to be left out.
    Dropped,
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: &'a Text, out: &'a mut Diagnostics) -> Self {
        Self { text, out, open: Vec::new(), root: None, anchors: Anchors::new(), outer: 0, keys: Keys::default() }
    }

    /// For a root that is in so many collections of another text.
    pub(super) fn nested(self, outer: usize, keys: Keys) -> Self {
        Self { outer, keys, ..self }
    }

    pub(super) fn into_keys(self) -> Keys {
        self.keys
    }

    pub(super) fn accept(&mut self, event: Event<'_>, span: Span) -> Result<(), Abandoned> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let span = self.without_blank_end(span, style);
                // As to Envoy, a tag types nothing: it only takes away what quotes say.
                let plain = match &tag {
                    Some(tag) => !is_text(tag),
                    None => style == ScalarStyle::Plain,
                };
                if self.wants_key() {
                    match tag.is_some_and(|it| is_ignore(&it)) {
                        true => self.set_pending(Pending::Dropped),
                        false => self.key(&text, span, plain),
                    }
                    return Ok(());
                }
                self.note_tag(tag.as_deref(), span);
                let value = match plain {
                    true if tag.is_none() && is_null(&text) => Value::Null,
                    _ => Value::Scalar(Scalar { text: text.into(), quoted: !plain }),
                };
                self.node(Tree { span, value }, anchor);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.note_tag(tag.as_deref(), span);
                self.open(Kind::Sequence(Vec::new()), style, anchor, span)?;
            }
            Event::MappingStart(style, anchor, tag) => {
                self.note_tag(tag.as_deref(), span);
                let kind = Kind::Mapping { entries: Vec::new(), key: Pending::None, merges: Vec::new() };
                self.open(kind, style, anchor, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(id) => self.alias(id, span),
            Event::UnresolvedAlias(_) => {
                // Its name is not repeated: a password may begin with a star.
                let message = "no anchor of this name before this alias".to_owned();
                self.out.push(error(codes::ALIAS, self.text, span, message));
                self.placeholder(span);
            }
            _ => {}
        }
        Ok(())
    }

    /// The finished document's tree, unless it is empty.
    pub(super) fn finish_document(&mut self) -> Option<Tree> {
        self.anchors.clear();
        self.open.clear();
        self.root.take().filter(|it| it.value != Value::Null)
    }

    /// Forgets the unfinished document.
    pub(super) fn abandon_document(&mut self) {
        self.finish_document();
    }

    pub(super) fn syntax_error(&mut self, cause: &ScanError) {
        let blocks = self.open.iter().filter(|it| !it.flow);
        let columns: Vec<usize> = blocks.map(|it| column(self.text, it.start as usize)).collect();
        let bracket = self.open.last().filter(|it| it.flow).map(|it| it.start as usize);
        self.out.push(syntax::fault(self.text, cause, &columns, bracket));
    }

    /// Warns of the tag that leaves an entry out, where it does not.
    fn note_tag(&mut self, tag: Option<&Tag>, span: Span) {
        if tag.is_some_and(is_ignore) && !self.wants_key() {
            let message = "`!ignore` before a value does nothing";
            let warning = Diagnostic::of(codes::IGNORE_VALUE, self.text, span, message);
            let warning = warning.help("to leave the entry out, write `!ignore` before its key");
            self.out.push(Diagnostic { redacted: looks_secret(self.text, span), ..warning });
        }
    }

    /// A block ends with its last word: how far the parser looked for more depends on what follows.
    fn without_blank_end(&self, span: Span, style: ScalarStyle) -> Span {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        match self.text.content.get(span.start as usize..span.end as usize).filter(|_| is_block) {
            Some(block) => Span { end: span.start + block.trim_end().len() as u32, ..span },
            None => span,
        }
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { kind: Kind::Mapping { key: Pending::None, .. }, .. }))
    }

    fn key(&mut self, text: &str, span: Span, plain: bool) {
        let pending = if plain && text == "<<" {
            Pending::Merge(span)
        } else {
            // An absent key is an empty scalar, which the parser writes as `~`. Envoy's name for null is this.
            let text = match text {
                _ if span.start == span.end => "",
                "~" if plain => "null",
                _ => text,
            };
            Pending::Key(Key { span, text: self.keys.intern(text) })
        };
        self.set_pending(pending);
    }

    fn set_pending(&mut self, pending: Pending) {
        if let Some(Open { kind: Kind::Mapping { key, .. }, .. }) = self.open.last_mut() {
            *key = pending;
        }
    }

    fn open(&mut self, kind: Kind, style: StructureStyle, anchor: usize, span: Span) -> Result<(), Abandoned> {
        if self.outer + self.open.len() >= DEPTH {
            let message = format!("more than {DEPTH} levels of lists and maps");
            self.out.push(error(codes::TOO_DEEP, self.text, span, message));
            return Err(Abandoned);
        }
        self.open.push(Open { start: span.start, flow: style == StructureStyle::Flow, anchor, kind });
        Ok(())
    }

    fn close(&mut self, end: Span) {
        let Some(Open { start, flow, anchor, kind }) = self.open.pop() else { return };
        let (last, value) = match kind {
            Kind::Sequence(items) => (items.last().map(|it| it.span.end), Value::Sequence(items)),
            Kind::Mapping { mut entries, merges, .. } => {
                let last = entries.last().map(|it| it.value.span.end.max(it.key.span.end));
                let last = last.max(merges.last().map(|it| it.1.span.end));
                self.refuse_duplicates(&mut entries);
                self.merge(&mut entries, merges);
                (last, Value::Mapping(entries))
            }
        };
        let end = if flow { end.end } else { last.unwrap_or(start).max(start) };
        self.node(Tree { span: Span { start, end }, value }, anchor);
    }

    /// Puts a finished node where it belongs.
    fn node(&mut self, tree: Tree, anchor: usize) {
        if anchor != 0 {
            self.anchors.define(anchor, &tree);
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(tree);
            return;
        };
        match &mut open.kind {
            Kind::Sequence(items) => items.push(tree),
            Kind::Mapping { entries, key, merges } => match std::mem::replace(key, Pending::None) {
                Pending::Key(key) => entries.push(Entry { key, value: tree }),
                Pending::Merge(span) => merges.push((span, tree)),
                Pending::Dropped => {}
                Pending::None => {
                    *key = Pending::Dropped;
                    let message = format!("a key must be plain text, not {}", tree.kind());
                    let fault = error(codes::KEY_KIND, self.text, tree.span, message);
                    let is_template = matches!(tree.value, Value::Mapping(_))
                        && self.text.content.get(..tree.span.start as usize).is_some_and(|it| it.ends_with('{'));
                    self.out.push(if is_template { fault.help(template::HELP) } else { fault });
                }
            },
        }
    }

    fn alias(&mut self, id: usize, span: Span) {
        match self.anchors.expand(id, self.open.len()) {
            Ok(Tree { value: Value::Scalar(it), .. }) if self.wants_key() => self.key(&it.text, span, !it.quoted),
            // The root is reported where it is used, its inside where it is written.
            Ok(tree) => self.node(Tree { span, ..tree }, 0),
            Err(refusal) => {
                let message = match refusal {
                    Refusal::Recursive => "this alias stands inside the node that it names",
                    Refusal::TooMany => "the aliases of this text name too many nodes",
                    Refusal::TooDeep => "this alias nests the document too deeply",
                };
                self.out.push(error(codes::ALIAS, self.text, span, message));
                self.placeholder(span);
            }
        }
    }

    /// Stands in for a node that was refused, so that keys and values stay in step.
    fn placeholder(&mut self, span: Span) {
        if self.wants_key() {
            self.set_pending(Pending::Dropped);
        } else {
            self.node(Tree { span, value: Value::Null }, 0);
        }
    }

    /// Reports keys that are there twice and keeps the first of them.
    fn refuse_duplicates(&mut self, entries: &mut Vec<Entry>) {
        let mut twice = Vec::new();
        if entries.len() <= 16 {
            for (at, entry) in entries.iter().enumerate() {
                let first = entries[..at].iter().find(|it| it.key.text == entry.key.text);
                twice.extend(first.map(|first| (at, first.key.span)));
            }
        } else {
            let mut seen: HashMap<&str, Span> = HashMap::with_capacity(entries.len());
            for (at, entry) in entries.iter().enumerate() {
                let first = *seen.entry(&entry.key.text).or_insert(entry.key.span);
                twice.extend((first != entry.key.span).then_some((at, first)));
            }
        }
        if twice.is_empty() {
            return;
        }
        // In one pass: a map of nothing but one key must not take quadratic time.
        let mut at = 0;
        let mut twice = twice.into_iter().peekable();
        entries.retain(|entry| {
            let again = twice.next_if(|it| it.0 == at);
            at += 1;
            let Some((_, first)) = again else { return true };
            if !(self.out.is_full() && self.out.has_errors()) {
                let message = format!("the key `{}` is given twice", entry.key.text);
                let fault = error(codes::DUPLICATE_KEY, self.text, entry.key.span, message);
                self.out.push(fault.remark("given again here").related(self.text, first, "first given here"));
            }
            false
        });
    }

    /// Adds what merge keys name; keys of the map itself come first, and earlier maps before later ones.
    fn merge(&mut self, entries: &mut Vec<Entry>, merges: Vec<(Span, Tree)>) {
        for (span, tree) in merges {
            let maps = match tree.value {
                Value::Sequence(items) => items,
                value => vec![Tree { span: tree.span, value }],
            };
            for map in maps {
                let Value::Mapping(more) = map.value else {
                    let message = format!("`<<` merges maps, not {}", map.kind());
                    self.out.push(error(codes::MERGE_KEY, self.text, span, message));
                    continue;
                };
                let known: HashSet<Arc<str>> = entries.iter().map(|it| it.key.text.clone()).collect();
                entries.extend(more.into_iter().filter(|it| !known.contains(&it.key.text)));
            }
        }
    }
}

impl Keys {
    fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        // Keys that are data, such as a map of a million hosts, gain nothing.
        if self.0.len() < 4096 {
            self.0.insert(new.clone());
        }
        new
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "~" | "null" | "Null" | "NULL" | "")
}

/// Whether a tag makes a plain scalar a string.
fn is_text(tag: &Tag) -> bool {
    tag.core_suffix() == Some("str") || (tag.handle().is_empty() && tag.suffix() == "!")
}

/// Whether a tag makes Envoy leave out the entry of the key that it is on.
fn is_ignore(tag: &Tag) -> bool {
    matches!((tag.handle(), tag.suffix()), ("!", "ignore") | ("", "!ignore"))
}

/// How many bytes are before a byte in its line.
fn column(text: &Text, at: usize) -> usize {
    text.content.as_bytes()[..at].iter().rev().take_while(|it| **it != b'\n').count()
}
