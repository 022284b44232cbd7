//! `chancery render`: what is printed, where, and with which code.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use super::world::{World, cluster, ended};

const DEFAULT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config");

async fn json(world: &World, line: &str) -> Value {
    serde_json::from_str(&world.check(line, 0).await.out).unwrap()
}

#[tokio::test]
async fn what_is_printed_is_a_document_that_gives_the_same() {
    let world = World::new();
    let yaml = world.check(&format!("render {DEFAULT}"), 0).await;
    assert_eq!(yaml.err, "");
    world.write("again.yaml", &yaml.out);
    let first = json(&world, &format!("render {DEFAULT} --format json")).await;
    world.write("again.json", first.to_string());
    assert!(first["resources"].as_array().unwrap().len() >= 5, "{first:#}");
    for document in ["again.yaml", "again.json"] {
        assert_eq!(json(&world, &format!("render {document} --format json")).await, first, "{document}");
    }
}

#[tokio::test]
async fn transports_differ_in_config_sources_only() {
    fn without_sources(value: &mut Value) -> usize {
        match value {
            Value::Object(map) => {
                let here = ["eds_config", "config_source"].iter().filter(|it| map.remove(**it).is_some()).count();
                here + map.values_mut().map(without_sources).sum::<usize>()
            }
            Value::Array(items) => items.iter_mut().map(without_sources).sum(),
            _ => 0,
        }
    }
    let world = World::new();
    let line = |it| format!("render {DEFAULT} --format json --transport {it}");
    let mut ads = json(&world, &line("ads")).await;
    let mut seen = vec![ads.clone()];
    assert!(without_sources(&mut ads) > 0);
    for (transport, api_type) in [("grpc", "GRPC"), ("delta-grpc", "DELTA_GRPC")] {
        let mut other = json(&world, &line(transport)).await;
        assert!(other.to_string().contains(&format!("\"{api_type}\"")), "{other:#}");
        assert!(!seen.contains(&other));
        seen.push(other.clone());
        without_sources(&mut other);
        assert_eq!(other, ads, "{transport}");
    }
}

#[tokio::test]
async fn a_fault_is_shown_with_code_place_and_caret_on_stderr() {
    let world = World::new();
    world.write("bad.yaml", cluster("a").replace("endpoints", "endpoint"));
    world.write("good.yaml", cluster("b"));
    for line in ["render bad.yaml", "render good.yaml bad.yaml", "render .", "NO_COLOR=1 render bad.yaml"] {
        let ended = world.check(line, 1).await;
        assert_eq!(ended.out, "", "{line}");
        for part in ["error[CH2001]", "bad.yaml:5:5", "endpoint: [\"127.0.0.1:80\"]", "^^^^^^^^", "did you mean"] {
            assert!(ended.err.contains(part), "{line}: {part}: {}", ended.err);
        }
    }
}

#[tokio::test]
async fn nothing_to_render_says_why() {
    let world = World::new();
    world.write("foreign.yaml", "services: {web: {image: nginx}}\n");
    world.write("beside/foreign.yaml", "services: {web: {image: nginx}}\n");
    world.write("blank.yaml", "\n");
    world.write("empty/readme.md", "hello\n");
    world.write("edge.yaml", format!("nodes: [{{id: \"edge-*\", cluster: main}}]\n{}", cluster("a")));
    for (line, said) in [
        ("render", "config/: expected a file or a directory, found nothing"),
        ("render missing.yaml", "missing.yaml: expected a file"),
        ("render missing.yaml edge.yaml", "missing.yaml: expected a file"),
        ("render empty", "documents end in .yaml"),
        ("render blank.yaml", "blank.yaml: expected a document"),
        ("render /dev/zero", "/dev/zero: expected a file"),
        ("render foreign.yaml", "this file is no document: its keys are of no kind of document: `services`"),
        ("render beside", "beside/foreign.yaml is skipped: its keys are of no kind of document: `services`"),
        ("render beside", "there is no document in beside\n"),
        ("render edge.yaml", "no document selects node \"node\"; nearest is edge.yaml: id is \"node\", not \"edge-*\""),
        ("render edge.yaml --node edge-1", "cluster is \"\", not \"main\""),
        ("render edge.yaml --descriptors edge.yaml", "--descriptors edge.yaml: "),
        ("render edge.yaml --descriptors none.pb", "--descriptors none.pb: No such file"),
    ] {
        let ended = world.check(line, 1).await;
        assert!(ended.err.contains(said) && ended.out.is_empty(), "{line}: {ended:?}");
    }
    world.check("render edge.yaml --node edge-1 --cluster main", 0).await;
}

#[tokio::test]
async fn a_clash_names_both_places() {
    let world = World::new();
    world.write("one.yaml", cluster("a"));
    world.write("two.yaml", format!("# moved down\n{}", cluster("a")));
    let ended = world.check("render one.yaml two.yaml", 1).await;
    assert!(ended.err.contains("--> two.yaml:5:11") && ended.err.contains("::: one.yaml:4:11"), "{ended:?}");
    assert_eq!(ended.out, "");
}

#[tokio::test]
async fn a_reader_that_has_seen_enough_is_no_error_and_a_full_disk_is() {
    let world = World::new();
    // More than a pipe holds, so that the writer meets the closed end.
    let clusters: String =
        (0..1500).map(|it| format!("  - {{name: c{it}, endpoints: [\"127.0.0.1:80\"]}}\n")).collect();
    world.write("many.yaml", format!("name: many\nspec:\n  clusters:\n{clusters}"));
    let mut child = world.command("render many.yaml").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
    assert_eq!(line, "resources:\n");
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).await.unwrap();
    assert_eq!((child.wait().await.unwrap().code(), said.as_str()), (Some(0), ""));

    for command in ["render many.yaml", "bootstrap --node-id a"] {
        let mut full = world.program("sh");
        full.args(["-c", &format!("exec \"$0\" {command} >/dev/full"), env!("CARGO_BIN_EXE_chancery")]);
        let full = ended(full).await;
        assert_eq!(full.code, Some(1), "{full:?}");
        assert!(full.err.contains("cannot write to standard output: No space left"), "{full:?}");
    }
}

#[tokio::test]
async fn private_types_are_read_with_their_descriptors() {
    let world = World::new();
    let set = Path::new(env!("CARGO_MANIFEST_DIR")).join("proto/testing/private_extension.pb");
    world.write(
        "private.yaml",
        "resources:\n- \"@type\": type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig\n  name: mine\n  \
         typed_config:\n    \"@type\": type.googleapis.com/chancery.testing.v1.PrivateFilter\n    name: a\n    \
         mode: ENFORCE\n    budget: 0.5s\n",
    );
    let without = world.check("render private.yaml", 1).await;
    assert!(without.err.contains("chancery.testing.v1.PrivateFilter"), "{without:?}");
    let set = set.display();
    for line in [
        format!("render private.yaml --descriptors {set}"),
        format!("CHANCERY_DESCRIPTORS={set} render private.yaml"),
        format!("render private.yaml --descriptors {set} --descriptors {set}"),
    ] {
        let with = world.check(&line, 0).await;
        assert!(with.out.contains("mode: ENFORCE") && with.out.contains("budget: 0.5"), "{with:?}");
    }
    world.write("garbage.pb", [0xff; 64]);
    for line in ["render private.yaml --descriptors garbage.pb", "serve . --descriptors garbage.pb"] {
        let garbage = world.check(line, 1).await;
        assert!(garbage.err.contains("--descriptors garbage.pb: "), "{garbage:?}");
    }
}

/// What a wrapper says is not lost: the name of a type that has none of its own, and aliases.
#[tokio::test]
async fn a_wrapped_resource_comes_out_wrapped() {
    let world = World::new();
    let document = r#"
resources:
- "@type": type.googleapis.com/envoy.service.discovery.v3.Resource
  name: routes/one
  aliases: [routes/example.com]
  resource: {"@type": type.googleapis.com/envoy.config.route.v3.VirtualHost, name: one, domains: [example.com]}
"#;
    world.write("a/hosts.yaml", document);
    let first = world.check("render a", 0).await.out;
    assert!(first.contains("aliases:") && first.contains("name: routes/one"), "{first}");
    world.write("b/hosts.yaml", &first);
    let again = world.check("render b --format json", 0).await.out;
    assert_eq!(again, world.check("render a --format json", 0).await.out);
}
