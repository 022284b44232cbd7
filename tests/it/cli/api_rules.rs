//! Rules of Envoy's API on the command line: for an Envoy newer than this program they can be warnings, or nothing.

use super::world::World;

#[tokio::test]
async fn pgv_sets_the_level_of_all_rules_and_single_codes_go_first() {
    let world = World::new();
    let cluster =
        "'@type': type.googleapis.com/envoy.config.cluster.v3.Cluster, name: a, lb_policy: 99, connect_timeout: 0s";
    world.write("a.yaml", format!("resources: [{{{cluster}}}]\nlints: {{CH3007: allow}}\n"));
    let refused = world.check("check a.yaml", 1).await;
    assert!(refused.err.contains("error[CH1202]") && refused.err.contains("error[CH1205]"), "{}", refused.err);
    let warned = world.check("check a.yaml --pgv warn", 0).await;
    assert!(warned.err.contains("warning[CH1202]") && warned.err.contains("warning[CH1205]"), "{}", warned.err);
    let mixed = world.check("check a.yaml --pgv allow --deny CH1205", 1).await;
    assert!(!mixed.err.contains("CH1202") && mixed.err.contains("error[CH1205]"), "{}", mixed.err);
    let silent = world.check("CHANCERY_PGV=allow check a.yaml", 0).await;
    assert!(!silent.err.contains("CH12"), "{}", silent.err);
}
