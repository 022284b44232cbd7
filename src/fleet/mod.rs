//! Who is connected, and what each was sent, accepted and refused: a fold over events.
//!
//! Answers for: the events that the transport reports, the state that follows from them, and the milestone "every
//! connected node has this generation". Changes nothing else: it is one read-only view for logs, status and metrics.
//! Knows no task, no socket and no clock: time is an argument.

mod event;
mod state;

pub use event::{Event, Observer, StreamId, Transport};
pub use state::{Fleet, Milestone, Notice, StreamState, TypeState};
