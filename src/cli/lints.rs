//! Levels of lints from the command line.

use anyhow::bail;
use clap::Args;

use crate::spec::Levels;
use crate::spec::codes::{Level, WORDS};

/// How bad each lint is.
#[derive(Debug, Clone, Args)]
pub(super) struct Lints {
    /// Refuse documents for this lint: `CH3007`
    #[arg(long, value_name = "CODE", value_delimiter = ',', env = "CHANCERY_DENY")]
    deny: Vec<String>,
    /// Report this lint, but use the document
    #[arg(long, value_name = "CODE", value_delimiter = ',', env = "CHANCERY_WARN")]
    warn: Vec<String>,
    /// Say nothing of this lint
    #[arg(long, value_name = "CODE", value_delimiter = ',', env = "CHANCERY_ALLOW")]
    allow: Vec<String>,
    /// The level of all rules of Envoy's API (CH12xx): `warn` for an Envoy newer than this program
    #[arg(long, value_name = "LEVEL", value_parser = WORDS.map(|it| it.0), env = "CHANCERY_PGV")]
    pgv: Option<String>,
}

impl Lints {
    /// The levels, the more particular flag last.
    pub(super) fn levels(&self) -> anyhow::Result<Levels> {
        let pgv = self.pgv.as_deref().and_then(Level::of_word);
        let mut levels = pgv.map_or_else(Levels::default, Levels::of_api_rules);
        for (flag, all, level) in
            [("deny", &self.deny, Level::Deny), ("warn", &self.warn, Level::Warn), ("allow", &self.allow, Level::Allow)]
        {
            for code in all.iter().filter(|it| !it.is_empty()) {
                if let Err(why) = levels.set(code, level) {
                    bail!("--{flag} {}: {why}; `chancery explain` lists all codes", code.escape_debug());
                }
            }
        }
        Ok(levels)
    }
}
