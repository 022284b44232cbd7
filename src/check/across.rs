//! Rules across documents: what one refers to and another has, or nobody; what two of them claim.
//!
//! Works on facts, not on trees, so that an edit costs a look at each reference and no reading. Documents are for
//! nodes: a reference holds if, for each node that gets it, some document that this node gets as well defines the name.
//! Leaves to `app` what follows for the generation.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::facts::{Facts, Reference};
use crate::resource::{Resource, ResourceType};
use crate::spec::{Diagnostic, Diagnostics, Levels, NodeSelector, Severity, Span, Text, codes, did_you_mean};

/// One document, as far as others are concerned.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Its text.
    pub text: &'a Text,
    /// Who gets it.
    pub nodes: &'a [NodeSelector],
    /// What it decided about lints.
    pub levels: &'a Levels,
    /// Its resources.
    pub resources: &'a [(ResourceType, Arc<Resource>)],
    /// Facts of each resource.
    pub facts: &'a [Arc<Facts>],
}

/// What is wrong, and with which documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The documents concerned, by index; the one with the primary place first.
    pub parts: Vec<usize>,
    /// The name that is missing or claimed twice, with its type.
    pub name: (ResourceType, Arc<str>),
    /// The diagnostic, its level applied.
    pub diagnostic: Diagnostic,
}

/// A resource and the document that has it.
#[derive(Debug, Clone, Copy)]
struct Place {
    part: usize,
    resource: usize,
}

/// All documents, and who defines what.
struct World<'a> {
    parts: &'a [Part<'a>],
    by_name: HashMap<(&'a ResourceType, &'a str), Vec<Place>>,
    out: Vec<Fault>,
    /// How many faults each document has so far, and whether any is an error.
    counts: Vec<(usize, bool)>,
}

/// What is wrong between these documents. `outside` are clusters that every Envoy has from its own bootstrap.
pub fn across(parts: &[Part<'_>], outside: &[Arc<str>]) -> Vec<Fault> {
    let counts = vec![(0, false); parts.len()];
    let mut world = World { parts, by_name: HashMap::new(), out: Vec::new(), counts };
    for (part, it) in parts.iter().enumerate() {
        for (resource, (kind, it)) in it.resources.iter().enumerate() {
            for name in std::iter::once(&it.name).chain(&it.aliases) {
                world.by_name.entry((kind, name)).or_default().push(Place { part, resource });
            }
        }
    }
    world.claimed_twice();
    world.same_address();
    world.missing(outside);
    world.unused();
    world.in_order()
}

/// A type that is asked for by name, and what to say of it.
struct Kind {
    short: &'static str,
    /// In a user's words.
    what: &'static str,
    missing: &'static str,
    unused: Option<&'static str>,
    /// What follows if it is missing.
    effect: &'static str,
}

/// Types that are referred to.
const KINDS: &[Kind] = &[
    Kind {
        short: "CDS",
        what: "cluster",
        missing: codes::MISSING_CLUSTER,
        unused: Some(codes::UNUSED_CLUSTER),
        effect: "requests to it are answered with 503, or the listener is refused",
    },
    Kind {
        short: "RDS",
        what: "route configuration",
        missing: codes::MISSING_ROUTES,
        unused: Some(codes::UNUSED_ROUTES),
        effect: "the listener waits for it, and then answers every request with 404",
    },
    Kind {
        short: "EDS",
        what: "load assignment",
        missing: codes::MISSING_ENDPOINTS,
        unused: Some(codes::UNUSED_ENDPOINTS),
        effect: "the cluster waits for it, and then has no endpoints",
    },
    Kind {
        short: "SDS",
        what: "secret",
        missing: codes::MISSING_SECRET,
        unused: Some(codes::UNUSED_SECRET),
        effect: "the listener or cluster that needs it cannot make a connection",
    },
    Kind {
        short: "ECDS",
        what: "extension configuration",
        missing: codes::MISSING_EXTENSION,
        unused: None,
        effect: "the filter chain that needs it does not start",
    },
];

fn kind_of(kind: &ResourceType) -> Option<&'static Kind> {
    KINDS.iter().find(|it| it.short == kind.rules().short)
}

impl<'a> World<'a> {
    fn facts(&self, place: Place) -> Option<&'a Facts> {
        self.parts[place.part].facts.get(place.resource).map(Arc::as_ref)
    }

    fn span(&self, place: Place) -> Span {
        self.facts(place).map(|it| it.name).unwrap_or_default()
    }

    /// Reports a fault of the part that is named first.
    fn push(&mut self, parts: Vec<usize>, kind: &ResourceType, name: &Arc<str>, diagnostic: Diagnostic) {
        let Some(first) = parts.first().copied() else { return };
        let Some(diagnostic) = self.parts[first].levels.apply(diagnostic) else { return };
        let is_error = diagnostic.severity == Severity::Error;
        let (count, has_errors) = &mut self.counts[first];
        if *count < Diagnostics::LIMIT || (is_error && !*has_errors) {
            *count += 1;
            *has_errors |= is_error;
            self.out.push(Fault { parts, name: (kind.clone(), name.clone()), diagnostic });
        }
    }

    /// Whether further faults of this document change nothing: no need then to make them well.
    fn is_full(&self, part: usize) -> bool {
        let (count, has_errors) = self.counts[part];
        count >= Diagnostics::LIMIT && has_errors
    }

    /// What was found in the order of the documents, each fault of one place once: a cluster that two documents define
    /// brings its endpoints with it.
    fn in_order(mut self) -> Vec<Fault> {
        let place = |it: &Fault| {
            let span = it.diagnostic.labels.first().and_then(|it| it.span);
            (it.parts.first().copied(), span, it.diagnostic.code)
        };
        self.out.sort_by_key(place);
        self.out.dedup_by_key(|it| place(it));
        self.out
    }

    /// One name in two documents that some node gets both of, or twice in one: as a name and an alias, say (P122).
    fn claimed_twice(&mut self) {
        let parts = self.parts;
        let mut faults = Vec::new();
        for ((kind, name), places) in self.by_name.iter().filter(|it| it.1.len() > 1) {
            for (at, second) in places.iter().enumerate() {
                let clashes = |it: &&Place| surely_meet(&parts[it.part], &parts[second.part]);
                let Some(first) = places[..at].iter().find(clashes) else { continue };
                let text = parts[second.part].text;
                let message = match first.part == second.part {
                    true => format!("two {kind} resources of this document have the name `{name}`"),
                    false => format!("the {kind} resource `{name}` is defined by two documents for the same nodes"),
                };
                let fault = Diagnostic::of(codes::CLASH, text, self.span(*second), message)
                    .related(parts[first.part].text, self.span(*first), "first defined here")
                    .help("rename one, or give the documents different `nodes`");
                faults.push((vec![second.part, first.part], *kind, Arc::from(*name), fault));
            }
        }
        faults.sort_by(|a, b| (&a.0, a.1, &a.2).cmp(&(&b.0, b.1, &b.2)));
        faults.into_iter().for_each(|(parts, kind, name, fault)| self.push(parts, kind, &name, fault));
    }

    /// Two listeners that bind one address on one node: the second is refused.
    fn same_address(&mut self) {
        let parts = self.parts;
        let mut taken: HashMap<&str, Vec<(Place, Span)>> = HashMap::new();
        for (part, it) in parts.iter().enumerate() {
            for (resource, facts) in it.facts.iter().enumerate() {
                for socket in &facts.sockets {
                    let place = Place { part, resource };
                    let others = taken.entry(&socket.address).or_default();
                    let clashes = |other: &&(Place, Span)| {
                        (other.0.part, other.0.resource) != (part, resource)
                            && (other.0.part == part || surely_meet(&parts[other.0.part], it))
                    };
                    if let Some((first, span)) = others.iter().find(clashes).copied() {
                        let message = format!("two listeners bind {}", socket.address);
                        let fault = Diagnostic::of(codes::SAME_ADDRESS, it.text, socket.span, message)
                            .related(parts[first.part].text, span, "bound here first")
                            .help("give one of them another port, or join them: one listener, two filter chains");
                        let (kind, resource) = &it.resources[resource];
                        self.push(vec![part, first.part], kind, &resource.name, fault);
                    }
                    others.push((place, socket.span));
                }
            }
        }
    }

    /// References that no document, or none that the same nodes get, answers.
    fn missing(&mut self, outside: &[Arc<str>]) {
        for (part, it) in self.parts.iter().enumerate() {
            for reference in it.facts.iter().flat_map(|it| &it.references).filter(|it| it.ours) {
                if self.is_full(part) {
                    break;
                }
                let is_outside = reference.to.rules().short == "CDS" && outside.contains(&reference.name);
                if let Some(kind) = kind_of(&reference.to).filter(|_| !is_outside)
                    && let Some(diagnostic) = self.unanswered(part, kind, reference)
                {
                    self.push(vec![part], &reference.to, &reference.name, diagnostic);
                }
            }
        }
    }

    fn unanswered(&self, part: usize, kind: &Kind, reference: &Reference) -> Option<Diagnostic> {
        let it = &self.parts[part];
        let name = &reference.name;
        let places = self.by_name.get(&(&reference.to, &**name)).map_or(&[][..], Vec::as_slice);
        // Most documents are for every node.
        if places.iter().any(|it| self.parts[it.part].nodes.is_empty()) {
            return None;
        }
        let definers: Vec<_> = places.iter().map(|it| &self.parts[it.part]).collect();
        if reaches_all(&definers, it.nodes) {
            return None;
        }
        let fault = |code, message: String| Diagnostic::of(code, it.text, reference.span, message);
        if let Some(place) = places.iter().find(|place| may_meet(&self.parts[place.part], it)) {
            let message = format!("not every node that gets this has the {} `{name}`", kind.what);
            let related = "it is defined here, for some of them only";
            let fault = fault(codes::NOT_FOR_ALL, message);
            return Some(fault.related(self.parts[place.part].text, self.span(*place), related));
        }
        let fault = fault(kind.missing, format!("no document defines the {} `{name}`", kind.what));
        let fault =
            fault.remark(self.nearest(reference).map_or_else(String::new, |it| format!("did you mean `{it}`?")));
        let fault = match places.first() {
            Some(place) => fault.related(self.parts[place.part].text, self.span(*place), "this one is for other nodes"),
            None => fault,
        };
        let fault = fault.help(format!("without it, {}", kind.effect));
        Some(match self.of_another_kind(reference).filter(|_| places.is_empty()) {
            Some((other, place)) => {
                let related = format!("`{name}` is a {other} here");
                fault.related(self.parts[place.part].text, self.span(place), related)
            }
            None => fault,
        })
    }

    /// The name that was most likely meant.
    fn nearest(&self, reference: &Reference) -> Option<&'a str> {
        // Distances cost: beyond some thousands of names a suggestion is not worth its time.
        const MOST: usize = 20_000;
        let names = self.by_name.keys().filter(|it| *it.0 == reference.to).map(|it| it.1).take(MOST);
        let is_near = |it: &&str| **it != *reference.name && it.len().abs_diff(reference.name.len()) <= 3;
        let mut near: Vec<_> = names.filter(is_near).collect();
        near.sort_unstable();
        did_you_mean(&reference.name, near)
    }

    /// A resource of this name that cannot be what was meant. Clusters and their endpoints share names by nature.
    fn of_another_kind(&self, reference: &Reference) -> Option<(&'static str, Place)> {
        let mut others = KINDS.iter().filter(|it| it.short != "EDS" && reference.to.rules().short != "EDS");
        others.find_map(|it| {
            let kind = ResourceType::from_short(it.short).filter(|it| *it != reference.to)?;
            let place = self.by_name.get(&(&kind, &*reference.name))?.first()?;
            Some((it.what, *place))
        })
    }

    /// What is asked for by name only, and nobody's reference names. A lint: it may be used by what is not here.
    fn unused(&mut self) {
        let parts = self.parts;
        let facts = || parts.iter().flat_map(|it| it.facts);
        let references = || facts().flat_map(|it| &it.references);
        let used: HashSet<_> = references().map(|it| (&it.to, &*it.name)).collect();
        // Who refers to clusters must be known, or "unused" means nothing: listeners may come from elsewhere.
        let asked: HashSet<_> = used.iter().map(|it| it.0.rules().short).collect();
        let refers_to = |short: &str| asked.contains(short);
        let picks_any = facts().any(|it| it.picks_any_cluster);
        let known: Vec<_> =
            KINDS.iter().filter(|it| refers_to(it.short) && !(it.short == "CDS" && picks_any)).collect();
        for (part, it) in parts.iter().enumerate() {
            for (resource, (kind, member)) in it.resources.iter().enumerate() {
                let Some(row) = known.iter().find(|it| it.short == kind.rules().short) else { continue };
                let is_used =
                    std::iter::once(&member.name).chain(&member.aliases).any(|it| used.contains(&(kind, &**it)));
                let Some(code) = row.unused.filter(|_| !is_used) else { continue };
                let span = self.span(Place { part, resource });
                let message = format!("nothing refers to the {} `{}`", row.what, member.name);
                self.push(vec![part], kind, &member.name, Diagnostic::of(code, it.text, span, message));
            }
        }
    }
}

/// Whether each node of these selectors gets at least one of the documents.
fn reaches_all(documents: &[&Part<'_>], nodes: &[NodeSelector]) -> bool {
    if documents.iter().any(|it| it.nodes.is_empty()) {
        return true;
    }
    let selectors = || documents.iter().flat_map(|it| it.nodes);
    !nodes.is_empty() && nodes.iter().all(|node| selectors().any(|it| it.covers(node)))
}

/// Whether some node gets both for certain: one of them reaches all nodes of the other.
fn surely_meet(a: &Part<'_>, b: &Part<'_>) -> bool {
    let any_covers = |a: &Part<'_>, b: &Part<'_>| {
        a.nodes.is_empty() || b.nodes.iter().any(|node| a.nodes.iter().any(|it| it.covers(node)))
    };
    any_covers(a, b) || any_covers(b, a)
}

/// Whether some node could get both.
fn may_meet(a: &Part<'_>, b: &Part<'_>) -> bool {
    a.nodes.is_empty() || b.nodes.is_empty() || a.nodes.iter().any(|a| b.nodes.iter().any(|b| a.overlaps(b)))
}
