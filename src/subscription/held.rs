//! What a client has, of one type: what it accepted, never merely what was sent (P28, P99).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::interest::Interest;
use crate::resource::{Resource, ResourceType, Version};
use crate::snapshot::{KnownVersions, TypeSet};

/// What the client has of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holding {
    /// Nothing.
    Nothing,
    /// This version.
    Exactly(Version),
    /// Something, but which is not known: a version of another server, or a response that it refused in part.
    Unknown,
}

/// All that the client has: whatever its interest covers of `base`, but for the exceptions.
///
/// So a stream that is up to date stores one pointer, however many resources it has, and what changed since is
/// computed once for all streams with the same base (P251).
#[derive(Debug)]
pub(super) struct Held {
    base: Arc<TypeSet>,
    /// What `base` is made of, if that is what the client said: kept for others that say the same.
    said: KnownVersions,
    /// By canonical name.
    exceptions: BTreeMap<Arc<str>, Holding>,
}

impl Held {
    /// Nothing at all.
    pub(super) fn nothing(kind: &ResourceType) -> Self {
        Self { base: TypeSet::empty(kind), said: KnownVersions::default(), exceptions: BTreeMap::new() }
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.base.resources().is_empty() && self.exceptions.is_empty()
    }

    pub(super) fn base(&self) -> &Arc<TypeSet> {
        &self.base
    }

    pub(super) fn exceptions(&self) -> &BTreeMap<Arc<str>, Holding> {
        &self.exceptions
    }

    /// What the client has of the resource with this canonical name.
    pub(super) fn of(&self, name: &str, interest: &Interest) -> Holding {
        if let Some(exception) = self.exceptions.get(name) {
            return *exception;
        }
        match exact(&self.base, name) {
            Some(resource) if interest.covers(resource) => Holding::Exactly(resource.version),
            _ => Holding::Nothing,
        }
    }

    /// The client has all that it wants of this set, but for these.
    pub(super) fn settle(&mut self, set: &Arc<TypeSet>, exceptions: BTreeMap<Arc<str>, Holding>) {
        self.base = set.clone();
        self.said = KnownVersions::default();
        self.exceptions = exceptions;
    }

    /// The client says that it has these, and had nothing so far.
    pub(super) fn claim(&mut self, known: &KnownVersions) {
        self.base = known.as_set(self.base.kind());
        self.said = known.clone();
    }

    pub(super) fn note(&mut self, name: Arc<str>, holding: Holding) {
        self.exceptions.insert(name, holding);
    }

    /// A name, canonical or alias, that the client has not got whatever `base` says: it only now asks for it (P72).
    pub(super) fn lacks(&mut self, name: &str) {
        if let Some(resource) = self.base.get(name) {
            self.exceptions.insert(resource.name.clone(), Holding::Nothing);
        } else if let Some(holding) = self.exceptions.get_mut(name) {
            *holding = Holding::Nothing;
        }
    }

    /// Drops the exceptions for which `keep` is false: what is no longer asked for is not tracked.
    pub(super) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.exceptions.retain(|name, _| keep(name));
    }

    pub(super) fn forget(&mut self, name: &str) {
        self.exceptions.remove(name);
    }

    /// Lists one by one what a client has by its names, since a wildcard is about to cover all of `base` (P65).
    pub(super) fn enumerate(&mut self, interest: &Interest) {
        let by_name = interest.names().iter().filter_map(|it| self.base.get(it));
        let mut listed: BTreeMap<_, _> = by_name.map(|it| (it.name.clone(), Holding::Exactly(it.version))).collect();
        listed.extend(std::mem::take(&mut self.exceptions));
        listed.retain(|_, holding| *holding != Holding::Nothing);
        self.settle(&TypeSet::empty(self.base.kind()), listed);
    }
}

/// The resource of this canonical name, never one that has it as an alias.
pub(super) fn exact<'a>(set: &'a TypeSet, name: &str) -> Option<&'a Arc<Resource>> {
    set.get(name).filter(|it| *it.name == *name)
}
