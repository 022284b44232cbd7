//! Bootstraps in, places and codes out.

use super::*;

const EXPECTED: Expected<'static> = Expected { port: 18000, management_cluster: "xds_cluster", documents: None };

fn codes_of(yaml: &str) -> Vec<String> {
    let out = lint(&Text::new("t", yaml), EXPECTED);
    out.0.iter().map(|it| format!("{} {}", it.place().trim_start_matches("t:"), it.code)).collect()
}

#[test]
fn l2_a_missing_key_is_named_and_the_rest_is_read() {
    let yaml = "node: {id: a, cluster: b}
dynamic_resources:
  lds_config:
    resource_api_version: V3
    api_config_source:
      api_type: GRPC
      transport_api_version: V3
      - envoy_grpc:
          cluster_name: nobody
";
    let out = lint(&Text::new("t", yaml), EXPECTED);
    let first = &out.0[0];
    assert_eq!(first.place(), "t:8:7");
    assert_eq!(first.message, "the key `grpc_services:` is missing before this list");
    let mended = crate::spec::apply_edits(yaml, &first.fix.as_ref().unwrap().edits).unwrap();
    assert!(mended.contains("V3\n      grpc_services:\n      - envoy_grpc:\n"), "{mended}");
    let cluster = out.0.iter().find(|it| it.code == codes::NO_MANAGEMENT_CLUSTER).unwrap();
    assert_eq!(cluster.place(), "t:9:25");
}

#[test]
fn fixes_of_the_management_cluster_mend_it() {
    let start = "dynamic_resources:\n  ads_config: {api_type: GRPC, grpc_services: [{envoy_grpc: {cluster_name: xds_cluster}}]}\n";
    for cluster in [
        "static_resources:\n  clusters:\n  - name: xds_cluster # here\n    type: STRICT_DNS\n",
        "static_resources:\n  clusters: [{name: xds_cluster, type: STRICT_DNS}]\n",
        "{\"static_resources\": {\"clusters\": [\n{\"name\": \"xds_cluster\"}]}, \"dynamic_resources\": {\"adsConfig\": {\"apiType\": \"GRPC\", \"grpcServices\": [{\"envoyGrpc\": {\"clusterName\": \"xds_cluster\"}}]}}}",
    ] {
        let yaml = if cluster.starts_with('{') { cluster.to_owned() } else { format!("{start}{cluster}") };
        let out = lint(&Text::new("t", yaml.clone()), EXPECTED);
        let fixes = out.0.iter().filter(|it| [codes::NO_HTTP2, codes::NO_KEEPALIVE].contains(&it.code));
        let edits: Vec<_> = fixes.flat_map(|it| it.fix.clone().unwrap().edits).collect();
        assert_eq!(edits.len(), 2, "{out:?}");
        let mended = crate::spec::apply_edits(&yaml, &edits).unwrap();
        let left = codes_of(&mended);
        assert!(!left.iter().any(|it| it.ends_with("CH4026") || it.ends_with("CH4027")), "{left:?}\n{mended}");
        assert!(!left.iter().any(|it| it.contains("CH10")), "{left:?}\n{mended}");
    }
}

#[test]
fn what_is_no_bootstrap() {
    for (yaml, expected) in [
        ("spec: {}", "1:1 CH4002"),
        ("resources: []", "1:1 CH4002"),
        ("- a", "1:1 CH4002"),
        ("node: {id: a}\n---\nnode: {id: b}", "3:1 CH4002"),
        ("# nothing", "t CH1015"),
    ] {
        assert_eq!(codes_of(yaml), [expected], "{yaml}");
    }
}

#[test]
fn both_spellings_are_read() {
    let yaml = r#"{"node": {"id": "a", "cluster": "b"}, "dynamicResources": {"ldsConfig": {"ads": {}, "resourceApiVersion": "V3"}}}"#;
    assert_eq!(codes_of(yaml), ["1:39 CH4004", "1:74 CH4006"]);
}
