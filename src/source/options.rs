//! How files are watched, and how much of them is read.

use std::time::Duration;

/// How files are watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchOptions {
    /// How long nothing may happen before a change is looked at.
    pub quiet: Duration,
    /// How long a change may wait at most while more of them come.
    pub at_most: Duration,
    /// How often files are looked at with no event: for mounts whose events never come.
    pub poll: Duration,
    /// No events at all, and every poll reads every byte: for file systems whose time stamps lie, too.
    pub force_poll: bool,
    /// What is refused for its size.
    pub limits: Limits,
}

/// What is refused for its size, so that a stray path cannot fill the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files together.
    pub total_bytes: u64,
    /// Documents in all sources together; of other directory entries, ten times as many.
    pub files: usize,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(100),
            at_most: Duration::from_secs(1),
            poll: Duration::from_secs(2),
            force_poll: false,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 64 << 20, total_bytes: 256 << 20, files: 10_000 }
    }
}
