//! What a client that comes back says of what it has.

use super::KnownVersions;

/// What the first request of a stream, or the first one for clusters, says of what the client has from before. Clusters
/// are what nobody may take away from it, and what it should not be given once more for nothing.
#[derive(Debug, Clone)]
pub enum Claim {
    /// Nothing: it has just begun.
    Nothing,
    /// That it has something, and of its clusters nothing.
    Something,
    /// That it has all clusters of this `version_info` (SotW, P53).
    Version(String),
    /// That it has the clusters of these names and versions (delta, P102), or of these names, since it asks for no others.
    Names(KnownVersions),
}

impl Claim {
    /// Whether it says which clusters the client has.
    pub fn tells(&self) -> bool {
        matches!(self, Self::Version(_) | Self::Names(_))
    }
}
