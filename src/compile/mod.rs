//! From documents to resources: recognises what a document is and encodes what it says.
//!
//! Answers for: every kind of document becomes trees of Envoy's messages (`simple`, `discovery`, `bootstrap`, `proto`),
//! and one encoder (`encode`) turns trees into bytes, so that all faults of all kinds point at the user's line. Leaves
//! to others: where files come from (`source`), what is wrong beyond types (`check`), who gets what (`snapshot`).
//! Pure: the same file and settings always give the same documents.

mod assemble;
mod bootstrap;
mod config_map;
mod discovery;
mod document;
mod encode;
mod file;
mod foreign;
mod items;
mod json;
mod keys;
mod kind;
mod listener_name;
pub mod missing_key;
mod nodes;
mod options;
mod proto;
mod redact;
mod rollout;
pub mod simple;
mod static_bootstrap;
mod trees;
mod written;

pub use bootstrap::{bootstrap_extensions, encode_bootstrap, is_bootstrap};
pub use document::Document;
pub use encode::{Context, encode, encode_flavours};
pub use file::{Compiled, Settings, compile, recompile};
pub use items::{Kept, Spread};
pub use json::{resource_to_json, to_json};
pub use nodes::node_selectors;
pub use redact::{REDACTED, redact};
pub use static_bootstrap::{Member, NODE_ID, StaticBootstrap};
pub use trees::{ResourceTree, document_trees, resource_trees};
