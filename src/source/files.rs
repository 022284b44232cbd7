//! Files and directories as a source: the loop that decides when to look.
//!
//! Answers for: waking on events and on the poll, one look a burst, publishing only what is new. Leaves to others: what
//! a look is (`observer`), what follows from it (`memory`).

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};
use tokio::time::{Interval, MissedTickBehavior};
use tracing::{debug, info};

use super::debounce::Debounce;
use super::folders::Folders;
use super::memory::Memory;
use super::observer::{Observation, Observer};
use super::options::WatchOptions;
use super::reading::Reading;
use crate::lifecycle::{Drain, TaskFailure, blocking};
use crate::spec::RawFile;

/// Documents from files and directories.
#[derive(Debug)]
pub struct Files {
    options: WatchOptions,
    observer: Observer,
    memory: Memory,
    asked: Arc<Notify>,
}

/// Asks a running source to read everything now.
#[derive(Debug, Clone)]
pub struct Reread(Arc<Notify>);

impl Reread {
    /// Reads all documents now, whatever events and time stamps say. Requests that come meanwhile are answered by one
    /// more reading.
    pub fn ask(&self) {
        self.0.notify_one();
    }
}

/// What wakes the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wake {
    /// Something happened in a watched folder.
    Event,
    /// It is time to look without an event.
    Poll,
    /// Somebody asked for it.
    Asked,
    /// A burst is over.
    Due,
}

impl Files {
    /// Files and directories, in this order; where two lead to the same file, the first names it.
    pub fn new(paths: Vec<PathBuf>, options: WatchOptions) -> Self {
        let mut sources: Vec<PathBuf> = Vec::new();
        for path in paths {
            if !sources.contains(&path) {
                sources.push(path);
            }
        }
        let observer = Observer::new(sources, &options);
        Self { options, observer, memory: Memory::default(), asked: Arc::default() }
    }

    /// What asks this source to read everything now, once it runs.
    pub fn reread(&self) -> Reread {
        Reread(self.asked.clone())
    }

    /// Takes these as the last good content, before the first look: what was in service when the daemon last ran.
    pub fn remember(&mut self, files: &[RawFile]) {
        self.memory.remember(&self.observer.names(), files);
    }

    /// Looks once, for a command that serves nothing. Blocks on the file system.
    pub fn read_for_command(paths: Vec<PathBuf>, options: WatchOptions) -> Reading {
        let mut files = Self::new(paths, options);
        files.memory = Memory::of_a_command();
        files.read_once()
    }

    /// Looks once, now. Blocks on the file system. What is read becomes the last good version of later looks.
    pub fn read_once(&mut self) -> Reading {
        let observation = self.observer.observe();
        self.reading(&observation, now())
    }

    /// Watches until the drain, and publishes each change. The first reading comes at once, even when it holds nothing
    /// but faults.
    pub async fn run(mut self, readings: watch::Sender<Option<Arc<Reading>>>, drain: Drain) -> Result<(), TaskFailure> {
        let wake = Arc::new(Notify::new());
        if !self.options.force_poll {
            self.observer.folders = Folders::watched(wake.clone());
        }
        tokio::select! {
            failure = self.watch(&wake, &readings) => Err(failure),
            // Also out of a look that hangs on a dead mount.
            () = drain.signalled() => Ok(()),
        }
    }

    async fn watch(self, wake: &Notify, readings: &watch::Sender<Option<Arc<Reading>>>) -> TaskFailure {
        match self.watch_on(wake, readings).await {
            Err(failure) => failure,
            Ok(never) => match never {},
        }
    }

    async fn watch_on(
        mut self,
        wake: &Notify,
        readings: &watch::Sender<Option<Arc<Reading>>>,
    ) -> Result<Infallible, TaskFailure> {
        let mut debounce = Debounce::new(self.options.quiet, self.options.at_most);
        let mut poll = interval(self.options.poll);
        let asked = self.asked.clone();
        let (began, mut mode) = (now(), "");
        let (mut last, mut seen);
        (self, last) = self.look().await?;
        self.publish(&last, began, readings);
        // Whether a poll began the burst: then no event tells when it is over, but only two looks that agree.
        let mut blindly = false;
        loop {
            self.report(&mut mode, &last);
            let woken = next(wake, &asked, &mut poll, debounce.due()).await;
            let at = now();
            match woken {
                Wake::Event => {
                    debounce.wake(at);
                    continue;
                }
                Wake::Asked => self.observer.distrust_stamps(),
                Wake::Poll | Wake::Due => {}
            }
            (self, seen) = self.look().await?;
            let is_moving = seen != last;
            last = seen;
            if woken == Wake::Asked {
                // Whoever asks has finished writing: there is no burst to wait for.
                blindly = false;
                let began = debounce.cut().unwrap_or(at);
                let is_news = self.publish(&last, began, readings);
                let files: usize = last.iter().map(|it| it.documents.len()).sum();
                info!(files, changed = is_news, "documents read again, as asked");
            } else if woken == Wake::Due && !debounce.is_overdue(at) && is_pending(wake).await {
                // Somebody wrote while we looked: what was seen may be half of an edit, such as a file that is gone and
                // the one in its place still empty.
                debounce.wake(now());
            } else if is_moving && (woken == Wake::Poll || blindly && !debounce.is_overdue(at)) {
                blindly = true;
                debounce.wake(at);
            } else if woken == Wake::Due
                && let Some(first) = debounce.take(at)
            {
                blindly = false;
                self.publish(&last, first, readings);
            }
        }
    }

    /// Looks beside the runtime: a slow disk must not hold up a stream.
    async fn look(mut self) -> Result<(Self, Observation), TaskFailure> {
        blocking("look at the files", move || {
            let observation = self.observer.observe();
            (self, observation)
        })
        .await
    }

    /// Publishes what was seen if it says anything new, and tells whether it does.
    fn publish(
        &mut self,
        observation: &Observation,
        at: Instant,
        readings: &watch::Sender<Option<Arc<Reading>>>,
    ) -> bool {
        let reading = self.reading(observation, at);
        let (files, faults) = (reading.files.len(), reading.faults.len());
        let is_news = readings.send_if_modified(|slot| {
            let is_news = slot.as_ref().is_none_or(|old| !old.is_same_as(&reading));
            if is_news {
                *slot = Some(Arc::new(reading));
            }
            is_news
        });
        debug!(files, faults, is_news, "looked at the files");
        is_news
    }

    fn reading(&mut self, observation: &Observation, content_changed_at: Instant) -> Reading {
        let (files, faults) = self.memory.accept(observation);
        Reading { files, faults, content_changed_at }
    }

    /// Says how changes are noticed, when that is news.
    fn report(&self, mode: &mut &'static str, observation: &Observation) {
        let current = self.observer.folders.mode();
        if *mode != current {
            *mode = current;
            let source = observation.iter().map(|it| &*it.source).collect::<Vec<_>>().join(", ");
            let files: usize = observation.iter().map(|it| it.documents.len()).sum();
            info!(source, mode, files, "watching");
        }
    }
}

async fn next(wake: &Notify, asked: &Notify, poll: &mut Interval, due: Option<Instant>) -> Wake {
    let over = async {
        match due {
            Some(due) => tokio::time::sleep_until(due.into()).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = asked.notified() => Wake::Asked,
        () = over => Wake::Due,
        () = wake.notified() => Wake::Event,
        _ = poll.tick() => Wake::Poll,
    }
}

/// Whether there was a wake-up, which it takes.
async fn is_pending(wake: &Notify) -> bool {
    tokio::select! {
        biased;
        () = wake.notified() => true,
        () = std::future::ready(()) => false,
    }
}

fn interval(period: Duration) -> Interval {
    // Zero would panic; a millisecond is as good as always.
    let period = period.max(Duration::from_millis(1));
    let mut interval = tokio::time::interval_at(tokio::time::Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A folder with one file, and a source of it that gets no events and believes in time stamps: a mount whose
    /// events never come.
    fn without_events() -> (tempfile::TempDir, Files) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.yaml"), "1").unwrap();
        let (poll, quiet) = (Duration::from_millis(10), Duration::from_millis(10));
        let options = WatchOptions { poll, quiet, ..WatchOptions::default() };
        let files = Files::new(vec![folder.path().to_owned(), folder.path().to_owned()], options);
        (folder, files)
    }

    #[tokio::test]
    async fn a_mount_without_events_is_polled() {
        let (folder, files) = without_events();
        let (sender, mut readings) = watch::channel(None::<Arc<Reading>>);
        let wake = Notify::new();
        let script = async {
            for content in ["1", "2", "3", "3 4"] {
                fs::write(folder.path().join("a.yaml"), content).unwrap();
                let is_there = |it: &Option<Arc<Reading>>| {
                    it.as_ref().is_some_and(|it| it.files.len() == 1 && *it.files[0].content == *content.as_bytes())
                };
                tokio::time::timeout(Duration::from_secs(30), readings.wait_for(is_there)).await.unwrap().unwrap();
            }
        };
        tokio::select! {
            failure = files.watch(&wake, &sender) => panic!("{failure}"),
            () = script => {}
        }
    }

    #[test]
    fn only_news_is_published() {
        let (folder, mut files) = without_events();
        let (sender, mut readings) = watch::channel(None);
        let mut look = |is_news: bool| {
            let observation = files.observer.observe();
            files.publish(&observation, now(), &sender);
            assert_eq!(readings.has_changed().unwrap(), is_news);
            readings.mark_unchanged();
        };
        look(true);
        look(false);
        fs::write(folder.path().join("new"), "1").unwrap();
        fs::rename(folder.path().join("new"), folder.path().join("a.yaml")).unwrap();
        look(false);
        fs::write(folder.path().join("a.yaml"), "").unwrap();
        look(true);
        look(false);
    }
}
