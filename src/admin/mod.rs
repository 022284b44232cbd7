//! HTTP for whoever operates the daemon: is it ready, what does it serve.
//!
//! Answers for: binding, the pages, and keeping strangers out: loopback unless told otherwise, no host names (a web page
//! could point one of its own here), nothing but GET and HEAD, few connections, none that lasts.
//! Leaves to others: what is in a generation (`statement`), who calls (`cli`). Changes nothing.

mod connections;
mod host;
mod pages;
mod server;

pub use server::Server;
