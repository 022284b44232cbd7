//! A compiled document: what one document gives to the nodes that it selects.

use std::sync::Arc;

use crate::check::Facts;
use crate::check::across::Part;
use crate::resource::{Node, Origin, Resource, ResourceType, Version};
use crate::spec::{Levels, NodeSelector, Rollout, Text};

/// One document, checked and encoded.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The file's name; `name#2` for the second document in a file.
    pub name: Arc<str>,
    /// The user's own version.
    pub label: Option<Arc<str>>,
    /// Who gets it: any of these; everyone if there is none.
    pub nodes: Vec<NodeSelector>,
    /// The resources, in the document's order.
    pub resources: Vec<(ResourceType, Arc<Resource>)>,
    /// Facts of each resource, with places in `text`; shared with the version before where nothing moved.
    pub facts: Vec<Arc<Facts>>,
    /// The text that it was read from.
    pub text: Text,
    /// What it decided about lints.
    pub levels: Levels,
    /// How its changes are rolled out.
    pub rollout: Rollout,
}

impl Document {
    /// What others need to know of it.
    pub fn part(&self) -> Part<'_> {
        let Self { text, nodes, levels, resources, facts, .. } = self;
        Part { text, nodes, levels, resources, facts }
    }

    /// Whether this document is for the node.
    pub fn selects(&self, node: &Node) -> bool {
        self.nodes.is_empty() || self.nodes.iter().any(|it| it.matches(node))
    }

    /// Whether this document gives the same to the same nodes. Places count too: a diagnostic must name today's line.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let key = |it: &Self| (it.name.clone(), it.label.clone(), it.nodes.clone());
        key(self) == key(other) && self.rollout == other.rollout && self.identities().eq(other.identities())
    }

    fn identities(&self) -> impl Iterator<Item = (&ResourceType, Version, &Origin)> {
        self.resources.iter().map(|(kind, it)| (kind, it.version, &it.origin))
    }
}
