//! Watches on folders; never on files, whose inode an editor replaces.
//!
//! Answers for: a watch on each folder that matters, set again when the folder was replaced; a wake-up when something
//! happened that matters. Leaves to others: what happened (`listing` and `reader` look for themselves, so that no event
//! needs to be understood), and looking without events (`files` polls).

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use notify::event::{AccessKind, AccessMode};
use notify::{ErrorKind, Event, EventKind, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tracing::{debug, warn};

use super::listing::Interest;

type Interests = BTreeMap<PathBuf, Interest>;

/// Watches folders, or does not where the system has no more watches to give.
pub(super) struct Folders {
    watcher: Option<Box<dyn Watcher + Send>>,
    /// Which folder, by device and inode, stands behind a path; `None` for one that cannot be watched.
    watched: BTreeMap<PathBuf, Option<Identity>>,
    /// Shared with the watcher's thread, which wakes only for what matters.
    interests: Arc<Mutex<Interests>>,
}

type Identity = (u64, u64);

impl fmt::Debug for Folders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Folders").field("watched", &self.watched).finish_non_exhaustive()
    }
}

impl Folders {
    /// No watches.
    pub(super) fn unwatched() -> Self {
        Self { watcher: None, watched: BTreeMap::new(), interests: Arc::default() }
    }

    /// Watches that wake `wake`; none, with a warning, where the system refuses.
    pub(super) fn watched(wake: Arc<Notify>) -> Self {
        let mut folders = Self::unwatched();
        let interests = folders.interests.clone();
        // On the watcher's thread: nothing here may wait, but for the short lock.
        let created = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.map_or(true, |event| matters(&event, &lock(&interests))) {
                wake.notify_one();
            }
        });
        match created {
            Ok(watcher) => folders.watcher = Some(Box::new(watcher)),
            Err(error) => folders.give_up(&error),
        }
        folders
    }

    /// Watches as the given watcher does it.
    #[cfg(test)]
    pub(super) fn with(watcher: Box<dyn Watcher + Send>) -> Self {
        Self { watcher: Some(watcher), ..Self::unwatched() }
    }

    /// How changes are noticed, for the log.
    pub(super) fn mode(&self) -> &'static str {
        match self.watcher {
            Some(_) if cfg!(target_os = "linux") => "inotify",
            Some(_) => "events",
            None => "polling",
        }
    }

    /// Sets every watch again. A folder deleted and made anew has lost its watch, maybe under the same inode; for one
    /// that is still watched nothing happens.
    pub(super) fn renew(&mut self) {
        for path in self.watched.keys().cloned().collect::<Vec<_>>() {
            self.set(path);
        }
    }

    /// Watches these folders and no others. Tells whether that was news: then something in them may have changed, and
    /// gone unnoticed, since they were listed.
    pub(super) fn watch(&mut self, folders: &Interests) -> bool {
        if self.watcher.is_none() {
            return false;
        }
        let is_news = {
            let mut interests = lock(&self.interests);
            let is_news = *interests != *folders;
            interests.clone_from(folders);
            is_news
        };
        let gone: Vec<PathBuf> = self.watched.keys().filter(|it| !folders.contains_key(*it)).cloned().collect();
        for path in gone {
            self.unset(&path);
        }
        let new: Vec<PathBuf> = folders.keys().filter(|it| !self.watched.contains_key(*it)).cloned().collect();
        for path in new {
            self.set(path);
        }
        is_news
    }

    fn set(&mut self, path: PathBuf) {
        let identity = fs::metadata(&path).ok().map(|it| (it.dev(), it.ino()));
        if self.watched.get(&path).is_some_and(|known| known.is_some() && *known != identity) {
            // Else the watch would stay on the folder that was here, wherever it is now.
            self.unset(&path);
        }
        let Some(watcher) = &mut self.watcher else { return };
        match watcher.watch(&path, RecursiveMode::NonRecursive) {
            Ok(()) => {
                self.watched.insert(path, identity);
            }
            Err(error) if is_exhausted(&error) => self.give_up(&error),
            Err(error) => {
                if !matches!(self.watched.insert(path.clone(), None), Some(None)) {
                    debug!(path = %path.display(), %error, "cannot watch this folder");
                }
            }
        }
    }

    fn unset(&mut self, path: &Path) {
        self.watched.remove(path);
        if let Some(watcher) = &mut self.watcher {
            // It fails when the folder is gone, and with it the watch.
            let _ = watcher.unwatch(path);
        }
    }

    fn give_up(&mut self, error: &notify::Error) {
        warn!(
            %error,
            help = "raise fs.inotify.max_user_watches or fs.inotify.max_user_instances (sysctl)",
            "cannot watch for changes: polling instead"
        );
        self.watcher = None;
        self.watched.clear();
    }
}

/// Whether the system has run out of what watching needs.
fn is_exhausted(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::MaxFilesWatch => true,
        // ENOMEM, ENFILE, EMFILE, ENOSPC; not its neighbours that tell of one path alone.
        ErrorKind::Io(error) => matches!(error.raw_os_error(), Some(12 | 23 | 24 | 28)),
        _ => false,
    }
}

/// Whether an event can mean a change. Reading a file is an event too: it must not wake us, or looking would never end.
fn matters(event: &Event, interests: &Interests) -> bool {
    let is_change = match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    };
    let touches = |path: &PathBuf| {
        interests.contains_key(path)
            || path
                .parent()
                .zip(path.file_name())
                .is_some_and(|(folder, name)| interests.get(folder).is_some_and(|interest| interest.covers(name)))
    };
    // With no path: events were lost.
    is_change && (event.paths.is_empty() || event.paths.iter().any(touches))
}

fn lock(interests: &Mutex<Interests>) -> MutexGuard<'_, Interests> {
    // Replaced as a whole: there is no half-way state to protect from.
    interests.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use notify::{Config, EventHandler, WatcherKind};

    use super::*;

    /// A system that has no more watches to give.
    #[derive(Debug)]
    struct Exhausted;

    impl Watcher for Exhausted {
        fn new<F: EventHandler>(_: F, _: Config) -> notify::Result<Self> {
            Err(notify::Error::new(ErrorKind::MaxFilesWatch))
        }

        fn watch(&mut self, _: &Path, _: RecursiveMode) -> notify::Result<()> {
            Err(notify::Error::new(ErrorKind::MaxFilesWatch))
        }

        fn unwatch(&mut self, _: &Path) -> notify::Result<()> {
            Ok(())
        }

        fn kind() -> WatcherKind {
            WatcherKind::NullWatcher
        }
    }

    #[test]
    fn without_watches_left_it_polls() {
        let mut folders = Folders::with(Box::new(Exhausted));
        assert_ne!(folders.mode(), "polling");
        folders.watch(&Interests::from([("/".into(), Interest::All), ("/tmp".into(), Interest::All)]));
        assert_eq!(folders.mode(), "polling");
        assert!(!folders.watch(&Interests::from([("/".into(), Interest::All)])), "nothing is watched any more");
        folders.renew();
        let errors = [12, 23, 24, 28].map(std::io::Error::from_raw_os_error);
        assert!(errors.into_iter().all(|it| is_exhausted(&notify::Error::io(it))));
        assert!(!is_exhausted(&notify::Error::io(std::io::Error::from_raw_os_error(13))));
    }

    #[test]
    fn a_folder_that_cannot_be_watched_is_no_reason_to_give_up() {
        let mut folders = Folders::watched(Arc::default());
        let wanted = Interests::from([("/nowhere".into(), Interest::All), ("/".into(), Interest::All)]);
        assert!(folders.watch(&wanted));
        assert!(!folders.watch(&wanted), "no news");
        assert_eq!(folders.watched[Path::new("/nowhere")], None);
        assert!(folders.watched[Path::new("/")].is_some());
        assert!(folders.watch(&Interests::new()));
        assert!(folders.watched.is_empty());
    }

    #[test]
    fn only_changes_of_what_is_of_interest_matter() {
        let on_the_way = Interest::Names([OsString::from("conf")].into());
        let interests = Interests::from([("/a".into(), on_the_way), ("/a/conf".into(), Interest::All)]);
        let check = |kind, path: &str| matters(&Event::new(kind).add_path(path.into()), &interests);
        let [change, opened, written] = [
            EventKind::Any,
            EventKind::Access(AccessKind::Open(AccessMode::Any)),
            EventKind::Access(AccessKind::Close(AccessMode::Write)),
        ];
        for path in ["/a/conf", "/a/conf/x.yaml", "/a"] {
            assert!(check(change, path) && check(written, path), "{path}");
            assert!(!check(opened, path), "reading is no change: {path}");
        }
        for path in ["/a/other", "/a/conf/sub/x.yaml", "/", "/b"] {
            assert!(!check(change, path), "{path}");
        }
        assert!(matters(&Event::new(EventKind::Other), &interests), "lost events");
    }
}
