//! A Kubernetes ConfigMap that was named: each key of its `data` that is called like a document is one.
//!
//! A literal block is read where it stands: of the manifest's text everything else is blanked out, so that every byte
//! keeps its place and faults point at the manifest's own lines. What is written otherwise, in quotes or folded, has no
//! such places; its faults are at its key. Leaves to `kind` what each document is.

use std::collections::HashSet;

use crate::spec::{Diagnostic, Diagnostics, Entry, Span, Text, Tree, Value, parse_yaml};

/// Endings of keys that hold documents.
const ENDINGS: [&str; 3] = [".yaml", ".yml", ".json"];

/// The trees with each ConfigMap replaced by the documents in it.
pub(super) fn unpacked(trees: Vec<Tree>, text: &Text, out: &mut Diagnostics) -> Vec<Tree> {
    trees.into_iter().flat_map(|it| documents(&it, text, out).unwrap_or_else(|| vec![it])).collect()
}

/// Whether a tree is a ConfigMap's manifest.
pub(super) fn is_config_map(tree: &Tree) -> bool {
    let kind = tree.at("kind").and_then(Tree::text);
    kind.is_some_and(|it| &**it == "ConfigMap") && tree.at("apiVersion").is_some()
}

/// The documents in a ConfigMap; `None` if it is none, or has none.
fn documents(tree: &Tree, text: &Text, out: &mut Diagnostics) -> Option<Vec<Tree>> {
    let data = tree.at("data").filter(|_| is_config_map(tree))?;
    let is_document = |it: &&Entry| ENDINGS.iter().any(|end| it.key.text.ends_with(end));
    let entries: Vec<&Entry> = data.entries().iter().filter(is_document).collect();
    let trees = entries.iter().flat_map(|it| of_entry(it, text, out)).collect();
    (!entries.is_empty()).then_some(trees)
}

fn of_entry(entry: &Entry, text: &Text, out: &mut Diagnostics) -> Vec<Tree> {
    if let Some(block) = literal(entry, &text.content) {
        // Diagnostics show the manifest, of which this has the places.
        let blanked = Text::new(text.name.clone(), blanked(&text.content, block));
        let mut faults = Diagnostics::default();
        let trees = parse_yaml(&blanked, &mut faults);
        faults.0.into_iter().for_each(|it| out.push(it.moved(text, 0)));
        return trees;
    }
    let Some(content) = entry.value.text() else { return Vec::new() };
    let mut faults = Diagnostics::default();
    let mut trees = parse_yaml(&Text::new(text.name.clone(), content.clone()), &mut faults);
    trees.iter_mut().for_each(|it| put(it, entry.key.span));
    let mut told = HashSet::new();
    for fault in faults.0.into_iter().filter(|it| told.insert(it.message.clone())) {
        let message = format!("in `{}`: {}", entry.key.text, fault.message);
        let at_key =
            Diagnostic { severity: fault.severity, ..Diagnostic::error(fault.code, text, entry.key.span, message) };
        out.push(Diagnostic { help: fault.help, redacted: fault.redacted, ..at_key });
    }
    trees
}

/// Where the lines of a literal block are.
fn literal(entry: &Entry, content: &str) -> Option<Span> {
    let header = content.get(entry.key.span.end as usize..)?;
    let (first, _) = header.split_once('\n')?;
    let mark = first.trim_start_matches(['"', '\'']).strip_prefix(':')?.trim_start();
    let start = entry.key.span.end as usize + first.len() + 1;
    let line_start = content[..entry.key.span.start as usize].rfind('\n').map_or(0, |it| it + 1);
    let column = entry.key.span.start as usize - line_start;
    let mut end = start;
    for line in content.get(start..)?.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if !line.trim().is_empty() && indent <= column {
            break;
        }
        // Between documents this would have to stand at the margin.
        if line.trim() == "---" {
            return None;
        }
        end += line.len();
    }
    mark.starts_with('|').then_some(Span { start: start as u32, end: end as u32 })
}

/// The text with nothing but a stretch of it; all that stays keeps its place.
fn blanked(content: &str, kept: Span) -> String {
    let blank = |it: &str| it.bytes().map(|it| if it == b'\n' { '\n' } else { ' ' }).collect::<String>();
    let (start, end) = (kept.start as usize, kept.end as usize);
    format!("{}{}{}", blank(&content[..start]), &content[start..end], blank(&content[end..]))
}

/// Gives all nodes one place.
fn put(tree: &mut Tree, place: Span) {
    tree.span = place;
    match &mut tree.value {
        Value::Sequence(items) => items.iter_mut().for_each(|it| put(it, place)),
        Value::Mapping(entries) => {
            for entry in entries {
                entry.key.span = place;
                put(&mut entry.value, place);
            }
        }
        _ => {}
    }
}
