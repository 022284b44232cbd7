//! Reading item by item gives what reading the whole text gives, whatever the text, and compiles only what changed.

use std::fs;
use std::path::Path;

use chancery::compile::{Compiled, Document, Kept, Settings, compile, recompile};
use chancery::resource::Flavour;
use chancery::spec::{Canary, Diagnostic, Diagnostics, RawFile, Rollout};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// What people and machines put in wrong places.
const SCRAPS: [&str; 26] = [
    "{", "}", "[", "]", ": ", "- ", "\n", "\t", "'", "\"", "&a ", "*a", "<<: *a\n", "!!str ", "| \n", "---\n", "? ",
    "# ", "null", "~", "\u{feff}", "\\", "\r", "\u{2028}", "\0", "...\n",
];

/// Lines of lists, and of what can be mistaken for them.
const LINES: [&str; 44] = [
    "- a",
    "-",
    "- ",
    "-\ta",
    "- - a",
    "- name: web",
    "name: web",
    "  name: web",
    "- {name: web, ",
    "type: EDS}",
    "}",
    "- \"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster",
    "connect_timeout: 1s",
    "connect_timeout: 1",
    "nodes:",
    "- id: x",
    "resources:",
    "spec:",
    "clusters:",
    "listeners:",
    "static_resources:",
    "lints: {CH1101: deny}",
    "endpoints:",
    "- {address: a, port: 1}",
    "- 10.0.0.1:80",
    "'",
    "\"",
    "text: |",
    "text: |+",
    "text: >-",
    "text: |2",
    "# comment",
    "",
    " ",
    "\t",
    "---",
    "...",
    "- &a x",
    "- *a",
    "? a",
    ": b",
    "- !!str 1",
    "a: 'b",
    "[",
];

const HEADS: [&str; 7] = [
    "resources:\n",
    "spec:\n  clusters:\n",
    "# c\n---\nresources: # c\n",
    "static_resources:\n  clusters:\n",
    "",
    "nodes: [{id: x}]\nspec:\n  listeners:\n  - name: a\n    port: 80\n    routes: []\n  clusters:\n",
    "x: \"\nresources:\n",
];

fn one_thread(pieces: usize, work: &(dyn Fn(usize) + Sync)) {
    (0..pieces).for_each(work);
}

fn draw(document: &Document) -> String {
    let mut text = format!(
        "{} {:?} {:?} {:?} {:?}\n",
        document.name, document.label, document.nodes, document.levels, document.rollout
    );
    for ((kind, it), facts) in document.resources.iter().zip(&document.facts) {
        let values = Flavour::ALL.map(|flavour| it.value(flavour));
        text += &format!("{kind} {} {} {:?} {:?} {:?}", it.name, it.version, it.aliases, it.endpoints, it.origin);
        text += &format!(" {facts:?} {values:?}\n");
    }
    assert_eq!(document.resources.len(), document.facts.len());
    text
}

/// What is said, without the texts, which are all the same.
fn said(it: &Diagnostic) -> String {
    let labels: Vec<_> =
        it.labels.iter().map(|it| (&it.text.name, it.text.content.len(), it.span, &it.remark)).collect();
    let edits: Vec<_> = it.fix.iter().flat_map(|it| &it.edits).collect();
    format!("{:?} {} {} {labels:?} {:?} {} {edits:?}", it.severity, it.code, it.message, it.help, it.redacted)
}

fn assert_same(text: &str, whole: &Compiled, items: &Compiled) {
    let draw_all = |it: &[Document]| it.iter().map(draw).collect::<String>();
    let full = |it: &Compiled| it.diagnostics.0.len() >= Diagnostics::LIMIT;
    assert_eq!(full(whole), full(items), "{text}");
    if !full(whole) {
        let mut said = [whole, items].map(|it| it.diagnostics.0.iter().map(said).collect::<Vec<_>>());
        // Of equal places, either may come first.
        said.iter_mut().for_each(|it| it.sort());
        assert_eq!(said[0], said[1], "{text}");
    }
    assert_eq!(whole.diagnostics.has_errors(), items.diagnostics.has_errors());
    assert_eq!(draw_all(&whole.documents), draw_all(&items.documents), "{text}");
    assert_eq!(draw_all(&whole.drafts), draw_all(&items.drafts), "{text}");
    assert_eq!(whole.skipped, items.skipped, "{text}");
    let texts = items.documents.iter().chain(&items.drafts).map(|it| &it.text);
    assert!(texts.clone().all(|it| it.name.is_empty() || !it.content.is_empty()));
}

/// Reads the texts one after the other, as edits of one file. How many were read item by item.
fn check(name: &str, texts: &[&str]) -> usize {
    let (mut kept, settings) = (Kept::default(), Settings::default());
    let mut by_items = 0;
    for text in texts {
        let file = RawFile::new(name, text.as_bytes());
        let items = recompile(&file, &settings, &mut kept, one_thread);
        by_items += usize::from(items.by_items);
        assert_same(text, &compile(&file, &settings), &items);
    }
    by_items
}

fn specs() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut folders) = (Vec::new(), vec![root.join("tests/specs"), root.join("docs")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                if [".yaml", ".json"].iter().any(|it| name.ends_with(it)) {
                    found.push((name, text));
                } else if name.ends_with(".md") {
                    let examples = text.split("```yaml\n").skip(1).filter_map(|it| it.split("```").next());
                    found.extend(examples.map(|it| ("example.yaml".to_owned(), it.to_owned())));
                }
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_document_here_is_read_the_same() {
    let specs = specs();
    let by_items = specs.iter().filter(|(name, text)| check(name, &[text]) > 0).count();
    assert!(by_items * 3 > specs.len(), "{by_items} of {} by items", specs.len());
}

#[test]
fn every_kind_of_document_has_its_rollout_however_it_is_read() {
    let rollout = "rollout: {canary: off, bake: 5s}\n";
    let resource = "{\"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster, name: a}";
    for rest in [
        "spec:\n  clusters:\n  - {name: a, endpoints: [\"127.0.0.1:80\"]}\n".to_owned(),
        format!("resources:\n- {resource}\n"),
        "static_resources:\n  clusters:\n  - {name: a}\n".to_owned(),
    ] {
        let file = RawFile::new("a.yaml", format!("{rollout}{rest}").as_bytes());
        let items = recompile(&file, &Settings::default(), &mut Kept::default(), one_thread);
        assert!(items.by_items, "{rest}");
        for compiled in [compile(&file, &Settings::default()), items] {
            let expected = Rollout {
                canary: Some(Canary::Off),
                bake: Some(std::time::Duration::from_secs(5)),
                ..Rollout::default()
            };
            assert_eq!(compiled.documents[0].rollout, expected, "{rest}");
        }
    }
}

fn clusters(names: impl Iterator<Item = usize>) -> String {
    let cluster = |it: usize| {
        let kind = "\"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster";
        format!("- {kind}\n  name: c{it}\n  connect_timeout: 1s\n")
    };
    format!("version_info: v\nresources:\n{}", names.map(cluster).collect::<String>())
}

#[test]
fn an_edit_compiles_what_it_touches() {
    let (mut kept, settings) = (Kept::default(), Settings::default());
    let mut read = |text: String| {
        let file = RawFile::new("a.yaml", text.as_bytes());
        let items = recompile(&file, &settings, &mut kept, one_thread);
        assert_same(&text, &compile(&file, &settings), &items);
        (items.by_items, kept.compiled())
    };
    assert_eq!(read(clusters(0..1000)), (true, (1000, 1000)));
    let changed =
        || clusters(0..1000).replacen("name: c500\n  connect_timeout: 1s", "name: c500\n  connect_timeout: 2s", 1);
    assert_eq!(read(changed()), (true, (1, 1000)));
    assert_eq!(read(format!("# one line more\n{}", changed())), (true, (0, 1000)));
    assert_eq!(read(clusters((1..500).chain([2000]).chain(501..1000))), (true, (1, 999)));
    // In another order, and one of them twice.
    assert_eq!(read(clusters((1..500).rev().chain(501..1000).chain([7]))), (true, (1, 999)));
    // A fault of syntax is found by reading the whole, and what was kept stays.
    assert_eq!(read(clusters(1..400) + "- {"), (false, (1, 999)));
    assert_eq!(read(clusters(1..400)), (true, (0, 399)));
    // What a document says of itself is the business of each item.
    assert_eq!(read(format!("profile: grpc\n{}", clusters(1..400))), (true, (399, 399)));
}

/// A day later, certificates are looked at again and nothing else is.
#[test]
fn what_depends_on_the_day_is_compiled_again() {
    let (mut kept, mut settings) = (Kept::default(), Settings::default());
    let certificate =
        rcgen::generate_simple_self_signed(vec!["a".into()]).unwrap().cert.pem().replace('\n', "\n        ");
    let secrets = format!("  secrets:\n  - name: s\n    ca:\n      inline: |\n        {certificate}\n");
    let clusters = "  clusters:\n  - {name: a, endpoints: [\"10.0.0.1:80\"]}\n";
    let file = RawFile::new("a.yaml", format!("spec:\n{secrets}{clusters}").as_bytes());
    for (now, expected) in [(1_800_000_000, 2), (1_800_086_400, 1), (1_800_086_400, 0)] {
        settings.now = now;
        let items = recompile(&file, &settings, &mut kept, one_thread);
        assert_eq!((items.by_items, kept.compiled()), (true, (expected, 2)));
        assert_same("", &compile(&file, &settings), &items);
    }
}

/// What is wrong with one item says nothing of the next, whichever way they are read.
#[test]
fn an_error_elsewhere_silences_no_lint() {
    let routes = "port: 80\n    routes:\n    - {prefix: /, cluster: c}\n    - {prefix: /api, cluster: c}\n";
    let clusters = "  clusters:\n  - {name: c, endpoints: [\"10.0.0.1:80\"]}\n";
    for (before, after) in [("", "  colour: red\n"), ("  - {name: a, port: many}\n", "")] {
        let text = format!("spec:\n  listeners:\n{before}  - name: b\n    {routes}{clusters}{after}");
        assert_eq!(check("a.yaml", &[&text]), 1, "{text}");
        let compiled = compile(&RawFile::new("a.yaml", text.as_bytes()), &Settings::default());
        assert!(compiled.diagnostics.0.iter().any(|it| it.code == "CH3301"), "{text}: {:?}", compiled.diagnostics);
    }
}

#[test]
fn a_flood_of_faults_is_not_kept() {
    let (mut kept, settings) = (Kept::default(), Settings::default());
    let file = RawFile::new("a.yaml", format!("resources:\n{}", "- {x: y}\n".repeat(30_000)).as_bytes());
    let items = recompile(&file, &settings, &mut kept, one_thread);
    assert_eq!((items.by_items, kept.compiled(), items.diagnostics.0.len()), (false, (0, 0), Diagnostics::LIMIT));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lines_of_lists(
        head in select(HEADS.to_vec()),
        lines in vec((0..7usize, select(LINES.to_vec())), 0..24),
        edit in (any::<Index>(), 0..7usize, select(LINES.to_vec())),
    ) {
        let draw = |lines: &[(usize, &str)]| {
            let lines = lines.iter().map(|(indent, line)| format!("{}{line}\n", " ".repeat(*indent)));
            format!("{head}{}", lines.collect::<String>())
        };
        let mut edited = lines.clone();
        edited.insert(edit.0.index(lines.len() + 1), (edit.1, edit.2));
        check("lines.yaml", &[&draw(&lines), &draw(&edited), &draw(&lines)]);
    }

    /// Mostly good lists: items that are read by themselves, with something odd in them.
    #[test]
    fn items_with_scraps(
        head in select(HEADS.to_vec()),
        items in vec((0..4usize, select(LINES.to_vec()), 0..9usize, any::<bool>()), 1..8),
    ) {
        let indent = if head.contains("clusters") { "  " } else { "" };
        let item = |(at, (gap, line, deeper, is_typed)): (usize, &(usize, &str, usize, bool))| {
            let kind = if *is_typed { "\"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster\n" } else { "x: y\n" };
            let blank = ["", "\n", "        more\n\n", "        # more\n"][*gap];
            format!("{indent}- {kind}{indent}  name: n{at}\n{indent}{}{line}\n{blank}", " ".repeat(*deeper))
        };
        let text = |skip: usize| {
            format!("{head}{}", items.iter().enumerate().filter(|it| it.0 != skip).map(item).collect::<String>())
        };
        check("items.yaml", &[&text(items.len()), &text(0), &text(items.len() / 2), &text(items.len())]);
    }

    #[test]
    fn damaged_documents(
        (name, text) in select(specs()),
        edits in vec((any::<Index>(), 0..20usize, select(SCRAPS.to_vec())), 1..4),
    ) {
        let mut bytes = text.clone().into_bytes();
        for (at, removed, scrap) in edits {
            let at = at.index(bytes.len() + 1);
            let end = (at + removed).min(bytes.len());
            bytes.splice(at..end, scrap.bytes());
        }
        let damaged = String::from_utf8_lossy(&bytes).into_owned();
        check(&name, &[&text, &damaged, &text]);
    }

    #[test]
    fn noise(bytes in vec(any::<u8>(), 0..200), head in select(HEADS.to_vec())) {
        check("noise.yaml", &[&format!("{head}{}", String::from_utf8_lossy(&bytes))]);
    }
}
