//! The trees of a text's resources, for those who must find a place inside a resource again after it was encoded.
//!
//! Reads the text anew: trees are large, and they are wanted only when something is wrong. Leaves to `file` what a
//! document is; what is wrong with it was told when it was compiled.

use std::sync::Arc;

use super::assemble::Assembler;
use super::config_map;
use super::encode::{Context, message_of_url};
use super::file::{Settings, parts_of};
use crate::resource::ResourceType;
use crate::schema::PREFIX;
use crate::spec::{Diagnostics, Lines, Text, Tree, parse_yaml};

/// A resource as it was written, rewritten to Envoy's messages if that was in the simple spec.
#[derive(Debug, Clone)]
pub struct ResourceTree {
    /// Its document: 0 for the first one in the text.
    pub document: usize,
    /// Its type.
    pub kind: ResourceType,
    /// Its name.
    pub name: Arc<str>,
    /// Its fields, with places in the text.
    pub tree: Tree,
}

/// The trees of a text's documents, in the order of their numbers. A text of ConfigMaps alone was named by the user, for
/// nothing would be read of it otherwise.
pub fn document_trees(text: &Text) -> Vec<Tree> {
    let trees = parse_yaml(text, &mut Diagnostics::default());
    match trees.iter().all(config_map::is_config_map) {
        true => config_map::unpacked(trees, text, &mut Diagnostics::default()),
        false => trees,
    }
}

/// All resources of a text that have a type and a name.
pub fn resource_trees(text: &Text, settings: &Settings) -> Vec<ResourceTree> {
    let out = &mut Diagnostics::default();
    let lines = Lines::of(text);
    let mut found = Vec::new();
    let trees = document_trees(text);
    let parts = trees.into_iter().map(|tree| parts_of(tree, text, settings, false, out)).collect::<Vec<_>>();
    // As `file` names documents: those that are none of ours are counted too.
    for (document, parts) in parts.into_iter().enumerate() {
        for item in parts.into_iter().flat_map(|it| it.items) {
            let management_cluster = &settings.management_cluster;
            let context = Context::new(text, management_cluster);
            let Some(message) = message_of_url(&item.url, item.url_span, context, out) else { continue };
            let kind = ResourceType::from_url(&format!("{PREFIX}{}", message.name));
            let Some((name, _)) = (Assembler { context, lines: &lines, out }).name(&kind, &message, &item) else {
                continue;
            };
            found.push(ResourceTree { document, kind, name, tree: item.tree });
        }
    }
    found
}
