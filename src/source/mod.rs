//! Where documents come from: files and directories, watched.
//!
//! Answers for: the bytes of every document as of one moment, soon after each change, however it was made. Leaves to
//! others: what the bytes mean (`spec`); nothing here is parsed. Users' files are only ever read.
//!
//! **What is a document.** A file named by the user, whatever it is called; in a directory, and all below it, each
//! file whose extension says so (`names`). Symbolic links are followed; no file or folder is taken twice.
//!
//! **What a change means.** A fault is not an instruction:
//!
//! | seen | meaning |
//! |---|---|
//! | new bytes | the new version |
//! | a blank file, an unreadable one, one too large, something that is no file | fault; its last good version stays |
//! | a named file or directory is gone, a folder cannot be listed | fault; all that was in it stays |
//! | a directory with nothing left to serve | fault; all that was in it stays |
//! | a file or folder gone from a directory that has other documents | removal: so does one delete a document |
//! | the same bytes, however often they were written | nothing at all |
//!
//! At start there is no last good version: what is at fault is absent, and the first [`Reading`] says so.
//!
//! **How a change is noticed.** Each folder that a document lies in, or that the way to it leads through, is watched;
//! never the file, which an editor replaces (`resolve`, `folders`). An event only wakes: then everything is looked at
//! again, so that no event needs to be understood and a lost one costs nothing but time. Where events never come, a
//! poll looks by itself (`files`).
//!
//! The natural way of a change: `folders` wakes `files`, `debounce` ends the burst, `observer` lists (`listing`) and
//! reads (`reader`), `memory` decides what stays in service, and a new [`Reading`] is published if it says anything new.

mod debounce;
mod fault;
mod files;
mod folders;
mod listing;
mod memory;
mod names;
mod observer;
mod options;
mod reader;
mod reading;
mod resolve;

pub use files::{Files, Reread};
pub use options::{Limits, WatchOptions};
pub use reading::Reading;
