//! The JSON Schema of documents, by which editors complete, check and describe them.
//!
//! Draft-07, which is what the YAML and JSON services of editors speak, with the few words that they understand beyond
//! it: `deprecationMessage`, `doNotSuggest`, `errorMessage`, `enumDescriptions`. A schema knows the structure of a
//! document: keys, kinds, words, ranges. It knows nothing of references, of what belongs together, or of the place of
//! a fault in a value's text; `docs/editors.md` says what it leaves to `chancery check`. Where the loader takes several
//! spellings without a word, so does the schema; where it warns, the schema complains.

mod any;
mod document;
mod limits;
mod message;
mod scalar;
mod simple;

use std::collections::{BTreeMap, VecDeque};

use prost_reflect::{DescriptorPool, EnumDescriptor, MessageDescriptor};
use serde_json::{Map, Value, json};

use crate::resource::descriptors;

/// The schema of all kinds of documents, or of the simple spec without Envoy's messages.
pub fn schema(simple_only: bool) -> Value {
    let mut definitions = Definitions {
        pool: descriptors(),
        simple_only,
        named: BTreeMap::new(),
        messages: VecDeque::new(),
        enums: VecDeque::new(),
    };
    scalar::define(&mut definitions);
    let mut root = document::root(&mut definitions);
    definitions.complete();
    let all: Map<String, Value> = definitions.named.into_iter().collect();
    root.insert("definitions".to_owned(), Value::Object(all));
    Value::Object(root)
}

/// What is referred to by name, and what is still to be defined.
struct Definitions {
    pool: DescriptorPool,
    simple_only: bool,
    named: BTreeMap<String, Value>,
    messages: VecDeque<MessageDescriptor>,
    enums: VecDeque<EnumDescriptor>,
}

impl Definitions {
    /// A reference to a message, which is defined if it is not yet.
    fn message(&mut self, message: &MessageDescriptor) -> Value {
        let name = message.full_name();
        if self.reserve(name) {
            self.messages.push_back(message.clone());
        }
        reference(name)
    }

    /// A reference to a message by its name.
    fn message_named(&mut self, name: &str) -> Value {
        match self.pool.get_message_by_name(name) {
            Some(it) if !self.simple_only => self.message(&it),
            _ => json!({ "type": ["object", "null"] }),
        }
    }

    /// A reference to an enum.
    fn enumeration(&mut self, of: &EnumDescriptor) -> Value {
        if self.reserve(of.full_name()) {
            self.enums.push_back(of.clone());
        }
        reference(of.full_name())
    }

    /// A reference to a definition made here and now, unless it is there.
    fn once(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Value) -> Value {
        if self.reserve(name) {
            let value = make(self);
            self.named.insert(name.to_owned(), value);
        }
        reference(name)
    }

    /// Keeps a place for a name; `false` if it has one.
    fn reserve(&mut self, name: &str) -> bool {
        let is_new = !self.named.contains_key(name);
        if is_new {
            self.named.insert(name.to_owned(), Value::Null);
        }
        is_new
    }

    /// Defines all that was referred to, and what that refers to.
    fn complete(&mut self) {
        loop {
            if let Some(message) = self.messages.pop_front() {
                let value = message::definition(self, &message);
                self.named.insert(message.full_name().to_owned(), value);
            } else if let Some(of) = self.enums.pop_front() {
                self.named.insert(of.full_name().to_owned(), message::enumeration(&of));
            } else {
                return;
            }
        }
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}

/// A schema with a description, which comes first.
fn described(text: &str, schema: Value) -> Value {
    let mut out = Map::new();
    if !text.is_empty() {
        out.insert("description".to_owned(), text.into());
    }
    if let Value::Object(entries) = schema {
        out.extend(entries);
    }
    Value::Object(out)
}
