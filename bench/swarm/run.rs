//! The run: the daemon and, if asked for, the floor; connect, warm up, push in turns, print.

use std::ffi::OsString;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::process::Command;

use crate::contender::{Contender, Figures, Herd, herd};
use crate::corpus::Corpus;
use crate::envoy::{Kind, Plan};
use crate::request::{Protocol, node};
use crate::server::Server;
use crate::subject::{Sample, Subject, Trigger};
use crate::table::{Row, median, table};

/// Measures the daemon.
#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// Envoys: connections with one ADS stream each.
    #[arg(long, default_value_t = 1000)]
    streams: usize,
    /// Clusters in the configuration, about 300 bytes each on the wire.
    #[arg(long, default_value_t = 1000)]
    clusters: usize,
    /// Documents that the clusters are spread over.
    #[arg(long, default_value_t = 1)]
    documents: usize,
    /// Clusters that an edit changes: by default all, with `--delta` one.
    #[arg(long)]
    change: Option<usize>,
    /// The incremental protocol.
    #[arg(long)]
    delta: bool,
    /// Clusters of type EDS: each Envoy subscribes to all endpoints by name, and edits change these only.
    #[arg(long)]
    eds: bool,
    /// Do not ask for listeners.
    #[arg(long)]
    no_lds: bool,
    /// Measured pushes, after one to warm up.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Measure the connecting of all Envoys at once in each round, too.
    #[arg(long)]
    connect: bool,
    /// Take turns with the floor server.
    #[arg(long)]
    floor: bool,
    /// Size of the node in the first request.
    #[arg(long, default_value_t = 8192)]
    node_bytes: usize,
    /// How long the directory must be quiet before the daemon reads an edit.
    #[arg(long, default_value_t = 5)]
    quiet_ms: u64,
    /// The daemon.
    #[arg(long, default_value = "target/release/chancery")]
    server: PathBuf,
    /// Bound of each wait, in seconds.
    #[arg(long, default_value_t = 60)]
    limit: u64,
    /// Leave it to the kernel which CPU does what.
    #[arg(long)]
    no_pin: bool,
    /// More arguments for the daemon.
    #[arg(last = true)]
    server_args: Vec<OsString>,
}

/// The CPU of the servers, which take turns, and that of the swarm.
pub(crate) const SERVER_CPU: usize = 0;
const SWARM_CPU: usize = 1;

impl Run {
    /// Measures, and prints the table.
    pub(crate) async fn run(&self) -> Result<()> {
        let is_pinned = !self.no_pin && pin().await;
        println!("{}, {}", self.title(), if is_pinned { "server on CPU 0, swarm on CPU 1" } else { "not pinned" });
        let cpu = is_pinned.then_some(SERVER_CPU);
        let corpus = Corpus::new(self.clusters, self.documents, self.eds)?;
        let plan = Rc::new(self.plan(self.kinds(), corpus.names()));
        let mut subject = self.daemon(corpus, cpu).await?;
        let alone = self.alone(&mut subject, &plan).await?;
        let mut daemon = Contender::join(subject, plan, self.measured(), self.streams, alone).await?;
        let mut floor = if self.floor { Some(self.floor_like(&daemon, cpu).await?) } else { None };
        for _ in 0..self.rounds {
            daemon.round().await?;
            if let Some(floor) = &mut floor {
                floor.round().await?;
            }
        }
        let herds = if self.connect { self.rounds } else { 0 };
        let floor = match floor {
            Some(it) => it.finish(herds).await?,
            None => Figures::default(),
        };
        let daemon = daemon.finish(herds).await?;
        print!("{}", table(&rows(&daemon, &floor), self.floor));
        Ok(())
    }

    fn title(&self) -> String {
        let protocol = if self.delta { "delta" } else { "SotW" };
        let kind = if self.eds { "EDS" } else { "CDS" };
        let (streams, clusters, changed) = (self.streams, self.clusters, self.changed());
        format!("{streams} streams, {clusters} clusters, {changed} changed, {protocol} {kind}, {} rounds", self.rounds)
    }

    fn changed(&self) -> usize {
        self.change.unwrap_or(if self.delta { 1 } else { self.clusters }).min(self.clusters)
    }

    /// Resources in a push: SotW sends clusters all or none, and this server all endpoints asked for.
    fn pushed(&self) -> usize {
        if self.delta { self.changed() } else { self.clusters }
    }

    fn measured(&self) -> Kind {
        if self.eds { Kind::Endpoints } else { Kind::Clusters }
    }

    fn kinds(&self) -> Vec<Kind> {
        let optional = [(self.eds, Kind::Endpoints), (!self.no_lds, Kind::Listeners)];
        let optional = optional.into_iter().filter(|(is_wanted, _)| *is_wanted).map(|(_, kind)| kind);
        [Kind::Clusters].into_iter().chain(optional).collect()
    }

    fn plan(&self, kinds: Vec<Kind>, names: Vec<String>) -> Plan {
        let protocol = if self.delta { Protocol::Delta } else { Protocol::Sotw };
        let expected = vec![0; kinds.len()];
        let (endpoint_names, node) = (protocol.names(names), node(self.node_bytes));
        Plan { protocol, kinds, endpoint_names, node, expected, known: None }
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(self.limit)
    }

    async fn daemon(&self, corpus: Corpus, cpu: Option<usize>) -> Result<Subject> {
        let mut command = vec![self.server.clone().into(), "serve".into(), corpus.path().into()];
        let quiet = self.quiet_ms.to_string();
        let options = ["--listen", "127.0.0.1:0", "--log", "json", "--quiet-ms", &quiet];
        command.extend(options.map(OsString::from));
        command.extend(self.server_args.iter().cloned());
        let server = Server::start(command, cpu, self.limit()).await?;
        let trigger = Trigger::Edit { corpus, changed: self.changed() };
        Ok(Subject::new(server, trigger, self.pushed(), self.limit()))
    }

    /// Pushes to one stream only.
    async fn alone(&self, subject: &mut Subject, plan: &Rc<Plan>) -> Result<Vec<f64>> {
        let (swarm, _) = herd(subject, plan, self.measured(), 1).await?;
        subject.push(&swarm, 1).await?;
        let mut cpu = Vec::new();
        for _ in 0..self.rounds {
            cpu.push(subject.push(&swarm, 1).await?.cpu);
        }
        Ok(cpu)
    }

    /// A floor that sends as much as the daemon did; it has one type, so that is all that its swarm asks for.
    async fn floor_like(&self, daemon: &Contender, cpu: Option<usize>) -> Result<Contender> {
        let (first, push) = daemon.sizes();
        let mut command = vec![std::env::current_exe().context("finding this program")?.into(), "floor".into()];
        let numbers = [
            ("--first-resources", first.resources),
            ("--first-bytes", first.bytes),
            ("--push-resources", push.resources),
            ("--push-bytes", push.bytes),
        ];
        command.extend(["--type-url", self.measured().url()].map(OsString::from));
        command.extend(numbers.into_iter().flat_map(|(name, value)| [name.into(), value.to_string().into()]));
        let server = Server::start(command, cpu, self.limit()).await?;
        let subject = Subject::new(server, Trigger::Line, push.resources, self.limit());
        let names = (0..self.clusters).map(|it| format!("cluster-{it:06}")).collect();
        let plan = Rc::new(self.plan(vec![self.measured()], names));
        Contender::join(subject, plan, self.measured(), self.streams, Vec::new()).await
    }
}

/// Keeps this process to the swarm's CPU; whether that is possible.
pub(crate) async fn pin() -> bool {
    let pid = std::process::id().to_string();
    let cpu = SWARM_CPU.to_string();
    Command::new("taskset").args(["-cp", &cpu, &pid]).output().await.is_ok_and(|it| it.status.success())
}

fn rows(daemon: &Figures, floor: &Figures) -> Vec<Row> {
    let of = |what: &str, figure: fn(&Sample) -> f64| {
        let all = |it: &Figures| it.samples.iter().map(figure).collect();
        Row::new(what, all(daemon), all(floor))
    };
    let noticed = |it: &Figures| it.samples.iter().filter_map(|it| it.noticed).collect();
    let once = |what: &str, figure: fn(&Figures) -> f64| {
        let all = |it: &Figures| if it.samples.is_empty() { Vec::new() } else { vec![figure(it)] };
        Row::new(what, all(daemon), all(floor))
    };
    let herds = |what: &str, figure: fn(&Herd) -> f64| {
        let all = |it: &Figures| it.herds.iter().map(figure).collect();
        Row::new(what, all(daemon), all(floor))
    };
    vec![
        of("server CPU of a push, ms", |it| it.cpu),
        Row::new("… of it to read and build the edit (one stream), ms", daemon.alone.clone(), Vec::new()),
        Row::new("… and the rest, ms", the_rest(daemon), floor.samples.iter().map(|it| it.cpu).collect()),
        of("edit to first ACK, ms", |it| it.first),
        of("edit to median ACK, ms", |it| it.median),
        of("edit to last ACK, ms", |it| it.last),
        Row::new("noticed to last ACK, server's clock, ms", noticed(daemon), noticed(floor)),
        of("swarm CPU, ms", |it| it.client_cpu),
        of("bytes per stream", |it| it.bytes_per_stream),
        once("idle, KB per stream", |it| it.idle_kb),
        once("resident when idle, MB", |it| it.rss_mb),
        once("peak of the pushes, MB", |it| it.peak_mb),
        herds("connect and sync all, ms", |it| it.wall_ms),
        herds("connect and sync, server CPU us per stream", |it| it.cpu_us_per_stream),
    ]
}

/// What a push costs above a push to one stream; nothing, where that is less than the latter varies by.
fn the_rest(daemon: &Figures) -> Vec<f64> {
    let alone = median(&daemon.alone).unwrap_or(0.0);
    let spread = daemon.alone.iter().fold(0.0, |most: f64, it| most.max((it - alone).abs()));
    let rest: Vec<f64> = daemon.samples.iter().map(|it| it.cpu - alone).collect();
    if median(&rest).is_some_and(|it| it > 2.0 * spread) { rest } else { Vec::new() }
}
