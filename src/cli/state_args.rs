//! Where generations are kept: flags of `serve`. Reading them is `history`'s.

use std::path::PathBuf;

use clap::Args;

use crate::app::StateOptions;

/// What survives a restart.
#[derive(Debug, Clone, Args)]
pub(super) struct StateArgs {
    /// A directory for the last good generations: what is served at the next start until the documents are read, and
    /// instead of those that are broken then. They hold the documents with their private keys
    #[arg(long, env = "CHANCERY_STATE_DIR", value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// How many good generations are kept there
    #[arg(long, default_value_t = 10, env = "CHANCERY_KEEP_GENERATIONS", value_name = "COUNT",
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    keep_generations: u16,
}

impl StateArgs {
    /// What they say.
    pub(super) fn options(&self) -> Option<StateOptions> {
        let dir = self.state_dir.clone().filter(|it| !it.as_os_str().is_empty())?;
        Some(StateOptions { dir, keep: usize::from(self.keep_generations) })
    }
}
