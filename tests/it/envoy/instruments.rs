//! The instruments themselves: a test that cannot fail proves nothing.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use chancery::envoy::{AdminError, Envoy, EnvoyError, Launch, Stats, VERSION, fetch};

use super::bench::{Bench, SOON, free_port, served_by, served_by_all, until_served_by};
use super::dump::held;
use super::settled::{nothing_warms, until_active};
use super::upstream::Upstream;

/// An Envoy with a listener and a cluster of its own.
fn standalone(port: u16, upstream: u16) -> String {
    format!(
        r#"
admin: {{address: {{socket_address: {{address: 0.0.0.0, port_value: 0}}}}}}
static_resources:
  listeners:
  - name: http
    address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: http
          route_config:
            name: local
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{{match: {{prefix: /}}, route: {{cluster: web}}}}]
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
  clusters:
  - name: web
    load_assignment:
      cluster_name: web
      endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {upstream}}}}}}}}}]}}]
"#
    )
}

#[tokio::test]
async fn traffic_goes_through_an_envoy_and_its_admin_answers() {
    let Some(bench) = Bench::open().await else { return };
    let upstream = Upstream::plain("one").await;
    let port = free_port();
    assert_eq!(served_by(port, "/").await, None);
    let envoy = bench.envoy("standalone", &standalone(port, upstream.port())).await;
    until_served_by(port, "/hello?x=1", "one").await;
    assert_eq!(served_by_all(port, "/").await, ["one".to_owned()].into());
    let seen = upstream.last_seen().unwrap();
    assert!(seen.head.starts_with("GET / HTTP/1.1") && seen.header("x-request-id").is_some(), "{seen:?}");

    let admin = envoy.admin();
    assert!(admin.listeners().await.unwrap().contains(&format!("http::127.0.0.1:{port}")));
    assert!(admin.clusters().await.unwrap().contains(&format!("web::127.0.0.1:{}::", upstream.port())));
    assert!(
        admin.stats(r"^cluster\.web\.upstream_rq_total$").await.unwrap().count("cluster.web.upstream_rq_total") >= 11
    );
    let held = held(&admin.config_dump().await.unwrap());
    assert!(held.contains_key("cluster/web") && held.contains_key("listener/http"), "{held:?}");
    envoy.kill().await.unwrap();
    assert_eq!(served_by(port, "/").await, None);
}

#[tokio::test]
async fn a_wait_that_is_in_vain_says_what_it_saw() {
    let Some(bench) = Bench::open().await else { return };
    let envoy = bench.envoy("patient", &standalone(free_port(), 1)).await;
    let within = Duration::from_millis(100);
    let error = envoy.admin().wait_until("/listeners", "a listener `https`", within, |it| it.contains("https")).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("a listener `https`") && error.contains("http::127.0.0.1"), "{error}");
    let error = envoy.admin().text("/nothing").await.unwrap_err();
    assert!(matches!(error, AdminError::Status { status: 404, .. }), "{error}");
}

#[tokio::test]
async fn an_envoy_that_ends_at_once_shows_its_log() {
    let Some(bench) = Bench::open().await else { return };
    let launch = Launch {
        binary: bench.envoy_binary().to_owned(),
        config: bench.write("bad.yaml", "static_resources: {listenerss: []}"),
        folder: bench.path(""),
        name: "bad".to_owned(),
        arguments: Vec::new(),
    };
    let error = Envoy::start(&launch).await.unwrap_err();
    assert!(matches!(error, EnvoyError::Ended { .. }) && error.to_string().contains("listenerss"), "{error}");
    let missing = Launch { binary: bench.path("no-envoy"), ..launch };
    assert!(matches!(Envoy::start(&missing).await.unwrap_err(), EnvoyError::Start { .. }));
}

#[tokio::test]
async fn callers_at_once_fetch_once_and_all_get_it() {
    let Some(bench) = Bench::open().await else { return };
    if std::env::var_os("CHANCERY_ENVOY").is_some() {
        return; // Nothing is to be fetched where an Envoy was given.
    }
    let (into, told) = (bench.path("cache"), Mutex::new(Vec::new()));
    let tell = |it: &str| told.lock().unwrap().push(it.to_owned());
    let (a, b, c) = tokio::join!(fetch(VERSION, &into, tell), fetch(VERSION, &into, tell), fetch(VERSION, &into, tell));
    let path = a.unwrap();
    assert_eq!((&path, &path), (&b.unwrap(), &c.unwrap()));
    assert_eq!(told.lock().unwrap().iter().filter(|it| it.starts_with("fetching")).count(), 1);
    told.lock().unwrap().clear();
    fetch(VERSION, &into, tell).await.unwrap();
    assert!(told.lock().unwrap().is_empty(), "a cached one is used without a word");
    let left: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "the binary and the lock: {left:?}");
}

/// A node whose clusters come from a file, so that what they need may be missing.
fn clusters_from_a_file(file: &Path) -> String {
    format!(
        r#"
node: {{id: edge-1, cluster: test}}
admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: 0}}}}}}
dynamic_resources: {{cds_config: {{path_config_source: {{path: {}}}}}}}
static_resources:
  clusters:
  - name: nobody
    http2_protocol_options: {{}}
    load_assignment:
      cluster_name: nobody
      endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: 1}}}}}}}}]}}]
"#,
        file.display()
    )
}

/// A cluster whose endpoints come from a server that is not there, and whether Envoy gives up on them.
fn cluster_without_endpoints(gives_up_after: &str) -> String {
    format!(
        r#"{{"resources": [{{"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "web", "type": "EDS",
  "eds_cluster_config": {{"eds_config": {{"initial_fetch_timeout": "{gives_up_after}", "resource_api_version": "V3",
    "api_config_source": {{"api_type": "GRPC", "transport_api_version": "V3",
      "grpc_services": [{{"envoy_grpc": {{"cluster_name": "nobody"}}}}]}}}}}}}}]}}"#
    )
}

#[tokio::test]
async fn a_cluster_that_warms_in_vain_is_told() {
    for (gives_up_after, told) in [("15s", "there still warm [\"web\"]"), ("0.3s", "cluster.web.init_fetch_timeout")] {
        let Some(bench) = Bench::open().await else { return };
        let clusters = bench.write("clusters.json", r#"{"resources": []}"#);
        let envoy = bench.envoy("edge-1", &clusters_from_a_file(&clusters)).await;
        until_active(&envoy, "nobody", |it| it["load_assignment"].is_object()).await;
        let new = bench.write("clusters.new", &cluster_without_endpoints(gives_up_after));
        std::fs::rename(new, clusters).unwrap();
        let stat = r"^cluster_manager\.cds\.update_success$";
        let seen = |it: &Stats| it.count("cluster_manager.cds.update_success") == 2;
        envoy.admin().wait_for_stats(stat, "the cluster to be seen", SOON, seen).await.unwrap();
        let fault = nothing_warms(envoy.admin()).await.unwrap_err();
        assert!(fault.contains(told), "{fault}");
    }
}
