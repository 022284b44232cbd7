//! Files that are no documents: named on the command line, and beside documents in a directory.

use serde_json::Value;

use super::world::{World, cluster};

#[tokio::test]
async fn a_named_file_that_is_no_document_is_an_error_with_what_was_probably_meant() {
    let world = World::new();
    for (text, place, meant) in [
        ("listeners: []\nclusters: []\n", "1:1", "did you mean `spec:` with these keys below it?"),
        ("clusters: []\n", "1:1", "did you mean `spec:` with these keys below it?"),
        ("Spec: {clusters: []}\n", "1:1", "did you mean `spec`?"),
        ("specs: {clusters: []}\nmore: 1\n", "1:1", "did you mean `spec`?"),
        ("name: web\nalt: x\nload_assignment: {}\n", "3:1", "envoy.config.cluster.v3.Cluster"),
        ("- {\"@type\": a, name: b}\n", "1:1", "did you mean `resources:` with this list below it?"),
        ("a: 1\nb: 2\n", "1:1", "a document has `spec`, `resources`"),
        ("kind: ConfigMap\napiVersion: v1\n", "1:1", "a Kubernetes manifest"),
    ] {
        world.write("named.yaml", text);
        let err = world.check("check named.yaml", 1).await.err;
        assert!(err.contains(&format!("named.yaml:{place}")) && err.contains(meant), "{text}{err}");
        world.check("render named.yaml", 1).await;
    }
}

#[tokio::test]
async fn a_named_file_is_read_whatever_it_is_called() {
    let world = World::new();
    for name in ["envoy.conf", ".hidden.yaml", "eds.yaml.v1"] {
        world.write(name, cluster("web"));
        let err = world.check(&format!("check {name}"), 0).await.err;
        assert!(err.contains("1 document"), "{name}: {err}");
    }
    world.write("notes.txt", "a: 1\nb: 2\n");
    assert!(world.check("check notes.txt", 1).await.err.contains("CH1073"));
}

#[tokio::test]
async fn files_beside_documents_are_told_of_when_they_look_like_documents() {
    let world = World::new();
    world.write("conf/a.yaml", cluster("web"));
    world.write("conf/lost.yaml", "listeners: []\nclusters: []\n");
    world.write("conf/compose.yaml", "services: {}\nvolumes: {}\nsecrets: {}\n");
    world.write("conf/kustomization.yaml", "resources:\n- deployment.yaml\nconfigMapGenerator:\n- {name: a}\n");
    world.write("conf/values.yaml", "replicaCount: 1\nresources:\n  limits: {cpu: 100m}\n");
    world.write("conf/empty.yaml", "replicaCount: 1\nimage: {}\nresources: {}\n");
    let report: Value = serde_json::from_str(&world.check("check conf --format json", 0).await.out).unwrap();
    let found = report["diagnostics"].as_array().unwrap();
    let found: Vec<_> = found.iter().map(|it| (it["code"].as_str(), it["place"]["file"].as_str())).collect();
    assert_eq!(found, [(Some("CH1074"), Some("conf/lost.yaml"))]);
    let sarif = world.check("check conf --format sarif", 0).await.out;
    assert!(sarif.contains("CH1074") && sarif.contains("conf/lost.yaml"), "{sarif}");
    let err = world.check("check conf", 0).await.err;
    for reason in ["names of files", "limits of a container", "of no discovery document", "of no kind of document"] {
        assert!(err.contains(reason), "{reason}: {err}");
    }
    assert!(world.check("check conf --deny CH1074", 1).await.err.contains("lost.yaml"));
}

#[tokio::test]
async fn commands_that_serve_nothing_do_not_speak_of_what_is_in_service() {
    let world = World::new();
    world.write("blank.yaml", " \n");
    for command in ["check", "render", "plan --against blank.yaml"] {
        for file in ["missing.yaml", "blank.yaml"] {
            let err = world.check(&format!("{command} {file}"), 1).await.err;
            assert!(err.contains("CH000"), "{command} {file}: {err}");
            assert!(!err.contains("service") && !err.contains("last good"), "{command} {file}: {err}");
        }
    }
    assert!(world.check("check missing.yaml", 1).await.err.contains("check the path"));
}

const MANIFEST: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: edge}
data:
  README.md: not a document
  cds.yaml: |
    spec:
      clusters:
      - {name: web, endpoints: [\"10.0.0.1:80\"]}
  lds.json: '{\"spec\": {\"clusters\": [{\"name\": \"api\", \"endpoints\": [\"10.0.0.2:80\"]}]}}'
";

#[tokio::test]
async fn a_config_map_that_is_named_is_its_documents() {
    let world = World::new();
    world.write("conf/map.yaml", MANIFEST);
    assert!(world.check("check conf/map.yaml", 0).await.err.contains("OK: 2 documents, 4 resources"));
    let rendered = world.check("render conf/map.yaml", 0).await.out;
    assert!(rendered.contains("name: web") && rendered.contains("name: api"), "{rendered}");
    let imported = world.check("import conf/map.yaml", 0).await.out;
    assert!(imported.contains("name: web") && imported.contains("\n---\n"), "{imported}");
    let beside = world.check("check conf", 0).await.err;
    assert!(beside.contains("a Kubernetes manifest (ConfigMap)"), "{beside}");
}

#[tokio::test]
async fn faults_in_a_config_map_are_at_its_own_lines() {
    let world = World::new();
    world.write("map.yaml", MANIFEST.replace("endpoints", "endpoinst"));
    let err = world.check("check map.yaml", 1).await.err;
    assert!(err.contains("map.yaml:9:21") && err.contains("did you mean `endpoints`?"), "{err}");
    assert!(err.contains("map.yaml:10:3"), "{err}");
    world.write("map.yaml", MANIFEST.replace("- {name: web,", "- {name: web"));
    let err = world.check("check map.yaml", 1).await.err;
    assert!(err.contains("CH1001") && err.contains("map.yaml:9:"), "{err}");
}
