//! What is known of a message, its fields and enums. Leaves to `registry` how it is found.

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;
use std::rc::Rc;

use prost_reflect::MessageDescriptor;

use super::constraints::Constraints;

/// One message type.
pub(crate) struct Message {
    /// Its place among this thread's messages; `usize::MAX` for one of another pool.
    pub(crate) index: usize,
    pub(crate) name: Box<str>,
    pub(crate) special: Special,
    /// Whether only Envoy's contrib build has it.
    pub(crate) is_contrib: bool,
    /// In the order of their numbers, which is the canonical order on the wire.
    pub(crate) fields: Box<[Field]>,
    pub(super) names: HashMap<Box<str>, usize>,
    /// The names of the real oneofs.
    pub(crate) oneofs: Box<[Box<str>]>,
    /// The oneofs of which a member must be given.
    pub(crate) required_oneofs: Box<[usize]>,
    /// The fields that must not be left out, in order; found when first needed (`check::constraints`).
    pub(crate) wants: OnceCell<Box<[usize]>>,
    /// Whether any field is secret: then its misspelling may be one, too.
    pub(crate) has_secrets: bool,
    /// Whether it names something beside a value, which is secret if the name is a credential's.
    pub(crate) names_values: bool,
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
    /// A `Struct` that Envoy reads as the message of its `type_url`.
    TypedStruct,
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
    /// Whether it holds a secret: Envoy's API says so, or its name does.
    pub(crate) sensitive: bool,
    /// Whether it holds a program or its settings, which may hold a secret.
    pub(crate) code: bool,
    /// What Envoy's API says that its values must be.
    pub(crate) constraints: Option<Box<Constraints>>,
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
    pub(super) descriptor: MessageDescriptor,
    pub(super) index: Cell<Option<usize>>,
}

/// One enum type.
#[derive(Debug)]
pub(crate) struct Enum {
    pub(crate) name: Box<str>,
    pub(crate) values: Vec<(Box<str>, i32)>,
    pub(super) folded: HashMap<String, i32>,
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
    pub(super) fn of(name: &str) -> Self {
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
            "xds.type.v3.TypedStruct" | "udpa.type.v1.TypedStruct" => Self::TypedStruct,
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
        !matches!(self, Self::None | Self::ConfigSource | Self::Extension | Self::TypedStruct)
    }
}
