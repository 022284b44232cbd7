//! What a client asks for, of one type: a wildcard, names, or both.

use std::sync::Arc;

use super::name_list::Fingerprint;
use super::name_set::{NameSet, STAR};
use crate::resource::Resource;
use crate::snapshot::{Names, TypeSet};

/// The subscription of one type on one stream.
#[derive(Debug, Default)]
pub(super) struct Interest {
    /// All resources, because the first request named none (P57, P87).
    legacy: bool,
    /// All resources, by name (P58).
    star: bool,
    names: NameSet,
    /// Of the last list that replaced the names, which all following ACKs repeat.
    fingerprint: Option<Fingerprint>,
    /// Whether any name, `*` included, was ever named: from then on an empty list means nothing (P61).
    ever_named: bool,
}

/// How one request moved an interest. Read it in the order of its fields.
#[derive(Debug, Default)]
pub(super) struct Shift {
    /// Names that are no longer asked for.
    pub(super) dropped: Vec<Arc<str>>,
    /// The wildcard ended.
    pub(super) narrowed: bool,
    /// A wildcard began.
    pub(super) widened: bool,
    /// Names that are new.
    pub(super) added: Vec<Arc<str>>,
    /// Names that were asked for already and are asked for again (delta, P94).
    pub(super) renewed: Vec<Arc<str>>,
}

impl Interest {
    pub(super) fn is_wildcard(&self) -> bool {
        self.legacy || self.star
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.is_wildcard() && self.names.is_empty()
    }

    /// Whether all is asked for because nothing was ever named.
    pub(super) fn is_pure_legacy(&self) -> bool {
        self.legacy && !self.star && self.names.is_empty()
    }

    pub(super) fn names(&self) -> &NameSet {
        &self.names
    }

    /// Whether this resource is asked for, by its name, an alias (P120) or a wildcard.
    pub(super) fn covers(&self, resource: &Resource) -> bool {
        self.is_wildcard() || self.names_resource(resource)
    }

    /// Whether this resource is asked for by its name or an alias.
    pub(super) fn names_resource(&self, resource: &Resource) -> bool {
        self.names.covers(resource)
    }

    /// Whether the set has anything that is asked for.
    pub(super) fn selects_any(&self, set: &TypeSet) -> bool {
        if self.is_wildcard() { !set.resources().is_empty() } else { self.names.iter().any(|it| set.get(it).is_some()) }
    }

    /// Begins the wildcard that a first request without names means, where the type and the client have that rule.
    pub(super) fn begin_legacy_wildcard(&mut self) -> Shift {
        self.legacy = true;
        Shift { widened: true, ..Shift::default() }
    }

    /// The names, if they are shared and all that is asked for: then what is lacking may be shared too.
    pub(super) fn shared_names(&self) -> Option<&Arc<Names>> {
        match &self.names {
            NameSet::Shared(names) if !self.is_wildcard() => Some(names),
            NameSet::Shared(_) | NameSet::Own(_) => None,
        }
    }

    /// Lets the names be shared with other streams that have the same.
    pub(super) fn share(&mut self) {
        self.names.share();
    }

    /// Whether this is the list that the last request had: then it says nothing new.
    pub(super) fn is_repeated(&self, fingerprint: Fingerprint) -> bool {
        self.fingerprint == Some(fingerprint)
    }

    /// Takes the names of a SotW request, which are always the whole list (P36, P61).
    pub(super) fn replace(
        &mut self,
        names: &[String],
        fingerprint: Fingerprint,
        intern: impl Fn(&str) -> Arc<str>,
    ) -> Shift {
        let mut shift = Shift::default();
        if names.is_empty() && !self.ever_named {
            return shift;
        }
        let was_wildcard = self.is_wildcard();
        (self.ever_named, self.legacy, self.fingerprint) = (true, false, Some(fingerprint));
        self.star = names.iter().any(|it| it == STAR);
        shift.narrowed = was_wildcard && !self.star;
        shift.widened = !was_wildcard && self.star;
        let old = std::mem::take(&mut self.names);
        let as_known = |name: &str| old.get(name).cloned().unwrap_or_else(|| intern(name));
        self.names = NameSet::listed(names, as_known);
        shift.dropped = old.iter().filter(|it| !self.names.contains(it)).cloned().collect();
        shift.added = self.names.iter().filter(|it| !old.contains(it)).cloned().collect();
        shift
    }

    /// Takes the names of a delta request: what it drops first, so that a name in both lists ends subscribed (P98).
    pub(super) fn amend(
        &mut self,
        subscribe: &[String],
        unsubscribe: &[String],
        intern: impl Fn(&str) -> Arc<str>,
    ) -> Shift {
        let mut shift = Shift::default();
        self.ever_named |= !subscribe.is_empty();
        for name in unsubscribe {
            if name == STAR {
                // The legacy wildcard is the same as an explicit one (P89).
                shift.narrowed |= self.is_wildcard();
                (self.legacy, self.star) = (false, false);
            } else if let Some(known) = self.names.take(name) {
                shift.dropped.push(known);
            }
        }
        // A first list is likely that of many other clients.
        let is_list = self.names.is_empty() && subscribe.len() > 1;
        if is_list {
            self.names = NameSet::listed(subscribe, &intern);
            shift.added = self.names.iter().cloned().collect();
        }
        for name in subscribe.iter().filter(|it| !is_list || *it == STAR) {
            if name == STAR {
                shift.widened |= !self.is_wildcard();
                self.star = true;
            } else if let Some(known) = self.names.get(name) {
                shift.renewed.push(known.clone());
            } else {
                let name = intern(name);
                self.names.insert(name.clone());
                shift.added.push(name);
            }
        }
        shift
    }
}

impl Shift {
    /// Whether the request left everything as it was and asked for nothing again.
    pub(super) fn is_empty(&self) -> bool {
        let Self { dropped, narrowed, widened, added, renewed } = self;
        !narrowed && !widened && dropped.is_empty() && added.is_empty() && renewed.is_empty()
    }
}
