//! Which entries of a long list something holds for: nearly always all of them, or all in a part of it.

use std::ops::Range;

/// Indices in order, as runs: each stream tells how far it is with thousands of needs, and what it told last is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks(Box<[Range<u32>]>);

impl Marks {
    /// Whether this index is marked.
    pub fn has(&self, index: u32) -> bool {
        let after = self.0.partition_point(|it| it.start <= index);
        after.checked_sub(1).and_then(|it| self.0.get(it)).is_some_and(|it| it.contains(&index))
    }

    /// The marked indices, in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.0.iter().flat_map(Range::clone)
    }

    /// What is marked in any of these.
    pub fn union<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        let mut runs: Vec<_> = all.flat_map(|it| it.0.iter().cloned()).collect();
        runs.sort_unstable_by_key(|it| it.start);
        runs.dedup_by(|next, kept| {
            let touches = next.start <= kept.end;
            if touches {
                kept.end = kept.end.max(next.end);
            }
            touches
        });
        Self(runs.into())
    }
}

impl FromIterator<u32> for Marks {
    /// The indices must be in order.
    fn from_iter<I: IntoIterator<Item = u32>>(indices: I) -> Self {
        let mut runs: Vec<Range<u32>> = Vec::new();
        for index in indices {
            match runs.last_mut() {
                Some(last) if last.end == index => last.end += 1,
                _ => runs.push(index..index + 1),
            }
        }
        Self(runs.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_a_set_of_indices() {
        for bits in 0..1_u32 << 8 {
            let set = |bits: u32| (0..8).filter(move |it| bits >> it & 1 == 1);
            let marks: Marks = set(bits).collect();
            assert!(marks.iter().eq(set(bits)));
            assert!(marks.0.len() <= 4);
            for other in [0, 1, 0b1001_0110, 0b0110_1001, 0xff] {
                let both = Marks::union([&marks, &set(other).collect()].into_iter());
                assert_eq!(both, set(bits | other).collect());
                assert!((0..9).all(|it| both.has(it) == ((bits | other) >> it & 1 == 1)));
            }
        }
        assert_eq!((0..100_000).collect::<Marks>().0.len(), 1);
    }
}
