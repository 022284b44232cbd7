//! Which version of each file the next generation is made of.
//!
//! The newest of each, unless it is at fault by itself or together with others: then the one in service. Faults between
//! documents are laid at the door of a file that changed: the one that refers, or else the one that no longer has what
//! is referred to. Pure.

use std::collections::HashSet;
use std::sync::Arc;

use crate::check::across::{Fault, across};
use crate::compile::Document;
use crate::spec::{Severity, codes};

/// One file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    /// Its newest documents; none if the file is gone.
    pub(super) newest: &'a [Arc<Document>],
    /// Whether they are good by themselves.
    pub(super) good: bool,
    /// Whether some of the newest content could not be read at all.
    pub(super) partial: bool,
    /// What is in service of it.
    pub(super) served: Option<&'a [Arc<Document>]>,
}

/// What was chosen.
#[derive(Debug)]
pub(super) struct Chosen {
    /// Documents of each file.
    pub(super) documents: Vec<Vec<Arc<Document>>>,
    /// Which files are held at their last good version, or at none.
    pub(super) held: Vec<bool>,
    /// Whether these documents may be served together.
    pub(super) consistent: bool,
    /// What is wrong between documents.
    pub(super) faults: Vec<Fault>,
}

/// Chooses. `outside` are clusters that need no document.
pub(super) fn choose(files: &[Candidate<'_>], outside: &[Arc<str>]) -> Chosen {
    let mut held = vec![false; files.len()];
    // First as the user means it, drafts included: this is what there is to report.
    let mut faults = faults_of(files, &held, outside);
    if files.iter().any(|it| it.partial) {
        // What is missing may stand where nothing could be read.
        faults.retain(|it| !codes::MISSING.contains(&it.diagnostic.code));
    }
    held.iter_mut().zip(files).for_each(|(held, file)| *held = !file.good);
    let mut round = if held.contains(&true) { faults_of(files, &held, outside) } else { faults.clone() };
    // Each round holds at least one file more.
    let consistent = loop {
        let errors: Vec<_> = round.iter().filter(|it| it.diagnostic.severity == Severity::Error).collect();
        if errors.is_empty() {
            break true;
        }
        let mut blamed: HashSet<usize> = HashSet::new();
        for fault in errors {
            blamed.extend(blame(fault, files, &held));
        }
        if blamed.is_empty() {
            break false;
        }
        blamed.into_iter().for_each(|it| held[it] = true);
        round = faults_of(files, &held, outside);
    };
    if !consistent {
        let known: Vec<_> = faults.iter().map(|it| it.diagnostic.clone()).collect();
        faults.extend(round.into_iter().filter(|it| !known.contains(&it.diagnostic)));
    }
    let documents = files.iter().zip(&held).map(|(it, held)| it.version(*held).to_vec()).collect();
    Chosen { documents, held, consistent, faults }
}

impl<'a> Candidate<'a> {
    fn version(&self, held: bool) -> &'a [Arc<Document>] {
        if held { self.served.unwrap_or_default() } else { self.newest }
    }

    fn is_changed(&self) -> bool {
        let Some(served) = self.served else { return true };
        let same = |(a, b): (&Arc<Document>, &Arc<Document>)| Arc::ptr_eq(a, b) || a.is_same_as(b);
        served.len() != self.newest.len() || !served.iter().zip(self.newest).all(same)
    }
}

/// Faults between the versions of the files; their parts are files.
fn faults_of(files: &[Candidate<'_>], held: &[bool], outside: &[Arc<str>]) -> Vec<Fault> {
    let versions = files.iter().zip(held).map(|(it, held)| it.version(*held)).enumerate();
    let documents: Vec<_> = versions.flat_map(|(file, it)| it.iter().map(move |it| (file, it))).collect();
    let parts: Vec<_> = documents.iter().map(|it| it.1.part()).collect();
    let mut faults = across(&parts, outside);
    for fault in &mut faults {
        fault.parts.iter_mut().for_each(|it| *it = documents[*it].0);
    }
    faults
}

/// The files to hold for a fault: the first that changed among those concerned, or all that no longer have the name.
fn blame(fault: &Fault, files: &[Candidate<'_>], held: &[bool]) -> Vec<usize> {
    let is_free = |it: &usize| !held[*it] && files[*it].is_changed();
    if let Some(first) = fault.parts.iter().find(|it| is_free(it)) {
        return vec![*first];
    }
    let (kind, name) = &fault.name;
    let had = |it: &usize| {
        let resources = files[*it].served.into_iter().flatten().flat_map(|it| &it.resources);
        resources.filter(|it| it.0 == *kind).any(|(_, it)| it.name == *name || it.aliases.contains(name))
    };
    (0..files.len()).filter(is_free).filter(had).collect()
}
