//! The bytes of files, called by their hash: each stored once, however many generations have it.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use blake3::Hash;

use super::record::StoredFile;
use super::{StateError, disk};
use crate::spec::RawFile;

/// What is wrong with a content.
#[derive(Debug, Clone)]
pub(super) struct Bad {
    pub(super) path: PathBuf,
    pub(super) reason: String,
}

/// The directory of contents, and which of them were looked at.
#[derive(Debug)]
pub(super) struct Contents {
    dir: PathBuf,
    /// The verdict on each that was read to its end, so that this is done once.
    known: HashMap<Hash, Result<(), Bad>>,
}

impl Contents {
    /// The contents of a state directory.
    pub(super) fn of(state_dir: &Path) -> Self {
        Self { dir: state_dir.join("contents"), known: HashMap::new() }
    }

    /// Makes the directory if need be, and takes away what was left unfinished.
    pub(super) fn open(&self) -> Result<(), StateError> {
        disk::make_dir(&self.dir)?;
        disk::remove_unfinished(&self.dir)
    }

    fn path(&self, hash: &Hash) -> PathBuf {
        self.dir.join(hash.to_hex().as_str())
    }

    /// Whether a content is as it was written. It is read once; later only its size is looked at.
    pub(super) fn check(&mut self, file: &StoredFile) -> Result<(), Bad> {
        match self.known.get(&file.hash) {
            Some(Ok(())) => self.check_size(file),
            Some(bad) => bad.clone(),
            None => {
                let verdict = self.read(file).map(drop);
                self.known.insert(file.hash, verdict.clone());
                verdict
            }
        }
    }

    /// The bytes, which are those that were written.
    pub(super) fn read(&self, file: &StoredFile) -> Result<Vec<u8>, Bad> {
        self.check_size(file)?;
        let bytes = disk::read(&self.path(&file.hash)).map_err(|it| self.bad(file, it.words()))?;
        match blake3::hash(&bytes) == file.hash {
            true => Ok(bytes),
            false => Err(self.bad(file, "its content is not what was written".to_owned())),
        }
    }

    fn check_size(&self, file: &StoredFile) -> Result<(), Bad> {
        let size = disk::size(&self.path(&file.hash)).map_err(|it| self.bad(file, it.words()))?;
        match size == file.bytes {
            true => Ok(()),
            false => Err(self.bad(file, format!("it has {size} bytes instead of {}", file.bytes))),
        }
    }

    fn bad(&self, file: &StoredFile, reason: String) -> Bad {
        Bad { path: self.path(&file.hash), reason: format!("{reason} (the content of {})", file.name.escape_debug()) }
    }

    /// Writes those of these files that are not there yet, or damaged.
    pub(super) fn write(&mut self, files: &[(&RawFile, &StoredFile)]) -> Result<(), StateError> {
        let mut any = false;
        for (raw, stored) in files {
            if self.check(stored).is_err() {
                // Unknown until it is all there.
                self.known.remove(&stored.hash);
                disk::put(&self.path(&stored.hash), &raw.content)?;
                self.known.insert(stored.hash, Ok(()));
                any = true;
            }
        }
        if any { disk::sync_dir(&self.dir) } else { Ok(()) }
    }

    /// Takes away all contents but these.
    pub(super) fn keep_only(&mut self, hashes: &HashSet<Hash>) -> Result<(), StateError> {
        for name in disk::names(&self.dir)? {
            let Ok(hash) = Hash::from_hex(&name) else { continue };
            let path = self.path(&hash);
            if !hashes.contains(&hash) && disk::size(&path).is_ok() {
                fs::remove_file(&path).map_err(StateError::io("remove", &path))?;
                self.known.remove(&hash);
            }
        }
        Ok(())
    }
}
