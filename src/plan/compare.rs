//! Two statements to a plan: groups, and what changes for each.
//!
//! What both sides give to the same nodes is set aside first, so that the rest of the work is as large as the edit,
//! however many documents and selectors there are.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::effects::{Effect, effect};
use super::fields::{FieldChange, differences};
use super::rename::pair_renamed;
use crate::resource::{Node, ResourceType, Version};
use crate::snapshot::reaches;
use crate::spec::NodeSelector;
use crate::statement::{Stated, StatedResource, Statement};

/// For whom.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    /// All groups of nodes that the documents tell apart.
    Everyone,
    /// One node.
    Node(&'a Node),
}

/// What becomes of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// It comes.
    Add,
    /// Its content becomes another.
    Change,
    /// It goes.
    Remove,
    /// It goes, and one that is equal but for the name comes.
    Rename,
}

/// One resource's change.
#[derive(Debug, Clone)]
pub struct Change {
    /// For whom, in words: all groups for which it is this very change.
    pub groups: Vec<String>,
    /// What becomes of it.
    pub action: Action,
    /// The type.
    pub kind: ResourceType,
    /// What there was.
    pub old: Option<Arc<StatedResource>>,
    /// What there will be.
    pub new: Option<Arc<StatedResource>>,
    /// The fields that change; only for [`Action::Change`].
    pub fields: Vec<FieldChange>,
    /// What it does to traffic.
    pub effect: &'static Effect,
}

/// What two statements differ in.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// In the order of groups, then of types on the wire, then of names.
    pub changes: Vec<Change>,
    /// How many groups of nodes get anything else than before.
    pub groups: usize,
}

/// A resource before and after, in one group.
type Sides = (Option<Arc<StatedResource>>, Option<Arc<StatedResource>>);

/// Compares what is served with what would be.
pub fn compare(old: &Statement, new: &Statement, scope: Scope<'_>) -> Plan {
    let selected = |it: &&Stated| match scope {
        Scope::Everyone => true,
        Scope::Node(node) => it.nodes.is_empty() || it.nodes.iter().any(|it| it.matches(node)),
    };
    let old: Vec<&Stated> = old.documents.iter().filter(selected).collect();
    let new: Vec<&Stated> = new.documents.iter().filter(selected).collect();
    let groups = groups(&old, &new, scope);
    let [old_rest, new_rest] = without_common(&old, &new);
    let mut by_members: HashMap<(Vec<usize>, Vec<usize>), Vec<usize>> = HashMap::new();
    for (index, (_, reach)) in groups.iter().enumerate() {
        let of = |rest: &[Vec<Arc<StatedResource>>], from: usize| -> Vec<usize> {
            let own = reach.iter().filter_map(|it| it.checked_sub(from)).filter(|it| *it < rest.len());
            own.filter(|it| !rest[*it].is_empty()).collect()
        };
        by_members.entry((of(&old_rest, 0), of(&new_rest, old.len()))).or_default().push(index);
    }
    let mut for_whom: BTreeMap<ChangeKey, (Sides, Vec<usize>)> = BTreeMap::new();
    for ((olds, news), members) in by_members {
        for sides in differing(&old_rest, &olds, &new_rest, &news) {
            for_whom.entry(ChangeKey::of(&sides)).or_insert_with(|| (sides, Vec::new())).1.extend(&members);
        }
    }
    plan(&groups, for_whom)
}

/// Each group's name and documents: indices into the old ones, and into the new ones after them.
fn groups(old: &[&Stated], new: &[&Stated], scope: Scope<'_>) -> Vec<(String, Vec<usize>)> {
    match scope {
        Scope::Everyone => {
            let nodes: Vec<&[NodeSelector]> = old.iter().chain(new).map(|it| &*it.nodes).collect();
            reaches(&nodes).into_iter().map(|it| (it.name, it.documents)).collect()
        }
        Scope::Node(node) => vec![(format!("node {node}"), (0..old.len() + new.len()).collect())],
    }
}

/// The resources of each document, without those that the other side gives to the same nodes too.
fn without_common(old: &[&Stated], new: &[&Stated]) -> [Vec<Vec<Arc<StatedResource>>>; 2] {
    type Given<'a> = HashSet<(&'a [NodeSelector], &'a ResourceType, &'a str, Version)>;
    fn given<'a>(documents: &[&'a Stated]) -> Given<'a> {
        let each = |it: &'a Stated| it.resources.iter().map(|own| (&*it.nodes, &own.kind, &*own.name, own.version));
        documents.iter().flat_map(|it| each(it)).collect()
    }
    let rest = |documents: &[&Stated], other: &Given<'_>| -> Vec<Vec<Arc<StatedResource>>> {
        let lacks = |document: &Stated, it: &StatedResource| {
            !other.contains(&(&*document.nodes, &it.kind, &*it.name, it.version))
        };
        documents
            .iter()
            .map(|document| document.resources.iter().filter(|it| lacks(document, it)).cloned().collect())
            .collect()
    };
    let (olds, news) = (given(old), given(new));
    [rest(old, &news), rest(new, &olds)]
}

/// The resources that are not the same on both sides of a group.
fn differing(
    old: &[Vec<Arc<StatedResource>>],
    olds: &[usize],
    new: &[Vec<Arc<StatedResource>>],
    news: &[usize],
) -> Vec<Sides> {
    let mut sides: BTreeMap<(&ResourceType, &str), Sides> = BTreeMap::new();
    // Of two with one name, the first stands for both: such documents are at fault, and refused elsewhere.
    for it in olds.iter().flat_map(|it| &old[*it]) {
        sides.entry((&it.kind, &it.name)).or_default().0.get_or_insert_with(|| it.clone());
    }
    for it in news.iter().flat_map(|it| &new[*it]) {
        sides.entry((&it.kind, &it.name)).or_default().1.get_or_insert_with(|| it.clone());
    }
    let version = |it: &Option<Arc<StatedResource>>| it.as_ref().map(|it| it.version);
    sides.into_values().filter(|(old, new)| version(old) != version(new)).collect()
}

/// What makes changes of two groups the same change, in the order in which they are told.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct ChangeKey(ResourceType, Arc<str>, [Option<String>; 2]);

impl ChangeKey {
    fn of((old, new): &Sides) -> Self {
        let version = |it: &Option<Arc<StatedResource>>| it.as_ref().map(|it| it.version.to_string());
        let (kind, name) = match old.as_ref().or(new.as_ref()) {
            Some(it) => (it.kind.clone(), it.name.clone()),
            None => (ResourceType::from_url(""), "".into()),
        };
        Self(kind, name, [version(old), version(new)])
    }
}

fn plan(groups: &[(String, Vec<usize>)], for_whom: BTreeMap<ChangeKey, (Sides, Vec<usize>)>) -> Plan {
    let mut touched = HashSet::new();
    let mut by_groups: BTreeMap<Vec<usize>, Vec<Sides>> = BTreeMap::new();
    for (sides, mut members) in for_whom.into_values() {
        members.sort_unstable();
        touched.extend(members.iter().copied());
        by_groups.entry(members).or_default().push(sides);
    }
    let mut changes = Vec::new();
    for (members, sides) in by_groups {
        let names: Vec<String> = if members.len() == groups.len() && members.len() > 1 {
            vec!["every node".to_owned()]
        } else {
            members.iter().filter_map(|it| groups.get(*it)).map(|(name, _)| called(name, groups.len())).collect()
        };
        changes.extend(pair_renamed(sides).into_iter().filter_map(|(action, sides)| change(action, sides, &names)));
    }
    Plan { changes, groups: touched.len() }
}

/// Beside others, the group of all that no selector matches is not everyone.
fn called(name: &str, groups: usize) -> String {
    if name == "every node" && groups > 1 { "every other node".to_owned() } else { name.to_owned() }
}

fn change(action: Action, (old, new): Sides, groups: &[String]) -> Option<Change> {
    let either = new.as_ref().or(old.as_ref())?;
    let kind = either.kind.clone();
    let (fields, after) = match (action, &old, &new) {
        (Action::Change, Some(before), Some(after)) => {
            let after = after.json();
            (differences(&before.json(), &after), Some(after))
        }
        _ => (Vec::new(), None),
    };
    let effect = effect(&kind, action, &fields, after.as_ref());
    Some(Change { groups: groups.to_vec(), action, kind, old, new, fields, effect })
}
