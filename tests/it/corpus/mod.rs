//! The corpus of documents that a real Envoy was asked about, and how far we agree with it.
//!
//! `tests/specs/corpus/good` Envoy accepts, and so must we; `bad` it refuses, for one reason each; `stricter` it accepts
//! although hardly anybody can mean it. The first line of each document is Envoy's verdict. `reasons.txt` tells why we
//! still differ where we do; nothing else may.
//!
//! `UPDATE_DOCS=1 cargo test --test it corpus` writes `docs/envoy-agreement.md` anew and drops reasons that are no more
//! needed.

mod agreement;
mod wrap;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::envoy::the_envoy;

const FOLDERS: [&str; 3] = ["good", "bad", "stricter"];
/// Runs of Envoy at once; the machine may be small.
const AT_ONCE: usize = 2;

/// A document and what Envoy says of it.
struct Case {
    folder: &'static str,
    name: String,
    path: PathBuf,
    text: String,
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs/corpus")
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for folder in FOLDERS {
        let mut paths: Vec<_> = fs::read_dir(corpus().join(folder)).unwrap().map(|it| it.unwrap().path()).collect();
        paths.sort();
        cases.extend(paths.into_iter().map(|path| Case {
            folder,
            name: format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap()),
            text: fs::read_to_string(&path).unwrap(),
            path,
        }));
    }
    cases
}

impl Case {
    /// The essential words of Envoy's refusal; `None` if it accepts.
    fn refusal(&self) -> Option<&str> {
        let line = self.text.lines().next().unwrap();
        match line.strip_prefix("# envoy: ") {
            Some("accepts") => None,
            Some(rest) => Some(rest.strip_prefix("rejects: ").unwrap_or_else(|| panic!("{}: {line}", self.name))),
            None => panic!("{}: the first line is Envoy's verdict, not {line:?}", self.name),
        }
    }

    /// What is wrong with the verdict, if Envoy says otherwise today.
    fn differs(&self, envoy: &Path, folder: &Path) -> Option<String> {
        let file = folder.join(self.name.replace('/', "-") + ".json");
        fs::write(&file, wrap::bootstrap(&self.name, &self.text).to_string()).unwrap();
        let mut command = Command::new(envoy);
        command.args(["--mode", "validate", "--disable-hot-restart", "-l", "warn", "-c"]).arg(file);
        let output = command.args(["--service-node", "n", "--service-cluster", "c"]).output().unwrap();
        let said = one_line(&String::from_utf8_lossy(&output.stderr));
        match (output.status.code(), self.refusal()) {
            (Some(0), None) => None,
            (Some(1), Some(words)) if said.contains(&one_line(words)) => None,
            (code, _) => Some(format!("{}: Envoy ends with {code:?}: {said}", self.name)),
        }
    }
}

/// Envoy puts a varying number of spaces into dumps, so that nobody relies on them.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_verdict_is_what_a_real_envoy_says() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let Some(envoy) = runtime.block_on(the_envoy()) else { return };
    let (cases, next, folder) = (cases(), AtomicUsize::new(0), tempfile::tempdir().unwrap());
    let work = || {
        let mine = std::iter::from_fn(|| cases.get(next.fetch_add(1, Ordering::Relaxed)));
        mine.filter_map(|it| it.differs(&envoy, folder.path())).collect::<Vec<_>>()
    };
    let faults: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|it| it.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
}

#[test]
fn the_corpus_is_large_and_each_document_is_in_the_folder_of_its_verdict() {
    let cases = cases();
    let count = |folder| cases.iter().filter(|it| it.folder == folder).count();
    assert!(count("good") >= 150 && count("bad") >= 150, "{} {}", count("good"), count("bad"));
    for case in &cases {
        assert_eq!(case.refusal().is_some(), case.folder == "bad", "{}", case.path.display());
        assert!(case.text.len() < 8 << 10, "{} is too large to be read", case.name);
    }
}
