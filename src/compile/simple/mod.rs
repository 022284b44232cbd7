//! The simple spec: the small language that most people write, rewritten into Envoy's own messages.
//!
//! A document is read once against the language's tables (`tables`, `read`), which reports all faults and gives one
//! canonical form; then each object is rewritten into trees of Envoy's proto JSON (`listener`, `route`, `cluster`, …).
//! Each generated node keeps the place of the user's node that it was made from, so that the encoder and all rules
//! report faults at the user's line. At last `envoy:` is merged over each message.
//!
//! Answers for: what the language means. Leaves to others: field types and Envoy's own rules (`encode`), references
//! between resources (`check`), how config sources are spelled (`resource::Flavour`). Knows no Envoy version.

mod access_log;
mod address;
mod cluster;
mod duration;
mod endpoint;
mod faults;
mod filter_chain;
mod forward;
mod headers;
mod health;
mod listener;
mod matches;
mod message;
mod read;
mod route;
mod secret;
mod shape;
mod split;
mod tables;
mod tls;

use std::sync::Arc;

pub use shape::{Key, Object, Shape};

use self::faults::Faults;
use self::tables::DOCUMENT;
use crate::compile::node_selectors;
use crate::resource::ResourceType;
use crate::spec::{Diagnostics, NodeSelector, Text, Tree};

/// What a simple spec stands for.
#[derive(Debug, Clone, Default)]
pub struct Desugared {
    /// The user's own version.
    pub label: Option<Arc<str>>,
    /// The user's own name for the document.
    pub name: Option<Arc<str>>,
    /// Who gets it.
    pub nodes: Vec<NodeSelector>,
    /// The resources as proto JSON, in the document's order.
    pub resources: Vec<(ResourceType, Tree)>,
}

/// The language itself, from the whole document inwards: for JSON Schema and `explain`.
pub fn language() -> &'static Object {
    &DOCUMENT
}

/// Rewrites a simple spec. What could not be understood is left out and reported.
pub fn desugar(tree: &Tree, text: &Text, out: &mut Diagnostics) -> Desugared {
    let nodes = tree.entries().iter().find(|it| &*it.key.text == "nodes");
    let nodes = nodes.map(|it| node_selectors(it, text, out)).unwrap_or_default();
    let faults = &mut Faults::new(text, out);
    let document = read::object(&DOCUMENT, tree, faults);
    let mut resources = Vec::new();
    if let Some(spec) = document.at("spec") {
        let each = |key: &str| spec.at(key).map_or(&[][..], Tree::items).iter().filter(|it| !it.entries().is_empty());
        each("listeners").for_each(|it| listener::listener(it, faults, &mut resources));
        each("clusters").for_each(|it| cluster::cluster(it, faults, &mut resources));
        each("secrets").for_each(|it| secret::secret(it, faults, &mut resources));
        each("runtime").for_each(|it| secret::runtime(it, &mut resources));
    }
    let label = |key: &str| document.at(key).and_then(Tree::text).cloned();
    Desugared { label: label("version"), name: label("name"), nodes, resources }
}
