//! Named tasks with an owner and an end.
//!
//! Answers for: a task that ends before the drain, fails or panics being noticed by its name; all tasks being joined,
//! or aborted after a deadline. Leaves to others: what happens to the process then (`app`).

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tracing::{debug, error};

use super::Drain;

/// Any error that a task may end with.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A task that ended as it should not have.
#[derive(Debug, thiserror::Error)]
#[error("task `{name}` {end}")]
pub struct TaskFailure {
    /// The task's name.
    pub name: String,
    /// How it ended.
    pub end: TaskEnd,
}

/// How a task ended that should not have.
#[derive(Debug)]
pub enum TaskEnd {
    /// It returned although nobody had asked it to.
    Early,
    /// It returned an error.
    Failed(BoxError),
    /// It panicked; the panic hook has said where.
    Panicked,
}

/// Owns the tasks of a process. Dropping it aborts them.
#[derive(Debug)]
pub struct Tasks {
    spawner: Spawner,
    failures: mpsc::UnboundedReceiver<TaskFailure>,
}

/// Spawns tasks on behalf of their owner. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Spawner(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    drain: Drain,
    running: watch::Sender<usize>,
    table: Mutex<Table>,
    failures: mpsc::UnboundedSender<TaskFailure>,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    /// The handle is missing for the moment between registering a task and spawning it.
    tasks: BTreeMap<u64, (String, Option<AbortHandle>)>,
    closed: bool,
}

/// Rides on a task: whichever way the task ends, this is dropped and tells.
struct Guard {
    spawner: Spawner,
    id: u64,
    outcome: Option<Result<(), BoxError>>,
}

impl Tasks {
    /// An owner of no tasks yet; a lasting task may end once `drain` has started.
    pub fn new(drain: Drain) -> Self {
        let (sender, failures) = mpsc::unbounded_channel();
        let shared = Shared { drain, running: watch::Sender::new(0), table: Mutex::default(), failures: sender };
        Self { spawner: Spawner(Arc::new(shared)), failures }
    }

    /// What spawns tasks for this owner.
    pub fn spawner(&self) -> Spawner {
        self.spawner.clone()
    }

    /// Resolves when a lasting task has ended early, failed or panicked. The process should not go on without it.
    pub async fn failed(&mut self) -> TaskFailure {
        match self.failures.recv().await {
            Some(failure) => failure,
            // `self.spawner` holds a sender: the channel stays open.
            None => std::future::pending().await,
        }
    }

    /// Waits until all tasks have ended, for `deadline` at most, then aborts the rest and returns their names.
    pub async fn join(self, deadline: Duration) -> Vec<String> {
        let shared = &self.spawner.0;
        let mut running = shared.running.subscribe();
        if tokio::time::timeout(deadline, running.wait_for(|it| *it == 0)).await.is_ok() {
            return Vec::new();
        }
        let late = shared.lock().tasks.values().map(|(name, _)| name.clone()).collect();
        shared.abort();
        late
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.spawner.0.abort();
    }
}

impl Spawner {
    /// Spawns a task that lives until the drain: ending before it is a failure of the process, as are errors.
    pub fn spawn<E: Into<BoxError>>(
        &self,
        name: impl Into<String>,
        task: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        self.start(name.into(), async { task.await.map_err(Into::into) });
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that spawns; the guard gives name, owner and end")]
    fn start(&self, name: String, task: impl Future<Output = Result<(), BoxError>> + Send + 'static) {
        let Some(id) = self.0.register(name) else { return };
        let guard = Guard { spawner: self.clone(), id, outcome: None };
        let handle = tokio::spawn(async move { guard.ended(task.await) });
        self.0.attach(id, handle.abort_handle());
    }
}

impl Shared {
    /// Enters a task; `None` when the owner is gone.
    fn register(&self, name: String) -> Option<u64> {
        let mut table = self.lock();
        if table.closed {
            debug!(task = name, "not started: its owner is gone");
            return None;
        }
        let id = table.next;
        table.next += 1;
        table.tasks.insert(id, (name, None));
        self.running.send_modify(|it| *it += 1);
        Some(id)
    }

    /// Keeps the handle, unless the task has already ended or the owner has left meanwhile.
    fn attach(&self, id: u64, handle: AbortHandle) {
        let mut table = self.lock();
        if table.closed {
            handle.abort();
        } else if let Some((_, slot)) = table.tasks.get_mut(&id) {
            *slot = Some(handle);
        }
    }

    fn abort(&self) {
        let mut table = self.lock();
        table.closed = true;
        for (_, handle) in table.tasks.values() {
            if let Some(handle) = handle {
                handle.abort();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // The table is whole between any two statements that touch it.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guard {
    fn ended(mut self, outcome: Result<(), BoxError>) {
        self.outcome = Some(outcome);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let shared = &self.spawner.0;
        let (entry, closed) = {
            let mut table = shared.lock();
            (table.tasks.remove(&self.id), table.closed)
        };
        let name = entry.map(|(name, _)| name).unwrap_or_default();
        let end = match self.outcome.take() {
            Some(Ok(())) if shared.drain.is_signalled() => None,
            Some(Ok(())) => Some(TaskEnd::Early),
            Some(Err(error)) => Some(TaskEnd::Failed(error)),
            None if std::thread::panicking() => Some(TaskEnd::Panicked),
            // Aborted, by its owner or by the end of the runtime.
            None => None,
        };
        if let Some(end) = end.filter(|_| !closed) {
            error!(task = name, %end, "a task ended as it should not have");
            let _ = shared.failures.send(TaskFailure { name, end });
        }
        // Last: who waits for zero must find the failure already sent.
        shared.running.send_modify(|it| *it -= 1);
    }
}

impl fmt::Display for TaskEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Early => write!(f, "ended although nobody asked it to"),
            Self::Failed(error) => write!(f, "failed: {error}"),
            Self::Panicked => write!(f, "panicked"),
        }
    }
}

/// Runs work that blocks, such as reading files, beside the runtime. A panic in it comes back as an error.
///
/// Dropping the future does not stop the work: it cannot be interrupted.
pub async fn blocking<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, TaskFailure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        let end = if error.is_panic() { TaskEnd::Panicked } else { TaskEnd::Failed(error.into()) };
        TaskFailure { name: name.to_owned(), end }
    })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::pending;

    use super::super::drain;
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_task_that_ends_early_is_named() {
        let (_trigger, drain) = drain();
        let mut tasks = Tasks::new(drain);
        tasks.spawner().spawn("files", async { Ok::<_, Infallible>(()) });
        assert_eq!(tasks.failed().await.to_string(), "task `files` ended although nobody asked it to");
    }

    #[tokio::test]
    async fn a_task_that_fails_or_panics_is_named() {
        let (_trigger, drain) = drain();
        let mut tasks = Tasks::new(drain);
        tasks.spawner().spawn("grpc", async { Err("address in use") });
        assert_eq!(tasks.failed().await.to_string(), "task `grpc` failed: address in use");
        let boom = async { if LONG.is_zero() { Ok::<_, Infallible>(()) } else { panic!("boom") } };
        tasks.spawner().spawn("admin", boom);
        assert_eq!(tasks.failed().await.to_string(), "task `admin` panicked");
    }

    #[tokio::test]
    async fn tasks_that_end_on_drain_are_joined() {
        let (trigger, drain) = drain();
        let tasks = Tasks::new(drain.clone());
        tasks.spawner().spawn("files", async move {
            drain.signalled().await;
            Ok::<_, Infallible>(())
        });
        trigger.start();
        assert!(tasks.join(LONG).await.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_late_is_aborted_and_named() {
        let (trigger, drain) = drain();
        let tasks = Tasks::new(drain);
        let (alive, mut gone) = mpsc::channel::<()>(1);
        tasks.spawner().spawn("stream 7", async move {
            pending::<()>().await;
            drop(alive);
            Ok::<_, Infallible>(())
        });
        trigger.start();
        assert_eq!(tasks.join(LONG).await, ["stream 7"]);
        assert!(gone.recv().await.is_none());
    }

    #[tokio::test]
    async fn nothing_starts_once_the_owner_is_gone() {
        let (_trigger, drain) = drain();
        let tasks = Tasks::new(drain);
        let spawner = tasks.spawner();
        drop(tasks);
        let (alive, mut gone) = mpsc::channel::<()>(1);
        spawner.spawn("late", async move {
            pending::<()>().await;
            drop(alive);
            Ok::<_, Infallible>(())
        });
        assert!(gone.recv().await.is_none());
    }

    #[tokio::test]
    async fn a_panic_in_blocking_work_comes_back() {
        assert_eq!(blocking("read", || 7).await.unwrap(), 7);
        let failure = blocking("read", || assert!(LONG.is_zero())).await.unwrap_err();
        assert_eq!(failure.to_string(), "task `read` panicked");
    }
}
