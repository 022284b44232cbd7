//! Where a daemon keeps its state, for the commands that read it.

use std::path::PathBuf;

use clap::Args;

/// The state directory.
#[derive(Debug, Clone, Args)]
pub(super) struct StateDir {
    /// Where the daemon keeps the last good generations
    #[arg(long = "state-dir", value_name = "DIR", env = "CHANCERY_STATE_DIR", global = true)]
    pub(super) dir: Option<PathBuf>,
}
