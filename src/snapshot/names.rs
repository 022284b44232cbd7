//! Lists of names that many clients ask for, each kept once for all of them.

use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::resource::Resource;

/// An immutable set of names. Equal sets that are in use at the same time are the same allocation, so that a thousand
/// idle streams with the same thousand names hold a pointer each, and what they need is found by the set's number.
pub struct Names {
    /// Unique in the process, and never used again.
    id: u64,
    /// Sorted, without duplicates.
    list: Box<[Arc<str>]>,
}

/// The sets in use, by hash. Weak: who drops the last use of a set frees it.
#[derive(Default)]
struct Known {
    sets: HashMap<u64, Vec<Weak<Names>>>,
    /// How many sets there may be before those that nobody uses any more are cleared away.
    sweep_at: usize,
}

/// Below this number of sets nothing is cleared away.
const SWEEP_FROM: usize = 64;

impl Names {
    /// The set of these names.
    pub fn shared(mut names: Vec<Arc<str>>) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // Invisible but for memory: like `TypeSet::empty`, whoever asks gets what he would have made himself.
        static KNOWN: Mutex<Option<Known>> = Mutex::new(None);
        names.sort_unstable();
        names.dedup();
        let mut hasher = DefaultHasher::new();
        names.hash(&mut hasher);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert_default().find_or_add(hasher.finish(), names, || NEXT.fetch_add(1, Ordering::Relaxed))
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

impl Known {
    fn find_or_add(&mut self, hash: u64, names: Vec<Arc<str>>, id: impl FnOnce() -> u64) -> Arc<Names> {
        let same_hash = self.sets.get(&hash).into_iter().flatten().filter_map(Weak::upgrade);
        // Compared in full: clients choose names, and must not get each other's by a collision.
        if let Some(found) = same_hash.into_iter().find(|it| *it.list == *names) {
            return found;
        }
        if self.sets.len() >= self.sweep_at {
            self.sets.retain(|_, sets| {
                sets.retain(|it| it.strong_count() > 0);
                !sets.is_empty()
            });
            self.sweep_at = (2 * self.sets.len()).max(SWEEP_FROM);
        }
        let made = Arc::new(Names { id: id(), list: names.into() });
        let sets = self.sets.entry(hash).or_default();
        // Who makes the same set again and again, and drops it each time, leaves nothing behind.
        sets.retain(|it| it.strong_count() > 0);
        sets.push(Arc::downgrade(&made));
        made
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
    fn a_set_that_is_made_and_dropped_again_and_again_is_known_once() {
        let mut known = Known::default();
        for id in 0..100 {
            known.find_or_add(7, list(&["a"]), || id);
        }
        assert_eq!(known.sets[&7].len(), 1);
    }

    #[test]
    fn p251_equal_sets_are_one_and_others_are_not() {
        let one = Names::shared(list(&["b", "a", "b"]));
        assert!(Arc::ptr_eq(&one, &Names::shared(list(&["a", "b"]))));
        assert_eq!(one.as_slice().len(), 2);
        let other = Names::shared(list(&["a", "b", "c"]));
        assert_ne!(one.id(), other.id());
        assert!(one.get("a").is_some() && one.get("c").is_none());
    }

    #[test]
    fn p241_what_nobody_uses_is_forgotten_and_equal_hashes_harm_nobody() {
        let mut known = Known::default();
        let mut id = 0;
        let mut add = |known: &mut Known, hash, name: &str| {
            id += 1;
            known.find_or_add(hash, list(&[name]), || id)
        };
        let kept = [add(&mut known, 7, "x"), add(&mut known, 7, "y")];
        assert_ne!(kept[0].id(), kept[1].id());
        for hash in 100..10_000 {
            add(&mut known, hash, "z");
        }
        assert!(known.sets.len() <= SWEEP_FROM, "{}", known.sets.len());
        assert!(Arc::ptr_eq(&kept[1], &add(&mut known, 7, "y")));
    }
}
