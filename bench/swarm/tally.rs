//! What a swarm has seen, counted as it happens; whoever waits is woken when a round is complete, not at each ACK.

use std::cell::RefCell;
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::connection::Arrival;
use crate::envoy::Kind;
use crate::skim::Response;

/// One push, as the swarm saw it: the times are those of ACKs written.
#[derive(Debug)]
pub(crate) struct Push {
    pub(crate) first: Instant,
    pub(crate) median: Instant,
    pub(crate) last: Instant,
    /// Wire bytes that all streams got meanwhile, frame heads and all.
    pub(crate) bytes: u64,
    /// The response, equal on all streams but for its nonce.
    pub(crate) response: Response,
}

/// The swarm's memory.
#[derive(Debug)]
pub(crate) struct Tally {
    counts: RefCell<Counts>,
    complete: Notify,
}

#[derive(Debug)]
struct Counts {
    measured: Kind,
    streams: Vec<Stream>,
    synced: usize,
    last_synced: Option<Instant>,
    bytes: u64,
    round: u64,
    acks: Vec<Instant>,
    kept: Vec<(Kind, Vec<u8>)>,
    failure: Option<String>,
}

#[derive(Debug, Default, Clone)]
struct Stream {
    is_synced: bool,
    round: u64,
    latest: Response,
}

impl Tally {
    /// A tally of so many streams, which measures pushes of one type.
    pub(crate) fn new(streams: usize, measured: Kind) -> Self {
        let counts = Counts {
            measured,
            streams: vec![Stream::default(); streams],
            synced: 0,
            last_synced: None,
            bytes: 0,
            round: 0,
            acks: Vec::with_capacity(streams),
            kept: Vec::new(),
            failure: None,
        };
        Self { counts: RefCell::new(counts), complete: Notify::new() }
    }

    /// Counts bytes that were read.
    pub(crate) fn read(&self, bytes: usize) {
        self.counts.borrow_mut().bytes += bytes as u64;
    }

    /// Counts a response whose ACK is on its way.
    pub(crate) fn acked(&self, stream: usize, mut arrival: Arrival) {
        let mut counts = self.counts.borrow_mut();
        let message = std::mem::take(&mut arrival.response.message);
        if !message.is_empty() {
            counts.kept.push((arrival.kind, message));
        }
        if arrival.kind != counts.measured {
            return;
        }
        let round = counts.round;
        let it = &mut counts.streams[stream];
        it.latest = arrival.response;
        if std::mem::replace(&mut it.round, round) != round {
            counts.acks.push(Instant::now());
        }
        if counts.acks.len() == counts.streams.len() {
            self.complete.notify_one();
        }
    }

    /// Counts a stream that has all it asked for.
    pub(crate) fn synced(&self, stream: usize) {
        let mut counts = self.counts.borrow_mut();
        if !std::mem::replace(&mut counts.streams[stream].is_synced, true) {
            counts.synced += 1;
            counts.last_synced = Some(Instant::now());
            if counts.synced == counts.streams.len() {
                self.complete.notify_one();
            }
        }
    }

    /// A stream has ended: the run is void.
    pub(crate) fn failed(&self, stream: usize, reason: &anyhow::Error) {
        self.counts.borrow_mut().failure.get_or_insert_with(|| format!("stream {stream}: {reason:#}"));
        self.complete.notify_one();
    }

    /// An error if a stream has ended.
    pub(crate) fn check(&self) -> Result<()> {
        match &self.counts.borrow().failure {
            Some(failure) => bail!("{failure}"),
            None => Ok(()),
        }
    }

    /// The latest response of the measured type, as the first stream got it.
    pub(crate) fn held(&self) -> Response {
        self.counts.borrow().streams.first().map(|it| it.latest.clone()).unwrap_or_default()
    }

    /// The messages that were kept.
    pub(crate) fn kept(&self) -> Vec<(Kind, Vec<u8>)> {
        self.counts.borrow().kept.clone()
    }

    /// From here on, responses belong to a new round.
    pub(crate) fn begin_round(&self) {
        let mut counts = self.counts.borrow_mut();
        counts.round += 1;
        counts.bytes = 0;
        counts.acks.clear();
    }

    /// Waits until each stream has had everything once; when the last one had.
    pub(crate) async fn all_synced(&self, limit: Duration) -> Result<Instant> {
        self.until(limit, |counts| counts.last_synced.filter(|_| counts.synced == counts.streams.len())).await
    }

    /// Waits until each stream has ACKed a response of this round, and all the same one.
    pub(crate) async fn all_acked(&self, limit: Duration) -> Result<Push> {
        self.until(limit, Counts::push).await
    }

    async fn until<T>(&self, limit: Duration, mut found: impl FnMut(&mut Counts) -> Option<T>) -> Result<T> {
        let search = async {
            loop {
                if let Some(failure) = &self.counts.borrow().failure {
                    bail!("{failure}");
                }
                if let Some(it) = found(&mut self.counts.borrow_mut()) {
                    return Ok(it);
                }
                self.complete.notified().await;
            }
        };
        match timeout(limit, search).await {
            Ok(it) => it,
            Err(_) => bail!("after {limit:?}: {}", self.counts.borrow().state()),
        }
    }
}

impl Counts {
    fn push(&mut self) -> Option<Push> {
        let (head, rest) = self.streams.split_first()?;
        let is_alike = |it: &Stream| {
            let (a, b) = (&it.latest, &head.latest);
            (a.checksum, a.resources, a.removed, &a.version) == (b.checksum, b.resources, b.removed, &b.version)
        };
        if self.acks.len() < self.streams.len() || !rest.iter().all(is_alike) {
            return None;
        }
        let (first, last) = (*self.acks.first()?, *self.acks.last()?);
        let median = self.acks[self.acks.len() / 2];
        Some(Push { first, median, last, bytes: self.bytes, response: head.latest.clone() })
    }

    fn state(&self) -> String {
        let mut versions: Vec<&str> = self.streams.iter().map(|it| it.latest.version.as_str()).collect();
        versions.sort_unstable();
        versions.dedup();
        let (all, synced, acked, bytes) = (self.streams.len(), self.synced, self.acks.len(), self.bytes);
        let (count, sample) = (versions.len(), &versions[..versions.len().min(3)]);
        format!(
            "of {all} streams {synced} synced, {acked} ACKed in this round; {bytes} bytes; {count} versions, such as {sample:?}"
        )
    }
}
