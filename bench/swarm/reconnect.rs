//! The reconnect: what it takes to serve a swarm for the first time, when it comes back after its connections were cut, and
//! when it comes back to a daemon that was killed and started again.

use std::ffi::OsString;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use crate::contender::{Herd, herd};
use crate::corpus::Corpus;
use crate::envoy::{Kind, Plan};
use crate::known::Known;
use crate::request::{Protocol, node};
use crate::run::{SERVER_CPU, pin};
use crate::server::Server;
use crate::subject::{Subject, Trigger};
use crate::swarm::Swarm;
use crate::usage;

/// Measures the daemon.
#[derive(Debug, clap::Args)]
pub(crate) struct Reconnect {
    /// Envoys: connections with one ADS stream each.
    #[arg(long, default_value_t = 1000)]
    streams: usize,
    /// Clusters in the configuration, about 300 bytes each on the wire: a row of the table for each number.
    #[arg(long, default_value = "5000", value_delimiter = ',')]
    clusters: Vec<usize>,
    /// The incremental protocol.
    #[arg(long)]
    delta: bool,
    /// Clusters of type EDS: each Envoy subscribes to all endpoints by name.
    #[arg(long)]
    eds: bool,
    /// How many times the connections are cut.
    #[arg(long, default_value_t = 1)]
    cuts: usize,
    /// For how long the daemon is left alone before its memory is read, in seconds.
    #[arg(long, default_value_t = 2)]
    rest: u64,
    /// Measure the first connect only.
    #[arg(long)]
    first: bool,
    /// Size of the node in the first request.
    #[arg(long, default_value_t = 8192)]
    node_bytes: usize,
    /// The daemon.
    #[arg(long, default_value = "target/release/chancery")]
    server: PathBuf,
    /// Bound of each wait, in seconds.
    #[arg(long, default_value_t = 120)]
    limit: u64,
    /// Leave it to the kernel which CPU does what.
    #[arg(long)]
    no_pin: bool,
    /// More arguments for the daemon.
    #[arg(last = true)]
    server_args: Vec<OsString>,
}

/// What a swarm costs once it has all.
#[derive(Debug, Default, Clone, Copy)]
struct Cost {
    cpu_us: f64,
    wall_ms: f64,
    /// Resident, and that less what it was before the swarm came first.
    rss_kb: u64,
    kb_per_stream: f64,
    peak_kb: u64,
}

impl Reconnect {
    /// Measures, and prints the table.
    pub(crate) async fn run(&self) -> Result<()> {
        let cpu = (!self.no_pin && pin().await).then_some(SERVER_CPU);
        let (protocol, kind) = (if self.delta { "delta" } else { "SotW" }, if self.eds { "EDS" } else { "CDS" });
        println!("{} streams, {protocol} {kind}", self.streams);
        println!(
            "| clusters | | MB resident | of the first | peak, MB | KB per stream | CPU, us per stream | wall, ms |"
        );
        println!("|---|---|---|---|---|---|---|---|");
        for clusters in &self.clusters {
            self.row(*clusters, cpu).await?;
        }
        Ok(())
    }

    async fn row(&self, clusters: usize, cpu: Option<usize>) -> Result<()> {
        let corpus = Corpus::new(clusters, 1, self.eds)?;
        let plan = |known| Rc::new(self.plan(clusters, corpus.names(), known));
        let mut subject = self.daemon(&corpus, cpu).await?;
        let before = self.settled(&subject).await?;
        let (swarm, first) = self.measure(&subject, &plan(None), before).await?;
        let show = |what: &str, cost: Cost| {
            let Cost { cpu_us, wall_ms, rss_kb, kb_per_stream, peak_kb } = cost;
            let (rss, peak) = (rss_kb as f64 / 1024.0, peak_kb as f64 / 1024.0);
            let ratio = rss_kb as f64 / first.rss_kb as f64;
            println!(
                "| {clusters} | {what} | {rss:.1} | {ratio:.2} | {peak:.1} | {kb_per_stream:.1} | {cpu_us:.0} | {wall_ms:.0} |"
            );
        };
        show("first", first);
        if self.first {
            return subject.server.stop().await;
        }
        let known = plan(Some(Known::new(self.protocol(), &swarm.kept())?));
        drop(swarm);
        for _ in 0..self.cuts {
            self.settled(&subject).await?;
            let (_, cost) = self.measure(&subject, &known, before).await?;
            show("cut", cost);
        }
        subject.server.stop().await?;
        subject = self.daemon(&corpus, cpu).await?;
        let (_, cost) = self.measure(&subject, &known, before).await?;
        show("killed", cost);
        subject.server.stop().await
    }

    async fn measure(&self, subject: &Subject, plan: &Rc<Plan>, before: u64) -> Result<(Swarm, Cost)> {
        let pid = subject.server.pid;
        usage::reset_peak(pid)?;
        let (swarm, Herd { wall_ms, cpu_us_per_stream: cpu_us }) =
            herd(subject, plan, self.measured(), self.streams).await?;
        let rss_kb = self.settled(subject).await?;
        swarm.check()?;
        let kb_per_stream = (rss_kb as f64 - before as f64) / self.streams as f64;
        let peak_kb = usage::memory(pid, "VmHWM")?;
        Ok((swarm, Cost { cpu_us, wall_ms, rss_kb, kb_per_stream, peak_kb }))
    }

    /// The resident set once nothing has happened for a while.
    async fn settled(&self, subject: &Subject) -> Result<u64> {
        let pid = subject.server.pid;
        usage::idle(pid).await?;
        sleep(Duration::from_secs(self.rest)).await;
        usage::memory(pid, "VmRSS")
    }

    fn plan(&self, clusters: usize, names: Vec<String>, known: Option<Known>) -> Plan {
        let protocol = self.protocol();
        let endpoints = self.eds.then_some((Kind::Endpoints, clusters));
        // Clusters and listeners that a client has are not sent again, endpoints are.
        let first = if known.is_some() { 0 } else { clusters };
        let types = [Some((Kind::Clusters, first)), endpoints, Some((Kind::Listeners, 0))];
        let (kinds, expected) = types.into_iter().flatten().unzip();
        let (endpoint_names, node) = (protocol.names(names), node(self.node_bytes));
        Plan { protocol, kinds, endpoint_names, node, expected, known }
    }

    fn protocol(&self) -> Protocol {
        if self.delta { Protocol::Delta } else { Protocol::Sotw }
    }

    fn measured(&self) -> Kind {
        if self.eds { Kind::Endpoints } else { Kind::Clusters }
    }

    async fn daemon(&self, corpus: &Corpus, cpu: Option<usize>) -> Result<Subject> {
        let mut command = vec![self.server.clone().into(), "serve".into(), corpus.path().into()];
        command.extend(["--listen", "127.0.0.1:0", "--log", "json"].map(OsString::from));
        command.extend(self.server_args.iter().cloned());
        let limit = Duration::from_secs(self.limit);
        let server = Server::start(command, cpu, limit).await?;
        Ok(Subject::new(server, Trigger::Line, 0, limit))
    }
}
