//! NACKs: which resources the client's words name, and the set that stays parked until it changes (P30, P100).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::interest::Interest;
use super::isolation::Search;
use super::lack::Owed;
use super::message::Refusal;
use super::per_type::Pending;
use crate::resource::{Resource, Version};
use crate::snapshot::TypeSet;

/// A refused set: nothing of it is sent again before something in it changes.
#[derive(Debug)]
pub(super) struct Refused {
    /// What was refused; moves on with changes that do not concern this client.
    pub(super) set: Arc<TypeSet>,
    /// What was due in it besides what differs, and so is due with the next response.
    pub(super) owed: BTreeMap<Arc<str>, Owed>,
    /// While it is not known what is bad in it.
    pub(super) search: Option<Search>,
}

/// What refused portions brought, while the other portions went on: not sent again before something in it changes.
#[derive(Debug, Default)]
pub(super) struct Parked {
    label: Option<Arc<str>>,
    versions: BTreeMap<Arc<str>, Version>,
}

/// Bytes of a client's message that are kept (P43, P254).
const MESSAGE_BOUND: usize = 2_048;

/// Names that an event or a memory of bad resources lists.
const NAMES_BOUND: usize = 32;

/// The longest name that is looked for in a message.
const NAME_BOUND: usize = 256;

/// Places in a message at which a name may end.
const ENDS_BOUND: usize = 256;

impl Refusal {
    /// The same with its message cut to a bounded size.
    pub(super) fn bounded(mut self) -> Self {
        let end = (0..=MESSAGE_BOUND.min(self.message.len())).rev().find(|it| self.message.is_char_boundary(*it));
        self.message.truncate(end.unwrap_or(0));
        self.message.truncate(self.message.trim_end().len());
        self.message.shrink_to_fit();
        self
    }

    /// The resources of this response that the message names as bad: in quotes, or before a colon, which is how Envoy
    /// and the gRPC libraries write them. Anything looser would take words for names.
    ///
    /// Costs by the length of the message, not by the size of the response.
    pub(super) fn bad_resources(&self, pending: &Pending) -> Vec<Arc<Resource>> {
        let text = self.message.as_str();
        let mut found: Vec<Arc<Resource>> = Vec::new();
        let ends = text.char_indices().filter(|(_, it)| matches!(it, ':' | '"' | '\'' | '`'));
        for (end, closing) in ends.take(ENDS_BOUND) {
            let candidates = text[..end].char_indices().rev().take(NAME_BOUND);
            let starts = candidates.filter(|(at, _)| match text[..*at].chars().next_back() {
                None => closing == ':',
                Some(before) if closing == ':' => before.is_whitespace() || before == ',',
                Some(before) => before == closing,
            });
            // The longest that fits, since names may hold spaces, colons and quotes.
            let longest = starts.filter_map(|(at, _)| pending.lack.find(&text[at..end])).last();
            if let Some(resource) = longest
                && !found.iter().any(|it| it.name == resource.name)
            {
                found.push(resource.clone());
            }
            if found.len() == NAMES_BOUND {
                break;
            }
        }
        found
    }
}

impl Parked {
    pub(super) fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    pub(super) fn has(&self, resource: &Resource) -> bool {
        self.versions.get(&resource.name) == Some(&resource.version)
    }

    pub(super) fn add<'a>(&mut self, label: Option<&Arc<str>>, resources: impl IntoIterator<Item = &'a Arc<Resource>>) {
        self.label = label.cloned();
        self.versions.extend(resources.into_iter().map(|it| (it.name.clone(), it.version)));
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.versions.remove(name);
    }

    /// Whether anything of it has changed. A new label counts in SotW, as it does for a whole response.
    pub(super) fn is_outdated(&self, target: &TypeSet, by_label: bool) -> bool {
        let is_there = |(name, version): (&Arc<str>, &Version)| {
            target.get(name).is_some_and(|it| it.name == *name && it.version == *version)
        };
        !self.is_empty() && (by_label && self.label.as_ref() != target.label() || !self.versions.iter().all(is_there))
    }
}

impl Refused {
    pub(super) fn of(set: &Arc<TypeSet>) -> Self {
        Self { set: set.clone(), owed: BTreeMap::new(), search: None }
    }

    /// Whether this set differs from the refused one in anything that the client asks for. In SotW a new label
    /// counts too: it is the user's wish to send once more.
    pub(super) fn is_outdated(&self, target: &TypeSet, interest: &Interest, by_label: bool) -> bool {
        if by_label && self.set.label() != target.label() {
            return true;
        }
        let concerns = |set: &TypeSet, name: &str| set.get(name).is_some_and(|it| interest.covers(it));
        let changes = target.changes_since(&self.set);
        changes.changed.iter().any(|it| interest.covers(it) || concerns(&self.set, &it.name))
            || changes.removed.iter().any(|it| concerns(&self.set, it))
    }
}

/// The names for an event: the bad ones if they are known, else the first of the response.
pub(super) fn names_of(pending: &Pending, bad: &[Arc<Resource>]) -> Vec<Arc<str>> {
    if !bad.is_empty() {
        return bounded_names(bad.iter().map(|it| &it.name));
    }
    bounded_names(pending.lack.resources().map(|it| &it.name).chain(pending.lack.removals()))
}

/// As many names as an event has.
pub(super) fn bounded_names<'a>(names: impl Iterator<Item = &'a Arc<str>>) -> Vec<Arc<str>> {
    names.take(NAMES_BOUND).cloned().collect()
}
