//! What a generation says, as JSON without secrets: what the admin address hands out and `plan` compares.
//!
//! Answers for: the form (format 1, described in `docs/admin.md`), writing and reading it back.
//! Leaves to others: who may read it (`admin`), what two of them differ in (`plan`), what is secret (`compile`).
//!
//! Resources of this process stay encoded until somebody asks for their JSON: most are never looked at.

mod read;
mod selector;
mod write;

use std::sync::Arc;

use serde_json::{Value, json};

pub use self::read::{Unreadable, read};
pub use self::write::{write, write_sharing};
use crate::compile::{redact, to_json};
use crate::resource::{Flavour, Origin, Resource, ResourceType, Version};
use crate::snapshot::Generation;
use crate::spec::NodeSelector;

/// The form's version. It changes when a reader of the old form would misunderstand the new one.
pub const FORMAT: u64 = 1;

/// All documents of a generation.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The generation's number in its process.
    pub number: u64,
    /// The hash of all resources.
    pub version: Version,
    /// The documents, in the generation's order.
    pub documents: Vec<Stated>,
}

/// One document.
#[derive(Debug, Clone)]
pub struct Stated {
    /// Its name.
    pub name: Arc<str>,
    /// The user's own version.
    pub label: Option<Arc<str>>,
    /// Who gets it; everyone if empty.
    pub nodes: Vec<NodeSelector>,
    /// Its resources, in order.
    pub resources: Vec<Arc<StatedResource>>,
}

/// One resource.
#[derive(Debug, Clone)]
pub struct StatedResource {
    /// The type.
    pub kind: ResourceType,
    /// The name.
    pub name: Arc<str>,
    /// The hash of its content, secrets included.
    pub version: Version,
    /// Other names.
    pub aliases: Vec<Arc<str>>,
    /// Where it is written.
    pub origin: Origin,
    value: Body,
}

#[derive(Debug, Clone)]
enum Body {
    Encoded(Arc<Resource>),
    Json(Value),
}

impl Statement {
    /// What this generation says.
    pub fn of(generation: &Generation) -> Self {
        let resource = |(kind, it): &(ResourceType, Arc<Resource>)| {
            Arc::new(StatedResource {
                kind: kind.clone(),
                name: it.name.clone(),
                version: it.version,
                aliases: it.aliases.clone(),
                origin: it.origin.clone(),
                value: Body::Encoded(it.clone()),
            })
        };
        let documents = generation.documents().iter().map(|it| Stated {
            name: it.name.clone(),
            label: it.label.clone(),
            nodes: it.nodes.clone(),
            resources: it.resources.iter().map(resource).collect(),
        });
        Self { number: generation.number, version: generation.version, documents: documents.collect() }
    }
}

impl StatedResource {
    /// The message as proto JSON, secrets redacted, as clients on an aggregated stream get it.
    pub fn json(&self) -> Value {
        match &self.value {
            Body::Json(value) => value.clone(),
            Body::Encoded(resource) => match to_json(&self.kind, &resource.value(Flavour::Ads)) {
                Ok(mut json) => {
                    redact(&self.kind, &mut json);
                    json
                }
                Err(reason) => json!({ "@type": self.kind.url(), "unreadable": reason }),
            },
        }
    }
}
