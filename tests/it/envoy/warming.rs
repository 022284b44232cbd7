//! No edit makes an Envoy wait for what it has asked for already: a cluster or listener that it warms is active within
//! a second, in each mode, and at the start no first answer is missing.
//!
//! A cluster that changes is built anew and waits for its endpoints. On one delta stream Envoy does not ask for them
//! again, since it watches them already, and withholds the ACK of the cluster meanwhile.

use chancery::envoy::{Envoy, Mode, bootstrap, http};
use serde_json::Value;

use super::bench::{Bench, SOON, eventually, follower_options, free_port, local, until_served_by};
use super::daemon::{Chancery, Serve, field};
use super::dump::held;
use super::settled::{until_active, until_nothing_warms};
use super::upstream::Upstream;

/// Two listeners, of which one has its routes inline, an EDS cluster, and one that shares endpoints with it.
struct Text {
    ports: [u16; 2],
    upstream: u16,
    timeout: &'static str,
    mode: Mode,
    /// A second cluster with the endpoints of the first.
    twin: bool,
    stat_prefix: &'static str,
    cluster: &'static str,
}

impl Text {
    fn write(&self, bench: &Bench) {
        let Self { ports: [port, inline], upstream, timeout, mode, twin, stat_prefix, cluster } = self;
        let source = config_source(*mode);
        let twin = if *twin {
            format!(
                "- \"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: twin
  type: EDS
  connect_timeout: {timeout}
  eds_cluster_config: {{service_name: web, eds_config: {source}}}
"
            )
        } else {
            String::new()
        };
        bench.write(
            "config/web.yaml",
            &format!(
                "spec:
  listeners:
  - {{name: http, address: 127.0.0.1, port: {port}, envoy: {{stat_prefix: {stat_prefix}}}, routes: [{{name: all, prefix: /, clusters: [{cluster}]}}]}}
  - {{name: inline, address: 127.0.0.1, port: {inline}, routes: [{{name: all, prefix: /, clusters: [web]}}]}}
  clusters:
  - {{name: web, connect_timeout: {timeout}, endpoints: [{{address: 127.0.0.1, port: {upstream}}}]}}
"
            ),
        );
        if !twin.is_empty() {
            bench.write("config/twin.yaml", &format!("resources:\n{twin}"));
        }
    }
}

/// How a resource that is written out refers to others in this mode.
fn config_source(mode: Mode) -> String {
    let api_type = match mode {
        Mode::Ads | Mode::DeltaAds => return "{ads: {}, resource_api_version: V3}".to_owned(),
        Mode::Grpc => "GRPC",
        Mode::Delta => "DELTA_GRPC",
    };
    format!(
        "{{api_config_source: {{api_type: {api_type}, transport_api_version: V3, grpc_services: [{{envoy_grpc: {{cluster_name: xds_cluster}}}}]}}, resource_api_version: V3}}"
    )
}

fn has_timeout(wanted: &str) -> impl Fn(&Value) -> bool {
    move |it| it["connect_timeout"] == wanted
}

async fn check(mode: Mode) {
    let Some(bench) = Bench::open().await else { return };
    let (one, two) = (Upstream::plain("one").await, Upstream::plain("two").await);
    let ports = [free_port(), free_port()];
    let mut text =
        Text { ports, upstream: one.port(), timeout: "1s", mode, twin: false, stat_prefix: "a", cluster: "web" };
    text.write(&bench);
    let state = bench.path("state");
    let serve = Serve::source(&bench.path("config")).with(&["--state-dir", state.to_str().unwrap()]);
    let mut chancery = Chancery::start(&bench, serve).await;
    let envoy = bench.follower("edge-1", mode, chancery.port()).await;
    until_served_by(ports[0], "/", "one").await;
    until_nothing_warms(&envoy).await;

    // A setting of the cluster.
    text.timeout = "2s";
    text.write(&bench);
    until_active(&envoy, "web", has_timeout("2s")).await;
    // Cluster and endpoints in one edit.
    (text.timeout, text.upstream) = ("3s", two.port());
    text.write(&bench);
    until_active(&envoy, "web", has_timeout("3s")).await;
    until_served_by(ports[0], "/", "two").await;
    // A new cluster with the endpoints of another.
    text.twin = true;
    text.write(&bench);
    until_active(&envoy, "twin", has_timeout("3s")).await;
    // The listener, its routes, and both with a cluster.
    text.stat_prefix = "b";
    text.write(&bench);
    arrived(&chancery, &envoy, 5).await;
    text.cluster = "twin";
    text.write(&bench);
    arrived(&chancery, &envoy, 6).await;
    (text.stat_prefix, text.cluster, text.timeout) = ("c", "web", "4s");
    text.write(&bench);
    arrived(&chancery, &envoy, 7).await;
    // Several in a row, each while the one before may warm.
    for timeout in ["5s", "6s", "7s", "8s"] {
        text.timeout = timeout;
        text.write(&bench);
        until_active(&envoy, "web", has_timeout(timeout)).await;
    }
    // While the daemon was down.
    chancery.kill().await;
    text.timeout = "9s";
    text.write(&bench);
    chancery.restart().await;
    chancery.log_line("the Envoy to be back", |it| field(it, "message") == Some("connected")).await;
    eventually("the edit to arrive", async || {
        let dump = envoy.admin().config_dump().await.ok()?;
        let web = held(&dump).remove("cluster/web")?;
        has_timeout("9s")(&web.content).then_some(())
    })
    .await;
    until_nothing_warms(&envoy).await;
    until_served_by(ports[0], "/", "two").await;

    // Each canary was judged by its own answers.
    let log = chancery.log_lines();
    let count = |text: &str| log.iter().filter(|it| field(it, "message").is_some_and(|it| it.contains(text))).count();
    assert!(count("canaries accepted it") >= 10, "{log:#?}");
    assert_eq!(count("nothing; everyone gets it") + count("no answer"), 0, "{log:#?}");
    nothing_rejected(&envoy).await;
}

async fn nothing_rejected(envoy: &Envoy) {
    let rejected = envoy.admin().stats("update_rejected$").await.unwrap();
    assert_eq!(rejected.sum_of(".update_rejected"), 0, "{rejected:#?}");
}

/// Every type that a listener can wait for at its start: RDS, with virtual hosts by VHDS where the mode has them, SRDS
/// with the RDS of each scope, ECDS, and RTDS for the whole Envoy. What has something to say is heard, and what has
/// nothing to say is answered too.
async fn check_first_answers(mode: Mode) {
    let Some(bench) = Bench::open().await else { return };
    let upstream = Upstream::plain("one").await;
    let (front, scoped, on_demand) = (free_port(), free_port(), free_port());
    let source = config_source(mode);
    let hcm = |prefix: &str, routes: &str, filters: &str| {
        format!(
            r#"
  - filters:
    - name: envoy.filters.network.http_connection_manager
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
        stat_prefix: {prefix}
        {routes}
        http_filters:{filters}
        - {{name: envoy.filters.http.router, typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}}}
"#
        )
    };
    let listener = |name: &str, port: u16, chain: &str| {
        format!(
            r#"- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: {name}
  address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
  filter_chains:{chain}"#
        )
    };
    let by_ecds = format!(
        "
        - {{name: mark, config_discovery: {{config_source: {source}, type_urls: [type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer]}}}}"
    );
    let by_name = format!("rds: {{route_config_name: all, config_source: {source}}}");
    let by_scope = format!(
        "scoped_routes: {{name: scopes, scope_key_builder: {{fragments: [{{header_value_extractor: {{name: x-scope, index: 0}}}}]}}, rds_config_source: {source}, scoped_rds: {{scoped_rds_config_source: {source}}}}}"
    );
    let mut text = format!(
        r#"resources:
{}{}- "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
  name: all
  virtual_hosts: [{{name: all, domains: ["*"], routes: [{{match: {{prefix: /}}, route: {{cluster: web}}}}]}}]
- "@type": type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration
  name: scope
  route_configuration_name: all
  key: {{fragments: [{{string_key: here}}]}}
- "@type": type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig
  name: mark
  typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: 1000}}
"#,
        listener("front", front, &hcm("front", &by_name, &by_ecds)),
        listener("scoped", scoped, &hcm("scoped", &by_scope, "")),
    );
    let has_vhds = matches!(mode, Mode::DeltaAds | Mode::Delta);
    if has_vhds {
        let by_host = format!("rds: {{route_config_name: shops, config_source: {source}}}");
        let filter = r#"
        - {name: envoy.filters.http.on_demand, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.on_demand.v3.OnDemand}}"#;
        text += &listener("on-demand", on_demand, &hcm("on_demand", &by_host, filter));
        text += &format!(
            r#"- "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
  name: shops
  vhds: {{config_source: {source}}}
- "@type": type.googleapis.com/envoy.service.discovery.v3.Resource
  name: shops/127.0.0.1:{on_demand}
  resource:
    "@type": type.googleapis.com/envoy.config.route.v3.VirtualHost
    name: shops/127.0.0.1:{on_demand}
    domains: ["127.0.0.1:{on_demand}"]
    routes: [{{match: {{prefix: /}}, route: {{cluster: web}}}}]
"#
        );
    }
    bench.write("config/raw.yaml", &text);
    bench.write(
        "config/web.yaml",
        &format!(
            "spec:
  clusters:
  - {{name: web, endpoints: [{{address: 127.0.0.1, port: {}}}]}}
",
            upstream.port()
        ),
    );
    let chancery = Chancery::start(&bench, Serve::source(&bench.path("config"))).await;
    let mut options = follower_options("edge-1", mode, chancery.port());
    options.runtime_layer = Some("runtime-0".to_owned());
    let envoy = bench.envoy("edge-1", &bootstrap(&options)).await;
    let all = ["front", "scoped"].into_iter().chain(has_vhds.then_some("on-demand"));
    for name in all {
        let what = format!("the listener {name}");
        envoy.admin().wait_until("/listeners", &what, SOON, |it| it.contains(&format!("{name}::"))).await.unwrap();
    }
    until_nothing_warms(&envoy).await;
    until_served_by(front, "/", "one").await;
    let in_scope = eventually("the scope's routes", async || {
        let answer = http::get(local(scoped), "/", &[("x-scope", "here")]).await.ok()?;
        (answer.status == 200).then_some(answer.body)
    });
    assert!(in_scope.await.contains("Request served by one"));
    if has_vhds {
        until_served_by(on_demand, "/", "one").await;
    }
    until_nothing_warms(&envoy).await;
    nothing_rejected(&envoy).await;
}

/// Waits until the node has accepted all of a generation.
async fn arrived(chancery: &Chancery, envoy: &Envoy, generation: u64) {
    chancery
        .log_line("all nodes to have a generation", |it| {
            let is_of = it["fields"]["generation"].as_u64() == Some(generation) || it["generation"] == generation;
            is_of && field(it, "message") == Some("all nodes acked")
        })
        .await;
    until_nothing_warms(envoy).await;
}

#[tokio::test]
async fn no_edit_leaves_anything_warming_on_ads() {
    check(Mode::Ads).await;
}

#[tokio::test]
async fn no_edit_leaves_anything_warming_on_incremental_ads() {
    check(Mode::DeltaAds).await;
}

#[tokio::test]
async fn no_edit_leaves_anything_warming_on_separate_streams() {
    check(Mode::Grpc).await;
}

#[tokio::test]
async fn no_edit_leaves_anything_warming_on_separate_incremental_streams() {
    check(Mode::Delta).await;
}

#[tokio::test]
async fn every_first_request_is_answered_on_ads() {
    check_first_answers(Mode::Ads).await;
}

#[tokio::test]
async fn every_first_request_is_answered_on_incremental_ads() {
    check_first_answers(Mode::DeltaAds).await;
}

#[tokio::test]
async fn every_first_request_is_answered_on_separate_streams() {
    check_first_answers(Mode::Grpc).await;
}

#[tokio::test]
async fn every_first_request_is_answered_on_separate_incremental_streams() {
    check_first_answers(Mode::Delta).await;
}
