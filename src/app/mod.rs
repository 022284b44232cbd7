//! The composition root: configuration in, a bound daemon out, then run.
//!
//! Reading `daemon.rs` tells what runs, in what order, and who blocks shutdown. Transport and sources meet only here.

mod choice;
mod config;
mod daemon;
mod keeper;
mod loader;
mod loading;

pub use config::Config;
pub use daemon::{Bound, bind, seconds_now, unix_ms};
pub use keeper::StateOptions;
pub use loader::{Isolation, Loaded, Loader};
