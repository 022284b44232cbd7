//! Rules across documents: a folder of documents in `tests/specs/across`, and what is said of them.
//!
//! `UPDATE_SPECS=1 cargo test --test it across` writes the expected texts anew.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{fs, time};

use chancery::app::{Isolation, Loader};
use chancery::compile::Settings;
use chancery::source::Reading;
use chancery::spec::{Diagnostic, RawFile, Severity};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/specs/across");

fn folders() -> Vec<PathBuf> {
    let mut all: Vec<_> = fs::read_dir(ROOT).unwrap().map(|it| it.unwrap().path()).filter(|it| it.is_dir()).collect();
    all.sort();
    assert!(all.len() >= 10);
    all
}

#[expect(clippy::disallowed_methods, reason = "readings carry a time, which the loader does not look at")]
fn reading(folder: &Path) -> Reading {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.retain(|it| it.extension().is_some_and(|it| it == "yaml"));
    paths.sort();
    let file = |it: &PathBuf| RawFile::new(it.file_name().unwrap().to_str().unwrap(), fs::read(it).unwrap().as_slice());
    Reading { files: paths.iter().map(file).collect(), faults: Vec::new(), content_changed_at: time::Instant::now() }
}

/// A diagnostic as lines: place, code, message; then remarks, related places and help.
pub(super) fn draw(diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for it in diagnostics {
        let severity = if it.severity == Severity::Error { "error" } else { "warning" };
        writeln!(text, "{} {severity} {}: {}", it.place(), it.code, it.message).unwrap();
        for (at, label) in it.labels.iter().enumerate() {
            match (at, label.remark.as_str()) {
                (0, "") => {}
                (0, remark) => writeln!(text, "  note: {remark}").unwrap(),
                (_, remark) => writeln!(text, "  {}: {remark}", label.place()).unwrap(),
            }
        }
        it.help.iter().for_each(|it| writeln!(text, "  help: {it}").unwrap());
    }
    text
}

#[test]
fn what_documents_say_of_each_other() {
    for folder in folders() {
        let loaded = Loader::new(Settings::default(), Isolation::Document).load(&reading(&folder));
        let drawn = draw(&loaded.diagnostics);
        let served = loaded.generation.is_some();
        assert_eq!(served, !drawn.contains(" error "), "{}: {drawn}", folder.display());
        let expected = folder.join("expected.txt");
        if std::env::var_os("UPDATE_SPECS").is_some() {
            fs::write(&expected, &drawn).unwrap();
        }
        assert_eq!(drawn, fs::read_to_string(&expected).unwrap_or_default(), "{}", folder.display());
    }
}

/// Every code of the table of references and clashes between documents has a folder that shows it.
#[test]
fn every_code_between_documents_is_shown() {
    let all: String = folders().iter().map(|it| fs::read_to_string(it.join("expected.txt")).unwrap()).collect();
    let codes = chancery::spec::codes::all().map(|it| it.code).filter(|it| it.starts_with("CH30"));
    for code in codes.chain(["CH1024", "CH3101"]) {
        assert!(all.contains(code), "no folder of tests/specs/across shows {code}");
    }
}
