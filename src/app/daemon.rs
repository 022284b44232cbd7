//! Binds everything, then runs it: source → loader → cache → streams.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use tokio::sync::{broadcast, oneshot, watch};
use tracing::{info, warn};

use super::keeper::Keeper;
use super::loading::Loading;
use super::{Config, Loader};
use crate::admin;
use crate::cache::Cache;
use crate::delivery::{Book, Ending, Notice};
use crate::fleet::{Event, Observer};
use crate::lifecycle::{BoxError, Drain, DrainTrigger, Tasks, drain};
use crate::net::{Budget, raise_limit};
use crate::source::{Files, Reread};
use crate::spec::RawFile;
use crate::telemetry::{Journal, Told, WINDOW};
use crate::transport::grpc::Server;

/// For how long those who come back wait for the first reading of the documents, where there is something from before.
/// That may be older than what they have: a disk was full.
const FIRST: Duration = Duration::from_secs(2);

/// A daemon whose ports are bound and which does not serve yet.
#[derive(Debug)]
pub struct Bound {
    config: Config,
    cache: Arc<Cache>,
    journal: Arc<Journal>,
    server: Server,
    admin: Option<admin::Server>,
    book: Arc<Mutex<Book>>,
    trigger: DrainTrigger,
    drain: Drain,
    loader: Loader,
    keeper: Keeper,
    source: Files,
    /// What was in service when the daemon last ran.
    remembered: Vec<RawFile>,
}

/// Binds all ports. What can fail at start fails here.
///
/// # Errors
/// When an address cannot be bound.
pub async fn bind(config: Config) -> anyhow::Result<Bound> {
    let cache = Arc::new(Cache::new(config.delivery.clone()));
    let journal = Arc::new(Journal::default());
    let (trigger, drain) = drain();
    let mut grpc = config.grpc.clone();
    // What an unanswered response holds back is sent before its stage runs out.
    let budget = Budget::of(raise_limit());
    grpc.max_connections = grpc.max_connections.min(budget.clients);
    grpc.limits.unanswered_bound = grpc.limits.unanswered_bound.min(config.delivery.stage_timeout / 2);
    let server = Server::bind(config.listen, cache.clone(), journal.clone(), grpc, drain.clone())
        .await
        .with_context(|| format!("cannot listen on {}; choose another address with --listen", config.listen))?;
    let book = Arc::new(Mutex::new(Book::default()));
    let admin = match config.admin {
        Some(address) => {
            let bound = admin::Server::bind(address, cache.clone(), book.clone(), drain.clone(), budget.admin).await;
            let advice = "choose another address with --admin-listen, or `--admin-listen off`";
            Some(bound.with_context(|| format!("cannot listen on {address} for admin pages; {advice}"))?)
        }
        None => None,
    };
    let mut loader = Loader::new(config.settings.clone(), config.isolation);
    let (keeper, remembered) = match &config.state {
        Some(state) => Keeper::open(state, &config.sources, &mut loader, &cache, &config.settings)?,
        None => (Keeper::default(), Vec::new()),
    };
    if let Some(good) = cache.generation() {
        {
            let ending = Ending::Promoted { accepted: 0, silent: 0 };
            let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
            book.published(good.number, good.version, unix_ms());
            book.tell(&Notice::Ended { generation: good.number, ending }, unix_ms());
        }
        journal.observe(Event::Published { generation: good.number, changed: Duration::ZERO });
        server.health().set(true).await;
    }
    let mut source = Files::new(config.sources.clone(), config.watch.clone());
    source.remember(&remembered);
    Ok(Bound { config, cache, journal, server, admin, book, trigger, drain, loader, keeper, source, remembered })
}

impl Bound {
    /// Where gRPC listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Where the admin pages are.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(admin::Server::address)
    }

    /// What asks for all documents to be read again, now.
    pub fn reread(&self) -> Reread {
        self.source.reread()
    }

    /// Everything that happens from now on.
    pub fn observe(&self) -> broadcast::Receiver<Told> {
        self.journal.subscribe()
    }

    /// Runs until `shutdown`, then drains: streams end, and what has not ended by the deadline is cut off.
    ///
    /// # Errors
    /// When a part of the daemon ends by itself; none may.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        let Self { config, cache, journal, server, admin, book, trigger, drain, loader, keeper, source, remembered } =
            self;
        if let Some(admin) = &admin {
            info!(address = %admin.address(), "admin pages");
        }
        let (connections, per_address) = server.max_connections();
        info!(address = %server.address(), connections, per_address, "listening");
        let health = server.health();
        let (readings, received) = watch::channel(None);
        let mut tasks = Tasks::new(drain.clone());
        let clock = {
            let (cache, drain) = (cache.clone(), drain.clone());
            async move {
                tokio::select! { () = cache.run() => {}, () = drain.signalled() => {} }
                Ok::<(), BoxError>(())
            }
        };
        let settings = config.settings.clone();
        tasks.spawner().spawn("log", summaries(journal.clone(), drain.clone()));
        let loading = Loading { cache, journal, book, health: health.clone(), settings, keeper };
        tasks.spawner().spawn("delivery", clock);
        tasks.spawner().spawn("source", source.run(readings, drain.clone()));
        let (first, loaded) = oneshot::channel();
        let patience = if remembered.is_empty() { Duration::ZERO } else { FIRST };
        let serving = {
            let drain = drain.clone();
            async move {
                tokio::select! {
                    _ = loaded => {}
                    () = tokio::time::sleep(patience) => {}
                    () = drain.signalled() => {}
                }
                server.run().await
            }
        };
        tasks.spawner().spawn("loader", loading.run(loader, received, drain.clone(), first));
        tasks.spawner().spawn("grpc", serving);
        if let Some(admin) = admin {
            tasks.spawner().spawn("admin", admin.run());
        }
        let early = tokio::select! {
            failure = tasks.failed() => Some(failure),
            () = shutdown => None,
        };
        info!(deadline_s = config.drain_deadline.as_secs_f64(), "draining");
        health.set(false).await;
        trigger.start();
        let late = tasks.join(config.drain_deadline).await;
        if !late.is_empty() {
            warn!(tasks = ?late, "cut off at the deadline");
        }
        info!("stopped");
        early.map_or(Ok(()), |failure| Err(failure.into()))
    }
}

/// Says from time to time how many log lines were left out.
async fn summaries(journal: Arc<Journal>, drain: Drain) -> Result<(), BoxError> {
    while !drain.is_signalled() {
        tokio::select! { () = tokio::time::sleep(WINDOW) => {}, () = drain.signalled() => {} }
        journal.summarise();
    }
    Ok(())
}

/// Seconds since 1970; 0 for a clock that is not set.
pub fn seconds_now() -> i64 {
    (unix_ms() / 1000) as i64
}

/// Milliseconds since 1970; 0 for a clock that is not set.
pub fn unix_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_millis() as u64)
}
