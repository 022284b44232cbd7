//! The one writer of a state directory.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::contents::Contents;
use super::history::{History, Listing};
use super::prune::{hashes_in, superfluous};
use super::record::{Outcome, Record, Summary};
use super::{StateError, disk};

/// A state directory that this process alone writes to.
#[derive(Debug)]
pub struct Store {
    history: History,
    contents: Contents,
    keep: usize,
    /// What there is: as found at first, and as written since.
    listing: Listing,
    /// Held as long as this lives.
    _lock: File,
}

impl Store {
    /// Opens a directory, or makes it for its owner only, and looks at all that is in it. `keep` good generations are
    /// kept, one at least.
    ///
    /// # Errors
    /// When it cannot be made, read or written, or another process has it.
    pub fn open(dir: &Path, keep: usize) -> Result<Self, StateError> {
        disk::make_dir(dir)?;
        if let Some(parent) = dir.parent().filter(|it| !it.as_os_str().is_empty()) {
            // So that a power cut leaves the directory itself. Others' directories may not be ours to open.
            let _ = disk::sync_dir(parent);
        }
        let lock = lock(dir)?;
        let mut contents = Contents::of(dir);
        contents.open()?;
        disk::remove_unfinished(dir)?;
        let history = History::of(dir);
        let listing = history.list_with(&mut contents)?;
        let mut store = Self { history, contents, keep: keep.max(1), listing, _lock: lock };
        store.collect()?;
        Ok(store)
    }

    /// All generations, and what was damaged when the directory was opened.
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// One generation with its documents.
    ///
    /// # Errors
    /// When there is none of this number, or it is damaged.
    pub fn load(&self, number: u64) -> Result<Record, StateError> {
        self.history.load(number)
    }

    /// Stores a generation, in the place of one of the same number if there is one; then old ones go.
    ///
    /// # Errors
    /// When it cannot be stored. What was stored before is as it was.
    pub fn write(&mut self, record: &Record) -> Result<(), StateError> {
        match self.history.summary(record.number) {
            Ok(_) | Err(StateError::Missing { .. }) => {}
            // Nothing damaged is lost by us.
            Err(damaged) => return Err(damaged),
        }
        let summary = record.summary();
        let files: Vec<_> = record.files.iter().zip(&summary.files).collect();
        let written = self.contents.write(&files).and_then(|()| self.put(summary));
        if written.is_err() {
            // What was written of it takes up room that may be what is lacking.
            let _ = self.collect();
        }
        written?;
        self.prune()
    }

    /// Writes down what became of a generation.
    ///
    /// # Errors
    /// When there is none of this number, it is damaged, or the verdict cannot be stored.
    pub fn settle(&mut self, number: u64, outcome: Outcome) -> Result<(), StateError> {
        let summary = self.history.summary(number)?;
        self.put(Summary { outcome: outcome.bounded(), ..summary })?;
        self.prune()
    }

    fn put(&mut self, summary: Summary) -> Result<(), StateError> {
        disk::put(&self.history.path(summary.number), summary.write().as_bytes())?;
        self.listing.damaged.retain(|it| it.number != summary.number);
        let generations = &mut self.listing.generations;
        generations.retain(|it| it.number != summary.number);
        let place = generations.partition_point(|it| it.number > summary.number);
        generations.insert(place, summary);
        disk::sync_dir(self.history.dir())
    }

    fn prune(&mut self) -> Result<(), StateError> {
        let gone = superfluous(&self.listing.generations, self.keep);
        for number in &gone {
            let path = self.history.path(*number);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(StateError::io("remove", &path)(error));
                }
                _ => self.listing.generations.retain(|it| it.number != *number),
            }
        }
        if gone.is_empty() {
            return Ok(());
        }
        // A record must not come back after a power cut without its contents.
        disk::sync_dir(self.history.dir())?;
        self.collect()
    }

    /// Takes away the contents that no record names any more. A damaged one still names some.
    fn collect(&mut self) -> Result<(), StateError> {
        let files = self.listing.generations.iter().flat_map(|it| &it.files);
        let mut named: HashSet<_> = files.map(|it| it.hash).collect();
        for damaged in &self.listing.damaged {
            match disk::read(&self.history.path(damaged.number)) {
                Ok(bytes) => named.extend(hashes_in(&bytes)),
                Err(disk::Unreadable::Missing | disk::Unreadable::NoFile(_)) => {}
                // Who knows what it names.
                Err(disk::Unreadable::Refused(_)) => return Ok(()),
            }
        }
        self.contents.keep_only(&named)
    }
}

fn lock(dir: &Path) -> Result<File, StateError> {
    let path = dir.join("lock");
    // Whatever is there instead of our file is not opened: a pipe would wait for its other end.
    if let Err(disk::Unreadable::NoFile(what)) = disk::size(&path) {
        return Err(StateError::Damaged { path, reason: format!("it is {what}, not a file") });
    }
    let opened = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
    let file = opened.map_err(StateError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StateError::Locked(dir.to_owned())),
        Err(TryLockError::Error(error)) => Err(StateError::io("lock", &path)(error)),
    }
}
