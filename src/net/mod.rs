//! Accepting connections within limits, for every port that the daemon listens on.
//!
//! Answers for: how many connections there may be (in all, and from one address), descriptors kept in reserve, accept
//! errors, and closing connections that say nothing. Leaves to others: what is spoken on a connection (`transport`,
//! `admin`), which limits apply (`app`).

mod acceptor;
mod connection;
mod descriptors;
mod places;
mod seldom;

pub use acceptor::Acceptor;
pub use connection::{Connection, Origin, Rules};
pub use descriptors::{Budget, raise_limit};
pub use places::{Busy, Full, Handle, Network, Place, Places};
pub use seldom::Seldom;
