//! Edits that mend a document and keep its layout: replacements, lists of one, more keys, deeper nesting.
//!
//! Answers for: what to write where, in block and in flow style, so that all other bytes stay. Leaves to others: what
//! is wrong and what is right. Where an edit is not sure (tabs, aliases, block scalars), there is none.

use super::layout::{Line, quote, source};
use super::{Edit, Entry, Span, Text};

/// How many lines an edit moves: maps within maps move theirs again and again, and nobody reads such a difference.
const MOST_LINES: usize = 5000;

/// One part of the way from a key's old place to its new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A key that holds a map with what follows.
    Key(&'static str),
    /// A key that holds a list of one map with what follows.
    List(&'static str),
    /// A neighbour of what follows: key and plain value.
    Beside(&'static str, &'static str),
}

/// Another scalar in place of this one, in the same quotes.
pub fn replace(text: &Text, span: Span, with: &str) -> Option<Vec<Edit>> {
    let with = match source(text, span)?.chars().next()? {
        '*' | '&' | '!' | '|' | '>' => return None,
        '"' => quote(with, '"'),
        '\'' => quote(with, '\''),
        _ if is_plain(with) => with.to_owned(),
        _ => quote(with, '"'),
    };
    Some(vec![Edit { span, text: with }])
}

/// A list with this value as its only item.
pub fn list_of_one(text: &Text, key: Span, value: Span, is_map: bool) -> Option<Vec<Edit>> {
    let written = source(text, value)?;
    match written.chars().next()? {
        '|' | '>' | '&' | '!' | '?' | '#' => None,
        '{' | '*' => Some(brackets(value, "[", "]")),
        _ if is_map => dash(text, key, value),
        '[' | '"' | '\'' => Some(brackets(value, "[", "]")),
        _ if is_plain_in_flow(written) => Some(brackets(value, "[", "]")),
        _ => None,
    }
}

/// One more entry in a map, right behind one of its entries. The lines are in block style, without indentation.
pub fn add_entry(text: &Text, map: Span, after: &Entry, block: &[String], flow: &str) -> Option<Vec<Edit>> {
    let at = after.value.span.end;
    match source(text, map)?.chars().next()? {
        '*' | '&' | '!' => None,
        '{' => Some(vec![insertion(at, format!(", {flow}"))]),
        _ => {
            let indent = Line::of(text, after.key.span.start)?.column()?;
            let line = Line::of(text, at)?;
            if !line.is_rest_blank(at) || !is_on_one_line(text, after.value.span) {
                return None;
            }
            let mut more = String::new();
            for it in block {
                more += &format!("{}{:indent$}{it}", line.ending(), "");
            }
            Some(vec![insertion(line.content_end(), more)])
        }
    }
}

/// One more entry in a map, before its first one; its value is written in JSON.
pub fn first_entry(text: &Text, map: &super::Tree, key: &str, value: &str) -> Option<Vec<Edit>> {
    let at = map.entries().first()?.key.span.start;
    let added = match source(text, map.span)?.chars().next()? {
        '*' | '&' | '!' => return None,
        '{' => format!("\"{key}\": {value}, "),
        _ => {
            let line = Line::of(text, at)?;
            format!("{key}: {value}{}{:indent$}", line.ending(), "", indent = line.column()?)
        }
    };
    Some(vec![insertion(at, added)])
}

/// The same value under a longer path of keys, the last of which is `last`.
pub fn nest(text: &Text, map: Span, entry: &Entry, steps: &[Step], last: &str) -> Option<Vec<Edit>> {
    let key = source(text, entry.key.span)?;
    match source(text, map)?.chars().next()? {
        '*' | '&' | '!' => None,
        '{' => Some(nest_in_flow(entry, steps, last, key.starts_with('"'))),
        _ => nest_in_block(text, entry, steps, last),
    }
}

fn nest_in_flow(entry: &Entry, steps: &[Step], last: &str, json: bool) -> Vec<Edit> {
    let word = |it: &str| if json || it.starts_with('@') { format!("\"{it}\"") } else { it.to_owned() };
    let (mut open, mut close) = (String::new(), String::new());
    for step in steps {
        match step {
            Step::Key(it) => {
                open += &format!("{}: {{", word(it));
                close.insert(0, '}');
            }
            Step::List(it) => {
                open += &format!("{}: [{{", word(it));
                close.insert_str(0, "}]");
            }
            Step::Beside(key, value) => open += &format!("{}: {}, ", word(key), word(value)),
        }
    }
    let key = Edit { span: entry.key.span, text: open + &word(last) };
    vec![key, insertion(entry.value.span.end.max(entry.key.span.end), close)]
}

fn nest_in_block(text: &Text, entry: &Entry, steps: &[Step], last: &str) -> Option<Vec<Edit>> {
    let line = Line::of(text, entry.key.span.start)?;
    let column = line.column()?;
    let mut indent = column;
    let mut opening = String::new();
    for step in steps {
        let (head, deeper) = match step {
            Step::Key(it) => (format!("{it}:"), 2),
            Step::List(it) => (format!("{it}:"), 0),
            Step::Beside(key, value) if key.starts_with('@') => (format!("\"{key}\": {value}"), 0),
            Step::Beside(key, value) => (format!("{key}: {value}"), 0),
        };
        opening += &head;
        indent += deeper;
        // The first key of an item stands behind its dash.
        let dash = if matches!(step, Step::List(_)) { "- " } else { "" };
        opening += &format!("{}{:indent$}{dash}", line.ending(), "");
        indent += dash.len();
    }
    let mut edits = vec![Edit { span: entry.key.span, text: opening + last }];
    edits.extend(shift(text, entry.key.span.end, entry.value.span.end, indent - column)?);
    Some(edits)
}

/// `- ` before the first key of a map in block style, and the other lines of the map as deep as the first.
fn dash(text: &Text, key: Span, value: Span) -> Option<Vec<Edit>> {
    let line = Line::of(text, value.start)?;
    let column = line.indent_only(value.start)?;
    let room = Line::of(text, key.start)?.column().is_some_and(|it| column >= it + 2);
    if room {
        // A list may stand as far out as its key, so that no other line has to move.
        let span = Span { start: value.start - 2, end: value.start };
        return Some(vec![Edit { span, text: "- ".to_owned() }]);
    }
    let mut edits = vec![insertion(value.start, "- ".to_owned())];
    edits.extend(shift(text, value.start, value.end, 2)?);
    Some(edits)
}

/// Moves all lines that begin between two places to the right; none if one of them begins with a tab.
fn shift(text: &Text, from: u32, to: u32, by: usize) -> Option<Vec<Edit>> {
    let range = text.content.get(from as usize..to.max(from) as usize)?;
    let mut edits = Vec::new();
    for (at, _) in range.match_indices('\n') {
        let start = from as usize + at + 1;
        let rest = text.content.get(start..)?;
        let begins = rest.trim_start_matches(' ').chars().next();
        match begins {
            _ if start >= to as usize => break,
            Some('\t') => return None,
            _ if edits.len() >= MOST_LINES => return None,
            Some('\n' | '\r') | None => {}
            Some(_) => edits.push(insertion(start as u32, " ".repeat(by))),
        }
    }
    Some(edits)
}

fn brackets(span: Span, open: &str, close: &str) -> Vec<Edit> {
    vec![insertion(span.start, open.to_owned()), insertion(span.end, close.to_owned())]
}

fn insertion(at: u32, text: String) -> Edit {
    Edit { span: Span { start: at, end: at }, text }
}

fn is_on_one_line(text: &Text, span: Span) -> bool {
    source(text, span).is_some_and(|it| !it.contains('\n'))
}

/// Whether a text needs no quotes anywhere.
fn is_plain(text: &str) -> bool {
    let first = text.chars().next();
    first.is_some_and(|it| it.is_ascii_alphanumeric() || it == '/')
        && text.chars().all(|it| it.is_ascii_alphanumeric() || "._/-".contains(it))
}

/// Whether a plain scalar may stand between brackets as it is.
fn is_plain_in_flow(text: &str) -> bool {
    !text.contains([',', '[', ']', '{', '}', '#', '\n', '"', '\'']) && !text.contains(": ") && !text.ends_with(':')
}
