//! Exit codes: an interface. All others are reserved.

/// Everything went well.
pub(super) const DONE: u8 = 0;
/// Faults were found, or the command could not do its work.
pub(super) const FAULTS: u8 = 1;
/// `plan` found differences.
pub(super) const DIFFERENCES: u8 = 2;
/// `wait` ran out of time.
pub(super) const LATE: u8 = 3;
/// The command line is wrong.
pub(super) const USAGE: u8 = 64;
