//! Flavours: how a client reaches the resources that a resource refers to.

/// The transport on which a resource was asked for, and so the `config_source` that generated references in it carry.
///
/// A listener that asks for its routes by RDS must name a way to get them that exists in that Envoy: `ads: {}` without
/// an `ads_config` is refused. The same API type as the request's own stream always exists.
/// Resources without generated references are equal in all flavours and share their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flavour {
    /// Asked for on an aggregated stream, state of the world or delta: `ads: {}`.
    Ads,
    /// Asked for on a singleton state-of-the-world stream: `api_config_source` of type `GRPC`.
    Grpc,
    /// Asked for on a singleton delta stream: `api_config_source` of type `DELTA_GRPC`.
    DeltaGrpc,
}

impl Flavour {
    /// All flavours, in the order in which their encodings are kept.
    pub const ALL: [Self; 3] = [Self::Ads, Self::Grpc, Self::DeltaGrpc];
}
