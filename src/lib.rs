//! Chancery: a standalone xDS control plane for Envoy. The map of the house comes with its last part.

pub mod resource;
pub mod spec;
pub mod compile;
pub mod snapshot;
pub mod subscription;
pub mod lifecycle;
pub mod source;
pub mod envoy;
