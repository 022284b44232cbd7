//! Seed 004: a control plane of one's own (S114–S129). A TLS upstream with SNI, a rewritten host, a scheme set to
//! https. The site of the seed, www.envoyproxy.io, is played by an upstream on loopback.

use super::bench::{Bench, adapt, free_port, until_served_by};
use super::daemon::{Chancery, Serve};
use super::upstream::Upstream;

/// The seed's bootstrap, deprecated fields and all (S125).
const BOOTSTRAP: &str = r#"
node:
  id: xds-node-id
  cluster: xds-node-cluster

dynamic_resources:
  ads_config:
    api_type: GRPC
    grpc_services:
    - envoy_grpc:
        cluster_name: xds_cluster
  cds_config:
    ads: {}
  lds_config:
    ads: {}

static_resources:
  clusters:
  - name: xds_cluster
    connect_timeout: 1s
    type: STRICT_DNS
    lb_policy: ROUND_ROBIN
    http2_protocol_options: {}
    load_assignment:
      cluster_name: xds_cluster
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address:
                address: 127.0.0.1
                port_value: 18000

admin:
  access_log_path: /dev/null
  address:
    socket_address:
      address: 0.0.0.0
      port_value: 9901
"#;

/// What `buildCluster` returns.
const CLUSTER: &str = r#""@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: xds_demo_cluster
  connect_timeout: 3s
  type: STRICT_DNS
  dns_lookup_family: V4_ONLY
  lb_policy: ROUND_ROBIN
  load_assignment:
    cluster_name: xds_demo_cluster
    endpoints:
    - lb_endpoints:
      - endpoint:
          address:
            socket_address: {address: localhost, port_value: 443}
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      sni: www.envoyproxy.io
"#;

/// What `buildListener` returns, with `buildHttpManager` inside.
const LISTENER: &str = r#""@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: listener_xds_demo
  address:
    socket_address: {address: 0.0.0.0, port_value: 12000}
  filter_chains:
  - filters:
    - name: envoy.filters.network.http_connection_manager
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
        stat_prefix: ingress_http
        route_config:
          name: xds_demo_route
          virtual_hosts:
          - name: xds_demo_service
            domains: ["*"]
            routes:
            - match: {prefix: /}
              route:
                host_rewrite_literal: www.envoyproxy.io
                cluster: xds_demo_cluster
        http_filters:
        - name: envoy.filters.http.router
          typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
        scheme_header_transformation: {scheme_to_overwrite: https}
"#;

/// The same in the simple spec.
const SIMPLE: &str = "
name: xds-demo
version: \"1\"
nodes:
- {id: xds-node-id}
spec:
  listeners:
  - name: listener_xds_demo
    address: 0.0.0.0
    port: 12000
    http: {scheme: https}
    routes:
    - {name: xds_demo_route, prefix: /, clusters: [xds_demo_cluster], host_rewrite: www.envoyproxy.io}
  clusters:
  - name: xds_demo_cluster
    connect_timeout: 3s
    tls: {sni: www.envoyproxy.io}
    endpoints:
    - {address: localhost, port: 443}
";

async fn site() -> Upstream {
    Upstream::tls("www.envoyproxy.io", "www.envoyproxy.io").await
}

/// The seed's documents on this machine's ports.
fn here(text: &str, port: u16, site: &Upstream) -> String {
    let text = text.replace("port_value: 443", &format!("port_value: {}", site.port()));
    text.replace("port: 443", &format!("port: {}", site.port())).replace("12000", &port.to_string())
}

/// `curl http://localhost:12000`: the site answers, over TLS, under its own name.
async fn check_traffic(port: u16, site: &Upstream) {
    until_served_by(port, "/", "www.envoyproxy.io").await;
    let seen = site.last_seen().unwrap();
    assert_eq!(seen.sni.as_deref(), Some("www.envoyproxy.io"));
    assert_eq!(seen.header("host"), Some("www.envoyproxy.io"));
    assert_eq!(seen.header("x-forwarded-proto"), Some("https"), "{}", seen.head);
}

async fn check_through_chancery(documents: &[(&str, String)], port: u16, site: &Upstream, bench: &Bench) {
    for (name, text) in documents {
        bench.write(&format!("config/{name}.yaml"), text);
    }
    let chancery = Chancery::start(bench, Serve::source(&bench.path("config"))).await;
    let server = format!("port_value: {}", chancery.port());
    let bootstrap = adapt(BOOTSTRAP, &[("port_value: 18000", &server), ("port_value: 9901", "port_value: 0")]);
    let envoy = bench.envoy("envoy", &bootstrap).await;
    check_traffic(port, site).await;
    // S126: the lines of a success, in their order.
    let log = envoy.log();
    let places = ["cds: added/updated 1 cluster(s)", "lds: add/update listener 'listener_xds_demo'"];
    let places = places.map(|it| log.find(it).unwrap_or_else(|| panic!("no `{it}` in\n{log}")));
    assert!(places[0] < places[1], "{log}");
    assert_eq!(envoy.admin().stats("update_rejected").await.unwrap().sum_of(".update_rejected"), 0);
}

#[tokio::test]
async fn s114_s129_discovery_documents() {
    let Some(bench) = Bench::open().await else { return };
    let (site, port) = (site().await, free_port());
    let document = |text: &str| format!("version_info: \"1\"\nresources:\n- {}", here(text, port, &site));
    let documents = [("clusters", document(CLUSTER)), ("listeners", document(LISTENER))];
    check_through_chancery(&documents, port, &site, &bench).await;
}

#[tokio::test]
async fn s114_s129_the_simple_spec() {
    let Some(bench) = Bench::open().await else { return };
    let (site, port) = (site().await, free_port());
    check_through_chancery(&[("demo", here(SIMPLE, port, &site))], port, &site, &bench).await;
}

/// Without Chancery between: the scene itself, and that the seed's resources do what the seed says.
#[tokio::test]
async fn the_same_resources_in_an_envoy_alone() {
    let Some(bench) = Bench::open().await else { return };
    let (site, port) = (site().await, free_port());
    for (name, text) in [("cds", CLUSTER), ("lds", LISTENER)] {
        bench.write(&format!("{name}.yaml"), &format!("resources:\n- {}", here(text, port, &site)));
    }
    let source = |name: &str| format!("{{path_config_source: {{path: {}}}}}", bench.path(name).display());
    let bootstrap = format!(
        "node: {{id: alone, cluster: alone}}
admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: 0}}}}}}
dynamic_resources: {{cds_config: {}, lds_config: {}}}",
        source("cds.yaml"),
        source("lds.yaml")
    );
    let _envoy = bench.envoy("alone", &bootstrap).await;
    check_traffic(port, &site).await;
}
