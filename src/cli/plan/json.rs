//! A plan for programs: a shape that stays, described in `docs/plan.md`.

use serde_json::{Map, Value, json};

use super::Against;
use crate::plan::{Action, Change, FieldChange, Plan, What};
use crate::resource::Origin;
use crate::statement::Statement;

/// The shape's version.
const FORMAT: u64 = 1;

pub(super) fn plan(plan: &Plan, old: &Statement, against: &Against) -> Value {
    let against = match against {
        Against::Daemon(address) => json!({
            "daemon": address,
            "generation": old.number,
            "version": old.version.to_string(),
        }),
        Against::State(dir) => json!({
            "state_dir": dir,
            "generation": old.number,
            "version": old.version.to_string(),
        }),
        Against::Files(path) => json!({ "files": path, "version": old.version.to_string() }),
    };
    let count = |action| plan.changes.iter().filter(|it| it.action == action).count();
    json!({
        "format": FORMAT,
        "against": against,
        "summary": {
            "add": count(Action::Add),
            "change": count(Action::Change),
            "remove": count(Action::Remove),
            "rename": count(Action::Rename),
            "groups": plan.groups,
        },
        "changes": plan.changes.iter().map(change).collect::<Vec<_>>(),
    })
}

fn change(change: &Change) -> Value {
    let action = match change.action {
        Action::Add => "add",
        Action::Change => "change",
        Action::Remove => "remove",
        Action::Rename => "rename",
    };
    let side = |it: &Option<std::sync::Arc<crate::statement::StatedResource>>| {
        it.as_ref()
            .map(|it| json!({ "name": &*it.name, "version": it.version.to_string(), "place": place(&it.origin) }))
    };
    json!({
        "groups": change.groups,
        "action": action,
        "service": change.kind.rules().short,
        "type": change.kind.url(),
        "old": side(&change.old),
        "new": side(&change.new),
        "fields": change.fields.iter().map(field).collect::<Vec<_>>(),
        "effect": { "code": change.effect.code, "text": change.effect.text },
    })
}

fn place(origin: &Origin) -> Value {
    json!({ "document": &*origin.document, "line": origin.line })
}

/// What happened to a field, with the values that there are.
fn field(field: &FieldChange) -> Value {
    let (what, rest) = match &field.what {
        What::Set(new) => ("set", json!({ "new": new })),
        What::Unset(old) => ("unset", json!({ "old": old })),
        What::Replaced(old, new) => ("replaced", json!({ "old": old, "new": new })),
        What::Added(new) => ("added", json!({ "new": new })),
        What::Removed(old) => ("removed", json!({ "old": old })),
        What::Moved { from, to } => ("moved", json!({ "from": from, "to": to })),
        What::Secret { certain } => ("secret", json!({ "certain": certain })),
        What::References => ("references", json!({})),
    };
    let head = [("path".to_owned(), field.path.to_string().into()), ("what".to_owned(), what.into())];
    let rest = if let Value::Object(rest) = rest { rest } else { Map::new() };
    Value::Object(head.into_iter().chain(rest).collect())
}
