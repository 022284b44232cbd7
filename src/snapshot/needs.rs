//! What clients ask for only once they have something else: the endpoints of a new cluster, the routes of a listener.

use std::sync::Arc;

use super::Snapshot;
use crate::resource::{Resource, ResourceType};

/// One name that who has `user` will ask for.
#[derive(Debug, Clone)]
pub struct Need {
    /// Who needs it: a type and a resource of it.
    pub user: (ResourceType, Arc<Resource>),
    /// The type of what is needed.
    pub kind: ResourceType,
    /// Its name.
    pub name: Arc<str>,
}

/// What the resources of `target` need that are new or changed since `base`: of those that route traffic, or of the
/// others. Only what there is: for the rest nobody can wait. Types that clients get whole need not be asked for.
pub fn needs(base: Option<&Snapshot>, target: &Snapshot, routes: bool) -> Vec<Need> {
    let mut found = Vec::new();
    for set in target.sets().filter(|it| it.kind().rules().routes == routes) {
        let kind = set.kind();
        let changes = match base.and_then(|it| it.set(kind)) {
            Some(old) => set.changes_since(old),
            None => set.changes_since(&super::TypeSet::empty(kind)),
        };
        for user in &changes.changed {
            let asked = user.needs.iter().filter(|(kind, _)| !kind.rules().full_state);
            let there = asked.filter(|(kind, name)| target.set(kind).is_some_and(|it| it.get(name).is_some()));
            found.extend(there.map(|(needed, name)| Need {
                user: (kind.clone(), user.clone()),
                kind: needed.clone(),
                name: name.clone(),
            }));
        }
    }
    found
}
