//! What each node is shown, and when: make before break, and a canary before everyone.
//!
//! Answers for two ways. A node's way from one snapshot to the next (`course`): first what is used, then what uses it,
//! then what nothing uses any more goes, each step when the node has accepted the one before, on all of its streams.
//! And a generation's way through the fleet (`trial`): first one node of each group, then the rest, or back.
//! Leaves to others: what a stream sends for a view (`subscription`), waking streams (`cache`), which documents make a
//! generation (`app`), what is kept over a restart (`state`).
//!
//! A pure value: generations, streams, answers, commands and time go in; views and notices come out. What holds whatever
//! happens: no node is shown a route or listener whose clusters it was not offered first, or has already lost.

mod book;
mod command;
mod course;
mod departed;
mod goal;
mod losses;
mod node;
mod notice;
mod options;
mod refusers;
mod remnants;
mod report;
mod state;
mod steps;
mod tally;
mod trial;
mod verdict;
mod view;
mod way;

pub use book::{Book, Entry, Refused};
pub use command::{Command, NoTrial};
pub use course::Stage;
pub use departed::KEPT;
pub use notice::{Ending, Nack, Notice};
pub use options::{Options, Policy};
pub use remnants::Left;
pub use report::{NodeReport, Report, TrialReport};
pub use state::{Delivery, StreamKey};
pub use view::{Problem, Standing, View};

#[cfg(test)]
mod tests;
