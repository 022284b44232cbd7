//! What can go wrong with the state directory, with the next step. Nothing here stops a daemon from serving.

use std::io;
use std::path::{Path, PathBuf};

/// Why the state directory could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The system refused.
    #[error("cannot {what} {}: {source}; {}", path.display(), next_step(source))]
    Io {
        /// What was tried.
        what: &'static str,
        /// With which file or directory.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// Another process writes there.
    #[error("another chancery keeps its state in {}; give each daemon its own --state-dir", .0.display())]
    Locked(PathBuf),
    /// Something is in the place of a record that is none.
    #[error("{} is damaged: {reason}; `chancery history` lists what can be read", path.display())]
    Damaged {
        /// The record, or the content that it names.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such generation.
    #[error("there is no generation {number} in {}; `chancery history` lists those that there are", dir.display())]
    Missing {
        /// The number.
        number: u64,
        /// The state directory.
        dir: PathBuf,
    },
}

impl StateError {
    pub(super) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what, path: path.to_owned(), source }
    }
}

fn next_step(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room; what was stored before is as it was, and the next generation is tried anew"
        }
        io::ErrorKind::NotFound => "check that the directory exists and its file system is mounted",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "let the user that runs chancery read and write it, or name another --state-dir"
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "name a directory with --state-dir",
        _ => "check the file system that it is on, or name another --state-dir",
    }
}
