//! A server under test together with what makes it push; one measured push at a time.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::time::Instant;

use crate::corpus::Corpus;
use crate::server::Server;
use crate::skim::Response;
use crate::swarm::Swarm;
use crate::usage::{self, Cpu};

/// How long the server's own view of a push may lag behind the swarm's.
const MILESTONE: Duration = Duration::from_secs(2);

/// What makes a server push.
#[derive(Debug)]
pub(crate) enum Trigger {
    /// An edit of so many clusters.
    Edit { corpus: Corpus, changed: usize },
    /// A line on stdin.
    Line,
}

/// A server and its trigger.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) server: Server,
    pub(crate) trigger: Trigger,
    /// Resources that each push must hold.
    pub(crate) resources: usize,
    pub(crate) limit: Duration,
    pub(crate) latest: Response,
}

/// One push, in milliseconds from the trigger.
#[derive(Debug, Default, Clone)]
pub(crate) struct Sample {
    pub(crate) first: f64,
    pub(crate) median: f64,
    pub(crate) last: f64,
    /// The server's own clock, if its log told: edit noticed to last ACK seen.
    pub(crate) noticed: Option<f64>,
    pub(crate) cpu: f64,
    pub(crate) client_cpu: f64,
    pub(crate) bytes_per_stream: f64,
}

impl Subject {
    /// A server that has not pushed yet.
    pub(crate) fn new(server: Server, trigger: Trigger, resources: usize, limit: Duration) -> Self {
        Self { server, trigger, resources, limit, latest: Response::default() }
    }

    /// Triggers a push and waits until all of the swarm have ACKed it.
    pub(crate) async fn push(&mut self, swarm: &Swarm, streams: usize) -> Result<Sample> {
        usage::idle(self.server.pid).await?;
        self.server.forget();
        swarm.begin_round();
        let own = std::process::id();
        let (cpu, client) = (Cpu::of(self.server.pid)?, Cpu::of(own)?);
        let begun = self.trigger().await?;
        let push = swarm.pushed(self.limit).await?;
        let client_cpu = Cpu::of(own)?.since(&client);
        let milestone = self.server.milestone(streams as u64, MILESTONE).await;
        let cpu = Cpu::of(self.server.pid)?.since(&cpu);
        self.verify(push.response)?;
        Ok(Sample {
            first: ms(push.first - begun),
            median: ms(push.median - begun),
            last: ms(push.last - begun),
            noticed: milestone.map(|it| it.after_ms),
            cpu: ms(cpu),
            client_cpu: ms(client_cpu),
            bytes_per_stream: push.bytes as f64 / streams as f64,
        })
    }

    async fn trigger(&mut self) -> Result<Instant> {
        match &mut self.trigger {
            Trigger::Edit { corpus, changed } => corpus.edit(*changed).context("editing"),
            Trigger::Line => {
                let begun = Instant::now();
                self.server.say("push\n").await?;
                Ok(begun)
            }
        }
    }

    /// A figure for a push of something else would be worse than none.
    fn verify(&mut self, response: Response) -> Result<()> {
        if response.resources != self.resources {
            bail!("a push held {} resources, not {}", response.resources, self.resources);
        }
        if (&response.version, response.checksum) == (&self.latest.version, self.latest.checksum) {
            bail!("a push held what the one before did");
        }
        self.latest = response;
        Ok(())
    }
}

/// Milliseconds.
pub(crate) fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
