//! xDS over gRPC: routes from the table of types, one driver a stream, shared bytes out.
//!
//! ```text
//! request body -> frames -> codec -> subscription::Stream -> frames -> response body
//!                                        ^ views (cache)
//! ```
//!
//! The HTTP/2 server is tonic's; the services are not generated. A generated service encodes each response for each
//! stream: eight times the processor time and a hundred times the memory of sharing the bytes.

mod codec;
mod connections;
mod driver;
mod frames;
mod node_bounds;
mod peers;
mod reflection;
mod response;
mod routes;
mod server;
mod status;

pub use server::{Health, Options, Server};
