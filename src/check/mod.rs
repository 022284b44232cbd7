//! What is wrong beyond syntax and types: rules over one message, over one resource, and across documents.
//!
//! Answers for: Envoy's own validation rules, what Envoy refuses in code, references between resources, clashes, and
//! lints. Leaves to others: types and unknown fields (`compile::encode`), when rules run (the encoder calls them at each
//! message that it writes, through `Any`s at any depth; `app` calls [`across`] for each set of documents), how
//! diagnostics are shown (`cli`). The same code runs in the daemon's loader and in the commands.
//!
//! A rule is one function and one row of a table: the message that it is about, and the function. It sees the user's
//! tree through a `View`, which knows both spellings of a field, so its places are the user's.
//!
//! Reading order: `view` (what a rule sees), `rules` (the tables), `facts` and `across` (between documents), then the
//! folders by what they are about: `constraints` (rules in the API itself), `listener`, `http`, `cluster`, `tls`, `grpc`.
//!
//! Knows no Envoy process, no file and no clock: the day by which certificates expire is an argument.

pub mod across;
mod cluster;
mod config_sources;
pub(crate) mod constraints;
mod delivery;
mod extensions;
mod facts;
mod filters;
mod grpc;
mod http;
mod listener;
mod proxies;
mod references;
mod rules;
mod tls;
mod typos;
mod view;

pub use facts::{Facts, Profile, Reference};

pub(crate) use delivery::{Delivered, delivery, virtual_host_name};
pub(crate) use rules::{Findings, inspect};
pub(crate) use view::View;
