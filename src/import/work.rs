//! One document on its way: which of its resources are said simply, and which are left.

use std::sync::Arc;

use serde_json::Value;

use super::probe::{Probe, message};
use super::unit::{Said, Target, is_simple};
use super::{Style, outline, unit};
use crate::compile::{Document, Settings};
use crate::resource::{Resource, ResourceType};

/// One document on its way.
pub(super) struct Work<'a> {
    document: &'a Document,
    probe: Probe,
    style: Style,
    pub(super) said: Vec<Said>,
    /// Which resources are said already; with [`Style::Envoy`] none is tried.
    taken: Vec<bool>,
    pub(super) changes: Vec<String>,
}

impl<'a> Work<'a> {
    pub(super) fn new(document: &'a Document, style: Style, settings: &Settings) -> Self {
        Self {
            document,
            probe: Probe::new(settings),
            style,
            said: Vec::new(),
            taken: vec![style == Style::Envoy; document.resources.len()],
            changes: Vec::new(),
        }
    }

    /// Says all that can be said; the rest is [`Self::left`].
    pub(super) fn say_all(&mut self) {
        for index in 0..self.document.resources.len() {
            let (kind, resource) = &self.document.resources[index];
            if self.taken[index] || !resource.aliases.is_empty() {
                continue;
            }
            match kind.rules().short {
                "CDS" => self.cluster(index, kind, resource),
                "LDS" => self.listener(index, kind, resource),
                "SDS" => self.other(index, kind, resource, "secrets"),
                "RTDS" => self.other(index, kind, resource, "runtime"),
                _ => {}
            }
        }
    }

    fn cluster(&mut self, index: usize, kind: &'a ResourceType, resource: &'a Arc<Resource>) {
        let beside = resource.endpoints.as_ref().filter(|it| **it == resource.name);
        let beside = beside.and_then(|name| self.find("EDS", name));
        let (cds, eds) = (Target { kind, resource, instead: None }, beside.map(|it| self.target(it, None)));
        if self.style == Style::Simple
            && let Some(said) = self.cluster_outlined(&cds, eds.as_ref())
        {
            self.changes.push(format!(
                "cluster `{}`: each locality says its weight, the sum of its endpoints', which Envoy reads only on request",
                resource.name
            ));
            return self.take(Some(said), &[Some(index), beside]);
        }
        let said = unit::cluster(&cds, eds.as_ref(), &self.probe);
        let good = self.is_good(said.as_ref(), &cds, eds.as_ref());
        self.take(said.filter(|_| good || self.style == Style::Simple), &[Some(index), beside]);
    }

    /// A cluster with endpoints as the language writes them, if they are written otherwise now.
    fn cluster_outlined(&self, cds: &Target<'a>, eds: Option<&Target<'a>>) -> Option<Said> {
        let outlined = |it: &Target<'a>| message(it.kind, it.resource).and_then(|it| outline::localities(&it));
        let (inside, beside) = (outlined(cds), eds.and_then(outlined));
        if inside.is_none() && beside.is_none() {
            return None;
        }
        let cds = Target { kind: cds.kind, resource: cds.resource, instead: inside };
        let eds = eds.map(|it| Target { kind: it.kind, resource: it.resource, instead: beside });
        unit::cluster(&cds, eds.as_ref(), &self.probe)
    }

    fn listener(&mut self, index: usize, kind: &'a ResourceType, resource: &'a Arc<Resource>) {
        let beside = self.find("RDS", &resource.name);
        let (lds, rds) = (Target { kind, resource, instead: None }, beside.map(|it| self.target(it, None)));
        let mut said = unit::listener(&lds, rds.as_ref(), &self.probe);
        let good = self.is_good(said.as_ref(), &lds, rds.as_ref());
        let inline = message(kind, resource).and_then(|it| outline::routes(&it));
        if let (Style::Simple, None, Some((outlined, routes)), Some(routes_kind)) =
            (self.style, beside, inline, ResourceType::from_short("RDS"))
        {
            let lds = Target { kind, resource, instead: Some(outlined) };
            // Its name is the listener's, and its bytes are new.
            let rds = Target { kind: &routes_kind, resource, instead: Some(routes) };
            if let Some(simple) = unit::listener(&lds, Some(&rds), &self.probe) {
                let name = &resource.name;
                self.changes.push(format!(
                    "listener `{name}`: its inline routes are a route configuration of their own, `{name}`, so that \
                     they change without its connections being drained"
                ));
                said = Some(simple);
            }
        }
        let keep = (good || self.style == Style::Simple).then_some(said).flatten();
        self.take(keep, &[Some(index), beside]);
    }

    fn other(&mut self, index: usize, kind: &ResourceType, resource: &Arc<Resource>, list: &'static str) {
        let target = Target { kind, resource, instead: None };
        let said = unit::other(&target, list, &self.probe);
        let good = self.is_good(said.as_ref(), &target, None);
        self.take(said.filter(|_| good || self.style == Style::Simple), &[Some(index)]);
    }

    /// Whether it is worth saying so.
    fn is_good(&self, said: Option<&Said>, first: &Target<'_>, second: Option<&Target<'_>>) -> bool {
        let targets: Vec<_> = std::iter::once(first).chain(second).collect();
        said.is_some_and(|it| is_simple(it, &targets))
    }

    fn take(&mut self, said: Option<Said>, indices: &[Option<usize>]) {
        let Some(said) = said else { return };
        self.said.push(said);
        indices.iter().flatten().for_each(|it| self.taken[*it] = true);
    }

    fn target(&self, index: usize, instead: Option<Value>) -> Target<'a> {
        let (kind, resource) = &self.document.resources[index];
        Target { kind, resource, instead }
    }

    fn find(&self, short: &str, name: &str) -> Option<usize> {
        let is_it = |(kind, it): &(ResourceType, Arc<Resource>)| {
            kind.rules().short == short && &*it.name == name && it.aliases.is_empty()
        };
        self.document.resources.iter().position(is_it)
    }

    /// The resources that are not said simply.
    pub(super) fn left(&self) -> impl Iterator<Item = &'a (ResourceType, Arc<Resource>)> {
        let all = self.style == Style::Envoy;
        self.document.resources.iter().zip(&self.taken).filter(move |(_, taken)| all || !**taken).map(|(it, _)| it)
    }
}
