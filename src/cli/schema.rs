//! `chancery schema`: the JSON Schema of documents, for editors.

use std::path::PathBuf;

use clap::Args;

use super::{exit, output, serve};
use crate::reference::schema::schema;

/// Print the JSON Schema of documents, by which editors complete and check them
#[derive(Debug, Args)]
pub(super) struct Schema {
    /// The simple spec only, without Envoy's messages: small and quick
    #[arg(long)]
    simple: bool,
    /// A descriptor set with contrib or private message types
    #[arg(long, env = "CHANCERY_DESCRIPTORS", value_name = "FILE")]
    descriptors: Vec<PathBuf>,
}

impl Schema {
    pub(super) fn run(self) -> anyhow::Result<u8> {
        serve::add_descriptors(&self.descriptors)?;
        // Indented, it would be half as large again, and no person reads it.
        output::data(&format!("{}\n", schema(self.simple)))?;
        Ok(exit::DONE)
    }
}
