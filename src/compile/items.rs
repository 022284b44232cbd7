//! Texts read item by item, each item compiled by itself and kept: an edit compiles what it touches.
//!
//! The same result as reading the text as a whole, or none: then the text is not of a form that can be cut
//! (`spec::cut`), and `file` reads it whole. An item is a small text of its own here, with places from its first byte;
//! what is kept of it holds for wherever it stands, and is moved to its place when the document is put together.
//! Leaves to `assemble` what a resource is, and to each kind of document what an item of it says.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use super::assemble::{Assembler, Item, Parts, Resources};
use super::file::{Compiled, Settings, context, parts_of, simple_parts, with_default_nodes};
use super::kind::Kind;
use super::options::{Options, options};
use super::{bootstrap, discovery};
use crate::check::{Facts, Profile};
use crate::resource::{Resource, ResourceType};
use crate::spec::{
    Cut, CutItem, Diagnostic, Diagnostics, Entry, Key, Keys, Levels, Lines, Span, Text, Tree, Value, cut, parse_item,
    parse_skeleton, stretch,
};

/// The lists that are cut; those of the simple spec in the order in which it gathers resources from them.
const PATHS: &[&[&str]] = &[
    &["resources"],
    &["spec", "listeners"],
    &["spec", "clusters"],
    &["spec", "secrets"],
    &["spec", "runtime"],
    &["static_resources", "listeners"],
    &["static_resources", "clusters"],
    &["static_resources", "secrets"],
];

/// How much text one piece of work has at least: enough to be worth handing to another thread.
const PIECE: usize = 64 << 10;

/// From how many diagnostics on nothing is kept, but for those that are shown.
const MOST_FAULTS: usize = 20_000;

/// Does pieces of work, numbered from 0, in any order and perhaps several at a time. Returns when all are done.
pub type Spread = fn(usize, &(dyn Fn(usize) + Sync));

/// What is kept of a file from reading to reading: its items, compiled. As large as one reading of it.
#[derive(Debug, Default)]
pub struct Kept(Option<Reading>);

#[derive(Debug)]
struct Reading {
    terms: Terms,
    text: Text,
    items: Vec<CutItem>,
    units: Vec<Unit>,
    compiled: usize,
}

/// What the meaning of an item depends on besides its text.
#[derive(Debug, Clone, PartialEq)]
struct Terms {
    form: Form,
    settings: Settings,
    levels: Levels,
    profile: Profile,
    /// Clusters of a bootstrap that Envoy has anyway.
    own: BTreeSet<Arc<str>>,
}

/// The kinds of documents with lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Simple,
    Discovery,
    Bootstrap,
}

/// One item, compiled.
#[derive(Debug, Default)]
struct Unit {
    resources: Vec<(ResourceType, Arc<Resource>)>,
    facts: Vec<Arc<Facts>>,
    /// The line and the byte that resources and facts count from: where the item stood when it was last read.
    line: u32,
    at: u32,
    /// What is wrong with it, with places from its first byte.
    faults: Vec<Diagnostic>,
    /// Where its tree ends, from its first byte.
    end: u32,
    /// Whether it is to be served, faults apart.
    is_served: bool,
}

impl Kept {
    /// How many items the last reading compiled, and how many it had.
    pub fn compiled(&self) -> (usize, usize) {
        self.0.as_ref().map_or((0, 0), |it| (it.compiled, it.units.len()))
    }
}

/// Reads a text item by item. `None` if it must be read as a whole.
pub(super) fn of_items(
    text: &Text,
    settings: &Settings,
    kept: &mut Kept,
    spread: Spread,
    compiled: &mut Compiled,
) -> Option<()> {
    let cut = cut(&text.content, PATHS)?;
    let mut tree = parse_skeleton(text, &cut, PATHS)?;
    let mut out = Diagnostics::default();
    let Options { levels, profile, rollout } = options(&tree, text, &mut out);
    let levels = levels.within(&settings.levels);
    out.set_levels(levels.clone());
    let form = Form::of(&tree, text).filter(|form| cut.lists.iter().all(|it| form.has(it.path)))?;
    let own = match form {
        Form::Bootstrap => bootstrap::own_clusters(&tree, &settings.management_cluster),
        _ => BTreeSet::new(),
    };
    let reading = kept.read(text, &cut, Terms { form, settings: settings.clone(), levels, profile, own }, spread)?;
    for list in &cut.lists {
        if let Some((item, unit)) = reading.of_path(list.path).last() {
            stretch(&mut tree, PATHS[list.path], item.start + unit.end);
        }
    }
    let has_more = reading.units.iter().any(|it| it.is_served);
    // What has lists that were not cut is read as a whole, for the sake of their order.
    let parts = parts_of(tree, text, settings, has_more, &mut out).ok().filter(|it| it.items.is_empty())?;
    let parts = Parts { rollout, ..parts };
    let resources = reading.gather(&cut, &mut out);
    let document = resources.document(text.name.clone(), parts, text.clone(), out.levels().clone());
    compiled.documents.push(with_default_nodes(document, settings));
    compiled.diagnostics = out;
    compiled.by_items = true;
    Some(())
}

impl Terms {
    fn timeless(&self) -> Self {
        Self { settings: Settings { now: 0, ..self.settings.clone() }, ..self.clone() }
    }
}

impl Form {
    fn of(tree: &Tree, text: &Text) -> Option<Self> {
        match Kind::of(tree, text) {
            Kind::Simple => Some(Self::Simple),
            Kind::Discovery => Some(Self::Discovery),
            Kind::Bootstrap => Some(Self::Bootstrap),
            Kind::Resource | Kind::Foreign(_) | Kind::Faulty(_) => None,
        }
    }

    /// Whether a list belongs to this kind of document.
    fn has(self, path: usize) -> bool {
        let root = match self {
            Self::Simple => "spec",
            Self::Discovery => "resources",
            Self::Bootstrap => "static_resources",
        };
        PATHS[path][0] == root
    }
}

impl Kept {
    /// Compiles what is new in a text. What was kept is left alone if the text must be read as a whole.
    fn read(&mut self, text: &Text, cut: &Cut, terms: Terms, spread: Spread) -> Option<&mut Reading> {
        let old = self.0.as_mut().filter(|it| it.terms.timeless() == terms.timeless());
        let mut known = old.as_ref().map_or_else(|| vec![None; cut.items.len()], |it| it.find(text, &cut.items));
        if let Some(old) = old.as_ref().filter(|it| it.terms != terms) {
            // Another time, and nothing else.
            let is_dated = |at: usize| old.units[at].facts.iter().any(|it| it.is_dated);
            known.iter_mut().filter(|it| it.is_some_and(is_dated)).for_each(|it| *it = None);
        }
        let new: Vec<_> = cut.items.iter().zip(&known).filter(|it| it.1.is_none()).map(|it| *it.0).collect();
        let fresh = compile_all(&new, text, &terms, spread)?;
        let compiled = fresh.len();
        let mut fresh = fresh.into_iter();
        let mut units = Vec::with_capacity(cut.items.len());
        let mut old = old.map(|it| &mut it.units);
        for known in known {
            let unit = match (known, &mut old) {
                (Some(at), Some(old)) => std::mem::take(&mut old[at]),
                _ => fresh.next()?,
            };
            units.push(unit);
        }
        if units.iter().map(|it| it.faults.len()).sum::<usize>() > MOST_FAULTS {
            self.0 = None;
            return None;
        }
        Some(self.0.insert(Reading { terms, text: text.clone(), items: cut.items.clone(), units, compiled }))
    }
}

impl Reading {
    /// For each of the new items the one here that has the same text.
    fn find(&self, text: &Text, items: &[CutItem]) -> Vec<Option<usize>> {
        let same = |a: &CutItem, b: &CutItem| a.path == b.path && a.of(&self.text.content) == b.of(&text.content);
        let most = items.len().min(self.items.len());
        let ahead = items.iter().zip(&self.items).take_while(|(new, old)| same(old, new)).count();
        let behind = items.iter().rev().zip(self.items.iter().rev()).take(most - ahead);
        let behind = behind.take_while(|(new, old)| same(old, new)).count();
        let (mut known, last) = (Vec::with_capacity(items.len()), self.items.len() - behind);
        known.extend((0..ahead).map(Some));
        // Most edits are in one place. What lies between is looked up by its text, each item at most once.
        let between = (ahead..last).map(|at| ((self.items[at].path, self.items[at].of(&self.text.content)), at));
        let mut between: HashMap<_, _> = between.collect();
        let edited = &items[ahead..items.len() - behind];
        known.extend(edited.iter().map(|it| between.remove(&(it.path, it.of(&text.content)))));
        known.extend((last..self.items.len()).map(Some));
        known
    }

    fn of_path(&self, path: usize) -> impl Iterator<Item = (&CutItem, &Unit)> {
        self.items.iter().zip(&self.units).filter(move |it| it.0.path == path)
    }

    /// All resources, with places in the text. What is wrong with them is reported.
    fn gather(&mut self, cut: &Cut, out: &mut Diagnostics) -> Resources {
        let mut resources = Resources::with_capacity(self.items.len());
        let Self { terms, text, items, units, .. } = self;
        let mut paths: Vec<_> = cut.lists.iter().map(|it| it.path).collect();
        if terms.form == Form::Simple {
            // The simple spec has an order of its own, whatever the text's.
            paths.sort_unstable();
        }
        for path in paths {
            for (item, unit) in items.iter().zip(&mut *units).filter(|it| it.0.path == path) {
                unit.move_to(item);
                unit.faults.iter().for_each(|it| out.push(it.clone().moved(text, item.start)));
                for ((kind, resource), facts) in unit.resources.iter().zip(&unit.facts) {
                    resources.add(kind, resource.clone(), facts.clone(), text, out);
                }
            }
        }
        resources
    }
}

impl Unit {
    /// Makes resources and facts count from where the item stands now. What does not move is kept as it is.
    fn move_to(&mut self, item: &CutItem) {
        if self.line != item.line {
            for (_, resource) in &mut self.resources {
                *resource = Arc::new(resource.moved_to(resource.origin.line - self.line + item.line));
            }
            self.line = item.line;
        }
        if self.at != item.start {
            let by = item.start.wrapping_sub(self.at);
            self.facts.iter_mut().for_each(|it| *it = Arc::new(it.moved(by)));
            self.at = item.start;
        }
    }
}

/// Compiles items, large amounts of them on several threads. `None` if one of them cannot be read by itself.
fn compile_all(items: &[CutItem], text: &Text, terms: &Terms, spread: Spread) -> Option<Vec<Unit>> {
    let mut pieces = Vec::new();
    let (mut begin, mut bytes) = (0, 0);
    for (at, item) in items.iter().enumerate() {
        bytes += (item.end - item.start) as usize;
        if bytes >= PIECE || at + 1 == items.len() {
            pieces.push((&items[begin..=at], OnceLock::new()));
            (begin, bytes) = (at + 1, 0);
        }
    }
    spread(pieces.len(), &|piece| {
        if let Some((items, done)) = pieces.get(piece) {
            // Empty where it was not done.
            let _ = done.set(compile_piece(items, text, terms));
        }
    });
    let mut units = Vec::with_capacity(items.len());
    for (_, done) in pieces {
        units.append(&mut done.into_inner()??);
    }
    Some(units)
}

fn compile_piece(items: &[CutItem], text: &Text, terms: &Terms) -> Option<Vec<Unit>> {
    let mut keys = Keys::default();
    let mut faults = 0;
    let mut units = Vec::with_capacity(items.len());
    for item in items {
        let own = Text::new(text.name.clone(), item.of(&text.content));
        let unit = unit(item, &own, terms, &mut keys)?;
        faults += unit.faults.len();
        units.push(unit);
        if faults > MOST_FAULTS {
            return None;
        }
    }
    Some(units)
}

/// Compiles an item. All places are those in its own text.
fn unit(item: &CutItem, text: &Text, terms: &Terms, keys: &mut Keys) -> Option<Unit> {
    let path = PATHS[item.path];
    let mut out = Diagnostics::default();
    out.set_levels(terms.levels.clone());
    let tree = parse_item(text, path.len(), keys, &mut out)?;
    // What the list is of, if not of messages, is seen from all of it.
    if terms.form == Form::Discovery && !matches!(tree.value, Value::Mapping(_)) {
        return None;
    }
    let end = tree.span.end;
    let (items, written) = elements(path, tree, text, terms, &mut out);
    let is_served = !items.is_empty();
    let lines = Lines::of(text);
    let context = context(text, &terms.settings, terms.profile);
    let mut assembler = Assembler { context, lines: &lines, out: &mut out };
    let (mut resources, mut facts) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
    let before = assembler.out.0.len();
    for element in items {
        if let Some((kind, resource, own)) = assembler.resource(element) {
            resources.push((kind, Arc::new(resource)));
            facts.push(Arc::new(own));
        }
    }
    assembler.rename(written.as_ref(), before);
    let mut unit = Unit { resources, facts, line: 1, at: 0, faults: out.0, end, is_served };
    // On the thread that made it, since it is at hand here.
    unit.move_to(item);
    Some(unit)
}

/// What an item stands for, in a document of its kind; with the tree that a simple spec was rewritten from.
fn elements(path: &[&str], tree: Tree, text: &Text, terms: &Terms, out: &mut Diagnostics) -> (Vec<Item>, Option<Tree>) {
    match (terms.form, path) {
        (Form::Discovery, _) => (discovery::element(tree, text, out).into_iter().collect(), None),
        (Form::Bootstrap, [.., list]) => {
            (bootstrap::element(list, tree, Span::default(), &terms.own).into_iter().collect(), None)
        }
        (Form::Simple, path) => {
            let within = |tree: Tree, key: &&str| {
                let key = Key { span: tree.span, text: (*key).into() };
                Tree { span: tree.span, value: Value::Mapping(vec![Entry { key, value: tree }]) }
            };
            let list = Tree { span: tree.span, value: Value::Sequence(vec![tree]) };
            let Parts { items, written, .. } = simple_parts(path.iter().rev().fold(list, within), text, out);
            (items, written)
        }
        (Form::Bootstrap, []) => (Vec::new(), None),
    }
}
