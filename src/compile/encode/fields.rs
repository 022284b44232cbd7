//! The fields of a message: which entry is which field, lists, maps, oneofs.

use std::rc::Rc;

use super::fault::Fault;
use super::wire::put_nested;
use super::{Encoder, scalar};
use crate::schema::{Constraints, Field, Kind, Message, Shape, Special, is_credential, is_naming};
use crate::spec::{Entry, Tree, Value, codes, did_you_mean, mend};

/// A list of known names is shown in full up to this many.
const FEW: usize = 16;

/// Where one value goes.
#[derive(Clone, Copy)]
pub(super) struct Slot<'a> {
    number: u32,
    /// The name that the user knows it by.
    pub(super) name: &'a str,
    pub(super) kind: &'a Kind,
    /// Whether it is written even if it is the default.
    presence: bool,
    pub(super) constraints: Option<&'a Constraints>,
}

/// Whether these fields name a header, a parameter or a key whose value is a credential.
fn is_about_credential(message: &Message, found: &[(usize, &Entry)]) -> bool {
    let name = |it: &(usize, &Entry)| &*message.fields[it.0].name;
    let names = |it: &(usize, &Entry)| is_naming(name(it)) && it.1.value.text().is_some_and(|it| is_credential(it));
    message.names_values && found.iter().any(names)
}

impl Encoder<'_> {
    /// Appends the fields that a map gives; within an `Any`, `@type` is not one of them.
    pub(super) fn fields(
        &mut self,
        tree: &Tree,
        message: &Rc<Message>,
        within_any: bool,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let Value::Mapping(entries) = &tree.value else {
            return Err(Fault::wrong_type(format!("a map (`{}`)", message.short())));
        };
        let mut found: Vec<(usize, &Entry)> = Vec::with_capacity(entries.len() + 1);
        let mut is_whole = self.context.is_whole;
        for entry in entries {
            match message.find(&entry.key.text) {
                Some(index) => found.push((index, entry)),
                None if within_any && &*entry.key.text == "@type" => {}
                None => {
                    self.unknown_field(message, entry);
                    // What is missing may be what was misspelled.
                    is_whole = false;
                }
            }
        }
        let filled = if message.special == Special::Extension { self.old_extension(tree, message) } else { None };
        found.extend(filled.as_ref().and_then(|it| Some((message.find(&it.key.text)?, it))));
        // Fields are kept by number, so this is the canonical order; it is stable, so the first spelling comes first.
        found.sort_by_key(|it| it.0);
        let outside = self.secret;
        self.secret |= is_about_credential(message, &found);
        self.refuse_two_spellings(message, &mut found);
        self.refuse_two_members(message, &found);
        if is_whole {
            self.refuse_absence(tree, message, &found);
        }
        for (index, entry) in found {
            let field = &message.fields[index];
            if field.deprecated {
                self.old_field(field, entry, tree, message);
            }
            self.field(field, entry, buffer);
        }
        self.inspect(tree, message);
        self.secret = outside;
        Ok(())
    }

    fn unknown_field(&mut self, message: &Message, entry: &Entry) {
        if self.out.is_full() && self.out.has_errors() {
            return;
        }
        let key = &*entry.key.text;
        // What stands where a key belongs may be a secret itself.
        let text = match message.has_secrets {
            true => format!("`{}` has no such field", message.short()),
            false => format!("`{}` has no field `{key}`", message.short()),
        };
        let mut fault = self.error(codes::UNKNOWN_FIELD, entry.key.span, text);
        let names = message.fields.iter().map(|it| &*it.name);
        if let Some(hint) = super::habits::field_hint(&message.name, key) {
            fault = fault.help(hint);
        } else if let Some(name) = key.split_once(':').map(|it| it.0).filter(|it| message.find(it).is_some()) {
            // As a flow map reads `{name:http}`: the value is not repeated, since it may be a secret.
            fault = fault.remark(format!("a space is missing after `{name}:`"));
        } else if let Some(near) = did_you_mean(key, names.clone()) {
            let edits = mend::replace(self.context.text, entry.key.span, near);
            fault = fault.remark(format!("did you mean `{near}`?")).fix_if(format!("write `{near}`"), edits);
        }
        if message.fields.len() <= FEW && !message.fields.is_empty() {
            let names: Vec<_> = names.collect();
            fault = fault.help(format!("its fields are: {}", names.join(", ")));
        }
        fault.redacted = message.has_secrets;
        self.push(fault);
    }

    /// One field under two names: both places, and the first is taken.
    fn refuse_two_spellings(&mut self, message: &Message, found: &mut Vec<(usize, &Entry)>) {
        let mut faults = Vec::new();
        for pair in found.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let [(index, first), (_, second)] = pair else { continue };
            let text = format!("the field `{}` is given twice", message.fields[*index].name);
            let fault = self.error(codes::DUPLICATE_KEY, second.key.span, text);
            let related = format!("first given here, as `{}`", first.key.text);
            faults.push(fault.related(self.context.text, first.key.span, related));
        }
        faults.into_iter().for_each(|it| self.push(it));
        found.dedup_by_key(|it| it.0);
    }

    fn refuse_two_members(&mut self, message: &Message, found: &[(usize, &Entry)]) {
        for oneof in 0..message.oneofs.len() {
            let set = |(index, entry): &&(usize, &Entry)| {
                message.fields[*index].oneof == Some(oneof) && entry.value.value != Value::Null
            };
            let mut members: Vec<_> = found.iter().filter(set).map(|it| it.1).collect();
            members.sort_by_key(|it| it.key.span);
            let [first, others @ ..] = members.as_slice() else { continue };
            for other in others {
                let text = format!("only one of `{}` and `{}` may be given", first.key.text, other.key.text);
                let fault = self.error(codes::ONEOF, other.key.span, text);
                let related = format!("`{}` is given here", first.key.text);
                self.push(fault.related(self.context.text, first.key.span, related));
            }
        }
    }

    fn field(&mut self, field: &Field, entry: &Entry, buffer: &mut Vec<u8>) {
        let tree = &entry.value;
        let nullable = field.shape == Shape::Single && self.takes_null(&field.kind);
        if tree.value == Value::Null && !nullable {
            self.note_nothing(field, entry);
            return;
        }
        let outside = self.secret;
        self.secret |= field.sensitive || field.code;
        let constraints = field.constraints.as_deref();
        let slot =
            Slot { number: field.number, name: &field.name, kind: &field.kind, presence: field.presence, constraints };
        match field.shape {
            Shape::Single => self.single(slot, tree, buffer),
            Shape::List => {
                let slot = Slot { presence: true, constraints: self.refuse_count(slot, tree), ..slot };
                for item in self.items(field, entry) {
                    self.item(slot, item, buffer);
                }
            }
            Shape::Packed => self.packed(slot, field, entry, buffer),
            Shape::Map => self.map(field, tree, buffer),
        }
        self.secret = outside;
    }

    fn single(&mut self, slot: Slot<'_>, tree: &Tree, buffer: &mut Vec<u8>) {
        if let Kind::Message(reference) = slot.kind {
            let message = self.schema.message(reference);
            let outside = self.unchecked;
            self.unchecked |= slot.constraints.is_some_and(|it| it.skip);
            put_nested(slot.number, buffer, |it| self.message(tree, &message, slot.name, it));
            self.unchecked = outside;
            self.refuse_message(slot, tree, &message);
            return;
        }
        match scalar::read(slot.kind, tree) {
            Ok(wire) => {
                self.note_octal(slot.kind, tree);
                self.note_template(slot.kind, tree);
                self.refuse_scalar(slot, tree, &wire);
                if slot.presence || !wire.is_default() {
                    wire.put(slot.number, buffer);
                }
            }
            Err(fault) => self.report(fault, slot.name, tree),
        }
    }

    /// Appends an item of a list or a map, where nothing is not a value.
    fn item(&mut self, slot: Slot<'_>, tree: &Tree, buffer: &mut Vec<u8>) {
        if tree.value == Value::Null && !self.takes_null(slot.kind) {
            let text = format!("an item of `{}` is empty", slot.name);
            self.push(self.error(codes::WRONG_TYPE, tree.span, text));
        } else {
            self.single(slot, tree, buffer);
        }
    }

    fn packed(&mut self, slot: Slot<'_>, field: &Field, entry: &Entry, buffer: &mut Vec<u8>) {
        let items = self.items(field, entry);
        let slot = Slot { constraints: self.refuse_count(slot, &entry.value), ..slot };
        if items.is_empty() {
            return;
        }
        put_nested(field.number, buffer, |buffer| {
            for item in items {
                match scalar::read(&field.kind, item) {
                    Ok(wire) => {
                        self.note_octal(&field.kind, item);
                        self.refuse_scalar(slot, item, &wire);
                        wire.put_value(buffer);
                    }
                    Err(fault) => self.report(fault, &field.name, item),
                }
            }
        });
    }

    /// The items of a list. A single value is taken as a list of one, as Envoy does, with a warning (S13).
    fn items<'t>(&mut self, field: &Field, entry: &'t Entry) -> &'t [Tree] {
        let tree = &entry.value;
        if let Value::Sequence(items) = &tree.value {
            return items;
        }
        let text = format!("`{}` is a list, but a single value is given", field.name);
        let help = match &tree.value {
            Value::Mapping(_) => "put `- ` before its first key",
            _ => "put it in brackets: `[…]`",
        };
        let is_map = matches!(tree.value, Value::Mapping(_));
        let edits = mend::list_of_one(self.context.text, entry.key.span, tree.span, is_map);
        let warning = self.warning(codes::SINGLE_FOR_LIST, tree.span, text).help(help);
        self.push(warning.fix_if(help, edits));
        std::slice::from_ref(tree)
    }

    /// Whether `null` is a value of this kind, and not the absence of one.
    pub(super) fn takes_null(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Message(it) => self.schema.message(it).special == Special::Value,
            Kind::Enum(it) => it.is_null(),
            _ => false,
        }
    }

    /// Appends the entries of a map field, by key.
    fn map(&mut self, field: &Field, tree: &Tree, buffer: &mut Vec<u8>) {
        let Kind::Message(reference) = &field.kind else { return };
        let entry_type = self.schema.message(reference);
        let [key_field, value_field] = &*entry_type.fields else { return };
        let Value::Mapping(entries) = &tree.value else {
            self.report(Fault::wrong_type("a map"), &field.name, tree);
            return;
        };
        let (keys, values) = self.refuse_pairs(field, tree);
        let slot = |kind, constraints| Slot { number: 2, name: &field.name, kind, presence: false, constraints };
        let mut encoded = Vec::with_capacity(entries.len());
        for Entry { key: name, value } in entries {
            let key = match scalar::read_key(&key_field.kind, name) {
                Ok(wire) => wire,
                Err(fault) => {
                    self.report(fault, &field.name, &Tree::plain(name.span, &name.text));
                    continue;
                }
            };
            if keys.is_some() {
                self.refuse_scalar(slot(&key_field.kind, keys), &Tree::plain(name.span, &name.text), &key);
            }
            let mut bytes = Vec::new();
            if !key.is_default() {
                key.put(key_field.number, &mut bytes);
            }
            self.item(slot(&value_field.kind, values), value, &mut bytes);
            encoded.push((scalar::order(&key_field.kind, &key), bytes));
        }
        encoded.sort();
        for (_, bytes) in encoded {
            put_nested(field.number, buffer, |it| it.extend_from_slice(&bytes));
        }
    }
}
