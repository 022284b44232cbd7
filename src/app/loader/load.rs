//! The loader itself: files by name, each in its newest version and the one in service.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::trials::{Trials, Undo};
use crate::app::choice::{self, Candidate};
use crate::check::across::Fault;
use crate::compile::{self, Document, Kept, Settings};
use crate::lifecycle::spread;
use crate::snapshot::Generation;
use crate::source::Reading;
use crate::spec::{Diagnostic, RawFile, Severity, codes};

/// What a fault of one document means for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// The document keeps its last good version, and the others go on.
    #[default]
    Document,
    /// Nothing changes until every document is good.
    Generation,
}

/// Turns readings into generations.
#[derive(Debug)]
pub struct Loader {
    settings: Settings,
    pub(super) isolation: Isolation,
    pub(super) files: BTreeMap<Arc<str>, File>,
    pub(super) current: Option<Arc<Generation>>,
    /// The newest number that was ever given.
    last_number: u64,
    /// Faults between documents, as last told.
    told: HashSet<String>,
    /// What is not accepted yet, and what was refused.
    pub(super) trials: Trials,
}

/// One file as last compiled.
#[derive(Debug)]
pub(super) struct File {
    pub(super) content: Arc<[u8]>,
    /// What to tell of it when it is first read, if it was restored and no reading had it yet.
    restored: Option<Vec<Diagnostic>>,
    /// Its items, compiled.
    kept: Kept,
    /// Whether it is in the newest reading. One that is gone is kept as long as others cannot do without it.
    pub(super) present: bool,
    /// Of its newest content; what could be read of it, if it is at fault.
    pub(super) newest: Vec<Arc<Document>>,
    /// Whether the newest content is good by itself.
    good: bool,
    /// Whether documents or resources of the newest content could not be read at all.
    partial: bool,
    /// What the current generation has of it.
    pub(super) served: Option<Vec<Arc<Document>>>,
    /// The content that this was compiled from.
    pub(super) served_content: Option<Arc<[u8]>>,
    /// Whether the newest content was refused, or has something that was.
    pub(super) refused: bool,
}

/// What became of a reading.
#[derive(Debug, Default)]
pub struct Loaded {
    /// A generation that differs from the one before.
    pub generation: Option<Arc<Generation>>,
    /// Diagnostics of the files whose content changed, the source's own, and new ones between documents.
    pub diagnostics: Vec<Diagnostic>,
    /// Files that are none of ours, newly seen, with the reason.
    pub skipped: Vec<(Arc<str>, String)>,
    /// Files whose newest content is not in service.
    pub broken: Vec<Arc<str>>,
}

impl Loader {
    /// A loader that knows nothing yet.
    pub fn new(settings: Settings, isolation: Isolation) -> Self {
        let files = BTreeMap::new();
        Self {
            settings,
            isolation,
            files,
            current: None,
            last_number: 0,
            told: HashSet::new(),
            trials: Trials::default(),
        }
    }

    /// Numbers go on after this one: no generation of an earlier run has the number of a later one.
    pub fn number_after(&mut self, newest: u64) {
        self.last_number = self.last_number.max(newest);
    }

    /// The files that the current generation is made of, each in the version that is in service.
    pub fn files_in_service(&self) -> Vec<RawFile> {
        let served = self.files.iter().filter(|it| it.1.is_served());
        served.filter_map(|(name, it)| Some(RawFile::new(name.clone(), it.served_content.clone()?))).collect()
    }

    /// Takes up again what was in service under this number. Nothing changes if any of it is at fault by today's rules.
    /// Warnings are told by the first reading that has the same files.
    ///
    /// # Errors
    /// What is wrong with the files, by themselves or together; nothing if there is no document in them.
    pub fn restore(&mut self, number: u64, files: Vec<RawFile>) -> Result<Arc<Generation>, Vec<Diagnostic>> {
        let mut restored = Self::new(self.settings.clone(), self.isolation);
        let mut told = Loaded::default();
        for file in &files {
            let before = told.diagnostics.len();
            let mut state = restored.recompile(file, None, &mut told);
            if state.newest.is_empty() && state.good {
                // It was named by the user, or nothing of it would have been in service.
                let mut told_of_named = Loaded::default();
                let named = restored.recompile(&file.clone().named(), None, &mut told_of_named);
                if named.good && !named.newest.is_empty() {
                    told.diagnostics.append(&mut told_of_named.diagnostics);
                    state = named;
                }
            }
            let warnings = told.diagnostics[before..].to_vec();
            restored.files.insert(file.name.clone(), File { restored: Some(warnings), ..state });
        }
        let chosen = restored.choose(&mut told.diagnostics);
        if told.diagnostics.iter().any(|it| it.severity == Severity::Error) {
            return Err(told.diagnostics);
        }
        restored.last_number = number.saturating_sub(1);
        restored.next_generation(&chosen);
        let generation = restored.current.clone().filter(|it| !it.documents().is_empty());
        let Some(generation) = generation else { return Err(told.diagnostics) };
        restored.accept(number);
        restored.number_after(self.last_number);
        // The first reading tells of what is wrong between documents.
        restored.told.clear();
        *self = restored;
        Ok(generation)
    }

    /// Tells the time, as seconds since 1970: certificates expire while the daemon runs.
    pub fn set_now(&mut self, now: i64) {
        self.settings.now = now;
    }

    /// Takes in a reading.
    ///
    /// A broken file keeps its last good version and the others go on. Before the first generation there is no last
    /// good version, so until every file is good nothing is served: an incomplete set must never reach an Envoy (P20).
    pub fn load(&mut self, reading: &Reading) -> Loaded {
        let mut loaded = Loaded { diagnostics: reading.faults.clone(), ..Loaded::default() };
        let names: HashSet<_> = reading.files.iter().map(|it| &it.name).collect();
        self.files.iter_mut().for_each(|(name, it)| it.present = names.contains(name));
        self.files.retain(|_, it| it.present || it.is_served());
        for file in &reading.files {
            self.compile(file, &mut loaded);
        }
        self.decide(reading.faults.iter().any(|it| it.severity == Severity::Error), &mut loaded);
        loaded
    }

    /// Makes the next generation of what there is, if that is possible and differs. `unread`: whether some of the sources
    /// could not be read.
    pub(super) fn decide(&mut self, unread: bool, loaded: &mut Loaded) {
        self.trials.look(&mut self.files, &mut loaded.diagnostics);
        let chosen = self.choose(&mut loaded.diagnostics);
        let names = self.files.keys().cloned().collect::<Vec<_>>();
        loaded.broken = names.iter().zip(&chosen.held).filter(|it| *it.1).map(|it| it.0.clone()).collect();
        let incomplete = !loaded.broken.is_empty() || unread;
        let waits = self.current.is_none() || self.isolation == Isolation::Generation;
        let nothing = self.current.is_none() && chosen.documents.iter().all(Vec::is_empty);
        if chosen.consistent && !(waits && incomplete) && !nothing {
            loaded.generation = self.next_generation(&chosen);
        }
    }

    /// Compiles a file if its content changed.
    fn compile(&mut self, file: &RawFile, loaded: &mut Loaded) {
        let mut before = self.files.remove(&file.name);
        let state = match before.take_if(|it| Arc::ptr_eq(&it.content, &file.content) || it.content == file.content) {
            Some(mut known) => {
                loaded.diagnostics.extend(known.restored.take().into_iter().flatten());
                File { content: file.content.clone(), ..known }
            }
            None => self.recompile(file, before, loaded),
        };
        self.files.insert(file.name.clone(), state);
    }

    fn recompile(&self, file: &RawFile, before: Option<File>, loaded: &mut Loaded) -> File {
        let (newest, served, served_content, mut kept) = match before {
            Some(File { newest, served, served_content, kept, .. }) => (Some(newest), served, served_content, kept),
            None => (None, None, None, Kept::default()),
        };
        let mut compiled = compile::recompile(file, &self.settings, &mut kept, spread);
        if served.as_ref().is_some_and(|it| !it.is_empty())
            && let Some(reason) = compiled.skipped.take()
        {
            compiled.diagnostics.push(no_document_any_more(file, &reason));
        }
        let good = !compiled.diagnostics.has_errors();
        let partial = compiled.diagnostics.0.iter().any(|it| codes::LOSES_RESOURCES.contains(&it.code));
        let documents = if good { compiled.documents } else { compiled.drafts };
        let newest = match compiled.by_items {
            true => documents.into_iter().map(Arc::new).collect(),
            false => share(documents, newest, served.as_deref()),
        };
        // A warning says the same already, with its place.
        let is_told = compiled.diagnostics.0.iter().any(|it| it.code == codes::LOOKS_LIKE_A_DOCUMENT);
        loaded.skipped.extend(compiled.skipped.filter(|_| !is_told).map(|it| (file.name.clone(), it)));
        loaded.diagnostics.append(&mut compiled.diagnostics.0);
        let content = file.content.clone();
        File {
            content,
            restored: None,
            kept,
            present: true,
            newest,
            good,
            partial,
            served,
            served_content,
            refused: false,
        }
    }

    /// The version of each file that the next generation is made of; new faults between documents are told.
    fn choose(&mut self, out: &mut Vec<Diagnostic>) -> choice::Chosen {
        let candidates: Vec<_> = self.files.values().map(File::candidate).collect();
        let chosen = choice::choose(&candidates, &self.settings.outside_clusters());
        // Without the line: an edit above moves a fault, and it is no news then.
        let key = |it: &Fault| {
            let file = it.diagnostic.labels.first().map(|it| it.text.name.clone());
            format!("{} {} {}", it.diagnostic.code, file.unwrap_or_default(), it.diagnostic.message)
        };
        let told = std::mem::take(&mut self.told);
        for fault in &chosen.faults {
            let key = key(fault);
            if !told.contains(&key) && !self.told.contains(&key) {
                out.push(fault.diagnostic.clone());
            }
            self.told.insert(key);
        }
        chosen
    }

    /// A generation of these documents, unless it would equal the current one.
    fn next_generation(&mut self, chosen: &choice::Chosen) -> Option<Arc<Generation>> {
        let mut undo = Undo::default();
        for (((name, file), documents), held) in self.files.iter_mut().zip(&chosen.documents).zip(&chosen.held) {
            undo.keep(name, file, documents);
            file.served = Some(documents.clone());
            if !held {
                file.served_content = Some(file.content.clone());
            }
        }
        self.files.retain(|_, it| it.present || it.is_served());
        let documents = chosen.documents.iter().flatten().cloned().collect();
        let generation = Generation::new(self.last_number.saturating_add(1), documents, self.current.as_deref());
        if self.current.as_ref().is_some_and(|it| it.is_same_as(&generation)) {
            return None;
        }
        self.last_number = generation.number;
        let generation = Arc::new(generation);
        self.trials.made(generation.clone(), undo);
        self.current = Some(generation.clone());
        Some(generation)
    }
}

impl File {
    /// One of which there is nothing any more.
    pub(super) fn gone() -> Self {
        Self {
            content: Arc::default(),
            restored: None,
            kept: Kept::default(),
            present: false,
            newest: Vec::new(),
            good: true,
            partial: false,
            served: None,
            served_content: None,
            refused: false,
        }
    }

    /// Whether the current generation has documents of it.
    pub(super) fn is_served(&self) -> bool {
        self.served.as_ref().is_some_and(|it| !it.is_empty())
    }

    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            newest: if self.present { &self.newest } else { &[] },
            good: (self.good || !self.present) && !self.refused,
            partial: self.partial && self.present,
            served: self.served.as_deref(),
        }
    }
}

/// A file that was a document and is none now was cut off or overwritten by mistake: a fault, not an instruction.
fn no_document_any_more(file: &RawFile, reason: &str) -> Diagnostic {
    let message = format!("this was a document and is none any more: {reason}");
    let fault = Diagnostic::of_file(codes::NO_DOCUMENT_ANY_MORE, &file.name, message);
    fault.help("its last good version stays in service; delete the file to take it out of service")
}

/// Keeps the resources that did not change as the same allocations, so that comparing them later is one pointer each.
fn share(
    mut documents: Vec<Document>,
    before: Option<Vec<Arc<Document>>>,
    served: Option<&[Arc<Document>]>,
) -> Vec<Arc<Document>> {
    let old = || before.iter().flatten().chain(served.iter().copied().flatten());
    let known: HashMap<_, _> =
        old().flat_map(|it| &it.resources).map(|(kind, it)| ((kind.clone(), it.name.clone()), it)).collect();
    for (kind, resource) in documents.iter_mut().flat_map(|it| &mut it.resources) {
        if let Some(old) = known.get(&(kind.clone(), resource.name.clone()))
            && old.version == resource.version
            && old.origin == resource.origin
        {
            *resource = (*old).clone();
        }
    }
    documents.into_iter().map(Arc::new).collect()
}
