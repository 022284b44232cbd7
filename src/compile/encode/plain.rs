//! Warnings about plain values that say something else than they seem to: octal numbers, words that are booleans, and
//! nothing where `{}` is meant.

use std::rc::Rc;

use super::{Encoder, scalar};
use crate::schema::{Field, Kind, Message, Shape, Special};
use crate::spec::{Diagnostic, Entry, Tree, Value, codes, template};

impl Encoder<'_> {
    /// Warns of an octal number in a field for numbers or enum values.
    pub(super) fn note_octal(&mut self, kind: &Kind, tree: &Tree) {
        let takes_numbers = !matches!(kind, Kind::String | Kind::Bytes | Kind::Bool | Kind::Message(_));
        if takes_numbers {
            self.note_plain(tree, false);
        }
    }

    /// Warns of what is inside a value whose message has a form of its own.
    pub(super) fn note_special(&mut self, message: &Rc<Message>, tree: &Tree) {
        match message.special {
            Special::Struct | Special::Value | Special::List => self.note_any(tree),
            Special::Wrapper => message.fields.iter().for_each(|it| self.note_octal(&it.kind, tree)),
            _ => {}
        }
    }

    /// Warns of a text that is nothing but a template; the value is not shown, since it may be that of a secret.
    pub(super) fn note_template(&mut self, kind: &Kind, tree: &Tree) {
        let is_template = matches!(kind, Kind::String) && tree.scalar().is_some_and(|it| template::is_whole(&it.text));
        if is_template {
            let message = "a template is left here, and nobody fills it in";
            let warning = Diagnostic::of(codes::TEMPLATE, self.context.text, tree.span, message);
            self.push(warning.help(template::HELP));
        }
    }

    fn note_any(&mut self, tree: &Tree) {
        match &tree.value {
            Value::Scalar(_) => self.note_plain(tree, true),
            Value::Sequence(items) => items.iter().for_each(|it| self.note_any(it)),
            Value::Mapping(entries) => entries.iter().for_each(|it| self.note_any(&it.value)),
            Value::Null | Value::ConfigSource => {}
        }
    }

    fn note_plain(&mut self, tree: &Tree, is_any: bool) {
        // The message would show the value.
        if self.secret {
            return;
        }
        let Some((message, help)) = tree.scalar().and_then(|it| scalar::ambiguity(it, is_any)) else { return };
        let warning = Diagnostic::of(codes::AMBIGUOUS_PLAIN, self.context.text, tree.span, message);
        self.push(warning.help(help));
    }

    /// Warns of a message field with nothing in it: Envoy takes it for one that is not there.
    pub(super) fn note_nothing(&mut self, field: &Field, entry: &Entry) {
        let Kind::Message(reference) = &field.kind else { return };
        let message = self.schema.message(reference);
        let has_fields = matches!(message.special, Special::None | Special::ConfigSource);
        // Who writes `null` means it.
        let is_written = entry.value.span.start < entry.value.span.end;
        if field.shape != Shape::Single || !has_fields || message.has_secrets || is_written {
            return;
        }
        let text = format!("`{}` has no value, so it is not set", entry.key.text);
        let warning = Diagnostic::of(codes::NOTHING_SET, self.context.text, entry.key.span, text);
        self.push(
            warning.help(format!("write `{}: {{}}` to set it with its defaults, or delete the key", entry.key.text)),
        );
    }
}
