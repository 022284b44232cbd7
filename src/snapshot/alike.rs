//! Values that many clients come to have alike, each kept once for all of them, for as long as anybody uses it.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// The values in use, by hash. Weak: dropping the last use of a value frees it.
#[derive(Debug)]
pub(super) struct Alike<T> {
    values: HashMap<u64, Vec<Weak<T>>>,
    /// How many hashes there may be before those that nobody uses any more are cleared away.
    sweep_at: usize,
}

/// Below this number of hashes nothing is cleared away.
const SWEEP_FROM: usize = 64;

impl<T> Alike<T> {
    /// The value with this hash that `is_it` accepts, else a new one. Clients choose what they say and must not get each
    /// other's by a collision, so `is_it` compares in full.
    pub(super) fn find_or_add(&mut self, hash: u64, is_it: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> Arc<T> {
        let same_hash = self.values.get(&hash).into_iter().flatten().filter_map(Weak::upgrade);
        if let Some(found) = same_hash.into_iter().find(|it| is_it(it)) {
            return found;
        }
        if self.values.len() >= self.sweep_at {
            self.values.retain(|_, values| {
                values.retain(|it| it.strong_count() > 0);
                !values.is_empty()
            });
            self.sweep_at = (2 * self.values.len()).max(SWEEP_FROM);
        }
        let made = Arc::new(make());
        let values = self.values.entry(hash).or_default();
        // A client that makes the same value again and again, and drops it each time, leaves nothing behind.
        values.retain(|it| it.strong_count() > 0);
        values.push(Arc::downgrade(&made));
        made
    }
}

impl<T> Default for Alike<T> {
    fn default() -> Self {
        Self { values: HashMap::new(), sweep_at: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(alike: &mut Alike<u64>, hash: u64, value: u64) -> Arc<u64> {
        alike.find_or_add(hash, |it| *it == value, || value)
    }

    #[test]
    fn a_value_that_is_made_and_dropped_again_and_again_is_known_once() {
        let mut alike = Alike::default();
        for _ in 0..100 {
            add(&mut alike, 7, 1);
        }
        assert_eq!(alike.values[&7].len(), 1);
    }

    #[test]
    fn p241_what_nobody_uses_is_forgotten_and_equal_hashes_harm_nobody() {
        let mut alike = Alike::default();
        let kept = [add(&mut alike, 7, 1), add(&mut alike, 7, 2)];
        assert_eq!(kept.each_ref().map(|it| **it), [1, 2]);
        for hash in 100..10_000 {
            add(&mut alike, hash, 3);
        }
        assert!(alike.values.len() <= SWEEP_FROM, "{}", alike.values.len());
        assert!(Arc::ptr_eq(&kept[1], &add(&mut alike, 7, 2)));
    }
}
