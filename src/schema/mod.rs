//! Envoy's API as the encoder and the rules need it: each message looked up once, fields by name, options by index.
//!
//! Descriptors answer the same questions, but decode a field's options and count references at every answer. Answers
//! for: messages, fields, enums, old names, which names tell of a secret. Leaves to others: what a tree says (`compile`), what is wrong with it
//! (`check`). Knows no document. One schema for each thread, as the descriptors are.

mod constraints;
mod message;
mod old_names;
mod registry;
mod secrets;

pub(crate) use constraints::{Bounds, Constraints, Edge, Form, Known, Length, Rule};
pub(crate) use message::{Enum, Field, Kind, Message, Shape, Special};
pub(crate) use old_names::{bare_type, modern_name, v3_of};
pub(crate) use registry::Schema;
pub(crate) use secrets::{is_credential, is_naming, is_value};

/// The prefix of all type URLs.
pub(crate) const PREFIX: &str = "type.googleapis.com/";
