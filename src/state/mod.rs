//! What outlives the daemon: the last good generations on disk, and whatever was tried after them.
//!
//! Answers for: a directory of generations that a crash, a full disk or a flipped bit at any moment leaves readable, but
//! for what was hit; which of them are kept; one writer at a time. Leaves to others: when to write and what to restore
//! (`app`), what the stored documents mean (`compile`), showing them (`cli`).
//!
//! ```text
//! DIR/lock                   held by the one daemon that writes here
//! DIR/generation-12          a record: number, version, when, result, sources, and its files by name, size and hash
//! DIR/contents/<blake3>      the bytes of one file, called by their hash
//! ```
//!
//! - *Documents are stored as they were written*, the version of each that was in service. Another version of Chancery
//!   compiles them again; what it had compiled them to would mean nothing to that one.
//! - *A content is stored once*, however many generations have it. A generation is written as a trial and once more with
//!   its verdict, and mostly differs from the one before in one file of many: as one file each, with 10 MB of documents,
//!   an edit a second would wear out a disk. So a record is small, and a verdict costs one small file.
//!   A damaged content damages every generation with that file; the next write of the same content mends it.
//! - *A record is text*: a line with the format's number, a line of JSON, a line with the BLAKE3 hash of all before. It
//!   holds the hashes of its contents, so that one checksum stands for all of it.
//! - *Every file is written beside its place*, synced, renamed, and the directory synced: contents first, then the
//!   record. Whenever this ends, there is the old or the new, and at most files that nobody refers to: unfinished ones go
//!   when the next daemon opens the directory, contents without a record after the next write.
//! - *Nothing damaged is deleted*, nor any content that a damaged record names: somebody may want to look.
//!
//! Documents hold private keys: the directory is made for its owner only, and so is every file.

mod contents;
mod disk;
mod error;
mod history;
mod prune;
mod record;
mod store;
#[cfg(test)]
mod tests;

pub use error::StateError;
pub use history::{Damaged, History, Listing};
pub use record::{Outcome, Record, StoredFile, Summary};
pub use store::Store;
