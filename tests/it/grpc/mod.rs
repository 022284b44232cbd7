//! The gRPC edge with real gRPC clients: framing, codes, limits, isolation, shutdown. What the protocol itself decides
//! is tested by scripts in `subscription`; here stands what only the wire can show.

mod http2;
mod isolation;
mod limits;
mod services;
mod streams;
pub(crate) mod world;
