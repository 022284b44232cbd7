//! Anchors and what their aliases stand for, within a budget: a few lines of aliases of aliases can name more nodes
//! than any memory holds.

use std::collections::HashMap;

use crate::spec::{Tree, Value};

/// How many nodes all aliases of one text may add.
const NODES: usize = 500_000;

/// The anchors of one document.
#[derive(Debug)]
pub(super) struct Anchors {
    known: HashMap<usize, Anchor>,
    left: usize,
}

#[derive(Debug)]
struct Anchor {
    tree: Tree,
    nodes: usize,
    height: usize,
}

/// Why an alias has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It stands inside the node that it names.
    Recursive,
    /// The budget is spent.
    TooMany,
    /// It would be nested too deeply.
    TooDeep,
}

impl Anchors {
    pub(super) fn new() -> Self {
        Self { known: HashMap::new(), left: NODES }
    }

    /// Forgets the anchors of the last document; what they cost stays spent.
    pub(super) fn clear(&mut self) {
        self.known.clear();
    }

    /// Keeps a node for later aliases.
    pub(super) fn define(&mut self, id: usize, tree: &Tree) {
        let (nodes, height) = measure(tree);
        // Nested anchors copy as well, so each copy is paid for.
        if nodes <= self.left {
            self.left -= nodes;
            self.known.insert(id, Anchor { tree: tree.clone(), nodes, height });
        } else {
            self.left = 0;
        }
    }

    /// A copy of the node that an alias at this depth names.
    pub(super) fn expand(&mut self, id: usize, depth: usize) -> Result<Tree, Refusal> {
        let Some(anchor) = self.known.get(&id) else {
            return Err(if self.left == 0 { Refusal::TooMany } else { Refusal::Recursive });
        };
        if depth + anchor.height > super::DEPTH {
            return Err(Refusal::TooDeep);
        }
        match self.left.checked_sub(anchor.nodes) {
            Some(left) => self.left = left,
            None => return Err(Refusal::TooMany),
        }
        Ok(anchor.tree.clone())
    }
}

/// How many nodes a tree has, and how many levels of collections.
fn measure(tree: &Tree) -> (usize, usize) {
    let children: Box<dyn Iterator<Item = &Tree>> = match &tree.value {
        Value::Sequence(items) => Box::new(items.iter()),
        Value::Mapping(entries) => Box::new(entries.iter().map(|it| &it.value)),
        _ => return (1, 0),
    };
    let (nodes, height) = children.map(measure).fold((1, 0), |sum, it| (sum.0 + it.0, sum.1.max(it.1)));
    (nodes, height + 1)
}
