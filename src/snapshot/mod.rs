//! What each group of nodes should have: immutable sets of resources, shared, with their encodings.
//!
//! Answers for: generations, groups (nodes that match the same documents), the sets of each type, what changed between
//! two sets, and response bytes made once for all streams that need the same ones.
//! Leaves to others: what each stream has already (`subscription`), when a node may see it (`delivery`).
//! Knows nothing of YAML, streams, tasks or time.

mod alike;
mod audience;
mod changes;
mod claim;
mod composition;
mod encoding;
mod generation;
mod known_versions;
mod marks;
mod names;
mod needs;
mod portion;
mod recent;
mod set;
mod subset;

pub use audience::{Audience, Reach, audiences, reaches};
pub use changes::Changes;
pub use claim::Claim;
pub use composition::Composition;
pub use encoding::{control_plane_field, delta_response, empty_element, missing_element, nonce_field, sotw_response};
pub use generation::{Clash, Extent, Generation, Selection, Snapshot};
pub use known_versions::KnownVersions;
pub use marks::Marks;
pub use names::Names;
pub use needs::{Need, needs};
pub use portion::{Cut, Portion};
pub use set::TypeSet;
pub use subset::Subset;
