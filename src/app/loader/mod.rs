//! Readings to generations: compiles what changed, checks all of it together, keeps the last good version of the rest.
//!
//! Pure but for the cost: a reading in, diagnostics and perhaps a new generation out. Leaves to `choice` which version
//! of each file the next generation is made of.
//!
//! What was in service before a restart is taken up again by [`Loader::restore`]: from then on everything is as if it
//! had been read before, and the first reading is an edit like any other. A file that is not in it was deleted; that one
//! which cannot be read is in it is up to the source, which is told of the same files (`Files::remember`).
//!
//! A generation is good once it was accepted (`trials`). One that was refused is as if it had never been made: its files
//! are back at their last good version, and what was refused is a fault like any other until it changes.

mod load;
mod trials;

pub use load::{Isolation, Loaded, Loader};
pub(super) use trials::Culprit;

#[cfg(test)]
mod tests;
