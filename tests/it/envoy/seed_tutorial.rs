//! Seed 001, 6.3.3 and 6.3.5: one configuration file, LDS and CDS on streams of their own, then on ADS (S58–S68).

use chancery::envoy::Envoy;

use super::bench::{Bench, SOON, adapt, eventually, free_port, served_by_all, until_served_by};
use super::daemon::{Chancery, Serve};
use super::dump::held;
use super::settled::until_nothing_warms;
use super::upstream::Upstream;

/// 6.3.3.1, with the line that its printing lost (`grpc_services:` under `lds_config`; S58).
const GRPC: &str = r#"
node:
  id: envoy_front_proxy
  cluster: webcluster

admin:
  profile_path: /tmp/envoy.prof
  access_log_path: /tmp/admin_access.log
  address:
    socket_address:
       address: 0.0.0.0
       port_value: 9901

dynamic_resources:
  lds_config:
    resource_api_version: V3
    api_config_source:
      api_type: GRPC
      transport_api_version: V3
      grpc_services:
      - envoy_grpc:
          cluster_name: xds_cluster

  cds_config:
    resource_api_version: V3
    api_config_source:
      api_type: GRPC
      transport_api_version: V3
      grpc_services:
      - envoy_grpc:
          cluster_name: xds_cluster
"#;

/// 6.3.5.2.
const ADS: &str = r#"
node:
  id: envoy_front_proxy
  cluster: webcluster

admin:
  profile_path: /tmp/envoy.prof
  access_log_path: /tmp/admin_access.log
  address:
    socket_address:
       address: 0.0.0.0
       port_value: 9901

dynamic_resources:
  ads_config:
    api_type: GRPC
    transport_api_version: V3
    grpc_services:
    - envoy_grpc:
        cluster_name: xds_cluster
    set_node_on_first_message_only: true
  cds_config:
    resource_api_version: V3
    ads: {}
  lds_config:
    resource_api_version: V3
    ads: {}
"#;

/// The end of both.
const CLUSTER: &str = r#"
static_resources:
  clusters:
  - name: xds_cluster
    connect_timeout: 0.25s
    type: STRICT_DNS
    # The extension_protocol_options field is used to provide extension-specific protocol options for upstream connections.
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config:
          http2_protocol_options: {}
    lb_policy: ROUND_ROBIN
    load_assignment:
      cluster_name: xds_cluster
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address:
                address: xdsserver
                port_value: 18000
"#;

/// `config.yaml`, also `config.yaml-v1`.
const CONFIG_V1: &str = "name: myconfig
spec:
  listeners:
  - name: listener_http
    address: 0.0.0.0
    port: 80
    routes:
    - name: local_route
      prefix: /
      clusters:
      - webcluster
  clusters:
  - name: webcluster
    endpoints:
    - address: 172.31.15.11
      port: 80
";

/// What `config.yaml-v2` has more.
const SECOND_ENDPOINT: &str = "    - address: 172.31.15.12
      port: 80
";

/// What a listener and a cluster more would look like.
const SECOND_LISTENER: &str = "  - name: listener_more
    address: 0.0.0.0
    port: MORE
    routes:
    - name: more_route
      prefix: /
      clusters:
      - morecluster
  clusters:
  - name: morecluster
    endpoints:
    - address: 172.31.15.12
      port: 80
";

struct Scene {
    envoy: Envoy,
    _chancery: Chancery,
    web: [Upstream; 2],
    port: u16,
    more: u16,
    v1: String,
    v2: String,
    v3: String,
}

impl Scene {
    /// Everything is started as the seed's compose file does, with `config.yaml` in place.
    async fn set(bench: &Bench, bootstrap: &str, api_type: &str) -> Self {
        let web = [Upstream::plain("webserver01").await, Upstream::plain("webserver02").await];
        let (port, more, server) = (free_port(), free_port(), free_port());
        let here = |text: &str| {
            text.replace("port: 80\n    routes", &format!("port: {port}\n    routes"))
                .replace("172.31.15.11\n      port: 80", &format!("127.0.0.1\n      port: {}", web[0].port()))
                .replace("172.31.15.12\n      port: 80", &format!("127.0.0.1\n      port: {}", web[1].port()))
                .replace("MORE", &more.to_string())
        };
        let v1 = here(CONFIG_V1);
        let v2 = here(&format!("{CONFIG_V1}{SECOND_ENDPOINT}"));
        let v3 = here(&CONFIG_V1.replace("  clusters:\n  - name", &format!("{SECOND_LISTENER}  - name")));
        let resources = bench.write("resources/config.yaml", &v1);
        bench.write("resources/config.yaml-v1", &v1);
        bench.write("resources/config.yaml-v2", &v2);
        let chancery = Chancery::start(
            bench,
            Serve::by_environment(&[
                ("SERVER_PORT", &server.to_string()),
                ("NODE_ID", "envoy_front_proxy"),
                ("RESOURCES_FILE", resources.to_str().unwrap()),
                // The tutorial takes a listener away and looks whether its cluster went too.
                ("CHANCERY_LINGER", "1s"),
            ]),
        )
        .await;
        let folder = bench.path("").display().to_string();
        let bootstrap = adapt(
            &format!("{bootstrap}{CLUSTER}"),
            &[
                ("address: xdsserver", "address: 127.0.0.1"),
                ("port_value: 18000", &format!("port_value: {server}")),
                ("port_value: 9901", "port_value: 0"),
                ("/tmp/", &folder),
                ("api_type: GRPC", &format!("api_type: {api_type}")),
            ],
        );
        let envoy = bench.envoy("front", &bootstrap).await;
        Self { envoy, _chancery: chancery, web, port, more, v1, v2, v3 }
    }

    fn endpoint(&self, index: usize) -> String {
        format!("webcluster::127.0.0.1:{}::", self.web[index].port())
    }

    async fn until_clusters(&self, what: &str, wanted: impl Fn(&str) -> bool) {
        self.envoy
            .admin()
            .wait_until("/clusters", what, SOON, |it| wanted(it))
            .await
            .unwrap_or_else(|it| panic!("{it}"));
    }
}

async fn the_tutorial(bootstrap: &str, api_type: &str) {
    let Some(bench) = Bench::open().await else { return };
    let scene = Scene::set(&bench, bootstrap, api_type).await;
    let both = ["webserver01", "webserver02"].map(str::to_owned).into();
    until_served_by(scene.port, "/", "webserver01").await;
    until_nothing_warms(&scene.envoy).await;
    let listeners = scene.envoy.admin().listeners().await.unwrap();
    assert!(listeners.contains(&format!("listener_http::0.0.0.0:{}", scene.port)), "{listeners}");

    // 6.3.3.8: cat config.yaml-v2 > config.yaml
    bench.write("resources/config.yaml", &scene.v2);
    scene.until_clusters("the second endpoint", |it| it.contains(&scene.endpoint(1))).await;
    eventually("both endpoints to serve", async || (served_by_all(scene.port, "/").await == both).then_some(())).await;

    // 6.3.3.9: cat config.yaml-v1 > config.yaml
    bench.write("resources/config.yaml", &scene.v1);
    scene
        .until_clusters("one endpoint", |it| it.contains(&scene.endpoint(0)) && !it.contains(&scene.endpoint(1)))
        .await;
    assert_eq!(served_by_all(scene.port, "/").await, ["webserver01".to_owned()].into());

    // S134: what is removed from the file goes away, and what stays keeps serving.
    bench.write("resources/config.yaml", &scene.v3);
    until_served_by(scene.more, "/", "webserver02").await;
    until_nothing_warms(&scene.envoy).await;
    bench.write("resources/config.yaml", &scene.v1);
    scene.until_clusters("the cluster to go", |it| !it.contains("morecluster::")).await;
    let gone = |it: &str| !it.contains("listener_more") && it.contains("listener_http");
    scene.envoy.admin().wait_until("/listeners", "the listener to go", SOON, gone).await.unwrap();
    until_served_by(scene.port, "/", "webserver01").await;
    until_nothing_warms(&scene.envoy).await;

    // 6.3.5.11 and 6.3.5.12, and nothing was refused on the way.
    let held = held(&scene.envoy.admin().config_dump().await.unwrap());
    assert!(!held["cluster/webcluster"].version.is_empty() && !held["listener/listener_http"].version.is_empty());
    assert_eq!(scene.envoy.admin().stats("update_rejected").await.unwrap().sum_of(".update_rejected"), 0);
}

#[tokio::test]
async fn s58_s65_streams_of_their_own() {
    the_tutorial(GRPC, "GRPC").await;
}

#[tokio::test]
async fn s66_s68_ads() {
    the_tutorial(ADS, "GRPC").await;
}

#[tokio::test]
async fn s58_s65_streams_of_their_own_incremental() {
    the_tutorial(GRPC, "DELTA_GRPC").await;
}

#[tokio::test]
async fn s66_s68_ads_incremental() {
    the_tutorial(ADS, "DELTA_GRPC").await;
}
