//! Where the rules of Envoy's API (`validate.rules`) are asked: at each value of a field that has some, and at each
//! message for what it lacks.
//!
//! Answers for: the value as it will be on the wire, its place, and not reporting a value twice: one of a wrong type is
//! not asked about. Leaves to `check::constraints` whether it keeps the rules, and in what words it breaks them.

use std::collections::HashMap;
use std::rc::Rc;

use super::fields::Slot;
use super::wire::Wire;
use super::{Encoder, fault, scalar, time};
use crate::check::View;
use crate::check::constraints::{Breach, Given, breach, missing_member, unusable_duration, wants};
use crate::schema::{Constraints, Field, Kind, Message, PREFIX, Rule, Special};
use crate::spec::{Diagnostic, Entry, Severity, Span, Tree, Value, codes};

impl Encoder<'_> {
    fn enforces_rules(&self) -> bool {
        self.facts.is_some() && !self.unchecked
    }

    /// Reports a scalar that breaks its rules.
    pub(super) fn refuse_scalar(&mut self, slot: Slot<'_>, tree: &Tree, wire: &Wire<'_>) {
        let Some(constraints) = slot.constraints.filter(|_| self.enforces_rules()) else { return };
        self.refuse(constraints, slot.name, tree, given(slot.kind, wire));
    }

    /// Reports a wrapper, a duration or an `Any` that breaks its rules. Those of other messages are asked inside.
    pub(super) fn refuse_message(&mut self, slot: Slot<'_>, tree: &Tree, message: &Message) {
        if !self.enforces_rules() {
            return;
        }
        if message.special == Special::Duration {
            return self.refuse_duration(slot, tree);
        }
        let Some(constraints) = slot.constraints else { return };
        match message.special {
            Special::Wrapper => {
                let [field] = &*message.fields else { return };
                if let Ok(wire) = scalar::read(&field.kind, tree) {
                    self.refuse(constraints, slot.name, tree, given(&field.kind, &wire));
                }
            }
            Special::Any => {
                let Rule::Any(bounds) = &constraints.rule else { return };
                let Some(kind) = tree.at("@type").filter(|_| !bounds.rules_out_nothing()) else { return };
                let name = kind.text().map_or("", |it| it.rsplit('/').next().unwrap_or(it));
                self.refuse(constraints, slot.name, kind, Given::Type(&format!("{PREFIX}{name}")));
            }
            _ => {}
        }
    }

    fn refuse_duration(&mut self, slot: Slot<'_>, tree: &Tree) {
        let Some((seconds, nanos)) = time::of(tree) else { return };
        let duration = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        let broken = slot.constraints.and_then(|it| breach(it, Given::Duration(duration)));
        match (broken, slot.constraints) {
            (Some(breach), Some(constraints)) => {
                let fault = self.breach_fault(&breach, slot.name, tree);
                self.push_rule(fault.help(rule_at(constraints)));
            }
            _ => {
                let Some(breach) = unusable_duration(duration) else { return };
                let fault = self.breach_fault(&breach, slot.name, tree);
                self.push_rule(fault.help("Envoy refuses such a duration in any field"));
            }
        }
    }

    /// Reports a list with too few, too many or equal items. Gives the constraints of each item.
    pub(super) fn refuse_count<'c>(&mut self, slot: Slot<'c>, tree: &Tree) -> Option<&'c Constraints> {
        let constraints = slot.constraints?;
        let Rule::List { unique, items, .. } = &constraints.rule else { return None };
        let all = match &tree.value {
            Value::Sequence(items) => items,
            _ => std::slice::from_ref(tree),
        };
        self.refuse(constraints, slot.name, tree, Given::Items(all.len()));
        if *unique {
            self.refuse_twins(constraints, slot, all);
        }
        items.as_deref()
    }

    fn refuse_twins(&mut self, constraints: &Constraints, slot: Slot<'_>, items: &[Tree]) {
        let mut seen: HashMap<Wire<'_>, Span> = HashMap::with_capacity(items.len());
        for item in items {
            let Ok(wire) = scalar::read(slot.kind, item) else { continue };
            if let Some(first) = seen.get(&wire) {
                let text = format!("`{}` has this item twice", slot.name);
                let fault = self.api_fault(constraints, codes::API_COUNT, item.span, text);
                self.push_rule(fault.related(self.context.text, *first, "first given here"));
            } else {
                seen.insert(wire, item.span);
            }
        }
    }

    /// Reports a map with too few or too many entries. Gives the constraints of each key and of each value.
    pub(super) fn refuse_pairs<'c>(
        &mut self,
        field: &'c Field,
        tree: &Tree,
    ) -> (Option<&'c Constraints>, Option<&'c Constraints>) {
        let Some(constraints) = field.constraints.as_deref() else { return (None, None) };
        let Rule::Map { keys, values, .. } = &constraints.rule else { return (None, None) };
        self.refuse(constraints, &field.name, tree, Given::Items(tree.entries().len()));
        (keys.as_deref(), values.as_deref())
    }

    /// Reports the fields that a message needs and does not have, and oneofs without a member.
    pub(super) fn refuse_absence(&mut self, tree: &Tree, message: &Rc<Message>, found: &[(usize, &Entry)]) {
        if !self.enforces_rules() {
            return;
        }
        let is_given = |index: usize, entry: &Entry| {
            entry.value.value != Value::Null || self.takes_null(&message.fields[index].kind)
        };
        // Indices are in order, in both.
        let has =
            |index: &usize| found.binary_search_by_key(index, |it| it.0).is_ok_and(|at| is_given(*index, found[at].1));
        let has_member = |oneof: &usize| {
            found.iter().any(|(index, entry)| message.fields[*index].oneof == Some(*oneof) && is_given(*index, entry))
        };
        let mut faults = Vec::new();
        let start = || View::new(tree, message.clone()).start();
        for field in wants(message).iter().filter(|it| !has(it)).map(|it| &message.fields[*it]) {
            let Some(constraints) = &field.constraints else { continue };
            let text = format!("`{}` needs `{}`", message.short(), field.name);
            faults.push(self.api_fault(constraints, codes::API_REQUIRED, start(), text));
        }
        for oneof in message.required_oneofs.iter().filter(|it| !has_member(it)) {
            let text = format!("`{}` needs {}", message.short(), missing_member(message, *oneof));
            let fault = Diagnostic::of(codes::API_ONEOF, self.context.text, start(), text);
            let help = format!("Envoy's API requires a member of `{}.{}`", message.name, message.oneofs[*oneof]);
            faults.push(fault.help(help));
        }
        faults.into_iter().for_each(|it| self.push_rule(it));
    }

    fn refuse(&mut self, constraints: &Constraints, name: &str, tree: &Tree, given: Given<'_>) {
        if let Some(breach) = breach(constraints, given) {
            let fault = self.breach_fault(&breach, name, tree);
            self.push_rule(fault.help(rule_at(constraints)));
        }
    }

    fn breach_fault(&self, Breach { code, must }: &Breach, name: &str, tree: &Tree) -> Diagnostic {
        let message = match matches!(*code, codes::API_RANGE | codes::API_VALUE) && !self.secret {
            true => format!("`{name}` must {must}, not {}", fault::found(tree)),
            false => format!("`{name}` must {must}"),
        };
        Diagnostic::of(code, self.context.text, tree.span, message)
    }

    fn api_fault(&self, constraints: &Constraints, code: &'static str, span: Span, message: String) -> Diagnostic {
        Diagnostic::of(code, self.context.text, span, message).help(rule_at(constraints))
    }

    fn push_rule(&mut self, fault: Diagnostic) {
        if self.enforces_rules() && !self.is_known(&fault) {
            self.push(fault);
        }
    }

    /// Whether the same place is known to be wrong in better words: a resource without a name, say.
    fn is_known(&self, fault: &Diagnostic) -> bool {
        let place = |it: &Diagnostic| it.labels.first().and_then(|it| it.span).filter(|it| it.start < it.end);
        let is_same = |it: &&Diagnostic| it.severity == Severity::Error && place(it) == place(fault);
        place(fault).is_some() && self.out.0.iter().filter(is_same).any(|it| !it.code.starts_with("CH12"))
    }
}

/// Where a rule stands: the next thing to look at.
fn rule_at(constraints: &Constraints) -> String {
    format!("Envoy's API has this rule at `{}`", constraints.field)
}

/// A scalar on the wire as the rules see it.
fn given<'v>(kind: &'v Kind, wire: &'v Wire<'_>) -> Given<'v> {
    match (kind, wire) {
        (_, Wire::Bytes(it)) => Given::Text(it),
        (Kind::Bool, Wire::Varint(it)) => Given::Flag(*it != 0),
        (Kind::Enum(kind), Wire::Varint(it)) => Given::Choice(*it as i64 as i32, kind),
        (Kind::Double, Wire::Fixed64(it)) => Given::Real(f64::from_bits(*it)),
        (Kind::Float, Wire::Fixed32(it)) => Given::Real(f32::from_bits(*it).into()),
        (Kind::Uint32 | Kind::Uint64 | Kind::Fixed64, Wire::Varint(it) | Wire::Fixed64(it)) => {
            Given::Whole((*it).into())
        }
        (Kind::Sint32 | Kind::Sint64, Wire::Varint(it)) => Given::Whole(((it >> 1) as i64 ^ -((it & 1) as i64)).into()),
        (Kind::Sfixed32, Wire::Fixed32(it)) => Given::Whole((*it as i32).into()),
        (_, Wire::Fixed32(it)) => Given::Whole((*it).into()),
        (_, Wire::Varint(it) | Wire::Fixed64(it)) => Given::Whole((*it as i64).into()),
    }
}
