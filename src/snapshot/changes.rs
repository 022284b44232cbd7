//! What differs between two sets of one type.

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::encoding::{delta_response, sotw_response};
use super::{Names, TypeSet};
use crate::resource::{Flavour, Resource};

/// The way from one set to another: what to send, what to take away. Both lists are in name order.
#[derive(Debug, Default)]
pub struct Changes {
    /// New and changed resources.
    pub changed: Vec<Arc<Resource>>,
    /// Names that the newer set no longer has.
    pub removed: Vec<Arc<str>>,
    delta: [OnceLock<Bytes>; 3],
    sotw: [OnceLock<Bytes>; 3],
    size: OnceLock<usize>,
}

impl Changes {
    /// Compares two lists, each in name order, in one walk over both; equal resources are mostly the same allocation.
    pub(super) fn between(base: &[Arc<Resource>], target: &[Arc<Resource>]) -> Self {
        let mut changes = Self::default();
        let (mut old, mut new) = (base.iter().peekable(), target.iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return changes,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => a.name.cmp(&b.name),
            };
            match order {
                Ordering::Less => changes.removed.extend(old.next().map(|it| it.name.clone())),
                Ordering::Greater => changes.changed.extend(new.next().cloned()),
                Ordering::Equal => {
                    if let (Some(a), Some(b)) = (old.next(), new.next())
                        && !Arc::ptr_eq(a, b)
                        && a.version != b.version
                    {
                        changes.changed.push(b.clone());
                    }
                }
            }
        }
    }

    /// Those of these changes, all since `base`, that concern who asks for some names. A resource may also come or go by
    /// an alias, which changes its version.
    pub(super) fn of_names(&self, base: &TypeSet, names: &Names) -> Self {
        let had = |name: &str| base.get(name).is_some_and(|it| *it.name == *name && names.covers(it));
        let (changed, lost): (Vec<_>, Vec<_>) = self.changed.iter().partition(|it| names.covers(it));
        let lost = lost.into_iter().map(|it| &it.name);
        let mut removed: Vec<_> = self.removed.iter().chain(lost).filter(|it| had(it)).cloned().collect();
        removed.sort_unstable();
        Self { changed: changed.into_iter().cloned().collect(), removed, ..Self::default() }
    }

    /// Whether the two sets are equal.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.removed.is_empty()
    }

    /// At most so many bytes are its resources, in either protocol and any flavour.
    pub fn size_bound(&self) -> usize {
        // The delta element holds the other.
        let len = |it: &Arc<Resource>| Flavour::ALL.iter().map(|flavour| it.delta_element(*flavour).len()).max();
        *self.size.get_or_init(|| self.changed.iter().filter_map(len).sum())
    }

    /// The `DeltaDiscoveryResponse`, without its nonce, that takes a client from the older set to `target`, the newer.
    pub fn delta_response(&self, target: &TypeSet, flavour: Flavour) -> Bytes {
        let encode = || {
            let elements = self.changed.iter().map(|it| it.delta_element(flavour));
            let removed = self.removed.iter().map(|it| &**it);
            delta_response(target.kind(), &target.version_info(), elements, removed)
        };
        self.delta[flavour as usize].get_or_init(encode).clone()
    }

    /// The `DiscoveryResponse`, without its nonce, with what is new or changed in what these names select of `target`.
    /// To be called with the names that the changes were computed for.
    pub fn sotw_response(&self, target: &TypeSet, names: &Names, flavour: Flavour) -> Bytes {
        let encode = || {
            let elements = self.changed.iter().map(|it| it.sotw_element(flavour));
            sotw_response(target.kind(), target.subset(names).version_info(), elements)
        };
        self.sotw[flavour as usize].get_or_init(encode).clone()
    }
}
