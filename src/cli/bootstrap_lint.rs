//! `chancery bootstrap lint`: what is wrong with the bootstraps of Envoys that are to follow Chancery.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::format::Format;
use super::{exit, input, output};
use crate::app::{Isolation, Loader};
use crate::bootstrap_lint::{Expected, lint};
use crate::compile::Settings;
use crate::envoy::ManagementServer;
use crate::snapshot::Generation;
use crate::source::{Files, WatchOptions};
use crate::spec::{Diagnostics, Severity};

/// Find what keeps an Envoy from following this control plane, in its bootstrap
#[derive(Debug, Args)]
pub(super) struct LintBootstrap {
    /// Bootstraps; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Where this control plane listens, as Envoy sees it
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:18000", env = "CHANCERY_SERVER")]
    server: ManagementServer,
    /// How `serve` is told that bootstraps call the cluster that leads here
    #[arg(long, value_name = "NAME", default_value = "xds_cluster", env = "CHANCERY_MANAGEMENT_CLUSTER")]
    management_cluster: String,
    /// Documents that the Envoy is to get: is any of them for its node, and does a static resource stand in the way?
    #[arg(long, value_name = "SOURCE")]
    documents: Vec<PathBuf>,
    /// The form of the report; all but text go to standard output
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORM")]
    format: Format,
}

impl LintBootstrap {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        let documents = self.documents()?;
        let mut all = Diagnostics::default();
        for path in &self.files {
            let text = input::text(path)?;
            let expected = Expected {
                port: self.server.port,
                management_cluster: &self.management_cluster,
                documents: documents.as_deref(),
            };
            all.0.extend(lint(&text, expected).0);
        }
        match self.format.report(&all.0) {
            Some(report) => output::data(&report)?,
            None => output::diagnostics(&all.0),
        }
        Ok(if all.has_errors() { exit::FAULTS } else { exit::DONE })
    }

    fn documents(&self) -> anyhow::Result<Option<std::sync::Arc<Generation>>> {
        if self.documents.is_empty() {
            return Ok(None);
        }
        let settings = Settings { management_cluster: self.management_cluster.as_str().into(), ..Settings::default() };
        let reading = Files::read_for_command(self.documents.clone(), WatchOptions::default());
        let loaded = Loader::new(settings, Isolation::Generation).load(&reading);
        let mut errors = loaded.diagnostics;
        errors.retain(|it| it.severity == Severity::Error);
        if !errors.is_empty() {
            output::diagnostics(&errors);
            bail!("the documents have faults of their own");
        }
        let Some(generation) = loaded.generation else { bail!("there is no document in --documents") };
        Ok(Some(generation))
    }
}
