//! The generations of a state directory, read. No lock is needed: a daemon may write meanwhile.

use std::path::{Path, PathBuf};

use super::contents::Contents;
use super::record::{Record, Summary};
use super::{StateError, disk};
use crate::spec::RawFile;

/// What the name of every record begins with.
const NAME: &str = "generation-";

/// A state directory to read from.
#[derive(Debug, Clone)]
pub struct History {
    dir: PathBuf,
}

/// Something that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// The generation that cannot be restored for it.
    pub number: u64,
    /// The record, or the content that it names.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// What there is, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Generations that can be read, all of them.
    pub generations: Vec<Summary>,
    /// What is damaged, one entry a generation.
    pub damaged: Vec<Damaged>,
}

impl Listing {
    /// The newest number, of a damaged one too: numbers go on from here. 0 where there is nothing.
    pub fn newest_number(&self) -> u64 {
        let numbers = self.generations.iter().map(|it| it.number).chain(self.damaged.iter().map(|it| it.number));
        numbers.max().unwrap_or(0)
    }
}

impl History {
    /// The state in this directory.
    ///
    /// # Errors
    /// When there is no such directory.
    pub fn at(dir: &Path) -> Result<Self, StateError> {
        disk::names(dir)?;
        Ok(Self { dir: dir.to_owned() })
    }

    pub(super) fn of(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// All generations, each looked at to its last byte.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn list(&self) -> Result<Listing, StateError> {
        self.list_with(&mut Contents::of(&self.dir))
    }

    pub(super) fn list_with(&self, contents: &mut Contents) -> Result<Listing, StateError> {
        let mut listing = Listing::default();
        for number in self.numbers()? {
            let summary = match self.summary(number) {
                Ok(it) => it,
                // Taken away since the directory was listed.
                Err(StateError::Missing { .. }) => continue,
                Err(error) => {
                    listing.damaged.push(self.damaged(number, error));
                    continue;
                }
            };
            match summary.files.iter().try_for_each(|it| contents.check(it)) {
                Ok(()) => listing.generations.push(summary),
                Err(_) if self.summary(number).is_err() => {}
                Err(bad) => listing.damaged.push(Damaged { number, path: bad.path, reason: bad.reason }),
            }
        }
        Ok(listing)
    }

    /// One generation with its documents.
    ///
    /// # Errors
    /// When there is none of this number, or it is damaged.
    pub fn load(&self, number: u64) -> Result<Record, StateError> {
        let summary = self.summary(number)?;
        let contents = Contents::of(&self.dir);
        let mut files = Vec::with_capacity(summary.files.len());
        for file in &summary.files {
            match contents.read(file) {
                Ok(bytes) => files.push(RawFile::new(file.name.clone(), bytes)),
                // Taken away while it was read, if its record is gone too.
                Err(bad) => {
                    self.summary(number)?;
                    return Err(StateError::Damaged { path: bad.path, reason: bad.reason });
                }
            }
        }
        let Summary { number, version, at_ms, outcome, sources, .. } = summary;
        Ok(Record { number, version, at_ms, outcome, sources, files })
    }

    /// The record of a generation; its contents are not looked at.
    pub(super) fn summary(&self, number: u64) -> Result<Summary, StateError> {
        let path = self.path(number);
        let damaged = |reason| StateError::Damaged { path: path.clone(), reason };
        let bytes = disk::read(&path).map_err(|error| match error {
            disk::Unreadable::Missing => StateError::Missing { number, dir: self.dir.clone() },
            other => damaged(other.words()),
        })?;
        let summary = Summary::read(&bytes).map_err(damaged)?;
        match summary.number == number {
            true => Ok(summary),
            false => Err(damaged(format!("it is generation {} under another's name", summary.number))),
        }
    }

    fn damaged(&self, number: u64, error: StateError) -> Damaged {
        match error {
            StateError::Damaged { path, reason } => Damaged { number, path, reason },
            other => Damaged { number, path: self.path(number), reason: other.to_string() },
        }
    }

    pub(super) fn path(&self, number: u64) -> PathBuf {
        self.dir.join(format!("{NAME}{number}"))
    }

    /// The numbers of everything that is called like a record, newest first.
    pub(super) fn numbers(&self) -> Result<Vec<u64>, StateError> {
        let number = |name: String| {
            let number: u64 = name.strip_prefix(NAME)?.parse().ok()?;
            // Not `+1` nor `01`.
            (name == format!("{NAME}{number}")).then_some(number)
        };
        let mut numbers: Vec<u64> = disk::names(&self.dir)?.into_iter().filter_map(number).collect();
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        Ok(numbers)
    }
}
