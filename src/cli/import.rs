//! `chancery import`: documents from bootstraps, discovery files and envoy-xds-server's configuration.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use serde_json::Value;

use super::yaml::yaml;
use super::{exit, input, output, serve};
use crate::compile::{Settings, compile, document_trees};
use crate::envoy::{BootstrapOptions, BootstrapParts, ManagementServer, Mode, bootstrap_with};
use crate::import::{self, Carried, changes_of_old_server, leftover};
use crate::spec::{RawFile, Text, Tree, codes};

/// Print documents that give what a bootstrap, discovery files or an envoy-xds-server configuration give
#[derive(Debug, Args)]
pub(super) struct Import {
    /// Bootstraps, discovery files, configurations; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// How resources are written
    #[arg(long, value_enum, default_value_t = Style::Auto, value_name = "STYLE")]
    style: Style,
    /// Write one document for each file into this directory instead of printing them
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    /// Write the bootstrap that the Envoy then needs into this file: who it is, its admin interface, and all that it has
    /// besides resources, such as `bootstrap_extensions`, static runtime layers and stats sinks
    #[arg(long, value_name = "FILE")]
    bootstrap: Option<PathBuf>,
    /// Where this control plane listens, as that Envoy sees it
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:18000", env = "CHANCERY_SERVER")]
    server: ManagementServer,
    /// Message descriptors of extensions that Envoy's API lacks, as `protoc --descriptor_set_out` writes them
    #[arg(long, value_name = "FILE")]
    descriptors: Vec<PathBuf>,
    /// How bootstraps call the cluster that leads here
    #[arg(long, default_value = "xds_cluster", env = "CHANCERY_MANAGEMENT_CLUSTER", value_name = "NAME")]
    management_cluster: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Style {
    /// Simply where that gives the same bytes, else as Envoy's own resources
    Auto,
    /// Simply wherever there is a word for it; what changes by that is told
    Simple,
    /// As Envoy's own resources
    Envoy,
}

impl Import {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        serve::add_descriptors(&self.descriptors)?;
        let settings = Settings { management_cluster: self.management_cluster.as_str().into(), ..Settings::default() };
        let mut code = exit::DONE;
        let mut carried = None;
        let mut first = true;
        for path in &self.files {
            let file = input::file(path)?;
            let Some(documents) = self.documents(&file, &settings)? else {
                code = exit::FAULTS;
                continue;
            };
            if self.bootstrap.is_some() && carried.is_none() {
                let content = std::str::from_utf8(&file.content).unwrap_or_default();
                carried = import::carried(&Text::new(file.name.clone(), content));
            }
            match &self.output_dir {
                Some(folder) => write(folder, path, &documents)?,
                None => {
                    output::document(if first { "" } else { "---\n" })?;
                    output::document(&documents)?;
                    first = false;
                }
            }
        }
        if let Some(path) = self.bootstrap.as_deref().filter(|_| code == exit::DONE) {
            let Some(carried) = carried else { bail!("--bootstrap needs a bootstrap among the files") };
            input::create(path, &self.bootstrap_of(carried)?)?;
        }
        Ok(code)
    }

    /// The text of the bootstrap that an imported one becomes.
    fn bootstrap_of(&self, carried: Carried) -> anyhow::Result<String> {
        let (address, port) = carried.admin.unwrap_or_else(|| (Ipv4Addr::LOCALHOST.to_string(), 9901));
        let address = address.parse().with_context(|| format!("the admin's address `{address}` is no IP address"))?;
        let options = BootstrapOptions {
            mode: Mode::DeltaAds,
            node_id: carried.node_id.unwrap_or_else(|| "envoy".to_owned()),
            node_cluster: carried.node_cluster.unwrap_or_else(|| "default".to_owned()),
            locality: carried.locality.and_then(|it| it.parse().ok()),
            metadata: carried.metadata,
            server: self.server.clone(),
            management_cluster: self.management_cluster.clone(),
            admin: SocketAddr::new(address, port),
            runtime_layer: None,
        };
        let own = |it: &Value| it["name"] == *self.management_cluster;
        let clusters = carried.clusters.into_iter().filter(|it| !own(it)).collect();
        let parts = BootstrapParts { layers: carried.layers, clusters, fields: carried.parts };
        Ok(bootstrap_with(&options, &parts))
    }

    /// The documents of a file as one text; nothing if it has faults.
    fn documents(&self, file: &RawFile, settings: &Settings) -> anyhow::Result<Option<String>> {
        let mut compiled = compile(file, settings);
        if compiled.skipped.is_some() {
            // A ConfigMap's manifest is read where it is named, and so is a file with any ending.
            let named = compile(&file.clone().named(), settings);
            let is_document = !named.documents.is_empty() || !named.drafts.is_empty();
            compiled = if is_document { named } else { compiled };
        }
        let mut diagnostics = compiled.diagnostics;
        // Told below, each part at its place.
        diagnostics.0.retain(|it| it.code != codes::IGNORED_BOOTSTRAP);
        output::diagnostics(&diagnostics.0);
        if diagnostics.has_errors() {
            return Ok(None);
        }
        // What is not text has no parts to tell of.
        let content = std::str::from_utf8(&file.content).unwrap_or_default();
        let text = Text::new(file.name.clone(), content);
        let left = leftover(&text, &self.management_cluster, self.bootstrap.is_some());
        output::diagnostics(&left.told);
        if let Some(reason) = compiled.skipped {
            output::talk(&format!("chancery: there is nothing to import in {}: {reason}", file.name));
            return Ok(None);
        }
        let mut changes = changes_of_old_server(&text);
        let mut texts = Vec::new();
        let trees = document_trees(&text);
        for document in &compiled.documents {
            let source = tree_of(&document.name, &trees);
            let imported = import::import(document, source, self.style.into(), settings).map_err(anyhow::Error::msg)?;
            changes.extend(imported.changes);
            texts.extend(imported.documents.iter().map(yaml).collect::<anyhow::Result<Vec<_>>>()?);
        }
        for change in changes {
            output::talk(&format!("chancery: {}: {change}", file.name));
        }
        if let Some(command) = left.command.filter(|_| self.bootstrap.is_none()) {
            output::talk(&format!("chancery: {}: the Envoy then needs this bootstrap: {command}", file.name));
        }
        Ok(Some(texts.join("---\n")))
    }
}

/// The tree that a document was read from: the second one of `a.yaml` is `a.yaml#2`.
fn tree_of<'t>(document: &str, trees: &'t [Tree]) -> Option<&'t Tree> {
    let number = document.rsplit_once('#').and_then(|it| it.1.parse::<usize>().ok()).unwrap_or(1);
    trees.get(number.checked_sub(1)?)
}

impl From<Style> for import::Style {
    fn from(style: Style) -> Self {
        match style {
            Style::Auto => Self::Auto,
            Style::Simple => Self::Simple,
            Style::Envoy => Self::Envoy,
        }
    }
}

/// Writes a document beside others; one that is there already is not overwritten.
fn write(folder: &Path, source: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let stem = source.file_stem().filter(|it| *it != input::STDIN).unwrap_or("imported".as_ref());
    let path = folder.join(stem).with_extension("yaml");
    if path.exists() {
        bail!("{} is there already, and is not overwritten", path.display());
    }
    input::create(&path, text)
}
