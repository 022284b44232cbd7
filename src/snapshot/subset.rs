//! What a list of names selects of a set, found and encoded once for all streams that ask for the same.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::encoding::sotw_response;
use super::{Names, TypeSet};
use crate::resource::{Flavour, Resource, Version};

/// The resources that some names mean, by name or alias, each once.
#[derive(Debug)]
pub struct Subset {
    /// In name order.
    resources: Vec<Arc<Resource>>,
    /// With the user's label, else the hash, as of any set.
    version_info: String,
    whole: [OnceLock<Bytes>; 3],
}

impl Subset {
    pub(super) fn of(set: &TypeSet, names: &Names) -> Self {
        let mut resources: Vec<_> = names.as_slice().iter().filter_map(|it| set.get(it)).cloned().collect();
        // In order already, unless there are aliases.
        resources.sort_by(|a, b| a.name.cmp(&b.name));
        resources.dedup_by(|a, b| a.name == b.name);
        let version = || Version::of_set(resources.iter().map(|it| (&*it.name, it.version))).to_string();
        let version_info = set.label().map_or_else(version, |it| it.to_string());
        Self { resources, version_info, whole: Default::default() }
    }

    /// The resources, in name order.
    pub fn resources(&self) -> &[Arc<Resource>] {
        &self.resources
    }

    /// The version of all of it, whatever part of it travels (P47, P51).
    pub fn version_info(&self) -> &str {
        &self.version_info
    }

    /// The `DiscoveryResponse`, without its nonce, that holds all of it. `set` is where it was selected.
    pub fn whole_response(&self, set: &TypeSet, flavour: Flavour) -> Bytes {
        let elements = || self.resources.iter().map(|it| it.sotw_element(flavour));
        let encode = || sotw_response(set.kind(), &self.version_info, elements());
        self.whole[flavour as usize].get_or_init(encode).clone()
    }
}
