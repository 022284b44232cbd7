//! A real Envoy: finding or fetching one, running it, asking its admin interface, and the bootstrap that it starts with.
//!
//! Answers for: the pinned Envoy binary (`fetch`), one running Envoy and its log (`process`), its word on a
//! configuration (`validate`), its admin interface (`admin`, over `http`), and the text of a bootstrap that follows
//! Chancery (`bootstrap`).
//! Leaves to others: which version and folder to use (`cli`), what an Envoy should be told (everything else).
//! Knows no spec, no snapshot and no stream, and reads no environment: whoever calls passes values.

pub mod admin;
mod bootstrap;
mod fetch;
pub mod http;
mod process;
mod validate;

pub use admin::{Admin, AdminError, Stats};
pub use bootstrap::{BootstrapOptions, BootstrapParts, Locality, ManagementServer, Mode, bootstrap, bootstrap_with};
pub use fetch::{FetchError, VERSION, VERSIONS, fetch};
pub use process::{Envoy, EnvoyError, Launch};
pub use validate::{Validation, validate};
