//! Who gets what: documents that choose nodes, groups, versions as content, clashes.

use std::sync::Arc;

use chancery::cache::Cache;
use chancery::check::across::across;
use chancery::compile::{Document, Settings, compile};
use chancery::resource::{Flavour, Node, ResourceType};
use chancery::snapshot::{Claim, Generation, Selection, Snapshot};
use chancery::spec::RawFile;

fn documents(files: &[(&str, &str)]) -> Vec<Arc<Document>> {
    let compiled = files.iter().map(|(name, text)| {
        let compiled = compile(&RawFile::new(*name, text.as_bytes()), &Settings::default());
        assert!(!compiled.diagnostics.has_errors(), "{:#?}", compiled.diagnostics);
        compiled.documents
    });
    compiled.flatten().map(Arc::new).collect()
}

fn generation(files: &[(&str, &str)]) -> Generation {
    Generation::new(1, documents(files), None)
}

fn cluster(name: &str, nodes: &str) -> String {
    format!(
        "nodes: {nodes}\nspec:\n  clusters:\n  - {{name: {name}, type: STATIC, endpoints: [{{address: 10.0.0.1, port: 80}}]}}\n"
    )
}

fn kind(short: &str) -> ResourceType {
    ResourceType::from_short(short).unwrap()
}

fn clusters(selection: &Selection) -> Vec<String> {
    let Selection::Snapshot(snapshot) = selection else { panic!("{selection:?}") };
    snapshot.set(&kind("CDS")).unwrap().resources().iter().map(|it| it.name.to_string()).collect()
}

fn snapshot(generation: &Generation, node: &Node) -> Arc<Snapshot> {
    match generation.select(node) {
        Selection::Snapshot(snapshot) => snapshot,
        other => panic!("{other:?}"),
    }
}

#[test]
fn p11_nodes_are_chosen_by_id_cluster_locality_and_metadata() {
    let files = [
        ("id.yaml", cluster("by-id", "[{id: 'edge-*'}]")),
        ("cluster.yaml", cluster("by-cluster", "[{cluster: web}]")),
        ("locality.yaml", cluster("by-locality", "[{locality: {region: eu, zone: 'eu-?'}}]")),
        ("metadata.yaml", cluster("by-metadata", "[{metadata: {role: {name: edge}}}]")),
        ("both.yaml", cluster("by-both", "[{id: 'edge-*', cluster: api}, {id: other}]")),
    ];
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let generation = generation(&files);
    let node = |id: &str| Node { id: id.to_owned(), ..Node::default() };
    assert_eq!(clusters(&generation.select(&node("edge-1"))), ["by-id"]);
    assert_eq!(clusters(&generation.select(&Node { cluster: "web".into(), ..node("x") })), ["by-cluster"]);
    let eu = Node { region: "eu".into(), zone: "eu-1".into(), ..node("x") };
    assert_eq!(clusters(&generation.select(&eu)), ["by-locality"]);
    let metadata = [("role.name".to_owned(), "edge".to_owned())].into();
    assert_eq!(clusters(&generation.select(&Node { metadata, ..node("x") })), ["by-metadata"]);
    assert_eq!(clusters(&generation.select(&Node { cluster: "api".into(), ..node("edge-1") })), ["by-both", "by-id"]);
    assert_eq!(clusters(&generation.select(&node("other"))), ["by-both"]);
    let Selection::Nothing { nearest: Some(nearest) } = generation.select(&node("nobody")) else { panic!() };
    assert!(nearest.starts_with("id.yaml: id is \"nobody\""), "{nearest}");
}

#[test]
fn nodes_that_match_the_same_documents_share_one_snapshot_and_its_bytes() {
    let (a, b) = (cluster("a", "[{id: 'edge-*'}]"), cluster("b", "[{id: 'web-*'}, {id: edge-3}]"));
    let generation = generation(&[("a.yaml", &a), ("b.yaml", &b)]);
    let of = |id: &str| snapshot(&generation, &Node { id: id.to_owned(), ..Node::default() });
    assert!(Arc::ptr_eq(&of("edge-1"), &of("edge-2")));
    assert!(!Arc::ptr_eq(&of("edge-1"), &of("edge-3")));
    let whole = |id: &str| of(id).set(&kind("CDS")).unwrap().whole_response(Flavour::Ads);
    assert_eq!(whole("edge-1").as_ptr(), whole("edge-2").as_ptr());
    // Different groups still share the sets that are equal for both.
    let empty = |id: &str| of(id).set(&kind("LDS")).unwrap().clone();
    assert!(Arc::ptr_eq(&empty("edge-1"), &empty("edge-3")));
}

/// Whichever order they come in: for everyone twice, for the same nodes twice, for everyone and for some.
#[test]
fn what_clashes_for_certain_is_known_without_a_node() {
    let everyone = "spec:\n  clusters:\n  - {name: web, endpoints: ['10.0.0.1:80']}\n";
    let (edge, other) = (cluster("web", "[{id: edge}]"), cluster("web", "[{id: other}]"));
    let certain = |texts: [&str; 2]| {
        let documents = documents(&[("a.yaml", texts[0]), ("b.yaml", texts[1])]);
        let parts: Vec<_> = documents.iter().map(|it| it.part()).collect();
        let clash = across(&parts, &[]).into_iter().find(|it| it.diagnostic.code == "CH1024");
        clash.map(|it| it.diagnostic.message.starts_with("the CDS resource `web` is defined by two documents"))
    };
    assert_eq!(certain([everyone, everyone]), Some(true));
    assert_eq!(certain([everyone, &edge]), Some(true));
    assert_eq!(certain([&edge, everyone]), Some(true));
    assert_eq!(certain([&edge, &edge]), Some(true));
    assert_eq!(certain([&edge, &other]), None);
}

/// An edit makes new what it changes, keeps what it does not, and what nobody uses any more is gone.
#[test]
fn sets_are_shared_from_one_generation_to_the_next_and_not_kept_for_ever() {
    let node = Node::default();
    let text = |address: &str| {
        format!("spec:\n  clusters:\n  - {name}\n", name = format_args!("{{name: web, endpoints: ['{address}:80']}}"))
    };
    let first = Generation::new(1, documents(&[("a.yaml", &text("10.0.0.1"))]), None);
    let old = snapshot(&first, &node);
    let second = Generation::new(2, documents(&[("a.yaml", &text("10.0.0.2"))]), Some(&first));
    let new = snapshot(&second, &node);
    let same = |short: &str| Arc::ptr_eq(old.set(&kind(short)).unwrap(), new.set(&kind(short)).unwrap());
    assert!(same("CDS") && !same("EDS"));
    let gone = Arc::downgrade(old.set(&kind("EDS")).unwrap());
    drop((first, old));
    assert!(gone.upgrade().is_none());
}

/// P47–P50, P52, P259: equal content is an equal version, for each type by itself, whatever the order it is written in.
#[test]
fn p48_p49_p259_versions_are_content() {
    let first = "
spec:
  runtime:
  - {name: layer, values: {a: 1, b: two, c: 3}}
  clusters:
  - {name: one, endpoints: [{address: 10.0.0.1, port: 80}]}
  - {name: two, endpoints: [{address: 10.0.0.2, port: 80}]}
";
    let reordered = "
spec:
  clusters:
  - endpoints: [{port: 80, address: 10.0.0.2}]
    name: two
  - {name: one, endpoints: [{address: 10.0.0.1, port: 80}]}
  runtime:
  - values: {c: 3, b: two, a: 1}
    name: layer
";
    let version = |text: &str, short: &str| {
        let generation = generation(&[("a.yaml", text)]);
        snapshot(&generation, &Node::default()).set(&kind(short)).unwrap().version()
    };
    for short in ["CDS", "EDS", "RTDS"] {
        assert_eq!(version(first, short), version(reordered, short), "{short}");
    }
    let moved = first.replace("10.0.0.2", "10.0.0.3");
    assert_ne!(version(first, "EDS"), version(&moved, "EDS"));
    assert_eq!(version(first, "CDS"), version(&moved, "CDS"), "P52");
    let fewer = first.lines().filter(|it| !it.contains("name: two")).collect::<Vec<_>>().join("\n");
    assert_ne!(version(first, "CDS"), version(&fewer, "CDS"), "P50");
}

#[test]
fn p122_a_name_or_alias_that_two_resources_claim_is_an_error_with_both_places() {
    let generation =
        generation(&[("a.yaml", &cluster("web", "[{id: '*'}]")), ("b.yaml", &cluster("web", "[{id: edge}]"))]);
    let edge = Node { id: "edge".into(), ..Node::default() };
    let Selection::Clash(clash) = generation.select(&edge) else { panic!() };
    assert_eq!(clash.to_string(), "CDS \"web\" is defined twice for one node: a.yaml:4 and b.yaml:4");
    let other = Node { id: "other".into(), ..Node::default() };
    assert_eq!(clusters(&generation.select(&other)), ["web"], "others are not concerned");
    let hosts = r#"
resources:
- "@type": type.googleapis.com/envoy.service.discovery.v3.Resource
  name: routes/one
  aliases: [routes/example.com]
  resource: {"@type": type.googleapis.com/envoy.config.route.v3.VirtualHost, name: one, domains: [example.com]}
- "@type": type.googleapis.com/envoy.service.discovery.v3.Resource
  name: routes/two
  aliases: [routes/example.com]
  resource: {"@type": type.googleapis.com/envoy.config.route.v3.VirtualHost, name: two, domains: [example.com]}
"#;
    let generation = Generation::new(1, documents(&[("hosts.yaml", hosts)]), None);
    let Selection::Clash(clash) = generation.select(&Node::default()) else { panic!() };
    assert_eq!(&*clash.name, "routes/example.com");
}

#[test]
fn p80_p84_a_cluster_knows_the_name_of_its_endpoints() {
    let text = r#"
resources:
- {"@type": type.googleapis.com/envoy.config.cluster.v3.Cluster, name: plain, type: EDS, eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}}
- {"@type": type.googleapis.com/envoy.config.cluster.v3.Cluster, name: named, type: EDS, eds_cluster_config: {service_name: other, eds_config: {ads: {}, resource_api_version: V3}}}
- {"@type": type.googleapis.com/envoy.config.cluster.v3.Cluster, name: fixed, type: STATIC}
- {"@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment, cluster_name: other}
"#;
    let snapshot = snapshot(&generation(&[("a.yaml", text)]), &Node::default());
    let endpoints =
        |name: &str| snapshot.set(&kind("CDS")).unwrap().get(name).unwrap().endpoints.as_deref().map(str::to_owned);
    assert_eq!(endpoints("plain").as_deref(), Some("plain"));
    assert_eq!(endpoints("named").as_deref(), Some("other"));
    assert_eq!(endpoints("fixed"), None);
    assert!(snapshot.set(&kind("EDS")).unwrap().get("other").is_some());
}

/// Envoy's annotations are no business of the transport: what they forbid is a separate policy (P22), a lint of whoever
/// reads the documents.
#[test]
fn p22_a_resource_is_not_refused_for_validation_rules_alone() {
    let text = r#"
resources:
- {"@type": type.googleapis.com/envoy.config.cluster.v3.Cluster, name: web, type: STATIC, connect_timeout: 0s}
lints: {CH1202: allow}
"#;
    assert_eq!(clusters(&generation(&[("a.yaml", text)]).select(&Node::default())), ["web"]);
}

/// P238: whichever comes first, the subscription or the change, the newest view arrives.
#[test]
fn p238_no_change_is_lost_in_a_race_with_a_subscription() {
    let cache = Arc::new(Cache::default());
    let text = cluster("web", "[{id: '*'}]");
    let documents = documents(&[("a.yaml", &text)]);
    const LAST: u64 = 200;
    std::thread::scope(|scope| {
        let publishing = cache.clone();
        scope.spawn(move || {
            for number in 1..=LAST {
                publishing.publish(Arc::new(Generation::new(number, documents.clone(), None)));
            }
        });
        for thread in 0..4 {
            let cache = cache.clone();
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    for stream in 0..20 {
                        let id = format!("{thread}-{}", stream % 3);
                        let mut views = cache.watch(&Arc::new(Node { id, ..Node::default() }), &Claim::Nothing);
                        let newest =
                            async { while views.next().await.snapshot.is_none_or(|it| it.generation < LAST) {} };
                        tokio::time::timeout(std::time::Duration::from_secs(20), newest).await.unwrap();
                    }
                });
            });
        }
    });
}
