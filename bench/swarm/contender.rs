//! One server in the run, from connecting its swarm to its end, and the figures it makes on the way.

use std::rc::Rc;

use anyhow::Result;

use crate::envoy::{Kind, Plan};
use crate::skim::Response;
use crate::subject::{Sample, Subject, ms};
use crate::swarm::Swarm;
use crate::usage::{self, Cpu};

/// Everything about one server.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// CPU of pushes to a single stream, which is that of reading, building and encoding an edit.
    pub(crate) alone: Vec<f64>,
    pub(crate) herds: Vec<Herd>,
    /// What a connected stream that waits adds to the resident set.
    pub(crate) idle_kb: f64,
    pub(crate) rss_mb: f64,
    pub(crate) peak_mb: f64,
    pub(crate) samples: Vec<Sample>,
}

/// What connecting a whole swarm took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Herd {
    pub(crate) wall_ms: f64,
    pub(crate) cpu_us_per_stream: f64,
}

/// A server with its swarm connected.
pub(crate) struct Contender {
    subject: Subject,
    swarm: Swarm,
    plan: Rc<Plan>,
    measured: Kind,
    streams: usize,
    /// A stream's first response of the measured type.
    first: Response,
    figures: Figures,
}

impl Contender {
    /// Connects the swarm, weighs it, and warms up with one push.
    pub(crate) async fn join(
        mut subject: Subject,
        plan: Rc<Plan>,
        measured: Kind,
        streams: usize,
        alone: Vec<f64>,
    ) -> Result<Self> {
        let pid = subject.server.pid;
        usage::idle(pid).await?;
        let before = usage::memory(pid, "VmRSS")?;
        let (swarm, herd) = herd(&subject, &plan, measured, streams).await?;
        usage::idle(pid).await?;
        let after = usage::memory(pid, "VmRSS")?;
        let idle_kb = (after as f64 - before as f64) / streams as f64;
        let figures =
            Figures { alone, herds: vec![herd], idle_kb, rss_mb: after as f64 / 1024.0, ..Figures::default() };
        let first = swarm.held();
        subject.push(&swarm, streams).await?;
        usage::reset_peak(pid)?;
        Ok(Self { subject, swarm, plan, measured, streams, first, figures })
    }

    /// A stream's first response and a push: what the floor has to match in size.
    pub(crate) fn sizes(&self) -> (&Response, &Response) {
        (&self.first, &self.subject.latest)
    }

    /// One measured push.
    pub(crate) async fn round(&mut self) -> Result<()> {
        let sample = self.subject.push(&self.swarm, self.streams).await?;
        self.figures.samples.push(sample);
        Ok(())
    }

    /// Lets the swarm go, has it come back so many times, and ends the server.
    pub(crate) async fn finish(mut self, herds: usize) -> Result<Figures> {
        self.figures.peak_mb = usage::memory(self.subject.server.pid, "VmHWM")? as f64 / 1024.0;
        drop(self.swarm);
        for _ in 0..herds {
            let (swarm, herd) = herd(&self.subject, &self.plan, self.measured, self.streams).await?;
            self.figures.herds.push(herd);
            drop(swarm);
        }
        self.subject.server.stop().await?;
        Ok(self.figures)
    }
}

/// Connects a swarm and waits until it has everything.
pub(crate) async fn herd(subject: &Subject, plan: &Rc<Plan>, measured: Kind, streams: usize) -> Result<(Swarm, Herd)> {
    let pid = subject.server.pid;
    usage::idle(pid).await?;
    let cpu = Cpu::of(pid)?;
    let swarm = Swarm::connect(subject.server.address, streams, plan, measured);
    let wall_ms = ms(swarm.synced(subject.limit).await?);
    let cpu = Cpu::of(pid)?.since(&cpu);
    let herd = Herd { wall_ms, cpu_us_per_stream: cpu.as_secs_f64() * 1e6 / streams as f64 };
    Ok((swarm, herd))
}
