//! Pages about the simple spec, from its tables.

use super::names;
use super::page::{Page, Row};
use crate::compile::simple::{Key, Object, Shape, language};

/// What a page is about, or where a path leaves the language.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    Object(&'static Object),
    Key(&'static Object, &'static Key),
    /// A message of Envoy, and how many words of the path led there.
    Envoy(&'static str, usize),
}

/// How far a path led.
#[derive(Debug)]
pub(super) struct Stuck {
    /// How many of its words were found.
    pub(super) depth: usize,
    /// What has no such key.
    pub(super) at: &'static Object,
}

/// All objects of the language, each once, from the whole document inwards.
pub(super) fn objects() -> Vec<&'static Object> {
    let mut found: Vec<&'static Object> = vec![language()];
    let mut at = 0;
    while let Some(object) = found.get(at).copied() {
        for inner in object.keys.iter().filter_map(|it| object_in(&it.shape)) {
            if !found.iter().any(|it| std::ptr::eq(*it, inner)) {
                found.push(inner);
            }
        }
        at += 1;
    }
    found
}

/// The objects that a user may mean by a name: `cluster` for "a cluster", `listeners` for the spec's key.
pub(super) fn named(name: &str) -> Vec<&'static Object> {
    let plain = names::squashed(name);
    let objects = objects();
    let called = |it: &&Object| names::squashed(called(it)) == plain;
    let mut found: Vec<_> = objects.iter().copied().filter(called).collect();
    // Keys of the document and of its spec may begin a path.
    for key in objects.iter().take(2).flat_map(|it| it.keys) {
        let inner = object_in(&key.shape).filter(|_| names::squashed(key.name) == plain);
        found.extend(inner.filter(|it| !found.iter().any(|known| std::ptr::eq(*known, *it))));
    }
    found
}

/// What a user calls an object, without the article.
pub(super) fn called(object: &Object) -> &'static str {
    let name = object.name;
    ["a ", "an ", "the "].iter().find_map(|it| name.strip_prefix(it)).unwrap_or(name)
}

/// The same as one word, to be asked for: `virtual_host`.
pub(super) fn word(object: &Object) -> String {
    called(object).to_lowercase().replace(|it: char| !it.is_ascii_alphanumeric(), "_")
}

impl Subject {
    /// Follows keys from an object. `Err(None)` if the path leaves the language for something without keys.
    pub(super) fn follow(from: &'static Object, path: &[&str]) -> Result<Self, Option<Stuck>> {
        let mut object = from;
        let mut at = Self::Object(from);
        for (depth, word) in path.iter().enumerate() {
            let plain = names::squashed(word);
            let key = object.keys().find(|it| names::squashed(it.name) == plain);
            let key = key.ok_or(Some(Stuck { depth, at: object }))?;
            at = Self::Key(object, key);
            let is_last = depth + 1 == path.len();
            if is_last {
                break;
            }
            if let Some(message) = raw_in(key, object) {
                return Ok(Self::Envoy(message, depth + 1));
            }
            object = object_in(&key.shape).ok_or(None)?;
        }
        Ok(at)
    }

    /// The page about it.
    pub(super) fn page(self, title: &str) -> Option<Page> {
        let mut page = Page { title: title.to_owned(), ..Page::default() };
        match self {
            Self::Object(object) => {
                page.subtitle = format!("{} in the simple spec", object.name);
                keys_of(object, &mut page);
                if !object.message.is_empty() {
                    page.fact("becomes", format!("Envoy's {}", object.message));
                    page.paragraph(
                        "Under `envoy:`, any field of that message can be set; it is merged over what is generated.",
                    );
                }
            }
            Self::Key(object, key) => key_page(object, key, &mut page),
            Self::Envoy(..) => return None,
        }
        Some(page)
    }
}

fn key_page(object: &'static Object, key: &'static Key, page: &mut Page) {
    page.subtitle = format!("key of {} in the simple spec", object.name);
    let holds =
        if choices_in(&key.shape).is_some() { "one of the values below".to_owned() } else { key.shape.wanted() };
    page.fact("holds", holds);
    if key.required {
        page.fact("rules", "required");
    }
    if let Some(default) = default_of(key) {
        page.fact("default", default);
    }
    if let Some(group) = object.exclusive.iter().find(|it| it.contains(&key.name)) {
        let others: Vec<_> = group.iter().copied().filter(|it| *it != key.name).collect();
        page.fact("excludes", others.join(", "));
    }
    if !key.to.is_empty() && !object.message.is_empty() {
        page.fact("becomes", format!("`{}` of Envoy's {}", key.to, object.message));
    }
    if let Some(message) = raw_in(key, object) {
        page.fact("fields", format!("those of Envoy's {message}"));
    }
    page.paragraph(format!("{}.", key.doc.trim_end_matches('.')));
    if let Some(inner) = object_in(&key.shape) {
        keys_of(inner, page);
    }
    if let Some(words) = choices_in(&key.shape) {
        let row = |(word, envoy): &(&str, &str)| {
            let line = if word == envoy { String::new() } else { format!("Envoy's {envoy}") };
            Row { name: (*word).to_owned(), kind: String::new(), line }
        };
        page.section("values, in any case", words.iter().map(row).collect());
    }
}

fn keys_of(object: &'static Object, page: &mut Page) {
    let row = |it: &'static Key| {
        let need = if it.required { ", required" } else { "" };
        Row { name: it.name.to_owned(), kind: format!("{}{need}", short(&it.shape)), line: it.doc.to_owned() }
    };
    page.section(format!("keys of {}", object.name), object.keys().map(row).collect());
}

/// What a key's line says after its semicolon, or of Envoy's default.
fn default_of(key: &Key) -> Option<&'static str> {
    let tail = key.doc.split("; ").find(|it| it.contains("by default") || it.contains("default is"))?;
    let tail = tail.strip_prefix("by default ").or_else(|| tail.strip_suffix(" by default")).unwrap_or(tail);
    Some(tail.strip_prefix("Envoy's default is ").unwrap_or(tail))
}

/// What a key holds, in few words.
fn short(shape: &Shape) -> String {
    match shape {
        Shape::Text | Shape::Secret => "string".to_owned(),
        Shape::Integer => "whole number".to_owned(),
        Shape::Number => "number".to_owned(),
        Shape::Boolean => "boolean".to_owned(),
        Shape::Duration => "duration".to_owned(),
        Shape::Choice(_) => "choice".to_owned(),
        Shape::Object(it) | Shape::Short(_, it) | Shape::Elsewhere(it) => called(it).to_owned(),
        Shape::List(item) => format!("list of {}", short(item)),
        Shape::TextOrMap(_) => "string or map".to_owned(),
        Shape::Map(_) => "map".to_owned(),
        Shape::Raw(message) => message.rsplit('.').next().unwrap_or(message).to_owned(),
        Shape::Any => "any value".to_owned(),
    }
}

/// The object that a shape leads to.
pub(super) fn object_in(shape: &Shape) -> Option<&'static Object> {
    match shape {
        Shape::Object(it) | Shape::Short(_, it) | Shape::Elsewhere(it) => Some(it),
        Shape::List(it) | Shape::Map(it) | Shape::TextOrMap(it) => object_in(it),
        _ => None,
    }
}

/// The message whose fields stand under a key.
fn raw_in(key: &Key, object: &Object) -> Option<&'static str> {
    fn inner(shape: &Shape) -> Option<&'static str> {
        match shape {
            Shape::Raw(message) => Some(message),
            Shape::List(it) => inner(it),
            _ => None,
        }
    }
    let own = (key.name == "envoy" && !object.message.is_empty()).then_some(object.message);
    own.or_else(|| inner(&key.shape))
}

fn choices_in(shape: &Shape) -> Option<&'static [(&'static str, &'static str)]> {
    match shape {
        Shape::Choice(words) => Some(words),
        Shape::List(it) => choices_in(it),
        _ => None,
    }
}
