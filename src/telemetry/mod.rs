//! What the daemon tells: log lines, and events for those who watch it.
//!
//! Answers for: one line for each thing that happens to a client, with node, type and version as fields; the fold of
//! events into the fleet's state; handing events to observers in the process (the demo now, status and metrics later).
//! Leaves to others: what happens (`transport`), where lines go and in which form (`cli` sets up the subscriber).

mod journal;
mod notices;
mod sampler;

pub use journal::{Journal, Told};
pub use sampler::WINDOW;
