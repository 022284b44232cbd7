//! The names and versions that a client says it has from before, kept once for all clients that say the same.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use super::TypeSet;
use super::alike::Alike;
use super::recent::Recent;
use crate::resource::{Resource, ResourceType};

/// `initial_resource_versions` of a delta request. Equal ones that are in use at the same time are the same allocation,
/// whichever order their entries came in: after a restart, all clients of a group say the same.
#[derive(Clone, Default)]
pub struct KnownVersions(Option<Arc<List>>);

struct List {
    /// All names and versions, one after the other.
    text: Box<str>,
    /// Where in it each name ends, and its version. In name order, each name once.
    ends: Box<[(usize, usize)]>,
    /// The same as sets of resources without content.
    sets: Recent<ResourceType, TypeSet>,
}

impl KnownVersions {
    /// The versions of these names. Of several entries with one name the last one counts, as in any protobuf map.
    pub fn shared(mut entries: Vec<(&str, &str)>) -> Self {
        static KNOWN: Mutex<Option<Alike<List>>> = Mutex::new(None);
        if entries.is_empty() {
            return Self::default();
        }
        entries.sort_by_key(|it| it.0);
        entries.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 = next.1;
            }
            is_same
        });
        let mut text = String::with_capacity(entries.iter().map(|(name, version)| name.len() + version.len()).sum());
        let mut ends = Vec::with_capacity(entries.len());
        for (name, version) in entries {
            text.push_str(name);
            let name_end = text.len();
            text.push_str(version);
            ends.push((name_end, text.len()));
        }
        let mut hasher = DefaultHasher::new();
        (&text, &ends).hash(&mut hasher);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |it: &List| *it.text == *text && *it.ends == *ends;
        let make = || List { text: text.as_str().into(), ends: ends.as_slice().into(), sets: Recent::default() };
        Self(Some(known.get_or_insert_default().find_or_add(hasher.finish(), is_it, make)))
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |it| it.ends.len())
    }

    /// Names and versions, in name order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let list = self.0.as_deref();
        (0..self.len()).filter_map(move |at| list?.entry(at))
    }

    /// Whether it has this name.
    pub fn has(&self, name: &str) -> bool {
        let Some(list) = self.0.as_deref() else { return false };
        let (mut from, mut to) = (0, list.ends.len());
        while from < to {
            let middle = from.midpoint(to);
            match list.entry(middle).map_or("", |it| it.0).cmp(name) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        false
    }

    /// What the client has by it: resources of a type without their content, which is not known. Made once for all
    /// clients that say the same.
    pub fn as_set(&self, kind: &ResourceType) -> Arc<TypeSet> {
        let Some(list) = &self.0 else { return TypeSet::empty(kind) };
        let resources = || self.iter().map(|(name, version)| Arc::new(Resource::known(name, version))).collect();
        list.sets.get_or_make(kind.clone(), || TypeSet::new(kind.clone(), resources(), None))
    }
}

impl List {
    fn entry(&self, at: usize) -> Option<(&str, &str)> {
        let start = at.checked_sub(1).map_or(Some(0), |it| self.ends.get(it).map(|it| it.1))?;
        let (name_end, end) = *self.ends.get(at)?;
        Some((self.text.get(start..name_end)?, self.text.get(name_end..end)?))
    }
}

impl FromIterator<(String, String)> for KnownVersions {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(entries: I) -> Self {
        let entries: Vec<_> = entries.into_iter().collect();
        entries.into()
    }
}

impl From<Vec<(String, String)>> for KnownVersions {
    fn from(entries: Vec<(String, String)>) -> Self {
        Self::shared(entries.iter().map(|(name, version)| (&**name, &**version)).collect())
    }
}

impl<const N: usize> From<[(String, String); N]> for KnownVersions {
    fn from(entries: [(String, String); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl fmt::Debug for KnownVersions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &KnownVersions, b: &KnownVersions) -> bool {
        matches!((&a.0, &b.0), (Some(a), Some(b)) if Arc::ptr_eq(a, b))
    }

    #[test]
    fn p251_clients_that_say_the_same_share_it_in_whatever_order() {
        let one = KnownVersions::shared(vec![("b", "2"), ("a", "0"), ("a", "1")]);
        assert!(same(&one, &KnownVersions::shared(vec![("a", "1"), ("b", "2")])));
        for other in [vec![("a", "1")], vec![("a", "1"), ("b", "3")], vec![("a", "1b"), ("", "2")], vec![("a1b", "2")]]
        {
            assert!(!same(&one, &KnownVersions::shared(other)));
        }
        assert_eq!(one.iter().collect::<Vec<_>>(), [("a", "1"), ("b", "2")]);
        let kind = ResourceType::from_short("CDS").unwrap();
        assert!(Arc::ptr_eq(&one.as_set(&kind), &one.clone().as_set(&kind)));
        assert_eq!(one.as_set(&kind).resources().len(), 2);
    }

    #[test]
    fn names_are_found_and_nothing_is_empty() {
        let names: Vec<_> = (0..20).map(|it| format!("n{it}")).collect();
        for count in 0..20 {
            let known = KnownVersions::shared(names[..count].iter().map(|it| (&**it, "1")).collect());
            assert_eq!((known.len(), known.is_empty()), (count, count == 0));
            let found = names.iter().filter(|it| known.has(it)).count();
            assert_eq!(found, count);
        }
    }
}
