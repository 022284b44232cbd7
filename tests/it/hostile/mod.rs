//! Clients that mean harm, against the built daemon: whatever they do, edits reach the others, `/ready` answers, and
//! processor, memory and log stay bounded.
//!
//! The short form of each attack is part of `cargo test`. The long form, with figures:
//! `cargo test --test it -- --ignored hostile_in_full --nocapture`.

mod clients;
mod connections;
mod daemon;
mod figures;
mod full;
mod requests;

/// How much of an attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Short,
    Full,
}

impl Size {
    fn of<T>(self, short: T, full: T) -> T {
        if self == Self::Short { short } else { full }
    }
}
