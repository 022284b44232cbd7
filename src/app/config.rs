//! What the daemon is told at start.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::{Isolation, StateOptions};
use crate::compile::Settings;
use crate::delivery;
use crate::source::WatchOptions;
use crate::transport::grpc;

/// Everything that `serve` takes, resolved: no environment, no defaults left to find.
#[derive(Debug, Clone)]
pub struct Config {
    /// Files and directories with documents.
    pub sources: Vec<PathBuf>,
    /// Where gRPC listens.
    pub listen: SocketAddr,
    /// Where the admin pages are; nowhere if `None`.
    pub admin: Option<SocketAddr>,
    /// How the sources are watched.
    pub watch: WatchOptions,
    /// How documents become resources.
    pub settings: Settings,
    /// What a fault of one document means for the others.
    pub isolation: Isolation,
    /// How changes reach the nodes.
    pub delivery: delivery::Options,
    /// Where generations are kept over a restart; nowhere if `None`.
    pub state: Option<StateOptions>,
    /// Limits of the gRPC server.
    pub grpc: grpc::Options,
    /// How long streams may take to end at shutdown.
    pub drain_deadline: Duration,
}
