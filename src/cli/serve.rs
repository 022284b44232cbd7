//! `chancery serve`: the daemon.

use std::io::Read;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};

use super::limits_args::{ClientLimits, DocumentLimits};
use super::lints::Lints;
use super::logs::Logs;
use super::rollout_args::RolloutArgs;
use super::state_args::StateArgs;
use crate::app::{self, Config, Isolation};
use crate::compile::Settings;
use crate::lifecycle::{Asked, Signals};
use crate::source::{Files, Reading, WatchOptions};
use crate::spec::{Glob, NodeSelector, RawFile};

/// Serve documents to Envoys, and follow every edit
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    pub(super) source: Source,
    /// Where gRPC listens [default: 0.0.0.0:18000, or port SERVER_PORT]
    #[arg(long, env = "CHANCERY_LISTEN", value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<SocketAddr>,
    /// The port, for those who configured envoy-xds-server by its variables
    #[arg(long, env = "SERVER_PORT", hide = true, value_name = "PORT")]
    pub(super) server_port: Option<u16>,
    #[command(flatten)]
    admin: AdminPages,
    #[command(flatten)]
    pub(super) watch: Watch,
    /// What a faulty document means for the others: `document` keeps the last good version of that one, `generation` of all
    #[arg(long, value_enum, default_value_t = IsolationArg::Document, env = "CHANCERY_ISOLATION", value_name = "WHAT")]
    isolation: IsolationArg,
    #[command(flatten)]
    rollout: RolloutArgs,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    limits: ClientLimits,
    /// How long streams may take to end at shutdown, in seconds
    #[arg(long, default_value_t = 10.0, env = "CHANCERY_DRAIN_SECONDS", value_name = "SECONDS", value_parser = seconds)]
    drain_seconds: f64,
    #[command(flatten)]
    logs: Logs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum IsolationArg {
    Document,
    Generation,
}

impl From<IsolationArg> for Isolation {
    fn from(it: IsolationArg) -> Self {
        match it {
            IsolationArg::Document => Self::Document,
            IsolationArg::Generation => Self::Generation,
        }
    }
}

/// Where the admin pages are.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct AdminPages {
    /// Where the admin pages are, which `plan`, `rollout` and `wait` read; `off` for nowhere
    #[arg(long, env = "CHANCERY_ADMIN_LISTEN", hide_env_values = true, default_value = "127.0.0.1:18002",
          value_name = "ADDRESS:PORT", value_parser = admin_address)]
    admin_listen: AdminListen,
}

/// An address, or none. A type of its own, since clap takes `Option` for "may be left out".
#[derive(Debug, Clone, Copy)]
struct AdminListen(Option<SocketAddr>);

/// Where documents come from and what they mean.
#[derive(Debug, Clone, Args)]
pub(super) struct Source {
    /// Files and directories with documents
    #[arg(value_name = "SOURCE", default_value = "config/", env = "RESOURCES_FILE", hide_env = true)]
    pub(super) sources: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) meaning: Meaning,
    #[command(flatten)]
    pub(super) limits: DocumentLimits,
}

/// What documents mean beyond what they say.
#[derive(Debug, Clone, Args)]
pub(super) struct Meaning {
    /// Give documents that name no nodes to this node only
    #[arg(long, env = "NODE_ID", value_name = "ID", hide_env = true)]
    pub(super) only_node: Option<String>,
    /// How Envoys' bootstraps call the cluster that leads here
    #[arg(long, default_value = "xds_cluster", env = "CHANCERY_MANAGEMENT_CLUSTER", value_name = "NAME")]
    pub(super) management_cluster: String,
    /// A cluster that Envoys have from their bootstrap, and documents may refer to
    #[arg(long, env = "CHANCERY_STATIC_CLUSTER", value_name = "NAME", value_delimiter = ',')]
    static_cluster: Vec<String>,
    #[command(flatten)]
    lints: Lints,
    /// A descriptor set with contrib or private message types
    #[arg(long, env = "CHANCERY_DESCRIPTORS", value_name = "FILE")]
    pub(super) descriptors: Vec<PathBuf>,
}

/// How sources are watched.
#[derive(Debug, Clone, Args)]
pub(super) struct Watch {
    /// How long the files must be quiet before an edit counts, in milliseconds
    #[arg(long, default_value_t = 100, env = "CHANCERY_QUIET_MS", value_name = "MS")]
    quiet_ms: u64,
    /// How long an edit may be held up by further ones, in milliseconds
    #[arg(long, default_value_t = 1000, env = "CHANCERY_AT_MOST_MS", value_name = "MS")]
    at_most_ms: u64,
    /// How often contents are compared, in case events never come (bind mounts), in milliseconds
    #[arg(long, default_value_t = 2000, env = "CHANCERY_POLL_MS", value_name = "MS",
          value_parser = clap::value_parser!(u64).range(10..))]
    poll_ms: u64,
    /// Do not use file events at all
    #[arg(long, env = "CHANCERY_FORCE_POLL", value_parser = BoolishValueParser::new())]
    force_poll: bool,
}

impl Serve {
    /// Runs the daemon until SIGTERM or Ctrl-C.
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.logs.start()?;
        let config = self.config()?;
        let runtime = runtime()?;
        let ended = runtime.block_on(async {
            let mut signals = Signals::install().context("cannot listen for signals")?;
            let bound = app::bind(config).await?;
            let reread = bound.reread();
            let (stop, stopped) = tokio::sync::oneshot::channel();
            let running = bound.run(async move {
                let _ = stopped.await;
            });
            // The first signal to stop drains, the second does not wait for that.
            let obeyed = async {
                while signals.next().await == Asked::Reread {
                    reread.ask();
                }
                let _ = stop.send(());
                signals.exit_on_next().await
            };
            tokio::select! {
                ended = running => ended,
                never = obeyed => match never {},
            }
        });
        // A thread that hangs in a dead file system must not hold up the end.
        runtime.shutdown_timeout(Duration::from_secs(1));
        ended
    }

    fn config(&self) -> anyhow::Result<Config> {
        let port = self.server_port.unwrap_or(18000);
        Ok(Config {
            sources: self.source.sources.clone(),
            listen: self.listen.unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], port))),
            admin: self.admin.address(),
            watch: self.watch.options(self.source.watch()),
            settings: self.source.settings()?,
            isolation: self.isolation.into(),
            delivery: self.rollout.options(),
            state: self.state.options(),
            grpc: self.limits.options(identifier()),
            drain_deadline: Duration::from_secs_f64(self.drain_seconds),
        })
    }
}

impl AdminPages {
    pub(super) fn address(self) -> Option<SocketAddr> {
        self.admin_listen.0
    }
}

impl Source {
    /// All sources, for messages.
    pub(super) fn places(&self) -> String {
        let names: Vec<_> = self.sources.iter().map(|it| it.display().to_string()).collect();
        names.join(", ")
    }

    /// The documents as they are now; `-` is standard input.
    pub(super) fn reading(&self) -> anyhow::Result<Reading> {
        let (input, files): (Vec<_>, Vec<_>) = self.sources.iter().cloned().partition(|it| it.as_os_str() == "-");
        let mut reading = Files::read_for_command(files, self.watch());
        if !input.is_empty() {
            let mut content = Vec::new();
            std::io::stdin().lock().read_to_end(&mut content).context("cannot read standard input")?;
            reading.files.push(RawFile::new("-", content.as_slice()).named());
        }
        Ok(reading)
    }

    /// How they are watched, unless told otherwise.
    fn watch(&self) -> WatchOptions {
        WatchOptions { limits: self.limits.options(), ..WatchOptions::default() }
    }

    /// What compiling needs.
    pub(super) fn settings(&self) -> anyhow::Result<Settings> {
        self.meaning.settings()
    }
}

impl Meaning {
    /// What compiling needs. Reads the descriptor sets.
    pub(super) fn settings(&self) -> anyhow::Result<Settings> {
        add_descriptors(&self.descriptors)?;
        // A variable that is set to nothing says nothing.
        let only = self.only_node.iter().filter(|it| !it.is_empty());
        let default_nodes =
            only.map(|id| NodeSelector { id: Some(Glob::exact(id)), ..NodeSelector::default() }).collect();
        Ok(Settings {
            management_cluster: self.management_cluster.as_str().into(),
            default_nodes,
            levels: self.lints.levels()?,
            static_clusters: self.static_cluster.iter().map(|it| it.as_str().into()).collect(),
            now: crate::app::seconds_now(),
        })
    }
}

impl Watch {
    pub(super) fn options(&self, usual: WatchOptions) -> WatchOptions {
        WatchOptions {
            quiet: Duration::from_millis(self.quiet_ms),
            at_most: Duration::from_millis(self.at_most_ms),
            poll: Duration::from_millis(self.poll_ms),
            force_poll: self.force_poll,
            ..usual
        }
    }
}

/// Reads descriptor sets and adds them to Envoy's own.
pub(super) fn add_descriptors(files: &[PathBuf]) -> anyhow::Result<()> {
    for path in files {
        let bytes = std::fs::read(path).with_context(|| format!("--descriptors {}", path.display()))?;
        crate::resource::add_descriptors(&bytes)
            .map_err(|error| anyhow::anyhow!("--descriptors {}: {error}", path.display()))?;
    }
    Ok(())
}

/// The runtime of the daemon and of commands that talk to one.
pub(super) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the async runtime")
}

/// Which build on which machine answers: constant, and small enough to be in every response.
fn identifier() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("chancery/{} {}", env!("CARGO_PKG_VERSION"), host.trim()).trim_end().to_owned()
}

fn admin_address(text: &str) -> Result<AdminListen, String> {
    if text == "off" {
        return Ok(AdminListen(None));
    }
    let address = text.parse().map_err(|_| "expected ADDRESS:PORT, such as 127.0.0.1:18002, or `off`".to_owned())?;
    Ok(AdminListen(Some(address)))
}

fn seconds(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=86_400.0).contains(&value) { Ok(value) } else { Err("must be between 0 and 86400".to_owned()) }
}
