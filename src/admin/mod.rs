//! HTTP for whoever operates the daemon: is it ready, what does it serve, how far are the nodes; and the four things that
//! can be done to what is being rolled out.
//!
//! Answers for: binding, the pages, and keeping strangers out: loopback unless told otherwise, no host names (a web page
//! could point one of its own here), changes only from loopback and from no browser, few connections, none that lasts.
//! Leaves to others: what is in a generation (`statement`), how rollouts go and what became of them (`delivery`), who
//! calls (`cli`).

mod clock;
mod connections;
mod guard;
mod host;
mod nodes;
mod pages;
mod query;
mod respond;
mod rollout;
mod server;

pub use server::Server;
