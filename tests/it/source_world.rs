//! A watched folder on the real file system, and what it publishes.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use chancery::lifecycle::{DrainTrigger, Tasks, drain};
use chancery::source::{Files, Reading, WatchOptions};
use tempfile::TempDir;
use tokio::sync::watch;

/// Far longer than anything takes; only a lost change waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Events only: a poll would hide a change that they missed.
pub(crate) fn events() -> WatchOptions {
    let hour = Duration::from_secs(3600);
    WatchOptions { quiet: Duration::from_millis(20), poll: hour, ..WatchOptions::default() }
}

/// No events at all, as on a mount that has none.
pub(crate) fn polling() -> WatchOptions {
    let poll = Duration::from_millis(20);
    WatchOptions { quiet: Duration::from_millis(20), poll, force_poll: true, ..WatchOptions::default() }
}

/// A temporary folder with changes made to it as people and tools make them.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.0.path().to_path_buf() } else { self.0.path().join(name) }
    }

    /// Writes in place, as `cat > file` does.
    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        let path = self.path(name);
        if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    pub(crate) fn link(&self, target: impl AsRef<Path>, name: &str) {
        symlink(target, self.path(name)).unwrap();
    }

    /// Runs a shell script in the folder.
    pub(crate) fn shell(&self, script: &str) {
        let status = Command::new("sh").arg("-ec").arg(script).current_dir(self.0.path()).status().unwrap();
        assert!(status.success(), "{script}");
    }

    /// What kubelet does with a ConfigMap mount: a new folder, and one rename of a link.
    pub(crate) fn mount(&self, generation: &str, files: &[(&str, &str)]) {
        for (name, content) in files {
            self.write(&format!("{generation}/{name}"), content);
        }
        let before = fs::read_link(self.path("..data")).ok();
        self.link(generation, "..data_tmp");
        self.rename("..data_tmp", "..data");
        for (name, _) in files {
            if !self.path(name).is_symlink() {
                self.link(format!("..data/{name}"), name);
            }
        }
        for entry in fs::read_dir(self.path("")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if !name.starts_with("..") && !files.iter().any(|(it, _)| *it == name) {
                self.remove(&name);
            }
        }
        if let Some(before) = before {
            fs::remove_dir_all(self.path("").join(before)).unwrap();
        }
    }
}

/// A running source.
pub(crate) struct Watched {
    readings: watch::Receiver<Option<Arc<Reading>>>,
    trigger: DrainTrigger,
    tasks: Tasks,
    root: String,
}

impl Watched {
    /// Watches `names` in `folder`; `""` is the folder itself.
    pub(crate) fn start(folder: &Folder, names: &[&str], options: WatchOptions) -> Self {
        let (trigger, drain) = drain();
        let tasks = Tasks::new(drain.clone());
        let (sender, readings) = watch::channel(None);
        let files = Files::new(names.iter().map(|it| folder.path(it)).collect(), options);
        tasks.spawner().spawn("files", files.run(sender, drain));
        Self { readings, trigger, tasks, root: format!("{}/", folder.path("").display()) }
    }

    /// The next reading, in a form to compare: `name=content`, then `! code place`.
    pub(crate) async fn next(&mut self) -> Vec<String> {
        tokio::time::timeout(PATIENCE, self.readings.changed()).await.expect("nothing came").unwrap();
        self.now()
    }

    /// The newest reading.
    pub(crate) fn now(&mut self) -> Vec<String> {
        let reading = self.readings.borrow_and_update().clone();
        reading.map_or_else(Vec::new, |it| describe(&it, &self.root))
    }

    /// Waits until the newest reading is this one.
    #[track_caller]
    pub(crate) fn until(&mut self, expected: &[&str]) -> impl Future<Output = ()> {
        let expected: Vec<String> = expected.iter().map(|it| (*it).to_owned()).collect();
        self.until_exactly(expected)
    }

    #[track_caller]
    pub(crate) fn until_exactly(&mut self, expected: Vec<String>) -> impl Future<Output = ()> {
        let from = std::panic::Location::caller();
        async move {
            let deadline = tokio::time::Instant::now() + PATIENCE;
            while self.now() != expected {
                let change = tokio::time::timeout_at(deadline, self.readings.changed()).await;
                assert!(change.is_ok(), "{from}: expected {expected:?}, have {:?}", self.now());
                change.unwrap().unwrap();
            }
        }
    }

    /// Ends it, and proves that it ends.
    pub(crate) async fn stop(self) {
        self.trigger.start();
        assert!(self.tasks.join(PATIENCE).await.is_empty(), "it goes on after the drain");
    }
}

/// `name=content` of each file, then `! code place` of each fault.
pub(crate) fn describe(reading: &Reading, root: &str) -> Vec<String> {
    let short =
        |name: &str| name.strip_prefix(root).unwrap_or(if root.starts_with(name) { "." } else { name }).to_owned();
    let files = reading.files.iter().map(|it| format!("{}={}", short(&it.name), String::from_utf8_lossy(&it.content)));
    let faults = reading.faults.iter().map(|it| format!("! {} {}", it.code, short(&it.place())));
    files.chain(faults).collect()
}
