//! Seed 003: Envoy's dynamic-config-cp sandbox (S98–S112). Envoy starts before the control plane, outlives it, and
//! follows it when it comes back. LDS and CDS on ADS, RDS on a stream of its own.

use std::io;

use chancery::envoy::{Envoy, http};

use super::bench::{Bench, SOON, adapt, eventually, free_port, local, served_by, until_served_by};
use super::daemon::{Chancery, Serve};
use super::dump::held;
use super::settled::until_nothing_warms;
use super::upstream::Upstream;

/// The sandbox's bootstrap: neither `transport_api_version` nor `resource_api_version` (S112).
const BOOTSTRAP: &str = r#"
node:
  cluster: test-cluster
  id: test-id

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
  - type: STRICT_DNS
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config:
          http2_protocol_options: {}
    name: xds_cluster
    load_assignment:
      cluster_name: xds_cluster
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address:
                address: go-control-plane
                port_value: 18000

admin:
  address:
    socket_address:
      address: 0.0.0.0
      port_value: 19000
"#;

/// What the sandbox's Go code builds for each type, with the constants at its head.
const CLUSTERS: &str = r#"
version_info: "VERSION"
resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: example_proxy_cluster
  type: LOGICAL_DNS
  connect_timeout: 5s
  dns_lookup_family: V4_ONLY
  lb_policy: ROUND_ROBIN
  load_assignment:
    cluster_name: example_proxy_cluster
    endpoints:
    - lb_endpoints:
      - endpoint:
          address:
            socket_address: {address: localhost, port_value: UPSTREAM}
"#;

const ROUTES: &str = r#"
version_info: "VERSION"
resources:
- "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
  name: local_route
  virtual_hosts:
  - name: local_service
    domains: ["*"]
    routes:
    - match: {prefix: /}
      route: {cluster: example_proxy_cluster}
"#;

const LISTENERS: &str = r#"
version_info: "VERSION"
resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: listener_0
  address:
    socket_address: {protocol: TCP, address: 0.0.0.0, port_value: 10000}
  filter_chains:
  - filters:
    - name: http-connection-manager
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
        codec_type: AUTO
        stat_prefix: http
        rds:
          route_config_name: local_route
          config_source:
            resource_api_version: V3
            api_config_source:
              api_type: GRPC
              transport_api_version: V3
              set_node_on_first_message_only: true
              grpc_services:
              - envoy_grpc: {cluster_name: xds_cluster}
        http_filters:
        - name: http-router
          typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
"#;

/// Writes the three slots of a snapshot, as an edit of `resource.go` changes them.
fn write_snapshot(bench: &Bench, version: &str, port: u16, upstream: &Upstream) {
    let version = ("VERSION", version);
    bench.write("config/clusters.yaml", &adapt(CLUSTERS, &[version, ("UPSTREAM", &upstream.port().to_string())]));
    bench.write("config/routes.yaml", &adapt(ROUTES, &[version]));
    bench.write("config/listeners.yaml", &adapt(LISTENERS, &[version, ("10000", &port.to_string())]));
}

/// The cluster carries the user's version. So do the updates of the unchanged listener and routes, but Envoy leaves what
/// is equal as it is, version included: there its counters tell.
async fn until_version(envoy: &Envoy, version: &str) {
    eventually(&format!("the cluster in version {version}"), async || {
        let held = held(&envoy.admin().config_dump().await.ok()?);
        held.get("cluster/example_proxy_cluster").is_some_and(|it| it.version == version).then_some(())
    })
    .await;
    let all = |it: &chancery::envoy::Stats| {
        let names = [
            "cluster_manager.cds.version_text",
            "listener_manager.lds.version_text",
            "http.http.rds.local_route.version_text",
        ];
        names.iter().all(|name| it.text(name).trim_matches('"') == version)
    };
    envoy.admin().wait_for_stats("version_text", "that version of all three types", SOON, all).await.unwrap();
}

#[tokio::test]
async fn s98_s112_the_sandbox() {
    let Some(bench) = Bench::open().await else { return };
    let (service1, service2) = (Upstream::plain("service1").await, Upstream::plain("service2").await);
    let (port, server) = (free_port(), free_port());

    // Steps 1 and 2: the proxy is up, nothing answers, its only cluster is the control plane's.
    let bootstrap = adapt(
        BOOTSTRAP,
        &[
            ("address: go-control-plane", "address: 127.0.0.1"),
            ("port_value: 18000", &format!("port_value: {server}")),
            ("port_value: 19000", "port_value: 0"),
        ],
    );
    let envoy = bench.envoy("proxy", &bootstrap).await;
    let error = http::get(local(port), "/", &[]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    let before = held(&envoy.admin().config_dump().await.unwrap());
    assert_eq!(before.keys().collect::<Vec<_>>(), ["cluster/xds_cluster"]);

    // Steps 3 to 5: the control plane starts; service1 serves; the dump shows version 1.
    write_snapshot(&bench, "1", port, &service1);
    let mut chancery = Chancery::start(&bench, Serve::source(&bench.path("config")).on_port(server)).await;
    until_served_by(port, "/", "service1").await;
    until_nothing_warms(&envoy).await;
    until_version(&envoy, "1").await;
    let dump = held(&envoy.admin().config_dump().await.unwrap());
    let cluster = &dump["cluster/example_proxy_cluster"].content;
    assert_eq!((&cluster["type"], &cluster["connect_timeout"]), (&"LOGICAL_DNS".into(), &"5s".into()));

    // Step 6: the control plane stops; the proxy goes on.
    chancery.kill().await;
    let cut = |it: &chancery::envoy::Stats| it.count("control_plane.connected_state") == 0;
    envoy.admin().wait_for_stats("^control_plane", "the stream to end", SOON, cut).await.unwrap();
    assert_eq!(served_by(port, "/").await.as_deref(), Some("service1"));

    // Steps 7 and 8: service2 and version 2, and the control plane starts again.
    write_snapshot(&bench, "2", port, &service2);
    chancery.restart().await;
    until_served_by(port, "/", "service2").await;
    until_nothing_warms(&envoy).await;
    until_version(&envoy, "2").await;

    // S110: any change of the version is news, in whatever order, with no restart between.
    write_snapshot(&bench, "1", port, &service1);
    until_served_by(port, "/", "service1").await;
    until_nothing_warms(&envoy).await;
    until_version(&envoy, "1").await;
    assert_eq!(envoy.admin().stats("update_rejected").await.unwrap().sum_of(".update_rejected"), 0);
}
