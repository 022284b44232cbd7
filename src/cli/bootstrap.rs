//! `chancery bootstrap`: prints a bootstrap for an Envoy that is to follow Chancery.
//!
//! Answers for: flags, their defaults and their variables. Leaves to others: the text itself (`envoy::bootstrap`),
//! and printing it (`cli::output`).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::bootstrap_lint::LintBootstrap;
use super::{exit, input, output};
use crate::envoy::{BootstrapOptions, BootstrapParts, Locality, ManagementServer, Mode, bootstrap_with};
use crate::import::carried;
use crate::spec::Text;

/// Print a bootstrap for an Envoy that follows this control plane.
#[derive(Debug, Args)]
#[command(subcommand_negates_reqs = true)]
pub(super) struct Bootstrap {
    #[command(subcommand)]
    command: Option<Command>,
    /// How Envoy asks: all types on one stream (ads) or each on its own (grpc), everything or only differences (delta).
    #[arg(long, default_value = "delta-ads", value_parser = PossibleValuesParser::new(Mode::ALL.map(|(name, _)| name)).try_map(|name| name.parse::<Mode>()))]
    mode: Mode,
    /// The node's name; documents select nodes by it.
    #[arg(long, value_name = "ID", env = "CHANCERY_NODE_ID", required = true)]
    node_id: Option<String>,
    /// The node's cluster, a name that nodes share.
    #[arg(long, value_name = "NAME", default_value = "default", env = "CHANCERY_NODE_CLUSTER")]
    node_cluster: String,
    /// Where the node runs: `REGION[/ZONE[/SUB_ZONE]]`.
    #[arg(long, value_name = "PLACE")]
    locality: Option<Locality>,
    /// Metadata of the node: `KEY=VALUE`, as often as needed. A VALUE that is JSON is taken as JSON.
    #[arg(long, value_name = "KEY=VALUE", value_parser = metadata)]
    metadata: Vec<(String, Value)>,
    /// Where this control plane listens, as Envoy sees it.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:18000", env = "CHANCERY_SERVER")]
    server: ManagementServer,
    /// The name of the static cluster that leads to this control plane.
    #[arg(long, value_name = "NAME", default_value = "xds_cluster", env = "CHANCERY_MANAGEMENT_CLUSTER")]
    management_cluster: String,
    /// The address of Envoy's admin interface.
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    admin_address: IpAddr,
    /// The port of Envoy's admin interface.
    #[arg(long, value_name = "PORT", default_value_t = 9901)]
    admin_port: u16,
    /// A bootstrap whose own part is carried over: `bootstrap_extensions`, static runtime layers, stats sinks and all else
    /// but node, admin interface and resources.
    #[arg(long, value_name = "FILE")]
    parts: Option<PathBuf>,
    /// Follow a runtime layer of that name.
    #[arg(long, value_name = "NAME")]
    runtime_layer: Option<String>,
}

/// What else can be done with a bootstrap.
#[derive(Debug, Subcommand)]
enum Command {
    Lint(LintBootstrap),
}

impl Bootstrap {
    /// Prints it, or does what the subcommand says.
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        if let Some(Command::Lint(lint)) = &self.command {
            return lint.run();
        }
        let parts = match &self.parts {
            Some(path) => parts(path)?,
            None => BootstrapParts::default(),
        };
        output::data(&self.text(&parts))?;
        Ok(exit::DONE)
    }

    /// The bootstrap, for standard output.
    fn text(&self, parts: &BootstrapParts) -> String {
        let options = BootstrapOptions {
            mode: self.mode,
            node_id: self.node_id.clone().unwrap_or_default(),
            node_cluster: self.node_cluster.clone(),
            locality: self.locality.clone(),
            metadata: self.metadata.clone(),
            server: self.server.clone(),
            management_cluster: self.management_cluster.clone(),
            admin: SocketAddr::new(self.admin_address, self.admin_port),
            runtime_layer: self.runtime_layer.clone(),
        };
        bootstrap_with(&options, parts)
    }
}

/// The own part of a bootstrap in a file.
fn parts(path: &Path) -> anyhow::Result<BootstrapParts> {
    let file = input::file(path)?;
    let text = Text::new(file.name.clone(), std::str::from_utf8(&file.content)?);
    let Some(carried) = carried(&text) else { bail!("{} is no bootstrap", file.name) };
    Ok(BootstrapParts { layers: carried.layers, clusters: carried.clusters, fields: carried.parts })
}

fn metadata(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    if key.is_empty() {
        return Err("expected KEY=VALUE, there is no key".to_owned());
    }
    Ok((key.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into())))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        bootstrap: Bootstrap,
    }

    #[test]
    fn only_the_node_id_has_to_be_given() {
        let line = Line::try_parse_from(["bootstrap", "--node-id", "edge-1"]).unwrap();
        let text = line.bootstrap.text(&BootstrapParts::default());
        for part in ["id: edge-1", "api_type: DELTA_GRPC", "ads: {}", "name: xds_cluster", "port_value: 18000"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(Line::try_parse_from(["bootstrap"]).is_err());
    }

    /// The command that makes the file anew is in docs/containers.md.
    #[test]
    fn the_compose_example_is_what_is_printed() {
        let line = "bootstrap --node-id front-proxy --node-cluster compose --server chancery:18000 \
                    --admin-address 0.0.0.0 --admin-port 19000";
        let text = Line::try_parse_from(line.split_whitespace()).unwrap().bootstrap.text(&BootstrapParts::default());
        let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples/compose/envoy.yaml");
        assert_eq!(text, std::fs::read_to_string(example).unwrap());
    }

    #[test]
    fn metadata_is_json_where_it_is_json() {
        assert_eq!(metadata("role=edge"), Ok(("role".to_owned(), "edge".into())));
        assert_eq!(metadata("weight=3"), Ok(("weight".to_owned(), 3.into())));
        assert_eq!(metadata("a={\"b\":true}").unwrap().1["b"], true);
        assert!(metadata("role").is_err() && metadata("=x").is_err());
    }
}
