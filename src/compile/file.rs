//! One file: its syntax by its name, its documents, and the verdict on them. Leaves each kind of document to its file.

use std::sync::Arc;

use super::Document;
use super::assemble::{Assembler, Item, Parts};
use super::encode::Context;
use super::foreign::Foreign;
use super::items::{Kept, Spread, of_items};
use super::kind::Kind;
use super::options::{Options, options};
use super::{bootstrap, config_map, discovery, missing_key, proto, simple};
use crate::check::Profile;
use crate::spec::{Diagnostic, Diagnostics, Levels, Lines, NodeSelector, RawFile, Span, Text, Tree, codes, parse_yaml};

/// Texts are kept in memory several times over, and no hand writes more.
const MOST_BYTES: usize = 256 << 20;

/// What compiling depends on besides the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The cluster by which Envoy reaches us, for generated references on separate streams.
    pub management_cluster: Arc<str>,
    /// Who gets a document that does not say.
    pub default_nodes: Vec<NodeSelector>,
    /// Levels of lints, where a document does not say.
    pub levels: Levels,
    /// Clusters that every Envoy has from its own bootstrap.
    pub static_clusters: Vec<Arc<str>>,
    /// The time, as seconds since 1970, by which certificates expire; 0 if it is not known.
    pub now: i64,
}

/// What a file gives.
#[derive(Debug, Clone, Default)]
pub struct Compiled {
    /// Its documents; none if any error was found.
    pub documents: Vec<Document>,
    /// What could be read of it, if any error was found: never to be served.
    pub drafts: Vec<Document>,
    /// What is wrong with it, in the order of the text.
    pub diagnostics: Diagnostics,
    /// Whether it was read item by item: then what did not change is shared with the reading before.
    pub by_items: bool,
    /// Why the file is none of ours, if it is not.
    pub skipped: Option<String>,
}

/// How a file is written.
enum Syntax {
    /// YAML or JSON.
    Text,
    /// A `DiscoveryResponse` in protobuf's binary format.
    Binary,
    /// A `DiscoveryResponse` in protobuf's text format.
    ProtoText,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            management_cluster: "xds_cluster".into(),
            default_nodes: Vec::new(),
            levels: Levels::default(),
            static_clusters: Vec::new(),
            now: 0,
        }
    }
}

impl Settings {
    /// Clusters that documents may refer to though none defines them.
    pub fn outside_clusters(&self) -> Vec<Arc<str>> {
        self.static_clusters.iter().chain([&self.management_cluster]).cloned().collect()
    }
}

/// Reads a file. Whatever its content, the result is documents, diagnostics or a reason to skip it, never a panic.
pub fn compile(file: &RawFile, settings: &Settings) -> Compiled {
    compile_by(file, settings, |text, settings, compiled| of_text(text, settings, file.named, compiled))
}

/// Reads a file as [`compile`] does, but only what changed since it was last read with the same `kept`. Much to read is
/// spread over threads.
pub fn recompile(file: &RawFile, settings: &Settings, kept: &mut Kept, spread: Spread) -> Compiled {
    compile_by(file, settings, |text, settings, compiled| {
        if of_items(text, settings, kept, spread, compiled).is_none() {
            of_text(text, settings, file.named, compiled);
        }
    })
}

fn compile_by(
    file: &RawFile,
    settings: &Settings,
    read_text: impl FnOnce(&Text, &Settings, &mut Compiled),
) -> Compiled {
    let syntax = match Syntax::of(file) {
        Ok(syntax) => syntax,
        Err(reason) => return Compiled { skipped: Some(reason.to_owned()), ..Compiled::default() },
    };
    let mut compiled = Compiled::default();
    if file.content.iter().all(u8::is_ascii_whitespace) {
        let fault = Diagnostic::of_file(codes::EMPTY, &file.name, "the file is empty");
        compiled.diagnostics.push(fault.help("to serve nothing, delete the file or write `resources: []`"));
    } else if file.content.len() > MOST_BYTES {
        compiled.diagnostics.push(Diagnostic::of_file(codes::TOO_LARGE, &file.name, "the file is larger than 256 MB"));
    } else {
        match syntax {
            Syntax::Text => match std::str::from_utf8(&file.content) {
                Ok(content) => read_text(&Text::new(file.name.clone(), content), settings, &mut compiled),
                Err(error) => not_text(file, error.valid_up_to(), &mut compiled.diagnostics),
            },
            Syntax::Binary => of_parts(file, settings, &mut compiled, proto::binary),
            Syntax::ProtoText => of_parts(file, settings, &mut compiled, proto::text),
        }
    }
    let place = |it: &Diagnostic| (it.labels.first().and_then(|label| label.span).map(|it| it.start), it.code);
    compiled.diagnostics.0.sort_by_key(place);
    // What an alias repeats is wrong once.
    compiled.diagnostics.0.dedup_by(|again, first| {
        let is_same = first.is_same_as(again);
        if is_same && first.fix.is_none() {
            first.fix = again.fix.take();
        }
        is_same
    });
    if compiled.diagnostics.has_errors() {
        compiled.drafts = std::mem::take(&mut compiled.documents);
    }
    compiled
}

/// What encoding depends on. What of a tree was not understood is `assemble`'s to find out.
pub(super) fn context<'a>(text: &'a Text, settings: &'a Settings, profile: Profile) -> Context<'a> {
    Context { profile, now: settings.now, ..Context::new(text, &settings.management_cluster) }
}

fn of_text(text: &Text, settings: &Settings, named: bool, compiled: &mut Compiled) {
    let out = &mut compiled.diagnostics;
    let trees = read_trees(text, settings, named, out);
    if trees.is_empty() && !out.has_errors() {
        out.push(Diagnostic::of_file(codes::EMPTY, &text.name, "the file holds no document, only comments"));
    }
    let lines = Lines::of(text);
    let mut skipped = None;
    for (index, tree) in trees.into_iter().enumerate() {
        let mut faults = Diagnostics::default();
        let Options { levels, profile, rollout } = options(&tree, text, &mut faults);
        out.set_levels(levels.within(&settings.levels));
        match parts_of(tree, text, settings, false, out) {
            Ok(parts) => {
                out.0.append(&mut faults.0);
                let parts = Parts { rollout, ..parts };
                let name = if index == 0 { text.name.clone() } else { format!("{}#{}", text.name, index + 1).into() };
                let context = context(text, settings, profile);
                let document = Assembler { context, lines: &lines, out }.document(name, parts);
                compiled.documents.push(with_default_nodes(document, settings));
            }
            // In somebody else's file these keys have another meaning.
            Err(Some(foreign)) => skipped = skipped.or(Some(foreign)),
            Err(None) => out.0.append(&mut faults.0),
        }
    }
    let Some(foreign) = skipped.filter(|_| compiled.documents.is_empty() && !out.has_errors()) else { return };
    if named {
        out.push(foreign.fault(text));
        return;
    }
    if let Some(warning) = foreign.warning(text) {
        out.push(warning);
    }
    compiled.skipped = Some(foreign.reason);
}

/// The trees of a text; lints about its syntax have the levels of the document that they are in.
fn read_trees(text: &Text, settings: &Settings, named: bool, out: &mut Diagnostics) -> Vec<Tree> {
    let mut read = Diagnostics::default();
    let trees = parse_yaml(text, &mut read);
    missing_key::name(text, &mut read);
    let trees = if named { config_map::unpacked(trees, text, &mut read) } else { trees };
    for fault in read.0 {
        let place = fault.labels.first().and_then(|it| it.span).unwrap_or_default().start;
        let tree = trees.iter().find(|it| (it.span.start..=it.span.end).contains(&place));
        let levels = tree.map(|it| options(it, text, &mut Diagnostics::default()).levels).unwrap_or_default();
        out.set_levels(levels.within(&settings.levels));
        out.push(fault);
    }
    trees
}

/// What a tree says, by its kind; `has_more` tells that some of its resources are not in the tree. `Err` with the reason
/// if it is none of ours, or without if it is damaged.
pub(super) fn parts_of(
    tree: Tree,
    text: &Text,
    settings: &Settings,
    has_more: bool,
    out: &mut Diagnostics,
) -> Result<Parts, Option<Foreign>> {
    match Kind::of(&tree, text) {
        Kind::Simple => Ok(simple_parts(tree, text, out)),
        Kind::Discovery => Ok(discovery::document(tree, text, out)),
        Kind::Resource => Ok(discovery::single(tree, text, out)),
        Kind::Bootstrap => {
            let foreign = Foreign::new("a bootstrap without static resources to serve", &tree);
            bootstrap::document(tree, &settings.management_cluster, has_more, text, out).ok_or(Some(foreign))
        }
        Kind::Foreign(foreign) => Err(Some(foreign)),
        Kind::Faulty(fault) => {
            out.push(*fault);
            Err(None)
        }
    }
}

pub(super) fn simple_parts(tree: Tree, text: &Text, out: &mut Diagnostics) -> Parts {
    let desugared = simple::desugar(&tree, text, out);
    let item = |(kind, tree): (crate::resource::ResourceType, Tree)| Item {
        url: kind.url().into(),
        url_span: tree.span,
        name: None,
        aliases: Vec::new(),
        tree,
    };
    let items = desugared.resources.into_iter().map(item).collect();
    Parts { label: desugared.label, nodes: desugared.nodes, items, written: Some(tree), ..Parts::default() }
}

/// A protobuf file: its place is its name, since it has no lines that anybody wrote.
fn of_parts(
    file: &RawFile,
    settings: &Settings,
    compiled: &mut Compiled,
    read: fn(&RawFile, &mut Diagnostics) -> Option<Parts>,
) {
    let text = Text::new(file.name.clone(), "");
    let lines = Lines::of(&text);
    let Some(parts) = read(file, &mut compiled.diagnostics) else { return };
    compiled.diagnostics.set_levels(settings.levels.clone());
    let profile = Profile::default();
    let context = Context { profile, now: settings.now, ..Context::new(&text, &settings.management_cluster) };
    let mut assembler = Assembler { context, lines: &lines, out: &mut compiled.diagnostics };
    let document = assembler.document(file.name.clone(), parts);
    compiled.documents.push(with_default_nodes(document, settings));
}

pub(super) fn with_default_nodes(mut document: Document, settings: &Settings) -> Document {
    if document.nodes.is_empty() {
        document.nodes.clone_from(&settings.default_nodes);
    }
    document
}

fn not_text(file: &RawFile, valid: usize, out: &mut Diagnostics) {
    // What precedes the first wrong byte is text, and tells the place.
    let text = Text::new(file.name.clone(), String::from_utf8_lossy(&file.content));
    let span = Span { start: valid as u32, end: valid as u32 + 1 };
    let fault = Diagnostic::error(codes::NOT_TEXT, &text, span, "the file is not UTF-8 text from here on");
    out.push(Diagnostic { redacted: true, ..fault });
}

impl Syntax {
    /// By the file's name; one that the user named is text whatever it is called.
    fn of(file: &RawFile) -> Result<Self, &'static str> {
        let name = &*file.name;
        let last = name.rsplit('/').next().unwrap_or(name);
        if name == "-" {
            return Ok(Self::Text);
        }
        if last.starts_with('.') && !file.named {
            return Err("a hidden file");
        }
        match last.rsplit_once('.').map_or("", |it| it.1) {
            "yaml" | "yml" | "json" => Ok(Self::Text),
            "pb" => Ok(Self::Binary),
            "pb_text" => Ok(Self::ProtoText),
            _ if file.named => Ok(Self::Text),
            _ => Err("its name does not end in .yaml, .yml, .json, .pb or .pb_text"),
        }
    }
}
