//! The edges where clients come in: gRPC now; REST and files later.
//!
//! Answers for: bytes in and out, limits, keepalive, ending streams. Leaves to others: what a request means and what
//! is sent when (`subscription`), which resources there are (`cache`). Builds no resource.

pub mod grpc;
