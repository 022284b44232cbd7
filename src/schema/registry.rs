//! All messages that were asked for so far, built from their descriptors when first needed.
//!
//! One schema for each thread, as the descriptors are. Leaves to `message` what a message is.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind as WireKind, MessageDescriptor,
    Value as OptionValue,
};

use super::constraints::Constraints;
use super::message::{Enum, Field, Kind, Message, MessageRef, Shape, Special};
use super::secrets::{is_code_field, is_naming, is_secret_field, is_value};
use crate::resource::descriptors;

/// All messages that were asked for so far.
pub(crate) struct Schema {
    pub(crate) pool: DescriptorPool,
    messages: RefCell<Vec<Rc<Message>>>,
    by_name: RefCell<HashMap<Box<str>, usize>>,
    enums: RefCell<HashMap<Box<str>, Rc<Enum>>>,
}

thread_local! {
    static SCHEMA: Rc<Schema> = Rc::new(Schema {
        pool: descriptors(),
        messages: RefCell::default(),
        by_name: RefCell::default(),
        enums: RefCell::default(),
    });
}

impl Schema {
    /// This thread's schema.
    pub(crate) fn here() -> Rc<Self> {
        SCHEMA.with(Rc::clone)
    }

    /// The message of a full name.
    pub(crate) fn named(&self, name: &str) -> Option<Rc<Message>> {
        if let Some(index) = self.by_name.borrow().get(name) {
            return self.messages.borrow().get(*index).cloned();
        }
        let descriptor = self.pool.get_message_by_name(name)?;
        let index = self.add(&descriptor);
        self.messages.borrow().get(index).cloned()
    }

    /// The message of a descriptor, which may be of another pool than ours.
    pub(crate) fn described(&self, descriptor: &MessageDescriptor) -> Rc<Message> {
        self.named(descriptor.full_name()).unwrap_or_else(|| Rc::new(self.build(descriptor, usize::MAX)))
    }

    /// The message that a field holds.
    pub(crate) fn message(&self, reference: &MessageRef) -> Rc<Message> {
        let index = reference.index.get().unwrap_or_else(|| {
            let known = self.by_name.borrow().get(reference.descriptor.full_name()).copied();
            let index = known.unwrap_or_else(|| self.add(&reference.descriptor));
            reference.index.set(Some(index));
            index
        });
        self.messages.borrow()[index].clone()
    }

    fn add(&self, descriptor: &MessageDescriptor) -> usize {
        let index = self.messages.borrow().len();
        let message = Rc::new(self.build(descriptor, index));
        self.by_name.borrow_mut().insert(message.name.clone(), index);
        self.messages.borrow_mut().push(message);
        index
    }

    fn build(&self, descriptor: &MessageDescriptor, index: usize) -> Message {
        let oneofs: Vec<_> = descriptor.oneofs().filter(|it| !it.is_synthetic()).collect();
        let is_required =
            |it: &&usize| oneofs.get(**it).is_some_and(|it| self.is_set(&it.options(), "validate.required"));
        let required = (0..oneofs.len()).filter(|it| is_required(&it)).collect();
        let mut names = HashMap::new();
        let fields: Vec<_> = descriptor.fields().collect();
        for (index, field) in fields.iter().enumerate() {
            names.insert(field.name().into(), index);
            names.entry(field.json_name().into()).or_insert(index);
        }
        let fields: Box<[Field]> = fields.iter().map(|it| self.field(it, &oneofs)).collect();
        let special = Special::of(descriptor.full_name());
        Message {
            index,
            name: descriptor.full_name().into(),
            special,
            is_contrib: descriptor.parent_file().name().starts_with("contrib/"),
            has_secrets: fields.iter().any(|it| it.sensitive),
            names_values: fields.iter().any(|it| is_naming(&it.name)) && fields.iter().any(|it| is_value(&it.name)),
            fields,
            names,
            oneofs: oneofs.iter().map(|it| it.name().into()).collect(),
            required_oneofs: required,
            wants: OnceCell::new(),
        }
    }

    fn field(&self, field: &FieldDescriptor, oneofs: &[prost_reflect::OneofDescriptor]) -> Field {
        let options = field.options();
        let shape = match () {
            () if field.is_map() => Shape::Map,
            () if field.is_packed() => Shape::Packed,
            () if field.is_list() => Shape::List,
            () => Shape::Single,
        };
        let oneof = field.containing_oneof().and_then(|it| oneofs.iter().position(|known| *known == it));
        Field {
            number: field.number(),
            name: field.name().into(),
            kind: self.kind(&field.kind()),
            shape,
            presence: field.supports_presence(),
            oneof,
            deprecated: options.get_field_by_name("deprecated").is_some_and(|it| *it == OptionValue::Bool(true)),
            disallowed: self.is_set(&options, "envoy.annotations.disallowed_by_default"),
            sensitive: self.is_set(&options, "udpa.annotations.sensitive") || is_secret_field(field),
            code: is_code_field(field),
            constraints: self.constraints(field, &options),
        }
    }

    fn is_set(&self, options: &DynamicMessage, name: &str) -> bool {
        let Some(extension) = self.pool.get_extension_by_name(name) else { return false };
        *options.get_extension(&extension) == OptionValue::Bool(true)
    }

    fn constraints(&self, field: &FieldDescriptor, options: &DynamicMessage) -> Option<Box<Constraints>> {
        let extension = self.pool.get_extension_by_name("validate.rules")?;
        if !options.has_extension(&extension) || self.is_unchecked(field.parent_message()) {
            return None;
        }
        let value = options.get_extension(&extension);
        value.as_message().map(|it| Box::new(Constraints::read(field.full_name(), it)))
    }

    /// Whether the rules of a message's fields are not enforced.
    fn is_unchecked(&self, message: &MessageDescriptor) -> bool {
        let options = message.options();
        ["validate.disabled", "validate.ignored"].iter().any(|it| self.is_set(&options, it))
    }

    fn kind(&self, kind: &WireKind) -> Kind {
        match kind {
            WireKind::Double => Kind::Double,
            WireKind::Float => Kind::Float,
            WireKind::Int32 => Kind::Int32,
            WireKind::Int64 => Kind::Int64,
            WireKind::Uint32 => Kind::Uint32,
            WireKind::Uint64 => Kind::Uint64,
            WireKind::Sint32 => Kind::Sint32,
            WireKind::Sint64 => Kind::Sint64,
            WireKind::Fixed32 => Kind::Fixed32,
            WireKind::Fixed64 => Kind::Fixed64,
            WireKind::Sfixed32 => Kind::Sfixed32,
            WireKind::Sfixed64 => Kind::Sfixed64,
            WireKind::Bool => Kind::Bool,
            WireKind::String => Kind::String,
            WireKind::Bytes => Kind::Bytes,
            WireKind::Enum(it) => Kind::Enum(self.enumeration(it)),
            WireKind::Message(it) => Kind::Message(MessageRef { descriptor: it.clone(), index: Cell::new(None) }),
        }
    }

    fn enumeration(&self, descriptor: &EnumDescriptor) -> Rc<Enum> {
        let mut enums = self.enums.borrow_mut();
        let known = enums.entry(descriptor.full_name().into()).or_insert_with(|| {
            let values: Vec<_> = descriptor.values().map(|it| (it.name().into(), it.number())).collect();
            let folded = values.iter().map(|(name, number): &(Box<str>, _)| (name.to_ascii_uppercase(), *number));
            Rc::new(Enum { name: descriptor.full_name().into(), folded: folded.collect(), values })
        });
        known.clone()
    }
}
