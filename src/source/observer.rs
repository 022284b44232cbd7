//! One look at all sources: what is listed, and what it contains, as of one moment.
//!
//! Answers for: watches that stand before the listing they guard, so that no change falls between the two; contents
//! that belong to the listing (a mount swapped meanwhile is looked at again). Leaves to others: when to look (`files`),
//! what follows from what is seen (`memory`).

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use tracing::debug;

use super::fault::Fault;
use super::folders::Folders;
use super::listing::{Listing, list, shown};
use super::options::WatchOptions;
use super::reader::{Content, Reader};

/// How often a look starts over because something moved under it. The next event wakes us anyway.
const TRIES: usize = 6;

/// What was seen: one entry a source.
pub(super) type Observation = Vec<Seen>;

/// What was seen of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// The source as the user wrote it.
    pub(super) source: Arc<str>,
    /// Each document's content, or why there is none.
    pub(super) documents: BTreeMap<Arc<str>, Content>,
    /// Documents that were not read, since there are too many, and how many there may be.
    pub(super) beyond: (BTreeSet<Arc<str>>, usize),
    /// Places that could not be looked into.
    pub(super) blind: BTreeMap<Arc<str>, Fault>,
    /// Whether some of it belongs to an earlier source: then having nothing of its own is no fault.
    pub(super) is_shared: bool,
}

/// Looks at sources.
#[derive(Debug)]
pub(super) struct Observer {
    sources: Vec<PathBuf>,
    base: PathBuf,
    most: usize,
    /// The documents that were read last.
    known: HashSet<PathBuf>,
    pub(super) folders: Folders,
    reader: Reader,
    /// What has been said to be skipped: said once.
    skipped: BTreeSet<PathBuf>,
}

impl Observer {
    pub(super) fn new(sources: Vec<PathBuf>, options: &WatchOptions) -> Self {
        Self {
            sources,
            // Kept: a working directory that is replaced is followed by its name.
            base: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
            most: options.limits.files,
            known: HashSet::new(),
            folders: Folders::unwatched(),
            reader: Reader::new(options.limits, !options.force_poll),
            skipped: BTreeSet::new(),
        }
    }

    /// The sources as the user wrote them.
    pub(super) fn names(&self) -> Vec<Arc<str>> {
        self.sources.iter().map(|it| shown(it)).collect()
    }

    /// The next look reads every file, also those whose time stamps say that they did not change.
    pub(super) fn distrust_stamps(&mut self) {
        self.reader.distrust_stamps();
    }

    /// Looks at everything. Blocks on the file system.
    pub(super) fn observe(&mut self) -> Observation {
        let mut listing = self.listing();
        for _ in 1..TRIES {
            let files = listing.sources.iter().flat_map(|it| it.documents.values());
            let (contents, any_read) = self.reader.read_all(files);
            if !any_read {
                return self.seen(listing, &contents);
            }
            let after = self.listing();
            if after == listing {
                return self.seen(listing, &contents);
            }
            listing = after;
        }
        let (contents, _) = self.reader.read_all(listing.sources.iter().flat_map(|it| it.documents.values()));
        self.seen(listing, &contents)
    }

    /// A listing made while every folder in it was already watched.
    fn listing(&mut self) -> Listing {
        self.folders.renew();
        let mut listing = list(&self.sources, &self.base, self.most, &self.known);
        for _ in 1..TRIES {
            if !self.folders.watch(&listing.folders) {
                break;
            }
            listing = list(&self.sources, &self.base, self.most, &self.known);
        }
        listing
    }

    fn seen(&mut self, listing: Listing, contents: &BTreeMap<PathBuf, Content>) -> Observation {
        for (path, reason) in &listing.skipped {
            if !self.skipped.contains(path) {
                debug!(path = %path.display(), reason, "skipped");
            }
        }
        self.skipped = listing.skipped.into_iter().map(|(path, _)| path).collect();
        self.known = listing.sources.iter().flat_map(|it| it.documents.values()).cloned().collect();
        let content = |real: &PathBuf| contents.get(real).cloned().unwrap_or(Err(Fault::Missing));
        let seen = self.sources.iter().zip(listing.sources).map(|(source, listed)| Seen {
            source: shown(source),
            documents: listed.documents.into_iter().map(|(name, real)| (name, content(&real))).collect(),
            beyond: (listed.beyond, self.most),
            blind: listed.blind,
            is_shared: listed.is_shared,
        });
        seen.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use notify::{Config, EventHandler, RecursiveMode, Watcher, WatcherKind};

    use super::*;

    /// A system on which somebody is always faster: each folder gets a file just before its first watch stands.
    #[derive(Debug)]
    struct Outrun;

    impl Watcher for Outrun {
        fn new<F: EventHandler>(_: F, _: Config) -> notify::Result<Self> {
            Ok(Self)
        }

        fn watch(&mut self, path: &Path, _: RecursiveMode) -> notify::Result<()> {
            if path.ends_with("conf") {
                fs::write(path.join("late.yaml"), "late")?;
            }
            Ok(())
        }

        fn unwatch(&mut self, _: &Path) -> notify::Result<()> {
            Ok(())
        }

        fn kind() -> WatcherKind {
            WatcherKind::NullWatcher
        }
    }

    #[test]
    fn no_change_falls_between_listing_and_watch() {
        let folder = tempfile::tempdir().unwrap();
        let conf = folder.path().join("conf");
        fs::create_dir(&conf).unwrap();
        let mut observer = Observer::new(vec![conf.clone()], &WatchOptions::default());
        observer.folders = Folders::with(Box::new(Outrun));
        let names: Vec<Arc<str>> = observer.observe()[0].documents.keys().cloned().collect();
        assert_eq!(names, [shown(&conf.join("late.yaml"))]);
    }
}
