//! What is due by name, whatever the client holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lack::Owed;
use crate::snapshot::Names;

/// Names and why they are due, each once.
///
/// A client that asks for ten thousand names at once is owed all of them for the same reason: then they are a pointer to the
/// list that it asks for, until something sets one apart.
#[derive(Debug)]
pub(super) enum Dues {
    Own(BTreeMap<Arc<str>, Owed>),
    /// All names of a list from the one with this index on.
    Listed(Arc<Names>, usize, Owed),
}

impl Dues {
    /// All of these names.
    pub(super) fn all(names: Arc<Names>, why: Owed) -> Self {
        Self::Listed(names, 0, why)
    }

    /// In name order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, Owed)> {
        let (own, listed) = match self {
            Self::Own(own) => (Some(own.iter()), None),
            Self::Listed(names, from, why) => (None, Some(names.as_slice().iter().skip(*from).map(|it| (it, *why)))),
        };
        own.into_iter().flatten().map(|(name, why)| (name, *why)).chain(listed.into_iter().flatten())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Whether anything is due for this reason.
    pub(super) fn has_any(&self, reason: Owed) -> bool {
        match self {
            Self::Own(own) => own.values().any(|it| *it == reason),
            Self::Listed(_, _, why) => *why == reason && !self.is_empty(),
        }
    }

    /// As a map of its own.
    pub(super) fn own(&mut self) -> &mut BTreeMap<Arc<str>, Owed> {
        if let Self::Listed(..) = self {
            *self = Self::Own(self.iter().map(|(name, why)| (name.clone(), why)).collect());
        }
        let Self::Own(own) = self else { unreachable!("it was made so just now") };
        own
    }

    pub(super) fn remove(&mut self, name: &str) {
        // A name that is not listed leaves a list as it is.
        let is_listed = match self {
            Self::Own(_) => true,
            Self::Listed(names, ..) => names.get(name).is_some(),
        };
        if is_listed {
            self.own().remove(name);
        }
    }

    /// Drops the names for which `keep` is false. Of a list the rest stays a list if only names at its beginning go, as by
    /// portions.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Arc<str>) -> bool) {
        if let Self::Listed(names, from, _) = self {
            let rest = names.as_slice().get(*from..).unwrap_or_default();
            let gone = rest.iter().take_while(|it| !keep(it)).count();
            if rest.iter().skip(gone).all(&mut keep) {
                *from += gone;
                return;
            }
        }
        self.own().retain(|name, _| keep(name));
    }
}

impl Default for Dues {
    fn default() -> Self {
        Self::Own(BTreeMap::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(dues: &Dues) -> Vec<&str> {
        dues.iter().map(|(name, _)| &**name).collect()
    }

    #[test]
    fn a_list_stays_a_list_while_it_gets_shorter_from_its_beginning() {
        let names = Names::shared(["a", "b", "c", "d"].map(Arc::from).into());
        let mut dues = Dues::all(names, Owed::Answer);
        dues.remove("z");
        dues.retain(|it| &**it > "b");
        assert!(matches!(dues, Dues::Listed(_, 2, _)));
        assert_eq!(texts(&dues), ["c", "d"]);
        assert!(dues.has_any(Owed::Answer) && !dues.has_any(Owed::Resend));
        dues.retain(|it| &**it != "d");
        assert_eq!(texts(&dues), ["c"]);
        dues.remove("c");
        assert!(dues.is_empty() && !dues.has_any(Owed::Answer));
    }

    #[test]
    fn a_name_that_is_set_apart_makes_it_a_map() {
        let names = Names::shared(["a", "b"].map(Arc::from).into());
        let mut dues = Dues::all(names, Owed::Answer);
        dues.own().insert("b".into(), Owed::Confirm);
        let all: Vec<_> = dues.iter().map(|(name, why)| (name.to_string(), why)).collect();
        assert_eq!(all, [("a".to_owned(), Owed::Answer), ("b".to_owned(), Owed::Confirm)]);
        dues.retain(|it| &**it == "b");
        assert!(!dues.has_any(Owed::Answer));
    }
}
