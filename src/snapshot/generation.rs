//! Generations and groups: one accepted set of documents, and the snapshot of each group of nodes in it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::TypeSet;
use crate::compile::Document;
use crate::resource::{Node, Origin, Resource, ResourceType, Version};

/// All resources of one generation for one group of nodes.
#[derive(Debug)]
pub struct Snapshot {
    /// The number of the generation, from 1.
    pub generation: u64,
    /// Names of the documents that it is made of.
    pub documents: Vec<Arc<str>>,
    types: BTreeMap<ResourceType, Arc<TypeSet>>,
    extent: Extent,
    /// The generation that what routes traffic is of: an older one in a step that leaves that as it is.
    routes_of: u64,
    /// Unique in the process, from 1.
    id: u64,
}

/// How much of its generation a snapshot shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Extent {
    /// All of it.
    #[default]
    Whole,
    /// A step on the way to it: some sets are still those of before.
    Step,
    /// A step on the way to it that says nothing of what routes traffic: who has some of that keeps it.
    Used,
}

/// One accepted set of documents. Snapshots are made when a node first needs them and shared by its whole group.
#[derive(Debug)]
pub struct Generation {
    /// Counts up in this process, from 1.
    pub number: u64,
    /// The hash of all documents' resources: equal on every replica.
    pub version: Version,
    documents: Vec<Arc<Document>>,
    state: Mutex<Groups>,
}

/// The resources of one type and the labels of the documents that they come from.
type Members<'a> = (Vec<Arc<Resource>>, Vec<Option<&'a Arc<str>>>);
type SetKey = (ResourceType, Version, Option<Arc<str>>);

#[derive(Debug, Default)]
struct Groups {
    /// By the documents that match, as indices.
    snapshots: HashMap<Vec<usize>, Result<Arc<Snapshot>, Arc<Clash>>>,
    /// Every set of this generation: equal sets are the same allocation.
    sets: HashMap<SetKey, Arc<TypeSet>>,
    /// The sets of the generation before, as long as somebody still has them.
    lent: HashMap<SetKey, Weak<TypeSet>>,
}

/// Two documents define the same resource for one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The type.
    pub kind: ResourceType,
    /// The name.
    pub name: Arc<str>,
    /// Where each definition stands.
    pub places: [Origin; 2],
}

/// Which resource has each name and alias, by type.
#[derive(Debug, Default)]
struct Claims<'a>(HashMap<(&'a ResourceType, &'a str), &'a Resource>);

/// What a generation has for a node.
#[derive(Debug, Clone)]
pub enum Selection {
    /// These resources.
    Snapshot(Arc<Snapshot>),
    /// No document selects this node; `nearest` tells what is missing for the one that comes closest.
    Nothing {
        /// The document's name and the parts of its selector that do not match, in words.
        nearest: Option<String>,
    },
    /// Documents that contradict each other. The node keeps what it has.
    Clash(Arc<Clash>),
}

impl Selection {
    /// The resources, where there are any to be had.
    pub fn snapshot(self) -> Option<Arc<Snapshot>> {
        match self {
            Self::Snapshot(snapshot) => Some(snapshot),
            Self::Nothing { .. } | Self::Clash(_) => None,
        }
    }
}

impl Groups {
    /// The set that is kept under this key: one that is known already rather than the one that was just made.
    fn share(&mut self, key: SetKey, set: TypeSet) -> Arc<TypeSet> {
        let lent = self.lent.get(&key).and_then(Weak::upgrade);
        self.sets.entry(key).or_insert_with(|| lent.unwrap_or_else(|| Arc::new(set))).clone()
    }
}

impl Generation {
    /// A generation of these documents; `previous` lends the sets that did not change.
    pub fn new(number: u64, documents: Vec<Arc<Document>>, previous: Option<&Self>) -> Self {
        let members = documents.iter().flat_map(|it| &it.resources);
        let version = Version::of_set(members.map(|(_, it)| (&*it.name, it.version)));
        let lend = |state: &mut Groups| state.sets.iter().map(|(key, it)| (key.clone(), Arc::downgrade(it))).collect();
        let lent = previous.map(|it| it.lock(lend)).unwrap_or_default();
        Self { number, version, documents, state: Mutex::new(Groups { lent, ..Groups::default() }) }
    }

    /// The documents.
    pub fn documents(&self) -> &[Arc<Document>] {
        &self.documents
    }

    /// Whether every document gives the same resources, labels and places to the same nodes.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.documents.len() == other.documents.len()
            && self.documents.iter().zip(&other.documents).all(|(a, b)| Arc::ptr_eq(a, b) || a.is_same_as(b))
    }

    /// What this node should have.
    pub fn select(&self, node: &Node) -> Selection {
        let matching: Vec<usize> = (0..self.documents.len()).filter(|it| self.documents[*it].selects(node)).collect();
        if matching.is_empty() {
            return Selection::Nothing { nearest: self.nearest(node) };
        }
        let snapshot = self.lock(|state| {
            if let Some(known) = state.snapshots.get(&matching) {
                return known.clone();
            }
            let made = self.merge(&matching, state).map(Arc::new).map_err(Arc::new);
            state.snapshots.insert(matching, made.clone());
            made
        });
        snapshot.map_or_else(Selection::Clash, Selection::Snapshot)
    }

    fn merge(&self, matching: &[usize], groups: &mut Groups) -> Result<Snapshot, Clash> {
        let mut by_type: BTreeMap<ResourceType, Members<'_>> =
            ResourceType::all_known().map(|it| (it, Members::default())).collect();
        let mut claims = Claims::default();
        for index in matching {
            let document = &self.documents[*index];
            for (kind, resource) in &document.resources {
                claims.claim(kind, resource)?;
                let (resources, labels) = by_type.entry(kind.clone()).or_default();
                resources.push(resource.clone());
                if labels.last() != Some(&document.label.as_ref()) {
                    labels.push(document.label.as_ref());
                }
            }
        }
        let mut types = BTreeMap::new();
        for (kind, (resources, labels)) in by_type {
            // A label names the whole set only if every contributing document agrees on it.
            let label = match labels.as_slice() {
                [Some(first), rest @ ..] if rest.iter().all(|it| *it == Some(first)) => Some((*first).clone()),
                _ => None,
            };
            let set = TypeSet::new(kind.clone(), resources, label);
            let key = (kind.clone(), set.version(), set.label().cloned());
            types.insert(kind, groups.share(key, set));
        }
        let documents = matching.iter().map(|it| self.documents[*it].name.clone()).collect();
        Ok(Snapshot {
            generation: self.number,
            documents,
            types,
            extent: Extent::Whole,
            routes_of: self.number,
            id: new_id(),
        })
    }

    /// The document with the fewest selector parts that miss this node.
    fn nearest(&self, node: &Node) -> Option<String> {
        let candidates = self.documents.iter().flat_map(|it| it.nodes.iter().map(move |selector| (it, selector)));
        let (document, selector) = candidates.min_by_key(|(_, selector)| selector.misses(node).count())?;
        let misses: Vec<String> = selector
            .misses(node)
            .map(|(part, glob, value)| format!("{part} is \"{}\", not \"{}\"", value.escape_default(), glob.as_str()))
            .collect();
        Some(format!("{}: {}", document.name, misses.join(", ")))
    }

    fn lock<T>(&self, use_it: impl FnOnce(&mut Groups) -> T) -> T {
        use_it(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn new_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Snapshot {
    /// A snapshot of these sets; for tests and tools. Real ones come from [`Generation::select`].
    pub fn new(generation: u64, sets: impl IntoIterator<Item = Arc<TypeSet>>) -> Self {
        let types = sets.into_iter().map(|it| (it.kind().clone(), it)).collect();
        Self { generation, documents: Vec::new(), types, extent: Extent::Whole, routes_of: generation, id: new_id() }
    }

    /// A step on the way to this snapshot, with these sets.
    #[must_use]
    pub fn step(&self, sets: impl IntoIterator<Item = Arc<TypeSet>>, extent: Extent) -> Self {
        let types = sets.into_iter().map(|it| (it.kind().clone(), it)).collect();
        let Self { generation, ref documents, .. } = *self;
        Self { generation, documents: documents.clone(), types, extent, routes_of: generation, id: new_id() }
    }

    /// Its sets of what routes traffic are those of another snapshot: who refuses them refuses that one's generation.
    #[must_use]
    pub fn with_routes_of(self, other: &Self) -> Self {
        Self { routes_of: other.routes_of, id: new_id(), ..self }
    }

    /// The number of the generation that a type's set is of.
    pub fn generation_of(&self, kind: &ResourceType) -> u64 {
        if kind.rules().routes { self.routes_of } else { self.generation }
    }

    /// Tells this snapshot from all others in the process: what was found out about it is known by this. Never 0.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// How much of its generation it shows.
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// Whether it says anything of a type.
    pub fn tells_of(&self, kind: &ResourceType) -> bool {
        self.extent != Extent::Used || !kind.rules().routes
    }

    /// The set of a type; `None` only for types outside the table of which no document has any.
    pub fn set(&self, kind: &ResourceType) -> Option<&Arc<TypeSet>> {
        self.types.get(kind)
    }

    /// All sets, in wire order.
    pub fn sets(&self) -> impl Iterator<Item = &Arc<TypeSet>> {
        self.types.values()
    }
}

impl<'a> Claims<'a> {
    /// Takes the resource's name and aliases, unless another resource has one of them.
    fn claim(&mut self, kind: &'a ResourceType, resource: &'a Resource) -> Result<(), Clash> {
        self.check(kind, resource)?;
        for name in names(resource) {
            // A resource that names itself twice contradicts itself.
            if let Some(other) = self.0.insert((kind, name), resource) {
                return Err(clash(kind, name, other, resource));
            }
        }
        Ok(())
    }

    /// Whether its name and aliases are free.
    fn check(&self, kind: &ResourceType, resource: &Resource) -> Result<(), Clash> {
        let taken = names(resource).find_map(|name| Some((name, *self.0.get(&(kind, &**name))?)));
        taken.map_or(Ok(()), |(name, other)| Err(clash(kind, name, other, resource)))
    }
}

fn names(resource: &Resource) -> impl Iterator<Item = &Arc<str>> {
    std::iter::once(&resource.name).chain(&resource.aliases)
}

fn clash(kind: &ResourceType, name: &Arc<str>, first: &Resource, second: &Resource) -> Clash {
    Clash { kind: kind.clone(), name: name.clone(), places: [first.origin.clone(), second.origin.clone()] }
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = &self.places;
        write!(
            f,
            "{} \"{}\" is defined twice for one node: {}:{} and {}:{}",
            self.kind, self.name, first.document, first.line, second.document, second.line
        )
    }
}
