//! `chancery check --envoy` and `chancery render --to bootstrap`, with a real Envoy.

use std::path::Path;

use super::world::{World, cluster};
use crate::envoy::the_envoy;

/// A listener by RDS, in one file, and its routes in another, for some nodes.
const LISTENER: &str = "\
nodes: [{id: edge}]
spec:
  listeners:
  - {name: http, port: 8080, routes: [{prefix: /, cluster: web}]}
";

async fn check(world: &World, line: &str, code: i32) -> Option<String> {
    let envoy = the_envoy().await?;
    let ended = world.check(&format!("check --envoy {} {line}", envoy.display()), code).await;
    assert_eq!(ended.out, "");
    Some(ended.err)
}

#[tokio::test]
async fn envoy_has_nothing_to_say_of_what_is_good() {
    let world = World::new();
    world.write("all.yaml", cluster("web"));
    world.write("edge.yaml", LISTENER);
    let Some(said) = check(&world, "all.yaml edge.yaml", 0).await else { return };
    assert_eq!(said, "OK: 2 documents, 4 resources\n");
}

/// Two faults that we are told not to look for, each in its own file and group, at their lines.
#[tokio::test]
async fn what_envoy_says_stands_at_the_users_line() {
    let world = World::new();
    world.write("all.yaml", cluster("web") + "    envoy: {lb_policy: CLUSTER_PROVIDED}\n");
    let rewrite = "cluster: web, envoy: {route: {regex_rewrite: {pattern: {regex: '(['}, substitution: a}}}";
    world.write("edge.yaml", LISTENER.replace("cluster: web", rewrite));
    let Some(said) = check(&world, "all.yaml edge.yaml --allow CH3408,CH3304", 1).await else { return };
    for part in [
        "error[CH5001]: a real Envoy refuses CDS `web`: cluster manager: cluster provided LB specified",
        "all.yaml:4:",
        "error[CH5001]: a real Envoy refuses RDS `http`: missing ]: [",
        "edge.yaml:4:",
        "regex: '(['",
        "2 errors",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(said.matches("CDS `web`").count(), 1, "both groups have it, but it is told once: {said}");
}

#[tokio::test]
async fn a_secret_that_envoy_cannot_use_is_named_and_not_shown() {
    let world = World::new();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs/corpus/bad/tls-secret-key-mismatch.yaml");
    let text = std::fs::read_to_string(corpus).unwrap();
    let key = text.split_once("BEGIN PRIVATE KEY-----").unwrap().1.lines().nth(1).unwrap().trim();
    world.write("a.yaml", &text);
    let Some(envoy) = the_envoy().await else { return };
    // Our own rules may know by then: what matters is that nobody shows the key.
    let ended = world.run(&format!("check --envoy {} a.yaml", envoy.display())).await;
    assert!(!ended.err.contains(key) && !ended.out.contains(key), "{ended:?}");
}

#[tokio::test]
async fn a_file_that_is_not_here_is_no_fault_of_the_document() {
    let world = World::new();
    world.write("a.yaml", cluster("web") + "    tls: {ca: {file: /etc/envoy/nowhere.pem}, sni: a.example.com}\n");
    let Some(said) = check(&world, "a.yaml", 0).await else { return };
    assert!(said.contains("warning[CH5003]") && said.contains("`/etc/envoy/nowhere.pem`"), "{said}");
}

#[tokio::test]
async fn no_envoy_is_asked_about_faulty_documents_and_none_that_is_missing() {
    let world = World::new();
    world.write("bad.yaml", cluster("a").replace("endpoints", "endpoint"));
    world.write("good.yaml", cluster("a"));
    let ended = world.check("check --envoy /no/envoy bad.yaml", 1).await;
    assert!(ended.err.contains("no Envoy is asked until the documents are good"), "{ended:?}");
    let ended = world.check("check --envoy /no/envoy good.yaml", 1).await;
    assert!(ended.err.contains("`/no/envoy` could not be started"), "{ended:?}");
    let ended = world.check("check --envoy 0.1.0 good.yaml", 1).await;
    assert!(ended.err.contains("no Envoy 0.1.0 is pinned"), "{ended:?}");
}

#[tokio::test]
async fn a_bootstrap_holds_everything_and_says_where_it_comes_from() {
    let world = World::new();
    world.write("all.yaml", cluster("web"));
    world.write("edge.yaml", LISTENER);
    let line = "render all.yaml edge.yaml --node edge --to bootstrap";
    let yaml = world.check(line, 0).await;
    assert_eq!(yaml.err, "");
    for part in ["id: chancery-check", "type: STATIC", "route_config:", "cluster_name: web", "validate_clusters: false"]
    {
        assert!(yaml.out.contains(part), "{part}: {}", yaml.out);
    }
    for part in ["#", "admin", "rds", "eds_cluster_config", "ads"] {
        assert!(!yaml.out.contains(part), "{part}: {}", yaml.out);
    }
    let origins = world.check(&format!("{line} --origin"), 0).await.out;
    let remarks: Vec<_> = origins.lines().filter(|it| it.trim_start().starts_with('#')).collect();
    assert_eq!(remarks, ["  # LDS http, from edge.yaml:4", "  # CDS web, from all.yaml:4"]);
    assert_eq!(
        origins.lines().filter(|it| !it.trim_start().starts_with('#')).collect::<Vec<_>>(),
        yaml.out.lines().collect::<Vec<_>>()
    );
    let json: serde_json::Value =
        serde_json::from_str(&world.check(&format!("{line} --format json"), 0).await.out).unwrap();
    assert_eq!(json["static_resources"]["listeners"][0]["name"], "http");
    let discovery = world.check("render all.yaml edge.yaml --node edge --origin", 0).await.out;
    assert!(discovery.contains("# RDS http, from edge.yaml:4\n- "), "{discovery}");
    let refused = world.check("render all.yaml --origin --format json", 1).await;
    assert!(refused.err.contains("JSON does not have"), "{refused:?}");
    let Some(envoy) = the_envoy().await else { return };
    for (name, text) in [("b.yaml", &origins), ("b.json", &json.to_string())] {
        world.write(name, text);
        let said = chancery::envoy::validate(&envoy, &world.path(name)).await.unwrap();
        assert!(said.accepted, "{}\n{text}", said.log);
    }
}
