//! `chancery history`, `history show` and `plan --against GENERATION`; the examples of `docs/state.md`.
//!
//! `UPDATE_DOCS=1 cargo test --test it cli::history` writes the examples' outputs anew.

use chancery::app::{Isolation, Loader};
use chancery::compile::Settings;
use chancery::spec::RawFile;
use chancery::state::{Outcome, Record, Store};
use serde_json::Value;

use super::world::{World, cluster};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/state.md");

/// Three generations as a daemon stores them: two good ones, and one that was refused.
fn store(world: &World) -> Store {
    let mut store = Store::open(&world.path("state"), 10).unwrap();
    let web = |cluster: &str| {
        format!("spec:\n  listeners:\n  - {{name: web, port: 10000, routes: [{{prefix: /, cluster: {cluster}}}]}}\n")
    };
    for (number, outcome, files) in [
        (11, Outcome::Good { acked: 7, refused: 0, silent: 0 }, [web("a"), cluster("a")]),
        (12, Outcome::Good { acked: 6, refused: 0, silent: 1 }, [web("b"), cluster("b")]),
        (13, Outcome::Refused { reason: "edge-1: unknown filter \"x\"".to_owned() }, [web("c"), cluster("c")]),
    ] {
        let names = ["config/web.yaml", "config/clusters.yaml"];
        let files = names.iter().zip(&files).map(|(name, it)| RawFile::new(*name, it.as_bytes()));
        let files: Vec<_> = files.collect();
        let mut loader = Loader::new(Settings::default(), Isolation::Document);
        let version = loader.restore(number, files.clone()).unwrap().version;
        let at_ms = 1_795_630_190_000 + number * 61_000;
        let sources = vec!["config/".to_owned()];
        store.write(&Record { number, version, at_ms, outcome, sources, files }).unwrap();
    }
    store
}

#[tokio::test]
async fn history_lists_shows_and_leads_back_while_a_daemon_writes() {
    let world = World::new();
    let _daemon = store(&world);
    for line in ["history --state-dir state", "CHANCERY_STATE_DIR=state history"] {
        let listed = world.check(line, 0).await;
        let numbers: Vec<_> = listed.out.lines().skip(1).map(|it| it.split(' ').next().unwrap()).collect();
        assert_eq!(numbers, ["13", "12", "11"], "{}", listed.out);
    }
    for line in ["history show 12 --state-dir state", "history --state-dir state show 12"] {
        let shown = world.check(line, 0).await;
        assert!(shown.out.contains("config/clusters.yaml") && shown.out.contains("1 CDS, 1 EDS"), "{}", shown.out);
    }
    world.check("history show 11 --state-dir state --output-dir back", 0).await;
    let old = std::fs::read_to_string(world.path("back/config/clusters.yaml")).unwrap();
    assert_eq!(old, cluster("a"));
    let again = world.check("history show 11 --state-dir state --output-dir back", 1).await;
    assert!(again.err.contains("cannot make back, which must not be there yet") && again.out.is_empty(), "{again:?}");

    let same = world.check("plan back/config --against 11 --state-dir state", 0).await;
    assert_eq!(same.out, "plan: nothing changes\n");
    let plan = world.check("CHANCERY_STATE_DIR=state plan back/config --against 12 --json", 2).await;
    let json: Value = serde_json::from_str(&plan.out).unwrap();
    assert_eq!((&json["against"]["generation"], &json["against"]["state_dir"]), (&12.into(), &"state".into()));
}

#[tokio::test]
async fn the_history_as_json_has_its_shape() {
    let world = World::new();
    drop(store(&world));
    std::fs::write(world.path("state/generation-14"), "chancery").unwrap();
    let listed = world.check("history --state-dir state --format json", 0).await;
    let json: Value = serde_json::from_str(&listed.out).unwrap();
    assert_eq!((&json["format"], &json["generations"][0]["number"]), (&1.into(), &13.into()));
    assert_eq!(
        json["generations"][1]["outcome"],
        serde_json::json!({"is": "good", "acked": 6, "refused": 0, "silent": 1})
    );
    assert_eq!(json["generations"][1]["at"], "2026-11-25T18:22:02Z");
    assert_eq!(json["damaged"][0]["number"], 14);
    let shown = world.check("history show 12 --state-dir state --format json", 0).await;
    let json: Value = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(json["files"][1]["resources"]["type.googleapis.com/envoy.config.cluster.v3.Cluster"], 1);
}

#[tokio::test]
async fn what_is_damaged_is_named_and_what_cannot_be_done_says_the_next_step() {
    let world = World::new();
    let store = store(&world);
    let record = std::fs::read(world.path("state/generation-12")).unwrap();
    std::fs::write(world.path("state/generation-12"), &record[..100]).unwrap();
    let listed = world.check("history --state-dir state", 0).await;
    assert!(listed.out.ends_with("\ngeneration 12 is damaged: state/generation-12: it is cut off\n"), "{}", listed.out);
    let mut bad = store.load(13).unwrap();
    (bad.number, bad.files[1]) = (14, RawFile::new("config/bad.yaml", b"resources: {".as_slice()));
    drop(store);
    Store::open(&world.path("state"), 10).unwrap().write(&bad).unwrap();
    let shown = world.check("history show 14 --state-dir state", 0).await;
    assert!(shown.out.contains("has faults by today's rules"), "{}", shown.out);
    world.write("good.yaml", cluster("a"));
    for (line, code, said) in [
        ("history", 64, "name the directory that `serve` keeps its state in: --state-dir DIR"),
        ("history --state-dir nowhere", 1, "cannot list nowhere: No such file or directory"),
        ("history --state-dir good.yaml", 1, "name a directory with --state-dir"),
        ("history show 12 --state-dir state", 1, "state/generation-12 is damaged: it is cut off"),
        ("history show 99 --state-dir state", 1, "there is no generation 99 in state; `chancery history` lists"),
        ("history show x --state-dir state", 64, "GENERATION"),
        ("plan good.yaml --against 12 --state-dir state", 1, "state/generation-12 is damaged"),
        ("plan good.yaml --against 14 --state-dir state", 1, "generation 14 in state has faults by today's rules"),
        ("plan good.yaml --against 12", 1, "there is no file 12; for a generation, say of which --state-dir"),
    ] {
        let ended = world.check(line, code).await;
        assert!(ended.err.contains(said) && ended.out.is_empty(), "{line}: {ended:?}");
    }
}

/// No table, plan or message has a key in it; the files that are written out have, for their owner only.
#[tokio::test]
async fn secrets_are_in_the_directory_and_nowhere_else() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let secret = "resources:\n- \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret\n  name: s\n  \
                  generic_secret: {secret: {inline_string: hush-hush}}\n";
    let files = vec![RawFile::new("a.yaml", secret.as_bytes())];
    let mut loader = Loader::new(Settings::default(), Isolation::Document);
    let version = loader.restore(1, files.clone()).unwrap().version;
    let outcome = Outcome::Superseded;
    let record = Record { number: 1, version, at_ms: 0, outcome, sources: Vec::new(), files };
    Store::open(&world.path("state"), 10).unwrap().write(&record).unwrap();
    world.write("b.yaml", cluster("a"));
    for (line, code) in [
        ("history --state-dir state", 0),
        ("history --state-dir state --format json", 0),
        ("history show 1 --state-dir state --output-dir out", 0),
        ("history show 1 --state-dir state --format json", 0),
        ("plan b.yaml --against 1 --state-dir state --full --json", 2),
    ] {
        let ended = world.check(line, code).await;
        assert!(!ended.out.contains("hush") && !ended.err.contains("hush"), "{ended:?}");
    }
    assert_eq!(std::fs::read_to_string(world.path("out/a.yaml")).unwrap(), secret);
    for (path, mode) in [("out", 0o700), ("out/a.yaml", 0o600)] {
        assert_eq!(std::fs::metadata(world.path(path)).unwrap().permissions().mode() & 0o777, mode);
    }
}

#[tokio::test]
async fn the_examples_of_the_page_are_what_is_printed() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let world = World::new();
    drop(store(&world));
    let mut fresh = page.clone();
    const HEAD: &str = "<!-- run -->\n```text\n$ chancery ";
    for part in page.split(HEAD).skip(1) {
        let block = part.split_once("```").unwrap().0;
        let line = block.split_once('\n').unwrap().0;
        let ended = world.run(line).await;
        fresh = fresh.replace(&format!("{HEAD}{block}"), &format!("{HEAD}{line}\n{}{}", ended.err, ended.out));
    }
    assert!(page.matches("<!-- run -->").count() >= 3);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PAGE, fresh).unwrap();
    } else {
        assert!(fresh == page, "run: UPDATE_DOCS=1 cargo test --test it cli::history");
    }
}
