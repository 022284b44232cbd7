//! A plan as people read it: a mark, a name and a place for each resource, its fields, and what it does to traffic.
//!
//! Names and values are others' words: escaped, and bounded unless all is asked for.

use std::fmt::Write;

use serde_json::Value;

use crate::plan::{Action, Change, FieldChange, Plan, What};
use crate::printable;
use crate::resource::Origin;

/// How many fields of a resource are listed.
const FIELDS: usize = 20;
/// How much of a value is shown, in characters.
const SHORT: usize = 72;
/// The same where all is asked for: enough for anything that a person wrote.
const LONG: usize = 100_000;

/// How a plan is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) colour: bool,
    pub(super) full: bool,
}

/// Mark, colour and word of an action.
const ACTIONS: [(&str, &str, &str); 4] =
    [("+", "32", "to add"), ("~", "33", "to change"), ("-", "31", "to remove"), (">", "36", "to rename")];

impl Style {
    /// All of it, with the summary as the last line.
    pub(super) fn plan(self, plan: &Plan) -> String {
        let mut out = String::new();
        let mut groups: &[String] = &[];
        for (index, change) in plan.changes.iter().enumerate() {
            if groups != change.groups.as_slice() {
                groups = &change.groups;
                let _ = writeln!(out, "{}{}", if index == 0 { "" } else { "\n" }, self.paint("1", &named(groups)));
            }
            self.change(change, &mut out);
            // Said once for neighbours that come or go alike.
            let next = plan.changes.get(index + 1).filter(|it| it.groups == change.groups && it.fields.is_empty());
            if !change.fields.is_empty() || next.is_none_or(|it| it.effect != change.effect) {
                let _ = writeln!(out, "      {}", self.paint("2", &format!("effect: {}", change.effect.text)));
            }
        }
        let _ = writeln!(out, "{}{}", if plan.changes.is_empty() { "" } else { "\n" }, summary(plan));
        out
    }

    fn change(self, change: &Change, out: &mut String) {
        let (mark, colour, _) = ACTIONS[change.action as usize];
        let name = |it: &Option<_>| {
            it.as_ref().map(|it: &std::sync::Arc<crate::statement::StatedResource>| word(&it.name, SHORT))
        };
        let names = match (name(&change.old), name(&change.new)) {
            (Some(old), Some(new)) if change.action == Action::Rename => format!("{old} is renamed {new}"),
            (old, new) => new.or(old).unwrap_or_default(),
        };
        let place = match (&change.old, &change.new) {
            (_, Some(new)) => place(&new.origin),
            (Some(old), None) => format!("was {}", place(&old.origin)),
            (None, None) => String::new(),
        };
        let head = format!("{mark} {} {names}", change.kind);
        let _ = writeln!(out, "  {}  {}", self.paint(colour, &head), self.paint("2", &place));
        let shown = if self.full { usize::MAX } else { FIELDS };
        for field in change.fields.iter().take(shown) {
            let _ = writeln!(out, "      {}", self.field(field));
        }
        if let Some(more) = change.fields.len().checked_sub(shown).filter(|it| *it > 0) {
            let _ = writeln!(out, "      and {more} more fields (--full shows them)");
        }
    }

    fn field(self, field: &FieldChange) -> String {
        let path = field.path.to_string().replace(".socket_address.", "…");
        let value = |it: &Value| brief(it, if self.full { LONG } else { SHORT });
        match &field.what {
            What::Set(new) => format!("{path}: (not set) → {}", value(new)),
            What::Unset(old) => format!("{path}: {} → (not set)", value(old)),
            What::Replaced(old, new) => format!("{path}: {} → {}", value(old), value(new)),
            What::Added(new) => format!("{path}: added {}", value(new)),
            What::Removed(old) => format!("{path}: removed {}", value(old)),
            What::Moved { from, to } => format!("{path}: moved from place {from} to {to}"),
            What::Secret { certain: true } => format!("{path}: changed (value hidden)"),
            What::Secret { certain: false } => format!("{path}: may have changed (value hidden)"),
            What::References => "only other names, or how it refers to others on separate streams".to_owned(),
        }
    }

    fn paint(self, colour: &str, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// `plan: 2 to add, 1 to change, 0 to remove, for 2 groups`.
fn summary(plan: &Plan) -> String {
    if plan.changes.is_empty() {
        return "plan: nothing changes".to_owned();
    }
    let count = |action| plan.changes.iter().filter(|it| it.action == action).count();
    let mut parts: Vec<String> = [Action::Add, Action::Change, Action::Remove]
        .map(|it| format!("{} {}", count(it), ACTIONS[it as usize].2))
        .to_vec();
    if count(Action::Rename) > 0 {
        parts.push(format!("{} {}", count(Action::Rename), ACTIONS[Action::Rename as usize].2));
    }
    let groups = if plan.groups == 1 { "1 group".to_owned() } else { format!("{} groups", plan.groups) };
    format!("plan: {}, for {groups}", parts.join(", "))
}

/// Groups in one line.
fn named(groups: &[String]) -> String {
    const NAMED: usize = 5;
    let more = groups.len().saturating_sub(NAMED);
    let mut names: Vec<String> = groups.iter().take(NAMED).cloned().collect();
    if more > 0 {
        names.push(format!("{more} more groups"));
    }
    printable::lines(&names.join("; ")).replace('\n', "\\n")
}

fn place(origin: &Origin) -> String {
    let document = printable::short(&origin.document, 200);
    match origin.line {
        0 => document.into_owned(),
        line => format!("{document}:{line}"),
    }
}

/// A text that may be anybody's: as it is if it is one plain word, else in quotes and escaped.
fn word(text: &str, limit: usize) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:*@%+".contains(c);
    let short: String = text.chars().take(limit).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    if !text.is_empty() && text.chars().all(plain) {
        format!("{short}{more}")
    } else {
        format!("\"{}{more}\"", short.escape_debug())
    }
}

/// A value in one line, of some length at most.
fn brief(value: &Value, limit: usize) -> String {
    let mut out = String::new();
    flow(value, limit, &mut out);
    match out.char_indices().nth(limit + 2) {
        Some((at, _)) => format!("{}…", &out[..at]),
        None => out,
    }
}

/// As YAML in flow style; stops soon after the limit.
fn flow(value: &Value, limit: usize, out: &mut String) {
    if out.len() > limit * 4 {
        return;
    }
    match value {
        Value::String(text) => out.push_str(&word(text, limit)),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                flow(item, limit, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (index, (name, item)) in fields.iter().enumerate() {
                let _ = write!(out, "{}{}: ", if index == 0 { "" } else { ", " }, word(name, limit));
                flow(item, limit, out);
            }
            out.push('}');
        }
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::compile::{Settings, compile};
    use crate::plan::{Scope, compare};
    use crate::snapshot::Generation;
    use crate::spec::RawFile;
    use crate::statement::Statement;

    fn statement(name: &str, yaml: &str) -> Statement {
        let compiled = compile(&RawFile::new(name, yaml.as_bytes()), &Settings::default());
        assert!(!compiled.diagnostics.has_errors(), "{:?}", compiled.diagnostics);
        let documents = compiled.documents.into_iter().map(Arc::new).collect();
        Statement::of(&Generation::new(1, documents, None))
    }

    fn shown(old: &str, new: &str, full: bool) -> String {
        let plan = compare(&statement("old.yaml", old), &statement("new.yaml", new), Scope::Everyone);
        Style { colour: false, full }.plan(&plan)
    }

    fn clusters(text: &str) -> String {
        let one = |it: &str| {
            let (name, ports) = it.split_once('=').unwrap();
            let ends: Vec<_> = ports.split(',').map(|it| format!("\"10.0.0.1:{it}\"")).collect();
            format!("  - {{name: {name}, endpoints: [{}]}}\n", ends.join(", "))
        };
        format!("spec:\n  clusters:\n{}", text.split_whitespace().map(one).collect::<String>())
    }

    #[test]
    fn a_plan_reads_well() {
        let text = shown(&clusters("a=80,81 gone=1 b=2"), &clusters("a=80,82 b=2 c=3 d=4"), false);
        let expected = "\
every node
  + CDS c  new.yaml:5
  + CDS d  new.yaml:6
      effect: cluster warms up, and can be routed to then
  - CDS gone  was old.yaml:4
      effect: cluster goes: requests under way go on, and routes that still name it answer 503
  ~ EDS a  new.yaml:3
      endpoints[0].lb_endpoints[1].endpoint.address…port_value: 81 → 82
      effect: endpoints only: nothing is dropped; requests at endpoints that go are finished
  + EDS c  new.yaml:5
  + EDS d  new.yaml:6
      effect: a cluster that waits for these endpoints can be routed to then
  - EDS gone  was old.yaml:4
      effect: Envoys keep what they have until nothing uses it

plan: 4 to add, 1 to change, 2 to remove, for 1 group
";
        assert_eq!(text, expected);
        assert_eq!(shown(&clusters("a=80"), &clusters("a=80"), false), "plan: nothing changes\n");
    }

    #[test]
    fn many_fields_are_summed_up_unless_all_are_asked_for() {
        let ports = |from: u16| {
            clusters(&format!("a={}", (from..from + 50).map(|it| it.to_string()).collect::<Vec<_>>().join(",")))
        };
        let text = shown(&ports(100), &ports(200), false);
        assert!(text.contains("      and 30 more fields (--full shows them)\n"), "{text}");
        let text = shown(&ports(100), &ports(200), true);
        assert!(!text.contains("--full") && text.contains("lb_endpoints[49]"), "{text}");
    }

    #[test]
    fn what_others_wrote_cannot_forge_or_flood_the_text() {
        let with = |text: &str| {
            format!(
                "resources:\n- \"@type\": type.googleapis.com/envoy.config.route.v3.RouteConfiguration\n  name: r\n  \
                 virtual_hosts: [{{name: \"{text}\", domains: [\"*\"]}}]\n"
            )
        };
        let text = shown(&with("a"), &with("\\u001b[2J\\nplan: nothing changes\\u202e"), false);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains("\nplan: nothing"), "{text}");
        let text = shown(&with("a"), &with(&"x".repeat(100_000)), false);
        assert!(text.len() < 2_000, "{text}");
    }

    #[test]
    fn colour_is_never_all_that_tells() {
        let plan = compare(
            &statement("a.yaml", &clusters("a=1")),
            &statement("a.yaml", &clusters("b=2 c=3")),
            Scope::Everyone,
        );
        let coloured = Style { colour: true, full: false }.plan(&plan);
        assert!(coloured.contains("\u{1b}[32m+ CDS b\u{1b}[0m"), "{coloured}");
    }
}
