//! `chancery bootstrap lint`: exit codes, places, documents.

use super::world::{World, cluster};

const GOOD: &str = "bootstrap --node-id edge-1 --node-cluster edge";

#[tokio::test]
async fn what_bootstrap_prints_is_good_and_nothing_is_said() {
    let world = World::new();
    world.write("envoy.yaml", world.check(GOOD, 0).await.out);
    let ended = world.check("bootstrap lint envoy.yaml", 0).await;
    assert_eq!((ended.out.as_str(), ended.err.as_str()), ("", ""));
    // A variable that stands in for a flag of the other form does not get in the way.
    world.check("CHANCERY_NODE_ID=a bootstrap lint envoy.yaml", 0).await;
    world.check("bootstrap", 64).await;
    world.check("bootstrap lint", 64).await;
    let ended = world.check("bootstrap lint nothing.yaml", 1).await;
    assert!(ended.err.contains("cannot read nothing.yaml"), "{ended:?}");
}

#[tokio::test]
async fn faults_have_their_place_and_their_fix() {
    let world = World::new();
    let good = world.check(GOOD, 0).await.out;
    let envoy = good.replace("node:  #", "nod:  #");
    world.write("envoy.yaml", envoy);
    let ended = world.check("bootstrap lint envoy.yaml", 1).await;
    for part in ["error[CH1003]", "did you mean `node`?", "error[CH4001]", "add `node: {id: edge-1, cluster: edge}`"] {
        assert!(ended.err.contains(part), "{part}: {ended:?}");
    }
    let ended = world.check("bootstrap lint envoy.yaml --format json", 1).await;
    assert!(ended.out.contains("CH4001") && ended.err.is_empty(), "{ended:?}");
    world.write("envoy.yaml", &good);
    let ended = world.check("bootstrap lint envoy.yaml --server chancery:9002", 0).await;
    assert!(ended.err.contains("warning[CH4025]") && ended.err.contains("to be on 9002"), "{ended:?}");
    let mut stdin = world.program("sh");
    stdin.args(["-c", "\"$0\" bootstrap lint - < envoy.yaml", env!("CARGO_BIN_EXE_chancery")]);
    assert_eq!(super::world::ended(stdin).await.code, Some(0));
}

#[tokio::test]
async fn documents_must_be_for_the_node_and_not_in_each_others_way() {
    let world = World::new();
    world.write("envoy.yaml", world.check(GOOD, 0).await.out);
    world.write("config/a.yaml", format!("nodes: [{{id: edgy-*}}]\n{}", cluster("a")));
    let ended = world.check("bootstrap lint envoy.yaml --documents config", 1).await;
    for part in ["error[CH4030]: no document is for the node \"edge-1\"", "nearest is", "edgy-*"] {
        assert!(ended.err.contains(part), "{part}: {ended:?}");
    }
    world.write("config/a.yaml", cluster("xds_cluster"));
    let ended = world.check("bootstrap lint envoy.yaml --documents config", 0).await;
    assert!(ended.err.contains("warning[CH4031]") && ended.err.contains("a.yaml:4"), "{ended:?}");
    world.write("config/a.yaml", cluster("a"));
    assert_eq!(world.check("bootstrap lint envoy.yaml --documents config", 0).await.err, "");
}
