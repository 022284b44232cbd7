//! How the process lives: named tasks, drain, signals.
//!
//! Answers for: every task having a name, an owner and an end; one way to ask all long-lived things to stop.
//! Leaves to others: what the tasks do, in which order they start and how long a drain may take (`app`), which exit
//! code an error becomes (`cli`).
//!
//! This is the one place that spawns. A run of the process reads:
//!
//! ```ignore
//! let (trigger, drain) = drain();
//! let mut tasks = Tasks::new(drain.clone());
//! let mut signals = Signals::install()?;
//! tasks.spawner().spawn("files", files.run(readings, drain));
//! let outcome = tokio::select! {
//!     failure = tasks.failed() => Err(failure),
//!     _ = signals.next() => Ok(()),
//! };
//! trigger.start();
//! tokio::select! {
//!     late = tasks.join(deadline) => report(late),
//!     never = signals.exit_on_next() => match never {},
//! }
//! ```

mod drain;
mod signals;
mod spread;
mod tasks;
mod worker;

pub use drain::{Drain, DrainTrigger, drain};
pub use signals::{Asked, Signals};
pub use spread::spread;
pub use tasks::{BoxError, Spawner, TaskEnd, TaskFailure, Tasks, blocking};
pub use worker::Worker;
