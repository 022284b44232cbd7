//! Lists of names that many clients ask for, each kept once for all of them.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::alike::Alike;
use crate::resource::Resource;

/// An immutable set of names. Equal sets that are in use at the same time are the same allocation, so that a thousand
/// idle streams with the same thousand names hold a pointer each, and what they need is found by the set's number.
pub struct Names {
    /// Unique in the process, and never used again.
    id: u64,
    /// Sorted, without duplicates.
    list: Box<[Arc<str>]>,
}

impl Names {
    /// The set of these names.
    pub fn shared(mut names: Vec<Arc<str>>) -> Arc<Self> {
        names.sort_unstable();
        names.dedup();
        Self::find_or_make(&names, || names.as_slice().into())
    }

    /// The set of these names, which `own` makes if nobody has the set yet.
    pub fn listed(mut names: Vec<&str>, own: impl Fn(&str) -> Arc<str>) -> Arc<Self> {
        names.sort_unstable();
        names.dedup();
        Self::find_or_make(&names, || names.iter().map(|it| own(it)).collect())
    }

    /// `names` are in order, each once.
    fn find_or_make<T: Deref<Target = str> + Hash>(names: &[T], make: impl FnOnce() -> Box<[Arc<str>]>) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // Invisible but for memory: like `TypeSet::empty`, whoever asks gets what he would have made himself.
        static KNOWN: Mutex<Option<Alike<Names>>> = Mutex::new(None);
        let mut hasher = DefaultHasher::new();
        names.hash(&mut hasher);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |it: &Self| it.list.iter().map(|it| &**it).eq(names.iter().map(|it| &**it));
        let make = || Self { id: NEXT.fetch_add(1, Ordering::Relaxed), list: make() };
        known.get_or_insert_default().find_or_add(hasher.finish(), is_it, make)
    }

    /// Tells this set from all others, and from all that were before it.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// In order.
    pub fn as_slice(&self) -> &[Arc<str>] {
        &self.list
    }

    /// The name as it is kept here.
    pub fn get(&self, name: &str) -> Option<&Arc<str>> {
        self.list.get(self.list.binary_search_by(|it| (**it).cmp(name)).ok()?)
    }

    /// Whether this resource is meant by its name or an alias.
    pub fn covers(&self, resource: &Resource) -> bool {
        self.get(&resource.name).is_some() || resource.aliases.iter().any(|it| self.get(it).is_some())
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.list).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> Vec<Arc<str>> {
        names.iter().map(|it| (*it).into()).collect()
    }

    #[test]
    fn p251_equal_sets_are_one_and_others_are_not() {
        let one = Names::shared(list(&["b", "a", "b"]));
        assert!(Arc::ptr_eq(&one, &Names::shared(list(&["a", "b"]))));
        assert_eq!(one.as_slice().len(), 2);
        assert!(Arc::ptr_eq(&one, &Names::listed(vec!["b", "a", "b"], |_| unreachable!("it is known"))));
        let other = Names::shared(list(&["a", "b", "c"]));
        assert_ne!(one.id(), other.id());
        assert!(one.get("a").is_some() && one.get("c").is_none());
    }
}
