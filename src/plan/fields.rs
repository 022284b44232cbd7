//! What two messages differ in, field by field.

use std::fmt;

use serde_json::{Map, Value};

use super::lists::pair;
use crate::compile::REDACTED;

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// Where.
    pub path: Path,
    /// What.
    pub what: What,
}

/// What happens to a field or to an item of a list.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A field that was not set is.
    Set(Value),
    /// A field that was set is not.
    Unset(Value),
    /// Another value.
    Replaced(Value, Value),
    /// A new item.
    Added(Value),
    /// An item that is gone.
    Removed(Value),
    /// An item that stands elsewhere in its list.
    Moved {
        /// Its old index.
        from: usize,
        /// Its new one.
        to: usize,
    },
    /// A value that nobody may see. That it changed is certain only if nothing else can have.
    Secret {
        /// Whether it did.
        certain: bool,
    },
    /// Nothing that clients on an aggregated stream would see.
    References,
}

/// The way to a field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path(pub Vec<Segment>);

/// A step on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// A field, or a key of a map.
    Field(String),
    /// An item, by its place: in the new list, or in the old one if it is gone.
    Index(usize),
    /// An item, by its name.
    Name(String),
}

/// All differences between two versions of a resource. Something is always said: the versions do differ.
pub(super) fn differences(old: &Value, new: &Value) -> Vec<FieldChange> {
    let mut walk = Walk::default();
    walk.value(old, new);
    let certain = walk.found.is_empty() && walk.secrets.len() == 1;
    let secrets = walk.secrets.into_iter().map(|path| FieldChange { path, what: What::Secret { certain } });
    let mut found = walk.found;
    found.extend(secrets);
    if found.is_empty() {
        found.push(FieldChange { path: Path::default(), what: What::References });
    }
    found
}

#[derive(Default)]
struct Walk {
    path: Vec<Segment>,
    found: Vec<FieldChange>,
    /// Redacted on both sides.
    secrets: Vec<Path>,
}

impl Walk {
    fn value(&mut self, old: &Value, new: &Value) {
        match (old, new) {
            (Value::Object(old), Value::Object(new)) if old.get("@type") == new.get("@type") => self.object(old, new),
            (Value::Array(old), Value::Array(new)) => self.list(old, new),
            (old, new) if old != new => self.found(What::Replaced(old.clone(), new.clone())),
            (Value::String(old), _) if old.contains(REDACTED) => self.secrets.push(Path(self.path.clone())),
            // Equal, but of other types than these: objects with another `@type` are never equal.
            _ => {}
        }
    }

    /// In the new message's order; what is gone comes last.
    fn object(&mut self, old: &Map<String, Value>, new: &Map<String, Value>) {
        for (name, after) in new {
            self.at(Segment::Field(name.clone()), |it| match old.get(name) {
                Some(before) => {
                    // A key may be what is secret.
                    if name.contains(REDACTED) {
                        it.secrets.push(Path(it.path.clone()));
                    }
                    it.value(before, after);
                }
                None => it.found(What::Set(after.clone())),
            });
        }
        for (name, before) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
            self.at(Segment::Field(name.clone()), |it| it.found(What::Unset(before.clone())));
        }
    }

    fn list(&mut self, old: &[Value], new: &[Value]) {
        for pair in pair(old, new) {
            let (before, after) = (pair.old.and_then(|it| old.get(it)), pair.new.and_then(|it| new.get(it)));
            let segment = match pair.name {
                Some(name) => Segment::Name(name),
                None => Segment::Index(pair.new.or(pair.old).unwrap_or_default()),
            };
            self.at(segment, |it| {
                if let (true, Some(from), Some(to)) = (pair.moved, pair.old, pair.new) {
                    it.found(What::Moved { from, to });
                }
                match (before, after) {
                    (Some(before), Some(after)) => it.value(before, after),
                    (Some(before), None) => it.found(What::Removed(before.clone())),
                    (None, Some(after)) => it.found(What::Added(after.clone())),
                    (None, None) => {}
                }
            });
        }
    }

    fn at(&mut self, segment: Segment, then: impl FnOnce(&mut Self)) {
        self.path.push(segment);
        then(self);
        self.path.pop();
    }

    fn found(&mut self, what: What) {
        self.found.push(FieldChange { path: Path(self.path.clone()), what });
    }
}

impl Path {
    /// The field of the resource itself that this is in.
    pub(super) fn top(&self) -> &str {
        match self.0.first() {
            Some(Segment::Field(name)) => name,
            _ => "",
        }
    }
}

/// How much of a name is shown, in characters.
const LONGEST: usize = 80;

/// As in code: `virtual_hosts[all].routes[0].match`. Whatever is not a plain word is in quotes, escaped.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |it: &str| {
            (1..=LONGEST).contains(&it.len()) && it.chars().all(|c| c.is_ascii_alphanumeric() || "_@".contains(c))
        };
        let name = |it: &str| it.chars().all(|c| c.is_ascii_alphanumeric() || "_-.:/*".contains(c));
        for (index, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Field(field) if plain(field) => write!(f, "{}{field}", if index == 0 { "" } else { "." })?,
                Segment::Index(at) => write!(f, "[{at}]")?,
                // A name that is a number must not look like a place.
                Segment::Name(it) if it.len() <= LONGEST && name(it) && it.parse::<usize>().is_err() => {
                    write!(f, "[{it}]")?;
                }
                Segment::Field(it) | Segment::Name(it) => {
                    let short: String = it.chars().take(LONGEST).collect();
                    let more = if short.len() < it.len() { "…" } else { "" };
                    write!(f, "[\"{}{more}\"]", short.escape_debug())?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(old: Value, new: Value, expected: &[&str]) {
        let told: Vec<_> = differences(&old, &new)
            .iter()
            .map(|it| match &it.what {
                What::Set(new) => format!("{}: = {new}", it.path),
                What::Unset(old) => format!("{}: {old} =", it.path),
                What::Replaced(old, new) => format!("{}: {old} {new}", it.path),
                What::Added(new) => format!("{}: + {new}", it.path),
                What::Removed(old) => format!("{}: - {old}", it.path),
                What::Moved { from, to } => format!("{}: {from}>{to}", it.path),
                What::Secret { certain } => format!("{}: secret {certain}", it.path),
                What::References => "references".to_owned(),
            })
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn fields() {
        check(json!({"a": 1, "b": 2, "c": 3}), json!({"a": 1, "b": 3, "d": 4}), &["b: 2 3", "d: = 4", "c: 3 ="]);
        check(json!({"a": {"b.c": [{"d": 1}]}}), json!({"a": {"b.c": [{"d": 2}]}}), &["a[\"b.c\"][0].d: 1 2"]);
        check(
            json!({"@type": "a", "x": 1}),
            json!({"@type": "b", "x": 1}),
            &[": {\"@type\":\"a\",\"x\":1} {\"@type\":\"b\",\"x\":1}"],
        );
        check(json!({}), json!({}), &["references"]);
    }

    #[test]
    fn items() {
        check(
            json!({"v": [{"name": "a", "x": 1}, {"name": "b"}, {"name": "7"}]}),
            json!({"v": [{"name": "7"}, {"name": "a", "x": 2}, {"name": "c\u{1b}"}]}),
            &["v[\"7\"]: 2>0", "v[a].x: 1 2", "v[\"c\\u{1b}\"]: + {\"name\":\"c\\u001b\"}", "v[b]: - {\"name\":\"b\"}"],
        );
    }

    #[test]
    fn secrets_are_named_when_the_versions_differ() {
        let secret = |x: u8| json!({"key": {"inline_string": REDACTED}, "x": x});
        check(secret(1), secret(1), &["key.inline_string: secret true"]);
        check(secret(1), secret(2), &["x: 1 2", "key.inline_string: secret false"]);
        let two = json!({"a": REDACTED, "path": format!("/x?token={REDACTED}")});
        check(two.clone(), two, &["a: secret false", "path: secret false"]);
        let map = json!({"map": {REDACTED: {"x": 1}}});
        check(map.clone(), map, &["map[\"[redacted]\"]: secret true"]);
    }

    fn tree() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![(0..3_u8).prop_map(|it| json!(it)), "[ab]{0,2}".prop_map(|it| json!(it))];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                proptest::collection::btree_map("name|a|b", inner, 0..4)
                    .prop_map(|it| Value::Object(it.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn something_differs_just_when_the_values_do(old in tree(), new in tree()) {
            let nothing = |it: &[FieldChange]| it.len() == 1 && it[0].what == What::References;
            prop_assert!(nothing(&differences(&old, &old)));
            prop_assert_eq!(nothing(&differences(&old, &new)), old == new);
        }
    }
}
