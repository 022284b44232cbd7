//! The bootstraps that `chancery bootstrap` prints: a real Envoy takes them without a warning.

use chancery::envoy::{BootstrapOptions, Locality, Mode, bootstrap, validate};
use serde_json::json;

use super::bench::{Bench, follower_options};

async fn check(bench: &Bench, name: &str, options: &BootstrapOptions) {
    let text = bootstrap(options);
    let file = bench.write(&format!("{name}.yaml"), &text);
    let said = validate(bench.envoy_binary(), &file).await.unwrap();
    assert!(said.accepted, "{name}: {}\n{text}", said.log);
    assert!(said.warnings().is_empty(), "{name}: {:#?}\n{text}", said.warnings());
}

#[tokio::test]
async fn every_mode_is_valid_and_uses_nothing_deprecated() {
    let Some(bench) = Bench::open().await else { return };
    for (name, mode) in Mode::ALL {
        let plain = follower_options("edge-1", mode, 18000);
        check(&bench, name, &plain).await;
        let everything = BootstrapOptions {
            node_id: "edge \"1\": {x}".to_owned(),
            locality: Some(Locality { region: "eu".to_owned(), zone: "no".to_owned(), sub_zone: "1".to_owned() }),
            metadata: vec![("role".to_owned(), "edge".into()), ("tier: x".to_owned(), json!({"n": [1, true, null]}))],
            server: "chancery.example:18000".parse().unwrap(),
            management_cluster: "control plane".to_owned(),
            runtime_layer: Some("runtime-0".to_owned()),
            ..plain
        };
        check(&bench, &format!("{name}-everything"), &everything).await;
    }
}

#[tokio::test]
async fn what_a_user_gives_arrives_in_envoy_as_given() {
    let Some(bench) = Bench::open().await else { return };
    let options = BootstrapOptions {
        node_id: "edge \"1\": {x}\n# no".to_owned(),
        metadata: vec![("tier: x".to_owned(), json!({"n": [1, true]})), ("plain".to_owned(), "007".into())],
        ..follower_options("", Mode::DeltaAds, 1)
    };
    let envoy = bench.envoy("quoted", &bootstrap(&options)).await;
    let info = envoy.admin().json("/server_info").await.unwrap();
    assert_eq!(info["node"]["id"], options.node_id.as_str());
    assert_eq!(info["node"]["metadata"], json!({"tier: x": {"n": [1, true]}, "plain": "007"}));
}

#[tokio::test]
async fn warnings_would_be_seen() {
    let Some(bench) = Bench::open().await else { return };
    let text = bootstrap(&follower_options("edge-1", Mode::Ads, 1)).replace(
        "    connect_timeout: 1s\n",
        "    connect_timeout: 1s\n    dns_failure_refresh_rate: {base_interval: 1s}\n",
    );
    let file = bench.write("deprecated.yaml", &text);
    let said = validate(bench.envoy_binary(), &file).await.unwrap();
    assert!(said.accepted && said.warnings().iter().any(|it| it.contains("dns_failure_refresh_rate")), "{}", said.log);
}
