//! `bootstrap lint` beside a real Envoy: what is called an error Envoy refuses, and what is only denied it takes.

use std::fs;
use std::path::Path;

use chancery::bootstrap_lint::{Expected, lint};
use chancery::envoy::{BootstrapOptions, Mode, bootstrap, validate};
use chancery::spec::codes::{self, Level};
use chancery::spec::{Diagnostic, Severity, Text};

use crate::envoy::the_envoy;

const EXPECTED: Expected<'static> = Expected { port: 18000, management_cluster: "xds_cluster", documents: None };

/// A bootstrap on which nothing can be said; what a row replaces stands in it once.
const GOOD: &str = r#"node: {id: edge-1, cluster: edge}
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}
dynamic_resources:
  ads_config:
    api_type: GRPC
    transport_api_version: V3
    set_node_on_first_message_only: true
    grpc_services: [{envoy_grpc: {cluster_name: xds_cluster}}]
  lds_config: {resource_api_version: V3, ads: {}}
  cds_config: {ads: {}, resource_api_version: V3}
static_resources:
  clusters:
  - name: xds_cluster
    type: STRICT_DNS
    connect_timeout: 1s
    upstream_connection_options: {tcp_keepalive: {keepalive_time: 30}}
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {http2_protocol_options: {}}
    load_assignment:
      cluster_name: xds_cluster
      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: chancery, port_value: 18000}}}}]}]
"#;

/// What is replaced in the good one, by what, and the code of it.
const ROWS: &[(&str, &str, &str)] = &[
    ("node: {id: edge-1, cluster: edge}\n", "", codes::NO_NODE),
    (", cluster: edge}", "}", codes::NO_NODE),
    ("{resource_api_version: V3, ads: {}}", "{resource_api_version: V3}", codes::EMPTY_CONFIG_SOURCE),
    ("ads: {}}\n  cds", "self: {}}\n  cds", codes::SELF_SOURCE),
    ("    grpc_services: [{envoy_grpc: {cluster_name: xds_cluster}}]\n", "", codes::NO_GRPC_SERVICE),
    ("    api_type: GRPC\n", "", codes::NO_API_TYPE),
    ("api_type: GRPC", "api_type: REST", codes::API_TYPE),
    ("transport_api_version: V3", "transport_api_version: V2", codes::OLD_API_VERSION),
    ("    transport_api_version: V3\n", "", codes::NO_API_VERSION),
    ("{resource_api_version: V3, ads", "{ads", codes::NO_API_VERSION),
    ("  - name: xds_cluster", "  - name: other", codes::NO_MANAGEMENT_CLUSTER),
    (
        "type: STRICT_DNS",
        "type: EDS\n    eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}",
        codes::MANAGEMENT_BY_EDS,
    ),
    ("    type: STRICT_DNS\n", "", codes::NAME_IN_STATIC),
    ("port_value: 18000", "port_value: 1800", codes::OTHER_PORT),
    ("http2_protocol_options: {}", "http_protocol_options: {}", codes::NO_HTTP2),
    ("    upstream_connection_options: {tcp_keepalive: {keepalive_time: 30}}\n", "", codes::NO_KEEPALIVE),
    (
        "endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: chancery, port_value: 18000}}}}]}]",
        "endpoints: []",
        codes::NO_ENDPOINT,
    ),
    ("address: 127.0.0.1", "address: 0.0.0.0", codes::OPEN_ADMIN),
    ("    set_node_on_first_message_only: true\n", "", codes::NODE_IN_EVERY_MESSAGE),
    ("  cds_config: {ads: {}, resource_api_version: V3}\n", "", codes::HALF_FOLLOWED),
    (
        "cds_config: {ads: {}, resource_api_version: V3}",
        "cds_config: {resource_api_version: V3, api_config_source: {api_type: GRPC, transport_api_version: V3, set_node_on_first_message_only: true, grpc_services: [{envoy_grpc: {cluster_name: xds_cluster}}]}}",
        codes::MIXED_SOURCES,
    ),
    (
        "  ads_config:\n    api_type: GRPC\n    transport_api_version: V3\n    set_node_on_first_message_only: true\n    grpc_services: [{envoy_grpc: {cluster_name: xds_cluster}}]\n",
        "",
        codes::NO_ADS_CONFIG,
    ),
];

fn codes_of(name: &str, yaml: &str, expected: Expected<'_>) -> Vec<&'static str> {
    let mut codes: Vec<_> = lint(&Text::new(name, yaml), expected).0.iter().map(|it| it.code).collect();
    codes.dedup();
    codes
}

#[tokio::test]
async fn errors_are_what_envoy_refuses() {
    assert_eq!(codes_of("good", GOOD, EXPECTED), [""; 0]);
    let envoy = the_envoy().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("envoy.yaml");
    let mut wrong = Vec::new();
    for (old, new, code) in [("", "", "")].iter().chain(ROWS) {
        let yaml = GOOD.replacen(old, new, 1);
        assert!(code.is_empty() || yaml != GOOD, "{code}");
        let found = codes_of(code, &yaml, EXPECTED);
        if !code.is_empty() && found != [*code] {
            wrong.push(format!("{code}: {found:?}"));
        }
        let Some(envoy) = &envoy else { continue };
        fs::write(&file, &yaml).unwrap();
        let said = validate(envoy, &file).await.unwrap();
        let refused = codes::find(code).is_some_and(|it| it.level == Level::Error);
        // Envoy has REST, but not for ADS.
        if said.accepted == refused && *code != codes::API_TYPE {
            wrong.push(format!("{code}: Envoy accepts: {}\n{}", said.accepted, said.log));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What `chancery bootstrap` prints has nothing to be said about.
#[test]
fn our_own_bootstraps_are_good() {
    for (name, mode) in Mode::ALL {
        for server in ["chancery:18000", "10.0.0.1:18000"] {
            let text = bootstrap(&BootstrapOptions {
                mode,
                node_id: "a".to_owned(),
                node_cluster: "b".to_owned(),
                locality: None,
                metadata: Vec::new(),
                server: server.parse().unwrap(),
                management_cluster: "xds_cluster".to_owned(),
                admin: "127.0.0.1:9901".parse().unwrap(),
                runtime_layer: Some("runtime-0".to_owned()),
            });
            let out = lint(&Text::new(name, text), EXPECTED);
            assert!(out.0.is_empty(), "{name}: {out:?}");
        }
    }
}

/// Every bootstrap of the seeds: an error where Envoy refuses it, and none where Envoy takes it.
#[tokio::test]
async fn seeds() {
    let expected = [
        ("a-envoy.yaml", "CH4003 CH4016 CH4016 CH4032"),
        ("b-ads-front-envoy.yaml", "CH1105 CH4032 CH4027"),
        ("b-conf-front-envoy.yaml", "CH1105 CH4032 CH4003 CH1105 CH1105"),
        ("b-eds-front-envoy.yaml", "CH4003 CH1105 CH4032 CH1102 CH1105"),
        ("b-eds-sidecar.yaml", "CH4003 CH1105 CH4032 CH1102"),
        ("b-grpc-front-envoy.yaml", "CH1001 CH1105 CH4032 CH4015 CH4015 CH4027"),
        ("e-bootstrap.yaml", "CH4012 CH4015 CH4012 CH4012 CH4027 CH1105 CH1105 CH4032"),
    ];
    let envoy = the_envoy().await;
    for (name, codes_expected) in expected {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs/seeds").join(name);
        let found = lint(&Text::new(name, fs::read_to_string(&path).unwrap()), EXPECTED).0;
        let codes: Vec<_> = found.iter().map(|it| it.code).collect();
        assert_eq!(codes.join(" "), codes_expected, "{name}");
        // Those that read files of their own directory cannot be judged elsewhere.
        let follows_files = name == "a-envoy.yaml" || name.contains("-conf-");
        let Some(envoy) = envoy.as_ref().filter(|_| !follows_files) else { continue };
        let fatal = |it: &&Diagnostic| it.severity == Severity::Error && it.code != codes::FOLLOWS_NOBODY;
        let said = validate(envoy, &path).await.unwrap();
        assert_eq!(said.accepted, found.iter().find(fatal).is_none(), "{name}: {}", said.log);
    }
}

/// L2, L3 and L13 of the seeds' lab, with what to write.
#[test]
fn the_labs_faults_are_found_with_their_fixes() {
    let seed = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs/seeds").join(name);
        Text::new(name, fs::read_to_string(path).unwrap())
    };
    let found = lint(&seed("b-grpc-front-envoy.yaml"), EXPECTED).0;
    assert_eq!(found[0].place(), "b-grpc-front-envoy.yaml:19:7");
    assert_eq!(found[0].message, "the key `grpc_services:` is missing before this list");
    assert!(found[0].fix.is_some());
    let found = lint(&seed("e-bootstrap.yaml"), EXPECTED).0;
    let deprecated: Vec<_> = found.iter().filter(|it| it.code == codes::DEPRECATED).collect();
    assert!(deprecated.len() == 2 && deprecated.iter().all(|it| it.fix.is_some() && it.severity == Severity::Warning));
    let nobody = GOOD.replacen("node: {id: edge-1, cluster: edge}\n", "", 1);
    let found = lint(&Text::new("nobody", nobody), EXPECTED).0;
    assert_eq!((found[0].code, found[0].help.len()), (codes::NO_NODE, 2));
}

/// Envoy takes the map of a duration's two fields as well as its text; a wrong field it refuses.
#[tokio::test]
async fn a_duration_may_be_a_map() {
    let envoy = the_envoy().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("b.yaml");
    let cases = [
        ("{nanos: 500000000}", ""),
        ("{seconds: 1}", ""),
        ("{nano: 5}", "CH1004"),
        ("{seconds: 1, nanos: -5}", "CH1004"),
    ];
    for (duration, expected) in cases {
        let text = GOOD.replace("connect_timeout: 1s", &format!("connect_timeout: {duration}"));
        let found: Vec<_> = lint(&Text::new("b.yaml", text.as_str()), EXPECTED).0.iter().map(|it| it.code).collect();
        assert_eq!(found.join(" "), expected, "{duration}");
        let Some(envoy) = &envoy else { continue };
        fs::write(&file, &text).unwrap();
        let said = validate(envoy, &file).await.unwrap();
        assert_eq!(said.accepted, expected.is_empty(), "{duration}: {}", said.log);
    }
}
