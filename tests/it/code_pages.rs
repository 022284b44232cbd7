//! `docs/codes.md`: every code with its story, generated from the one table. Every example in it is tried: the bad
//! document has the fault, the good one has not.
//!
//! `UPDATE_DOCS=1 cargo test --test it code_pages` writes the page anew.

use std::fmt::Write;
use std::{fs, time};

use chancery::app::{Isolation, Loader};
use chancery::bootstrap_lint::{Expected, lint};
use chancery::compile::Settings;
use chancery::source::Reading;
use chancery::spec::codes::{self, Code, Level};
use chancery::spec::{Diagnostic, Levels, RawFile, Severity, Text};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/codes.md");

const INTRODUCTION: &str = "# Diagnostic codes

`chancery explain CODE` shows the same in a terminal. A code never changes its meaning. *Errors* hold in any case; lints
have a level that can be changed, for all documents by `--deny`, `--warn` or `--allow CODE`, for one by its `lints: {CODE: allow}`.

This page is generated from the table of codes; tests try every example.
";

/// What is found in one document, all lints that are allowed by default switched on.
#[expect(clippy::disallowed_methods, reason = "readings carry a time, which the loader does not look at")]
fn found(code: &Code, document: &str) -> Vec<Diagnostic> {
    if is_of_bootstraps(code) {
        let expected = Expected { port: 18000, management_cluster: "xds_cluster", documents: None };
        return lint(&Text::new("example.yaml", document), expected).0;
    }
    let mut levels = Levels::default();
    for lint in codes::all().filter(|it| it.level == Level::Allow) {
        levels.set(lint.code, Level::Warn).unwrap();
    }
    let files = vec![RawFile::new("example.yaml", document.as_bytes())];
    let reading = Reading { files, faults: Vec::new(), content_changed_at: time::Instant::now() };
    Loader::new(Settings { levels, now: 1_800_000_000, ..Settings::default() }, Isolation::Document)
        .load(&reading)
        .diagnostics
}

/// Whether this is found by `bootstrap lint` and not in documents.
fn is_of_bootstraps(code: &Code) -> bool {
    code.code.starts_with("CH40")
}

#[test]
fn every_bad_example_has_its_fault_and_every_good_one_has_not() {
    let said = |it: &Diagnostic| format!("{} {}: {}", it.place(), it.code, it.message);
    let mut wrong = Vec::new();
    for code in codes::all().filter(|it| !it.bad.is_empty()) {
        let bad = found(code, code.bad);
        if !bad.iter().any(|it| it.code == code.code) {
            wrong.push(format!("{} is not found, but {:?}", code.code, bad.iter().map(said).collect::<Vec<_>>()));
        }
        let good = found(code, code.good);
        // The examples of bootstraps are parts of one, which would not start.
        let is_fault =
            |it: &&Diagnostic| it.code == code.code || (it.severity == Severity::Error && !is_of_bootstraps(code));
        let faults = good.iter().filter(is_fault);
        wrong.extend(faults.map(|it| format!("{}, good: {}", code.code, said(it))));
        assert!(!code.good.is_empty(), "{} has no good example", code.code);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_code_has_its_story() {
    for code in codes::all() {
        assert!(code.why.len() > 20, "{} does not say why", code.code);
    }
}

#[test]
fn the_page_is_up_to_date() {
    let mut page = INTRODUCTION.to_owned();
    let mut hundred = "";
    for code in codes::all() {
        if hundred != &code.code[..4] {
            hundred = &code.code[..4];
            write!(page, "\n## {hundred}xx\n").unwrap();
        }
        story(&mut page, code);
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(PAGE, &page).unwrap();
    }
    assert_eq!(page, fs::read_to_string(PAGE).unwrap_or_default(), "run with UPDATE_DOCS=1");
}

fn story(page: &mut String, code: &Code) {
    let level = match code.level {
        Level::Error => "error",
        Level::Deny => "lint, denied by default",
        Level::Warn => "lint, a warning by default",
        Level::Allow => "lint, allowed by default",
    };
    writeln!(page, "\n### {}: {}\n\n*{level}.* {}", code.code, code.title, code.why).unwrap();
    if !code.bad.is_empty() {
        write!(page, "\n```yaml\n{}```\n\nbetter:\n\n```yaml\n{}```\n", code.bad, code.good).unwrap();
    }
}
