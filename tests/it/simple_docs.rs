//! `docs/documents.md` and `config/`: every example compiles, and what is generated is up to date.
//!
//! `UPDATE_DOCS=1 cargo test --test it simple_docs` writes the generated parts anew.
//! A real Envoy is asked about every example, unless `CHANCERY_TEST_ENVOY=off`.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use chancery::compile::simple::{Object, Shape, desugar, language};
use chancery::compile::{Context, Settings, compile, encode};
use chancery::resource::{Flavour, descriptors};
use chancery::spec::{Diagnostics, RawFile, Span, Text, Tree, Value, codes, parse_yaml};

use crate::simple::to_json;
use crate::simple_render::validate;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/documents.md");

fn blocks(fence: &str) -> Vec<(usize, String)> {
    blocks_of("docs/documents.md", fence)
}

/// The fenced blocks of a kind on a page, with the line that they begin on.
pub(crate) fn blocks_of(page: &str, fence: &str) -> Vec<(usize, String)> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
    let mut blocks = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if line == format!("```{fence}") {
            let block: Vec<_> = lines.by_ref().map(|it| it.1).take_while(|it| *it != "```").collect();
            blocks.push((at + 2, block.join("\n") + "\n"));
        }
    }
    blocks
}

/// Faults, one a line.
fn faults(name: &str, yaml: &str) -> String {
    let compiled = compile(&RawFile::new(name, yaml.as_bytes()), &Settings::default());
    let mut lines = String::new();
    for it in &compiled.diagnostics.0 {
        let place = it.place();
        let remark = it.labels.first().map(|it| it.remark.as_str()).filter(|it| !it.is_empty());
        let remark = remark.map_or(String::new(), |it| format!(" ({it})"));
        writeln!(lines, "{} {}: {}{remark}", place.trim_start_matches("t.yaml:"), it.code, it.message).unwrap();
    }
    lines
}

#[test]
fn every_example_compiles_and_envoy_takes_it() {
    let examples = blocks("yaml");
    assert!(examples.len() > 20);
    for (line, yaml) in examples {
        assert_eq!(faults("t.yaml", &yaml), "", "documents.md:{line}\n{yaml}");
        validate(&format!("documents.md:{line}"), &yaml);
    }
}

#[test]
fn the_examples_of_other_pages_compile() {
    let readme = blocks_of("README.md", "yaml");
    assert_eq!(readme.len(), 1);
    assert_eq!(faults("t.yaml", &readme[0].1), "");
    let mut sources = blocks_of("docs/sources.md", "yaml");
    let (_, old_habits) = sources.pop().unwrap();
    for (line, yaml) in sources {
        assert_eq!(faults("t.yaml", &yaml), "", "sources.md:{line}");
    }
    let compiled = compile(&RawFile::new("t.yaml", old_habits.as_bytes()), &Settings::default());
    let codes: Vec<_> = compiled.diagnostics.0.iter().map(|it| it.code).collect();
    assert_eq!((codes, compiled.documents.len()), (vec!["CH1101", "CH1103", "CH1102"], 1));
}

#[test]
fn the_default_directories_compile_and_envoy_takes_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["config", "docs/examples/compose/config"].map(|it| fs::read_dir(root.join(it)).unwrap());
    for file in folders.into_iter().flatten().map(|it| it.unwrap().path()) {
        let yaml = fs::read_to_string(&file).unwrap();
        assert_eq!(faults("t.yaml", &yaml), "", "{}", file.display());
        validate(&file.display().to_string(), &yaml);
    }
}

/// Wrong values at every place of every example: never a panic, and what is generated is always well-formed. Only
/// values that are passed on as they are may still be refused by the encoder, never the shape of what we generate.
#[test]
fn wrong_values_are_reported_and_never_make_malformed_messages() {
    let wrong = ["", "7", "-1", "some words", "[]", "{}", "[[x]]", "{name: x}", "[1, {a: b}]"].map(tree_of);
    let (mut tried, mut refused) = (0, 0);
    for (line, yaml) in blocks("yaml").into_iter().filter(|it| !it.1.contains("envoy: {") && !it.1.contains("envoy:\n"))
    {
        let tree = tree_of(&yaml);
        for at in 0.. {
            let mut variants = wrong.iter().filter_map(|it| replaced_at(&tree, at, it)).peekable();
            if variants.peek().is_none() {
                break;
            }
            for variant in variants {
                let text = Text::new("t.yaml", yaml.as_str());
                let mut out = Diagnostics::default();
                let desugared = desugar(&variant, &text, &mut out);
                tried += 1;
                refused += usize::from(out.has_errors());
                let context = Context::new(&text, "xds_cluster");
                let mut later = Diagnostics::default();
                for (kind, tree) in &desugared.resources {
                    let message = descriptors().get_message_by_name(kind.message()).unwrap();
                    encode(tree, &message, context, Flavour::Ads, &mut later);
                }
                let malformed = later.0.iter().find(|it| matches!(it.code, "CH1003" | "CH1011" | "CH1013" | "CH1014"));
                assert_eq!(malformed, None, "documents.md:{line}\n{:#}", to_json(&variant));
            }
        }
    }
    assert!(tried > 5_000 && refused > tried / 2, "{tried} {refused}");
}

fn tree_of(yaml: &str) -> Tree {
    let none = Tree { span: Span::default(), value: Value::Null };
    parse_yaml(&Text::new("t.yaml", yaml), &mut Diagnostics::default()).pop().unwrap_or(none)
}

/// The tree with its nth node replaced, counted from the root, if it has so many and the node is not a raw message.
fn replaced_at(tree: &Tree, at: usize, with: &Tree) -> Option<Tree> {
    fn walk(tree: &Tree, left: &mut usize, with: &Tree) -> Tree {
        *left = left.wrapping_sub(1);
        if *left == usize::MAX {
            return Tree { span: tree.span, value: with.value.clone() };
        }
        let mut tree = tree.clone();
        match &mut tree.value {
            Value::Sequence(items) => items.iter_mut().for_each(|it| *it = walk(it, left, with)),
            Value::Mapping(entries) => {
                let raw = ["http_filters", "load_assignment", "route_config", "nodes"];
                let walked = entries.iter_mut().filter(|it| !raw.contains(&&*it.key.text));
                walked.for_each(|it| it.value = walk(&it.value, left, with));
            }
            _ => {}
        }
        tree
    }
    let mut left = at;
    let replaced = walk(tree, &mut left, with);
    // The counter passes zero exactly if the node was there.
    (left > usize::MAX / 2).then_some(replaced)
}

#[test]
fn the_bad_example_gives_what_the_page_says() {
    assert_eq!(faults("t.yaml", &blocks("yaml bad")[0].1), blocks("text")[0].1);
}

#[test]
fn the_generated_parts_are_up_to_date() {
    let page = fs::read_to_string(PAGE).unwrap();
    let mut fresh = replaced(&page, "codes", &codes());
    fresh = replaced(&fresh, "reference", &reference());
    if updates_wanted() {
        fs::write(PAGE, fresh).unwrap();
    } else {
        assert!(fresh == page, "run: UPDATE_DOCS=1 cargo test --test it simple_docs");
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own switch")]
fn updates_wanted() -> bool {
    std::env::var("UPDATE_DOCS").is_ok()
}

fn replaced(page: &str, mark: &str, content: &str) -> String {
    let (open, close) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
    let (before, rest) = page.split_once(&open).unwrap();
    let (_, after) = rest.split_once(&close).unwrap();
    format!("{before}{open}{content}{close}{after}")
}

fn codes() -> String {
    let mut table = "| code | is | what to do |\n|---|---|---|\n".to_owned();
    let own = codes::all().filter(|it| it.code.starts_with("CH20"));
    own.for_each(|it| writeln!(table, "| `{}` | {} | {} |", it.code, it.title, it.why).unwrap());
    table
}

/// All objects of the language, each once, in the order in which they are met.
fn reference() -> String {
    let mut objects = vec![language()];
    let mut at = 0;
    while at < objects.len() {
        for inner in objects[at].keys.iter().filter_map(|it| object_in(&it.shape)) {
            if !objects.iter().any(|it| std::ptr::eq(*it, inner)) {
                objects.push(inner);
            }
        }
        at += 1;
    }
    objects.iter().map(|it| section(it)).collect()
}

fn section(object: &Object) -> String {
    let mut text = format!("### {}\n\n", title(object));
    if !object.message.is_empty() {
        writeln!(text, "`envoy:` is merged over `{}`.\n", object.message).unwrap();
    }
    text.push_str("| key | holds | |\n|---|---|---|\n");
    for key in object.keys {
        let bold = if key.required { "**" } else { "" };
        writeln!(text, "| {bold}`{}`{bold} | {} | {} |", key.name, shape(&key.shape), key.doc.replace('|', "\\|"))
            .unwrap();
    }
    text + "\n"
}

fn title(object: &Object) -> &'static str {
    object.name.trim_start_matches("the ").trim_start_matches("a ").trim_start_matches("an ")
}

fn object_in(shape: &Shape) -> Option<&'static Object> {
    match shape {
        Shape::Object(it) | Shape::Short(_, it) | Shape::Elsewhere(it) => Some(it),
        Shape::List(item) | Shape::Map(item) => object_in(item),
        _ => None,
    }
}

fn shape(shape_of: &Shape) -> String {
    let link =
        |it: &Object| format!("[{}](#{})", title(it), title(it).to_lowercase().replace(' ', "-").replace('\'', ""));
    match shape_of {
        Shape::Text => "string".into(),
        Shape::Secret => "secret string".into(),
        Shape::Integer => "whole number".into(),
        Shape::Number => "number".into(),
        Shape::Boolean => "boolean".into(),
        Shape::Duration => "duration".into(),
        Shape::Choice(words) => words.iter().map(|it| format!("`{}`", it.0)).collect::<Vec<_>>().join(", "),
        Shape::Object(it) | Shape::Elsewhere(it) => link(it),
        Shape::Short(key, it) => format!("{}, or its `{key}`", link(it)),
        Shape::List(item) => format!("list: {}", shape(item)),
        Shape::TextOrMap(_) => "string or map".into(),
        Shape::Map(item) => format!("map: {}", shape(item)),
        Shape::Raw(message) => format!("`{message}`"),
        Shape::Any => "anything".into(),
    }
}
