//! `chancery demo`: the main job, live, on this machine.
//!
//! Fetches a real Envoy, starts two echo upstreams, the daemon on `config/` and an Envoy that follows it, and tells
//! what happens on every edit. All of it lives in this process or as its child, and ends with it.

mod echo;
mod live;
mod places;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use self::places::{first_document, rollout_command, work_folder};
use super::envoy_binary::envoy_binary;
use super::output::{talk, talk_lines, word};
use super::serve::{AdminPages, Source, Watch, runtime};
use crate::app::{self, Bound, Config, Isolation};
use crate::envoy::{self, BootstrapOptions, Envoy, Launch, ManagementServer, Mode};
use crate::lifecycle::Signals;
use crate::source::WatchOptions;
use crate::transport::grpc;

/// The upstreams of `config/`.
const UPSTREAMS: [&str; 2] = ["service1", "service2"];
const NODE: &str = "demo";

/// Show the main job: a real Envoy that follows config/, and what happens on each edit
#[derive(Debug, Args)]
pub(super) struct Demo {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    watch: Watch,
    /// Where gRPC listens
    #[arg(long, default_value = "127.0.0.1:18000", env = "CHANCERY_LISTEN", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    #[command(flatten)]
    admin: AdminPages,
    /// The ports of the two upstreams, as the documents name them
    #[arg(long, default_value = "8081,8082", value_name = "PORT,PORT", value_parser = two_ports)]
    upstreams: [u16; 2],
    /// Bring your own Envoy: print how to start it instead of starting one
    #[arg(long)]
    no_envoy: bool,
    /// An Envoy binary to use instead of fetching one
    #[arg(long, env = "CHANCERY_ENVOY", value_name = "PATH")]
    envoy: Option<PathBuf>,
}

impl Demo {
    /// Runs until Ctrl-C.
    pub(super) fn run(self) -> anyhow::Result<()> {
        runtime()?.block_on(async {
            let mut signals = Signals::install().context("cannot listen for signals")?;
            tokio::select! {
                done = self.show() => done,
                // Also SIGHUP: with its terminal the demo ends, and with the demo Envoy.
                _ = signals.next() => {
                    talk_lines("\nstopping Envoy, daemon and upstreams");
                    Ok(())
                }
            }
        })
    }

    async fn show(self) -> anyhow::Result<()> {
        let binary = match (self.no_envoy, &self.envoy) {
            (true, _) => None,
            (false, Some(own)) => Some(own.clone()),
            (false, None) => Some(fetch().await?),
        };
        let upstreams: Vec<_> = UPSTREAMS.into_iter().zip(self.upstreams).collect();
        let upstreams = echo::Upstreams::bind(&upstreams).await?;
        let bound = app::bind(self.config()?).await?;
        let folder = work_folder()?;
        let bootstrap = self.write_bootstrap(&folder, bound.address())?;
        let (told, admin) = (bound.observe(), bound.admin_address());
        talk(&format!("daemon     follows {} and listens on {}", self.source.places(), bound.address()));
        let envoy = async {
            let started = match binary {
                Some(binary) => Some(start(binary, &bootstrap, &folder).await?),
                None => {
                    talk(&format!("envoy      start yours:  envoy -c {}", bootstrap.display()));
                    None
                }
            };
            self.introduce(started.as_ref(), admin);
            live::follow(told).await;
            drop(started);
            Ok(())
        };
        tokio::select! {
            ended = run(bound) => ended,
            ended = upstreams.serve() => ended,
            ended = envoy => ended,
        }
    }

    fn config(&self) -> anyhow::Result<Config> {
        Ok(Config {
            sources: self.source.sources.clone(),
            listen: self.listen,
            admin: self.admin.address(),
            watch: self.watch.options(WatchOptions::default()),
            settings: self.source.settings()?,
            isolation: Isolation::default(),
            delivery: crate::delivery::Options::default(),
            state: None,
            grpc: grpc::Options::default(),
            drain_deadline: Duration::from_secs(1),
        })
    }

    fn write_bootstrap(&self, folder: &Path, server: SocketAddr) -> anyhow::Result<PathBuf> {
        let text = envoy::bootstrap(&BootstrapOptions {
            mode: Mode::DeltaAds,
            node_id: NODE.to_owned(),
            node_cluster: NODE.to_owned(),
            locality: None,
            metadata: Vec::new(),
            server: ManagementServer { host: server.ip().to_string(), port: server.port() },
            management_cluster: self.source.meaning.management_cluster.clone(),
            admin: SocketAddr::from(([127, 0, 0, 1], if self.no_envoy { 9901 } else { 0 })),
            runtime_layer: None,
        });
        let path = folder.join("bootstrap.yaml");
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    fn introduce(&self, envoy: Option<&Envoy>, admin: Option<SocketAddr>) {
        if let Some(envoy) = envoy {
            talk(&format!("envoy      follows the daemon; its admin is http://{}", envoy.admin().address()));
        }
        let file = self.source.sources.first().map_or_else(PathBuf::new, |it| first_document(it));
        talk_lines(&format!(
            "\n  try   curl http://127.0.0.1:10000/\n  edit  {}   and save: what each Envoy says of it appears here",
            word(&file.to_string_lossy())
        ));
        if let Some(admin) = admin {
            talk(&format!("  ask   {}   in another terminal; also `wait` and `plan`", rollout_command(admin)));
        }
        talk_lines("  stop  Ctrl-C\n");
    }
}

fn two_ports(text: &str) -> Result<[u16; 2], String> {
    let ports: Result<Vec<_>, _> = text.split(',').map(|it| it.trim().parse()).collect();
    ports.ok().and_then(|it| it.try_into().ok()).ok_or_else(|| "expected two ports, such as 8081,8082".to_owned())
}

async fn run(bound: Bound) -> anyhow::Result<()> {
    bound.run(std::future::pending()).await
}

async fn fetch() -> anyhow::Result<PathBuf> {
    envoy_binary(|line| talk(&format!("envoy      {line}"))).await.map_err(|error| {
        let hint = error.hint();
        anyhow::Error::new(error).context(format!("cannot fetch Envoy; {hint}; or --no-envoy"))
    })
}

async fn start(binary: PathBuf, config: &Path, folder: &Path) -> anyhow::Result<Envoy> {
    let launch = Launch {
        binary,
        config: config.to_owned(),
        folder: folder.to_owned(),
        name: "envoy".to_owned(),
        arguments: Vec::new(),
    };
    Ok(Envoy::start(&launch).await?)
}
