//! The names of one subscription: a pointer to a list that all who ask for the same share, or a set of its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::resource::Resource;
use crate::snapshot::Names;

/// The name that means "all of them", and never a resource (P58).
pub(super) const STAR: &str = "*";

/// A set of names.
///
/// A delta client may change its names one by one, ten thousand times (P119); then they are a tree, until the next push
/// makes it worth while to find out who else has the same.
#[derive(Debug, Clone)]
pub(super) enum NameSet {
    Own(BTreeSet<Arc<str>>),
    Shared(Arc<Names>),
}

impl NameSet {
    /// A set that is shared with whoever has an equal one.
    pub(super) fn shared(names: Vec<Arc<str>>) -> Self {
        Self::Shared(Names::shared(names))
    }

    /// The names of a request, `*` is none of them. `own` makes those that nobody else has as a list.
    pub(super) fn listed(names: &[String], own: impl Fn(&str) -> Arc<str>) -> Self {
        Self::Shared(Names::listed(names.iter().map(String::as_str).filter(|it| *it != STAR).collect(), own))
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Own(tree) => tree.len(),
            Self::Shared(names) => names.as_slice().len(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name as it is kept here.
    pub(super) fn get(&self, name: &str) -> Option<&Arc<str>> {
        match self {
            Self::Own(tree) => tree.get(name),
            Self::Shared(names) => names.get(name),
        }
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Whether this resource is meant by its name or an alias.
    pub(super) fn covers(&self, resource: &Resource) -> bool {
        self.contains(&resource.name) || resource.aliases.iter().any(|it| self.contains(it))
    }

    /// In order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        let (tree, list) = match self {
            Self::Own(tree) => (Some(tree.iter()), None),
            Self::Shared(names) => (None, Some(names.as_slice().iter())),
        };
        tree.into_iter().flatten().chain(list.into_iter().flatten())
    }

    pub(super) fn insert(&mut self, name: Arc<str>) {
        self.own().insert(name);
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Arc<str>> {
        // What is not in it leaves a shared list as it is.
        if self.contains(name) { self.own().take(name) } else { None }
    }

    /// Shares the set, if it is not shared already.
    pub(super) fn share(&mut self) {
        if let Self::Own(tree) = self {
            *self = Self::shared(std::mem::take(tree).into_iter().collect());
        }
    }

    /// The set as a tree of its own.
    fn own(&mut self) -> &mut BTreeSet<Arc<str>> {
        if let Self::Shared(names) = self {
            *self = Self::Own(names.as_slice().iter().cloned().collect());
        }
        let Self::Own(tree) = self else { unreachable!("it was made so just now") };
        tree
    }
}

impl Default for NameSet {
    fn default() -> Self {
        Self::Own(BTreeSet::new())
    }
}
