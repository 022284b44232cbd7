//! A bootstrap as a document (S86): an Envoy that follows Chancery holds what an Envoy started with the file holds.

use std::collections::BTreeMap;

use chancery::envoy::Mode;
use serde_json::Value;

use super::bench::{Bench, eventually, free_port, until_served_by};
use super::daemon::{Chancery, Serve};
use super::dump::held;
use super::settled::until_nothing_warms;
use super::upstream::Upstream;

/// Two HTTP listeners and a TCP one, three kinds of clusters.
fn file(ports: [u16; 3], upstream: u16) -> String {
    let http = |name: &str, port: u16, routes: &str| {
        format!(
            r#"
  - name: {name}
    address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: {name}
          route_config:
            name: {name}_routes
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: {routes}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}"#
        )
    };
    let endpoint = |name: &str, host: &str| {
        format!(
            "
    load_assignment:
      cluster_name: {name}
      endpoints:
      - lb_endpoints:
        - endpoint: {{address: {{socket_address: {{address: {host}, port_value: {upstream}}}}}}}"
        )
    };
    format!(
        r#"node: {{id: alone, cluster: alone}}
admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: 0}}}}}}
static_resources:
  listeners:{first}{second}
  - name: tcp
    address: {{socket_address: {{address: 127.0.0.1, port_value: {tcp}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: tcp
          cluster: fixed
  clusters:
  - name: fixed
    type: STATIC
    circuit_breakers: {{thresholds: [{{max_connections: 100}}]}}{fixed}
  - name: named
    type: STRICT_DNS
    dns_lookup_family: V4_ONLY
    connect_timeout: 0.5s
    outlier_detection: {{consecutive_5xx: 3}}{named}
  - name: logical
    type: LOGICAL_DNS
    dns_lookup_family: V4_ONLY{logical}
"#,
        first = http(
            "first",
            ports[0],
            r#"[{match: {prefix: /a}, route: {cluster: fixed, timeout: 3s}}, {match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: named, weight: 60}, {name: logical, weight: 40}]}}}]"#
        ),
        second = http(
            "second",
            ports[1],
            r#"[{match: {path: /health}, direct_response: {status: 200, body: {inline_string: fine}}}, {match: {prefix: /}, redirect: {https_redirect: true}}]"#
        ),
        tcp = ports[2],
        fixed = endpoint("fixed", "127.0.0.1"),
        named = endpoint("named", "localhost"),
        logical = endpoint("logical", "localhost"),
    )
}

/// What is held, however it came: the bootstrap's own management cluster left out.
fn contents(dump: &Value) -> BTreeMap<String, Value> {
    let mut held: BTreeMap<_, _> = held(dump).into_iter().map(|(name, it)| (name, it.content)).collect();
    held.retain(|name, _| name != "cluster/xds_cluster" && !name.starts_with("endpoint_config/"));
    held
}

async fn check(mode: Mode) {
    let Some(bench) = Bench::open().await else { return };
    let upstream = Upstream::plain("one").await;
    let ports = [free_port(), free_port(), free_port()];
    let text = file(ports, upstream.port());
    let alone = bench.envoy("alone", &text).await;
    let expected = contents(&alone.admin().config_dump().await.unwrap());
    assert_eq!(expected.len(), 6, "{expected:#?}");
    alone.kill().await.unwrap();

    bench.write("config/envoy.yaml", &text);
    let chancery = Chancery::start(&bench, Serve::source(&bench.path("config"))).await;
    let follower = bench.follower("follower", mode, chancery.port()).await;
    let found = eventually("six resources", async || {
        let found = contents(&follower.admin().config_dump().await.ok()?);
        (found.len() == expected.len()).then_some(found)
    })
    .await;
    assert_eq!(found, expected);
    for (port, path) in [(ports[0], "/a"), (ports[0], "/"), (ports[2], "/")] {
        until_served_by(port, path, "one").await;
        until_nothing_warms(&follower).await;
    }
}

#[tokio::test]
async fn s86_served_on_ads() {
    check(Mode::Ads).await;
}

#[tokio::test]
async fn s86_served_on_incremental_streams() {
    check(Mode::Delta).await;
}
