//! From the parts of a document to the document: each resource's type, name and bytes. Leaves syntax to each kind.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Document;
use super::encode::{Context, encode_flavours, message_of_url};
use super::{listener_name, written};
use crate::check::{Delivered, Facts, delivery, virtual_host_name};
use crate::resource::{Origin, Resource, ResourceParts, ResourceType};
use crate::schema::{Message, PREFIX, Schema};
use crate::spec::{Diagnostic, Diagnostics, Levels, Lines, NodeSelector, Rollout, Span, Text, Tree, codes};

/// What a document of any kind says.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) label: Option<Arc<str>>,
    pub(super) nodes: Vec<NodeSelector>,
    pub(super) rollout: Rollout,
    pub(super) items: Vec<Item>,
    /// The tree of a simple spec, whose keys are not the items' fields.
    pub(super) written: Option<Tree>,
}

/// One resource before it is encoded.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) url: Arc<str>,
    pub(super) url_span: Span,
    /// The name that a wrapper gives, and its place.
    pub(super) name: Option<(Arc<str>, Span)>,
    pub(super) aliases: Vec<Arc<str>>,
    pub(super) tree: Tree,
}

/// Messages that people take for resources (S123), and what to serve instead.
const MISTAKEN: &[(&str, &str)] = &[
    ("Endpoint", "endpoints are served as a `ClusterLoadAssignment`"),
    ("HttpConnectionManager", "it belongs in a listener's filters; routes are served as a `RouteConfiguration`"),
    ("LbEndpoint", "endpoints are served as a `ClusterLoadAssignment`"),
    ("LocalityLbEndpoints", "endpoints are served as a `ClusterLoadAssignment`"),
    ("Route", "routes are served as a `RouteConfiguration`"),
    ("TlsCertificate", "certificates are served as a `Secret`"),
];

/// Reads one text's documents into resources.
pub(super) struct Assembler<'a> {
    pub(super) context: Context<'a>,
    pub(super) lines: &'a Lines,
    pub(super) out: &'a mut Diagnostics,
}

/// The resources of a document, each name once.
#[derive(Debug, Default)]
pub(super) struct Resources {
    first: HashMap<(ResourceType, Arc<str>), Span>,
    /// Where a name that is taken was reported, and which.
    told: HashSet<(Span, Arc<str>)>,
    resources: Vec<(ResourceType, Arc<Resource>)>,
    facts: Vec<Arc<Facts>>,
}

impl Resources {
    pub(super) fn with_capacity(resources: usize) -> Self {
        Self {
            first: HashMap::with_capacity(resources),
            told: HashSet::new(),
            resources: Vec::with_capacity(resources),
            facts: Vec::with_capacity(resources),
        }
    }

    /// Adds a resource, unless its name is taken: then that is reported.
    pub(super) fn add(
        &mut self,
        kind: &ResourceType,
        resource: Arc<Resource>,
        facts: Arc<Facts>,
        text: &Text,
        out: &mut Diagnostics,
    ) {
        match self.first.entry((kind.clone(), resource.name.clone())) {
            Slot::Occupied(earlier) => {
                let message = format!("the {kind} resource `{}` is defined twice", resource.name);
                let fault = Diagnostic::error(codes::DUPLICATE_RESOURCE, text, facts.name, message);
                // A cluster of a simple spec brings its endpoints, a listener its routes, under the same name.
                if self.told.insert((facts.name, resource.name.clone())) {
                    out.push(fault.related(text, *earlier.get(), "first defined here"));
                }
            }
            Slot::Vacant(free) => {
                free.insert(facts.name);
                self.resources.push((kind.clone(), resource));
                self.facts.push(facts);
            }
        }
    }

    /// The document that has them.
    pub(super) fn document(self, name: Arc<str>, parts: Parts, text: Text, levels: Levels) -> Document {
        let Parts { label, nodes, rollout, .. } = parts;
        Document { name, label, nodes, resources: self.resources, facts: self.facts, text, levels, rollout }
    }
}

impl Assembler<'_> {
    pub(super) fn document(&mut self, name: Arc<str>, mut parts: Parts) -> Document {
        let items = std::mem::take(&mut parts.items);
        let before = self.out.0.len();
        let made: Vec<_> = items.into_iter().filter_map(|it| self.resource(it)).collect();
        self.rename(parts.written.as_ref(), before);
        let mut resources = Resources::with_capacity(made.len());
        for (kind, resource, facts) in made {
            resources.add(&kind, Arc::new(resource), Arc::new(facts), self.context.text, self.out);
        }
        resources.document(name, parts, self.context.text.clone(), self.out.levels().clone())
    }

    /// Says the faults from this one on under the keys of a simple spec.
    pub(super) fn rename(&mut self, written: Option<&Tree>, from: usize) {
        if let (Some(tree), Some(faults)) = (written, self.out.0.get_mut(from..)) {
            written::rename(tree, faults);
        }
    }

    /// A resource with its type and facts. What is wrong with it is reported in any case.
    pub(super) fn resource(&mut self, mut item: Item) -> Option<(ResourceType, Resource, Facts)> {
        // If part of it was not understood, nothing is missed in it.
        let context = Context { is_whole: !self.is_damaged(&item.tree), ..self.context };
        let message = message_of_url(&item.url, item.url_span, self.context, self.out)?;
        let kind = ResourceType::from_url(&format!("{PREFIX}{}", message.name));
        if kind.rules().short == "LDS" && item.name.is_none() {
            listener_name::fill_in(&mut item.tree, &message, self.context.text, self.out);
        }
        let name = self.name(&kind, &message, &item);
        let descriptor = Schema::here().pool.get_message_by_name(&message.name)?;
        let mut facts = Facts::default();
        let values = encode_flavours(&item.tree, &descriptor, context, &mut facts, self.out);
        let (name, span) = name?;
        if kind.rules().short == "VHDS" {
            let inner = item.tree.at("name").and_then(|it| Some((&**it.text()?, it.span)));
            virtual_host_name(&name, inner, self.context.text, self.out);
        }
        facts.name = span;
        let endpoints = if kind.rules().short == "CDS" { endpoints(&item.tree, &name) } else { None };
        let vhds = kind.rules().short == "RDS" && item.tree.at("vhds").is_some();
        let line = if self.context.text.content.is_empty() { 0 } else { self.lines.line(item.tree.span) };
        let origin = Origin { document: self.context.text.name.clone(), line };
        let size = values.iter().map(bytes::Bytes::len).max().unwrap_or_default();
        let delivered = Delivered { kind: &kind, name: &name, span, size, profile: self.context.profile };
        delivery(delivered, self.context.text, self.out);
        let (needs, warms_unseen) = (facts.needs(), facts.warms_unseen);
        let aliases = other_names(item.aliases, &name);
        let parts = ResourceParts { name, values, aliases, endpoints, vhds, needs, warms_unseen, origin };
        let resource = Resource::new(&kind, parts);
        Some((kind, resource, facts))
    }

    /// Whether an error was found in what a tree was made from. Errors elsewhere say nothing about it.
    fn is_damaged(&self, tree: &Tree) -> bool {
        !self.context.text.content.is_empty() && self.out.has_errors_within(tree.span)
    }

    pub(super) fn name(&mut self, kind: &ResourceType, message: &Message, item: &Item) -> Option<(Arc<str>, Span)> {
        if let Some(name) = &item.name {
            return Some(name.clone());
        }
        let field = kind.rules().name_field;
        let Some(known) = message.find(field) else {
            self.not_a_resource(message, item);
            return None;
        };
        let entry = item.tree.entries().iter().find(|it| message.find(&it.key.text) == Some(known));
        match entry.and_then(|it| Some((it.value.text()?, it.value.span))) {
            Some((name, span)) if !name.is_empty() => Some((name.clone(), span)),
            _ => {
                let message = format!("the `{}` has no name", message.short());
                let span = entry.map_or(start_of(&item.tree), |it| it.value.span);
                self.out.push(self.error(codes::NO_NAME, span, message).help(format!("set its `{field}`")));
                None
            }
        }
    }

    fn not_a_resource(&mut self, message: &Message, item: &Item) {
        let text = format!("`{}` is not a resource: no discovery service serves it", message.short());
        let fault = self.error(codes::NOT_A_RESOURCE, item.url_span, text);
        self.out.push(match MISTAKEN.iter().find(|it| it.0 == message.short()) {
            Some((_, help)) => fault.help(*help),
            None => {
                fault.help("to serve it nevertheless, wrap it in `envoy.service.discovery.v3.Resource` with a `name`")
            }
        });
    }

    fn error(&self, code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.context.text, span, message)
    }
}

/// Each alias once, without the resource's own name.
fn other_names(mut aliases: Vec<Arc<str>>, name: &Arc<str>) -> Vec<Arc<str>> {
    let mut seen = HashSet::from([name.clone()]);
    aliases.retain(|it| seen.insert(it.clone()));
    aliases
}

/// A place that points at the first line of a tree, not at all of it.
fn start_of(tree: &Tree) -> Span {
    tree.entries().first().map_or(tree.span, |it| it.key.span)
}

/// The name of the endpoints of a cluster of type EDS (P80, P84).
fn endpoints(cluster: &Tree, name: &Arc<str>) -> Option<Arc<str>> {
    let is_eds =
        cluster.at("type").and_then(Tree::text).is_some_and(|it| it.eq_ignore_ascii_case("EDS") || &**it == "3");
    let config = cluster.at("eds_cluster_config").or_else(|| cluster.at("edsClusterConfig"));
    let service = config.and_then(|it| it.at("service_name").or_else(|| it.at("serviceName"))).and_then(Tree::text);
    is_eds.then(|| service.filter(|it| !it.is_empty()).unwrap_or(name).clone())
}
