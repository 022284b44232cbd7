//! The nouns of xDS: resource types, names, versions, nodes, encoded resources, Envoy's message descriptors.
//!
//! Answers for: what each word means, and the one table of resource types (`types`).
//! Leaves to others: where resources come from (`spec`, `compile`), who gets them (`snapshot`), how they travel
//! (`subscription`, `transport`). Knows no YAML, no file, no stream.

mod encoded;
mod flavour;
mod node;
mod pool;
mod types;
mod version;
pub(crate) mod wire;

pub use encoded::{Origin, Resource, ResourceParts};
pub use flavour::Flavour;
pub use node::Node;
pub use pool::{add_descriptors, descriptors, files_of, share_descriptors};
pub use types::{ResourceType, TYPES, TypeRow};
pub use version::Version;
