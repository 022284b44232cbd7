//! All resources of one type in a snapshot.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::encoding::sotw_response;
use super::portion::Onward;
use super::recent::Recent;
use super::{Changes, Composition, Names, Subset};
use crate::resource::{Flavour, Resource, ResourceType, TYPES, Version};

/// A set with leftovers, and the names that it was asked for with.
type Mixture = (Arc<TypeSet>, Option<Arc<Names>>);

/// An immutable set of resources of one type, by name.
pub struct TypeSet {
    kind: ResourceType,
    /// In name order.
    resources: Vec<Arc<Resource>>,
    /// Alias to canonical name.
    aliases: BTreeMap<Arc<str>, Arc<str>>,
    version: Version,
    label: Option<Arc<str>>,
    /// Of a mixture of clusters, which clients tell when they come back: what it is made of.
    composition: Option<Composition>,
    /// Unique in the process: what cached changes are known by.
    id: u64,
    /// Of a set that lies on the way to another: what is left.
    onward: Option<Onward>,
    whole: [OnceLock<Bytes>; 3],
    /// By the older set.
    changes: Recent<u64, Changes>,
    /// By the older set and the names, which are kept so that equal ones have the same number.
    leftovers: Recent<(u64, Option<u64>), Mixture>,
    /// By the names.
    subsets: Recent<u64, Subset>,
    /// By the older set and the names.
    named_changes: Recent<(u64, u64), Changes>,
    /// By the hash of what they are made of.
    messages: Recent<Version, Bytes>,
}

impl TypeSet {
    /// A set of these resources, whose names must be unique. `label` is the user's own version, if there is one.
    pub fn new(kind: ResourceType, mut resources: Vec<Arc<Resource>>, label: Option<Arc<str>>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        resources.sort_by(|a, b| a.name.cmp(&b.name));
        let version = Version::of_set(resources.iter().map(|it| (&*it.name, it.version)));
        let aliases =
            resources.iter().flat_map(|it| it.aliases.iter().map(|alias| (alias.clone(), it.name.clone()))).collect();
        Self {
            kind,
            resources,
            aliases,
            version,
            label,
            composition: None,
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            onward: None,
            whole: Default::default(),
            changes: Recent::default(),
            leftovers: Recent::default(),
            subsets: Recent::default(),
            named_changes: Recent::default(),
            messages: Recent::default(),
        }
    }

    /// The set without resources; one allocation for all who ask, so that what changed since it is shared too.
    pub fn empty(kind: &ResourceType) -> Arc<Self> {
        static EMPTY: [OnceLock<Arc<TypeSet>>; TYPES.len()] = [const { OnceLock::new() }; TYPES.len()];
        let make = || Arc::new(Self::new(kind.clone(), Vec::new(), None));
        match TYPES.iter().position(|row| row.url == kind.url()) {
            Some(at) => EMPTY[at].get_or_init(make).clone(),
            None => make(),
        }
    }

    /// The type.
    pub fn kind(&self) -> &ResourceType {
        &self.kind
    }

    /// All resources, in name order.
    pub fn resources(&self) -> &[Arc<Resource>] {
        &self.resources
    }

    /// The resource of this name or alias (P120).
    pub fn get(&self, name: &str) -> Option<&Arc<Resource>> {
        let by_name = |name: &str| self.resources.binary_search_by(|it| (*it.name).cmp(name)).ok();
        let at = by_name(name).or_else(|| by_name(self.aliases.get(name)?));
        at.and_then(|it| self.resources.get(it))
    }

    /// The hash of all names and versions.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The user's own version for this set.
    pub fn label(&self) -> Option<&Arc<str>> {
        self.label.as_ref()
    }

    /// What clients see as the version of the whole set: the user's label, else the hash, with what a mixture is made of.
    pub fn version_info(&self) -> String {
        match (&self.label, &self.composition) {
            (Some(label), _) => label.to_string(),
            (None, Some(composition)) => composition.version_info(self.version),
            (None, None) => self.version.to_string(),
        }
    }

    /// The `DiscoveryResponse`, without its nonce, that holds the whole set.
    pub fn whole_response(&self, flavour: Flavour) -> Bytes {
        let encode = || {
            sotw_response(&self.kind, &self.version_info(), self.resources.iter().map(|it| it.sotw_element(flavour)))
        };
        self.whole[flavour as usize].get_or_init(encode).clone()
    }

    /// What changed from `base` to this set; computed once for all streams that hold the same base.
    pub fn changes_since(&self, base: &Self) -> Arc<Changes> {
        if let Some(rest) = base.onward.as_ref().and_then(|it| it.to(self.id, None)) {
            return rest.clone();
        }
        self.changes.get_or_make(base.id, || {
            if self.id == base.id { Changes::default() } else { Changes::between(&base.resources, &self.resources) }
        })
    }

    /// This set and what `base` has besides, by name: all of it, or these names only; this very set if that is nothing.
    /// Made once for all who come from the same base. It has no label: the user's own version says nothing of such a
    /// mixture.
    pub fn with_leftovers_of(self: &Arc<Self>, base: &Self, only: Option<&Arc<Names>>) -> Arc<Self> {
        let changes = self.changes_since(base);
        let is_wanted = |it: &Arc<Resource>| only.is_none_or(|only| only.get(&it.name).is_some());
        let is_free = |it: &Arc<Resource>| it.aliases.iter().all(|alias| self.get(alias).is_none());
        let gone = changes.removed.iter().filter_map(|it| base.get(it)).filter(|it| self.get(&it.name).is_none());
        let kept: Vec<_> = gone.filter(|it| is_wanted(it) && is_free(it)).cloned().collect();
        if kept.is_empty() {
            return self.clone();
        }
        let mix = || {
            let names = kept.iter().map(|it| &*it.name);
            let composition = self.kind.rules().full_state.then(|| match &self.composition {
                Some(composition) => composition.with(names),
                None => Composition::new(self.version, names),
            });
            let resources = self.resources.iter().chain(&kept).cloned().collect();
            (Arc::new(Self { composition, ..Self::new(self.kind.clone(), resources, None) }), only.cloned())
        };
        self.leftovers.get_or_make((base.id, only.map(|it| it.id())), mix).0.clone()
    }

    /// What these names select; found once for all streams that ask for the same.
    pub fn subset(&self, names: &Names) -> Arc<Subset> {
        self.subsets.get_or_make(names.id(), || Subset::of(self, names))
    }

    /// What changed from `base` to this set in what these names select; computed once for all streams with the same.
    pub fn named_changes_since(&self, base: &Self, names: &Names) -> Arc<Changes> {
        if let Some(rest) = base.onward.as_ref().and_then(|it| it.to(self.id, Some(names.id()))) {
            return rest.clone();
        }
        self.named_changes.get_or_make((base.id, names.id()), || {
            let all = self.changes_since(base);
            // By whichever is the shorter list.
            if all.changed.len() + all.removed.len() > names.as_slice().len() {
                Changes::between(base.subset(names).resources(), self.subset(names).resources())
            } else {
                all.of_names(base, names)
            }
        })
    }

    /// This set with some changes made, as a set on the way to another.
    pub(super) fn with(&self, changes: &Changes, onward: Onward) -> Self {
        let is_gone = |it: &Arc<Resource>| {
            changes.changed.binary_search_by(|new| new.name.cmp(&it.name)).is_ok()
                || changes.removed.binary_search(&it.name).is_ok()
        };
        let kept = self.resources.iter().filter(|it| !is_gone(it));
        let resources = kept.chain(&changes.changed).cloned().collect();
        Self { onward: Some(onward), ..Self::new(self.kind.clone(), resources, self.label.clone()) }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn has_aliases(&self) -> bool {
        !self.aliases.is_empty()
    }

    /// A message that `content` is the hash of: made once for all streams that come to need the same.
    pub fn message(&self, content: Version, make: impl FnOnce() -> Bytes) -> Bytes {
        Bytes::clone(&self.messages.get_or_make(content, make))
    }
}

impl fmt::Debug for TypeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({} resources)", self.kind, self.version_info(), self.resources.len())
    }
}
