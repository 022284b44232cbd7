//! Our verdict beside Envoy's, on each document of the corpus; and the page that tells.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use chancery::app::{Isolation, Loader};
use chancery::compile::Settings;
use chancery::envoy::VERSION;
use chancery::source::Reading;
use chancery::spec::{RawFile, Severity};

use super::{Case, cases, corpus};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/envoy-agreement.md");

/// The codes of our errors.
fn errors(case: &Case) -> Vec<&'static str> {
    #[expect(clippy::disallowed_methods, reason = "readings carry a time, which the loader does not look at")]
    let content_changed_at = std::time::Instant::now();
    let file = RawFile::new(format!("{}.yaml", case.folder), case.text.as_bytes());
    let reading = Reading { files: vec![file], faults: Vec::new(), content_changed_at };
    let loaded = Loader::new(Settings::default(), Isolation::Generation).load(&reading);
    assert!(loaded.skipped.is_empty(), "{}: {:?}", case.name, loaded.skipped);
    loaded.diagnostics.iter().filter(|it| it.severity == Severity::Error).map(|it| it.code).collect()
}

/// `name: reason` for each document on which we and Envoy differ.
fn reasons() -> BTreeMap<String, String> {
    let text = fs::read_to_string(corpus().join("reasons.txt")).unwrap();
    let lines = text.lines().filter(|it| !it.starts_with('#') && !it.is_empty());
    lines.map(|it| it.split_once(": ").unwrap()).map(|(name, reason)| (name.to_owned(), reason.to_owned())).collect()
}

/// Counts, and the documents on which we differ.
#[derive(Default)]
struct Table<'a> {
    both_accept: usize,
    both_refuse: usize,
    only_envoy_refuses: Vec<&'a Case>,
    only_we_refuse: Vec<(&'a Case, Vec<&'static str>)>,
}

impl<'a> Table<'a> {
    fn of(cases: &'a [Case]) -> Self {
        let mut table = Self::default();
        for case in cases {
            let errors = errors(case);
            match (case.refusal().is_some(), errors.is_empty()) {
                (false, true) => table.both_accept += 1,
                (true, false) => table.both_refuse += 1,
                (true, true) => table.only_envoy_refuses.push(case),
                (false, false) => table.only_we_refuse.push((case, errors)),
            }
        }
        table
    }

    fn differing(&self) -> impl Iterator<Item = &str> {
        let theirs = self.only_envoy_refuses.iter().map(|it| &*it.name);
        theirs.chain(self.only_we_refuse.iter().map(|it| &*it.0.name))
    }

    fn counts(&self) -> String {
        let Self { both_accept, both_refuse, only_envoy_refuses, only_we_refuse } = self;
        let (theirs, ours) = (only_envoy_refuses.len(), only_we_refuse.len());
        format!(
            "| | we accept | we refuse |\n|---|---|---|\n| Envoy accepts | {both_accept} | {ours} |\n\
             | Envoy refuses | {theirs} | {both_refuse} |\n"
        )
    }

    fn page(&self, reasons: &BTreeMap<String, String>) -> String {
        let reason = |case: &Case| reasons.get(&case.name).map_or("", String::as_str);
        let total = self.both_accept + self.both_refuse + self.differing().count();
        let mut page = format!(
            "# How far `chancery check` agrees with Envoy\n\nGenerated: `UPDATE_DOCS=1 cargo test --test it corpus`.\n\n\
             Each of the {total} documents in `tests/specs/corpus` was shown to Envoy {VERSION} (`--mode validate`) and to\n\
             `chancery check` without `--envoy`. Those in `stricter/` Envoy accepts although hardly anybody can mean them.\n\n\
             {}\n## Envoy refuses, we accept\n\n",
            self.counts()
        );
        page.push_str("`check --envoy` finds these.\n\n| document | Envoy says | why we do not |\n|---|---|---|\n");
        for case in &self.only_envoy_refuses {
            let words = case.refusal().unwrap_or_default().replace('|', "\\|");
            writeln!(page, "| {} | `{}` | {} |", case.name, words.replace('`', "'"), reason(case)).unwrap();
        }
        page.push_str("\n## Envoy accepts, we refuse\n\n| document | code | why we do |\n|---|---|---|\n");
        for (case, codes) in &self.only_we_refuse {
            writeln!(page, "| {} | {} | {} |", case.name, codes.join(", "), reason(case)).unwrap();
        }
        page
    }
}

#[test]
fn we_agree_with_envoy_or_say_why_not() {
    let cases = cases();
    let table = Table::of(&cases);
    let mut reasons = reasons();
    let unexplained: Vec<_> = table.differing().filter(|it| !reasons.contains_key(*it)).collect();
    let told = |it: &str| {
        let (case, codes) = cases.iter().find(|case| case.name == *it).map(|it| (it, errors(it))).unwrap();
        format!("{it}: Envoy {:?}, we {codes:?}", case.refusal().unwrap_or("accepts"))
    };
    let lines: Vec<_> = unexplained.iter().map(|it| told(it)).collect();
    assert!(lines.is_empty(), "no reason in reasons.txt for\n{}\n{}", lines.join("\n"), table.counts());
    if updates_wanted() {
        let differing: Vec<_> = table.differing().collect();
        reasons.retain(|it, _| differing.contains(&&**it));
        keep_reasons(&reasons);
        fs::write(PAGE, table.page(&reasons)).unwrap();
        return;
    }
    let stale: Vec<_> = reasons.keys().filter(|it| !table.differing().any(|own| own == **it)).collect();
    let update = "run: UPDATE_DOCS=1 cargo test --test it corpus";
    assert!(stale.is_empty(), "we agree by now on {stale:#?}; {update}");
    let page = if Path::new(PAGE).exists() { fs::read_to_string(PAGE).unwrap() } else { String::new() };
    assert!(page == table.page(&reasons), "{update}");
}

/// Drops the lines of documents on which we agree by now.
fn keep_reasons(reasons: &BTreeMap<String, String>) {
    let path = corpus().join("reasons.txt");
    let text = fs::read_to_string(&path).unwrap();
    let is_kept =
        |line: &&str| line.split_once(": ").is_none_or(|it| line.starts_with('#') || reasons.contains_key(it.0));
    let kept: String = text.lines().filter(is_kept).map(|it| format!("{it}\n")).collect();
    fs::write(path, kept).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a test's own switch")]
fn updates_wanted() -> bool {
    std::env::var("UPDATE_DOCS").is_ok()
}
