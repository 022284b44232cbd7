//! Binds everything, then runs it: source → loader → cache → streams.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{broadcast, watch};
use tracing::{debug, info, warn};

use super::{Config, Loaded, Loader};
use crate::admin;
use crate::cache::Cache;
use crate::delivery::{Book, Notice};
use crate::fleet::{Event, Observer};
use crate::lifecycle::{BoxError, Drain, DrainTrigger, Tasks, Worker, drain};
use crate::source::{Files, Reading};
use crate::telemetry::{Journal, Told};
use crate::transport::grpc::{Health, Server};

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
}

/// Binds all ports. What can fail at start fails here.
///
/// # Errors
/// When an address cannot be bound.
pub async fn bind(config: Config) -> anyhow::Result<Bound> {
    let cache = Arc::new(Cache::new(config.delivery.clone()));
    let journal = Arc::new(Journal::default());
    let (trigger, drain) = drain();
    let server = Server::bind(config.listen, cache.clone(), journal.clone(), config.grpc.clone(), drain.clone())
        .await
        .with_context(|| format!("cannot listen on {}; choose another address with --listen", config.listen))?;
    let book = Arc::new(Mutex::new(Book::default()));
    let admin = match config.admin {
        Some(address) => {
            let bound = admin::Server::bind(address, cache.clone(), book.clone(), drain.clone()).await;
            let advice = "choose another address with --admin-listen, or `--admin-listen off`";
            Some(bound.with_context(|| format!("cannot listen on {address} for admin pages; {advice}"))?)
        }
        None => None,
    };
    Ok(Bound { config, cache, journal, server, admin, book, trigger, drain })
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

    /// Everything that happens from now on.
    pub fn observe(&self) -> broadcast::Receiver<Told> {
        self.journal.subscribe()
    }

    /// Runs until `shutdown`, then drains: streams end, and what has not ended by the deadline is cut off.
    ///
    /// # Errors
    /// When a part of the daemon ends by itself; none may.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        let Self { config, cache, journal, server, admin, book, trigger, drain } = self;
        if let Some(admin) = &admin {
            info!(address = %admin.address(), "admin pages");
        }
        info!(address = %server.address(), "listening");
        let health = server.health();
        let (readings, received) = watch::channel(None);
        let mut tasks = Tasks::new(drain.clone());
        let source = Files::new(config.sources.clone(), config.watch.clone());
        let clock = {
            let (cache, drain) = (cache.clone(), drain.clone());
            async move {
                tokio::select! { () = cache.run() => {}, () = drain.signalled() => {} }
                Ok::<(), BoxError>(())
            }
        };
        tasks.spawner().spawn("delivery", clock);
        tasks.spawner().spawn("book", keep(cache.notices(), book.clone(), drain.clone()));
        let loading = Loading {
            cache,
            journal,
            book,
            health: health.clone(),
            loader: Loader::new(config.settings.clone(), config.isolation),
        };
        tasks.spawner().spawn("source", source.run(readings, drain.clone()));
        tasks.spawner().spawn("loader", loading.run(received, drain.clone()));
        tasks.spawner().spawn("grpc", server.run());
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

/// The way from readings to published generations.
struct Loading {
    cache: Arc<Cache>,
    journal: Arc<Journal>,
    book: Arc<Mutex<Book>>,
    health: Health,
    loader: Loader,
}

impl Loading {
    async fn run(self, mut readings: watch::Receiver<Option<Arc<Reading>>>, drain: Drain) -> Result<(), BoxError> {
        let Self { cache, journal, book, health, mut loader } = self;
        // A thread of its own: compiling must not hold up streams, and the descriptors are kept for each thread.
        let worker = Worker::start("loader", move |reading: Arc<Reading>| {
            loader.set_now(seconds_now());
            (loader.load(&reading), reading)
        })?;
        loop {
            tokio::select! {
                changed = readings.changed() => if changed.is_err() { return Ok(()) },
                () = drain.signalled() => return Ok(()),
            }
            let Some(reading) = readings.borrow_and_update().clone() else { continue };
            let (loaded, reading) = worker.call(reading).await?;
            tell(&journal, &loaded);
            let Some(generation) = loaded.generation else { continue };
            let (number, documents) = (generation.number, generation.documents().len());
            debug!(generation = number, version = %generation.version, documents, "loaded");
            // Before the views change: the first ACK may come before this task runs again.
            journal.observe(Event::Published { generation: number, changed: reading.content_changed_at.elapsed() });
            book.lock().unwrap_or_else(PoisonError::into_inner).published(number, generation.version, millis_now());
            cache.publish(generation);
            health.set(true).await;
        }
    }
}

/// Keeps the book of what becomes of generations.
async fn keep(mut notices: UnboundedReceiver<Notice>, book: Arc<Mutex<Book>>, drain: Drain) -> Result<(), BoxError> {
    loop {
        let notice = tokio::select! {
            notice = notices.recv() => notice,
            () = drain.signalled() => None,
        };
        let Some(notice) = notice else { return Ok(()) };
        book.lock().unwrap_or_else(PoisonError::into_inner).tell(&notice, millis_now());
    }
}

/// Logs what is wrong with the documents, and what stays in service.
fn tell(journal: &Journal, loaded: &Loaded) {
    for (file, reason) in &loaded.skipped {
        debug!(%file, reason, "skipped");
    }
    journal.faults(&loaded.diagnostics);
    for file in &loaded.broken {
        warn!(%file, "the last good version stays in service, if there was one");
    }
}

/// Seconds since 1970; 0 for a clock that is not set.
pub fn seconds_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs() as i64)
}

/// Milliseconds since 1970.
fn millis_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_millis() as u64)
}
