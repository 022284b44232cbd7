//! Clients that say nothing, or read nothing, beside real Envoys: they hold up themselves, and nobody else for longer
//! than one canary's time (P44, P131).

use std::time::Duration;

use chancery::envoy::{Envoy, Mode, Stats};
use envoy_types::pb::envoy::service::discovery::v3::{DiscoveryRequest, DiscoveryResponse};
use tokio::time::Instant;
use tonic::transport::Endpoint;

use super::bench::{Bench, SOON, announce, free_port};
use super::daemon::{Chancery, Serve, field};
use super::settled::until_nothing_warms;
use super::upstream::Upstream;
use crate::grpc::world::{CDS, Client, hello};

const LDS: &str = "type.googleapis.com/envoy.config.listener.v3.Listener";
const RDS: &str = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";
const TIMEOUT: Duration = Duration::from_secs(1);
/// Changes of each measurement.
const CHANGES: usize = 9;

fn document(port: u16, upstream: u16, name: &str) -> String {
    format!(
        "spec:
  listeners:
  - {{name: http, address: 127.0.0.1, port: {port}, stat_prefix: {name}, routes: [{{name: all, prefix: /, clusters: [{name}]}}]}}
  clusters:
  - {{name: {name}, endpoints: [{{address: 127.0.0.1, port: {upstream}}}]}}
"
    )
}

pub(super) struct Stage {
    pub(super) bench: Bench,
    pub(super) chancery: Chancery,
    upstream: Upstream,
    port: u16,
}

impl Stage {
    pub(super) async fn set(more: &[&str]) -> Option<Self> {
        let bench = Bench::open().await?;
        let (upstream, port) = (Upstream::plain("one").await, free_port());
        bench.write("config/web.yaml", &document(port, upstream.port(), "first"));
        let arguments = ["--ack-timeout", "1s", "--stage-timeout", "1s", "--quiet-ms", "20"];
        let serve = Serve::source(&bench.path("config")).with(&arguments).with(more);
        let chancery = Chancery::start(&bench, serve).await;
        chancery.log_line("generation 1", |it| field(it, "message") == Some("generation published")).await;
        Some(Self { bench, chancery, upstream, port })
    }

    pub(super) fn edit(&self, name: &str) -> Instant {
        self.bench.write("config/web.yaml", &document(self.port, self.upstream.port(), name));
        Instant::now()
    }

    async fn client(&self) -> Client {
        let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{}", self.chancery.port())).unwrap();
        Client::ads(endpoint.connect().await.unwrap()).await
    }

    /// A client that accepts all of the first generation, and nothing after it.
    pub(super) async fn falls_mute(&self, id: &str) -> Client {
        let mut client = self.client().await;
        for (kind, names) in [(CDS, vec![]), (LDS, vec![]), (RDS, vec!["http".to_owned()])] {
            client.send(DiscoveryRequest { resource_names: names.clone(), ..hello(id, kind) });
            let response = client.next().await.unwrap().unwrap();
            accept(&client, &response, names);
        }
        client
    }

    /// A change, and how long it takes until all of these have it.
    pub(super) async fn change(&self, name: &str, envoys: &[Envoy]) -> Duration {
        let began = self.edit(name);
        let wanted = format!("http.{name}.");
        let has = |it: &Stats| it.iter().any(|it| it.0.starts_with(&wanted));
        for envoy in envoys {
            envoy.admin().wait_for_stats(&format!("^http.{name}"), name, SOON, has).await.unwrap();
            until_nothing_warms(envoy).await;
        }
        began.elapsed()
    }

    async fn median(&self, round: &str, envoys: &[Envoy]) -> Duration {
        let mut took = Vec::new();
        for change in 0..CHANGES {
            took.push(self.change(&format!("{round}{change}"), envoys).await);
        }
        took.sort_unstable();
        took[CHANGES / 2]
    }

    pub(super) async fn envoys(&self) -> Vec<Envoy> {
        let mut envoys = Vec::new();
        for (id, mode) in [("healthy-1", Mode::Ads), ("healthy-2", Mode::DeltaAds), ("healthy-3", Mode::Grpc)] {
            envoys.push(self.bench.follower(id, mode, self.chancery.port()).await);
        }
        self.change("first", &envoys).await;
        envoys
    }
}

fn accept(client: &Client, response: &DiscoveryResponse, resource_names: Vec<String>) {
    client.send(DiscoveryRequest {
        type_url: response.type_url.clone(),
        response_nonce: response.nonce.clone(),
        version_info: response.version_info.clone(),
        resource_names,
        ..DiscoveryRequest::default()
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p44_mute_and_stuck_clients_delay_no_healthy_envoy() {
    let Some(stage) = Stage::set(&[]).await else { return };
    let envoys = stage.envoys().await;
    let alone = stage.median("alone", &envoys).await;
    let mut others = Vec::new();
    for index in 0..10 {
        others.push(stage.falls_mute(&format!("mute-{index}")).await);
        // It asks for everything, and reads none of it.
        let stuck = stage.client().await;
        stuck.send(hello(&format!("stuck-{index}"), CDS));
        others.push(stuck);
    }
    let beside = stage.median("beside", &envoys).await;
    announce(&format!(
        "mute: from an edit to three Envoys {alone:.0?} alone, {beside:.0?} beside 20 mute and stuck clients"
    ));
    assert!(beside < TIMEOUT / 2 && beside < alone * 3, "{beside:?} instead of {alone:?}");
}

/// The steadiest node is the canary, and it has just fallen mute: another is tried after `--ack-timeout`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_that_falls_mute_costs_the_others_its_time_and_no_more() {
    let Some(stage) = Stage::set(&[]).await else { return };
    let _mute = stage.falls_mute("mute").await;
    let envoys = stage.envoys().await;
    let (one, two) = (stage.change("one", &envoys).await, stage.change("two", &envoys).await);
    announce(&format!("mute: from an edit to three Envoys {one:.2?} after a mute canary, {two:.2?} the next time"));
    let silent = |it: &serde_json::Value| field(it, "message") == Some("the canary says nothing");
    let said = stage.chancery.log_line("the silence", silent).await;
    assert!(field(&said, "node") == Some("mute") && field(&said, "next") == Some("healthy-1"), "{said}");
    assert!(one >= TIMEOUT && one < TIMEOUT * 3, "{one:?}");
    assert!(two < TIMEOUT, "{two:?}");
}

/// P131: who accepts nothing of the make is shown the rest after `--stage-timeout`, and the log says what is missing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p131_a_node_that_is_mute_in_the_make_goes_on_by_itself_and_the_log_names_what_is_missing() {
    let Some(stage) = Stage::set(&["--canary", "off"]).await else { return };
    let mut mute = stage.falls_mute("mute").await;
    let envoys = stage.envoys().await;
    let began = stage.edit("second");
    assert_eq!(mute.next().await.unwrap().unwrap().type_url, CDS);
    let healthy = stage.change("second", &envoys).await;
    assert!(began.elapsed() < TIMEOUT, "{healthy:?}");
    let next = mute.next().await.unwrap().unwrap();
    let after = began.elapsed();
    announce(&format!(
        "mute: three Envoys have it after {healthy:.0?}, the mute one is shown its routes after {after:.2?}"
    ));
    assert!([LDS, RDS].contains(&&*next.type_url), "{next:?}");
    // On one stream, types wait for each other besides, for two seconds.
    assert!(after >= TIMEOUT && after < TIMEOUT * 4, "{after:?}");
    let late = |it: &serde_json::Value| field(it, "stage") == Some("Make");
    let said = stage.chancery.log_line("what is missing", late).await;
    assert_eq!(field(&said, "node"), Some("mute"), "{said}");
    assert!(field(&said, "missing").is_some_and(|it| it.contains("EDS \"second\"")), "{said}");
}

/// P44: a cluster that was accepted, but whose endpoints were never asked for, may be warming for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p44_a_cluster_whose_endpoints_nobody_asks_for_is_told() {
    let Some(stage) = Stage::set(&["--canary", "off"]).await else { return };
    let mut warming = stage.falls_mute("warming").await;
    let more = "  - {name: more, endpoints: ['127.0.0.1:9']}\n";
    stage.bench.write("config/web.yaml", &format!("{}{more}", document(stage.port, stage.upstream.port(), "first")));
    let response = warming.next().await.unwrap().unwrap();
    assert_eq!(response.type_url, CDS);
    accept(&warming, &response, Vec::new());
    let late = |it: &serde_json::Value| field(it, "message") == Some("no answer, or something is still warming");
    let said = stage.chancery.log_line("what is missing", late).await;
    assert_eq!((field(&said, "node"), field(&said, "stage")), (Some("warming"), Some("Last")), "{said}");
    assert_eq!(field(&said, "missing"), Some("EDS \"more\""), "{said}");
}
