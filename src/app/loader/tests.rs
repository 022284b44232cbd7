//! The loader alone: readings in, generations out.

use std::sync::Arc;

use super::*;
use crate::compile::Settings;
use crate::resource::Node;
use crate::snapshot::{Generation, Selection, Snapshot};
use crate::source::Reading;
use crate::spec::{Diagnostic, RawFile, Severity, codes};

/// A loader and the reading that it was last given.
struct Script {
    loader: Loader,
    reading: Reading,
}

impl Script {
    #[expect(clippy::disallowed_methods, reason = "readings carry a time, which the loader does not look at")]
    fn new() -> Self {
        let reading = Reading { files: Vec::new(), faults: Vec::new(), content_changed_at: std::time::Instant::now() };
        Self { loader: Loader::new(Settings::default(), Isolation::Document), reading }
    }

    /// Changes these files, or removes those without content, and loads.
    fn load<const N: usize>(&mut self, changes: [(&str, &str); N]) -> Loaded {
        for (name, content) in changes {
            self.reading.files.retain(|it| &*it.name != name);
            if !content.is_empty() {
                self.reading.files.push(RawFile::new(name, content.as_bytes()));
            }
        }
        self.reading.files.sort_by(|a, b| a.name.cmp(&b.name));
        self.loader.load(&self.reading)
    }

    fn fault(&mut self) {
        self.reading.faults = vec![Diagnostic::of_file("CH0002", "z.yaml", "cannot be read")];
    }
}

fn clusters(names: &str) -> String {
    let item = |it: &str| format!("- {{\"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster, name: {it}}}\n");
    format!("resources:\n{}", names.split(' ').map(item).collect::<String>())
}

fn snapshot(generation: &Generation) -> Arc<Snapshot> {
    let Selection::Snapshot(snapshot) = generation.select(&Node::default()) else { panic!("{generation:?}") };
    snapshot
}

/// The names of all resources, and of broken files after a stroke.
fn told(loaded: &Loaded) -> String {
    let snapshot = loaded.generation.as_ref().map(|it| snapshot(it));
    let names = snapshot.iter().flat_map(|it| it.sets()).flat_map(|it| it.resources()).map(|it| &*it.name);
    let broken = loaded.broken.iter().map(|it| &**it);
    [names.collect(), broken.collect::<Vec<_>>()].map(|it| it.join(" ")).join("/")
}

const BROKEN: &str = "resources: {";

#[test]
fn p260_a_broken_file_keeps_its_last_good_version_while_others_go_on() {
    let mut script = Script::new();
    assert_eq!(told(&script.load([("a.yaml", &clusters("a1")), ("b.yaml", &clusters("b1"))])), "a1 b1/");
    let broken = script.load([("a.yaml", BROKEN)]);
    assert!(broken.generation.is_none() && !broken.diagnostics.is_empty());
    let other = script.load([("b.yaml", &clusters("b2"))]);
    assert_eq!(told(&other), "a1 b2/a.yaml");
    assert!(other.diagnostics.is_empty(), "what was told once is not told again");
    assert_eq!(told(&script.load([("a.yaml", "resources: [7]")])), "/a.yaml");
    assert_eq!(told(&script.load([("b.yaml", ""), ("c.yaml", &clusters("c"))])), "a1 c/a.yaml");
    assert_eq!(told(&script.load([("a.yaml", &clusters("a3"))])), "a3 c/");
}

#[test]
fn at_start_a_fault_holds_everything_back() {
    let mut script = Script::new();
    assert_eq!(told(&script.load([("a.yaml", &clusters("a")), ("b.yaml", BROKEN)])), "/b.yaml");
    script.fault();
    assert_eq!(told(&script.load([("b.yaml", &clusters("b"))])), "/");
    script.reading.faults.clear();
    assert_eq!(told(&script.load([])), "a b/");
    script.fault();
    assert_eq!(told(&script.load([("b.yaml", &clusters("b2"))])), "a b2/");
}

#[test]
fn a_broken_file_that_goes_away_holds_nothing_back() {
    let mut script = Script::new();
    script.load([("a.yaml", &clusters("a")), ("b.yaml", BROKEN)]);
    assert_eq!(told(&script.load([("b.yaml", "")])), "a/");
    assert_eq!(told(&script.load([("b.yaml", &clusters("b"))])), "a b/");
    script.load([("b.yaml", BROKEN)]);
    assert_eq!(told(&script.load([("b.yaml", "")])), "a/");
    // What it was before it went is forgotten.
    assert_eq!(told(&script.load([("b.yaml", BROKEN), ("c.yaml", &clusters("c"))])), "a c/b.yaml");
}

#[test]
fn equal_content_gives_no_new_generation() {
    let mut script = Script::new();
    assert!(script.load([]).generation.is_none());
    let first = script.load([("a.yaml", &clusters("a"))]).generation.unwrap();
    assert_eq!(first.number, 1);
    assert!(script.load([]).generation.is_none());
    assert!(script.load([("a.yaml", &(clusters("a") + "# the end\n"))]).generation.is_none());
    script.load([("a.yaml", BROKEN)]);
    assert!(script.load([("a.yaml", &clusters("a"))]).generation.is_none(), "it is back at what is in service");
    let second = script.load([("a.yaml", &clusters("b"))]).generation.unwrap();
    assert_eq!(second.number, 2);
}

#[test]
fn resources_that_did_not_change_keep_their_allocation() {
    let mut script = Script::new();
    let before = script.load([("a.yaml", &clusters("a b")), ("b.yaml", &clusters("x"))]).generation.unwrap();
    script.load([("a.yaml", BROKEN)]);
    let after = script.load([("a.yaml", &clusters("a c"))]).generation.unwrap();
    let resource = |generation: &Generation, name: &str| {
        let documents = generation.documents().iter().flat_map(|it| &it.resources);
        documents.map(|it| it.1.clone()).find(|it| &*it.name == name).unwrap()
    };
    assert!(Arc::ptr_eq(&resource(&before, "a"), &resource(&after, "a")));
    assert!(Arc::ptr_eq(&before.documents()[1], &after.documents()[1]));
    assert_eq!(told(&Loaded { generation: Some(after), ..script.load([]) }), "a c x/");
}

#[test]
fn files_that_are_none_of_ours_are_told_once_and_hold_nothing_back() {
    let mut script = Script::new();
    let loaded = script.load([("a.yaml", &clusters("a")), ("compose.yaml", "services: {}\n")]);
    assert_eq!(told(&loaded), "a/");
    assert_eq!(loaded.skipped.iter().map(|it| &*it.0).collect::<Vec<_>>(), ["compose.yaml"]);
    assert!(script.load([("a.yaml", &clusters("b"))]).skipped.is_empty());
}

/// A listener that sends all requests to a cluster.
fn listener(cluster: &str) -> String {
    format!("spec: {{listeners: [{{name: l, port: 80, routes: [{{prefix: /, cluster: {cluster}}}]}}]}}\n")
}

#[test]
fn a_document_that_refers_to_nothing_is_held_and_the_others_go_on() {
    let mut script = Script::new();
    assert_eq!(told(&script.load([("a.yaml", &listener("one")), ("b.yaml", &clusters("one"))])), "one l l/");
    let dangling = script.load([("a.yaml", &listener("two")), ("c.yaml", &clusters("c"))]);
    assert_eq!(told(&dangling), "c one l l/a.yaml");
    assert_eq!(dangling.diagnostics[0].code, codes::MISSING_CLUSTER);
    let again = script.load([("c.yaml", &clusters("c d"))]);
    assert_eq!((told(&again).as_str(), again.diagnostics.len()), ("c d one l l/a.yaml", 1), "{again:?}");
    assert_eq!(told(&script.load([("b.yaml", &clusters("one two"))])), "c d one two l l/");
}

#[test]
fn what_others_still_need_is_not_taken_away() {
    let mut script = Script::new();
    script.load([("a.yaml", &listener("one")), ("b.yaml", &clusters("one x"))]);
    assert_eq!(told(&script.load([("b.yaml", &clusters("x y")), ("c.yaml", &clusters("c"))])), "c one x l l/b.yaml");
    assert_eq!(told(&script.load([("b.yaml", "")])), "/b.yaml", "nor by deleting the file");
    assert_eq!(told(&script.load([("a.yaml", &listener("c"))])), "c l l/");
}

#[test]
fn a_swap_over_several_files_is_one_change() {
    let mut script = Script::new();
    script.load([("a.yaml", &listener("one")), ("b.yaml", &clusters("one"))]);
    assert_eq!(told(&script.load([("a.yaml", &listener("two")), ("b.yaml", &clusters("two"))])), "two l l/");
    assert_eq!(told(&script.load([("a.yaml", ""), ("b.yaml", &clusters("three"))])), "three/");
}

#[test]
fn at_start_dangling_references_hold_everything_back() {
    let mut script = Script::new();
    let loaded = script.load([("a.yaml", &listener("one")), ("b.yaml", &clusters("two"))]);
    assert_eq!(told(&loaded), "/a.yaml");
    assert_eq!(told(&script.load([("b.yaml", &clusters("one"))])), "one l l/");
}

#[test]
fn isolation_of_generations_changes_nothing_until_all_is_good() {
    let mut script = Script::new();
    script.loader = Loader::new(Settings::default(), Isolation::Generation);
    assert_eq!(told(&script.load([("a.yaml", &clusters("a")), ("b.yaml", &clusters("b"))])), "a b/");
    assert_eq!(told(&script.load([("a.yaml", BROKEN), ("b.yaml", &clusters("b2"))])), "/a.yaml");
    assert_eq!(told(&script.load([("a.yaml", &clusters("a2"))])), "a2 b2/");
}

fn served(loader: &Loader) -> Vec<(String, String)> {
    let text = |it: &RawFile| String::from_utf8(it.content.to_vec()).unwrap();
    loader.files_in_service().iter().map(|it| (it.name.to_string(), text(it))).collect()
}

fn files<const N: usize>(files: [(&str, &str); N]) -> Vec<RawFile> {
    files.map(|(name, content)| RawFile::new(name, content.as_bytes())).to_vec()
}

#[test]
fn files_in_service_are_those_that_the_generation_was_made_of() {
    let mut script = Script::new();
    assert!(served(&script.loader).is_empty());
    let pair = |name: &str, content: &str| (name.to_owned(), content.to_owned());
    let (one, two) = (clusters("one x"), clusters("two"));
    script.load([("a.yaml", &listener("one")), ("b.yaml", &one), ("c.yaml", "services: {}\n")]);
    assert_eq!(served(&script.loader), [pair("a.yaml", &listener("one")), pair("b.yaml", &one)]);
    // Broken, held for others, deleted but needed: what was good. Then again what is new.
    script.load([("a.yaml", BROKEN), ("b.yaml", &two)]);
    assert_eq!(served(&script.loader), [pair("a.yaml", &listener("one")), pair("b.yaml", &one)]);
    script.load([("b.yaml", ""), ("d.yaml", &two)]);
    let expected = [pair("a.yaml", &listener("one")), pair("b.yaml", &one), pair("d.yaml", &two)];
    assert_eq!(served(&script.loader), expected);
    script.load([("a.yaml", &listener("two"))]);
    assert_eq!(served(&script.loader), [pair("a.yaml", &listener("two")), pair("d.yaml", &two)]);
}

/// What is stored of one loader gives the same to another one, broken and missing files and all.
#[test]
fn p260_a_broken_document_at_a_restart_keeps_what_was_in_service_before() {
    let mut before = Script::new();
    before.load([("a.yaml", &listener("one")), ("b.yaml", &clusters("one")), ("c.yaml", &clusters("c"))]);
    let old = before.load([("a.yaml", BROKEN), ("c.yaml", &clusters("c2"))]).generation.unwrap();

    let mut after = Script::new();
    let restored = after.loader.restore(2, before.loader.files_in_service()).unwrap();
    assert_eq!((restored.number, restored.version), (2, old.version));
    assert!(restored.is_same_as(&old));
    let first = after.load([("a.yaml", BROKEN), ("b.yaml", &clusters("one")), ("c.yaml", &clusters("c2"))]);
    assert_eq!(told(&first), "/a.yaml");
    assert!(first.diagnostics.iter().any(|it| it.severity == Severity::Error), "the fault is told");
    assert_eq!(served(&after.loader), served(&before.loader));
    let next = after.load([("c.yaml", ""), ("d.yaml", &clusters("d"))]);
    assert_eq!((told(&next).as_str(), next.generation.unwrap().number), ("d one l l/a.yaml", 3));
    assert_eq!(told(&after.load([("b.yaml", "")])), "/a.yaml b.yaml", "what others need is not taken away");
    assert_eq!(told(&after.load([("a.yaml", &listener("d"))])), "d l l/");
}

#[test]
fn equal_content_after_a_restart_is_the_same_generation_and_warnings_are_told_once() {
    let mut script = Script::new();
    let odd = "spec: {clusters: [{name: a, endpoints: [\"127.0.0.1:80\", \"127.0.0.1:80\"]}]}\n";
    let (mut plain, content) = (Script::new(), [("a.yaml", odd), ("b.yaml", &*clusters("b"))]);
    let warnings = plain.load(content).diagnostics;
    assert!(!warnings.is_empty());
    script.loader.restore(7, files(content)).unwrap();
    let first = script.load(content);
    assert!(first.generation.is_none());
    assert_eq!(first.diagnostics, warnings);
    assert!(script.load([]).diagnostics.is_empty());
    assert_eq!(script.load([("a.yaml", "")]).generation.unwrap().number, 8);
}

#[test]
fn what_is_at_fault_is_not_restored_and_changes_nothing() {
    let mut script = Script::new();
    script.loader.number_after(9);
    for (stored, code) in [
        (files([("a.yaml", &clusters("a")), ("b.yaml", BROKEN)]), Some("CH1001")),
        (files([("a.yaml", &listener("nowhere"))]), Some(codes::MISSING_CLUSTER)),
        (files([("a.yaml", "services: {}\n")]), None),
        (Vec::new(), None),
    ] {
        let diagnostics = script.loader.restore(3, stored).unwrap_err();
        assert_eq!(diagnostics.first().map(|it| it.code), code, "{diagnostics:?}");
    }
    assert_eq!(told(&script.load([("a.yaml", &clusters("a")), ("b.yaml", BROKEN)])), "/b.yaml", "it is a start");
    assert_eq!(script.load([("b.yaml", "")]).generation.unwrap().number, 10, "no number is given twice");
}

#[test]
fn numbers_go_on_after_the_newest_though_an_older_one_is_restored() {
    let mut script = Script::new();
    script.loader.number_after(12);
    assert_eq!(script.loader.restore(11, files([("a.yaml", &clusters("a"))])).unwrap().number, 11);
    assert_eq!(script.load([("a.yaml", &clusters("b"))]).generation.unwrap().number, 13);
}

/// The culprit of this name in the current generation.
fn culprit(script: &Script, name: &str) -> Culprit {
    let current = script.loader.current.clone().unwrap();
    let mut all = current.documents().iter().flat_map(|it| it.resources.clone());
    let (kind, resource) = all.find(|it| &*it.1.name == name).unwrap();
    Culprit { kind, resource, message: format!("edge-1 refuses {name}") }
}

fn number(loaded: &Loaded) -> u64 {
    loaded.generation.as_ref().unwrap().number
}

#[test]
fn p30_p260_what_was_refused_is_held_until_it_changes_and_the_others_go_on() {
    let mut script = Script::new();
    script.load([("a.yaml", &clusters("a")), ("b.yaml", &clusters("b"))]);
    script.loader.accept(1);
    assert_eq!(number(&script.load([("a.yaml", &clusters("a bad")), ("b.yaml", &clusters("b2"))])), 2);
    let bad = culprit(&script, "bad");
    let other = script.loader.refuse(2, &[bad]);
    assert_eq!((told(&other).as_str(), number(&other)), ("a b2/a.yaml", 3), "b2 is tried alone");
    assert!(other.diagnostics.is_empty(), "who refused has told it");
    script.loader.accept(3);
    // An edit beside it leaves it as it was refused.
    let again = script.load([("a.yaml", &clusters("a bad more"))]);
    assert_eq!(told(&again), "/a.yaml");
    assert_eq!(again.diagnostics[0].code, codes::REFUSED);
    assert!(again.diagnostics[0].message.starts_with("edge-1 refuses bad"), "{again:?}");
    assert!(script.load([]).diagnostics.is_empty(), "told once");
    assert_eq!(told(&script.load([("a.yaml", &clusters("a worse"))])), "a b2 worse/");
}

/// Forgetting one of them would give it out again at once, for ever.
#[test]
fn p30_documents_for_different_nodes_may_each_have_something_refused_of_the_same_name() {
    let mut script = Script::new();
    let text = |node: &str, rest: &str| format!("nodes: [{{id: {node}}}]\n{}", clusters("web").replace("web", rest));
    script.load([("a.yaml", &text("a", "web")), ("b.yaml", &text("b", "web"))]);
    script.loader.accept(1);
    let bad = |timeout: u8| format!("web, connect_timeout: {timeout}s");
    script.load([("a.yaml", &text("a", &bad(1))), ("b.yaml", &text("b", &bad(2)))]);
    let current = script.loader.current.clone().unwrap();
    let all = current.documents().iter().flat_map(|it| it.resources.clone());
    let culprits: Vec<_> =
        all.map(|(kind, resource)| Culprit { kind, resource, message: "refused".to_owned() }).collect();
    assert_eq!(culprits.len(), 2);
    let back = script.loader.refuse(2, &culprits);
    assert!(back.generation.is_none(), "{back:?}");
    assert_eq!(back.broken.len(), 2);
}

#[test]
fn what_cannot_be_laid_at_one_resource_holds_all_that_changed() {
    let mut script = Script::new();
    script.load([("a.yaml", &clusters("a")), ("b.yaml", &clusters("b")), ("c.yaml", &clusters("c"))]);
    script.loader.accept(1);
    script.load([("a.yaml", &clusters("a2")), ("b.yaml", "")]);
    let back = script.loader.refuse(2, &[]);
    assert_eq!(told(&back), "/a.yaml b.yaml");
    assert_eq!(told(&Loaded { generation: script.loader.current.clone(), ..Loaded::default() }), "a b c/");
    assert_eq!(told(&script.load([("c.yaml", &clusters("c2"))])), "a b c2/a.yaml b.yaml");
    assert_eq!(told(&script.load([("a.yaml", &clusters("a3"))])), "a3 b c2/b.yaml");
    script.loader.accept(4);
    assert_eq!(told(&script.loader.retry()), "a3 c2/", "the deletion too");
}

#[test]
fn a_refusal_undoes_all_generations_since_the_last_good_one_and_none_that_came_after() {
    let mut script = Script::new();
    script.load([("a.yaml", &clusters("a")), ("b.yaml", &clusters("b"))]);
    script.loader.accept(1);
    script.load([("a.yaml", &clusters("a2"))]);
    script.load([("b.yaml", &clusters("bad"))]);
    let bad = culprit(&script, "bad");
    assert!(script.loader.refuse(2, std::slice::from_ref(&bad)).generation.is_none(), "another is tried by now");
    assert_eq!(told(&script.loader.refuse(3, &[bad])), "a2 b/b.yaml");
    script.loader.accept(4);
    assert_eq!(served(&script.loader).len(), 2);
    assert_eq!(served(&script.loader)[1].1, clusters("b"));
}

#[test]
fn isolation_of_generations_takes_back_all_of_a_refused_one() {
    let mut script = Script::new();
    script.loader = Loader::new(Settings::default(), Isolation::Generation);
    script.load([("a.yaml", &clusters("a")), ("b.yaml", &clusters("b"))]);
    script.loader.accept(1);
    script.load([("a.yaml", &clusters("bad")), ("b.yaml", &clusters("b2"))]);
    let bad = culprit(&script, "bad");
    assert_eq!(told(&script.loader.refuse(2, &[bad])), "/a.yaml b.yaml");
    assert_eq!(told(&script.load([("a.yaml", &clusters("a3"))])), "/b.yaml", "b2 waits until it changes");
}
