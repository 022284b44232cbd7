//! What differs between two sets of one type.

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::encoding::{delta_response, sotw_response};
use super::portion::{Cut, Portion};
use super::recent::Recent;
use super::{Names, TypeSet};
use crate::resource::{Flavour, Resource, Version};

/// The way from one set to another: what to send, what to take away. Both lists are in name order.
#[derive(Debug, Default)]
pub struct Changes {
    /// New and changed resources.
    pub changed: Vec<Arc<Resource>>,
    /// Names that the newer set no longer has.
    pub removed: Vec<Arc<str>>,
    delta: [OnceLock<Bytes>; 3],
    sotw: [OnceLock<Bytes>; 3],
    /// By protocol and flavour.
    sizes: [[OnceLock<usize>; 3]; 2],
    /// Whether it is a part of what changed for some names.
    is_part: bool,
    content: OnceLock<Version>,
    /// What goes first, if it is too much for one response.
    pub(super) portions: Recent<Cut, Option<Portion>>,
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

    /// The first so many of each list, and the rest; `is_part`: of what changed for some names.
    pub(super) fn split(&self, changed: usize, removed: usize, is_part: bool) -> (Self, Self) {
        let (sent, unsent) = self.changed.split_at(changed);
        let (told, untold) = self.removed.split_at(removed);
        let part = |changed: &[_], removed: &[_]| Self {
            changed: changed.into(),
            removed: removed.into(),
            is_part,
            ..Self::default()
        };
        (part(sent, told), part(unsent, untold))
    }

    /// Whether the two sets are equal.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.removed.is_empty()
    }

    /// How many bytes they take in a response.
    pub fn size(&self, cut: &Cut) -> usize {
        let sum = || {
            let removals = self.removed.iter().map(|it| cut.of_removal(it));
            self.changed.iter().map(|it| cut.of(it)).chain(removals).sum()
        };
        *self.sizes[usize::from(cut.delta)][cut.flavour as usize].get_or_init(sum)
    }

    /// The `DeltaDiscoveryResponse`, without its nonce, that takes a client from the older set to `target`, the newer.
    pub fn delta_response(&self, target: &TypeSet, flavour: Flavour) -> Bytes {
        let version_info = target.version_info();
        let encode = || {
            let elements = self.changed.iter().map(|it| it.delta_element(flavour));
            let removed = self.removed.iter().map(|it| &**it);
            delta_response(target.kind(), &version_info, elements, removed)
        };
        if self.is_part {
            return target.message(self.hash([1, flavour as u8], &version_info), encode);
        }
        self.delta[flavour as usize].get_or_init(encode).clone()
    }

    /// The `DiscoveryResponse`, without its nonce, with what is new or changed in what these names select of `target`.
    /// To be called with the names that the changes were computed for.
    pub fn sotw_response(&self, target: &TypeSet, names: &Names, flavour: Flavour) -> Bytes {
        let subset = target.subset(names);
        let encode = || {
            let elements = self.changed.iter().map(|it| it.sotw_element(flavour));
            sotw_response(target.kind(), subset.version_info(), elements)
        };
        if self.is_part {
            return target.message(self.hash([0, flavour as u8], subset.version_info()), encode);
        }
        self.sotw[flavour as usize].get_or_init(encode).clone()
    }

    /// What a message is known by that holds these changes. Each client may have names of its own, and parts that each kept
    /// their bytes would together keep as much as all of these clients ask for.
    fn hash(&self, encoding: [u8; 2], version_info: &str) -> Version {
        let content = self.content.get_or_init(|| {
            let changed = Version::of_set(self.changed.iter().map(|it| (&*it.name, it.version))).to_string();
            Version::of([changed.as_bytes()].into_iter().chain(self.removed.iter().map(|it| it.as_bytes())))
        });
        Version::of([&encoding, version_info.as_bytes(), content.to_string().as_bytes()])
    }
}
