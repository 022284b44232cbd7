//! Many fast edits of every kind: in the end, what is on disk is what was delivered.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::thread;
use std::time::Duration;

use chancery::source::WatchOptions;

use crate::source_world::{Folder, Watched, events, polling};

const EDITS: u32 = 200;
const NAMES: [&str; 5] = ["a.yaml", "b.json", "s/c.yaml", "s/t/d.yaml", "m/e.yaml"];

/// A small generator, so that a seed is a history.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// One edit; nothing blank and nothing at fault is left behind, so that disk and reading can be compared.
fn edit(folder: &Folder, random: &mut Random, content: &str) {
    let name = NAMES[random.below(NAMES.len())];
    match random.below(10) {
        0 | 1 => folder.write(name, content),
        2 => {
            folder.write(name, "half");
            let mut file = OpenOptions::new().append(true).open(folder.path(name)).unwrap();
            file.write_all(content.as_bytes()).unwrap();
        }
        3 => {
            folder.write(name, content);
            folder.write("temp", &format!("moved {content}"));
            folder.rename("temp", name);
        }
        4 => {
            folder.write(name, content);
            folder.rename(name, "backup~");
            folder.write(name, &format!("saved {content}"));
            folder.remove("backup~");
        }
        5 => {
            if folder.path(name).exists() {
                folder.remove(name);
            }
        }
        6 => {
            if folder.path("s").exists() {
                folder.remove("s");
                folder.write("s/c.yaml", content);
            }
        }
        7 => {
            folder.write("s/t/d.yaml", content);
            folder.rename("s", "other");
            folder.write("s/c.yaml", content);
            folder.remove("other");
        }
        8 => {
            folder.write(&format!(".mounts/{content}/e.yaml"), content);
            if folder.path("m").exists() && !folder.path("m").is_symlink() {
                folder.remove("m");
            }
            folder.link(format!(".mounts/{content}"), "next");
            folder.rename("next", "m");
        }
        _ => {
            folder.write(name, "");
            folder.write(name, content);
        }
    }
}

/// All documents on disk, as `name=content`.
fn on_disk(folder: &Folder) -> Vec<String> {
    let mut files = BTreeMap::new();
    for name in NAMES.into_iter().chain(["keep.yaml"]) {
        if let Ok(content) = fs::read_to_string(folder.path(name)) {
            files.insert(name, content);
        }
    }
    files.into_iter().map(|(name, content)| format!("{name}={content}")).collect()
}

async fn check(seed: u64, options: WatchOptions) {
    let folder = Folder::new();
    folder.write("keep.yaml", "keep");
    let mut watched = Watched::start(&folder, &[""], options);
    let (folder, expected) = tokio::task::spawn_blocking(move || {
        let mut random = Random(seed);
        for step in 0..EDITS {
            edit(&folder, &mut random, &format!("{seed}-{step}"));
            // Spreads the edits over several bursts; nothing waits for it.
            thread::sleep(Duration::from_micros(random.below(4000) as u64));
        }
        let expected = on_disk(&folder);
        (folder, expected)
    })
    .await
    .unwrap();
    watched.until_exactly(expected).await;
    // And it is still awake.
    folder.write("a.yaml", "the end");
    let expected = on_disk(&folder);
    watched.until_exactly(expected).await;
    watched.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_edits_by_events() {
    for seed in 1..=6 {
        check(seed, WatchOptions { quiet: Duration::from_millis(seed), ..events() }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_edits_by_the_poll() {
    for seed in 11..=13 {
        check(seed, polling()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_edits_as_the_daemon_runs() {
    check(21, WatchOptions::default()).await;
}
