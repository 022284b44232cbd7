//! Checks a document against the tables and brings it into one form.
//!
//! What comes out has only known keys; lists where lists are meant; short forms written out; durations in seconds;
//! choices in Envoy's words. A value that was at fault is reported once and left as `null`, so that the rewriting knows
//! that the key was there, and can go on.

use super::duration;
use super::faults::Faults;
use super::shape::{Object, Shape};
use crate::spec::codes::{BAD_CHOICE, BAD_DURATION, MISSING_KEY, UNKNOWN_KEY, WRONG_KIND};
use crate::spec::{Diagnostic, Entry, Key, Tree, Value, did_you_mean, mend, template};

/// The canonical form of what an object's tree says.
pub(super) fn object(object: &'static Object, tree: &Tree, faults: &mut Faults<'_>) -> Tree {
    let outer = faults.redacted;
    faults.redacted |= object.is_secret();
    let mut entries = Vec::new();
    for entry in tree.entries() {
        let Some(key) = object.key(&entry.key.text) else {
            unknown_key(object, entry, faults);
            continue;
        };
        let value = value(&key.shape, &entry.value, key.name, faults);
        entries.push(Entry { key: entry.key.clone(), value });
    }
    for group in object.exclusive {
        keep_first(group, &mut entries, faults);
    }
    for key in object.keys.iter().filter(|it| it.required && tree.at(it.name).is_none()) {
        let message = format!("{} needs `{}`", object.name, key.name);
        faults.push(MISSING_KEY, tree.span, message, |it| it.help(format!("`{}`: {}", key.name, key.doc)));
    }
    faults.redacted = outer;
    Tree { span: tree.span, value: Value::Mapping(entries) }
}

/// The one of these keys that is there; the tables say where only one can be.
pub(super) fn first_of<'t>(tree: &'t Tree, keys: &[&str]) -> Option<&'t Entry> {
    tree.entries().iter().find(|it| keys.contains(&&*it.key.text))
}

/// Of keys that exclude each other, only the first is kept, and each other one is reported.
fn keep_first(group: &[&str], entries: &mut Vec<Entry>, faults: &mut Faults<'_>) {
    let is_member = |it: &Entry| group.contains(&&*it.key.text);
    let Some(first) = entries.iter().find(|it| is_member(it)).cloned() else { return };
    entries.retain(|it| {
        let is_kept = !is_member(it) || it.key == first.key;
        if !is_kept {
            faults.exclude(&first, it, "only one of them can hold");
        }
        is_kept
    });
}

/// The canonical form of one value, or `null` if it is at fault.
fn value(shape: &Shape, tree: &Tree, key: &str, faults: &mut Faults<'_>) -> Tree {
    let good = match shape {
        Shape::Text | Shape::Secret => tree.text().map(|text| Tree::string(tree.span, text.clone())),
        Shape::Integer => plain(tree, |it| it.parse::<i64>().is_ok()),
        Shape::Number => plain(tree, |it| it.parse::<f64>().is_ok_and(f64::is_finite)),
        Shape::Boolean => plain(tree, |it| it == "true" || it == "false"),
        Shape::Duration => return duration_value(tree, key, faults),
        Shape::Choice(words) => return choice(words, tree, key, faults),
        Shape::Object(inner) => as_map(tree).map(|it| object(inner, &it, faults)),
        Shape::Short(short, inner) => return short_value(short, inner, tree, key, faults),
        Shape::List(item) => return list(item, tree, key, faults),
        Shape::TextOrMap(each) => match tree.value {
            Value::Mapping(_) => Some(map(each, tree, faults)),
            _ => tree.text().map(|text| Tree::string(tree.span, text.clone())),
        },
        Shape::Map(each) => as_map(tree).map(|it| map(each, &it, faults)),
        Shape::Raw(_) => as_map(tree),
        Shape::Elsewhere(_) | Shape::Any => Some(tree.clone()),
    };
    good.unwrap_or_else(|| wrong_kind(shape, tree, key, faults))
}

fn plain(tree: &Tree, is_good: impl Fn(&str) -> bool) -> Option<Tree> {
    tree.text().filter(|it| is_good(it)).map(|it| Tree::plain(tree.span, it))
}

/// A map; a key with nothing after it counts as an empty one: `tls:` asks for TLS, with every default.
fn as_map(tree: &Tree) -> Option<Tree> {
    match tree.value {
        Value::Mapping(_) => Some(tree.clone()),
        Value::Null => Some(Tree { span: tree.span, value: Value::Mapping(Vec::new()) }),
        _ => None,
    }
}

fn map(each: &Shape, tree: &Tree, faults: &mut Faults<'_>) -> Tree {
    let entries = tree.entries().iter();
    let entries = entries.map(|it| Entry { key: it.key.clone(), value: value(each, &it.value, &it.key.text, faults) });
    Tree { span: tree.span, value: Value::Mapping(entries.collect()) }
}

/// A list, one item alone, or nothing for an empty list.
fn list(item: &Shape, tree: &Tree, key: &str, faults: &mut Faults<'_>) -> Tree {
    let items = match &tree.value {
        Value::Null => &[],
        Value::Sequence(items) => items.as_slice(),
        _ => std::slice::from_ref(tree),
    };
    Tree::sequence(tree.span, items.iter().map(|it| value(item, it, key, faults)).collect::<Vec<_>>())
}

/// A map, or one scalar for the map's most wanted key.
fn short_value(short: &str, inner: &'static Object, tree: &Tree, key: &str, faults: &mut Faults<'_>) -> Tree {
    match tree.value {
        Value::Mapping(_) => object(inner, tree, faults),
        Value::Scalar(_) => {
            let entry = Entry { key: Key { span: tree.span, text: short.into() }, value: tree.clone() };
            object(inner, &Tree { span: tree.span, value: Value::Mapping(vec![entry]) }, faults)
        }
        _ => {
            faults.push(
                WRONG_KIND,
                tree.span,
                format!("`{key}` must be {}: a map, or its `{short}` alone", inner.name),
                |it| it.remark(format!("this is {}", tree.kind())),
            );
            null(tree)
        }
    }
}

fn duration_value(tree: &Tree, key: &str, faults: &mut Faults<'_>) -> Tree {
    let Some(text) = tree.text() else { return wrong_kind(&Shape::Duration, tree, key, faults) };
    match duration::to_seconds(text) {
        Some(seconds) => Tree::string(tree.span, seconds),
        None => {
            faults.push(BAD_DURATION, tree.span, format!("`{key}` must be a duration, not `{text}`"), |it| match text
                .parse::<f64>()
            {
                Ok(_) => it.remark("a unit is missing").help(format!("write `{text}s` for seconds")),
                Err(_) => it.help("write numbers with units, largest first: `250ms`, `5s`, `1m30s`, `1h`"),
            });
            null(tree)
        }
    }
}

fn choice(words: &[(&str, &str)], tree: &Tree, key: &str, faults: &mut Faults<'_>) -> Tree {
    let all = || words.iter().map(|(word, _)| *word);
    let text = tree.text().map_or("", |it| it);
    let found = words.iter().find(|(word, envoy)| word.eq_ignore_ascii_case(text) || envoy.eq_ignore_ascii_case(text));
    if let Some((_, envoy)) = found {
        return Tree::string(tree.span, *envoy);
    }
    let not = tree.text().map_or_else(|| tree.kind().to_owned(), |it| format!("`{it}`"));
    faults.push(BAD_CHOICE, tree.span, format!("`{key}` cannot be {not}"), |it| {
        with_nearest(it, text, all()).help(format!("allowed: {}", quoted(all())))
    });
    null(tree)
}

fn wrong_kind(shape: &Shape, tree: &Tree, key: &str, faults: &mut Faults<'_>) -> Tree {
    let message = match tree.value {
        Value::Null => format!("`{key}` has no value"),
        _ => format!("`{key}` must be {}", shape.wanted()),
    };
    faults.push(WRONG_KIND, tree.span, message, |it| match tree.value {
        Value::Null => it.help(format!("give it {}, or leave the key out", shape.wanted())),
        Value::Scalar(ref scalar) if template::is_value(&scalar.text) => it.help(template::HELP),
        _ => it.remark(format!("this is {}", tree.kind())),
    });
    null(tree)
}

fn unknown_key(object: &Object, entry: &Entry, faults: &mut Faults<'_>) {
    let known = || object.keys().map(|it| it.name);
    faults.push(UNKNOWN_KEY, entry.key.span, format!("{} has no key `{}`", object.name, entry.key.text), |it| {
        // As a flow map reads `{name:web}`.
        let glued = entry.key.text.split_once(':').map(|it| it.0).filter(|it| known().any(|known| known == *it));
        let it = match glued {
            Some(name) => it.remark(format!("a space is missing after `{name}:`")),
            None => with_nearest(it, &entry.key.text, known()),
        };
        let it = it.help(format!("known keys: {}", quoted(known())));
        match object.message {
            "" => it,
            message => it.help(format!("any field of Envoy's {message} can be set under `envoy:`")),
        }
    });
}

/// Adds "did you mean", if one of the good words is close.
fn with_nearest<'a>(diagnostic: Diagnostic, word: &str, good: impl Iterator<Item = &'a str>) -> Diagnostic {
    match did_you_mean(word, good) {
        Some(near) => {
            let place = diagnostic.labels.first().and_then(|it| Some((it.text.clone(), it.span?)));
            let edits = place.and_then(|(text, span)| mend::replace(&text, span, near));
            diagnostic.remark(format!("did you mean `{near}`?")).fix_if(format!("write `{near}`"), edits)
        }
        None => diagnostic,
    }
}

fn quoted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}

fn null(tree: &Tree) -> Tree {
    Tree { span: tree.span, value: Value::Null }
}
