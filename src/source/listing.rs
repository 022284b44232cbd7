//! Which documents there are, and which folders must be watched to notice when that changes.
//!
//! Answers for: walking files and directories, through symbolic links, without going in circles or naming anything
//! twice. Opens nothing but directories. Leaves to others: the contents (`reader`), what a missing document means
//! (`memory`).

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fault::Fault;
use super::names::{reason_to_skip_entry, reason_to_skip_file};
use super::resolve::resolve;

/// What is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// One entry a source, in the order given.
    pub(super) sources: Vec<Listed>,
    /// What matters in which real folder.
    pub(super) folders: BTreeMap<PathBuf, Interest>,
    /// Entries that are no documents, and why.
    pub(super) skipped: Vec<(PathBuf, &'static str)>,
}

/// What one source consists of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Listed {
    /// The name of each document, and its real place.
    pub(super) documents: BTreeMap<Arc<str>, PathBuf>,
    /// Documents that are there and over the limit: they are not read.
    pub(super) beyond: BTreeSet<Arc<str>>,
    /// Places that could not be looked into: nothing is known of what is, or was, at or below them.
    pub(super) blind: BTreeMap<Arc<str>, Fault>,
    /// Whether some of it belongs to an earlier source.
    pub(super) is_shared: bool,
}

/// What matters in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Interest {
    /// Only entries of these names: the folder is merely on the way.
    Names(BTreeSet<OsString>),
    /// Every entry: documents are looked for in it.
    All,
}

impl Interest {
    /// Whether a change of the entry `name` matters.
    pub(super) fn covers(&self, name: &OsStr) -> bool {
        match self {
            Self::Names(names) => names.contains(name),
            Self::All => true,
        }
    }
}

/// Lists the sources; relative ones are seen from `base`. Of more than `most` documents, those in `known` come first: a
/// new one must not take the place of one that is in service. Ten times as many entries make a source blind.
pub(super) fn list(sources: &[PathBuf], base: &Path, most: usize, known: &HashSet<PathBuf>) -> Listing {
    let mut walk = Walk { most, ..Walk::default() };
    for source in sources {
        let mut listed = walk.source(source, base);
        if walk.is_over() {
            let blind = BTreeMap::from([(shown(source), Fault::TooManyEntries(most.saturating_mul(10)))]);
            listed = Listed { blind, ..Listed::default() };
        }
        walk.listing.sources.push(listed);
    }
    walk.listing.cut(most, known);
    walk.listing
}

impl Listing {
    fn cut(&mut self, most: usize, known: &HashSet<PathBuf>) {
        let count: usize = self.sources.iter().map(|it| it.documents.len()).sum();
        if count <= most {
            return;
        }
        let is_known = |real: &PathBuf| known.contains(real);
        let mut old =
            self.sources.iter().flat_map(|it| it.documents.values()).filter(|it| is_known(it)).count().min(most);
        let mut new = most - old;
        for listed in &mut self.sources {
            let beyond = &mut listed.beyond;
            listed.documents.retain(|name, real| {
                let left = if is_known(real) { &mut old } else { &mut new };
                let fits = *left > 0;
                *left -= usize::from(fits);
                if !fits {
                    beyond.insert(name.clone());
                }
                fits
            });
        }
    }
}

/// A path as the user would write it.
pub(super) fn shown(path: &Path) -> Arc<str> {
    path.to_string_lossy().into()
}

#[derive(Default)]
struct Walk {
    listing: Listing,
    most: usize,
    entries: usize,
    /// Real folders that were entered, and real files that were taken, by which source: neither happens twice.
    seen: BTreeMap<PathBuf, usize>,
}

/// A folder or link that is still to be looked at: as shown, and where.
enum Ahead {
    Folder(PathBuf, PathBuf),
    /// The real folder that it is in comes second.
    Link(PathBuf, PathBuf),
}

impl Walk {
    fn source(&mut self, path: &Path, base: &Path) -> Listed {
        let mut listed = Listed::default();
        match self.resolve(base, path) {
            Ok((real, true)) => self.tree(path, real, &mut listed),
            Ok((real, false)) => self.document(path, real, &mut listed),
            Err(fault) => {
                listed.blind.insert(shown(path), fault);
            }
        }
        listed
    }

    /// Walks a folder and all below it. Links come last: what is really here keeps its own name.
    fn tree(&mut self, path: &Path, real: PathBuf, listed: &mut Listed) {
        let mut ahead = VecDeque::from([Ahead::Folder(path.to_path_buf(), real)]);
        while let Some(next) = ahead.pop_front() {
            match next {
                Ahead::Folder(path, real) => {
                    if let Err(error) = self.folder(&path, real, listed, &mut ahead) {
                        listed.blind.insert(shown(&path), error.into());
                    }
                }
                Ahead::Link(path, folder) => self.link(path, &folder, listed, &mut ahead),
            }
            if self.is_over() {
                return;
            }
        }
    }

    fn folder(
        &mut self,
        path: &Path,
        real: PathBuf,
        listed: &mut Listed,
        ahead: &mut VecDeque<Ahead>,
    ) -> io::Result<()> {
        if !self.is_first_at(path, &real, listed) {
            return Ok(());
        }
        self.listing.folders.insert(real.clone(), Interest::All);
        for (name, kind) in self.entries(&real)? {
            let path = path.join(&name);
            if let Some(reason) = reason_to_skip_entry(&name) {
                self.skip(path, reason);
            } else if kind.is_dir() {
                ahead.push_front(Ahead::Folder(path, real.join(&name)));
            } else if kind.is_symlink() {
                ahead.push_back(Ahead::Link(path, real.clone()));
            } else if let Some(reason) = reason_to_skip_file(&name) {
                self.skip(path, reason);
            } else {
                self.document(&path, real.join(&name), listed);
            }
        }
        Ok(())
    }

    /// A folder's entries by name; counted, and cut off where there are too many.
    fn entries(&mut self, real: &Path) -> io::Result<BTreeMap<OsString, fs::FileType>> {
        let mut entries = BTreeMap::new();
        for entry in fs::read_dir(real)? {
            let entry = entry?;
            self.entries += 1;
            if self.is_over() {
                break;
            }
            entries.insert(entry.file_name(), entry.file_type()?);
        }
        Ok(entries)
    }

    fn link(&mut self, path: PathBuf, folder: &Path, listed: &mut Listed, ahead: &mut VecDeque<Ahead>) {
        let name = path.file_name().unwrap_or_default();
        let reason = reason_to_skip_file(name);
        match self.resolve(folder, Path::new(name)) {
            Ok((real, true)) => ahead.push_front(Ahead::Folder(path, real)),
            Ok((real, false)) => match reason {
                Some(reason) => self.skip(path, reason),
                None => self.document(&path, real, listed),
            },
            // It may have been a folder of documents, or be no business of ours: `memory` knows which.
            Err(fault) => {
                listed.blind.insert(shown(&path), fault);
            }
        }
    }

    fn document(&mut self, path: &Path, real: PathBuf, listed: &mut Listed) {
        if self.is_first_at(path, &real, listed) {
            listed.documents.insert(shown(path), real);
        }
    }

    /// Whether nobody was here before.
    fn is_first_at(&mut self, path: &Path, real: &Path, listed: &mut Listed) -> bool {
        let source = self.listing.sources.len();
        let Some(first) = self.seen.get(real) else {
            self.seen.insert(real.to_path_buf(), source);
            return true;
        };
        listed.is_shared |= *first != source;
        self.skip(path.to_path_buf(), "already listed under another name");
        false
    }

    /// The real place of a path, and whether it is a folder; every folder on the way is noted.
    fn resolve(&mut self, from: &Path, path: &Path) -> Result<(PathBuf, bool), Fault> {
        let folders = &mut self.listing.folders;
        let (real, metadata) = resolve(from, path, |folder, name| {
            let interest = folders.entry(folder.to_path_buf()).or_insert_with(|| Interest::Names(BTreeSet::new()));
            if let Interest::Names(names) = interest {
                names.insert(name.to_owned());
            }
        })?;
        Ok((real, metadata.is_dir()))
    }

    fn skip(&mut self, path: PathBuf, reason: &'static str) {
        self.listing.skipped.push((path, reason));
    }

    fn is_over(&self) -> bool {
        self.entries > self.most.saturating_mul(10)
    }
}
