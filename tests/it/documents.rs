//! The corpus of documents: each file in `tests/specs/` and beside it, as `.expected`, all that compiling it gives.
//!
//! `UPDATE_SPECS=1 cargo test --test it documents` writes the expectations anew; read the difference before you commit.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use chancery::compile::{Compiled, Settings, compile};
use chancery::spec::{RawFile, Severity};

pub(super) fn corpus(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs").join(folder);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.retain(|it| it.extension().is_none_or(|it| it != "expected" && it != "checked"));
    files.sort();
    assert!(!files.is_empty());
    files
}

pub(super) fn compile_file(path: &Path) -> Compiled {
    let name = path.file_name().unwrap().to_str().unwrap();
    compile(&RawFile::new(name, fs::read(path).unwrap()), &Settings::default())
}

/// What came out, in a few lines.
fn draw(compiled: &Compiled) -> String {
    let mut text = String::new();
    if let Some(reason) = &compiled.skipped {
        writeln!(text, "skipped: {reason}").unwrap();
    }
    for it in &compiled.diagnostics.0 {
        let severity = if it.severity == Severity::Error { "error" } else { "warning" };
        let redacted = if it.redacted { " (redacted)" } else { "" };
        writeln!(text, "{} {severity} {}: {}{redacted}", it.place(), it.code, it.message).unwrap();
        for (index, label) in it.labels.iter().enumerate().filter(|it| !it.1.remark.is_empty()) {
            let place = label.span.filter(|_| index > 0).map(|it| label.text.line_column(it));
            let place = place.map_or_else(String::new, |(line, column)| format!("{line}:{column}: "));
            writeln!(text, "  note: {place}{}", label.remark).unwrap();
        }
        it.help.iter().for_each(|it| writeln!(text, "  help: {it}").unwrap());
    }
    for document in &compiled.documents {
        let label = document.label.as_ref().map_or_else(String::new, |it| format!(" version {it:?}"));
        writeln!(text, "{}{label} for {} selectors", document.name, document.nodes.len()).unwrap();
        for (kind, resource) in &document.resources {
            let endpoints = resource.endpoints.as_ref().map_or_else(String::new, |it| format!(", endpoints {it:?}"));
            writeln!(text, "  {kind} {:?} at {}{endpoints}", resource.name, resource.origin.line).unwrap();
        }
    }
    text
}

#[track_caller]
fn check(path: &Path, must_fail: bool) {
    let compiled = compile_file(path);
    assert_eq!(compiled.diagnostics.has_errors(), must_fail, "{}: {}", path.display(), draw(&compiled));
    let mut expected = path.to_owned();
    expected.as_mut_os_string().push(".expected");
    let drawn = draw(&compiled);
    if std::env::var_os("UPDATE_SPECS").is_some() {
        fs::write(&expected, &drawn).unwrap();
    }
    let expected = fs::read_to_string(&expected).unwrap_or_default();
    assert_eq!(drawn, expected, "{}", path.display());
}

#[test]
fn good_documents_compile() {
    corpus("good").iter().for_each(|it| check(it, false));
}

#[test]
fn bad_documents_are_refused_at_the_place_of_their_fault() {
    corpus("bad").iter().for_each(|it| check(it, true));
}
