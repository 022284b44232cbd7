//! What a source hands on.

use std::time::Instant;

use crate::spec::{Diagnostic, RawFile};

/// All files of all sources, as of one look.
#[derive(Debug, Clone)]
pub struct Reading {
    /// What is in service: the newest content, or the last good one where there is a fault. In the order of names.
    pub files: Vec<RawFile>,
    /// What was wrong with a file or a source.
    pub faults: Vec<Diagnostic>,
    /// When the first change since the reading before was noticed.
    pub content_changed_at: Instant,
}

impl Reading {
    /// Whether both say the same, whenever they were made.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.files == other.files && self.faults == other.faults
    }
}
