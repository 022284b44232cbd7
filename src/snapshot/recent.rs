//! What was computed lately, to be shared by all who need the same, within a bound.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A few values by key, the least used of which makes room for a new one.
pub(super) struct Recent<K, V> {
    /// The one used last at the end.
    entries: Mutex<VecDeque<(K, Slot<V>)>>,
}

type Slot<V> = Arc<OnceLock<Arc<V>>>;

/// How many values are remembered. Who needs one more makes it anew.
const REMEMBERED: usize = 16;

impl<K: PartialEq, V> Recent<K, V> {
    /// The value of this key, made once however many ask at the same time. No lock is held while it is made, so that
    /// making may look up other values.
    pub(super) fn get_or_make(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        self.slot(key).get_or_init(|| Arc::new(make())).clone()
    }

    fn slot(&self, key: K) -> Slot<V> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let known = entries.iter().rposition(|(it, _)| *it == key).and_then(|at| entries.remove(at));
        let (key, slot) = known.unwrap_or_else(|| (key, Slot::default()));
        if entries.len() == REMEMBERED {
            entries.pop_front();
        }
        entries.push_back((key, slot.clone()));
        slot
    }
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self { entries: Mutex::default() }
    }
}

impl<K, V> fmt::Debug for Recent<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recent").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_once_and_what_is_used_stays() {
        let recent = Recent::default();
        let first = recent.get_or_make(0, || "made");
        for key in 1..100 {
            recent.get_or_make(key, || "other");
            assert!(Arc::ptr_eq(&first, &recent.get_or_make(0, || "made anew")));
        }
        assert_eq!(*recent.get_or_make(1, || "made anew"), "made anew");
        assert_eq!(recent.entries.lock().unwrap().len(), REMEMBERED);
    }
}
