//! `chancery explain` and `chancery schema` as commands: output, exit codes, talk.

use serde_json::Value;

use super::world::World;

#[tokio::test]
async fn both_languages_are_told_and_ours_comes_first() {
    let world = World::new();
    let ended = world.check("explain cluster.outlier_detection", 0).await;
    let simple = ended.out.find("key of a cluster in the simple spec").unwrap();
    let envoy = ended.out.find("field of Envoy's envoy.config.cluster.v3.Cluster").unwrap();
    assert!(simple < envoy && ended.err.is_empty(), "{ended:?}");
    assert!(ended.out.lines().all(|it| it.chars().count() <= 100), "{}", ended.out);
    assert!(ended.out.contains("\nfields of OutlierDetection\n  consecutive_5xx  whole number\n      The number of"));
}

#[tokio::test]
async fn a_page_in_full() {
    let world = World::new();
    let ended = world.check("explain cluster.connect_timeout", 0).await;
    let expected = "\
cluster.connect_timeout
key of a cluster in the simple spec

  holds    a duration such as `5s`
  default  `5s`
  becomes  `connect_timeout` of Envoy's envoy.config.cluster.v3.Cluster

  How long connecting may take; `5s` by default.


cluster.connect_timeout
field of Envoy's envoy.config.cluster.v3.Cluster

  type     duration
  default  5s
  rules    more than 0s

  The timeout for new network connections to hosts in the cluster. If not set, a default value of 5s
  will be used.
";
    assert_eq!(ended.out, expected);
}

#[tokio::test]
async fn unknown_names_are_talk_and_exit_1() {
    let world = World::new();
    let ended = world.check("explain cluster.lb_polcy", 1).await;
    let expected = "chancery: a cluster has no key `lb_polcy`\ndid you mean:\n  chancery explain cluster.lb_policy\n";
    assert_eq!((ended.out.as_str(), ended.err.as_str()), ("", expected));
    let ended = world.check("explain \u{1b}[31mx", 1).await;
    assert!(ended.err.ends_with("next: `chancery explain` lists what can be asked for\n"), "{ended:?}");
    let ended = world.check("explain --descriptors nowhere.pb cluster", 1).await;
    assert!(ended.err.contains("nowhere.pb"), "{ended:?}");
}

#[tokio::test]
async fn codes_and_the_overview() {
    let world = World::new();
    let ended = world.check("explain ch1003", 0).await;
    assert!(ended.out.starts_with("CH1003\nthe message has no such field\n\n  level  error"), "{ended:?}");
    let ended = world.check("explain CH1101", 0).await;
    assert!(ended.out.contains("lints: {CH1101: allow}") && ended.out.contains("--deny CH1101"), "{ended:?}");
    let ended = world.check("explain", 0).await;
    for part in ["CH1003", "cluster.outlier_detection", "envoy.filters.http.router", "virtual_host", "retry_policy"] {
        assert!(ended.out.contains(part), "{part}: {ended:?}");
    }
}

#[tokio::test]
async fn json() {
    let world = World::new();
    let ended = world.check("explain --json cluster.connect_timeout", 0).await;
    let json: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(json["pages"][1]["facts"]["rules"], "more than 0s");
    assert_eq!(json["pages"][0]["text"][0]["form"], "text");
}

#[tokio::test]
async fn schema_prints_one_line_of_json() {
    let world = World::new();
    let ended = world.check("schema --simple", 0).await;
    let json: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(json["$schema"], "http://json-schema.org/draft-07/schema#");
    assert!(ended.out.lines().count() == 1 && ended.err.is_empty());
    let whole = world.check("schema", 0).await;
    assert!(whole.out.len() > 10 * ended.out.len());
}
