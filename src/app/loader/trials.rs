//! Generations that are not accepted yet, how to undo them, and what was refused.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::Isolation;
use super::load::{File, Loaded, Loader};
use crate::compile::Document;
use crate::resource::{Resource, ResourceType, Version};
use crate::snapshot::Generation;
use crate::spec::{Diagnostic, codes};

/// How many refused resources are remembered.
const REMEMBERED: usize = 1_000;

/// What the loader has to remember of generations.
#[derive(Debug, Default)]
pub(super) struct Trials {
    /// The last one that was accepted.
    good: Option<Arc<Generation>>,
    /// Those since, each with how to undo it.
    open: VecDeque<(Arc<Generation>, Undo)>,
    /// Refused resources, and what was said of each. Documents for other nodes may have others of the same name.
    resources: HashMap<(ResourceType, Arc<str>, Version), String>,
    /// Refused files, where no single resource is known to be at fault; nothing for one that is gone.
    files: HashMap<Arc<str>, Option<Arc<[u8]>>>,
}

/// What files had in service before a generation changed it.
#[derive(Debug, Default)]
pub(super) struct Undo(BTreeMap<Arc<str>, Before>);

#[derive(Debug, Clone)]
struct Before {
    served: Option<Vec<Arc<Document>>>,
    content: Option<Arc<[u8]>>,
}

/// A resource that a client refused, and its words.
#[derive(Debug, Clone)]
pub struct Culprit {
    /// The type.
    pub kind: ResourceType,
    /// The resource.
    pub resource: Arc<Resource>,
    /// What is to be said of it while it stays as it is.
    pub message: String,
}

impl Undo {
    /// Keeps what a file had, if these documents are others.
    pub(super) fn keep(&mut self, name: &Arc<str>, file: &File, documents: &[Arc<Document>]) {
        let same = |it: &[Arc<Document>]| {
            it.len() == documents.len() && it.iter().zip(documents).all(|(a, b)| Arc::ptr_eq(a, b))
        };
        if !file.served.as_deref().is_some_and(same) {
            let before = Before { served: file.served.clone(), content: file.served_content.clone() };
            self.0.insert(name.clone(), before);
        }
    }
}

impl Trials {
    pub(super) fn made(&mut self, generation: Arc<Generation>, undo: Undo) {
        self.open.push_back((generation, undo));
    }

    /// Marks the files that have something refused. Those that no longer do are told once more, in case they still do.
    pub(super) fn look(&mut self, files: &mut BTreeMap<Arc<str>, File>, out: &mut Vec<Diagnostic>) {
        if self.resources.is_empty() && self.files.is_empty() {
            files.values_mut().for_each(|it| it.refused = false);
            return;
        }
        for (name, file) in files {
            let was_refused = file.refused;
            let content = file.present.then_some(&file.content);
            let as_whole = self.files.get(name).is_some_and(|it| it.as_ref() == content);
            let newest = if file.present { &file.newest[..] } else { &[] };
            let again = newest.iter().flat_map(|it| self.refused_in(it)).collect::<Vec<_>>();
            file.refused = as_whole || !again.is_empty();
            if !was_refused && !as_whole {
                out.extend(again);
            }
        }
    }

    /// What a document still has of what was refused.
    fn refused_in(&self, document: &Arc<Document>) -> Vec<Diagnostic> {
        let all = document.resources.iter().zip(&document.facts);
        let known =
            |kind: &ResourceType, it: &Resource| self.resources.get(&(kind.clone(), it.name.clone(), it.version));
        let found = all.filter_map(|((kind, it), facts)| Some((known(kind, it)?, facts.name)));
        let told = found.map(|(message, span)| {
            let message = format!("{message}; it has not changed since");
            let fault = Diagnostic::error(codes::REFUSED, &document.text, span, message);
            fault.help("change it, or try it once more as it is with `chancery rollout retry`")
        });
        told.collect()
    }
}

impl Loader {
    /// A generation was accepted: there is no way back behind it.
    pub fn accept(&mut self, number: u64) {
        while let Some((generation, _)) = self.trials.open.front()
            && generation.number <= number
        {
            self.trials.good = self.trials.open.pop_front().map(|it| it.0);
        }
    }

    /// A generation was refused. If it is the current one, all is as it was before, and what is at fault is held back
    /// until it changes: the files with culprits, or all that differ from the last good generation if no single one is
    /// known, or if they are to change together. The others go on.
    pub fn refuse(&mut self, number: u64, culprits: &[Culprit]) -> Loaded {
        let mut loaded = Loaded::default();
        if self.current.as_ref().is_none_or(|it| it.number != number) || self.trials.good.is_none() {
            return loaded;
        }
        let is_at_fault = |it: &Arc<Document>| {
            it.resources.iter().any(|(kind, resource)| {
                let same = |it: &Culprit| it.kind == *kind && it.resource.version == resource.version;
                culprits.iter().any(same)
            })
        };
        let changed: Vec<_> = self.trials.open.iter().flat_map(|it| it.1.0.keys()).cloned().collect();
        let has_culprit = |it: &File| it.served.iter().flatten().any(is_at_fault);
        let blamed = changed.iter().filter(|it| self.files.get(*it).is_some_and(has_culprit)).count();
        if blamed == 0 || self.isolation == Isolation::Generation {
            for name in &changed {
                let content = self.files.get(name).filter(|it| it.present).map(|it| it.content.clone());
                self.trials.files.insert(name.clone(), content);
            }
        }
        if self.trials.resources.len() + culprits.len() > REMEMBERED {
            self.trials.resources.clear();
        }
        for Culprit { kind, resource, message } in culprits {
            let key = (kind.clone(), resource.name.clone(), resource.version);
            self.trials.resources.insert(key, message.clone());
        }
        self.undo();
        // It has been told already, by who refused it.
        for file in self.files.values_mut() {
            file.refused = true;
        }
        self.decide(false, &mut loaded);
        loaded
    }

    /// Forgets what was refused, and tries it once more.
    pub fn retry(&mut self) -> Loaded {
        let mut loaded = Loaded::default();
        self.trials.resources.clear();
        self.trials.files.clear();
        self.decide(false, &mut loaded);
        loaded
    }

    /// Takes every file back to what the last good generation has of it.
    fn undo(&mut self) {
        while let Some((_, undo)) = self.trials.open.pop_back() {
            for (name, Before { served, content }) in undo.0 {
                let file = self.files.entry(name).or_insert_with(File::gone);
                (file.served, file.served_content) = (served, content);
            }
        }
        self.current = self.trials.good.clone();
    }
}
