//! The way from readings to published generations, and the way back of verdicts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{oneshot, watch};
use tracing::{debug, warn};

use super::keeper::Keeper;
use super::loader::{Culprit, Loaded, Loader};
use super::{seconds_now, unix_ms};
use crate::cache::Cache;
use crate::compile::Settings;
use crate::delivery::{Book, Ending, Nack, Notice};
use crate::fleet::{Event, Milestone, Observer};
use crate::judge::{self, Placed, Refusal};
use crate::lifecycle::{BoxError, Drain, TaskFailure, Worker};
use crate::resource::Node;
use crate::snapshot::Generation;
use crate::source::Reading;
use crate::spec::RawFile;
use crate::telemetry::Journal;
use crate::transport::grpc::Health;

/// What this needs of the rest of the daemon.
pub(super) struct Loading {
    pub(super) cache: Arc<Cache>,
    pub(super) journal: Arc<Journal>,
    pub(super) book: Arc<Mutex<Book>>,
    pub(super) health: Health,
    pub(super) settings: Settings,
    pub(super) keeper: Keeper,
}

/// Something for the loader's thread.
enum Job {
    Load(Arc<Reading>),
    Accept(u64),
    Refuse(u64, Vec<Culprit>),
    Retry,
    Place(Arc<Generation>, Nack),
}

/// What came of it.
enum Done {
    Loaded(Box<Loaded>, Vec<RawFile>),
    Placed(Placed),
    Noted,
}

type Thread = Worker<Job, Done>;

impl Loading {
    /// Runs until the drain. `first` is told when the first reading is loaded, good or not.
    pub(super) async fn run(
        mut self,
        loader: Loader,
        mut readings: watch::Receiver<Option<Arc<Reading>>>,
        drain: Drain,
        first: oneshot::Sender<()>,
    ) -> Result<(), BoxError> {
        let mut notices = self.cache.notices();
        let mut milestones = self.journal.milestones();
        // A thread of its own: compiling must not hold up streams, and the descriptors are kept for each thread.
        let settings = self.settings.clone();
        let thread = Worker::start("loader", work(loader, settings))?;
        let mut verdicts = Verdicts::default();
        let mut first = Some(first);
        loop {
            let mut since = tokio::time::Instant::now().into_std();
            let job = tokio::select! {
                // What has become of the last generation is heard before the next is made.
                biased;
                () = drain.signalled() => return Ok(()),
                notice = notices.recv() => match notice {
                    Some(notice) => self.hear(notice, &mut verdicts, &thread).await?,
                    None => return Ok(()),
                },
                Ok(()) = milestones.changed() => {
                    let milestone = milestones.borrow_and_update().clone();
                    self.arrived(milestone.filter(|it| it.generation <= verdicts.accepted)).await;
                    None
                }
                changed = readings.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    let reading = readings.borrow_and_update().clone();
                    since = reading.as_ref().map_or(since, |it| it.content_changed_at);
                    reading.map(Job::Load)
                }
            };
            let Some(job) = job else { continue };
            if let Done::Loaded(loaded, files) = thread.call(job).await? {
                self.publish(*loaded, files, since, &mut verdicts).await;
                // Nobody may wait for it.
                let _ = first.take().map(|it| it.send(()));
            }
        }
    }

    /// Tells what is wrong, and gives a new generation to everyone, or to the first few.
    async fn publish(
        &mut self,
        loaded: Loaded,
        files: Vec<RawFile>,
        since: std::time::Instant,
        verdicts: &mut Verdicts,
    ) {
        tell(&self.journal, &loaded);
        let Some(generation) = loaded.generation else { return };
        let (number, documents) = (generation.number, generation.documents().len());
        debug!(generation = number, version = %generation.version, documents, "loaded");
        // Before anybody has some of it: whoever has is known to after a crash.
        self.keeper.made(&generation, files).await;
        verdicts.open.insert(number, Open { generation: generation.clone(), culprits: Vec::new() });
        self.book(|it| it.published(number, generation.version, unix_ms()));
        // Before the views change: the first ACK may come before this task runs again.
        self.journal.observe(Event::Published { generation: number, changed: since.elapsed() });
        self.cache.publish(generation);
        self.health.set(true).await;
    }

    /// Takes note of what happened on a generation's way; returns what follows for the documents.
    async fn hear(
        &mut self,
        notice: Notice,
        verdicts: &mut Verdicts,
        thread: &Thread,
    ) -> Result<Option<Job>, TaskFailure> {
        self.journal.notice(&notice);
        self.book(|it| it.tell(&notice, unix_ms()));
        match notice {
            Notice::Nacked { generation, nack } => {
                let Some(open) = verdicts.open.get_mut(&generation) else { return Ok(None) };
                let job = Job::Place(open.generation.clone(), nack.clone());
                if let Done::Placed(placed) = thread.call(job).await? {
                    self.journal.faults(&placed.diagnostics);
                    if let Some(first) = placed.diagnostics.first() {
                        self.book(|it| it.place(generation, &nack, Some(&first.place()), &first.message));
                    }
                    open.culprits.extend(culprits(placed).map(|it| (nack.node.clone(), it)));
                }
                Ok(None)
            }
            Notice::Ended { generation, ending } => {
                self.keeper.ended(generation, &ending, verdicts.reason(generation), self.reached(generation)).await;
                Ok(match ending {
                    Ending::Promoted { .. } => {
                        // Refusals of what is in service are still heard of; of what was before, no longer.
                        verdicts.open.retain(|number, _| *number >= generation);
                        verdicts.accepted = generation;
                        thread.call(Job::Accept(generation)).await?;
                        None
                    }
                    Ending::RolledBack | Ending::Aborted => {
                        let culprits = verdicts.open.remove(&generation).map(|it| it.culprits).unwrap_or_default();
                        Some(Job::Refuse(generation, culprits.into_iter().map(|it| it.1).collect()))
                    }
                    Ending::Superseded => None,
                })
            }
            Notice::Retried => Ok(Some(Job::Retry)),
            Notice::Arrived { generation } => {
                self.keeper.arrived(generation, self.reached(generation).0, 0).await;
                Ok(None)
            }
            Notice::Doubted { generation, node } => {
                // Its refusal is not what the generation is judged by.
                if let Some(open) = verdicts.open.get_mut(&generation) {
                    open.culprits.retain(|it| it.0 != node);
                }
                Ok(None)
            }
            Notice::Tried { .. }
            | Notice::Silent { .. }
            | Notice::Lost { .. }
            | Notice::Returned { .. }
            | Notice::Stopped { .. }
            | Notice::Late { .. } => Ok(None),
        }
    }

    /// How many nodes have a generation, and how many do not yet.
    fn reached(&self, generation: u64) -> (u64, u64) {
        let nodes = self.cache.report().nodes;
        let have = nodes.iter().filter(|it| it.has.is_some_and(|it| it >= generation)).count() as u64;
        (have, nodes.len() as u64 - have)
    }

    fn book<T>(&self, write: impl FnOnce(&mut Book) -> T) -> T {
        write(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn arrived(&mut self, milestone: Option<Milestone>) {
        if let Some(Milestone { generation, acked, nodes, .. }) = milestone {
            self.keeper.arrived(generation, acked as u64, (nodes - acked) as u64).await;
        }
    }
}

/// Generations that somebody may still refuse, by number.
#[derive(Default)]
struct Verdicts {
    open: BTreeMap<u64, Open>,
    /// The newest that was accepted.
    accepted: u64,
}

struct Open {
    generation: Arc<Generation>,
    /// What was refused, and by whom.
    culprits: Vec<(Arc<Node>, Culprit)>,
}

impl Verdicts {
    fn reason(&self, generation: u64) -> String {
        let culprits = self.open.get(&generation).map(|it| &it.culprits[..]).unwrap_or_default();
        culprits.iter().map(|it| it.1.message.as_str()).collect::<Vec<_>>().join("; ")
    }
}

fn culprits(placed: Placed) -> impl Iterator<Item = Culprit> {
    let Placed { culprits, diagnostics } = placed;
    let told = culprits.into_iter().zip(diagnostics);
    told.map(|((kind, resource), it)| Culprit { kind, resource, message: it.message })
}

fn work(mut loader: Loader, settings: Settings) -> impl FnMut(Job) -> Done + Send {
    move |job| {
        loader.set_now(seconds_now());
        let loaded = match job {
            Job::Load(reading) => loader.load(&reading),
            Job::Refuse(generation, culprits) => loader.refuse(generation, &culprits),
            Job::Retry => loader.retry(),
            Job::Accept(generation) => {
                loader.accept(generation);
                return Done::Noted;
            }
            Job::Place(generation, Nack { node, kind, names, message }) => {
                let refusal = Refusal { node: &node, kind: &kind, names: &names, words: &message };
                return Done::Placed(judge::placed(refusal, generation.documents(), &settings));
            }
        };
        let files = if loaded.generation.is_some() { loader.files_in_service() } else { Vec::new() };
        Done::Loaded(Box::new(loaded), files)
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
