//! Documents before and after, and the plan between them, as a table.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::compile::{Settings, compile};
use crate::resource::{Node, Version};
use crate::snapshot::Generation;
use crate::spec::RawFile;
use crate::spec::codes::{self, Level};
use crate::statement::{StatedResource, Statement};

/// A statement of documents, separated by lines of `---`.
fn statement(yaml: &str) -> Statement {
    // The shortest documents that differ, whether an Envoy would take them or not.
    let mut settings = Settings::default();
    for lint in codes::all().filter(|it| it.level == Level::Deny) {
        settings.levels.set(lint.code, Level::Allow).unwrap();
    }
    let compiled = compile(&RawFile::new("a.yaml", yaml.as_bytes()), &settings);
    assert!(!compiled.diagnostics.has_errors(), "{:?}", compiled.diagnostics);
    let documents = compiled.documents.into_iter().map(Arc::new).collect();
    Statement::of(&Generation::new(1, documents, None))
}

/// Clusters of a document for an id (`*`: everyone): `edge-*: a=80 b=81`.
fn documents(text: &str) -> Statement {
    let one = |line: &str| {
        let (id, clusters) = line.split_once(':').unwrap();
        let nodes = if id == "*" { String::new() } else { format!("nodes: [{{id: \"{id}\"}}]\n") };
        let clusters: String = clusters
            .split_whitespace()
            .map(|it| it.split_once('=').unwrap())
            .map(|(name, port)| format!("  - {{name: {name}, type: STATIC, endpoints: [\"127.0.0.1:{port}\"]}}\n"))
            .collect();
        format!("{nodes}spec:\n  clusters:\n{clusters}")
    };
    statement(&text.split("; ").map(one).collect::<Vec<_>>().join("---\n"))
}

fn told(old: &Statement, new: &Statement, scope: Scope<'_>) -> Vec<String> {
    let plan = compare(old, new, scope);
    let line = |it: &Change| {
        let name = |it: &Option<Arc<StatedResource>>| it.as_ref().map_or("", |it| &*it.name).to_owned();
        let name = match it.action {
            Action::Rename => format!("{}>{}", name(&it.old), name(&it.new)),
            Action::Remove => name(&it.old),
            _ => name(&it.new),
        };
        let fields: String = it.fields.iter().map(|it| format!(" {}", it.path)).collect();
        format!("{}: {:?} {} {name}{fields}", it.groups.join(", "), it.action, it.kind)
    };
    plan.changes.iter().map(line).collect()
}

#[track_caller]
fn check(old: &str, new: &str, expected: &[&str]) {
    assert_eq!(told(&documents(old), &documents(new), Scope::Everyone), expected);
}

const PORT: &str = "load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.port_value";

#[test]
fn for_whom_and_what() {
    check("*: a=80", "*: a=80", &[]);
    check("*: a=80", "*: a=80 b=80", &["every node: Add CDS b"]);
    check("*: a=80 b=81", "*: a=80", &["every node: Remove CDS b"]);
    check("*: a=80", "*: a=81", &[&format!("every node: Change CDS a {PORT}")]);
    // Everyone has it; one group has more.
    check("*: a=80; x*: b=80", "*: a=81; x*: b=80", &[&format!("every node: Change CDS a {PORT}")]);
    check("*: a=80; x*: b=80", "*: a=80; x*: b=80 c=80", &["id=x*: Add CDS c"]);
    // Moved from everyone to some: the others lose it.
    check("*: a=80 b=80; x*: c=80", "*: b=80; x*: a=80 c=80", &["every other node: Remove CDS a"]);
    check("x*: a=80; y: b=80", "x*: a=80; z: b=80", &["id=y: Remove CDS b", "id=z: Add CDS b"]);
    // Narrower than before is the same for those who stay.
    check("x*: a=80", "xy: a=80", &["id=x*: Remove CDS a"]);
    check("xy: a=80", "x*: a=80", &["id=x*: Add CDS a"]);
}

#[test]
fn a_rename_is_one() {
    check("*: a=80", "*: b=80", &["every node: Rename CDS a>b"]);
    check("*: a=80 c=81", "*: b=80", &["every node: Rename CDS a>b", "every node: Remove CDS c"]);
    check("*: a=80", "*: b=81", &["every node: Remove CDS a", "every node: Add CDS b"]);
}

/// Equal endpoints alone are no rename: here one cluster goes, and another is given the address that it had.
#[test]
fn endpoints_are_renamed_only_with_a_cluster() {
    let clusters = |text: &str| statement(&format!("spec:\n  clusters:\n{text}"));
    let cluster = |name: &str, more: &str| format!("  - {{name: {name}, {more}}}\n");
    let at = "endpoints: [\"127.0.0.1:80\"]";
    let host = "endpoints: [\"host.internal:80\"]";
    let both = |a: String, b: String| clusters(&(a + &b));
    let told = |old: &Statement, new: &Statement| {
        let lines = told(old, new, Scope::Everyone);
        lines.into_iter().map(|it| it.split_whitespace().skip(2).take(3).collect::<Vec<_>>().join(" ")).collect()
    };
    let lines: Vec<String> = told(&both(cluster("a", at), cluster("b", host)), &clusters(&cluster("b", at)));
    assert!(lines.iter().all(|it| !it.starts_with("Rename")), "{lines:?}");
    let slow = format!("connect_timeout: 9s, {at}");
    let lines: Vec<String> = told(&clusters(&cluster("a", at)), &clusters(&cluster("b", &slow)));
    assert!(lines.iter().all(|it| !it.starts_with("Rename")), "{lines:?}");
    let lines: Vec<String> = told(&clusters(&cluster("a", at)), &clusters(&cluster("b", at)));
    assert_eq!(lines, ["Rename CDS a>b", "Rename EDS a>b"]);
}

#[test]
fn one_node() {
    let (old, new) = (documents("*: a=80; x*: b=80"), documents("*: a=81; x*: c=80"));
    let node = |id: &str| Node { id: id.into(), ..Node::default() };
    assert_eq!(told(&old, &new, Scope::Node(&node("y"))), [format!("node y: Change CDS a {PORT}")]);
    let expected = [format!("node x1: Change CDS a {PORT}"), "node x1: Rename CDS b>c".to_owned()];
    assert_eq!(told(&old, &new, Scope::Node(&node("x1"))), expected);
}

#[test]
fn effects() {
    let listener = |port: &str, chains: &str, more: &str| {
        statement(&format!(
            "resources:\n- \"@type\": type.googleapis.com/envoy.config.listener.v3.Listener\n  name: l\n  address: \
             {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}\n  filter_chains: [{chains}]\n{more}"
        ))
    };
    let chain = |it: &str| format!("{{name: {it}, filters: []}}");
    let base = listener("80", &chain("a"), "");
    for (new, expected) in [
        (listener("80", &chain("b"), ""), "filter-chains"),
        (listener("80", "", ""), "listener-drains"),
        (listener("81", &chain("a"), ""), "listener-moves"),
        (listener("80", &chain("a"), "  stat_prefix: x\n"), "listener-drains"),
        (listener("80", &chain("b"), "  stat_prefix: x\n"), "listener-drains"),
        (listener("80", &chain("a"), "  enable_reuse_port: false\n"), "listener-refused"),
    ] {
        let plan = compare(&base, &new, Scope::Everyone);
        assert_eq!(plan.changes[0].effect.code, expected, "{:?}", plan.changes[0].fields);
    }
    let effect =
        |old: &str, new: &str| compare(&documents(old), &documents(new), Scope::Everyone).changes[0].effect.code;
    assert_eq!(effect("*: a=80", "*: a=81"), "cluster-warms");
    assert_eq!(effect("*: a=80 b=1", "*: a=80"), "cluster-removed");
}

#[test]
fn a_thousand_groups_share_one_change() {
    let groups: Vec<_> = (0..1000).map(|it| format!("node-{it}: own{it}=80")).collect();
    let with = |port: u16| documents(&format!("*: a={port}; {}", groups.join("; ")));
    let plan = compare(&with(80), &with(81), Scope::Everyone);
    assert_eq!((plan.changes.len(), plan.groups), (1, 1001));
    assert_eq!(plan.changes[0].groups, ["every node"]);
}

/// The index of the id that a document is for, and its clusters with their ports.
type Clusters = (usize, Vec<(u8, u16)>);

/// A few documents, each for one of a few ids, with a few clusters.
fn any_documents() -> impl Strategy<Value = Vec<Clusters>> {
    let clusters = proptest::collection::btree_map(0..4_u8, 80..82_u16, 1..4);
    proptest::collection::vec((0..4_usize, clusters.prop_map(|it| it.into_iter().collect())), 1..4)
}

const IDS: [&str; 4] = ["*", "x*", "xy", "z"];

/// Made so that no two documents of a side define one cluster: its name tells the document.
fn text(documents: &[Clusters]) -> String {
    let one = |(at, (id, clusters)): (usize, &Clusters)| {
        let clusters: Vec<_> = clusters.iter().map(|(name, port)| format!("c{at}{name}={port}")).collect();
        format!("{}: {}", IDS[*id], clusters.join(" "))
    };
    documents.iter().enumerate().map(one).collect::<Vec<_>>().join("; ")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// A plan for a node lists just the resources whose versions differ for that node, whichever way they are grouped.
    #[test]
    fn what_is_told_is_what_differs(old in any_documents(), new in any_documents()) {
        let (old, new) = (documents(&text(&old)), documents(&text(&new)));
        prop_assert!(compare(&old, &old, Scope::Everyone).changes.is_empty());
        for id in ["x", "xy", "z", "w"] {
            let node = Node { id: id.into(), ..Node::default() };
            let has = |it: &Statement| -> BTreeMap<Arc<str>, Version> {
                let mine = it.documents.iter().filter(|it| it.nodes.is_empty() || it.nodes.iter().any(|it| it.matches(&node)));
                mine.flat_map(|it| &it.resources).map(|it| (it.name.clone(), it.version)).collect()
            };
            let (before, after) = (has(&old), has(&new));
            let mut expected: Vec<_> = before.keys().chain(after.keys()).filter(|it| before.get(*it) != after.get(*it)).cloned().collect();
            expected.sort_unstable();
            expected.dedup();
            let plan = compare(&old, &new, Scope::Node(&node));
            let mut found: Vec<_> = plan.changes.iter().flat_map(|it| [&it.old, &it.new]).flatten().map(|it| it.name.clone()).collect();
            found.sort_unstable();
            found.dedup();
            prop_assert_eq!(found, expected);
        }
    }
}
