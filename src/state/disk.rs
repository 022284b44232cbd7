//! Files that are old or new and never half: written beside their place, synced, renamed. And read only if they are files.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::StateError;

/// The ending of files that are not finished.
const UNFINISHED: &str = ".tmp";

/// Makes a directory for its owner only, unless it is there.
pub(super) fn make_dir(path: &Path) -> Result<(), StateError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(StateError::io("make the directory", path))
}

/// Puts a file there, whole or not at all. The name lasts once the directory is synced.
pub(super) fn put(path: &Path, content: &[u8]) -> Result<(), StateError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(UNFINISHED);
    let beside = PathBuf::from(beside);
    let written = write_new(&beside, content).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.map_err(StateError::io("write", path))
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    // Left there by a write whose end failed too.
    if let Err(error) = fs::remove_file(path)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Makes the names in a directory last.
pub(super) fn sync_dir(path: &Path) -> Result<(), StateError> {
    File::open(path).and_then(|it| it.sync_all()).map_err(StateError::io("sync", path))
}

/// Takes away what a writer that was killed left unfinished.
pub(super) fn remove_unfinished(dir: &Path) -> Result<(), StateError> {
    for name in names(dir)? {
        let path = dir.join(&name);
        if name.ends_with(UNFINISHED) && fs::symlink_metadata(&path).is_ok_and(|it| it.is_file()) {
            fs::remove_file(&path).map_err(StateError::io("remove", &path))?;
        }
    }
    Ok(())
}

/// All names in a directory that are text: ours are.
pub(super) fn names(dir: &Path) -> Result<Vec<String>, StateError> {
    let entries = fs::read_dir(dir).map_err(StateError::io("list", dir))?;
    let names = entries.filter_map(|it| it.map(|it| it.file_name().into_string().ok()).transpose());
    names.collect::<io::Result<_>>().map_err(StateError::io("list", dir))
}

/// Why a file has no bytes for us.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// There is none.
    Missing,
    /// What is there is no regular file.
    NoFile(&'static str),
    /// The system refuses.
    Refused(io::Error),
}

impl Unreadable {
    pub(super) fn words(&self) -> String {
        match self {
            Self::Missing => "it is missing".to_owned(),
            Self::NoFile(what) => format!("it is {what}, not a file"),
            Self::Refused(error) => format!("it cannot be read: {error}"),
        }
    }
}

/// The size of a regular file. Links are not followed: we make none.
pub(super) fn size(path: &Path) -> Result<u64, Unreadable> {
    let metadata = fs::symlink_metadata(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Unreadable::Missing,
        _ => Unreadable::Refused(error),
    })?;
    let kind = metadata.file_type();
    match () {
        () if kind.is_file() => Ok(metadata.len()),
        () if kind.is_dir() => Err(Unreadable::NoFile("a directory")),
        () if kind.is_symlink() => Err(Unreadable::NoFile("a symbolic link")),
        () => Err(Unreadable::NoFile("a device, pipe or socket")),
    }
}

/// The bytes of a regular file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Unreadable> {
    size(path)?;
    fs::read(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Unreadable::Missing,
        _ => Unreadable::Refused(error),
    })
}
