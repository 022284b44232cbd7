//! The laws of the house, as tests: layers, purity, lengths, module pages, orphans, reasons for dependencies.
//!
//! A law that gets in the way is changed here, with its reason, not worked around.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic and read files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each module and all that it may import from the crate. Imports go down only, and edges never import each other.
const LAYERS: &[(&str, &[&str])] = &[
    // Pure: no tokio, tonic, fs, net, clock, env.
    ("printable", &[]),
    ("resource", &[]),
    ("spec", &["printable", "resource"]),
    ("schema", &["resource"]),
    ("check", &["resource", "schema", "spec"]),
    ("compile", &["check", "resource", "schema", "spec"]),
    ("reference", &["compile", "resource", "schema", "spec"]),
    ("snapshot", &["compile", "resource", "spec"]),
    ("statement", &["printable", "compile", "resource", "snapshot", "spec"]),
    ("plan", &["compile", "resource", "snapshot", "spec", "statement"]),
    ("import", &["compile", "resource", "spec"]),
    ("fix", &["check", "compile", "resource", "spec"]),
    ("bootstrap_lint", &["check", "compile", "resource", "schema", "snapshot", "spec"]),
    ("subscription", &["resource", "snapshot"]),
    ("fleet", &["resource"]),
    ("delivery", &["printable", "resource", "snapshot", "spec"]),
    // In memory, watchable.
    ("cache", &["compile", "delivery", "resource", "snapshot", "spec"]),
    // Edges.
    ("lifecycle", &[]),
    ("net", &[]),
    ("admin", &["cache", "delivery", "lifecycle", "net", "printable", "snapshot", "spec", "statement"]),
    ("source", &["lifecycle", "spec"]),
    ("transport", &["cache", "delivery", "fleet", "lifecycle", "net", "resource", "snapshot", "subscription"]),
    ("state", &["resource", "spec"]),
    ("telemetry", &["printable", "delivery", "fleet", "resource", "spec"]),
    ("envoy", &["lifecycle"]),
    ("judge", &["printable", "check", "compile", "envoy", "resource", "schema", "snapshot", "spec"]),
    (
        "app",
        &[
            "admin",
            "cache",
            "check",
            "compile",
            "delivery",
            "fleet",
            "judge",
            "lifecycle",
            "net",
            "resource",
            "snapshot",
            "source",
            "spec",
            "state",
            "telemetry",
            "transport",
        ],
    ),
    (
        "cli",
        &[
            "printable",
            "app",
            "bootstrap_lint",
            "compile",
            "delivery",
            "envoy",
            "fix",
            "fleet",
            "import",
            "judge",
            "lifecycle",
            "plan",
            "reference",
            "resource",
            "snapshot",
            "source",
            "spec",
            "state",
            "statement",
            "telemetry",
            "transport",
        ],
    ),
];

/// What pure modules may not name, tests apart.
const IMPURE: &[&str] =
    &["tokio", "tonic", "std::fs", "std::env", "std::thread", "Instant::now", "SystemTime::now", "TcpStream"];
const PURE: &[&str] = &[
    "printable",
    "resource",
    "spec",
    "schema",
    "check",
    "compile",
    "reference",
    "snapshot",
    "statement",
    "plan",
    "fix",
    "bootstrap_lint",
    "import",
    "subscription",
    "fleet",
    "delivery",
];

/// What only one module may name, and which.
const ONLY: &[(&str, &[&str])] = &[
    ("tokio::spawn", &["lifecycle"]),
    ("task::spawn", &["lifecycle"]),
    ("spawn_blocking", &["lifecycle"]),
    ("thread::Builder", &["lifecycle"]),
    ("thread::spawn", &["lifecycle"]),
    ("env::var", &["cli"]),
    ("env::args", &["cli"]),
    ("println!", &["cli"]),
    ("ExitCode", &["cli"]),
];

#[derive(Debug)]
struct Source {
    path: PathBuf,
    /// The top-level module: `transport` for `src/transport/grpc/frames.rs`.
    module: String,
    /// All lines but those of inline test modules.
    code: Vec<String>,
    is_test: bool,
}

fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, out);
        } else if path.extension().is_some_and(|it| it == "rs") {
            out.push(path);
        }
    }
}

fn files(folder: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut out);
    out.sort();
    assert!(!out.is_empty());
    out
}

fn sources() -> Vec<Source> {
    files("src").into_iter().map(source).collect()
}

fn source(path: PathBuf) -> Source {
    let text = fs::read_to_string(&path).unwrap();
    let relative = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap().to_owned();
    let first = relative.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    let is_test = relative.iter().any(|it| it == "tests" || it == "tests.rs");
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let end = lines.iter().position(|it| it == "#[cfg(test)]").unwrap_or(lines.len());
    Source { path: relative, module: first.trim_end_matches(".rs").to_owned(), code: lines[..end].to_vec(), is_test }
}

/// Names after `crate::` in code, grouped imports included: `use crate::{a, b::c}`.
fn imports(code: &[String]) -> BTreeSet<String> {
    let text = code.iter().filter(|it| !it.trim_start().starts_with("//")).cloned().collect::<Vec<_>>().join("\n");
    let mut names = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        if text[..at].ends_with(|it: char| it.is_alphanumeric() || it == '_' || it == '$') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        let group = rest.strip_prefix('{').and_then(|it| it.split_once('}')).map_or(rest, |(inside, _)| inside);
        let items: Vec<&str> = if rest.starts_with('{') { group.split(',').collect() } else { vec![rest] };
        for item in items {
            let name: String = item.trim().chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect();
            names.insert(name);
        }
    }
    names
}

#[test]
fn imports_go_down_only() {
    let layers: BTreeMap<_, _> = LAYERS.iter().copied().collect();
    let mut faults = Vec::new();
    for source in sources().iter().filter(|it| !it.is_test && !["lib", "main"].contains(&it.module.as_str())) {
        let allowed = layers.get(source.module.as_str());
        let allowed = allowed.unwrap_or_else(|| panic!("src/{} has no row in LAYERS", source.module));
        for name in imports(&source.code) {
            if name != source.module && layers.contains_key(name.as_str()) && !allowed.contains(&name.as_str()) {
                faults.push(format!("{} imports {name}", source.path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn pure_modules_name_no_io_and_some_things_have_one_home() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|it| !it.is_test && it.module != "main") {
        for line in source.code.iter().filter(|it| !it.trim_start().starts_with("//")) {
            let impure = if PURE.contains(&source.module.as_str()) { IMPURE } else { &[] };
            let strangers = ONLY.iter().filter(|(_, homes)| !homes.contains(&source.module.as_str())).map(|(it, _)| it);
            for word in impure.iter().chain(strangers).filter(|it| line.contains(**it)) {
                faults.push(format!("{}: {word}: {}", source.path.display(), line.trim()));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn files_and_functions_are_short() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|it| !it.is_test) {
        let name = source.path.display();
        let limit = match source.path.file_name().unwrap().to_str().unwrap() {
            "mod.rs" => 200,
            "main.rs" => 60,
            _ => 600,
        };
        if source.code.len() > limit {
            faults.push(format!("{name}: {} lines, the limit is {limit}", source.code.len()));
        }
        for (at, line) in source.code.iter().enumerate().filter(|(_, it)| is_function(it)) {
            let indent: String = line.chars().take_while(|it| *it == ' ').collect();
            let close = format!("{indent}}}");
            let length = source.code[at..].iter().position(|it| *it == close).unwrap_or(0);
            if length > 60 {
                faults.push(format!("{name}:{}: a function of {length} lines", at + 1));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

fn is_function(line: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) ")).unwrap_or(line);
    let line = line.strip_prefix("pub(super) ").unwrap_or(line);
    let line = line.strip_prefix("const ").or_else(|| line.strip_prefix("async ")).unwrap_or(line);
    line.starts_with("fn ")
}

#[test]
fn every_file_opens_with_its_page() {
    for path in files("src").into_iter().chain(files("tests")) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} does not open with `//! `", path.display());
    }
}

/// A file that no `mod` names is never compiled, and nothing else tells.
#[test]
fn no_file_is_an_orphan() {
    for (folder, roots) in [("src", ["lib.rs", "main.rs"].as_slice()), ("tests/it", &["main.rs"])] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for path in files(folder) {
            let relative = path.strip_prefix(&root).unwrap();
            if roots.iter().any(|it| relative == Path::new(it)) {
                continue;
            }
            let is_mod = path.file_name().unwrap() == "mod.rs";
            let named = if is_mod { path.parent().unwrap() } else { &path };
            let name = named.file_stem().unwrap().to_str().unwrap();
            let parent = named.parent().unwrap();
            let owners =
                [parent.join("mod.rs"), parent.join("lib.rs"), parent.join("main.rs"), parent.with_extension("rs")];
            let declared = owners.iter().filter_map(|it| fs::read_to_string(it).ok()).any(|text| {
                text.lines().any(|line| {
                    let line = line.trim_start().trim_start_matches("pub(crate) ").trim_start_matches("pub ");
                    line == format!("mod {name};")
                })
            });
            assert!(declared, "no `mod` names {}", path.display());
        }
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let reasons = fs::read_to_string(root.join("docs/dependencies.md")).unwrap();
    let mut in_dependencies = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            in_dependencies = line.ends_with("dependencies]");
        } else if let (true, Some((name, _))) = (in_dependencies, line.split_once(" = ")) {
            assert!(reasons.contains(&format!("`{name}`")), "docs/dependencies.md gives no reason for {name}");
        }
    }
}

#[test]
fn nothing_is_left_for_later_without_a_word() {
    for path in files("src") {
        let text = fs::read_to_string(&path).unwrap();
        for word in ["TODO", "FIXME", "XXX", "#[ignore"] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}
