//! What the encoder needs of each message, looked up once: fields by name, their options, kinds by index.
//!
//! Descriptors answer the same questions, but decode a field's options and count references at every answer. Leaves to
//! `encode` what to do with it. One schema for each thread, as the descriptors are.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use prost_reflect::{
    DescriptorPool, EnumDescriptor, FieldDescriptor, Kind as WireKind, MessageDescriptor, Value as OptionValue,
};

use crate::resource::descriptors;

/// All messages that were asked for so far.
pub(crate) struct Schema {
    pub(crate) pool: DescriptorPool,
    messages: RefCell<Vec<Rc<Message>>>,
    by_name: RefCell<HashMap<Box<str>, usize>>,
    enums: RefCell<HashMap<Box<str>, Rc<Enum>>>,
}

/// One message type.
pub(crate) struct Message {
    pub(crate) name: Box<str>,
    pub(crate) special: Special,
    /// In the order of their numbers, which is the canonical order on the wire.
    pub(crate) fields: Box<[Field]>,
    names: HashMap<Box<str>, usize>,
    /// The names of the real oneofs.
    pub(crate) oneofs: Box<[Box<str>]>,
    /// Whether any field is secret: then its misspelling may be one, too.
    pub(crate) has_secrets: bool,
}

/// Messages with a JSON form of their own, and those with old habits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    None,
    Any,
    Duration,
    Timestamp,
    FieldMask,
    Struct,
    Value,
    List,
    Wrapper,
    ConfigSource,
    /// `name` and `typed_config`, whose old names and bare forms are known.
    Extension,
}

/// One field.
pub(crate) struct Field {
    pub(crate) number: u32,
    pub(crate) name: Box<str>,
    pub(crate) kind: Kind,
    pub(crate) shape: Shape,
    /// Whether "set to the default" differs from "not set".
    pub(crate) presence: bool,
    pub(crate) oneof: Option<usize>,
    pub(crate) deprecated: bool,
    /// Deprecated for so long that Envoy refuses it.
    pub(crate) disallowed: bool,
    pub(crate) sensitive: bool,
}

/// How many values a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Single,
    List,
    Packed,
    Map,
}

/// What a field's values are.
pub(crate) enum Kind {
    Double,
    Float,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Bool,
    String,
    Bytes,
    Enum(Rc<Enum>),
    Message(MessageRef),
}

/// A message type that is looked up when first needed, since types refer to each other in circles.
pub(crate) struct MessageRef {
    descriptor: MessageDescriptor,
    index: Cell<Option<usize>>,
}

/// One enum type.
pub(crate) struct Enum {
    pub(crate) name: Box<str>,
    pub(crate) values: Vec<(Box<str>, i32)>,
    folded: HashMap<String, i32>,
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
        self.named(descriptor.full_name()).unwrap_or_else(|| Rc::new(self.build(descriptor)))
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
        let message = Rc::new(self.build(descriptor));
        let mut messages = self.messages.borrow_mut();
        self.by_name.borrow_mut().insert(message.name.clone(), messages.len());
        messages.push(message);
        messages.len() - 1
    }

    fn build(&self, descriptor: &MessageDescriptor) -> Message {
        let oneofs: Vec<_> = descriptor.oneofs().filter(|it| !it.is_synthetic()).collect();
        let mut names = HashMap::new();
        let fields: Vec<_> = descriptor.fields().collect();
        for (index, field) in fields.iter().enumerate() {
            names.insert(field.name().into(), index);
            names.entry(field.json_name().into()).or_insert(index);
        }
        let fields: Box<[Field]> = fields.iter().map(|it| self.field(it, &oneofs)).collect();
        let special = Special::of(descriptor.full_name());
        Message {
            name: descriptor.full_name().into(),
            special,
            has_secrets: fields.iter().any(|it| it.sensitive),
            fields,
            names,
            oneofs: oneofs.iter().map(|it| it.name().into()).collect(),
        }
    }

    fn field(&self, field: &FieldDescriptor, oneofs: &[prost_reflect::OneofDescriptor]) -> Field {
        let options = field.options();
        let is_set = |name: &str| {
            let Some(extension) = self.pool.get_extension_by_name(name) else { return false };
            *options.get_extension(&extension) == OptionValue::Bool(true)
        };
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
            disallowed: is_set("envoy.annotations.disallowed_by_default"),
            sensitive: is_set("udpa.annotations.sensitive"),
        }
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

impl Message {
    /// The index of the field of this name, in either spelling.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// The last part of the name, as people say it.
    pub(crate) fn short(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }
}

impl Enum {
    /// Whether this is the enum whose one value is `null`.
    pub(crate) fn is_null(&self) -> bool {
        &*self.name == "google.protobuf.NullValue"
    }

    /// The number of a value's name in any case, as Envoy reads it.
    pub(crate) fn find(&self, name: &str) -> Option<i32> {
        self.folded.get(name).or_else(|| self.folded.get(&name.to_ascii_uppercase())).copied()
    }
}

impl Special {
    fn of(name: &str) -> Self {
        match name {
            "google.protobuf.Any" => Self::Any,
            "google.protobuf.Duration" => Self::Duration,
            "google.protobuf.Timestamp" => Self::Timestamp,
            "google.protobuf.FieldMask" => Self::FieldMask,
            "google.protobuf.Struct" => Self::Struct,
            "google.protobuf.Value" => Self::Value,
            "google.protobuf.ListValue" => Self::List,
            "google.protobuf.DoubleValue"
            | "google.protobuf.FloatValue"
            | "google.protobuf.Int64Value"
            | "google.protobuf.UInt64Value"
            | "google.protobuf.Int32Value"
            | "google.protobuf.UInt32Value"
            | "google.protobuf.BoolValue"
            | "google.protobuf.StringValue"
            | "google.protobuf.BytesValue" => Self::Wrapper,
            "envoy.config.core.v3.ConfigSource" => Self::ConfigSource,
            "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter"
            | "envoy.config.listener.v3.Filter"
            | "envoy.config.listener.v3.ListenerFilter"
            | "envoy.config.core.v3.TransportSocket"
            | "envoy.config.accesslog.v3.AccessLog" => Self::Extension,
            _ => Self::None,
        }
    }

    /// Whether the JSON form is not a map of the message's fields.
    pub(crate) fn has_own_form(self) -> bool {
        !matches!(self, Self::None | Self::ConfigSource | Self::Extension)
    }
}
