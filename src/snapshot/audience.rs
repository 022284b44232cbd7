//! Audiences: the groups of nodes that documents tell apart, known without any node.
//!
//! Answers for: which documents surely reach every node that a selector matches. A node that two selectors match,
//! neither of which covers the other, gets more than either audience says; who may connect, nobody knows before it does.
//! Leaves to others: what a node that is there gets (`Generation::select`).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::compile::Document;
use crate::spec::{Glob, NodeSelector};

/// How many selectors a name tells of.
const NAMED: usize = 3;

/// A group of nodes, and all documents that surely reach each of them.
#[derive(Debug, Clone)]
pub struct Audience {
    /// In words: `every node`, `id=edge-* cluster=web`, `id=a or id=b`.
    pub name: String,
    /// Whom it is: what any of these matches. Empty for every node that no selector matches.
    pub selectors: Vec<NodeSelector>,
    /// The documents, in the generation's order.
    pub documents: Vec<Arc<Document>>,
}

/// The audiences of these documents: every node, then one for each selector, in the order in which they are written.
/// Selectors that the same documents reach are one audience.
pub fn audiences(documents: &[Arc<Document>]) -> Vec<Audience> {
    let nodes: Vec<&[NodeSelector]> = documents.iter().map(|it| &*it.nodes).collect();
    let audience = |Reach { name, selectors, documents: reach }: Reach| Audience {
        name,
        selectors,
        documents: reach.into_iter().map(|it| documents[it].clone()).collect(),
    };
    reaches(&nodes).into_iter().map(audience).collect()
}

/// An audience of documents of which no more is known than whom they are for.
#[derive(Debug, Clone)]
pub struct Reach {
    /// As in [`Audience`].
    pub name: String,
    /// As in [`Audience`].
    pub selectors: Vec<NodeSelector>,
    /// Indices of the documents, in order.
    pub documents: Vec<usize>,
}

/// The audiences of documents with these `nodes`.
pub fn reaches(documents: &[&[NodeSelector]]) -> Vec<Reach> {
    let mut by_reach: HashMap<Vec<usize>, usize> = HashMap::new();
    let mut found: Vec<Reach> = Vec::new();
    let add = |found: &mut Vec<Reach>, documents| {
        found.push(Reach { name: String::new(), selectors: Vec::new(), documents });
        found.len() - 1
    };
    let for_all: Vec<usize> = (0..documents.len()).filter(|it| documents[*it].is_empty()).collect();
    if !for_all.is_empty() {
        add(&mut found, for_all.clone());
    }
    let index = Index::of(documents);
    let mut seen = HashSet::new();
    for selector in documents.iter().copied().flatten().filter(|it| seen.insert(*it)) {
        let reach = index.reach(selector, &for_all);
        let at = *by_reach.entry(reach).or_insert_with_key(|reach| add(&mut found, reach.clone()));
        found[at].selectors.push(selector.clone());
    }
    found.iter_mut().for_each(|it| it.name = name(&it.selectors));
    found
}

/// The selectors of all documents by how the ids that they match begin: with thousands of them, nearly none has to be
/// looked at to find those that cover another.
struct Index<'a>(HashMap<&'a str, Vec<(usize, &'a NodeSelector)>>);

impl<'a> Index<'a> {
    fn of(documents: &[&'a [NodeSelector]]) -> Self {
        let mut index: HashMap<_, Vec<_>> = HashMap::new();
        for (at, nodes) in documents.iter().enumerate() {
            for selector in nodes.iter() {
                index.entry(beginning(selector)).or_default().push((at, selector));
            }
        }
        Self(index)
    }

    /// The documents that every node gets which the selector matches.
    fn reach(&self, selector: &NodeSelector, for_all: &[usize]) -> Vec<usize> {
        let begins = beginning(selector);
        let ends = begins.char_indices().map(|(at, _)| at).chain([begins.len()]);
        let candidates = ends.filter_map(|end| self.0.get(&begins[..end])).flatten();
        let covering = candidates.filter(|(_, it)| it.covers(selector)).map(|(at, _)| *at);
        let mut reach: Vec<usize> = for_all.iter().copied().chain(covering).collect();
        reach.sort_unstable();
        reach.dedup();
        reach
    }
}

fn beginning(selector: &NodeSelector) -> &str {
    selector.id.as_ref().map_or("", Glob::beginning)
}

fn name(selectors: &[NodeSelector]) -> String {
    if selectors.is_empty() {
        return "every node".to_owned();
    }
    let mut names: Vec<String> = selectors.iter().take(NAMED).map(ToString::to_string).collect();
    if selectors.len() > NAMED {
        names.push(format!("{} more", selectors.len() - NAMED));
    }
    names.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Documents from lines `name: selector | selector`, a selector being `id` or `id@cluster`.
    fn documents(text: &str) -> Vec<Arc<Document>> {
        let selector = |it: &str| {
            let (id, cluster) = it.trim().split_once('@').map_or((it.trim(), None), |(id, it)| (id, Some(it)));
            NodeSelector { id: Some(Glob::new(id)), cluster: cluster.map(Glob::new), ..NodeSelector::default() }
        };
        let document = |line: &str| {
            let (name, nodes) = line.split_once(':').unwrap();
            let nodes = nodes.split('|').filter(|it| !it.trim().is_empty()).map(selector).collect();
            Arc::new(Document { name: name.into(), nodes, ..Document::default() })
        };
        text.split(';').filter(|it| !it.trim().is_empty()).map(|it| document(it.trim())).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let told = |it: &Audience| {
            let names: Vec<_> = it.documents.iter().map(|it| &*it.name).collect();
            format!("{}: {}", it.name, names.join(" "))
        };
        let found: Vec<_> = audiences(&documents(text)).iter().map(told).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn who_surely_gets_what() {
        check("", &[]);
        check("a:; b:", &["every node: a b"]);
        check("a:; b: x*; c: xy", &["every node: a", "id=x*: a b", "id=xy: a b c"]);
        check("b: x*@web; c: x*", &["id=x* cluster=web: b c", "id=x*: c"]);
        // Neither covers the other.
        check("b: x*; c: *y", &["id=x*: b", "id=*y: c"]);
        check("b: x | y; c: z; d: x", &["id=x: b d", "id=y: b", "id=z: c"]);
    }

    #[test]
    fn whom_the_same_documents_reach_is_one_audience() {
        check("a: x | y; b: y | x", &["id=x or id=y: a b"]);
        check("a: 1 | 2 | 3 | 4 | 5", &["id=1 or id=2 or id=3 or 2 more: a"]);
        let merged = audiences(&documents("a: x | y; b: y | x"));
        assert_eq!(merged[0].selectors.len(), 2);
    }

    #[test]
    fn a_thousand_documents_with_selectors_of_their_own() {
        let lines: Vec<_> = (0..1000).map(|it| format!("d{it}: node-{it}* | other-{it}")).collect();
        let found = audiences(&documents(&format!("all:;{}", lines.join(";"))));
        // Both selectors of the first ten say the same; `node-1*` covers the narrower `node-10*` and `node-100*`.
        assert_eq!(found.len(), 1991);
        assert_eq!(found.iter().map(|it| it.documents.len()).max(), Some(4));
    }
}
